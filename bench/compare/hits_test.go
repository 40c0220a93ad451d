package main

import (
	"testing"

	"basalt/bench/load"
)

// TestContest collects the figures of a policy of both servers and of one that
// only ours has, which is held against the best of the reference.
func TestContest(t *testing.T) {
	c := contest{trace: load.Trace{Name: "some"}, policies: []hitPolicy{
		{name: "lru"}, {name: "lfu"}, {name: "own", against: []string{"lru", "lfu"}},
	}}
	same := cacheResults{
		{"lru": {percent: 40, keys: 100}, "lfu": {percent: 50, keys: 90}},
		{"lru": {percent: 44, keys: 110}, "lfu": {percent: 45, keys: 111}, "own": {percent: 55, keys: 112}},
	}
	level := cacheResults{{}, {"lru": {percent: 41}, "lfu": {percent: 51}, "own": {percent: 52, keys: 91}}}
	var to collected
	c.collect(&to, same, level)
	want := map[string][servers]float64{
		"some, lru":                        {40, 44},
		"some, lfu, held":                  {90, 111},
		"some, own to best":                {50, 55},
		"some, own to best, as many":       {50, 52},
		"some, own to best, as many, held": {90, 91},
	}
	if len(to) != 4*len(c.policies) {
		t.Errorf("%d figures: %+v", len(to), to)
	}
	for _, f := range to {
		if w, ok := want[f.name]; ok && (f.median(reference) != w[reference] || f.median(ours) != w[ours]) {
			t.Errorf("%s: %v, want %v", f.name, f.values, w)
		}
		delete(want, f.name)
	}
	if len(want) != 0 {
		t.Errorf("no figures %v", want)
	}
}
