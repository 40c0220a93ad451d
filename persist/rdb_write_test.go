package persist

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"basalt/db"
	"basalt/internal/reference"
)

// everyType is commands that make keys of all types and encodings.
func everyType() [][]string {
	var all [][]string
	add := func(args ...string) { all = append(all, args) }
	rng := rand.New(rand.NewPCG(21, 22))
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return string(b)
	}
	add("SELECT", "0")
	for i, v := range []string{"", "1", "-70000", "9223372036854775807", "007", "text", strings.Repeat("ab", 3000),
		random(64), random(5000), random(40000), strings.Repeat("long ", 100000), strings.Repeat(random(1000), 1500)} {
		add("SET", fmt.Sprint("string", i), v)
	}
	add("SET", "", "empty key")
	add("SET", strings.Repeat("k", 50000), "long key")
	add("SET", "123", "a number of a key", "PXAT", "99999999999999")
	for _, n := range []int{3, 130, 700} {
		for i := range n {
			id := strconv.Itoa(i)
			add("RPUSH", "list"+strconv.Itoa(n), "element "+id)
			add("RPUSH", "numbers"+strconv.Itoa(n), id, strings.Repeat(id, 50))
			add("SADD", "ints"+strconv.Itoa(n), strconv.Itoa(i*i*i*i-n))
			add("SADD", "set"+strconv.Itoa(n), "member "+id, id)
			add("HSET", "hash"+strconv.Itoa(n), "field"+id, "value"+id, id, id)
			add("ZADD", "zset"+strconv.Itoa(n), strconv.FormatFloat(float64(i)*1.1, 'g', -1, 64), "m"+id, "-"+id, id)
			add("XADD", "stream"+strconv.Itoa(n), strconv.Itoa(i/3+1)+"-"+strconv.Itoa(i+1), "f", id, "g", "value")
			add("XADD", "mixed"+strconv.Itoa(n), "5-"+strconv.Itoa(i+1), "f"+id, random(30))
		}
	}
	// what is told in parts
	for i := range 250 {
		args := []string{"RPUSH", "largelist"}
		for j := range 10 {
			args = append(args, fmt.Sprint(i, j)+random(100))
		}
		add(args...)
	}
	for i := range 2500 {
		add("XADD", "largestream", "9-"+strconv.Itoa(i+1), "field", random(10))
	}
	add("RPUSH", "plain", "a", random(20000), "b", random(200000))
	add("HSET", "plainhash", "a", random(70000), random(40000), "b")
	add("ZADD", "odd", "inf", "a", "-inf", "b", "1e-300", "c", "3.0000000000000004", "d")
	add("PEXPIREAT", "zset700", "99999999999998")
	add("SELECT", "3")
	add("SET", "other", "database")
	add("XADD", "gone", "7-7", "a", "b")
	add("XDEL", "gone", "7-7")
	add("XGROUP", "CREATE", "never", "g", "0", "MKSTREAM")
	for i := range 250 {
		add("XADD", "groups", "*", "n", strconv.Itoa(i))
	}
	add("XDEL", "groups", "0-1")
	add("XGROUP", "CREATE", "groups", "one", "0")
	add("XGROUP", "CREATE", "groups", "two", "$", "ENTRIESREAD", "9")
	add("XGROUP", "CREATECONSUMER", "groups", "two", "idle")
	add("XREADGROUP", "GROUP", "one", "alice", "COUNT", "100", "STREAMS", "groups", ">")
	add("XREADGROUP", "GROUP", "one", "bob", "COUNT", "70", "STREAMS", "groups", ">")
	return all
}

func ask(t *testing.T, s *reference.Server, args ...string) any {
	t.Helper()
	reply, err := s.Do(args...)
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := reply.(reference.Error); ok {
		t.Fatalf("%.60q: %v", args, e)
	}
	return reply
}

// populate makes the dataset in the reference, and from there, value by value,
// in a keyspace.
func populate(t *testing.T) (*reference.Server, *db.Keyspace) {
	t.Helper()
	s := reference.Start(t, "--enable-debug-command", "yes")
	for _, c := range everyType() {
		ask(t, s, c...)
	}
	return s, copyOf(t, s)
}

func copyOf(t *testing.T, s *reference.Server) *db.Keyspace {
	t.Helper()
	keys := db.New(16, 1000)
	var r Restorer
	for index := range 16 {
		ask(t, s, "SELECT", strconv.Itoa(index))
		for _, k := range ask(t, s, "KEYS", "*").([]any) {
			key := []byte(k.(string))
			hash := db.Hash(key)
			payload := []byte(ask(t, s, "DUMP", k.(string)).(string))
			e, err := r.Read(keys, key, hash, payload)
			if err != nil {
				t.Fatal(err)
			}
			keys.Scratch().Rename(hash, e, keys.DB(index), key, hash)
			if at := ask(t, s, "PEXPIRETIME", k.(string)).(int64); at > 0 {
				keys.DB(index).SetDeadline(hash, keys.DB(index).Peek(key, hash), at)
			}
		}
	}
	return keys
}

// compareServers holds all keys of one server against those of another. Streams
// have their groups compared by words; when consumers were seen is not kept by
// a base of commands, nor exactly by the older format.
func compareServers(t *testing.T, want, got *reference.Server) {
	t.Helper()
	for index := range 16 {
		ask(t, want, "SELECT", strconv.Itoa(index))
		ask(t, got, "SELECT", strconv.Itoa(index))
		if w, g := ask(t, want, "DBSIZE"), ask(t, got, "DBSIZE"); w != g {
			t.Errorf("database %d: %v keys, want %v", index, g, w)
		}
		for _, k := range ask(t, want, "KEYS", "*").([]any) {
			key := k.(string)
			questions := [][]string{{"TYPE", key}, {"PEXPIRETIME", key}, {"DEBUG", "DIGEST-VALUE", key}}
			if ask(t, want, "TYPE", key) == "stream" {
				questions = append(questions, []string{"XINFO", "STREAM", key, "FULL", "COUNT", "0"})
			}
			for _, q := range questions {
				w, g := fmt.Sprint(ask(t, want, q...)), fmt.Sprint(ask(t, got, q...))
				if q[0] == "XINFO" {
					w, g = withoutNodes(w), withoutNodes(g)
				}
				if w != g {
					t.Errorf("%.60q: %.2000s, want %.2000s", q, g, w)
				}
			}
		}
	}
}

// withoutNodes leaves out of XINFO STREAM FULL how the stream lies in memory and when
// consumers were seen.
func withoutNodes(s string) string {
	words := strings.Fields(s)
	for i, w := range words[:len(words)-1] {
		if w == "radix-tree-keys" || w == "radix-tree-nodes" || strings.HasSuffix(w, "seen-time") {
			words[i+1] = "-"
		}
	}
	return strings.Join(words, " ")
}

func testJob(t *testing.T) Job {
	dir := t.TempDir()
	return Job{
		Temp: filepath.Join(dir, "temp.rdb"), Final: filepath.Join(dir, "dump.rdb"),
		Version: Version70, Compress: true, Checksum: true,
		Aux: StandardAux("7.2.0", 1700000000, 123456, false),
	}
}

// TestRDBForReference: what is written is accepted by redis-check-rdb, and
// redis-server has the same keys when it has loaded it.
func TestRDBForReference(t *testing.T) {
	want, keys := populate(t)
	for name, change := range map[string]func(*Job){
		"lzf":        func(*Job) {},
		"raw":        func(j *Job) { j.Compress = false },
		"unsummed":   func(j *Job) { j.Checksum = false },
		"access":     func(j *Job) { j.Access = true },
		"incrmental": func(j *Job) { j.IncrementalSync = true },
	} {
		t.Run(name, func(t *testing.T) {
			job := testJob(t)
			job.Sizes = keys.Sizes()
			change(&job)
			signs := 0
			stats, err := Save(job, keys, func() { signs++ })
			if err != nil {
				t.Fatal(err)
			}
			if signs < 4 { // it wrote, and will sync, rename and sync the folder
				t.Errorf("%d signs of progress", signs)
			}
			if int(stats.Keys) != keys.Len() {
				t.Errorf("%d keys, want %d", stats.Keys, keys.Len())
			}
			compareServers(t, want, loaded(t, job.Final))
		})
	}
}

// loaded returns a redis-server that has loaded a file.
func loaded(t *testing.T, path string) *reference.Server {
	t.Helper()
	if out, err := exec.Command("redis-check-rdb", path).CombinedOutput(); err != nil {
		t.Fatalf("redis-check-rdb: %v\n%s", err, out)
	}
	return whenLoaded(t, reference.StartPlain(t, "--dir", filepath.Dir(path), "--dbfilename", filepath.Base(path),
		"--save", "", "--enable-debug-command", "yes"))
}

// whenLoaded waits until a server has loaded its files.
func whenLoaded(t *testing.T, s *reference.Server) *reference.Server {
	t.Helper()
	for {
		reply, err := s.Do("DBSIZE")
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := reply.(reference.Error); !ok || !strings.HasPrefix(string(e), "LOADING") {
			return s
		}
	}
}

// TestRESPForReference: redis-server makes the same keys of the commands.
func TestRESPForReference(t *testing.T) {
	want, keys := populate(t)
	job := testJob(t)
	job.Format = FormatRESP
	if _, err := Save(job, keys, func() {}); err != nil {
		t.Fatal(err)
	}
	base, err := os.ReadFile(job.Final)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(job.Final), "appendonlydir")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	manifest := "file a.aof.1.base.aof seq 1 type b\nfile a.aof.1.incr.aof seq 1 type i\n"
	for name, content := range map[string]string{"a.aof.manifest": manifest, "a.aof.1.base.aof": string(base), "a.aof.1.incr.aof": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("redis-check-aof", filepath.Join(dir, "a.aof.manifest")).CombinedOutput(); err != nil {
		t.Fatalf("redis-check-aof: %v\n%s", err, out)
	}
	got := whenLoaded(t, reference.StartPlain(t, "--dir", filepath.Dir(dir), "--appendonly", "yes", "--appendfilename", "a.aof",
		"--save", "", "--enable-debug-command", "yes"))
	compareServers(t, want, got)
}

// TestZstd: the frame is one that the program of the format's authors reads.
func TestZstd(t *testing.T) {
	_, keys := populate(t)
	for _, level := range []int{1, 3, 9} {
		job := testJob(t)
		job.ZstdLevel = level
		var plain bytes.Buffer
		zipped := job
		job.ZstdLevel = 0
		if err := WriteRDB(&plain, job, keys); err != nil {
			t.Fatal(err)
		}
		if _, err := Save(zipped, keys, func() {}); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zstd", "-d", "-c", "-q", zipped.Final).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out, plain.Bytes()) {
			t.Fatalf("level %d: %d bytes come back as %d", level, plain.Len(), len(out))
		}
	}
}

// TestRDBGolden has the bytes of a small file of the newer version, with what the
// reference does not know.
func TestRDBGolden(t *testing.T) {
	var out bytes.Buffer
	w := newRDBWriter(&out, &Job{
		Version: Version72, Checksum: true, Access: true, Aux: []AuxField{{"redis-bits", "64"}},
		Sizes: []db.DBSize{{DB: 0, Keys: 300, Volatile: 1}},
	})
	w.head()
	tellGolden(w)
	if err := w.foot(); err != nil {
		t.Fatal(err)
	}
	want := "REDIS0011" +
		"\xfa\x0aredis-bits\xc0\x40" +
		"\xfe\x00\xfb\x41\x2c\x01" +
		"\xfc\x15\xcd\x5b\x07\x00\x00\x00\x00\xf8\x05\x00\x01s\x05value" +
		"\xf9\xff\x00\x01i\xc1\x39\x30" +
		"\x18\x01h\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x01f\x01v\x43\xe9\x01g\x01w" +
		"\xfe\x02\x12\x01l\x02\x01\x05plain\x02\x09\x09\x00\x00\x00\x01\x00\x07\x01\xff" +
		"\xfe\x00\x05\x01z\x01\x01m\x00\x00\x00\x00\x00\x00\xf8\x3f"
	want += "\xff"
	want += string(le64(updateCRC(0, []byte(want))))
	if got := out.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func le64(n uint64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(n >> (8 * i))
	}
	return b
}

func tellGolden(w db.Visitor) {
	text := func(s string) db.Element { return db.Element{Bytes: []byte(s)} }
	key := func(n int, s string) db.KeyInfo {
		return db.KeyInfo{DB: n, Key: []byte(s), Deadline: db.NoDeadline, Idle: -1, Freq: -1}
	}
	k := key(0, "s")
	k.Deadline, k.Idle = 123456789, 5
	w.Key(k).String([]byte("value"))
	k = key(0, "i")
	k.Freq = 255
	w.Key(k).Integer(12345)
	v := w.Key(key(0, "h"))
	v.Hash(2, true)
	v.Field(text("f"), text("v"), db.NoDeadline)
	v.Field(text("g"), text("w"), 1000)
	k = key(0, "expired")
	k.Deadline = 1
	w.Key(k).Hash(0, true)
	v = w.Key(key(2, "l"))
	v.List(2)
	v.Node(0, []byte("plain"), false)
	v.Node(1, []byte("\x09\x00\x00\x00\x01\x00\x07\x01\xff"), true)
	v = w.Key(key(0, "z"))
	v.ZSet(1)
	v.Scored(text("m"), 1.5)
}

// TestRESPGolden has the commands for the same keys.
func TestRESPGolden(t *testing.T) {
	var out bytes.Buffer
	w := newRESPWriter(&out, &Job{Format: FormatRESP})
	tellGolden(w)
	if err := w.foot(); err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, c := range []string{
		"SELECT 0", "SET s value", "PEXPIREAT s 123456789", "SET i 12345",
		"HMSET h f v g w", "HPEXPIREAT h 1000 FIELDS 1 g",
		"SELECT 2", "RPUSH l plain", "RPUSH l 7", "SELECT 0", "ZADD z 1.5 m",
	} {
		words := strings.Fields(c)
		want += fmt.Sprintf("*%d\r\n", len(words))
		for _, word := range words {
			want += fmt.Sprintf("$%d\r\n%s\r\n", len(word), word)
		}
	}
	if got := out.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// failing fails after some bytes.
type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errTest
	}
	return len(b), nil
}

// TestWriterFails: the error of the writer is what is returned, wherever it comes.
func TestWriterFails(t *testing.T) {
	_, keys := populate(t)
	for _, job := range []Job{
		{Version: Version72}, {Version: Version72, Compress: true, Checksum: true}, {Version: Version72, ZstdLevel: 1}, {Format: FormatRESP},
	} {
		var size byteCount
		if err := encode(&size, &job, accept(keys)); err != nil {
			t.Fatal(err)
		}
		for left := 0; left < int(size); left += 1 + int(size)/20 {
			if err := encode(&failing{left}, &job, accept(keys)); err != errTest {
				t.Fatalf("%+v: room for %d bytes: %v", job, left, err)
			}
		}
	}
}

type byteCount int

func (c *byteCount) Write(b []byte) (int, error) {
	*c += byteCount(len(b))
	return len(b), nil
}

// TestIncomplete: a value that lacks a part is not passed off as whole.
func TestIncomplete(t *testing.T) {
	for _, out := range []keyWriter{newRDBWriter(io.Discard, &Job{Version: Version72}), newRESPWriter(io.Discard, &Job{})} {
		v := out.Key(db.KeyInfo{Key: []byte("k"), Deadline: db.NoDeadline})
		v.Set(2)
		v.Member(db.Element{Int: 1, IsInt: true})
		if err := out.foot(); err != errParts {
			t.Errorf("%T: %v", out, err)
		}
	}
}
