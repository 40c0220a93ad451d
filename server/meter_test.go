package server

import (
	"strings"
	"testing"

	"basalt/resp"
)

// TestGathered: commands that are counted together are all counted, each under its
// own row, with its failure; and where one of them is found slow, the time is
// counted once.
func TestGathered(t *testing.T) {
	p := newPipe(t)
	p.reply(t, "SET", "string", "value")
	p.reply(t, "HSET", "hash", "field", "value")
	x := p.server.executor
	count := func(name string) (calls, failed, nanos, counted int64) {
		row, _ := x.table.Resolve([][]byte{[]byte(name), nil, nil})
		s := &x.stats[row.ID]
		return s.Calls, s.Failed, s.Nanos, s.Times.Total()
	}
	send := func() {
		var in []byte
		for i := range 61 {
			in = append(in, encode("GET", []string{"string", "hash", "none"}[i%3])...)
			if i%20 == 0 {
				in = append(in, encode("HGET", "hash", "field")...)
				in = append(in, encode("STRLEN")...)
			}
		}
		p.run(t, in, func(w *resp.Writer) {
			reply := string(w.AppendTo(nil))
			if n := strings.Count(reply, "$5\r\nvalue\r\n"); n != 21+4 {
				t.Errorf("%d values", n)
			}
			if n := strings.Count(reply, "-WRONGTYPE"); n != 20 {
				t.Errorf("%d errors", n)
			}
		})
	}
	for round := int64(1); round <= 50; round++ {
		send()
		if calls, failed, nanos, counted := count("GET"); calls != round*61 || failed != round*20 || counted != calls || nanos <= 0 {
			t.Fatalf("round %d: %d calls, %d failed, %d ns, %d counted", round, calls, failed, nanos, counted)
		}
		if calls, failed, _, counted := count("HGET"); calls != round*4 || failed != 0 || counted != calls {
			t.Fatalf("round %d: %d calls of HGET, %d failed, %d counted", round, calls, failed, counted)
		}
		if x.meter.gathered != 0 {
			t.Fatal("some are not counted")
		}
	}

	// Eight at once are held up by the last one.
	p.reply(t, "CONFIG", "RESETSTAT")
	row, _ := x.table.Resolve([][]byte{[]byte("GET"), nil})
	x.bind(p.conn.session, &batch{conn: p.conn})
	x.ctx.Begin(row, [][]byte{[]byte("GET"), []byte("string")}, 0)
	x.observer.left = 100
	for range gatherMax - 1 {
		if !x.gather(row) {
			t.Fatal("not gathered")
		}
	}
	if x.gather(row) {
		t.Error("more gathered than share a reading")
	}
	start := int64(1)
	if x.meter.scale.Nanos(x.account(p.conn.session, start)-start) < x.meter.limit {
		t.Fatal("the counter began when the test did")
	}
	s := &x.stats[row.ID]
	if s.Calls != gatherMax || s.Times[0] != gatherMax-1 || s.Nanos < x.meter.limit {
		t.Errorf("%d calls, %d of no time, %d ns", s.Calls, s.Times[0], s.Nanos)
	}
}
