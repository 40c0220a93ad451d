package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// A consumer group cannot be told of entry by entry out of turn, as its entries
// stand in a file twice, in the order of their IDs and by their consumers. So a
// large one is frozen when its turn comes or before it changes, which looks at
// its consumers and at none of its entries, and is told of in order and in parts
// from its frozen trees, whatever becomes of it meanwhile. A small one is told
// whole.

// frozenGroup is what a large group was, as far as that was not told.
type frozenGroup struct {
	info      GroupInfo
	begun     bool
	pending   frozenTree
	consumers []frozenConsumer // those not told to their end
}

type frozenConsumer struct {
	info    ConsumerInfo
	begun   bool
	pending frozenTree
}

// elements is how many entries and consumers the group has.
func (g *Group) elements() int64 { return g.pending.count + int64(g.consumers.count) }

// saveGroup is called before g changes or goes.
func (k *Keyspace) saveGroup(s *Stream, g *Group) {
	if g.epoch != k.epoch {
		k.tellGroup(k.mustOpen(arena.RefOf(unsafe.Pointer(s))), g, true)
	}
}

// tellGroup tells of g, which is stale, or freezes it.
func (k *Keyspace) tellGroup(o *openKey, g *Group, early bool) {
	g.epoch = k.epoch
	if g.elements() > int64(k.snapLimits.elements) {
		o.frozen = append(o.frozen, g.freeze())
		return
	}
	g.visit(k.snap.sink.Part(o.id, early))
	k.told(o, 1)
}

func (g *Group) freeze() *frozenGroup {
	f := &frozenGroup{info: g.info(), pending: g.pending.freeze(), consumers: make([]frozenConsumer, g.Consumers())}
	// The names may go before they are told.
	names := append([]byte(nil), g.Name()...)
	for i := range f.consumers {
		names = append(names, g.ConsumerAt(i).Name()...)
	}
	cut := func(n int) (name []byte) {
		name, names = names[:n:n], names[n:]
		return name
	}
	f.info.Name = cut(len(f.info.Name))
	for i := range f.consumers {
		c := g.ConsumerAt(i)
		f.consumers[i] = frozenConsumer{info: c.info(), pending: c.pending.freeze()}
		f.consumers[i].info.Name = cut(len(c.Name()))
	}
	return f
}

// checkSaved asserts that the group came from GroupToWrite.
func (g *Group) checkSaved(k *Keyspace) {
	if invariants.Enabled {
		invariants.Check(g.epoch == k.epoch, "db: a group changes that a snapshot was not told of")
	}
}

// frozenReady reports whether groups are frozen whose turn it is: the packs
// come first.
func (o *openKey) frozenReady() bool { return o.packs == 0 && len(o.frozen) > 0 }

// walkFrozen tells some of the first frozen group.
func (k *Keyspace) walkFrozen(o *openKey) {
	f := o.frozen[0]
	if !f.tell(k.arena, k.snap.sink.Part(o.id, false)) {
		return
	}
	o.frozen[0], o.frozen = nil, o.frozen[1:]
	k.told(o, 1)
}

// tell tells v of about partElements of what comes next, and reports whether that
// was the end.
func (f *frozenGroup) tell(a *arena.Arena, v ValueVisitor) (end bool) {
	if !f.begun {
		v.Group(f.info)
		f.begun = true
	}
	for n := 0; n < partElements; {
		if leaf := f.pending.leaf(); leaf != nil {
			for i := range int(leaf.count) {
				p := (*Pending)(leaf.value(i))
				v.Pending(leaf.key(i), p.DeliveredMs, uint64(p.Deliveries))
			}
			n += int(leaf.count)
			f.pending.pass(a)
			continue
		}
		if len(f.consumers) == 0 {
			return true
		}
		c := &f.consumers[0]
		if !c.begun {
			v.Consumer(c.info)
			c.begun = true
			n++
		}
		leaf := c.pending.leaf()
		if leaf == nil {
			f.consumers = f.consumers[1:]
			continue
		}
		for i := range int(leaf.count) {
			v.ConsumerPending(leaf.key(i))
		}
		n += int(leaf.count)
		c.pending.pass(a)
	}
	return false
}
