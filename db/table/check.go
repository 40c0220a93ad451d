package table

import (
	"fmt"
	"math/bits"
)

// checkSmall checks tables that are checked quickly.
func (t *Table) checkSmall(s Space) {
	if t.buckets() <= 8 {
		t.checkInvariants(s)
	}
}

// checkStep checks one table in 1024 that were split or merged.
func (t *Table) checkStep(s Space) {
	if t.steps%1024 == 0 && t.buckets() < 1<<15 {
		t.checkInvariants(s)
	}
}

func must(cond bool, format string, args ...any) {
	if !cond {
		panic("BUG: table: " + fmt.Sprintf(format, args...))
	}
}

// checkInvariants walks the whole table and stops at anything that does not
// agree. It rereads the hash of every entry.
func (t *Table) checkInvariants(s Space) {
	must(t.state == alive, "checked while draining")
	if t.page == nil {
		must(*t == Table{steps: t.steps, peak: t.peak, sweep: t.sweep}, "empty table is %+v", *t)
		return
	}
	must(t.mask&(t.mask+1) == 0 && t.split <= t.mask, "mask %x split %d", t.mask, t.split)
	n := t.buckets()
	var entries, over, room uint64
	for i := uint64(0); i < n; i += segmentBuckets {
		seg := t.segment(i)
		here := min(n-i, segmentBuckets)
		must(here <= uint64(seg.capacity) && seg.capacity <= segmentBuckets, "segment of %d in room of %d", here, seg.capacity)
		must(i+segmentBuckets >= n || seg.capacity == segmentBuckets, "inner segment of %d", seg.capacity)
		must(seg.overUsed <= seg.overCap && seg.overUsed <= t.peak, "area of %d in room of %d, peak %d", seg.overUsed, seg.overCap, t.peak)
		chained := uint64(0)
		for k := range here {
			e, c := t.checkChain(s, seg, i, uint32(k))
			entries += e
			chained += c
		}
		must(chained == uint64(seg.overUsed), "%d overflow buckets in chains, %d in use", chained, seg.overUsed)
		over += chained
		must(seg.capacity == uint16(stepped(uint64(seg.capacity))), "segment with room for %d", seg.capacity)
		room += uint64(seg.overCap)
	}
	must((t.root != nil) == (t.segments() > pageSegments), "root %p with %d segments", t.root, t.segments())
	must(t.root == nil || *t.root == t.page, "page 0 differs from the first of the root")
	must(entries == t.count, "%d entries, counted %d", entries, t.count)
	must(over == t.over, "%d overflow buckets, counted %d", over, t.over)
	must(room == t.room, "room for %d overflow buckets, counted %d", room, t.room)
}

// checkChain checks main bucket k of the segment that begins with bucket base,
// and what hangs on it.
func (t *Table) checkChain(s Space, seg *segment, base uint64, k uint32) (entries, chained uint64) {
	home := &seg.main[k]
	filter := uint32(0)
	for b := home; ; {
		for m := b.used(); m != 0; m &= m - 1 {
			slot := slotOf(m)
			hash := s.Kind.Hash(b.ref(slot))
			must(t.address(hash) == base+uint64(k), "entry of bucket %d in bucket %d", t.address(hash), base+uint64(k))
			must(uint64(b.tags[slot]) == tagOf(hash), "tag %d, hash %x", b.tags[slot], hash)
			if b != home {
				filter |= filterBit(tagOf(hash))
			}
		}
		n := bits.OnesCount64(b.used())
		entries += uint64(n)
		must(b == home || n > 0, "empty overflow bucket behind bucket %d", base+uint64(k))
		must(b == home || b.home() == k, "overflow bucket of %d behind %d", b.home(), k)
		if b.next() == 0 {
			break
		}
		must(n == slots, "chain behind a bucket of %d", n)
		must(b.next() <= uint32(seg.overUsed), "link to %d of %d", b.next(), seg.overUsed)
		chained++
		must(chained <= uint64(seg.overUsed), "chain of bucket %d is a ring", base+uint64(k))
		b = seg.at(b.next())
	}
	must(filter&^home.link == 0, "filter %x lacks bits of %x", home.link>>16, filter>>16)
	return entries, chained
}
