//go:build !invariants

package table

import (
	"math/rand/v2"
	"testing"

	"basalt/db/arena"
)

// The checks of invariant builds allocate, so this stands apart.

func TestNoAllocations(t *testing.T) {
	x := newSet(strongHash)
	for key := range uint64(10_000) {
		x.insert(key)
	}
	items := make([]arena.Ref, 0, 1000)
	for key := uint64(10_000); key < 11_000; key++ {
		items = append(items, newItem(x.s.Arena, x.hash(key), key))
	}
	fn := func(arena.Ref) {}
	next := 0
	if n := testing.AllocsPerRun(1, func() {
		if next == len(items) {
			next = 0
			return
		}
		for _, r := range items {
			x.t.Insert(x.s, itemAt(r).hash, r)
		}
		next = len(items)
		for key := range uint64(1000) {
			x.t.Prefetch(x.hash(key))
			x.t.PrefetchEntry(x.hash(key))
			r, p := x.find(key)
			p.Replace(r)
			p.Remove()
			x.t.Step(x.s, 1)
			x.t.Scan(key, fn)
			x.t.Random(rand.Uint64)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
