package persist

import (
	"bytes"
	"encoding/binary"
	"math"

	"basalt/db"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// Small collections lie in memory as they stand in files. A listpack that is as
// the keyspace would have made it is put there whole: every element in its
// shortest form, no member twice, sorted sets in order. Any other one is taken
// apart, and refused or made anew.

// packCountUnknown is the number of elements in the header of a listpack that
// has so many, or does not say.
const packCountUnknown = 1<<16 - 1

// packCheck looks at listpacks. Its memory is used again.
type packCheck struct {
	// seen are hashes of members, in a table of 2^n slots; 0 is none.
	seen []uint64
	text [decimal.MaxLen]byte
	kept []byte // the member before, in a sorted set
}

// whole reports whether b, a valid listpack, may become a collection of type t
// as it is, and the length of the longest element that matters for that. each
// is how many elements belong together, the first of them being a member.
func (c *packCheck) whole(t db.Type, b []byte, each int) (longest int, ok bool) {
	p := pack.Pack(b)
	n := int(binary.LittleEndian.Uint16(b[4:]))
	if n == 0 || n == packCountUnknown || n%each != 0 {
		return 0, false
	}
	c.clear(n / each)
	lastScore := math.Inf(-1)
	for at, i := p.First(), 0; !p.IsEnd(at); i++ {
		e := p.Get(at)
		next := p.Next(at)
		if !shortest(e, next-at) {
			return 0, false
		}
		at = next
		if i%each == 0 || t != db.TypeZSet {
			longest = max(longest, e.TextLen())
		}
		if i%each != 0 || t == db.TypeList {
			continue
		}
		member := e.Text(c.text[:])
		if !c.add(db.Hash(member)) {
			return 0, false
		}
		if t == db.TypeZSet {
			score, ok := elementScore(p.Get(at))
			if !ok || score < lastScore || score == lastScore && i > 0 && bytes.Compare(c.kept, member) >= 0 {
				return 0, false
			}
			lastScore = score
			c.kept = append(c.kept[:0], member...)
		}
	}
	return longest, true
}

func elementScore(e pack.Element) (float64, bool) {
	if e.IsInt {
		return float64(e.Int), true
	}
	return parseScore(e.Bytes)
}

// shortest reports whether an element that takes size bytes is in the form that
// the keyspace gives it, and looks for.
func shortest(e pack.Element, size int) bool {
	if e.Size() != size {
		return false
	}
	if e.IsInt || len(e.Bytes) > decimal.MaxLen {
		return true
	}
	_, number := decimal.Parse(e.Bytes)
	return !number
}

// clear makes room for n hashes.
func (c *packCheck) clear(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if size > cap(c.seen) {
		c.seen = make([]uint64, size)
		return
	}
	c.seen = c.seen[:size]
	clear(c.seen)
}

// add notes a hash and reports whether it is new. Two members of one hash are
// no error: whoever is told that they may be one takes a closer look.
func (c *packCheck) add(hash uint64) bool {
	hash |= 1
	mask := uint64(len(c.seen) - 1)
	for i := hash >> 8 & mask; ; i = (i + 1) & mask {
		switch c.seen[i] {
		case 0:
			c.seen[i] = hash
			return true
		case hash:
			return false
		}
	}
}

// packed reads a listpack that is a collection of type t, or the node of a list.
func (r *valueReader) packed(t db.Type, each int) {
	b := r.bytes()
	if r.err != nil {
		return
	}
	if !pack.Check(b) {
		r.fail("damaged listpack")
		return
	}
	if !r.elementwise {
		if longest, ok := r.check.whole(t, b, each); ok {
			r.put(stepPack, uint64(t), uint64(longest), b, nil)
			return
		}
	}
	unpack(t, b, each, r.decoder.fail, r.put)
}

// unpack tells put of the elements of a valid listpack. fail is told of what is
// wrong with them.
func unpack(t db.Type, b []byte, each int, fail func(string, ...any), put func(k step, x, y uint64, a, b []byte)) {
	p := pack.Pack(b)
	if p.Len()%each != 0 {
		fail("listpack of %d elements", p.Len())
		return
	}
	var text, number [decimal.MaxLen]byte
	for at := p.First(); !p.IsEnd(at); {
		first := p.Get(at).Text(text[:])
		at = p.Next(at)
		var second []byte
		if each > 1 {
			second = p.Get(at).Text(number[:])
			at = p.Next(at)
		}
		switch t {
		case db.TypeList:
			put(stepElement, 0, 0, first, nil)
		case db.TypeSet:
			put(stepMember, 0, 0, first, nil)
		case db.TypeHash:
			put(stepField, noDeadline, 0, first, second)
		default:
			score, ok := parseScore(second)
			if !ok {
				fail("score %.40q is no number", second)
				return
			}
			put(stepScored, math.Float64bits(score), 0, first, nil)
		}
	}
}

// noDeadline is db.NoDeadline as steps have it.
const noDeadline = 1<<64 - 1
