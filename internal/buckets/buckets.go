// Package buckets counts times in buckets that are exact in two scales at
// once: powers of two of nanoseconds, which INFO, LATENCY HISTOGRAM and the
// classic buckets of Prometheus are made of, and fourth roots of powers of two
// of seconds, which are the buckets of its native histograms of schema 2 (one
// is 19 % wider than the one before).
//
// A second is 2^29.897 ns. Hence the bounds of the second kind lie at the same
// four places in every octave of nanoseconds, and cut it into five pieces:
//
//	octave    |----------------|----------------|
//	native      |   |   |   |    |   |   |   |
//	buckets   |0| 1 | 2 | 3 |4 |0| 1 | 2 | 3 |4 |
//
// The last piece of an octave and the first one of the next are one native
// bucket. Which piece a time falls into a table of its first eight bits behind
// the leading one says, so a bound may be off by 0.4 %.
package buckets

import (
	"math"
	"math/bits"
	"sync/atomic"
)

const (
	// Pieces is how many buckets an octave has.
	Pieces = 5
	// FirstOctave and LastOctave bound the octaves [2^k, 2^(k+1)) ns that have
	// buckets: from 64 ns, which is less than the path of any command takes, to
	// 34 s.
	FirstOctave, LastOctave = 6, 34
	// Size is the number of buckets: one below the octaves, theirs, and one above.
	Size = 2 + (LastOctave-FirstOctave+1)*Pieces

	// Schema is that of the native histograms, whose bounds are 2^(i/4) s.
	Schema = 2
	// ZeroSeconds is the width of the native bucket around zero.
	ZeroSeconds = 1.0 / (1 << 24)
	// secondQuarters is a second in fourths of an octave above 1 ns: 119 whole
	// ones and secondRest of one.
	secondQuarters = 119
	secondRest     = 0.5893529
)

// pieces is the piece of the octave by the eight bits behind the leading one.
var pieces = func() (t [256]uint8) {
	for i := range t {
		quarters := 4 * math.Log2(1+(float64(i)+0.5)/256)
		if quarters >= secondRest {
			t[i] = uint8(1 + math.Floor(quarters-secondRest))
		}
	}
	return t
}()

// Index returns the bucket of a time in nanoseconds, which is not negative.
func Index(nanos int64) int {
	octave := bits.Len64(uint64(nanos)) - 1
	switch {
	case octave < FirstOctave:
		return 0
	case octave > LastOctave:
		return Size - 1
	}
	mantissa := uint64(nanos) << (63 - uint(octave)) >> 55 & 255
	return 1 + (octave-FirstOctave)*Pieces + int(pieces[mantissa])
}

// Counts is a histogram of one owner.
type Counts [Size]int64

// Add counts one time in nanoseconds.
func (c *Counts) Add(nanos int64) { c[Index(nanos)]++ }

// Total returns how many times were counted.
func (c *Counts) Total() int64 {
	n := int64(0)
	for _, count := range c {
		n += count
	}
	return n
}

// Octaves calls f for each octave with the end of it, 2^(k+1) ns, and how many
// times below that end were counted. It begins with FirstOctave-1; what took
// longer than the last one is in none.
func (c *Counts) Octaves(f func(endNanos, below int64)) {
	seen := c[0]
	f(1<<FirstOctave, seen)
	for k := FirstOctave; k <= LastOctave; k++ {
		first := 1 + (k-FirstOctave)*Pieces
		for _, n := range c[first : first+Pieces] {
			seen += n
		}
		f(1<<(k+1), seen)
	}
}

// Percentile returns the time in nanoseconds below which p percent of those
// counted stayed, interpolated within a bucket; 0 if there are none.
func (c *Counts) Percentile(p float64) float64 {
	rank := p / 100 * float64(c.Total())
	seen := 0.0
	for i, n := range c {
		if n == 0 {
			continue
		}
		if seen+float64(n) >= rank {
			low, high := bounds(i)
			return low + (high-low)*(rank-seen)/float64(n)
		}
		seen += float64(n)
	}
	return 0
}

// End returns the time in nanoseconds that a bucket, one of Size, ends before.
func End(bucket int) float64 {
	_, high := bounds(bucket)
	return high
}

// bounds returns the bounds of a bucket in nanoseconds. The last one ends where
// the next octave would.
func bounds(i int) (low, high float64) {
	switch i {
	case 0:
		return 0, 1 << FirstOctave
	case Size - 1:
		return 1 << (LastOctave + 1), 1 << (LastOctave + 2)
	}
	octave, piece := FirstOctave+(i-1)/Pieces, (i-1)%Pieces
	edge := func(piece int) float64 {
		if piece == 0 {
			return math.Ldexp(1, octave)
		}
		return math.Ldexp(math.Exp2((float64(piece-1)+secondRest)/4), octave)
	}
	if piece == Pieces-1 {
		return edge(piece), math.Ldexp(1, octave+1)
	}
	return edge(piece), edge(piece + 1)
}

// Native calls f for the native buckets that are not empty, in order, with
// their index: bucket i is (2^((i-1)/4), 2^(i/4)] s. The first call may be for
// the bucket around zero, with zero set.
func (c *Counts) Native(f func(index int, zero bool, count int64)) {
	if c[0] != 0 {
		f(0, true, c[0])
	}
	pending, at := int64(0), math.MinInt
	for i := 1; i < Size; i++ {
		index := 4*(FirstOctave+(i-1)/Pieces) + (i-1)%Pieces - secondQuarters
		if index != at {
			if pending != 0 {
				f(at, false, pending)
			}
			pending, at = 0, index
		}
		pending += c[i]
	}
	if pending != 0 {
		f(at, false, pending)
	}
}

// Sum is a histogram of one owner with the sum of what was counted.
type Sum struct {
	Counts Counts
	Nanos  int64
}

// Add counts n times of so many nanoseconds each.
func (s *Sum) Add(nanos, n int64) {
	s.Counts[Index(nanos)] += n
	s.Nanos += nanos * n
}

// Shared is the histogram of an owner as it was shown last: one thread sets it
// and any thread reads. An addition that all could see would cost an owner that
// counts millions a second more than all else about it.
type Shared struct {
	counts [Size]atomic.Int64
	nanos  atomic.Int64
}

// Set shows what c holds.
func (s *Shared) Set(c *Sum) {
	for i, n := range &c.Counts {
		if s.counts[i].Load() != n {
			s.counts[i].Store(n)
		}
	}
	s.nanos.Store(c.Nanos)
}

// AddTo adds what was counted to c and returns its sum in nanoseconds.
func (s *Shared) AddTo(c *Counts) (nanos int64) {
	for i := range c {
		c[i] += s.counts[i].Load()
	}
	return s.nanos.Load()
}
