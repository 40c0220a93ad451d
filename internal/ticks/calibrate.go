package ticks

import (
	"math/bits"
	"sync"
	"time"
)

const (
	// firstStretch is the least time between the two samples of the first
	// measurement. A sample is exact to about 100 ns, so the error is 0.01 %.
	firstStretch = 2 * time.Millisecond
	// longestStretch is when the older sample is replaced: the monotonic clock
	// itself is steered, and a machine that was moved may run at another rate.
	longestStretch = 10 * time.Minute
	// driftMax is the deviation, in parts per 1024, beyond which the counter is
	// taken to have changed its rate or jumped.
	driftMax = 10
)

// sample pairs the counter with the monotonic clock.
type sample struct {
	tick  int64
	nanos int64
}

var calibration struct {
	sync.Mutex
	origin sample // the start of the stretch that the multiplier is measured over
	last   sample // the newest sample
}

func init() {
	if useCounter {
		calibration.origin = takeSample()
		calibration.last = calibration.origin
		multiplier.Store(nominalMultiplier())
	}
}

// Calibrate measures the length of a tick again. The first call may wait for
// two milliseconds; later ones cost under a microsecond. A server calls it once
// at start and then now and then (a second is fine) from its housekeeping.
func Calibrate() {
	if !useCounter {
		return
	}
	c := &calibration
	c.Lock()
	defer c.Unlock()
	newest := takeSample()
	for newest.nanos-c.origin.nanos < int64(firstStretch) {
		time.Sleep(firstStretch / 4)
		newest = takeSample()
	}
	whole, ok := rate(c.origin, newest)
	recent, recentOK := whole, ok
	if newest.nanos-c.last.nanos >= int64(firstStretch) {
		recent, recentOK = rate(c.last, newest)
	}
	if ok && recentOK && near(whole, recent) {
		multiplier.Store(whole)
		if newest.nanos-c.origin.nanos > int64(longestStretch) {
			c.origin = c.last
		}
		c.last = newest
		return
	}
	// The counter jumped or changed its rate (a suspended or moved machine).
	// The stretch that contains the jump says nothing, so the next one decides.
	c.origin, c.last = newest, newest
}

// rate returns the multiplier that two samples give.
func rate(from, to sample) (uint64, bool) {
	ticks, nanos := to.tick-from.tick, to.nanos-from.nanos
	if ticks <= 0 || nanos <= 0 {
		return 0, false
	}
	high, low := uint64(nanos)>>(64-fractionBits), uint64(nanos)<<fractionBits
	if high >= uint64(ticks) {
		return 0, false
	}
	m, _ := bits.Div64(high, low, uint64(ticks))
	return m, m != 0
}

func near(a, b uint64) bool {
	difference := max(a, b) - min(a, b)
	return difference <= a/1024*driftMax
}

// takeSample reads both clocks as near to each other as a few tries get: an
// interrupt between the two readings shows as a wide bracket.
func takeSample() sample {
	var best sample
	narrowest := int64(1<<63 - 1)
	for range 8 {
		before := counter()
		nanos := int64(time.Since(start))
		after := counter()
		if width := after - before; width >= 0 && width < narrowest {
			narrowest = width
			best = sample{tick: before + width/2, nanos: nanos}
		}
	}
	return best
}
