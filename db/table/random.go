package table

import (
	"math/bits"

	"basalt/db/arena"
)

const randomTries = 256

// Random returns an entry, each with the same probability, or 0 if the table
// is empty. rnd returns 64 random bits.
//
// It draws cells, which are the slots of all main and overflow buckets, until
// one is taken: about two draws, as the cells are two thirds full and room for
// the overflow of each segment is drawn from as if all were as full as the
// fullest. All cells are drawn alike but for a bias below cells/2^64.
//
// Entries may leave faster than Step shrinks the table. Where a table is so
// empty that 256 draws fail (with a quarter of the usual load that is one call
// in 10^19, with a hundredth one in six), an entry of the first bucket that
// has one is taken on a walk from a random bucket, and buckets behind long
// gaps are favoured.
func (t *Table) Random(rnd func() uint64) arena.Ref {
	if t.count == 0 {
		return 0
	}
	n := t.buckets()
	segments := t.segments()
	rows := uint64(t.peak)
	if segments == 1 {
		rows = t.over
	}
	cells := (n + segments*rows) * slots
	for range randomTries {
		cell, _ := bits.Mul64(rnd(), cells)
		b := t.bucketOf(cell/slots, n, rows)
		if b != nil && b.tags[cell%slots] != 0 {
			return b.ref(uintptr(cell % slots))
		}
	}
	return t.walk(rnd(), n)
}

// bucketOf returns bucket x of a numbering that goes through the n main
// buckets and then through rows overflow buckets of each segment, nil if the
// segment has fewer.
func (t *Table) bucketOf(x, n, rows uint64) *bucket {
	if x < n {
		return &t.segment(x).main[x%segmentBuckets]
	}
	x -= n
	seg := t.segment(x / rows * segmentBuckets)
	if x%rows >= uint64(seg.overUsed) {
		return nil
	}
	return &seg.over[x%rows]
}

// walk returns an entry of the first of n main buckets that has one, from a
// random one on.
func (t *Table) walk(random, n uint64) arena.Ref {
	start, _ := bits.Mul64(random, n)
	for i := range n {
		x := start + i
		if x >= n {
			x -= n
		}
		b := &t.segment(x).main[x%segmentBuckets]
		m := b.used()
		if m == 0 {
			continue
		}
		for skip := random % uint64(bits.OnesCount64(m)); skip > 0; skip-- {
			m &= m - 1
		}
		return b.ref(slotOf(m))
	}
	panic("BUG: table: entries in no main bucket")
}
