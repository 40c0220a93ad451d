package table

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// setLimit computes up to how many entries the buckets suffice. What counts is
// the room for main buckets, used or not, so that room in the last segment is
// used up at once and more of it is earned first (but for one bucket, which
// lets tables of a few buckets grow in time), and the overflow buckets in use.
func (t *Table) setLimit() {
	if t.page == nil {
		t.limit = 0
		return
	}
	next, room := t.buckets(), t.mainRoom()
	rows := room + t.over
	if n := next % segmentBuckets; next == room {
		rows += roomFor(n, next) - n - 1
	}
	t.limit = rows * bucketBytes * bytesPerKeyDen / bytesPerKeyNum
}

// grow splits a bucket if the table is due.
func (t *Table) grow(s Space) bool {
	t.setLimit() // overflow buckets may have come since
	if t.count <= t.limit {
		return false
	}
	t.splitOne(s)
	t.setLimit()
	return true
}

// sparse reports whether the table should shrink: it has a third more memory
// than it would grow to, and would not grow again after a merge.
func (t *Table) sparse() bool {
	n := t.buckets()
	if n <= 1 {
		return n == 1 && t.count == 0
	}
	return t.count <= (n-1)*mergeMax && t.count*mergeBytes <= (t.mainRoom()+t.room-1)*bucketBytes
}

// loose reports whether much of the memory for overflow buckets is room. It is
// given back where buckets are split or merged; where entries only went, it
// has to be looked for. What trim leaves is less than this.
func (t *Table) loose() bool { return t.room-t.over > t.over/4+t.buckets()/16 }

// tighten trims one of the next areas.
func (t *Table) tighten(s Space) {
	segments := t.segments()
	for range min(segments, 16) {
		if uint64(t.sweep) >= segments {
			t.sweep = 0
		}
		seg := t.segment(uint64(t.sweep) * segmentBuckets)
		t.sweep++
		if t.trim(s, seg) {
			return
		}
	}
}

// pending reports whether Step has work to do.
func (t *Table) pending() bool {
	return t.page != nil && (t.sparse() || t.loose() || t.count > t.limit)
}

// Step does up to n splits, merges and the like if the table is too small or
// too large for its entries, and reports whether work is left. Insert grows the table by
// itself; memory of removed entries comes back only here, so call it from
// background work, and with a small n after removals from a table that
// background work does not know of. Probes become invalid.
func (t *Table) Step(s Space, n int) bool {
	for ; n > 0; n-- {
		switch {
		case t.sparse():
			t.shrink(s)
		case t.loose():
			t.tighten(s)
		case t.count > t.limit && t.grow(s):
		default:
			return false
		}
	}
	if invariants.Enabled {
		t.checkSmall(s)
	}
	return t.pending()
}

// shrink merges the last bucket into the one it was split from, or gives up
// the only one.
func (t *Table) shrink(s Space) {
	if t.buckets() == 1 {
		t.close(s)
		return
	}
	t.mergeOne(s)
	t.setLimit()
}

// splitOne appends a bucket and moves to it what belongs there of the bucket
// at the split pointer.
func (t *Table) splitOne(s Space) {
	from, to := t.split, t.buckets()
	bit := t.mask + 1
	t.addMain(s, to)
	src, dst := t.segment(from), t.segment(to)
	i, j := uint32(from%segmentBuckets), uint32(to%segmentBuckets)

	c := takeChain(src, i)
	for c.take(t) {
		for m := c.used(); m != 0; m &= m - 1 {
			slot := slotOf(m)
			r := c.ref(slot)
			if s.Kind.Hash(r)&bit != 0 {
				t.put(s, dst, j, c.tags[slot], r)
			} else {
				t.put(s, src, i, c.tags[slot], r)
			}
		}
	}
	src.main[i].refilter(src)
	t.trim(s, src)

	t.steps++
	t.split++
	if t.split > t.mask {
		t.mask, t.split = t.mask<<1|1, 0
	}
	t.lookAhead()
	if invariants.Enabled {
		t.checkStep(s)
	}
}

// lookAhead starts loading what the next split will read: its entries, and the
// bucket after that. Some seven insertions lie between two splits of a growing
// table, so the lines are there when they are needed.
func (t *Table) lookAhead() {
	b := &t.segment(t.split).main[t.split%segmentBuckets]
	b.prefetch(b.used())
	arena.Prefetch(unsafe.Add(unsafe.Pointer(b), bucketBytes))
}

// mergeOne undoes the last split.
func (t *Table) mergeOne(s Space) {
	if t.split == 0 {
		t.mask >>= 1
		t.split = t.mask + 1
	}
	t.split--
	t.steps++
	to, from := t.split, t.mask+1+t.split
	src, dst := t.segment(from), t.segment(to)
	i, j := uint32(from%segmentBuckets), uint32(to%segmentBuckets)

	c := takeChain(src, i)
	for c.take(t) {
		for m := c.used(); m != 0; m &= m - 1 {
			slot := slotOf(m)
			t.put(s, dst, j, c.tags[slot], c.ref(slot))
		}
	}
	t.trim(s, src)
	t.dropMain(s, from)
	if to > 0 {
		arena.Prefetch(unsafe.Pointer(&t.segment(from - 1).main[(from-1)%segmentBuckets]))
		arena.Prefetch(unsafe.Pointer(&t.segment(to - 1).main[(to-1)%segmentBuckets]))
	}
	if invariants.Enabled {
		t.checkStep(s)
	}
}

// chain hands out copies of the buckets of a chain as it takes the chain
// apart, so that the entries can be put anywhere meanwhile, the same chain
// included: what is put there goes to the main bucket, which was emptied
// first, or behind what is still to come.
type chain struct {
	bucket // the copy
	seg    *segment
	home   *bucket
	left   int // overflow buckets still to come
	begun  bool
}

// takeChain prepares to take the chain of main bucket i apart. It starts
// loading the entries of the overflow buckets; lookAhead did so for the others.
func takeChain(seg *segment, i uint32) chain {
	c := chain{seg: seg, home: &seg.main[i]}
	for next := c.home.next(); next != 0; c.left++ {
		o := seg.at(next)
		if c.left < 4 {
			o.prefetch(o.used())
		}
		next = o.next()
	}
	return c
}

// take takes the next bucket off and reports whether there was one.
func (c *chain) take(t *Table) bool {
	if !c.begun {
		c.begun = true
		c.bucket = *c.home
		c.home.tags = [slots]uint8{}
		return true
	}
	if c.left == 0 {
		return false
	}
	c.left--
	link := c.home.next()
	c.bucket = *c.seg.at(link)
	c.home.setNext(c.bucket.next())
	t.freeOver(c.seg, link)
	return true
}
