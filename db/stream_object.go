package db

import (
	"unsafe"

	"basalt/db/arena"
)

// drain is objectOps.drain: packs first, then the groups.
func (s *Stream) drain(k *Keyspace, n int) bool {
	o := k.dyingAt(uint64(arena.RefOf(unsafe.Pointer(s))))
	free := func(id StreamID, value unsafe.Pointer) {
		slot := *(*packSlot)(value)
		if o != nil && o.holds(id) {
			k.tellPack(o, id, slot)
		}
		k.freePack(slot)
	}
	for s.packs.root != 0 {
		if n <= 0 {
			return false
		}
		n -= s.packs.drain(k.arena, free)
	}
	for s.groups.count > 0 {
		if n <= 0 {
			return false
		}
		g := s.GroupAt(int(s.groups.count) - 1)
		if o != nil && g.epoch != k.epoch {
			k.tellGroup(o, g, true)
			n -= drainUnsaved
		}
		if !g.drain(k, &n) {
			return false
		}
		s.groups.count--
		n--
	}
	s.groups.resize(k.arena, 0)
	k.freed(o)
	k.arena.Free(unsafe.Pointer(s), streamSize, arena.Node)
	return true
}

// copy is objectOps.copy.
func (s *Stream) copy(k *Keyspace) *Stream {
	c := (*Stream)(k.arena.AllocZero(streamSize, arena.Node))
	*c = *s
	c.epoch = k.epoch
	c.packs = s.packs.copy(k.arena)
	for pos := c.packs.first(); pos.node != nil; pos = c.packs.next(pos) {
		from := slotOf(pos).pack()
		slot := k.newPackBytes(len(from))
		copy(slot.bytes(), from)
		*slotOf(pos) = slot
	}
	c.groups = nameList{}
	for i := range s.Groups() {
		c.groups.insert(k.arena, i, &s.GroupAt(i).copy(k).named)
	}
	return c
}

func (g *Group) copy(k *Keyspace) *Group {
	c := newGroup(k, g.Name())
	c.LastID, c.Read = g.LastID, g.Read
	c.pending = g.pending.copy(k.arena)
	for i := range g.Consumers() {
		from := g.ConsumerAt(i)
		to := (*Consumer)(unsafe.Pointer(newNamed(k.arena, consumerSize, from.Name())))
		to.SeenMs, to.ActiveMs = from.SeenMs, from.ActiveMs
		to.pending = from.pending.copy(k.arena)
		for p := to.pending.first(); p.node != nil; p = to.pending.next(p) {
			c.Pending(p.id()).owner = arena.RefOf(unsafe.Pointer(to))
		}
		c.consumers.insert(k.arena, i, &to.named)
	}
	return c
}

// sizeSamples is how many packs size looks at from each end.
const sizeSamples = 8

// size is objectOps.size: nodes by their number, packs by some of them.
func (s *Stream) size() int {
	n := arena.ClassSize(streamSize) + s.packs.size() + s.groups.size()
	samples, bytes := 0, 0
	for pos := s.packs.first(); pos.node != nil && samples < sizeSamples; pos = s.packs.next(pos) {
		bytes += slotOf(pos).capacity()
		samples++
	}
	for pos := s.packs.end(); pos.node != nil && samples < 2*sizeSamples; pos = s.packs.prev(pos) {
		bytes += slotOf(pos).capacity()
		samples++
	}
	if samples > 0 {
		n += int(int64(bytes) * s.packs.count / int64(samples))
	}
	for i := range s.Groups() {
		g := s.GroupAt(i)
		n += arena.ClassSize(g.named.size()) + g.pending.size() + g.consumers.size()
		for j := range g.Consumers() {
			c := g.ConsumerAt(j)
			n += arena.ClassSize(c.named.size()) + c.pending.size()
		}
	}
	return n
}
