package db

import (
	"basalt/db/arena"
	"basalt/internal/decimal"
)

// slack returns the capacity for a string of n bytes that grows: so much more
// that growing byte by byte copies each byte a bounded number of times, and at
// most 1 MiB or a quarter.
func slack(n int) int {
	const step = 1 << 20
	return n + min(n, max(step, n/4))
}

// Append adds tail to the string of key, whose entry is e, and returns the new
// length. The entry may move.
func (d *DB) Append(key []byte, hash uint64, e *Entry, tail []byte) int {
	have := e.StringLen()
	copy(d.grow(key, hash, e, have, have+len(tail))[have:], tail)
	return have + len(tail)
}

// SetRange overwrites the string of key, whose entry is e, from offset on,
// padding with zeros up to it, and returns the new length. The entry may move.
func (d *DB) SetRange(key []byte, hash uint64, e *Entry, offset int, part []byte) int {
	b := d.grow(key, hash, e, offset, offset+len(part))
	copy(b[offset:], part)
	return len(b)
}

// CreateRange stores a new string under an absent key: offset zeros, then
// part. OBJECT ENCODING calls it raw, as a string that is written in parts.
func (d *DB) CreateRange(key []byte, hash uint64, offset int, part []byte) int {
	n := offset + len(part)
	var b []byte
	if n <= growInlineMax {
		s := shape{keyLen: len(key), valueLen: n, enc: encInline, raw: true}
		b = d.put(key, hash, nil, s, NoDeadline).inline()
	} else {
		s := d.keys.newStore(n, n)
		d.putSlot(key, hash, nil, s.enc, s.slot, NoDeadline)
		b = s.bytes
	}
	clear(b[:offset])
	copy(b[offset:], part)
	return n
}

// grow makes the string of e at least n bytes long, padded with zeros, and
// ready to be written from offset from on: nobody else reads those of the
// bytes that it returns.
func (d *DB) grow(key []byte, hash uint64, e *Entry, from, n int) []byte {
	return d.growWithin(key, hash, e, from, n, slack(n))
}

// growWithin is grow with room for so many bytes should the string move.
func (d *DB) growWithin(key []byte, hash uint64, e *Entry, from, n, room int) []byte {
	d.change(e)
	if b := d.room(e, from, n); b != nil {
		return b
	}
	var scratch [decimal.MaxLen]byte
	content := e.Bytes(scratch[:])
	n = max(n, len(content))
	if n <= growInlineMax {
		return d.growInline(key, hash, e, content, n)
	}
	capacity := n
	if n > len(content) {
		capacity = room
	}
	s := d.keys.newStore(n, capacity)
	clear(s.bytes[copy(s.bytes, content):])
	d.keys.dropValue(e)
	if e.encoding() != s.enc {
		e = d.replace(key, hash, e, shape{keyLen: len(key), enc: s.enc, deadline: e.hasDeadline()}, e.hasDeadline())
	}
	*e.slot() = s.slot
	return s.bytes
}

// room grows a string that has memory of its own where it stands, or returns
// nil. A reader that has a blob pinned sees what the string was: bytes behind
// that may be written, others not.
func (d *DB) room(e *Entry, from, n int) []byte {
	switch e.encoding() {
	case encBlock:
		b := e.block()
		if have := int(b.length); n <= int(b.capacity) {
			b.length = uint32(max(n, have))
			clear(b.bytes()[have:])
			return b.bytes()
		}
	case encBlob:
		b := e.blob()
		have := b.Len()
		if b.Pinned() && from < have || n > b.Cap() && !d.keys.arena.GrowBlob(b, slack(n), arena.Value) {
			return nil
		}
		b.SetLen(max(n, have))
		clear(b.Bytes()[have:])
		return b.Bytes()
	}
	return nil
}

// growInline keeps a short string in the entry. Sizes are 8 bytes apart, so
// most of a string's short life passes without moving it.
func (d *DB) growInline(key []byte, hash uint64, e *Entry, content []byte, n int) []byte {
	s := shape{keyLen: len(key), valueLen: n, enc: encInline, deadline: e.hasDeadline(), raw: true}
	if e.encoding() == encInline && sameClass(e.size(), s.size()) {
		have := int(e.vlen)
		e.vlen = uint16(n)
		e.flags |= flagRaw
		clear(e.inline()[have:])
		return e.inline()
	}
	// content may be a view of e, which replace frees.
	var kept [growInlineMax]byte
	content = kept[:copy(kept[:], content)]
	d.keys.dropValue(e)
	b := d.replace(key, hash, e, s, s.deadline).inline()
	clear(b[copy(b, content):])
	return b
}
