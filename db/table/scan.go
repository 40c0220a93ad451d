package table

import (
	"math/bits"
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// Scan calls fn for the entries of one bucket and returns the cursor to go on
// with. 0 starts, and is returned at the end. fn must not change the table.
//
// Every entry that is in the table from the first call to the last is seen at
// least once, whatever splits and merges happen between the calls; one that
// comes or goes meanwhile may be seen or not, and an entry may be seen again
// after a merge. Any cursor is valid.
//
// Read backwards, bit 0 first, a hash is a position in [0, 2^64), and the
// bucket of the low n bits of a hash is an interval of positions: those that
// begin with the n bits. Splits and merges cut and join intervals and move
// nothing out of its position. A scan sweeps the positions upwards; each call
// covers the interval the position lies in from there to its end. The cursor
// is the position read backwards again, so it stays below 2N as long as the
// table does not shrink, and fits what clients keep cursors in. (Pieter
// Noordhuis found this for tables that double.)
func (t *Table) Scan(cursor uint64, fn func(arena.Ref)) uint64 {
	if t.page == nil {
		return 0
	}
	i := t.address(cursor)
	seg := t.segment(i)
	b := &seg.main[i%segmentBuckets]
	next := t.after(cursor, i)
	if next != 0 {
		n := t.address(next)
		arena.Prefetch(unsafe.Pointer(&t.segment(n).main[n%segmentBuckets]))
	}
	steps, count := t.steps, t.count
	for {
		b.prefetch(b.used())
		for m := b.used(); m != 0; m &= m - 1 {
			fn(b.ref(slotOf(m)))
		}
		if b.next() == 0 {
			break
		}
		b = seg.at(b.next())
	}
	if invariants.Enabled {
		invariants.Check(steps == t.steps && count == t.count, "table: changed by the callback of Scan")
	}
	return next
}

// after returns the cursor of the first position behind the interval of main
// bucket i, in which cursor lies.
func (t *Table) after(cursor, i uint64) uint64 {
	low := t.mask // the bits that bucket i stands for
	if i < t.split || i > t.mask {
		low = t.mask<<1 | 1
	}
	position := bits.Reverse64(cursor&low) | bits.Reverse64(^low)
	return bits.Reverse64(position + 1)
}
