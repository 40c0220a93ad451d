package server

import (
	"testing"
)

// TestOverloadControl: bursts are served, a queue that stands raises the share
// that is refused, ever faster, and one that is gone lowers it to nothing.
func TestOverloadControl(t *testing.T) {
	o := overload{targetTicks: 10, intervalTicks: 100}
	now := int64(1000)
	step := func(wait int64, times int) {
		for range times {
			now += 10
			o.observe(wait, now)
		}
	}
	step(50, 9)
	step(5, 1)
	step(50, 9)
	if o.share != 0 {
		t.Fatalf("share %d after two bursts", o.share)
	}
	step(50, 3)
	first := o.share
	if first != shareStep {
		t.Fatalf("share %d after an interval", first)
	}
	step(50, 10)
	slow := o.share - first
	step(50, 10)
	if fast := o.share - first - slow; slow < shareStep || fast < slow {
		t.Errorf("raised by %d, then by %d", slow, fast)
	}
	step(50, 1000)
	if o.share != shareMax {
		t.Errorf("share %d", o.share)
	}
	step(5, 80)
	if o.share != 0 || o.aboveSince != 0 {
		t.Errorf("share %d when it is over", o.share)
	}
}

// TestShedNewest: what is refused of a group is its end, and over many groups as
// much of it as the share says.
func TestShedNewest(t *testing.T) {
	x := &executor{overload: overload{targetTicks: 1, intervalTicks: 1, share: shareWhole / 4}}
	refused := 0
	for range 100 {
		group := []*batch{{kind: kindOpen}, {arrived: 1}, {arrived: 1}, {}, {arrived: 1}, {kind: kindClosed}}
		if newest := x.shed(group); newest != 4 {
			t.Fatalf("the newest is %d", newest)
		}
		for i, b := range group {
			if b.shed {
				refused++
				if i != 4 {
					t.Errorf("number %d is refused", i)
				}
			}
		}
	}
	if refused != 75 {
		t.Errorf("%d of 300 refused", refused)
	}
}

// TestOverloadCosts: without a target commands carry no time, and with one they
// do and still allocate nothing.
func TestOverloadCosts(t *testing.T) {
	for _, target := range []string{"0", "1000"} {
		p := newPipe(t, "--overload-target", target)
		r := p.conn.reactor
		r.refreshLimits()
		r.markRound(0)
		get := encode("GET", "k")
		p.run(t, get, nil)
		if n := testing.AllocsPerRun(100, func() { p.run(t, get, nil) }); n != 0 {
			t.Errorf("target %s: %v allocations", target, n)
		}
		if r.stamp != (target != "0") {
			t.Errorf("target %s: stamps %v", target, r.stamp)
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
