package table

import (
	"math"
	"math/rand/v2"
	"testing"

	"basalt/db/arena"
)

// TestSampleFair counts how often each entry is drawn, all alike by the number of
// draws: those of one bucket come together, so the counts of a table vary by more
// than independent ones, by up to Cells times.
func TestSampleFair(t *testing.T) {
	const each = 400
	for _, n := range []int{1, 13, 60, 500, 4000} {
		for _, cells := range []int{1, 5, Cells} {
			x := Table{}
			s := Space{Arena: arena.New(), Kind: bareKind()}
			for r := 1; r <= n; r++ {
				x.Insert(s, mix(uint64(r)), arena.Ref(r))
			}
			rnd := rand.New(rand.NewPCG(uint64(n), uint64(cells)))
			counts := make([]int, n+1)
			drawn := 0
			for drawn < n*each {
				var refs [Cells]arena.Ref
				random := rnd.Uint64()
				x.PrefetchSample(random)
				x.PrefetchSampled(random, cells)
				got := x.Sample(random, cells, refs[:])
				for _, r := range refs[:got] {
					counts[r]++
				}
				drawn += got
			}
			for r, count := range counts[1:] {
				// Six standard deviations.
				if math.Abs(float64(count-each)) > 6*math.Sqrt(each) {
					t.Errorf("%d entries, %d cells: entry %d was drawn %d times, the mean is %d", n, cells, r+1, count, each)
				}
			}
		}
	}
}

// TestSampleRoom: no more entries than there is room for, none of nothing.
func TestSampleRoom(t *testing.T) {
	x := Table{}
	var refs [2]arena.Ref
	x.PrefetchSampled(1, Cells)
	if n := x.Sample(1, Cells, refs[:]); n != 0 {
		t.Errorf("%d entries of an empty table", n)
	}
	s := Space{Arena: arena.New(), Kind: bareKind()}
	for r := 1; r <= 5; r++ {
		x.Insert(s, mix(uint64(r)), arena.Ref(r))
	}
	if n := x.Sample(1, Cells, refs[:]); n != 2 || refs[0] == refs[1] {
		t.Errorf("%d entries: %v", n, refs)
	}
}
