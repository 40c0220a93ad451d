package db

import (
	"math/bits"

	"basalt/db/arena"
	"basalt/db/pack"
)

// seekTable is up to how many fields of a pack are found by a table of their
// positions when many are drawn.
const seekTable = 512

// HashRandom calls fn for n fields of the hash e, each drawn from all of them.
// fn must not change the database.
func (d *DB) HashRandom(e *Entry, n int, fn func(name, value Element)) {
	if e.encoding() != encPack {
		d.randomFields(e, n, fn)
		return
	}
	p := packSlot(*e.slot()).pack()
	count := p.Len() / 2
	if n > 4 && count <= seekTable {
		randomPacked(p, count, n, fn)
		return
	}
	for ; n > 0; n-- {
		at := p.Seek(2 * below(count))
		fn(p.Get(at), p.Get(p.Next(at)))
	}
}

// randomPacked draws n of the count fields of a pack.
func randomPacked(p pack.Pack, count, n int, fn func(name, value Element)) {
	var positions [seekTable]uint32
	for at, i := p.First(), 0; i < count; i++ {
		positions[i] = uint32(at)
		at = p.Next(p.Next(at))
	}
	for ; n > 0; n-- {
		at := int(positions[below(count)])
		fn(p.Get(at), p.Get(p.Next(at)))
	}
}

// randomFields is HashRandom for the hash e with an object.
func (d *DB) randomFields(e *Entry, n int, fn func(name, value Element)) {
	h := hashAt(*e.slot())
	if d.mostlyLive(e) {
		for ; n > 0; n-- {
			f := d.drawField(h)
			fn(Element{Bytes: f.name()}, Element{Bytes: f.value()})
		}
		return
	}
	// Few fields are left that have not expired: they are drawn from a list.
	live := d.keys.drawn[:0]
	h.each(func(f *hashField) {
		if !d.keys.fieldDue(f) {
			live = append(live, f.ref())
		}
	})
	for ; n > 0 && len(live) > 0; n-- {
		f := fieldAt(live[below(len(live))])
		fn(Element{Bytes: f.name()}, Element{Bytes: f.value()})
	}
	d.keepDrawn(live)
}

// mostlyLive reports whether at least a quarter of the fields of the hash e,
// which has an object, has not expired, so that drawing finds one soon.
func (d *DB) mostlyLive(e *Entry) bool {
	h := hashAt(*e.slot())
	return h.volatile*4 <= h.fields.Len()*3 || d.HashLen(e)*4 >= h.fields.Len()
}

// drawField returns a random field that has not expired; there are enough to
// find one.
func (d *DB) drawField(h *hash) *hashField {
	for {
		if f := fieldAt(h.fields.Random(random)); !d.keys.fieldDue(f) {
			return f
		}
	}
}

// sampleShare is the part of a table above which a sample is taken on a walk
// through all of it.
const sampleShare = 8

// HashSample calls fn for n different fields of the hash e, which has more, all
// samples being equally likely. fn must not change the database.
func (d *DB) HashSample(e *Entry, n int, fn func(name, value Element)) {
	if e.encoding() != encPack {
		h := hashAt(*e.slot())
		least := h.fields.Len() - h.volatile*3/4 // live fields, by mostlyLive
		if n <= least/sampleShare && d.mostlyLive(e) {
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
		f := d.drawField(h)
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
	d.keepDrawn(drawn)
}

// keepDrawn keeps scratch for the next draw unless it is large.
func (d *DB) keepDrawn(drawn []arena.Ref) {
	if d.keys.drawn = drawn; cap(drawn) > drawnKept {
		d.keys.drawn = nil
	}
}

// drawnKept is up to how many references of scratch are kept for the next
// draw.
const drawnKept = 4096
