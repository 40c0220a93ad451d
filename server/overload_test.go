package server

import (
	"bytes"
	"testing"
	"time"

	"basalt/internal/ticks"
	"basalt/netpoll"
	"basalt/resp"
)

// TestOverloadBegins: bursts are served, a queue that stands for an interval is
// not, and it is over when nothing had to be refused for as long.
func TestOverloadBegins(t *testing.T) {
	o := overload{targetTicks: 10, intervalTicks: 100}
	now, on := int64(1000), false
	step := func(wait int64, times int) {
		for range times {
			now += 10
			if o.observe(wait, now, on) {
				on = !on
			}
		}
	}
	for range 3 {
		step(50, 10)
		if on {
			t.Fatal("a burst is an overload")
		}
		step(5, 1)
	}
	step(50, 11)
	if !on {
		t.Fatal("a queue that stands is none")
	}
	for range 5 {
		step(5, 9)
		o.neededTick = now // something was refused
	}
	if !on {
		t.Fatal("it ended while it was needed")
	}
	step(50, 10)
	if on {
		t.Fatal("it does not end")
	}
	step(50, 9)
	if on {
		t.Error("it begins without an interval")
	}
}

// TestOverloadRefusesNewest: of a turn the first commands are executed, as far as
// half of the target goes, and those behind them are refused; the next turn has its own
// time. Who asks how the node is is served.
func TestOverloadRefusesNewest(t *testing.T) {
	p := newPipe(t, "--overload-target", "2", "--enable-debug-command", "yes")
	x, r := p.server.executor, p.conn.reactor
	x.gate |= gateOverload
	x.overload.neededTick = ticks.Now()
	const get, slow = "$-1\r\n", "+OK\r\n"
	for range 3 {
		// Of one turn is what arrived at one tick.
		in := bytes.Join([][]byte{encode("GET", "k"), encode("DEBUG", "SLEEP", "0.003"), encode("GET", "k"), encode("PING"), encode("GET", "k")}, nil)
		p.run(t, in, func(w *resp.Writer) {
			if got := string(w.AppendTo(nil)); got != get+slow+"-"+errThrottled+"\r\n+PONG\r\n-"+errThrottled+"\r\n" {
				t.Errorf("%q", got)
			}
		})
	}
	if x.overload.throttled != 6 {
		t.Errorf("%d refused", x.overload.throttled)
	}
	if r.turn.arrivedTick == 0 {
		t.Error("no turn was taken")
	}
}

// TestOverloadSeesTurn: the wait of a turn is that of its last batch, though all of
// them were staged before the first one was executed.
func TestOverloadSeesTurn(t *testing.T) {
	p := newPipe(t, "--overload-target", "2", "--enable-debug-command", "yes")
	x, r := p.server.executor, p.conn.reactor
	r.look()
	conns := []*conn{p.conn}
	for range 3 {
		c := &conn{reactor: r, fd: -1}
		x.openSession(c)
		conns = append(conns, c)
	}
	in := encode("DEBUG", "SLEEP", "0.002")
	for _, c := range conns {
		c.in = make([]byte, netpoll.SegmentSize)
		c.have = copy(c.in, in)
		if !r.parse(c) {
			t.Fatal("no command")
		}
	}
	x.drain(r)
	if wait := ticks.Nanos(r.turn.waitTicks); wait < 6e6 {
		t.Errorf("the last of four waited %d ns", wait)
	}
	for range conns {
		b, _ := r.fromExec.ring.Pop()
		r.recycle(b)
	}
}

// TestOverloadCosts: without a target no turns are taken, and with one commands
// still allocate nothing.
func TestOverloadCosts(t *testing.T) {
	for _, target := range []string{"0", "1000"} {
		p := newPipe(t, "--overload-target", target)
		r := p.conn.reactor
		r.refreshLimits()
		get := encode("GET", "k")
		p.run(t, get, nil)
		if n := testing.AllocsPerRun(100, func() { p.run(t, get, nil) }); n != 0 {
			t.Errorf("target %s: %v allocations", target, n)
		}
		if (r.turn.arrivedTick != 0) != (target != "0") {
			t.Errorf("target %s: turn %v", target, r.turn)
		}
	}
}

// TestAcceptBudget: a second's worth at once, then as time goes by.
func TestAcceptBudget(t *testing.T) {
	var b acceptBudget
	now := int64(1 << 40)
	take := func() (n int) {
		for b.take(now, 50) == 0 {
			n++
		}
		return n
	}
	if n := take(); n != 50 {
		t.Errorf("%d at once", n)
	}
	now += 100
	if n := take(); n != 5 {
		t.Errorf("%d after 100 ms", n)
	}
	if rest := b.take(now, 50); rest != 20 {
		t.Errorf("rests %d ms", rest)
	}
	now += 60000
	if n := take(); n != 50 {
		t.Errorf("%d after a minute", n)
	}
	if b.take(now, 0) != 0 {
		t.Error("no bound, and it rests")
	}
}

// TestProbeTravels: a byte that the reactor sends to itself comes back behind the
// connections that were ready before, and until then they have waited since it was
// sent.
func TestProbeTravels(t *testing.T) {
	p := newPipe(t, "--overload-target", "2")
	r := p.conn.reactor
	r.refreshLimits()
	if !r.probe.open {
		t.Fatal("there is none")
	}
	r.look()
	r.sendProbe()
	sent := r.probe.sentTick
	if sent == 0 {
		t.Fatal("it was not sent")
	}
	r.look()
	if r.arrived != sent {
		t.Errorf("what comes now has waited since %d, not since %d", r.arrived, sent)
	}
	if _, err := r.poll(int(time.Second / time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if r.probe.sentTick != 0 || r.arrived != r.polled {
		t.Errorf("it did not come back: sent %d, arrived %d, polled %d", r.probe.sentTick, r.arrived, r.polled)
	}
}
