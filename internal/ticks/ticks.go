// Package ticks measures short times at the price of one instruction: the
// processor's own counter where it runs at a constant rate (amd64 with an
// invariant TSC, arm64), the runtime's monotonic clock elsewhere. A clock_gettime
// costs 20 to 60 ns and twice that under some hypervisors; a command that is to
// cost 150 ns cannot be timed by two of them.
//
// A tick has no fixed length. Differences are turned into nanoseconds by a
// multiplier that is measured against the monotonic clock: first over a few
// milliseconds, when it is asked for, then over ever longer stretches by
// Calibrate.
package ticks

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// fractionBits is the fixed point of the multiplier: nanoseconds a tick, times
// 2^32. At 3 GHz that is a resolution of 1 in 1.4 billion.
const fractionBits = 32

// multiplier is written by calibration (under its lock) and read by everybody;
// it publishes nothing else. 0: not measured yet.
var multiplier atomic.Uint64

// useCounter is decided once, before main.
var useCounter = hasCounter()

var start = time.Now()

// Now returns the current tick. Only differences mean something, and only
// within one process.
func Now() int64 {
	if useCounter {
		return counter()
	}
	return int64(time.Since(start))
}

// Nanos converts a difference of two ticks into nanoseconds. It returns 0 for a
// negative difference: counters of two sockets may disagree by a few ticks, and
// no duration that is reported should be negative.
func Nanos(difference int64) int64 { return Current().Nanos(difference) }

// Scale is how long a tick was at some time, good for about a second: who
// converts many differences asks for it once.
type Scale uint64

// Current returns the scale of now.
func Current() Scale {
	if !useCounter {
		return 1 << fractionBits
	}
	return Scale(current())
}

// Nanos converts a difference of two ticks like the function of this name.
func (s Scale) Nanos(difference int64) int64 {
	high, low := bits.Mul64(uint64(max(difference, 0)), uint64(s))
	return int64(high<<(64-fractionBits) | low>>fractionBits)
}

// Since returns the nanoseconds from a tick until now.
func Since(tick int64) int64 { return Nanos(Now() - tick) }

// Of converts nanoseconds into ticks, for limits that are compared with
// differences often. The result holds until the next Calibrate.
func Of(nanos int64) int64 {
	if nanos <= 0 {
		return 0
	}
	if !useCounter {
		return nanos
	}
	m := current()
	high, low := uint64(nanos)>>(64-fractionBits), uint64(nanos)<<fractionBits
	if high >= m {
		return 1<<63 - 1
	}
	quotient, _ := bits.Div64(high, low, m)
	return int64(min(quotient, 1<<63-1))
}

// current returns the multiplier, measuring it if nobody has.
func current() uint64 {
	if m := multiplier.Load(); m != 0 {
		return m
	}
	Calibrate()
	return multiplier.Load()
}
