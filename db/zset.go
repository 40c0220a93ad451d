package db

import (
	"math"

	"basalt/db/arena"
	"basalt/db/pack"
)

// What follows works on the sorted set of a key; the entry has to be of
// TypeZSet. Ranks count from 0 in ascending order.

// ZFlags are conditions and ways of ZAdd.
type ZFlags uint8

// The flags, as the options of ZADD.
const (
	ZNX   ZFlags = 1 << iota // only add
	ZXX                      // only change
	ZGT                      // change only to a greater score
	ZLT                      // change only to a lesser one
	ZIncr                    // the score is added to the one that there is
)

// ZOutcome is what became of a ZAdd.
type ZOutcome uint8

// The outcomes.
const (
	ZRefused ZOutcome = iota // a condition did not hold
	ZSame                    // the score was that already
	ZAdded
	ZUpdated
	ZNaN // the sum is no number; nothing changed
)

// merge returns what the score of a member becomes that had one.
func (f ZFlags) merge(have, score float64) (float64, ZOutcome) {
	if f&ZNX != 0 {
		return have, ZRefused
	}
	if f&ZIncr != 0 {
		if score += have; math.IsNaN(score) {
			return have, ZNaN
		}
	}
	switch {
	case f&ZLT != 0 && score >= have || f&ZGT != 0 && score <= have:
		return have, ZRefused
	case score == have:
		return score, ZSame
	}
	return score, ZUpdated
}

// ZCreate stores an empty sorted set under key, which is absent, and returns
// its entry; the caller adds a member at once. count is how many are to come
// and longest the length of the first: both decide the encoding.
func (d *DB) ZCreate(key []byte, hash uint64, count, longest int) *Entry {
	k := d.keys
	if int64(count) > k.Limits.ZSetEntries || int64(longest) > k.Limits.ZSetValue {
		return d.create(TypeZSet, key, hash, encObject, k.newZSet().slot())
	}
	return d.create(TypeZSet, key, hash, encPack, uint64(k.newPack(pack.EmptyBytes+longest+8)))
}

// ZExpect makes the sorted set ready for count members more: if those alone are
// beyond the limits it becomes a large one at once.
func (d *DB) ZExpect(e *Entry, count int) {
	if e.encoding() == encPack && int64(count) > d.keys.Limits.ZSetEntries {
		d.change(e)
		d.keys.zsetToTree(e)
	}
}

// ZAdd gives member a score, as the flags have it, and returns what happened
// and the score afterwards. score is no NaN. The entry stays where it is; its
// limits may make the sorted set a large one.
func (d *DB) ZAdd(e *Entry, score float64, member []byte, f ZFlags) (ZOutcome, float64) {
	d.change(e)
	if e.encoding() == encPack {
		return d.zaddPacked(e, score, member, f)
	}
	k, z := d.keys, zsetAt(*e.slot())
	hash := Hash(member)
	if r := z.find(hash, member); r != 0 {
		score, outcome := f.merge(scoredAt(r).score, score)
		if outcome == ZUpdated {
			k.rescore(z, r, score)
		}
		return outcome, score
	}
	if f&ZXX != 0 {
		return ZRefused, 0
	}
	k.zsetInsert(z, hash, member, score)
	return ZAdded, score
}

func (d *DB) zaddPacked(e *Entry, score float64, member []byte, f ZFlags) (ZOutcome, float64) {
	k, slot := d.keys, (*packSlot)(e.slot())
	p := slot.pack()
	m := pack.Of(member)
	if at := packedMember(p, m); at >= 0 {
		score, outcome := f.merge(packedScore(p, at), score)
		if outcome == ZUpdated {
			p.Delete(at, 2)
			k.packedInsert(slot, m, member, score)
		}
		return outcome, score
	}
	if f&ZXX != 0 {
		return ZRefused, 0
	}
	if int64(p.Len()/2) >= k.Limits.ZSetEntries || int64(len(member)) > k.Limits.ZSetValue ||
		len(p)+len(member)+scoreRoom > packBytesMax {
		k.zsetToTree(e)
		k.zsetInsert(zsetAt(*e.slot()), Hash(member), member, score)
		return ZAdded, score
	}
	k.packedInsert(slot, m, member, score)
	return ZAdded, score
}

// scoreRoom is more than a score and the heads of two elements take in a pack.
const scoreRoom = 64

// ZRemove takes member out and reports whether it was there. The sorted set may
// be empty afterwards, and the caller then removes the key.
func (d *DB) ZRemove(e *Entry, member []byte) bool {
	k := d.keys
	d.change(e)
	if e.encoding() == encPack {
		slot := (*packSlot)(e.slot())
		p := slot.pack()
		at := packedMember(p, pack.Of(member))
		if at < 0 {
			return false
		}
		p.Delete(at, 2)
		k.shrinkPack(slot)
		return true
	}
	z := zsetAt(*e.slot())
	r, p := z.locate(Hash(member), member)
	if r == 0 {
		return false
	}
	k.zsetCut(z, r, &p)
	return true
}

// ZRemoveRange takes out the members of the ranks from up to but without to, of
// the sorted set of e, whose key has that hash. It reports whether the key is
// gone with the last one.
func (d *DB) ZRemoveRange(hash uint64, e *Entry, from, to int) (gone bool) {
	k, n := d.keys, to-from
	if n > 0 {
		d.change(e)
	}
	switch {
	case n <= 0:
		return false
	case n == e.ZLen():
		d.Remove(hash, e)
		return true
	case e.encoding() == encPack:
		slot := (*packSlot)(e.slot())
		p := slot.pack()
		p.Delete(p.Seek(2*from), 2*n)
		k.shrinkPack(slot)
		return false
	}
	z := zsetAt(*e.slot())
	if stay := z.members.Len() - n; stay*keepShare < n {
		kept := k.newZSet()
		k.copyRanks(kept, e, 0, from)
		k.copyRanks(kept, e, to, to+stay-from)
		k.dropZSet(z)
		*e.slot() = kept.slot()
		return false
	}
	k.cutBetween(z, z.order.at(from), n)
	return false
}

// copyRanks adds the members of e of some ranks to an object.
func (k *Keyspace) copyRanks(to *zset, e *Entry, from, end int) {
	it := e.ZRange(from, end-from, false)
	for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
		k.zsetInsert(to, Hash(m.Bytes), m.Bytes, score)
	}
}

// ZLen returns the number of members.
func (e *Entry) ZLen() int {
	if e.encoding() == encPack {
		return packSlot(*e.slot()).pack().Len() / 2
	}
	return zsetAt(*e.slot()).members.Len()
}

// ZScore returns the score of a member, and whether there is one of these bytes.
func (e *Entry) ZScore(member []byte) (float64, bool) {
	if e.encoding() == encPack {
		p := packSlot(*e.slot()).pack()
		at := packedMember(p, pack.Of(member))
		if at < 0 {
			return 0, false
		}
		return packedScore(p, at), true
	}
	r := zsetAt(*e.slot()).find(Hash(member), member)
	if r == 0 {
		return 0, false
	}
	return scoredAt(r).score, true
}

// ZScoreEach calls f with the score of each of members and whether it has one,
// in turn.
func (e *Entry) ZScoreEach(members [][]byte, f func(score float64, ok bool)) {
	if e.encoding() == encPack {
		for _, b := range members {
			f(e.ZScore(b))
		}
		return
	}
	z := zsetAt(*e.slot())
	var hashes [memberWindow]uint64
	for len(members) > 0 {
		n := fetchMembers(&z.members, &hashes, members)
		for i, b := range members[:n] {
			if r := z.find(hashes[i], b); r != 0 {
				f(scoredAt(r).score, true)
			} else {
				f(0, false)
			}
		}
		members = members[n:]
	}
}

// ZRank returns how many members are before member, its score, and whether
// there is one of these bytes.
func (e *Entry) ZRank(member []byte) (rank int, score float64, ok bool) {
	if e.encoding() == encPack {
		p := packSlot(*e.slot()).pack()
		found := packedMember(p, pack.Of(member))
		if found < 0 {
			return 0, 0, false
		}
		for at := p.First(); at < found; at = p.Next(p.Next(at)) {
			rank++
		}
		return rank, packedScore(p, found), true
	}
	z := zsetAt(*e.slot())
	r := z.find(Hash(member), member)
	if r == 0 {
		return 0, 0, false
	}
	return z.order.rank(r), scoredAt(r).score, true
}

// ZScan calls f for the members of the next bucket behind cursor and returns
// the cursor to go on with, 0 at the end. A small sorted set comes whole,
// whatever the cursor. f must not change the set.
func (e *Entry) ZScan(cursor uint64, f func(Element, float64)) uint64 {
	if e.encoding() == encPack {
		it := e.ZRange(0, e.ZLen(), false)
		for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
			f(m, score)
		}
		return 0
	}
	return zsetAt(*e.slot()).members.Scan(cursor, func(r arena.Ref) {
		n := scoredAt(r)
		f(Element{Bytes: n.member()}, n.score)
	})
}
