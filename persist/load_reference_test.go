package persist

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"basalt/db"
	"basalt/internal/reference"
)

func mustDo(t *testing.T, s *reference.Server, args ...string) any {
	t.Helper()
	reply, err := s.Do(args...)
	if err == nil {
		if e, ok := reply.(reference.Error); ok {
			err = e
		}
	}
	if err != nil {
		t.Fatalf("%.100q: %v", args, err)
	}
	return reply
}

func texts(reply any) []string {
	var out []string
	for _, x := range reply.([]any) {
		out = append(out, x.(string))
	}
	return out
}

// describeReference tells all that a redis-server has, as describe does.
func describeReference(t *testing.T, s *reference.Server) []string {
	var lines []string
	for i := range 16 {
		mustDo(t, s, "SELECT", strconv.Itoa(i))
		for _, key := range texts(mustDo(t, s, "KEYS", "*")) {
			line := fmt.Sprintf("%d %q %s", i, key, referenceValue(t, s, key))
			if at := mustDo(t, s, "PEXPIRETIME", key).(int64); at >= 0 {
				line += fmt.Sprintf(" until %d", at)
			}
			lines = append(lines, line)
		}
	}
	sort.Strings(lines)
	return lines
}

func referenceValue(t *testing.T, s *reference.Server, key string) string {
	kind := mustDo(t, s, "TYPE", key).(string)
	var parts []string
	switch kind {
	case "string":
		parts = []string{mustDo(t, s, "GET", key).(string)}
	case "list":
		parts = texts(mustDo(t, s, "LRANGE", key, "0", "-1"))
	case "set":
		parts = texts(mustDo(t, s, "SMEMBERS", key))
		sort.Strings(parts)
	case "hash":
		fields := map[string]string{}
		all := texts(mustDo(t, s, "HGETALL", key))
		for i := 0; i < len(all); i += 2 {
			fields[all[i]] = all[i+1]
		}
		parts = sortedPairs(fields)
	case "zset":
		parts = texts(mustDo(t, s, "ZRANGE", key, "0", "-1", "WITHSCORES"))
		for i := 1; i < len(parts); i += 2 {
			f, err := strconv.ParseFloat(parts[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			parts[i] = scoreText(f)
		}
	case "stream":
		return "stream " + referenceStream(mustDo(t, s, "XINFO", "STREAM", key, "FULL", "COUNT", "0"))
	}
	return kind + " " + quoted(parts...)
}

// fieldsOf makes a map of a reply of names and values.
func fieldsOf(reply any) map[string]any {
	out := map[string]any{}
	list := reply.([]any)
	for i := 0; i < len(list); i += 2 {
		out[list[i].(string)] = list[i+1]
	}
	return out
}

func referenceStream(reply any) string {
	var b strings.Builder
	s := fieldsOf(reply)
	fmt.Fprintf(&b, "length %d last %s deleted %s added %d first %s", s["length"], s["last-generated-id"],
		s["max-deleted-entry-id"], s["entries-added"], s["recorded-first-entry-id"])
	for _, x := range s["entries"].([]any) {
		entry := x.([]any)
		fmt.Fprintf(&b, " [%s", entry[0])
		for _, f := range texts(entry[1]) {
			fmt.Fprintf(&b, " %q", f)
		}
		b.WriteString("]")
	}
	for _, x := range s["groups"].([]any) {
		g := fieldsOf(x)
		read, ok := g["entries-read"].(int64)
		if !ok {
			read = db.EntriesReadUnknown
		}
		fmt.Fprintf(&b, " group %q last %s read %d pending", g["name"], g["last-delivered-id"], read)
		for _, x := range g["pending"].([]any) {
			p := x.([]any)
			fmt.Fprintf(&b, " [%s %s %d %d]", p[0], p[1], p[2], p[3])
		}
		for _, x := range g["consumers"].([]any) {
			c := fieldsOf(x)
			fmt.Fprintf(&b, " consumer %q seen %d pending", c["name"], c["seen-time"])
			for _, x := range c["pending"].([]any) {
				fmt.Fprintf(&b, " %s", x.([]any)[0])
			}
		}
	}
	return b.String()
}

// fill puts values of all types and encodings into a server.
func fill(t *testing.T, s *reference.Server) {
	do := func(args ...string) { t.Helper(); mustDo(t, s, args...) }
	for _, v := range []string{"", "0", "-1", "127", "128", "-129", "32768", "2147483647", "-2147483649",
		"9223372036854775807", "9223372036854775808", "007", "a", strings.Repeat("b", 44), strings.Repeat("c", 45)} {
		do("SET", "string:"+v, v)
	}
	do("SET", strings.Repeat("long key ", 100), "1")
	do("SET", strings.Repeat("k", 5000), "of the key")
	random := strings.Builder{}
	for i := range 40_000 {
		fmt.Fprintf(&random, "%x|", i*i*7919)
	}
	do("SET", "large", random.String())
	do("SET", "larger", strings.Repeat("compressible ", 100_000))
	do("SET", "volatile", "1", "PXAT", "4000000000000")
	do("SET", "volatile large", random.String(), "PXAT", "4000000000001")
	many := func(command, key string, n int, each func(i int) []string) {
		for i := 0; i < n; i += 50 {
			args := []string{command, key}
			for j := i; j < min(i+50, n); j++ {
				args = append(args, each(j)...)
			}
			do(args...)
		}
	}
	text := func(i int) []string { return []string{fmt.Sprintf("element:%d", i*i)} }
	number := func(i int) []string { return []string{strconv.Itoa(i*i*i - 1000)} }
	for _, n := range []int{1, 20, 700, 3000} {
		name := strconv.Itoa(n)
		many("RPUSH", "list:"+name, n, text)
		many("RPUSH", "list of numbers:"+name, n, number)
		many("SADD", "set:"+name, n, text)
		many("SADD", "set of numbers:"+name, n, number)
		many("HSET", "hash:"+name, n, func(i int) []string { return []string{"field:" + strconv.Itoa(i), strconv.Itoa(i)} })
		many("ZADD", "zset:"+name, n, func(i int) []string {
			return []string{strconv.FormatFloat(float64(i-10)/3, 'g', -1, 64), fmt.Sprintf("m%d", i)}
		})
		many("XADD", "stream:"+name, 1, func(int) []string { return []string{"1-1", "f", "v"} })
		for i := 2; i <= n; i++ {
			do("XADD", "stream:"+name, fmt.Sprintf("%d-%d", i/3+1, i), "f", strconv.Itoa(i), fmt.Sprintf("f%d", i%5), "v")
		}
	}
	do("SADD", "wide numbers", "1", "70000", "9000000000")
	do("RPUSH", "plain nodes", "a", random.String(), "b", strings.Repeat("x", 100_000), "c")
	do("HSET", "long fields", strings.Repeat("f", 1000), strings.Repeat("v", 10_000), "short", random.String())
	do("ZADD", "edges", "-inf", "a", "+inf", "b", "-0", "c", "1e300", "d", "4611686018427387904", "e", "0.1", "f")
	do("PEXPIREAT", "hash:20", "4000000000002")
	do("PEXPIREAT", "zset:3000", "4000000000003")
	fillStreams(do)
	do("SELECT", "9")
	do("SET", "elsewhere", "9")
	do("SET", "gone soon", "9", "PXAT", "3000000000000")
	do("SELECT", "0")
}

func fillStreams(do func(args ...string)) {
	do("XADD", "empty", "5-5", "a", "b")
	do("XDEL", "empty", "5-5")
	do("XDEL", "stream:20", "3-7")
	do("XDEL", "stream:700", "1-1")
	do("XTRIM", "stream:3000", "MAXLEN", "1234")
	do("XGROUP", "CREATE", "stream:20", "idle", "$")
	do("XGROUP", "CREATE", "stream:20", "g", "0")
	do("XGROUP", "CREATECONSUMER", "stream:20", "g", "nothing")
	do("XREADGROUP", "GROUP", "g", "alice", "COUNT", "5", "STREAMS", "stream:20", ">")
	do("XREADGROUP", "GROUP", "g", "bob", "COUNT", "3", "STREAMS", "stream:20", ">")
	do("XREADGROUP", "GROUP", "g", "bob", "COUNT", "3", "STREAMS", "stream:20", "0")
	do("XACK", "stream:20", "g", "1-2")
	do("XDEL", "stream:20", "2-4")
	do("XSETID", "stream:700", "999999-0")
}

// saved returns the file that the server makes.
func saved(t *testing.T, s *reference.Server) []byte {
	t.Helper()
	mustDo(t, s, "SAVE")
	file, err := os.ReadFile(filepath.Join(s.Dir, "dump.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestLoadReference loads what a redis-server wrote, with its limits so that
// everything is compact, and so that nothing is, and in chunks of all sizes.
func TestLoadReference(t *testing.T) {
	for _, config := range [][]string{
		{},
		{"--rdbcompression", "no", "--rdbchecksum", "no", "--list-max-listpack-size", "4"},
		{
			"--hash-max-listpack-entries", "0", "--zset-max-listpack-entries", "0", "--set-max-intset-entries", "0",
			"--stream-node-max-entries", "3", "--list-max-listpack-size", "1",
		},
		{
			"--hash-max-listpack-entries", "5000", "--zset-max-listpack-entries", "5000", "--set-max-intset-entries", "5000",
			"--stream-node-max-entries", "0", "--list-max-listpack-size", "-5", "--list-compress-depth", "1",
		},
	} {
		t.Run(strings.Join(config, " "), func(t *testing.T) {
			s := reference.Start(t, config...)
			fill(t, s)
			file := saved(t, s)
			want := describeReference(t, s)
			for _, size := range []int{0, 1, 7, 100, 4096, 5000} {
				if size == 1 && len(file) > 1<<20 {
					continue
				}
				k, l := mustLoad(t, file, LoadOptions{chunkBytes: size})
				compareLines(t, describe(k), want)
				if n, expired := l.Stats(); int(n) != len(want) || expired != 0 {
					t.Errorf("%d keys, %d expired, of %d", n, expired, len(want))
				}
				if l.End() != int64(len(file)) {
					t.Errorf("it ends at %d of %d", l.End(), len(file))
				}
				if v, _ := l.Aux("redis-ver"); v != "7.0.15" {
					t.Errorf("version %q", v)
				}
			}
			k, l := mustLoad(t, file, LoadOptions{NowMs: 3_500_000_000_000, DropExpired: true})
			if n, expired := l.Stats(); int(n) != len(want)-1 || expired != 1 || k.DB(9).Len() != 1 {
				t.Errorf("%d keys, %d expired, of %d", n, expired, len(want))
			}
		})
	}
}

// TestLoadAccess loads what is known of the last accesses.
func TestLoadAccess(t *testing.T) {
	s := reference.Start(t, "--maxmemory-policy", "allkeys-lru")
	payloads := map[string]string{}
	for key, commands := range map[string][]string{
		"string": {"SET", "string", "a"}, "hash": {"HSET", "hash", "f", "v"}, "number": {"SET", "number", "5"},
	} {
		mustDo(t, s, commands...)
		payloads[key] = mustDo(t, s, "DUMP", key).(string)
		mustDo(t, s, "RESTORE", key, "0", payloads[key], "REPLACE", "IDLETIME", "5000")
	}
	mustDo(t, s, "RESTORE", "with deadline", "4000000000000", payloads["string"], "ABSTTL", "IDLETIME", "7000")
	k, _ := mustLoad(t, saved(t, s), LoadOptions{})
	for key, want := range map[string]int64{"string": 5000, "hash": 5000, "number": 5000, "with deadline": 7000} {
		e := k.DB(0).LoadFind([]byte(key), db.Hash([]byte(key)))
		if got := k.Idle(e); got < want || got > want+100 {
			t.Errorf("%s: idle for %d s, want %d", key, got, want)
		}
	}

	s = reference.Start(t, "--maxmemory-policy", "allkeys-lfu")
	for key, payload := range payloads {
		mustDo(t, s, "RESTORE", key, "0", payload, "FREQ", "99")
	}
	k = newKeyspace()
	k.Policy.Access = db.ByCounter
	if _, err := loadAll(saved(t, s), k, LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	for key := range payloads {
		e := k.DB(0).LoadFind([]byte(key), db.Hash([]byte(key)))
		if got := k.Freq(e); got != 99 {
			t.Errorf("%s: counter %d", key, got)
		}
	}
}

// TestLoadFunctions keeps the libraries aside, and tells of them.
func TestLoadFunctions(t *testing.T) {
	s := reference.Start(t)
	library := "#!lua name=mine\nredis.register_function('f', function() return 1 end)"
	mustDo(t, s, "FUNCTION", "LOAD", library)
	mustDo(t, s, "SET", "a", "1")
	var lines []string
	k, l := mustLoad(t, saved(t, s), LoadOptions{Log: func(line string) { lines = append(lines, line) }})
	if f := l.Functions(); len(f) != 1 || string(f[0]) != library {
		t.Errorf("functions %q", f)
	}
	if k.Len() != 1 || len(lines) != 1 {
		t.Errorf("%d keys, told %q", k.Len(), lines)
	}
}
