package db

import (
	"basalt/db/arena"
	"basalt/db/table"
)

// ZRandom returns a random member, which is a view, and its score.
func (e *Entry) ZRandom() (Element, float64) {
	if e.encoding() == encPack {
		return e.ZAt(below(e.ZLen()))
	}
	n := scoredAt(zsetAt(*e.slot()).members.Random(random))
	return Element{Bytes: n.member()}, n.score
}

// ZSample calls f for count different members of the sorted set of e, each
// choice of them with the same probability, in no order that means anything.
// There are more than count.
func (k *Keyspace) ZSample(e *Entry, count int, f func(Element, float64)) {
	left := e.ZLen()
	if e.encoding() == encObject && count <= left/drawShare {
		k.zsampleFew(&zsetAt(*e.slot()).members, count, f)
		return
	}
	it := e.ZRange(0, left, false)
	for m, score, ok := it.Next(); ok && count > 0; m, score, ok = it.Next() {
		if below(left) < count {
			count--
			f(m, score)
		}
		left--
	}
}

// zsampleFew draws until count members differ; a table tells them apart.
func (k *Keyspace) zsampleFew(t *table.Table, count int, f func(Element, float64)) {
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
			m := scoredAt(r)
			f(Element{Bytes: m.member()}, m.score)
		}
	}
	for !drawn.Drain(s, drainSlice, func(arena.Ref) {}) {
	}
	k.freeSetTable(drawn)
}
