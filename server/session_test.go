package server

import (
	"testing"

	"basalt/command"
)

// TestWalk: a walk sees all sessions, those that come meanwhile too, and none
// that has gone, in steps.
func TestWalk(t *testing.T) {
	l := newSessions()
	var all []*session
	add := func() {
		s := &session{}
		l.add(s)
		all = append(all, s)
	}
	for range 2*walkStep + 10 {
		add()
	}
	seen := map[int64]int{}
	look := func(s *session) { seen[s.ID]++ }
	l.flushing.next = l.head
	if !l.flushing.step(look) || len(seen) != walkStep {
		t.Fatalf("%d in a step", len(seen))
	}
	l.remove(all[walkStep]) // the next one
	l.remove(all[0])
	l.remove(all[walkStep+5])
	add()
	for l.flushing.step(look) {
	}
	if want := 2*walkStep + 10 - 2 + 1; len(seen) != want || seen[all[walkStep].ID] != 0 || seen[all[len(all)-1].ID] != 1 {
		t.Errorf("%d seen, want %d", len(seen), want)
	}
	if l.flushing.step(look) {
		t.Error("there is no end")
	}
}

// TestEvictManyClients: of more connections than one look finds the largest go,
// until the rest is within the limit, and what is cut off is not counted twice.
func TestEvictManyClients(t *testing.T) {
	p := newPipe(t)
	x, r := p.server.executor, p.conn.reactor
	const clients, every, large = 3 * walkStep, 30, 3 * walkStep / 30
	for i := range clients {
		c := &conn{reactor: r, fd: -1}
		x.openSession(c)
		if i%every == 0 {
			c.publish(&c.stat.queryBuf, 1<<20)
		}
	}
	// Five of the large ones may stay.
	p.server.config.MaxMemoryClients = int64(clients+2)*int64(sessionBytes) + 5<<20 + 1<<19
	x.evictClients()
	steps := 0
	for x.evictClientsStep() {
		steps++
	}
	if x.counters.evictedClients != large-5 {
		t.Errorf("%d evicted, want %d", x.counters.evictedClients, large-5)
	}
	if steps < 3*clients/walkStep {
		t.Errorf("%d steps", steps)
	}
	x.evictClients()
	for x.evictClientsStep() {
	}
	if x.counters.evictedClients != large-5 {
		t.Errorf("%d evicted in the end", x.counters.evictedClients)
	}
}

// TestFlushTellsInSteps: of a flush all clients that track are told, each
// before its next command.
func TestFlushTellsInSteps(t *testing.T) {
	p := newPipe(t)
	x, r := p.server.executor, p.conn.reactor
	for range 3 * walkStep {
		x.openSession(&conn{reactor: r, fd: -1})
	}
	last := x.sessions.tail
	p.reply(t, "HELLO", "3")
	p.reply(t, "CLIENT", "TRACKING", "ON")
	for s := x.sessions.head.next; s != nil; s = s.next {
		s.Proto = 3
		p.server.StartTracking(&s.Client, command.TrackingOptions{})
	}
	p.reply(t, "FLUSHALL")
	told := func() (n int) {
		for s := x.sessions.head; s != nil; s = s.next {
			if s.push != nil {
				n++
			}
		}
		return n
	}
	if n := told(); n != walkStep-1 { // who flushed was told behind the reply
		t.Errorf("%d told at once", n)
	}
	x.tellFlushed(last)
	if last.push == nil {
		t.Error("the last is not told before its next command")
	}
	for x.trackStep() {
	}
	if n := told(); n != 3*walkStep {
		t.Errorf("%d of %d told", n, 3*walkStep)
	}
	size := last.push.out.Size()
	x.tellFlushed(last)
	if last.push.out.Size() != size {
		t.Error("told twice")
	}
}
