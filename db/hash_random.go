package db

import (
	"math/bits"

	"basalt/db/arena"
)

// seekTable is up to how many fields of a pack are found by a table of their
// positions when many are drawn.
const seekTable = 512

// HashRandom calls fn for n fields of the hash e, each drawn from all of them.
// fn must not change the database.
func (d *DB) HashRandom(e *Entry, n int, fn func(name, value Element)) {
	if e.encoding() != encPack {
		h := hashAt(*e.slot())
		for ; n > 0; n-- {
			f := d.randomField(h)
			if f == nil {
				return
			}
			fn(Element{Bytes: f.name()}, Element{Bytes: f.value()})
		}
		return
	}
	p := packSlot(*e.slot()).pack()
	count := p.Len() / 2
	var positions [seekTable]uint32
	known := n > 4 && count <= seekTable
	if known {
		for at, i := p.First(), 0; i < count; i++ {
			positions[i] = uint32(at)
			at = p.Next(p.Next(at))
		}
	}
	for ; n > 0; n-- {
		i := below(count)
		at := 0
		if known {
			at = int(positions[i])
		} else {
			at = p.Seek(2 * i)
		}
		fn(p.Get(at), p.Get(p.Next(at)))
	}
}

// randomTries is how many random fields may turn out to have expired before a
// walk looks for one that has not.
const randomTries = 100

// randomField returns a random field that has not expired, nil if there is
// none.
func (d *DB) randomField(h *hash) *hashField {
	for range randomTries {
		if f := fieldAt(h.fields.Random(random)); !d.keys.fieldDue(f) {
			return f
		}
	}
	var found *hashField
	seen := 0
	h.each(func(f *hashField) {
		if d.keys.fieldDue(f) {
			return
		}
		if seen++; below(seen) == 0 {
			found = f
		}
	})
	return found
}

// sampleShare is the part of a table above which a sample is taken on a walk
// through all of it.
const sampleShare = 8

// HashSample calls fn for n different fields of the hash e, which has more, all
// samples being equally likely. fn must not change the database.
func (d *DB) HashSample(e *Entry, n int, fn func(name, value Element)) {
	if e.encoding() != encPack {
		if h := hashAt(*e.slot()); n <= h.fields.Len()/sampleShare {
			d.drawFields(h, n, fn)
			return
		}
	}
	// Each is taken with the probability that leaves the sample complete at the
	// end (Knuth's algorithm S).
	left := d.HashLen(e)
	d.HashEach(e, func(name, value Element) {
		if n > 0 && below(left) < n {
			fn(name, value)
			n--
		}
		left--
	})
}

// drawFields draws until n different fields were found. What was drawn is kept
// in an open-addressed table, at most half full.
func (d *DB) drawFields(h *hash, n int, fn func(name, value Element)) {
	size := 1 << bits.Len(uint(2*n))
	if cap(d.keys.drawn) < size {
		d.keys.drawn = make([]arena.Ref, size)
	}
	drawn := d.keys.drawn[:size]
	clear(drawn)
	for n > 0 {
		f := d.randomField(h)
		if f == nil {
			break
		}
		r := f.ref()
		i := uint64(r) * 0x9E3779B97F4A7C15 >> 32 & uint64(size-1)
		for drawn[i] != 0 && drawn[i] != r {
			i = (i + 1) & uint64(size-1)
		}
		if drawn[i] == 0 {
			drawn[i] = r
			n--
			fn(Element{Bytes: f.name()}, Element{Bytes: f.value()})
		}
	}
	if size > drawnKept {
		d.keys.drawn = nil
	}
}

// drawnKept is up to how many references of scratch are kept for the next
// draw.
const drawnKept = 4096
