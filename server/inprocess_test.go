package server

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rs/zerolog"

	"basalt/config"
	"basalt/db"
	"basalt/netpoll"
	"basalt/resp"
)

// pipe runs commands through parser, rings, executor and reply writer of a
// real server, without a socket: what a command costs before the kernel.
type pipe struct {
	server  *Server
	conn    *conn
	segment [netpoll.SegmentSize]byte
}

func newPipe(tb testing.TB, args ...string) *pipe {
	tb.Helper()
	all := append([]string{"--save", "", "--port", "0", "--unixsocket", filepath.Join(tb.TempDir(), "s"), "--io-threads", "1",
		"--metrics-port", "0", "--dir", tb.TempDir()}, args...)
	cfg, err := config.Load(all, nil, nil)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := New(cfg, zerolog.Nop())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.closeAll)
	r := s.reactors[0]
	r.refreshLimits()
	c := &conn{reactor: r, fd: -1}
	s.executor.openSession(c)
	return &pipe{server: s, conn: c}
}

// run parses and executes in, and hands the reply to check, if not nil.
func (p *pipe) run(tb testing.TB, in []byte, check func(*resp.Writer)) {
	r, x := p.conn.reactor, p.server.executor
	// Through one segment, as the kernel would fill it: its lines are warm.
	p.conn.in, p.conn.have = p.segment[:], copy(p.segment[:], in)
	r.look()
	if !r.parse(p.conn) {
		tb.Fatalf("no command in %q", in)
	}
	x.drain(r)
	b, ok := r.fromExec.ring.Pop()
	if !ok {
		tb.Fatal("no reply")
	}
	if check != nil {
		check(&b.out)
	}
	r.timed(b)
	r.recycle(b)
	p.conn.flags &^= connBusy
}

func (p *pipe) reply(tb testing.TB, args ...string) string {
	text := ""
	p.run(tb, encode(args...), func(w *resp.Writer) { text = string(w.AppendTo(nil)) })
	return text
}

func encode(args ...string) []byte {
	list := make([][]byte, len(args))
	for i, a := range args {
		list[i] = []byte(a)
	}
	return resp.AppendCommand(nil, list...)
}

func TestPathAllocatesNothing(t *testing.T) {
	p := newPipe(t)
	for _, args := range [][]string{
		{"SET", "key", "value"}, {"GET", "key"}, {"GET", "nothing"}, {"SET", "counter", "1"}, {"INCR", "counter"},
		{"GET", "counter"}, {"DEL", "nothing"}, {"EXISTS", "key"}, {"EXPIRE", "key", "1000"}, {"TTL", "key"},
		{"SET", "key", "value", "EX", "100"}, {"PERSIST", "key"}, {"MSET", "a", "1", "b", "2"}, {"MGET", "a", "b", "c"},
		{"APPEND", "appended", "x"}, {"STRLEN", "key"}, {"PING"}, {"SELECT", "0"}, {"GETRANGE", "key", "0", "-1"},
		{"TYPE", "key"}, {"SETNX", "key", "v"}, {"GETEX", "key", "PERSIST"}, {"INCRBY", "counter", "12"},
	} {
		in := encode(args...)
		for range 16 {
			p.run(t, in, nil) // warm
		}
		if n := testing.AllocsPerRun(200, func() { p.run(t, in, nil) }); n != 0 {
			t.Errorf("%v allocates %v times", args, n)
		}
	}
}

func benchmarkPath(b *testing.B, keys int, verb string) {
	p := newPipe(b)
	d := p.server.executor.keys.DB(0)
	value := make([]byte, 64)
	for i := range value {
		value[i] = 'x'
	}
	for i := range keys {
		key := fmt.Appendf(nil, "key:%012d", i)
		d.SetString(key, db.Hash(key), value, db.NoDeadline)
	}
	const batch = 16
	rounds := make([][]byte, 4096)
	for i := range rounds {
		for range batch {
			key := []byte(fmt.Sprintf("key:%012d", rand.IntN(keys)))
			if verb == "SET" {
				rounds[i] = resp.AppendCommand(rounds[i], []byte(verb), key, value)
			} else {
				rounds[i] = resp.AppendCommand(rounds[i], []byte(verb), key)
			}
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		p.run(b, rounds[i/batch%len(rounds)], nil)
	}
	b.ReportMetric(float64(batch), "batch")
}

// BenchmarkPath is the cost of a command from its bytes to those of its reply.
func BenchmarkPath(b *testing.B) {
	for _, keys := range []int{1_000, 100_000, 8_000_000} {
		for _, verb := range []string{"GET", "SET"} {
			b.Run(verb+"/keys="+strconv.Itoa(keys), func(b *testing.B) { benchmarkPath(b, keys, verb) })
		}
	}
}

// BenchmarkMixed runs what a cache sees: mostly reads, writes with and without
// a deadline, counters, several keys at once. The profile that the compiler
// optimises by comes from it (make profile).
func BenchmarkMixed(b *testing.B) {
	p := newPipe(b)
	const keys, batch = 200_000, 16
	value := make([]byte, 64)
	key := func(kind string) []byte { return fmt.Appendf(nil, "%s:%011d", kind, rand.IntN(keys)) }
	rounds := make([][]byte, 4096)
	add := func(i int, args ...[]byte) { rounds[i] = resp.AppendCommand(rounds[i], args...) }
	for i := range rounds {
		for range batch {
			switch n := rand.IntN(100); {
			case n < 60:
				add(i, []byte("GET"), key("key"))
			case n < 80:
				add(i, []byte("SET"), key("key"), value)
			case n < 85:
				add(i, []byte("SET"), key("key"), value, []byte("EX"), strconv.AppendInt(nil, int64(60+rand.IntN(10000)), 10))
			case n < 90:
				add(i, []byte("INCR"), key("cnt"))
			case n < 93:
				add(i, []byte("MGET"), key("key"), key("key"), key("key"))
			case n < 95:
				add(i, []byte("DEL"), key("key"))
			case n < 97:
				add(i, []byte("EXPIRE"), key("key"), []byte("1000"))
			case n < 98:
				add(i, []byte("TTL"), key("key"))
			default:
				add(i, []byte("EXISTS"), key("key"))
			}
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		p.run(b, rounds[i/batch%len(rounds)], nil)
	}
}
