package table

import (
	"math/bits"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// Drain takes about n entries out of the table and calls fn for each, which
// may free it; the buckets are freed as they become empty, and empty buckets
// count as entries, so that a call takes its time whatever the table is like.
// It reports whether nothing is left; then the table is as after Init. From
// the first call on no other methods but Len and Stats may be called until
// that.
func (t *Table) Drain(s Space, n int, fn func(arena.Ref)) bool {
	for t.page != nil {
		if n <= 0 {
			return false
		}
		t.state = draining
		i := t.buckets() - 1
		seg := t.segment(i)
		home := &seg.main[i%segmentBuckets]
		if link := home.next(); link != 0 {
			o := seg.at(link)
			home.setNext(o.next())
			t.over--
			n -= t.drainBucket(o, fn)
			continue
		}
		n -= max(1, t.drainBucket(home, fn))
		t.dropDrained(s, i)
	}
	return true
}

// drainBucket hands out the entries of a bucket and returns their number.
func (t *Table) drainBucket(b *bucket, fn func(arena.Ref)) int {
	m := b.used()
	b.tags = [slots]uint8{}
	b.prefetch(m)
	taken := bits.OnesCount64(m)
	t.count -= uint64(taken)
	for ; m != 0; m &= m - 1 {
		fn(b.ref(slotOf(m)))
	}
	return taken
}

// dropDrained gives up the last main bucket, and the segment with its first.
func (t *Table) dropDrained(s Space, i uint64) {
	if t.split == 0 {
		t.mask >>= 1
		t.split = t.mask + 1
	}
	t.split--
	if i%segmentBuckets != 0 {
		return
	}
	t.segment(i).overUsed = 0
	if i != 0 {
		t.dropMain(s, i)
		return
	}
	t.close(s)
	if invariants.Enabled {
		invariants.Check(t.count == 0 && t.over == 0 && t.room == 0, "table: something left after draining")
	}
	*t = Table{}
}
