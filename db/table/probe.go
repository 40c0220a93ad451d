package table

import (
	"math/bits"
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// Probe walks the entries that may have a hash. It is a value, made by Find,
// and stands at the entry that Next returned last. It becomes invalid with
// Insert, Step and Drain, and with Remove, its own included.
//
// It has four words, because that is what the compiler keeps in registers; a
// larger one is copied through memory, which costs more than the lookup. What
// is needed beyond the first candidate is computed again.
type Probe struct {
	table *Table
	b     *bucket // the bucket being looked at; nil at the end
	hash  uint64
	// state holds in its low 40 bits the candidate that Find found, until Next
	// has returned it; above that the bit of the match that the last candidate
	// had; and whether b is an overflow bucket.
	state uint64
}

const (
	stateRef  = 1<<arena.RefBits - 1
	stateBit  = arena.RefBits // 6 bits
	stateOver = 1 << 46
)

// Find returns a probe for the entries with this hash. What it returns has the
// right tag: one in 250 entries of a bucket has it by chance, so the caller
// compares keys.
//
// It looks up the first candidate at once, so that Next can be inlined as far
// as most callers ever get.
func (t *Table) Find(hash uint64) Probe {
	if t.page == nil {
		return Probe{table: t}
	}
	i := t.address(hash)
	b := &t.segment(i).main[i%segmentBuckets]
	m := b.match(spread(tagOf(hash)))
	if m == 0 {
		return Probe{t, b, hash, 0}
	}
	bit := uint64(bits.TrailingZeros64(m))
	return Probe{t, b, hash, uint64(b.ref(slotOf(m))) | bit<<stateBit}
}

// Next returns the next candidate, 0 when there are no more.
func (p *Probe) Next() arena.Ref {
	if r := p.state & stateRef; r != 0 {
		p.state ^= r
		return arena.Ref(r)
	}
	return p.more()
}

// more is Next behind the first candidate: in the same bucket first, then in
// the chain.
func (p *Probe) more() arena.Ref {
	b := p.b
	if b == nil {
		return 0
	}
	tag := tagOf(p.hash)
	tags := spread(tag)
	over := p.state & stateOver
	m := b.match(tags) &^ (2<<(p.state>>stateBit%64) - 1)
	for next := uint32(0); m == 0; m = b.match(tags) {
		if next = b.next(); over == 0 && b.link&filterBit(tag) == 0 {
			next = 0
		}
		if next == 0 {
			p.b = nil
			return 0
		}
		b, over = p.segment().at(next), stateOver
	}
	p.b, p.state = b, over|uint64(bits.TrailingZeros64(m))<<stateBit
	return b.ref(slotOf(m))
}

// slot returns where in the bucket the last candidate is.
func (p *Probe) slot() uintptr { return slotOf(1 << (p.state >> stateBit % 64)) }

// segment returns the segment that b belongs to.
func (p *Probe) segment() *segment { return p.table.segment(p.table.address(p.hash)) }

// stands reports whether there is an entry of the hash at the probe.
func (p *Probe) stands() bool {
	return p.b != nil && p.state&stateRef == 0 && uint64(p.b.tags[p.slot()]) == tagOf(p.hash)
}

// First returns the first entry of the main bucket that may have this hash, 0
// if there is none. It is what most hits come down to, without the state of a
// Probe: a caller whose key is not that of First goes on with Find, which
// begins at the same entry.
func (t *Table) First(hash uint64) arena.Ref {
	if t.page == nil {
		return 0
	}
	i := t.address(hash)
	b := &t.segment(i).main[i%segmentBuckets]
	if m := b.match(spread(tagOf(hash))); m != 0 {
		return b.ref(slotOf(m))
	}
	return 0
}

// Replace makes r the reference of the entry at the probe, whose hash is the
// same: it moved, or another entry takes its place.
func (p *Probe) Replace(r arena.Ref) {
	if invariants.Enabled {
		invariants.Check(p.stands(), "table: replacement without an entry")
		invariants.Check(r != 0 && r>>arena.RefBits == 0, "table: replacement by a bad reference")
	}
	p.b.setRef(p.slot(), r)
}

// Remove takes the entry at the probe out of the table; it does not free it.
// The probe ends. The table gives back memory in Step only.
func (p *Probe) Remove() {
	if invariants.Enabled {
		invariants.Check(p.stands(), "table: removal without an entry")
	}
	b, slot := p.b, p.slot()
	b.tags[slot] = 0
	p.table.count--
	if p.state&stateOver != 0 {
		seg := p.segment()
		p.table.repair(seg, &seg.main[b.home()], b, slot)
	} else if b.next() != 0 {
		p.table.repair(p.segment(), b, b, slot)
	}
	p.b, p.state = nil, 0
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
