package ticks

import (
	"testing"
	"time"
)

// within reports whether got is within a hundredth of want, and a little for
// what passes between two readings on a busy machine.
func within(got, want int64) bool {
	difference := got - want
	if difference < 0 {
		difference = -difference
	}
	return difference <= want/100+int64(50*time.Microsecond)
}

// TestAgainstTheClock measures the same stretch twice. A preempted thread may
// spoil one try; it does not spoil five.
func TestAgainstTheClock(t *testing.T) {
	for _, calibrated := range []bool{false, true} {
		if calibrated {
			Calibrate()
		}
		var got, want int64
		ok := false
		for range 5 {
			began, tick := time.Now(), Now()
			time.Sleep(20 * time.Millisecond)
			elapsed := Now() - tick
			want = int64(time.Since(began))
			got = Nanos(elapsed)
			if ok = within(got, want); ok {
				break
			}
		}
		if !ok {
			t.Errorf("measured %d ns, the clock says %d", got, want)
		}
	}
	t.Logf("counter used: %v, multiplier %.9f", useCounter, float64(multiplier.Load())/(1<<fractionBits))
}

func TestNeverNegative(t *testing.T) {
	for _, difference := range []int64{-1, -1 << 62, -1 << 63, 0} {
		if n := Nanos(difference); n != 0 {
			t.Errorf("Nanos(%d) = %d", difference, n)
		}
		if n := Of(difference); n != 0 {
			t.Errorf("Of(%d) = %d", difference, n)
		}
	}
	last := Now()
	for range 1_000_000 {
		now := Now()
		if Nanos(now-last) < 0 {
			t.Fatal("time went back")
		}
		last = now
	}
}

// TestExtremes: conversions neither overflow nor lose precision at the ends of
// what a server measures.
func TestExtremes(t *testing.T) {
	for _, nanos := range []int64{1, 100, 1000, 1e6, 1e9, 86400e9, 10 * 365 * 86400e9} {
		back := Nanos(Of(nanos))
		// One tick of an arm64 counter is up to 42 ns.
		if difference := nanos - back; difference < 0 || difference > 42+nanos/1e6 {
			t.Errorf("%d ns are %d ticks are %d ns", nanos, Of(nanos), back)
		}
	}
	if Of(1<<63-1) <= 0 {
		t.Error("overflow")
	}
}

func TestSince(t *testing.T) {
	tick := Now()
	time.Sleep(2 * time.Millisecond)
	if n := Since(tick); n < int64(19*time.Millisecond)/10 {
		t.Errorf("2 ms took %d ns", n)
	}
}

func TestRates(t *testing.T) {
	const ghz3 = 1 << fractionBits / 3
	for _, c := range []struct {
		from, to sample
		want     uint64
		ok       bool
	}{
		{sample{0, 0}, sample{3e9, 1e9}, ghz3, true},
		{sample{5, 7}, sample{5 + 3e18, 7 + 1e18}, ghz3, true},
		{sample{0, 0}, sample{24_000_000, 1e9}, 1_000_000_000 << fractionBits / 24_000_000, true},
		{sample{10, 0}, sample{10, 1e9}, 0, false},   // the counter stands
		{sample{10, 0}, sample{9, 1e9}, 0, false},    // the counter jumped back
		{sample{0, 5}, sample{10, 5}, 0, false},      // the clock stands
		{sample{0, 0}, sample{1, 1 << 62}, 0, false}, // nonsense
	} {
		if got, ok := rate(c.from, c.to); got != c.want || ok != c.ok {
			t.Errorf("%v to %v: %d, %v; want %d, %v", c.from, c.to, got, ok, c.want, c.ok)
		}
	}
}

// TestRecalibration feeds the state of a machine that was suspended or moved:
// the multiplier comes back to the truth in two steps.
func TestRecalibration(t *testing.T) {
	if !useCounter {
		t.Log("no counter here")
		return
	}
	Calibrate()
	truth := multiplier.Load()
	c := &calibration
	for _, spoil := range []func(){
		func() { c.origin.tick -= 1 << 40; c.last = c.origin }, // the counter ran on in its sleep
		func() { c.origin.tick += 1 << 50; c.last = c.origin }, // it was reset
		func() { multiplier.Store(truth * 2) },
	} {
		c.Lock()
		spoil()
		c.Unlock()
		for range 3 {
			time.Sleep(2 * firstStretch)
			Calibrate()
		}
		if m := multiplier.Load(); m > truth+truth/100 || m < truth-truth/100 {
			t.Errorf("multiplier is %d, was %d", m, truth)
		}
	}
	c.Lock()
	c.origin.nanos -= int64(longestStretch)
	c.origin.tick -= Of(int64(longestStretch))
	old := c.origin
	c.Unlock()
	Calibrate()
	if c.origin == old {
		t.Error("the old end of the stretch stays for ever")
	}
}

func TestNoAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		Since(Now())
		Calibrate()
	}); n != 0 {
		t.Error(n, "allocations")
	}
}

func BenchmarkNow(b *testing.B) {
	for b.Loop() {
		Now()
	}
}

func BenchmarkSince(b *testing.B) {
	tick := Now()
	for b.Loop() {
		Since(tick)
	}
}

func BenchmarkTimeSince(b *testing.B) {
	began := time.Now()
	for b.Loop() {
		_ = time.Since(began)
	}
}
