package db

import (
	"math/bits"
	"unsafe"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/db/table"
)

// below returns a random number from 0 to n-1, each with the same probability
// but for a bias of n/2^64.
func below(n int) int {
	high, _ := bits.Mul64(random(), uint64(n))
	return int(high)
}

// SetRandom returns a random member. It is a view that dies with the next
// change of the set.
func (e *Entry) SetRandom() Element {
	v := e.set()
	return v.random()
}

func (v *setValue) random() Element {
	switch v.enc {
	case encIntset:
		s := v.intset()
		return pack.OfInt(s.At(below(s.Len())))
	case encPack:
		p := v.pack()
		return p.Get(p.Seek(below(p.Len())))
	}
	return Element{Bytes: memberBytes(v.table().Random(random))}
}

// packPositions is up to how many elements of a pack are listed to be drawn
// from many times.
const packPositions = 512

// SetDraw calls f for count random members, each of them drawn from all.
func (e *Entry) SetDraw(count int64, f func(Element)) {
	v := e.set()
	if v.enc == encPack && count > 1 {
		if p := v.pack(); p.Len() <= packPositions {
			drawPacked(p, count, f)
			return
		}
	}
	for ; count > 0; count-- {
		f(v.random())
	}
}

func drawPacked(p pack.Pack, count int64, f func(Element)) {
	var positions [packPositions]uint32
	n := 0
	for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
		positions[n] = uint32(at)
		n++
	}
	for ; count > 0; count-- {
		f(p.Get(int(positions[below(n)])))
	}
}

const (
	// drawFew is up to how many members are told apart by comparing each with
	// all that were drawn before.
	drawFew = 16
	// drawShare: a larger part of a set than 1/drawShare is drawn by walking
	// over all of it. A draw waits for memory several times, a step of the
	// walk hardly.
	drawShare = 8
)

// SetSample calls f for count different members, each choice of them with the
// same probability, in no order that means anything. There are more than
// count.
func (k *Keyspace) SetSample(e *Entry, count int, f func(Element)) {
	v := e.set()
	switch {
	case count == 1:
		f(v.random())
	case v.enc != encObject || count > v.len()/drawShare:
		v.sampleWalk(count, f)
	case count <= drawFew:
		sampleFew(v.table(), count, f)
	default:
		k.sampleMany(v.table(), count, f)
	}
}

// sampleWalk takes each member with the probability that is left for it
// (selection sampling, Knuth's algorithm S).
func (v *setValue) sampleWalk(count int, f func(Element)) {
	left := v.len()
	v.each(func(m Element) {
		if count > 0 && below(left) < count {
			count--
			f(m)
		}
		left--
	})
}

// sampleFew draws until count members differ.
func sampleFew(t *table.Table, count int, f func(Element)) {
	var drawn [drawFew]arena.Ref
	for n := 0; n < count; {
		r := t.Random(random)
		known := false
		for _, other := range drawn[:n] {
			known = known || other == r
		}
		if !known {
			drawn[n] = r
			n++
			f(Element{Bytes: memberBytes(r)})
		}
	}
}

// drawnKind is a table of references that are told apart by themselves.
var drawnKind = table.Kind{Hash: hashRef, Purpose: arena.Table}

// hashRef spreads the bits of a reference (a finalizer by David Stafford).
func hashRef(r arena.Ref) uint64 {
	x := uint64(r)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// sampleMany is sampleFew with a table of what was drawn.
func (k *Keyspace) sampleMany(t *table.Table, count int, f func(Element)) {
	drawn, _ := k.newSetTable()
	s := table.Space{Arena: k.arena, Kind: &drawnKind}
	for n := 0; n < count; {
		r := t.Random(random)
		hash := hashRef(r)
		p := drawn.Find(hash)
		other := p.Next()
		for other != 0 && other != r {
			other = p.Next()
		}
		if other == 0 {
			drawn.Insert(s, hash, r)
			n++
			f(Element{Bytes: memberBytes(r)})
		}
	}
	for !drawn.Drain(s, drainSlice, func(arena.Ref) {}) {
	}
	k.freeSetTable(drawn)
}

// SetPop takes count random members out of the set of e, whose key has that
// hash, and calls f for each before it is gone. It reports whether the key is
// gone with the last one.
func (d *DB) SetPop(hash uint64, e *Entry, count int, f func(Element)) (gone bool) {
	v := e.set()
	d.change(e)
	switch n := v.len(); {
	case count >= n:
		v.each(f)
		d.Remove(hash, e)
		return true
	case v.enc != encObject:
		d.keys.popSmall(&v, count, f)
		*e.slot() = v.slot
	case (n-count)*keepShare < count:
		d.keys.popMost(v.table(), n-count, f)
	default:
		t := v.table()
		for ; count > 0; count-- {
			r := t.Random(random)
			f(Element{Bytes: memberBytes(r)})
			p := locateMember(t, r)
			d.keys.cutMember(t, r, &p)
		}
	}
	return false
}

func (k *Keyspace) popSmall(v *setValue, count int, f func(Element)) {
	for ; count > 0; count-- {
		at := below(v.len())
		if v.enc == encIntset {
			f(pack.OfInt(v.intset().At(at)))
			k.cutInt(v, at)
			continue
		}
		p := v.pack()
		at = p.Seek(at)
		f(p.Get(at))
		k.cutPacked(v, at)
	}
}

// keepShare: if fewer than 1/keepShare as many members stay as are popped, those
// that stay are drawn and not those that go.
const keepShare = 4

// popMost takes out all members but keep random ones: these move to a new
// table, and the rest is handed out and freed on one walk.
func (k *Keyspace) popMost(t *table.Table, keep int, f func(Element)) {
	var kept table.Table
	s, o := k.memberSpace(), k.openAt(arena.RefOf(unsafe.Pointer(t)))
	kept.Init(s)
	for ; keep > 0; keep-- {
		r := t.Random(random)
		p := locateMember(t, r)
		p.Remove()
		t.Step(s, 1)
		kept.Insert(s, Hash(memberBytes(r)), r)
	}
	for !t.Drain(s, drainSlice, func(r arena.Ref) {
		f(Element{Bytes: memberBytes(r)})
		if o != nil && memberStale(r, k.epoch) {
			k.tellMember(o, r)
		}
		k.freeMember(r)
	}) {
	}
	*t = kept
}
