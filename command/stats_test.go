package command

import (
	"math/rand/v2"
	"slices"
	"testing"

	"basalt/internal/buckets"
	"basalt/resp"
)

// TestPercentile: the estimate lies within the power of two in which the true
// one lies.
func TestPercentile(t *testing.T) {
	var none RowStats
	if got := none.Times.Percentile(99); got != 0 {
		t.Errorf("without calls: %v", got)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s RowStats
		var all []int64
		for range 1 + rnd.IntN(1000) {
			n := 64 + rnd.Int64N(1<<rnd.IntN(30))
			s.Add(n, 1)
			all = append(all, n)
		}
		slices.Sort(all)
		last := 0.0
		for _, p := range []float64{0.001, 1, 50, 90, 99, 99.9, 100} {
			got := s.Times.Percentile(p)
			rank := min(int(p/100*float64(len(all))), len(all)-1)
			// One rank to either side: where exactly it lies is a convention.
			low, high := float64(all[max(rank-1, 0)]), float64(all[rank])
			if got < low/2-1 || got > high*2+1 {
				t.Fatalf("p%v of %d calls is %v, should be near %v to %v", p, len(all), got, low, high)
			}
			if got < last {
				t.Fatalf("p%v is %v, less than that of a lower percentile, %v", p, got, last)
			}
			last = got
		}
	}
}

func TestRowStatsAdd(t *testing.T) {
	var s RowStats
	for _, n := range []int64{0, 1, 2, 3, 4, 1 << 40} {
		s.Add(n, 1)
	}
	s.Add(5, 4)
	if s.Calls != 10 || s.Nanos != 10+1<<40+20 {
		t.Errorf("%+v", s)
	}
	if s.Times.Total() != 10 || s.Times[0] != 9 || s.Times[buckets.Size-1] != 1 {
		t.Errorf("%v", s.Times)
	}
}

// TestHistogramReply: the bounds are those that redis-server shows.
func TestHistogramReply(t *testing.T) {
	for _, c := range []struct {
		nanos []int64
		want  string
	}{
		{nil, "%2\r\n$5\r\ncalls\r\n:0\r\n$14\r\nhistogram_usec\r\n%0\r\n"},
		{[]int64{500, 900, 1023}, "%2\r\n$5\r\ncalls\r\n:3\r\n$14\r\nhistogram_usec\r\n%1\r\n:1\r\n:3\r\n"},
		{[]int64{900, 20_000, 30_000, 40_000}, "%2\r\n$5\r\ncalls\r\n:4\r\n$14\r\nhistogram_usec\r\n%3\r\n:1\r\n:1\r\n:33\r\n:3\r\n:66\r\n:4\r\n"},
		{[]int64{3_000_000, 3_000_000, 30_000_000}, "%2\r\n$5\r\ncalls\r\n:3\r\n$14\r\nhistogram_usec\r\n%2\r\n:4227\r\n:2\r\n:33816\r\n:3\r\n"},
		{[]int64{500_000_000, 700_000_000, 5_000_000_000}, "%2\r\n$5\r\ncalls\r\n:3\r\n$14\r\nhistogram_usec\r\n%2\r\n:541065\r\n:1\r\n:1073741\r\n:3\r\n"},
	} {
		var s RowStats
		for _, n := range c.nanos {
			s.Add(n, 1)
		}
		var w resp.Writer
		w.Reset(nil)
		w.SetProto(3)
		(&Context{W: &w}).histogram(&s)
		if got := string(w.AppendTo(nil)); got != c.want {
			t.Errorf("%v:\n got %q\nwant %q", c.nanos, got, c.want)
		}
	}
}

func TestPercentileName(t *testing.T) {
	for p, want := range map[float64]string{0: "0", 50: "50", 99.9: "99.9", 99.999999: "99.999999", 12.5: "12.5", 100: "100"} {
		if got := percentileName(p); got != want {
			t.Errorf("%v: %s", p, got)
		}
	}
}

func TestHuman(t *testing.T) {
	for n, want := range map[int64]string{0: "0B", 1023: "1023B", 1024: "1.00K", 1536: "1.50K", 1 << 20: "1.00M", 5 << 30: "5.00G", 3 << 40: "3.00T", 7 << 50: "7.00P"} {
		if got := human(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
