package table

import (
	"math/bits"
	"unsafe"

	"basalt/db/arena"
)

// Cells is the most cells that Sample looks at.
const Cells = slots

// Sample looks at so many neighbouring cells, up to Cells, of a bucket that 64
// random bits choose, writes the entries in them into refs as far as there is
// room, and returns how many there are: two thirds of the cells as a rule, none
// at times. Every entry has the same chance to be among them, but those of one
// bucket come together. For who wants several entries and does not mind, this
// waits for memory once where Random would for each entry about twice.
func (t *Table) Sample(random uint64, cells int, refs []arena.Ref) int {
	b, slot := t.sampled(random)
	if b == nil {
		return 0
	}
	n := 0
	for range cells {
		if b.tags[slot] != 0 && n < len(refs) {
			refs[n] = b.ref(slot)
			n++
		}
		if slot++; slot == slots {
			slot = 0
		}
	}
	return n
}

// PrefetchSample starts loading the bucket of a later Sample with the same
// random bits, PrefetchSampled the entries in it. A table that changes between
// them makes them useless, but no more.
func (t *Table) PrefetchSample(random uint64) {
	if b, _ := t.sampled(random); b != nil {
		arena.Prefetch(unsafe.Pointer(b))
	}
}

// PrefetchSampled starts loading the entries of a later Sample. It reads the
// bucket, so PrefetchSample should have been some time ago.
func (t *Table) PrefetchSampled(random uint64, cells int) {
	var refs [slots]arena.Ref
	for _, r := range refs[:t.Sample(random, cells, refs[:])] {
		arena.Prefetch(r.Ptr())
	}
}

// sampled returns the bucket that random bits stand for and the slot to begin
// at, nil for none. Main and overflow buckets are drawn alike, as in Random.
func (t *Table) sampled(random uint64) (b *bucket, slot uintptr) {
	if t.count == 0 {
		return nil, 0
	}
	n := t.buckets()
	rows := uint64(t.peak)
	segments := t.segments()
	if segments == 1 {
		rows = t.over
	}
	x, rest := bits.Mul64(random, n+segments*rows)
	first, _ := bits.Mul64(rest, slots)
	return t.bucketOf(x, n, rows), uintptr(first)
}
