package db

import (
	"math"
	"time"
	"unsafe"

	"basalt/db/arena"
	"basalt/db/table"
)

// Compaction moves keys, values and elements out of slabs of the arena that few
// blocks are left in, so that these go back to the system (arena/compact.go). A
// pass chooses the slabs, goes through all keys, and lets the arena use again
// what could not be emptied: tables, the groups of streams, and hashes with
// deadlines stay where they are. Values in pages of their own leave no gaps.
//
// It goes on in slices, and stands still while a snapshot runs: that remembers
// where things are.

// CompactStats is what compaction has done.
type CompactStats struct {
	// Moved and Kept are the blocks that were moved, and that lay well.
	Moved, Kept int64
	// KeysMoved and KeysKept are the keys with and without a block that was moved.
	KeysMoved, KeysKept int64
}

type compactPhase uint8

const (
	compactIdle compactPhase = iota
	compactChoose
	compactKeys
	compactEnd
)

// compactLimits is what is gone through at once.
type compactLimits struct {
	whole int // elements of the collections in a bucket
	part  int // of one that is too large for that
	// everything is moved, wherever it is: in tests.
	everything bool
}

var defaultCompactLimits = compactLimits{whole: 256, part: 64}

// compaction is what is known from one slice to the next.
type compaction struct {
	CompactStats
	limits compactLimits
	phase  compactPhase
	compactPass
	// refs and elements are those of a bucket: no table changes while it is scanned.
	refs, elements []arena.Ref
}

// compactPass is where a pass is.
type compactPass struct {
	db     int    // that is gone through
	cursor uint64 // in its table
	room   int    // of compactLimits.whole, what is left for the bucket
	// large are the keys of the last bucket that are gone through in parts, and
	// part is where in the first of them that is. They are looked up anew for each
	// part, as they may have gone meanwhile.
	large []largeKey
	part  partial
}

type largeKey struct {
	db    int
	key   []byte
	moved bool
}

// partial is a place in a large collection.
type partial struct {
	cursor uint64    // in a table
	id     StreamID  // next pack of a stream
	list   arena.Ref // the list that node, the next one, is in; 0 at the beginning
	node   arena.Ref
}

const (
	// compactRows is how many rows of 64 KiB are looked at between two looks at
	// the clock, about 50 µs.
	compactRows = 1024
	// noList is none, not even the list that is made where one was freed.
	noList = arena.Ref(1<<64 - 1)
)

// CompactStats returns what compaction has done since the start.
func (k *Keyspace) CompactStats() CompactStats { return k.compaction.CompactStats }

// ResetCompactStats has CompactStats count from 0.
func (k *Keyspace) ResetCompactStats() { k.compaction.CompactStats = CompactStats{} }

// Compacting reports whether a pass is under way.
func (k *Keyspace) Compacting() bool { return k.compaction.phase != compactIdle }

// Compact goes on with a pass for about budget, and begins one if there is none.
// It reports whether the pass is over. Nothing is moved if that would win less
// than least bytes. While a snapshot runs it does nothing.
func (k *Keyspace) Compact(budget time.Duration, least int64) (done bool) {
	if k.snap != nil {
		return false
	}
	c := &k.compaction
	for start := time.Now(); ; {
		switch c.phase {
		case compactIdle:
			c.phase, c.compactPass = compactChoose, compactPass{}
		case compactChoose:
			if k.arena.Choose(compactRows) {
				if c.phase = compactKeys; k.arena.Chosen() < least {
					c.phase = compactEnd
				}
			}
		case compactKeys:
			k.compactSome()
		case compactEnd:
			if k.arena.Stay(compactRows) {
				c.phase = compactIdle
				return true
			}
		}
		if time.Since(start) >= budget {
			return false
		}
	}
}

// StopCompacting ends a pass where it is. Compact has to be called on, until it
// reports that the pass is over.
func (k *Keyspace) StopCompacting() {
	if c := &k.compaction; c.phase != compactIdle {
		c.phase, c.part = compactEnd, partial{}
	}
}

// compactSome goes on with a large collection, or goes through the keys of the
// next bucket.
func (k *Keyspace) compactSome() {
	c := &k.compaction
	switch {
	case len(c.large) > 0:
		x, before := &c.large[0], c.Moved
		done := k.dbs[x.db].compactLarge(x.key)
		if x.moved = x.moved || c.Moved != before; done {
			c.countKey(x.moved)
			c.large, c.part = c.large[1:], partial{}
		}
		return
	case c.db == len(k.dbs):
		c.phase = compactEnd
		return
	}
	d := k.dbs[c.db]
	c.refs, c.large = c.refs[:0], nil
	next := d.table.Scan(c.cursor, func(r arena.Ref) { c.refs = append(c.refs, r) })
	c.room = c.limits.whole
	for _, r := range c.refs {
		d.compactKey(entryAt(r))
	}
	if c.cursor = next; next == 0 {
		c.db++
	}
}

func (c *compaction) countKey(moved bool) {
	if moved {
		c.KeysMoved++
	} else {
		c.KeysKept++
	}
}

// leaves reports whether a block is in a slab that is to be left.
func (k *Keyspace) leaves(p unsafe.Pointer, size int) bool {
	if arena.Leaving(p, size) || k.compaction.limits.everything {
		return true
	}
	k.compaction.Kept++
	return false
}

// move moves a block, and returns where it is then.
func (k *Keyspace) move(p unsafe.Pointer, size int, purpose arena.Purpose) unsafe.Pointer {
	k.compaction.Moved++
	return k.arena.Move(p, size, purpose)
}

// compactRef moves the block that r refers to, and nothing else does, if it has to.
func (k *Keyspace) compactRef(r *uint64, size int, purpose arena.Purpose) {
	if p := arena.Ref(*r).Ptr(); k.leaves(p, size) {
		*r = uint64(arena.RefOf(k.move(p, size, purpose)))
	}
}

func (k *Keyspace) compactBlock(slot *uint64) {
	k.compactRef(slot, (*block)(arena.Ref(*slot).Ptr()).size(), arena.Value)
}

func (k *Keyspace) compactPack(s *packSlot) {
	if p, n := unsafe.Pointer(unsafe.SliceData(s.bytes())), s.capacity(); k.leaves(p, n) {
		*s = makePackSlot(k.move(p, n, arena.Pack), n)
	}
}

// compactKey moves what has to be moved of e, or notes that it is large.
func (d *DB) compactKey(e *Entry) {
	k := d.keys
	c := &k.compaction
	before, large := c.Moved, false
	switch e.encoding() {
	case encBlock:
		k.compactBlock(e.slot())
	case encPack, encIntset:
		k.compactPack((*packSlot)(e.slot()))
	case encObject:
		if large = e.pieces() > c.room; !large {
			c.room -= e.pieces()
			k.compactObject(e, &partial{}, math.MaxInt)
		}
	}
	if k.leaves(unsafe.Pointer(e), e.size()) {
		at := d.locate(Hash(e.Key()), e)
		e = (*Entry)(k.move(unsafe.Pointer(e), e.size(), arena.Keyspace))
		at.Replace(e.ref())
		if e.hasDeadline() {
			d.wheel.Moved(e.node())
		}
		d.homeHash(e)
	}
	if large {
		c.large = append(c.large, largeKey{d.index, append([]byte(nil), e.Key()...), c.Moved != before})
	} else {
		c.countKey(c.Moved != before)
	}
}

// compactLarge goes on with the collection under key, and reports whether
// nothing of it is left to be looked at.
func (d *DB) compactLarge(key []byte) (done bool) {
	e := d.Entry(key, Hash(key))
	c := &d.keys.compaction
	return e == nil || e.encoding() != encObject || d.keys.compactObject(e, &c.part, c.limits.part)
}

// pieces returns how many nodes, packs or elements the object of e has.
func (e *Entry) pieces() int {
	switch slot := *e.slot(); e.Type() {
	case TypeList:
		return int(e.list().nodes)
	case TypeSet:
		return setTableAt(slot).Len()
	case TypeHash:
		return hashAt(slot).fields.Len()
	case TypeZSet:
		return zsetAt(slot).members.Len()
	}
	return int(e.Stream().packs.count)
}

// compactObject goes through about n pieces of the object of e from at on, and
// behind the last one moves the object itself. It reports whether it did.
func (k *Keyspace) compactObject(e *Entry, at *partial, n int) (done bool) {
	switch slot := e.slot(); e.Type() {
	case TypeList:
		if done = k.compactList(e.list(), at, n); done && at.list != noList {
			k.compactRef(slot, listSize, arena.Node)
		}
	case TypeSet:
		t := setTableAt(*slot)
		if done = k.compactTable(t, at, n, func(r arena.Ref) { k.compactMember(t, r) }); done {
			k.compactRef(slot, int(unsafe.Sizeof(*t)), arena.Node)
		}
	case TypeHash:
		h := hashAt(*slot)
		done = k.compactTable(&h.fields, at, n, func(r arena.Ref) { k.compactField(h, fieldAt(r)) })
		if done && h.volatile == 0 { // else the fields refer to it
			k.compactRef(slot, hashBytes, arena.Node)
		}
	case TypeZSet:
		z := zsetAt(*slot)
		if done = k.compactTable(&z.members, at, n, func(r arena.Ref) { k.compactScored(z, r) }); done {
			k.compactRef(slot, int(unsafe.Sizeof(*z)), arena.Node)
		}
	default:
		done = k.compactStream(e.Stream(), at, n)
	}
	return done
}

// compactTable calls f, which may move it, for about n elements of t from at on.
func (k *Keyspace) compactTable(t *table.Table, at *partial, n int, f func(arena.Ref)) (done bool) {
	for c := &k.compaction; n > 0; {
		c.elements = c.elements[:0]
		at.cursor = t.Scan(at.cursor, func(r arena.Ref) { c.elements = append(c.elements, r) })
		for _, r := range c.elements {
			f(r)
		}
		if at.cursor == 0 {
			return true
		}
		n -= len(c.elements) + 1
	}
	return false
}

func (k *Keyspace) compactMember(t *table.Table, r arena.Ref) {
	n := len(memberBytes(r))
	size := memberHeader(n) + n
	if k.leaves(r.Ptr(), size) {
		at := locateMember(t, r)
		at.Replace(arena.RefOf(k.move(r.Ptr(), size, arena.Node)))
	}
}

func (k *Keyspace) compactField(h *hash, f *hashField) {
	from, size := 0, f.size()
	if f.expires() {
		from = fieldPrefix
	}
	if !k.leaves(f.at(-from), size) {
		return
	}
	_, at := h.find(f.name())
	f = (*hashField)(unsafe.Add(k.move(f.at(-from), size, arena.Node), from))
	at.Replace(f.ref())
	if f.expires() {
		k.fieldWheel.Moved(f.node())
	}
}

func (k *Keyspace) compactScored(z *zset, r arena.Ref) {
	n := scoredAt(r)
	size := scoredSize(len(n.member()))
	if !k.leaves(r.Ptr(), size) {
		return
	}
	_, at := z.locate(Hash(n.member()), n.member())
	to := arena.RefOf(k.move(r.Ptr(), size, arena.Node))
	at.Replace(to)
	z.order.moved(r, to)
}

// moved has what is around a member of the tree, which was at from, refer to it
// at r.
func (t *tree) moved(from, r arena.Ref) {
	n := scoredAt(r)
	t.replaceChild(n.link(parent), from, r)
	for _, side := range [...]uint{left, right} {
		if child := n.link(side); child != 0 {
			scoredAt(child).setLink(parent, r)
		}
	}
}

// compactList goes through n nodes of l.
func (k *Keyspace) compactList(l *list, at *partial, n int) (done bool) {
	switch at.list {
	case 0:
		at.list, at.node = l.ref(), l.head
	case l.ref():
	default:
		at.list = noList
		return true // another one: what it has is new
	}
	for ; n > 0 && at.node != 0; n-- {
		at.node = k.compactNode(l, nodeAt(at.node)).next
	}
	return at.node == 0
}

func (k *Keyspace) compactNode(l *list, n *listNode) *listNode {
	switch n.enc {
	case uint8(encPack):
		k.compactPack((*packSlot)(&n.value))
	case uint8(encBlock):
		k.compactBlock(&n.value)
	}
	if k.leaves(unsafe.Pointer(n), listNodeSize) {
		n = (*listNode)(k.move(unsafe.Pointer(n), listNodeSize, arena.Node))
		l.moved(n)
	}
	return n
}

// moved has what is around a node of l refer to where it is now.
func (l *list) moved(n *listNode) {
	if p := nodeAt(n.prev); p != nil {
		p.next = n.ref()
	} else {
		l.head = n.ref()
	}
	if x := nodeAt(n.next); x != nil {
		x.prev = n.ref()
	} else {
		l.tail = n.ref()
	}
}

// compactStream goes through n packs of s.
func (k *Keyspace) compactStream(s *Stream, at *partial, n int) (done bool) {
	pos := s.packs.ceiling(at.id)
	for ; n > 0 && pos.node != nil; n-- {
		k.compactPack(slotOf(pos))
		pos = s.packs.next(pos)
	}
	if pos.node == nil {
		return true
	}
	at.id = pos.id()
	return false
}
