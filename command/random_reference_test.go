package command

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/internal/seeds"
)

// generator makes random commands on few keys, so that they meet.
type generator struct {
	*rand.Rand
	times *int64 // relative ones made so far
}

func newGenerator(seed uint64) generator {
	return generator{rand.New(rand.NewPCG(seed, 0)), new(int64)}
}

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) key() string {
	return pick(g, "a", "b", "c", "d", "e", "key:{tag}", strings.Repeat("k", 300), "")
}

func (g generator) value() string {
	switch g.IntN(8) {
	case 0:
		return g.integer()
	case 1:
		return pick(g, "", "0", "-0", "007", "+1", " 1", "1 ", "1.5", "3.0e3", "inf", "nan", "0x10", "-")
	case 2:
		return strings.Repeat("v", pick(g, 19, 20, 21, 43, 44, 45, 46, 63, 64, 255, 256, 300))
	case 3:
		return strings.Repeat("w", pick(g, 511, 512, 513, 4095, 4096, 4097, 32<<10-9, 32<<10-8, 32<<10-7, 32<<10, 70000))
	case 4:
		return "bin\x00\r\n\xff" + strconv.Itoa(g.IntN(10))
	}
	return pick(g, "hello", "world", "ohmytext", "mynewtext", "abcabcabc", "x")
}

func (g generator) integer() string {
	if g.IntN(3) > 0 {
		return strconv.Itoa(g.IntN(40) - 20)
	}
	return pick(g, "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809",
		"4611686018427387904", "10000", "9999", "12345678901", "x", "", "1.0", "99999999999999999999", "-1", "01")
}

func (g generator) float() string {
	return pick(g, "1", "0.1", "0.2", "-0.3", "3.0e3", "1e20", "-1e-5", "1e400", "1e4932", "-1e4932", "5e-324", "x",
		"", "nan", "inf", "-inf", " 1", "1 ", "0x1.8p3", "1e-4950", "1e-5000", "123456789.987654321", "+2", ".5", "5.")
}

// relative returns a time in seconds that is far off. No two are equal, and the
// later one of two that are about the same is the longer one: which deadline is the
// later one, as GT and LT ask, does not depend on the ms that passed between two
// commands, which are not as many on both sides.
func (g generator) relative() int64 {
	*g.times++
	return pick(g, int64(100), 100_000, 200_000) + *g.times
}

// seconds and the following return a relative or absolute time that is either long
// past, far off or wrong: what happens within milliseconds is not compared here.
func (g generator) seconds() string {
	return pick(g, strconv.FormatInt(g.relative(), 10), strconv.FormatInt(g.relative(), 10), "0", "-1", "9223372036854775807",
		"9223372036854775", "x", "")
}

func (g generator) millis() string {
	return pick(g, strconv.FormatInt(g.relative()*1000, 10), strconv.FormatInt(9223370000000000000+g.relative()*1000, 10), "0", "-5",
		"9223372036854775807", "x")
}

func (g generator) unixSeconds() string {
	return pick(g, "1", "4102444800", "4102444801", "0", "-1", "9223372036854775807", "y")
}

func (g generator) unixMillis() string {
	return pick(g, "1000", "4102444800000", "4102444800001", "0", "-1", "9223372036854775807", "y")
}

// expiry returns an option of SET with its value, most of the time.
func (g generator) expiry() []string {
	switch g.IntN(6) {
	case 0:
		return []string{pick(g, "EX", "ex", "eX"), g.seconds()}
	case 1:
		return []string{"PX", g.millis()}
	case 2:
		return []string{"EXAT", g.unixSeconds()}
	case 3:
		return []string{"PXAT", g.unixMillis()}
	case 4:
		return []string{pick(g, "KEEPTTL", "PERSIST", "keepttl")}
	}
	return []string{pick(g, "EX", "PX", "EXAT", "PXAT", "FOO", "GET")}
}

func (g generator) setOptions() (args []string) {
	for range g.IntN(4) {
		if g.IntN(2) == 0 {
			args = append(args, g.expiry()...)
		} else {
			args = append(args, pick(g, "NX", "XX", "GET", "nx", "Get", "KEEPTTL", "FOO"))
		}
	}
	return args
}

func (g generator) conditions() (args []string) {
	for range g.IntN(3) {
		args = append(args, pick(g, "NX", "XX", "GT", "LT", "nx", "gT", "FOO", "bad\noption"))
	}
	return args
}

func (g generator) keysOf(n int) (args []string) {
	for range n {
		args = append(args, g.key())
	}
	return args
}

func (g generator) pairs() (args []string) {
	for range g.IntN(20) {
		args = append(args, g.key(), g.value())
	}
	if g.IntN(8) == 0 {
		args = append(args, g.key())
	}
	return args
}

func (g generator) database() string {
	return pick(g, "0", "1", "2", "15", "16", "-1", "x", "99999999999", "")
}

func (g generator) stringCommand() []string {
	switch g.IntN(26) {
	case 0, 1, 2:
		return append([]string{"SET", g.key(), g.value()}, g.setOptions()...)
	case 3:
		return []string{"GET", g.key()}
	case 4:
		return []string{"GETSET", g.key(), g.value()}
	case 5:
		return []string{"GETDEL", g.key()}
	case 6:
		args := []string{"GETEX", g.key()}
		for range g.IntN(3) {
			args = append(args, g.expiry()...)
		}
		return args
	case 7:
		return []string{"SETNX", g.key(), g.value()}
	case 8:
		return []string{"SETEX", g.key(), g.seconds(), g.value()}
	case 9:
		return []string{"PSETEX", g.key(), g.millis(), g.value()}
	case 10:
		return append([]string{"MGET"}, g.keysOf(g.IntN(40))...)
	case 11:
		return append([]string{"MSET"}, g.pairs()...)
	case 12:
		return append([]string{"MSETNX"}, g.pairs()...)
	case 13:
		return []string{"STRLEN", g.key()}
	case 14, 15:
		return []string{"APPEND", g.key(), g.value()}
	case 16, 17:
		offset := pick(g, "0", "1", "5", "44", "500", "4090", "33000", "-1", "x", "536870912", "9223372036854775807")
		return []string{"SETRANGE", g.key(), offset, g.value()}
	case 18:
		return []string{pick(g, "GETRANGE", "SUBSTR"), g.key(), g.integer(), g.integer()}
	case 19:
		return []string{pick(g, "INCR", "DECR"), g.key()}
	case 20, 21:
		return []string{pick(g, "INCRBY", "DECRBY"), g.key(), g.integer()}
	case 22, 23:
		return []string{"INCRBYFLOAT", g.key(), g.float()}
	}
	args := []string{"LCS", g.key(), g.key()}
	for range g.IntN(4) {
		args = append(args, pick(g, []string{"IDX"}, []string{"LEN"}, []string{"WITHMATCHLEN"}, []string{"FOO"},
			[]string{"MINMATCHLEN", g.integer()}, []string{"MINMATCHLEN"})...)
	}
	return args
}

func (g generator) keyCommand() []string {
	switch g.IntN(24) {
	case 0:
		return append([]string{pick(g, "DEL", "UNLINK")}, g.keysOf(g.IntN(3))...)
	case 1:
		return append([]string{pick(g, "EXISTS", "TOUCH")}, g.keysOf(g.IntN(40))...)
	case 2:
		return []string{"TYPE", g.key()}
	case 3, 4:
		return append([]string{"EXPIRE", g.key(), g.seconds()}, g.conditions()...)
	case 5:
		return append([]string{"PEXPIRE", g.key(), g.millis()}, g.conditions()...)
	case 6:
		return append([]string{"EXPIREAT", g.key(), g.unixSeconds()}, g.conditions()...)
	case 7:
		return append([]string{"PEXPIREAT", g.key(), g.unixMillis()}, g.conditions()...)
	case 8, 9:
		return []string{pick(g, "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"), g.key()}
	case 10:
		return []string{"PERSIST", g.key()}
	case 11:
		return []string{"RENAME", g.key(), g.key()}
	case 12:
		return []string{"RENAMENX", g.key(), g.key()}
	case 13:
		args := []string{"COPY", g.key(), g.key()}
		for range g.IntN(3) {
			args = append(args, pick(g, []string{"REPLACE"}, []string{"DB", g.database()}, []string{"DB"}, []string{"FOO"})...)
		}
		return args
	case 14:
		return []string{"MOVE", g.key(), g.database()}
	case 15:
		return []string{"SWAPDB", g.database(), g.database()}
	case 16:
		return []string{"KEYS", pick(g, "*", "a", "?", "[a-c]", "k*", "nosuch", "", "\\a", "key:{tag}")}
	case 17:
		return g.scanCommand()
	case 18, 19:
		return []string{"OBJECT", pick(g, "ENCODING", "REFCOUNT", "FREQ", "IDLETIME", "FOO"), g.key()}
	case 20:
		return []string{"DBSIZE"}
	case 21:
		if g.IntN(6) > 0 {
			return []string{"RANDOMKEY"}
		}
		return append([]string{pick(g, "FLUSHALL", "FLUSHDB")}, pick(g, []string{}, []string{"SYNC"}, []string{"async"}, []string{"FOO"}, []string{"SYNC", "ASYNC"})...)
	case 22:
		return []string{"SELECT", pick(g, "0", "0", "1", "2", "16", "x")}
	}
	return []string{pick(g, "GET", "SET", "EXPIRE", "OBJECT", "COPY", "SCAN", "KEYS", "INCRBYFLOAT"), pick(g, "a", "b")}
}

func (g generator) scanCommand() []string {
	args := []string{"SCAN", pick(g, "0", "0", "0", "x", "-", "18446744073709551616", " 0")}
	for range g.IntN(3) {
		args = append(args, pick(g, []string{"MATCH", "?"}, []string{"COUNT", "1000"}, []string{"COUNT", "0"},
			[]string{"COUNT", "x"}, []string{"TYPE", "string"}, []string{"TYPE", "STRING"}, []string{"TYPE", "list"},
			[]string{"TYPE", "foo"}, []string{"MATCH"}, []string{"FOO", "1"})...)
	}
	return args
}

// agree reports whether two replies to a command say the same. Times may
// differ by what passed between the two executions.
func agree(args []string, theirs, ours string, decode func(string) any) bool {
	if theirs == ours {
		return true
	}
	switch strings.ToUpper(args[0]) {
	case "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME":
		a, okA := decode(theirs).(int64)
		b, okB := decode(ours).(int64)
		return okA && okB && a > 10 && b > 10 && max(a-b, b-a) < 2000
	case "OBJECT":
		// Objects of small integers are shared there: they have one idle time
		// for all their keys, and a count that COPY, which makes a new object,
		// loses.
		a, okA := decode(theirs).(int64)
		b, okB := decode(ours).(int64)
		return okA && okB && (strings.EqualFold(args[1], "idletime") || a == 1 && b == sharedRefs)
	case "RANDOMKEY":
		return (decode(theirs) == nil) == (decode(ours) == nil)
	case "KEYS":
		return sameItems(decode(theirs), decode(ours))
	case "SCAN":
		a, okA := decode(theirs).(list)
		b, okB := decode(ours).(list)
		return okA && okB && a[0] == b[0] && sameItems(a[1], b[1])
	}
	return false
}

func sameItems(a, b any) bool {
	x, okX := a.(list)
	y, okY := b.(list)
	if !okX || !okY {
		return false
	}
	text := func(l list) (out []string) {
		for _, item := range l {
			out = append(out, fmt.Sprint(item))
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(text(x), text(y))
}

// TestRandomCommandsAgainstReference executes the same random commands here
// and on redis-server 7.0 and compares the bytes of the replies.
func TestRandomCommandsAgainstReference(t *testing.T) {
	for _, proto := range []int{2, 3} {
		t.Run(fmt.Sprintf("RESP%d", proto), func(t *testing.T) {
			seed := seeds.Of(t)
			g := newGenerator(seed)
			count := 20000
			if testing.Short() {
				count = 2000
			}
			theirs, ours := dialReference(t, proto), newNode(t, proto)
			var history []string
			scanHits, scanMisses := int64(0), int64(0)
			for i := range count {
				args := g.stringCommand()
				if g.IntN(2) == 0 {
					args = g.keyCommand()
				}
				if args[0] == "DBSIZE" {
					// What has expired counts until somebody meets it.
					theirs.do("SCAN", "0", "COUNT", "1000")
					ours.keys.Expire(time.Second)
				}
				hits, misses := int64(0), int64(0)
				if args[0] == "SCAN" {
					hits, misses = lookups(theirs)
				}
				_, want := theirs.do(args...)
				if args[0] == "SCAN" {
					// To look at a key's type was a lookup until Redis 7.2.
					h, m := lookups(theirs)
					scanHits, scanMisses = scanHits+h-hits, scanMisses+m-misses
				}
				got := ours.do(args...)
				line := shortened(args)
				history = append(history, line)
				if !agree(args, want, got, ours.decode) {
					t.Fatalf("seed %d, command %d: %s\nwant %.300q\n got %.300q\nbefore:\n%s", seed, i, line, want, got,
						strings.Join(history[max(0, len(history)-40):], "\n"))
				}
			}
			hits, misses := lookups(theirs)
			hits, misses = hits-scanHits, misses-scanMisses
			if hits != ours.keys.Hits || misses != ours.keys.Misses {
				t.Errorf("seed %d: %d hits and %d misses, want %d and %d", seed, ours.keys.Hits, ours.keys.Misses, hits, misses)
			}
		})
	}
}

// lookups returns the hits and misses that the reference has counted.
func lookups(w *wire) (hits, misses int64) {
	w.t.Helper()
	info, _ := w.do("INFO", "stats")
	_, rest, ok := strings.Cut(info.(string), "keyspace_hits:")
	if !ok {
		w.t.Fatalf("no hits in %q", info)
	}
	if n, err := fmt.Sscanf(rest, "%d\r\nkeyspace_misses:%d", &hits, &misses); n != 2 {
		w.t.Fatal(err)
	}
	return hits, misses
}

func shortened(args []string) string {
	var b strings.Builder
	for _, arg := range args {
		if len(arg) > 40 {
			arg = fmt.Sprintf("%s...(%d)", arg[:8], len(arg))
		}
		fmt.Fprintf(&b, "%q ", arg)
	}
	return b.String()
}
