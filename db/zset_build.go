package db

import (
	"math"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/decimal"
	"basalt/internal/double"
)

// Aggregate says what the score of a member is that several sorted sets have.
type Aggregate uint8

// The ways to aggregate scores.
const (
	AggregateSum Aggregate = iota
	AggregateMin
	AggregateMax
)

// Of returns the aggregate of two scores, of equal ones the first. A sum that is
// no number is 0.
func (a Aggregate) Of(x, y float64) float64 {
	switch a {
	case AggregateMin:
		if y < x {
			return y
		}
		return x
	case AggregateMax:
		if y > x {
			return y
		}
		return x
	}
	if x += y; math.IsNaN(x) {
		return 0
	}
	return x
}

// ZBuilder makes a sorted set apart from any key. It ends in StoreZSet or
// Discard.
type ZBuilder struct {
	keys           *Keyspace
	zset           *zset
	longest, bytes int // of the members
	unordered      bool
}

// NewZSet returns a builder without members.
func (k *Keyspace) NewZSet() ZBuilder { return ZBuilder{keys: k, zset: k.newZSet()} }

func (b *ZBuilder) note(member []byte) {
	b.longest = max(b.longest, len(member))
	b.bytes += len(member) + scoreRoom
}

// Add adds a member that was not added before. It may be a view of another set.
func (b *ZBuilder) Add(m Element, score float64) {
	var scratch [decimal.MaxLen]byte
	member := m.Text(scratch[:])
	b.note(member)
	b.keys.zsetInsert(b.zset, Hash(member), member, score)
}

// Merge adds a member with that score, or aggregates it with the one that the
// member has. Order comes after all have been merged.
func (b *ZBuilder) Merge(m Element, score float64, a Aggregate) {
	var scratch [decimal.MaxLen]byte
	member := m.Text(scratch[:])
	hash := Hash(member)
	b.unordered = true
	if r := b.zset.find(hash, member); r != 0 {
		n := scoredAt(r)
		n.score = a.Of(n.score, score)
		return
	}
	b.note(member)
	b.zset.members.Insert(b.keys.scoredSpace(), hash, b.keys.newScored(score, member))
}

// order makes the tree of what was merged.
func (b *ZBuilder) order() {
	if !b.unordered {
		return
	}
	b.unordered = false
	t := &b.zset.order
	insert := func(r arena.Ref) { t.insert(r) }
	for cursor := b.zset.members.Scan(0, insert); cursor != 0; {
		cursor = b.zset.members.Scan(cursor, insert)
	}
}

// Len returns the number of members.
func (b *ZBuilder) Len() int { return b.zset.members.Len() }

// Range returns an iterator over all members.
func (b *ZBuilder) Range() ZIter {
	b.order()
	it := ZIter{count: b.Len()}
	if it.count > 0 {
		it.node = leftmost(b.zset.order.root)
	}
	return it
}

// Discard frees the sorted set.
func (b *ZBuilder) Discard() {
	b.keys.dropZSet(b.zset)
	b.zset = nil
}

// StoreZSet makes the sorted set, which has members, the value of key, whatever
// that was: packed if it is small. The builder is used up.
func (d *DB) StoreZSet(key []byte, hash uint64, b *ZBuilder) {
	k := d.keys
	access := k.newAccess()
	if e := d.Peek(key, hash); e != nil {
		k.renew(e)
		access = e.access()
	}
	d.Vacate(key, hash)
	limits := &k.Limits
	if int64(b.Len()) > limits.ZSetEntries || int64(b.longest) > limits.ZSetValue || b.bytes > packBytesMax {
		b.order()
		d.create(TypeZSet, key, hash, encObject, b.zset.slot()).setAccess(access)
		b.zset = nil
		return
	}
	d.create(TypeZSet, key, hash, encPack, uint64(b.pack())).setAccess(access)
	b.Discard()
}

// pack returns a pack of the members.
func (b *ZBuilder) pack() packSlot {
	var scratch [double.TextMax]byte
	bytes := pack.EmptyBytes
	it := b.Range()
	for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
		bytes += pack.Of(m.Bytes).Size() + scoreElement(score, scratch[:]).Size()
	}
	s := b.keys.newPack(bytes)
	p := s.pack()
	it = b.Range()
	for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
		p = p.Append(pack.Of(m.Bytes)).Append(scoreElement(score, scratch[:]))
	}
	return s
}

// ScoredLen returns the number of members of a set or sorted set.
func (e *Entry) ScoredLen() int {
	if e.Type() == TypeSet {
		return e.SetLen()
	}
	return e.ZLen()
}

// ScoredEach calls f for the members of a set or sorted set, with their scores,
// those of a set being 1, until it returns false. f must not change the set.
func (e *Entry) ScoredEach(f func(m Element, score float64) bool) {
	if e.Type() == TypeSet {
		more := true
		e.SetEach(func(m Element) { more = more && f(m, 1) })
		return
	}
	it := e.ZRange(0, e.ZLen(), false)
	for m, score, ok := it.Next(); ok && f(m, score); m, score, ok = it.Next() {
	}
}

// ScoredFind is ZScore for a member of another set, and for sets too.
func (e *Entry) ScoredFind(m Element) (float64, bool) {
	if e.Type() == TypeSet {
		v := e.set()
		if v.hasMember(m) {
			return 1, true
		}
		return 0, false
	}
	var scratch [decimal.MaxLen]byte
	return e.ZScore(m.Text(scratch[:]))
}

// ZAt returns the member of that rank, which is a view, and its score.
func (e *Entry) ZAt(rank int) (Element, float64) {
	it := e.ZRange(rank, 1, false)
	m, score, _ := it.Next()
	return m, score
}
