package main

import (
	"slices"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		before := slices.Clone(c.values)
		if got := median(c.values); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("median moved %v to %v", before, c.values)
		}
	}
}

func TestFigure(t *testing.T) {
	f := figure{values: [servers][]float64{{8, 10, 12}, {5, 4, 9}}}
	if f.ratio() != 0.5 || f.best(ours) != 4 {
		t.Errorf("ratio %v, best %v of a cost", f.ratio(), f.best(ours))
	}
	f.more = true
	if f.best(ours) != 9 {
		t.Errorf("best %v of a rate", f.best(ours))
	}
	if empty := (figure{}); empty.ratio() != 0 || empty.best(ours) != 0 {
		t.Errorf("ratio %v, best %v of nothing", empty.ratio(), empty.best(ours))
	}
}

// TestWorkloads holds the rows together: each can be run, and two of one name
// and pipeline could not be told apart.
func TestWorkloads(t *testing.T) {
	type key struct {
		name     string
		pipeline int
	}
	for _, o := range []options{{}, {quick: true}} {
		seen := map[key]bool{}
		for _, w := range workloads(o, programs{memtier: "memtier_benchmark"}) {
			k := key{w.name, w.pipeline}
			if seen[k] {
				t.Errorf("%v is there twice", k)
			}
			seen[k] = true
			if w.requests < 1000 || w.setup == nil || w.run == nil || len(w.needs) == 0 {
				t.Errorf("%v: %d requests, needs %v, or nothing to run", k, w.requests, w.needs)
			}
		}
	}
}
