package server

import (
	"strconv"
	"strings"
	"testing"
)

// TestLimit: commands that need memory are refused exactly while the data is
// over the limit, and the way there allocates nothing.
func TestLimit(t *testing.T) {
	p := newPipe(t)
	x := p.server.executor
	if x.gate&gateMemory != 0 {
		t.Fatal("a limit without maxmemory")
	}
	p.reply(t, "SET", "key", "value")
	p.reply(t, "CONFIG", "SET", "maxmemory", "1gb")
	if x.gate&gateMemory == 0 {
		t.Fatal("no limit with maxmemory")
	}
	for _, args := range [][]string{{"GET", "key"}, {"SET", "key", "value"}, {"INCR", "n"}, {"PING"}} {
		in := encode(args...)
		for range 16 {
			p.run(t, in, nil)
		}
		if n := testing.AllocsPerRun(100, func() { p.run(t, in, nil) }); n != 0 {
			t.Errorf("%v allocates %v times", args, n)
		}
	}

	// The limit is met on the way, not at some later moment.
	p.server.executor.usedMemory()
	p.server.setLimitAt(x.keys.Arena().Used() + x.memory.goHeap + 64<<10)
	value, stored := strings.Repeat("x", 1000), 0
	for ; stored < 1000; stored++ {
		if reply := p.reply(t, "SET", "grows"+strconv.Itoa(stored), value); strings.HasPrefix(reply, "-OOM ") {
			break
		}
	}
	if used := x.keys.Arena().Used() + x.memory.goHeap; stored == 1000 || used > x.memory.limit+2<<10 {
		t.Errorf("refused after %d, %d bytes over the limit", stored, used-x.memory.limit)
	}
	if reply := p.reply(t, "GET", "key"); reply != "$5\r\nvalue\r\n" {
		t.Errorf("a command that needs no memory: %q", reply)
	}
	p.reply(t, "DEL", "grows0", "grows1", "grows2")
	if reply := p.reply(t, "SET", "key", "other"); reply != "+OK\r\n" {
		t.Errorf("after a deletion: %q", reply)
	}
}

// setLimitAt puts the limit at a number of bytes.
func (s *Server) setLimitAt(bytes int64) {
	s.config.MaxMemory = uint64(bytes)
	s.executor.applyMemory(s.config)
}

// BenchmarkPathLimited is BenchmarkPath with a maxmemory.
func BenchmarkPathLimited(b *testing.B) {
	for _, verb := range []string{"GET", "SET"} {
		b.Run(verb, func(b *testing.B) {
			b.Run("unlimited", func(b *testing.B) { benchmarkLimited(b, verb, "0") })
			b.Run("limited", func(b *testing.B) { benchmarkLimited(b, verb, "100gb") })
		})
	}
}

func benchmarkLimited(b *testing.B, verb, limit string) {
	p := newPipe(b)
	p.reply(b, "CONFIG", "SET", "maxmemory", limit)
	const batch = 16
	var in []byte
	for range batch {
		if verb == "SET" {
			in = append(in, encode("SET", "key", "value")...)
		} else {
			in = append(in, encode("GET", "key")...)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		p.run(b, in, nil)
	}
}
