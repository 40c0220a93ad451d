package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/table"
)

// zset is the object of a large sorted set; see scored.
type zset struct {
	members table.Table
	order   tree
}

// scoredKind is the table of a sorted set.
var scoredKind = table.Kind{
	Hash:    func(r arena.Ref) uint64 { return Hash(scoredAt(r).member()) },
	Purpose: arena.Table,
}

func (k *Keyspace) scoredSpace() table.Space { return table.Space{Arena: k.arena, Kind: &scoredKind} }

// zsetObject is what the keyspace does with large sorted sets.
var zsetObject = objectOps{name: "skiplist", drain: drainZSet, copy: copyZSet, size: zsetSize}

func zsetAt(slot uint64) *zset { return (*zset)(arena.Ref(slot).Ptr()) }

// newZSet allocates an empty object.
func (k *Keyspace) newZSet() *zset {
	z := (*zset)(k.arena.AllocZero(int(unsafe.Sizeof(zset{})), arena.Node))
	z.members.Init(k.scoredSpace())
	return z
}

func (z *zset) slot() uint64 { return uint64(arena.RefOf(unsafe.Pointer(z))) }

// find returns the member of these bytes, 0 if there is none. Most hits are the
// first candidate of their bucket.
func (z *zset) find(hash uint64, b []byte) arena.Ref {
	r := z.members.First(hash)
	if r == 0 || string(scoredAt(r).member()) != string(b) {
		r, _ = z.locate(hash, b)
	}
	return r
}

// locate is find with the place in the table.
func (z *zset) locate(hash uint64, b []byte) (arena.Ref, table.Probe) {
	p := z.members.Find(hash)
	for {
		r := p.Next()
		if r == 0 || string(scoredAt(r).member()) == string(b) {
			return r, p
		}
	}
}

// zsetInsert adds a member that is not there.
func (k *Keyspace) zsetInsert(z *zset, hash uint64, b []byte, score float64) {
	r := k.newScored(score, b)
	z.members.Insert(k.scoredSpace(), hash, r)
	z.order.insert(r)
}

// zsetCut takes out the member at p and frees it.
func (k *Keyspace) zsetCut(z *zset, r arena.Ref, p *table.Probe) {
	k.saveScored(z, r)
	k.passScored(z, r)
	p.Remove()
	z.members.Step(k.scoredSpace(), 1)
	z.order.remove(r)
	k.freeScored(r)
}

// cutBetween takes out n members from r on.
func (k *Keyspace) cutBetween(z *zset, r arena.Ref, n int) {
	for ; n > 0; n-- {
		next := following(r)
		p := z.members.Find(Hash(scoredAt(r).member()))
		for other := p.Next(); other != r; other = p.Next() {
			if other == 0 {
				panic("BUG: db: member is not in its sorted set")
			}
		}
		k.zsetCut(z, r, &p)
		r = next
	}
}

// dropZSet frees an object that no key has.
func (k *Keyspace) dropZSet(z *zset) {
	if slot := z.slot(); !drainZSet(k, slot, drainNow) {
		k.bury(&dyingObject{&zsetObject, slot})
	}
}

func drainZSet(k *Keyspace, slot uint64, n int) bool {
	z, o := zsetAt(slot), k.dyingAt(slot)
	if !z.members.Drain(k.scoredSpace(), n, func(r arena.Ref) {
		if o != nil && scoredAt(r).stale(k.epoch) {
			k.tellScored(o, r)
		}
		k.freeScored(r)
	}) {
		return false
	}
	k.arena.Free(unsafe.Pointer(z), int(unsafe.Sizeof(*z)), arena.Node)
	return true
}

func copyZSet(k *Keyspace, slot uint64) uint64 {
	to := k.newZSet()
	to.order.root = k.copySubtree(to, zsetAt(slot).order.root, 0)
	return to.slot()
}

// copySubtree copies the subtree r, which has the shape of the original, to
// below up. It goes as deep as the tree is high: less than 47 levels.
func (k *Keyspace) copySubtree(to *zset, r, up arena.Ref) arena.Ref {
	if r == 0 {
		return 0
	}
	n := scoredAt(r)
	b := n.member()
	copied := k.newScored(n.score, b)
	to.members.Insert(k.scoredSpace(), Hash(b), copied)
	c := scoredAt(copied)
	c.before, c.balance = n.before, n.balance
	c.setLink(parent, up)
	c.setLink(left, k.copySubtree(to, n.link(left), copied))
	c.setLink(right, k.copySubtree(to, n.link(right), copied))
	return copied
}

func zsetSize(slot uint64) int {
	z := zsetAt(slot)
	members, bytes := 0, 0
	f := func(r arena.Ref) {
		bytes += arena.ClassSize(scoredSize(len(scoredAt(r).member())))
		members++
	}
	for cursor := z.members.Scan(0, f); cursor != 0 && members < sizeSample; {
		cursor = z.members.Scan(cursor, f)
	}
	size := int(unsafe.Sizeof(*z)) + int(z.members.Stats().Bytes)
	if members > 0 {
		size += int(float64(bytes) / float64(members) * float64(z.members.Len()))
	}
	return size
}
