package table

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// Probe walks the entries that may have a hash. It is a value, made by Find,
// and stands at the entry that Next returned last. It becomes invalid with
// Insert, Step and Drain, and with Remove, its own included.
type Probe struct {
	table *Table
	seg   *segment
	b     *bucket // where match belongs
	tags  uint64  // the tag, in each byte
	match uint64  // slots of b still to be returned
	slot  uint8   // of the entry returned last
	over  bool    // b is an overflow bucket
}

// Find returns a probe for the entries with this hash. What it returns has the
// right tag: one in 250 entries of a bucket has it by chance, so the caller
// compares keys.
func (t *Table) Find(hash uint64) Probe {
	if t.page == nil {
		return Probe{table: t}
	}
	i := t.address(hash)
	seg := t.segment(i)
	b := &seg.main[i%segmentBuckets]
	tags := spread(tagOf(hash))
	return Probe{table: t, seg: seg, b: b, tags: tags, match: b.match(tags)}
}

// Next returns the next candidate, 0 when there are no more.
func (p *Probe) Next() arena.Ref {
	if p.match == 0 && !p.follow() {
		return 0
	}
	slot := slotOf(p.match)
	p.match &= p.match - 1
	p.slot = uint8(slot)
	return p.b.ref(slot)
}

// follow goes on to the next bucket of the chain with a match and reports
// whether there is one.
func (p *Probe) follow() bool {
	b := p.b
	if b == nil {
		return false
	}
	next := b.next()
	if !p.over && b.link&filterBit(p.tags&0xff) == 0 {
		next = 0
	}
	for next != 0 {
		b = p.seg.at(next)
		if m := b.match(p.tags); m != 0 {
			p.b, p.match, p.over = b, m, true
			return true
		}
		next = b.next()
	}
	p.b = nil
	return false
}

// Replace makes r the reference of the entry at the probe, whose hash is the
// same: it moved, or another entry takes its place.
func (p *Probe) Replace(r arena.Ref) {
	if invariants.Enabled {
		invariants.Check(p.b != nil && p.b.tags[p.slot] == uint8(p.tags), "table: replacement without an entry")
		invariants.Check(r != 0 && r>>arena.RefBits == 0, "table: replacement by a bad reference")
	}
	p.b.setRef(uintptr(p.slot), r)
}

// Remove takes the entry at the probe out of the table; it does not free it.
// The probe ends. The table gives back memory in Step only.
func (p *Probe) Remove() {
	t, b := p.table, p.b
	if invariants.Enabled {
		invariants.Check(b != nil && b.tags[p.slot] == uint8(p.tags), "table: removal without an entry")
	}
	b.tags[p.slot] = 0
	t.count--
	if p.over {
		t.repair(p.seg, &p.seg.main[b.home()], b, uintptr(p.slot))
	} else if b.next() != 0 {
		t.repair(p.seg, b, b, uintptr(p.slot))
	}
	p.b, p.match = nil, 0
}

// repair closes the gap at a slot of bucket b in the chain behind home, with
// an entry of the last bucket of the chain.
func (t *Table) repair(seg *segment, home, b *bucket, slot uintptr) {
	before, last := home, seg.at(home.next())
	for last.next() != 0 {
		before, last = last, seg.at(last.next())
	}
	if b != last {
		from := slotOf(last.used())
		b.set(slot, last.tags[from], last.ref(from))
		last.tags[from] = 0
	}
	if last.used() == 0 {
		link := before.next()
		before.setNext(0)
		t.freeOver(seg, link)
	}
	home.refilter(seg)
}

// refilter computes the filter of a main bucket from the tags in its chain.
func (b *bucket) refilter(seg *segment) {
	filter := uint32(0)
	for next := b.next(); next != 0; {
		o := seg.at(next)
		for _, tag := range o.tags {
			if tag != 0 {
				filter |= filterBit(uint64(tag))
			}
		}
		next = o.next()
	}
	b.link = filter | b.next()
}

// Prefetch starts loading the bucket in which an entry with this hash would
// be.
func (t *Table) Prefetch(hash uint64) {
	if t.page != nil {
		i := t.address(hash)
		arena.Prefetch(unsafe.Pointer(&t.segment(i).main[i%segmentBuckets]))
	}
}

// PrefetchEntry starts loading the first two cache lines of the first entry
// that may have this hash, or the first overflow bucket if the entry may be
// there. It reads the bucket, so Prefetch should have been some time ago.
func (t *Table) PrefetchEntry(hash uint64) {
	if t.page == nil {
		return
	}
	i := t.address(hash)
	seg := t.segment(i)
	b := &seg.main[i%segmentBuckets]
	tag := tagOf(hash)
	if m := b.match(spread(tag)); m != 0 {
		entry := b.ref(slotOf(m)).Ptr()
		arena.Prefetch(entry)
		arena.Prefetch(unsafe.Add(entry, bucketBytes))
	} else if b.link&filterBit(tag) != 0 {
		arena.Prefetch(unsafe.Pointer(seg.at(b.next())))
	}
}
