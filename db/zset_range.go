package db

import (
	"bytes"

	"basalt/db/arena"
	"basalt/db/pack"
)

// ZIter walks members in order, one way or the other. It dies with the next
// change of the sorted set.
type ZIter struct {
	p       pack.Pack // of a small sorted set, else nil
	at      int
	node    arena.Ref
	count   int // members to come
	reverse bool
}

// ZRange returns an iterator over count members from the one of rank from on;
// in reverse, ranks count from the greatest member. There are as many.
func (e *Entry) ZRange(from, count int, reverse bool) ZIter {
	it := ZIter{count: count, reverse: reverse}
	if count <= 0 {
		it.count = 0
		return it
	}
	if reverse {
		from = e.ZLen() - 1 - from
	}
	if e.encoding() == encPack {
		it.p = packSlot(*e.slot()).pack()
		it.at = it.p.Seek(2 * from)
	} else {
		it.node = zsetAt(*e.slot()).order.at(from)
	}
	return it
}

// Next returns the next member, which is a view, and its score; ok is false
// behind the last one.
func (it *ZIter) Next() (m Element, score float64, ok bool) {
	if it.count == 0 {
		return m, 0, false
	}
	it.count--
	if it.p != nil {
		return it.nextPacked()
	}
	n := scoredAt(it.node)
	m.Bytes, score = n.member(), n.score
	if it.count > 0 {
		if it.reverse {
			it.node = preceding(it.node)
		} else {
			it.node = following(it.node)
		}
	}
	return m, score, true
}

func (it *ZIter) nextPacked() (m Element, score float64, ok bool) {
	value := it.p.Next(it.at)
	m, score = it.p.Get(it.at), elementScore(it.p.Get(value))
	switch {
	case !it.reverse:
		it.at = it.p.Next(value)
	case it.count > 0:
		it.at = it.p.Prev(it.p.Prev(it.at))
	}
	return m, score, true
}

// Packed reports whether the sorted set is a small one.
func (it *ZIter) Packed() bool { return it.p != nil }

// ScoreRange is a range of scores, with or without its ends.
type ScoreRange struct {
	Min, Max     float64
	MinEx, MaxEx bool // without that end
}

// Empty reports whether no score is in the range.
func (r *ScoreRange) Empty() bool {
	return r.Min > r.Max || r.Min == r.Max && (r.MinEx || r.MaxEx)
}

// ZScoreSpan returns the ranks of the members with a score in r, from the first
// up to but without to.
func (e *Entry) ZScoreSpan(r *ScoreRange) (from, to int) {
	if r.Empty() {
		return 0, 0
	}
	if e.encoding() == encObject {
		t := &zsetAt(*e.slot()).order
		return t.belowScore(r.Min, r.MinEx), t.belowScore(r.Max, !r.MaxEx)
	}
	p := packSlot(*e.slot()).pack()
	for at := p.First(); !p.IsEnd(at); {
		value := p.Next(at)
		s := elementScore(p.Get(value))
		if s > r.Max || r.MaxEx && s == r.Max {
			break
		}
		if s < r.Min || r.MinEx && s == r.Min {
			from++
		}
		to++
		at = p.Next(value)
	}
	return from, to
}

// LexEnd is an end of a LexRange.
type LexEnd struct {
	Bytes []byte
	Ex    bool // without Bytes itself
	Inf   int8 // -1 before, 1 behind all members; 0 at Bytes
}

// LexRange is a range of members of equal score.
type LexRange struct{ Min, Max LexEnd }

// Empty reports whether no member is in the range.
func (r *LexRange) Empty() bool {
	switch {
	case r.Min.Inf != 0 || r.Max.Inf != 0:
		return r.Min.Inf >= r.Max.Inf
	}
	c := bytes.Compare(r.Min.Bytes, r.Max.Bytes)
	return c > 0 || c == 0 && (r.Min.Ex || r.Max.Ex)
}

// aboveMin reports whether a member is not before the range.
func (r *LexRange) aboveMin(m Element) bool {
	if r.Min.Inf != 0 {
		return r.Min.Inf < 0
	}
	c := compareText(m, r.Min.Bytes)
	return c > 0 || c == 0 && !r.Min.Ex
}

// belowMax reports whether a member is not behind the range.
func (r *LexRange) belowMax(m Element) bool {
	if r.Max.Inf != 0 {
		return r.Max.Inf > 0
	}
	c := compareText(m, r.Max.Bytes)
	return c < 0 || c == 0 && !r.Max.Ex
}

// ZLexSpan returns the ranks of the members in r, from the first up to but
// without to. Where scores differ there is no such range; what is returned then
// begins, in a small sorted set, where Redis finds one, which in reverse looks
// from the other end.
func (e *Entry) ZLexSpan(r *LexRange, reverse bool) (from, to int) {
	if r.Empty() {
		return 0, 0
	}
	if e.encoding() == encObject {
		return zsetAt(*e.slot()).lexSpan(r)
	}
	p := packSlot(*e.slot()).pack()
	n := p.Len() / 2
	last := p.Seek(-2)
	if n == 0 || !r.aboveMin(p.Get(last)) || !r.belowMax(p.Get(p.First())) {
		return 0, 0
	}
	if reverse {
		at := last
		for to = n; to > 0 && !r.belowMax(p.Get(at)); to-- {
			at = memberBefore(p, at)
		}
		for from = to; from > 0 && r.aboveMin(p.Get(at)); from-- {
			at = memberBefore(p, at)
		}
		return from, to
	}
	at := p.First()
	for ; from < n && !r.aboveMin(p.Get(at)); from++ {
		at = p.Next(p.Next(at))
	}
	for to = from; to < n && r.belowMax(p.Get(at)); to++ {
		at = p.Next(p.Next(at))
	}
	return from, to
}

// lexSpan is ZLexSpan for a large sorted set.
func (z *zset) lexSpan(r *LexRange) (from, to int) {
	to = z.members.Len()
	if r.Min.Inf == 0 {
		from = z.order.belowMember(r.Min.Bytes, r.Min.Ex)
	}
	if r.Max.Inf == 0 {
		to = z.order.belowMember(r.Max.Bytes, !r.Max.Ex)
	}
	return from, max(from, to)
}

// memberBefore returns the position of the member before the one at at, -1 if
// there is none.
func memberBefore(p pack.Pack, at int) int {
	if at = p.Prev(at); at < 0 {
		return -1
	}
	return p.Prev(at)
}
