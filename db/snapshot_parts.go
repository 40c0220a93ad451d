package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/table"
	"basalt/internal/invariants"
)

// What follows tells of elements of open keys. The functions save... are called
// before something of an element changes or it goes, and tell of it if it is
// stale; tell... tell of one that is.

// partElements is about how many elements the walk tells in one go, partNodes
// how many nodes and packs.
const (
	partElements = 64
	partNodes    = 8
	// groupTurns is how often the walk goes over all groups of a stream without
	// finding one, while their number stays, before it takes that for an error.
	groupTurns = 100
)

func memberStale(r arena.Ref, epoch uint8) bool { return (*(*uint8)(r.Ptr())^epoch)&memberEpoch != 0 }

func flipMember(r arena.Ref) { *(*uint8)(r.Ptr()) ^= memberEpoch }

func (k *Keyspace) saveMember(t *table.Table, r arena.Ref) {
	if memberStale(r, k.epoch) {
		k.tellMember(k.mustOpen(arena.RefOf(unsafe.Pointer(t))), r)
	}
}

func (k *Keyspace) tellMember(o *openKey, r arena.Ref) {
	flipMember(r)
	k.snap.sink.Part(o.id, true).Member(Element{Bytes: memberBytes(r)})
	k.told(o, 1)
}

func (f *hashField) stale(epoch uint8) bool { return (f.nameLen^epoch)&fieldEpoch != 0 }

func (k *Keyspace) saveField(h *hash, f *hashField) {
	if f.stale(k.epoch) {
		k.tellField(k.mustOpen(arena.RefOf(unsafe.Pointer(h))), f)
	}
}

func (k *Keyspace) tellField(o *openKey, f *hashField) {
	f.nameLen ^= fieldEpoch
	f.visit(k.snap.sink.Part(o.id, true))
	k.told(o, 1)
}

func (n *scored) stale(epoch uint8) bool { return (n.length^epoch)&memberEpoch != 0 }

func (k *Keyspace) saveScored(z *zset, r arena.Ref) {
	if scoredAt(r).stale(k.epoch) {
		k.tellScored(k.mustOpen(arena.RefOf(unsafe.Pointer(z))), r)
	}
}

func (k *Keyspace) tellScored(o *openKey, r arena.Ref) {
	n := scoredAt(r)
	n.length ^= memberEpoch
	k.snap.sink.Part(o.id, true).Scored(Element{Bytes: n.member()}, n.score)
	k.told(o, 1)
}

// passScored is called before the member r leaves the tree of z.
func (k *Keyspace) passScored(z *zset, r arena.Ref) {
	if k.snap != nil {
		if o := k.openAt(arena.RefOf(unsafe.Pointer(z))); o != nil && o.at == r {
			o.at = following(r)
		}
	}
}

func (l *list) ref() arena.Ref { return arena.RefOf(unsafe.Pointer(l)) }

func (k *Keyspace) saveNode(l *list, n *listNode) {
	if n.epoch != k.epoch {
		k.tellNode(k.mustOpen(l.ref()), n)
	}
}

func (k *Keyspace) tellNode(o *openKey, n *listNode) {
	n.epoch = k.epoch
	n.visit(n.order, k.snap.sink.Part(o.id, true))
	k.told(o, 1)
}

// passNode is called before n leaves l.
func (k *Keyspace) passNode(l *list, n *listNode) {
	if c := &k.compaction; c.part.node == n.ref() {
		c.part.node = n.next
	}
	if k.snap != nil {
		if o := k.openAt(l.ref()); o != nil && o.at == n.ref() {
			o.at = n.next
		}
	}
}

// holds reports whether the pack with that ID, which is in the stream, has yet
// to be told.
func (o *openKey) holds(id StreamID) bool {
	if o.packs == 0 || id.Less(o.next) || o.last.Less(id) {
		return false
	}
	_, told := o.early[id]
	return !told
}

// passPack notes that the pack with that ID needs not be told.
func (o *openKey) passPack(id StreamID) {
	if o.early == nil {
		o.early = map[StreamID]struct{}{}
	}
	o.early[id] = struct{}{}
}

// savePack is called before the pack at pos of s changes or goes.
func (k *Keyspace) savePack(s *Stream, pos treePos) {
	if invariants.Enabled {
		invariants.Check(s.epoch == k.epoch, "db: a stream changes that a snapshot was not told of")
	}
	if k.snap == nil {
		return
	}
	o, id := k.openAt(arena.RefOf(unsafe.Pointer(s))), pos.id()
	if o == nil || !o.holds(id) {
		return
	}
	// Who trims takes one pack after the other where the walk is.
	if s.packs.ceiling(o.next) == pos {
		o.pass(id)
	} else {
		o.passPack(id)
	}
	k.tellPack(o, id, *slotOf(pos))
}

// pass moves the walk over packs behind id.
func (o *openKey) pass(id StreamID) { o.next, _ = id.Next() }

// notePack is called for each new pack of s.
func (k *Keyspace) notePack(s *Stream, id StreamID) {
	if k.snap != nil {
		if o := k.openAt(arena.RefOf(unsafe.Pointer(s))); o != nil && o.holds(id) {
			o.passPack(id) // IDs can go back when the last entries are deleted
		}
	}
}

func (k *Keyspace) tellPack(o *openKey, id StreamID, slot packSlot) {
	o.packs--
	k.snap.sink.Part(o.id, true).StreamPack(id, slot.pack())
	k.told(o, 1)
}

// partWriter begins a part of the walk with the first element that it has.
type partWriter struct {
	k *Keyspace
	o *openKey
	v ValueVisitor
	n int64
}

// next returns who is told of one more element.
func (w *partWriter) next() ValueVisitor {
	if w.n++; w.n == 1 {
		w.v = w.k.snap.sink.Part(w.o.id, false)
	}
	return w.v
}

// walkOpen tells some of the elements of o.
func (k *Keyspace) walkOpen(o *openKey) {
	w := partWriter{k: k, o: o}
	end := false
	switch o.kind {
	case TypeList:
		end = k.walkNodes(&w)
	case TypeSet:
		for i := 0; i < partElements && !end; i++ {
			o.cursor = setTableAt(uint64(o.object)).Scan(o.cursor, func(r arena.Ref) {
				if i++; memberStale(r, k.epoch) {
					flipMember(r)
					w.next().Member(Element{Bytes: memberBytes(r)})
				}
			})
			end = o.cursor == 0
		}
	case TypeHash:
		for i := 0; i < partElements && !end; i++ {
			o.cursor = hashAt(uint64(o.object)).fields.Scan(o.cursor, func(r arena.Ref) {
				if i++; fieldAt(r).stale(k.epoch) {
					fieldAt(r).nameLen ^= fieldEpoch
					fieldAt(r).visit(w.next())
				}
			})
			end = o.cursor == 0
		}
	case TypeZSet:
		for i := 0; i < partElements && o.at != 0; i++ {
			if n := scoredAt(o.at); n.stale(k.epoch) {
				n.length ^= memberEpoch
				w.next().Scored(Element{Bytes: n.member()}, n.score)
			}
			o.at = following(o.at)
		}
		end = o.at == 0
	default:
		end = k.walkStream(&w)
	}
	if end && o.left != w.n {
		if len(o.others) == 0 {
			panic("BUG: db: elements of a key were not found by a snapshot")
		}
		o.walked = true // the others are dying
	}
	if w.n > 0 {
		k.told(o, w.n)
	}
}

func (k *Keyspace) walkNodes(w *partWriter) (end bool) {
	o := w.o
	for i := 0; i < partElements && w.n < partNodes && o.at != 0; i++ {
		n := nodeAt(o.at)
		if n.epoch != k.epoch {
			n.epoch = k.epoch
			n.visit(n.order, w.next())
		}
		o.at = n.next
	}
	return o.at == 0
}

func (k *Keyspace) walkStream(w *partWriter) (end bool) {
	o := w.o
	s := streamAt(uint64(o.object))
	if o.packs > 0 {
		pos := s.packs.ceiling(o.next)
		for i := 0; i < partElements && w.n < partNodes && o.packs > 0; i++ {
			id := pos.id()
			if o.holds(id) {
				o.packs--
				w.next().StreamPack(id, slotOf(pos).pack())
			}
			delete(o.early, id)
			pos = s.packs.next(pos)
			o.pass(id)
		}
		return false
	}
	// Groups come and go, so that some may be looked at twice, or in a second
	// turn only.
	for i := 0; i < partElements && o.left > 0; i++ {
		if o.cursor >= uint64(s.Groups()) {
			o.cursor = 0
		}
		g := s.GroupAt(int(o.cursor))
		o.cursor++
		if g.epoch != k.epoch {
			o.misses = 0
			k.tellGroup(o, g, false)
			break
		}
		if s.Groups() != o.groups {
			o.groups, o.misses = s.Groups(), 0
		}
		if o.misses++; o.misses > groupTurns*(s.Groups()+partElements) {
			panic("BUG: db: groups of a stream were not found by a snapshot")
		}
	}
	return false
}
