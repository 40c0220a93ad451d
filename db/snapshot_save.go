package db

import (
	"slices"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// stale reports whether a snapshot has yet to be told of e.
func (k *Keyspace) stale(e *Entry) bool { return (e.flags^k.epoch)&flagEpoch != 0 }

// change is called before anything of e changes, its deadline included, or it
// goes; what is in the object of a large value has functions of its own to be
// called as well.
func (d *DB) change(e *Entry) {
	if d.keys.stale(e) {
		d.keys.saveEntry(&d.contents, e)
	}
}

// checkSaved asserts that change was called.
func (k *Keyspace) checkSaved(e *Entry) {
	if invariants.Enabled {
		invariants.Check(!k.stale(e), "db: a key changes that a snapshot was not told of")
	}
}

// saveEntry tells the snapshot of e, which is in c, or opens it.
func (k *Keyspace) saveEntry(c *contents, e *Entry) {
	e.flags ^= flagEpoch
	if c.savedAs == 0 {
		return // it was flushed before the snapshot began
	}
	s := k.snap
	s.told++
	info := k.keyInfo(int(c.savedAs)-1, e)
	switch {
	case e.encoding() != encObject:
		e.visitSmall(s.sink.Key(info))
	case k.isLarge(e):
		k.openEntry(info, e)
	default:
		k.tellObject(e, s.sink.Key(info))
	}
}

// isLarge reports whether e, which has an object, is told in parts.
func (k *Keyspace) isLarge(e *Entry) bool {
	limits := k.snapLimits
	switch e.Type() {
	case TypeList:
		return e.list().nodes > uint64(limits.nodes)
	case TypeSet:
		return setTableAt(*e.slot()).Len() > limits.elements
	case TypeHash:
		return hashAt(*e.slot()).fields.Len() > limits.elements
	case TypeZSet:
		return zsetAt(*e.slot()).members.Len() > limits.elements
	}
	s := e.Stream()
	if s.packs.count > int64(limits.nodes) || s.Groups() > limits.elements {
		return true
	}
	pending := int64(0)
	for i := range s.Groups() {
		pending += s.GroupAt(i).elements()
	}
	return pending > int64(limits.elements)
}

// tellObject tells v of all of e, which has an object, and marks its elements.
func (k *Keyspace) tellObject(e *Entry, v ValueVisitor) {
	switch slot := *e.slot(); e.Type() {
	case TypeList:
		l := e.list()
		v.List(int(l.nodes))
		for n := nodeAt(l.head); n != nil; n = nodeAt(n.next) {
			n.epoch = k.epoch
			n.visit(n.order, v)
		}
	case TypeSet:
		t := setTableAt(slot)
		v.Set(t.Len())
		eachMember(t, func(r arena.Ref) {
			flipMember(r)
			v.Member(Element{Bytes: memberBytes(r)})
		})
	case TypeHash:
		h := hashAt(slot)
		v.Hash(h.fields.Len(), h.volatile > 0)
		h.each(func(f *hashField) {
			f.nameLen ^= fieldEpoch
			f.visit(v)
		})
	case TypeZSet:
		z := zsetAt(slot)
		v.ZSet(z.members.Len())
		for r := leftmost(z.order.root); r != 0; r = following(r) {
			n := scoredAt(r)
			n.length ^= memberEpoch
			v.Scored(Element{Bytes: n.member()}, n.score)
		}
	default:
		s := e.Stream()
		s.epoch = k.epoch
		s.visit(v)
		for i := range s.Groups() {
			s.GroupAt(i).epoch = k.epoch
		}
	}
}

// openKey is a key that is told in parts.
type openKey struct {
	id   int
	kind Type
	// object is what the walk goes through; walked says that there is nothing left
	// for it, because it was at the end or the object is dying.
	object arena.Ref
	walked bool
	// others are objects that got a part of the elements.
	others []arena.Ref
	left   int64 // elements, nodes, packs and groups to be told

	cursor uint64    // of the table of a set or hash; the next group of a stream
	at     arena.Ref // next node of a list, next member of a sorted set

	// The packs of a stream to be told are those from next to last but for early:
	// these were told out of turn, or are new. packs is their number.
	next, last StreamID
	early      map[StreamID]struct{}
	packs      int64
	frozen     []*frozenGroup // large groups, to be told behind the packs
	// misses are the groups looked at in vain since the last one that was told or
	// since their number, groups, changed.
	misses, groups int
}

// openEntry opens e.
func (k *Keyspace) openEntry(info KeyInfo, e *Entry) {
	s := k.snap
	s.lastID++
	o := &openKey{id: s.lastID, kind: e.Type(), object: arena.Ref(*e.slot())}
	v := s.sink.Open(o.id, info)
	switch slot := *e.slot(); o.kind {
	case TypeList:
		l := e.list()
		o.left, o.at = int64(l.nodes), l.head
		v.List(int(o.left))
	case TypeSet:
		o.left = int64(setTableAt(slot).Len())
		v.Set(int(o.left))
	case TypeHash:
		h := hashAt(slot)
		o.left = int64(h.fields.Len())
		v.Hash(int(o.left), h.volatile > 0)
	case TypeZSet:
		z := zsetAt(slot)
		o.left, o.at = int64(z.members.Len()), leftmost(z.order.root)
		v.ZSet(int(o.left))
	default:
		x := e.Stream()
		x.epoch = k.epoch
		o.packs = x.packs.count
		o.left = o.packs + int64(x.Groups())
		if o.packs > 0 {
			o.last = x.packs.end().id()
		}
		v.Stream(x.info())
	}
	s.objects[o.object] = o
	s.open = append(s.open, o)
}

// told notes that n elements of o were told, and closes it after the last one.
func (k *Keyspace) told(o *openKey, n int64) {
	if o.left -= n; o.left > 0 {
		return
	}
	if o.left < 0 {
		panic("BUG: db: more of a key was told than there was")
	}
	s := k.snap
	for _, r := range append(o.others, o.object) {
		if s.objects[r] == o {
			delete(s.objects, r)
		}
	}
	i := slices.Index(s.open, o)
	s.open = slices.Delete(s.open, i, i+1)
	s.sink.Close(o.id)
}

// openAt returns the open key with elements in the object at r, or nil.
func (k *Keyspace) openAt(r arena.Ref) *openKey {
	if k.snap == nil {
		return nil
	}
	return k.snap.objects[r]
}

// mustOpen is openAt for an object in which something was found to be stale. It
// has a key, so it is open.
func (k *Keyspace) mustOpen(r arena.Ref) *openKey {
	o := k.openAt(r)
	if o == nil {
		panic("BUG: db: an element changes that a snapshot was not told of")
	}
	return o
}

// dyingAt is openAt for an object that is being drained.
func (k *Keyspace) dyingAt(slot uint64) *openKey {
	o := k.openAt(arena.Ref(slot))
	if o != nil && o.object == arena.Ref(slot) {
		o.walked = true
	}
	return o
}

// freed says that the object of o is freed, which may have groups to be told yet.
// Another object may come to lie there.
func (k *Keyspace) freed(o *openKey) {
	if o != nil && k.openAt(o.object) == o {
		delete(k.snap.objects, o.object)
	}
}

// shareOpen says that the list to gets nodes of from.
func (k *Keyspace) shareOpen(from, to *list) {
	if o := k.openAt(from.ref()); o != nil {
		o.others = append(o.others, to.ref())
		k.snap.objects[to.ref()] = o
	}
}

// forgetList says that l has no nodes left and goes.
func (k *Keyspace) forgetList(l *list) {
	if c := &k.compaction; c.part.list == l.ref() {
		c.part.list, c.part.node = noList, 0
	}
	if o := k.openAt(l.ref()); o != nil {
		delete(k.snap.objects, l.ref())
		o.walked = o.walked || o.object == l.ref()
	}
}
