package buckets

import (
	"math"
	"testing"
)

// TestBounds: every time lies in its bucket, in both scales.
func TestBounds(t *testing.T) {
	for nanos := int64(0); nanos < 1<<37; nanos += 1 + nanos/97 {
		var c Counts
		c.Add(nanos)
		low, high := bounds(Index(nanos))
		if f := float64(nanos); f < low*0.996 || f >= high*1.004 && nanos < 1<<36 {
			t.Fatalf("%d ns is in [%v, %v)", nanos, low, high)
		}
		c.Octaves(func(end, below int64) {
			if want := int64(0); nanos < end {
				if want = 1; below != want {
					t.Fatalf("%d ns: %d below %d", nanos, below, end)
				}
			} else if below != 0 {
				t.Fatalf("%d ns counts below %d", nanos, end)
			}
		})
		c.Native(func(i int, zero bool, n int64) {
			seconds := float64(nanos) / 1e9
			low, high := math.Exp2(float64(i-1)/4), math.Exp2(float64(i)/4)
			switch {
			case n != 1:
				t.Fatalf("%d ns: count %d", nanos, n)
			case zero:
				if seconds > ZeroSeconds*1.08 {
					t.Fatalf("%d ns is zero", nanos)
				}
			case nanos < 1<<(LastOctave+1) && (seconds < low*0.996 || seconds > high*1.004):
				t.Fatalf("%d ns is in native bucket %d: (%v, %v]", nanos, i, low, high)
			}
		})
	}
}

func TestPercentile(t *testing.T) {
	var c Counts
	if c.Percentile(50) != 0 {
		t.Error("a percentile of nothing")
	}
	for i := int64(1); i <= 1000; i++ {
		c.Add(i * 1000)
	}
	for _, p := range []float64{1, 25, 50, 90, 99, 100} {
		if got, want := c.Percentile(p), p*10000; math.Abs(got-want) > want*0.12 {
			t.Errorf("p%v is %v, want %v", p, got, want)
		}
	}
}

func TestNativeIsOrdered(t *testing.T) {
	var c Counts
	for i := range c {
		c[i] = int64(i + 1)
	}
	last, sum := math.MinInt, int64(0)
	c.Native(func(i int, zero bool, n int64) {
		if !zero {
			if i <= last {
				t.Fatalf("%d behind %d", i, last)
			}
			last = i
		}
		sum += n
	})
	if sum != c.Total() {
		t.Errorf("%d of %d", sum, c.Total())
	}
}

func TestShared(t *testing.T) {
	var sum Sum
	sum.Add(1000, 3)
	sum.Add(70, 1)
	var s Shared
	s.Set(&sum)
	var c Counts
	if nanos := s.AddTo(&c); nanos != 3070 || c.Total() != 4 || c[Index(1000)] != 3 {
		t.Errorf("%d ns, %v", nanos, c)
	}
	s.Set(&Sum{})
	if nanos := s.AddTo(&c); nanos != 0 || c.Total() != 4 {
		t.Error("not reset")
	}
}

func BenchmarkAdd(b *testing.B) {
	var c Counts
	for i := range b.N {
		c.Add(int64(100 + i&1023))
	}
}
