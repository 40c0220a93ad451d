package db

import (
	"unsafe"

	"basalt/db/arena"
)

// Group is a consumer group of a stream. A pointer to one is good as long as
// the group exists.
//
// An entry that was delivered and not acknowledged is pending: it stands in the
// tree of its group with its Pending, 40 bytes, and by its ID alone, 16 bytes,
// in that of the consumer that has it.
type Group struct {
	named
	// LastID is the ID of the last entry that was delivered.
	LastID StreamID
	// Read is how many entries of the stream come up to LastID, deleted ones
	// counted, or EntriesReadUnknown.
	Read int64

	pending   idTree   // values: Pending
	consumers nameList // of Consumer
	epoch     uint8    // see snapshot.go
}

// Consumer is a member of a group. A pointer to one is good as long as it
// exists.
type Consumer struct {
	named
	// SeenMs and ActiveMs are the Unix times in ms at which it last asked for
	// something, and at which it got something; ActiveNever if it never did.
	SeenMs, ActiveMs int64

	pending idTree // no values
}

// Pending is the state of an entry that was delivered. A pointer to one dies
// with the next change of the group.
type Pending struct {
	// DeliveredMs is the Unix time in ms of the last delivery.
	DeliveredMs int64
	// Deliveries counts them.
	Deliveries int64

	owner arena.Ref
}

const (
	// EntriesReadUnknown is the Read of a group that has lost count.
	EntriesReadUnknown = -1
	// ActiveNever is the ActiveMs of a consumer that never got anything.
	ActiveNever = -1

	groupSize    = int(unsafe.Sizeof(Group{}))
	consumerSize = int(unsafe.Sizeof(Consumer{}))
	pendingWords = int(unsafe.Sizeof(Pending{}) / 8)
)

// Name returns the name of the group.
func (g *Group) Name() []byte { return g.bytes() }

// Name returns the name of the consumer.
func (c *Consumer) Name() []byte { return c.bytes() }

// Groups returns the number of groups.
func (s *Stream) Groups() int { return int(s.groups.count) }

// GroupAt returns group i in the order of the names.
func (s *Stream) GroupAt(i int) *Group { return (*Group)(unsafe.Pointer(s.groups.at(i))) }

// Group returns the group of that name, or nil. It must not be changed: see
// GroupToWrite.
func (s *Stream) Group(name []byte) *Group {
	return (*Group)(unsafe.Pointer(s.groups.find(name)))
}

// GroupToWrite is Group for a command that may change what it returns. s came
// from StreamToWrite.
func (s *Stream) GroupToWrite(k *Keyspace, name []byte) *Group {
	g := s.Group(name)
	if g != nil {
		k.saveGroup(s, g)
	}
	return g
}

// CreateGroup adds a group that was delivered everything up to last; nil if
// there is one of that name.
func (s *Stream) CreateGroup(k *Keyspace, name []byte, last StreamID, read int64) *Group {
	i, found := s.groups.search(name)
	if found {
		return nil
	}
	g := newGroup(k, name)
	g.LastID, g.Read = last, read
	s.groups.insert(k.arena, i, &g.named)
	return g
}

func newGroup(k *Keyspace, name []byte) *Group {
	g := (*Group)(unsafe.Pointer(newNamed(k.arena, groupSize, name)))
	g.pending.words = uint16(pendingWords)
	g.epoch = k.epoch
	return g
}

// DestroyGroup removes the group of that name and reports whether there was
// one. A large one is freed in slices.
func (s *Stream) DestroyGroup(k *Keyspace, name []byte) bool {
	i, found := s.groups.search(name)
	if !found {
		return false
	}
	g := s.GroupAt(i)
	k.saveGroup(s, g) // one that is large is told of beside, from what it was
	s.groups.remove(k.arena, i)
	if n := drainNow; !g.drain(k, &n) {
		k.bury(&dyingGroup{g.ref()})
	}
	return true
}

// dyingGroup is a large consumer group that was destroyed.
type dyingGroup struct{ group arena.Ref }

func (x *dyingGroup) keys() int { return 1 }

func (x *dyingGroup) unsaved(*Keyspace) bool { return false }

func (x *dyingGroup) drain(k *Keyspace) bool {
	n := drainSlice
	return (*Group)(x.group.Ptr()).drain(k, &n)
}

func (g *Group) ref() arena.Ref { return arena.RefOf(unsafe.Pointer(g)) }

// drain frees about n pending entries or consumers, and the group with the last
// of them; it reports whether nothing is left, and what is left of n.
func (g *Group) drain(k *Keyspace, n *int) bool {
	for g.pending.root != 0 {
		if *n <= 0 {
			return false
		}
		*n -= g.pending.drain(k.arena, nil)
	}
	for g.consumers.count > 0 {
		c := g.ConsumerAt(int(g.consumers.count) - 1)
		for c.pending.root != 0 {
			if *n <= 0 {
				return false
			}
			*n -= c.pending.drain(k.arena, nil)
		}
		if *n--; *n < 0 {
			return false
		}
		c.free(k.arena)
		g.consumers.count--
	}
	g.consumers.resize(k.arena, 0)
	g.free(k.arena)
	return true
}

// Consumers returns the number of consumers.
func (g *Group) Consumers() int { return int(g.consumers.count) }

// ConsumerAt returns consumer i in the order of the names.
func (g *Group) ConsumerAt(i int) *Consumer { return (*Consumer)(unsafe.Pointer(g.consumers.at(i))) }

// Consumer returns the consumer of that name, or nil.
func (g *Group) Consumer(name []byte) *Consumer {
	return (*Consumer)(unsafe.Pointer(g.consumers.find(name)))
}

// CreateConsumer adds a consumer; nil if there is one of that name.
func (g *Group) CreateConsumer(k *Keyspace, name []byte) *Consumer {
	g.checkSaved(k)
	i, found := g.consumers.search(name)
	if found {
		return nil
	}
	c := (*Consumer)(unsafe.Pointer(newNamed(k.arena, consumerSize, name)))
	c.SeenMs, c.ActiveMs = k.now, ActiveNever
	g.consumers.insert(k.arena, i, &c.named)
	return c
}

// DeleteConsumer removes the consumer of that name with all that is pending
// for it. It returns how much that was, and whether there was a consumer.
func (g *Group) DeleteConsumer(k *Keyspace, name []byte) (pending int64, found bool) {
	g.checkSaved(k)
	i, found := g.consumers.search(name)
	if !found {
		return 0, false
	}
	c := g.ConsumerAt(i)
	pending = c.pending.count
	for p := c.pending.first(); p.node != nil; p = c.pending.next(p) {
		g.pending.remove(k.arena, p.id())
	}
	for c.pending.root != 0 {
		c.pending.drain(k.arena, nil)
	}
	g.consumers.remove(k.arena, i)
	c.free(k.arena)
	return pending, true
}

// PendingLen returns how many entries are pending.
func (g *Group) PendingLen() int64 { return g.pending.count }

// PendingLen returns how many entries are pending for the consumer.
func (c *Consumer) PendingLen() int64 { return c.pending.count }

// PendingToWrite is Pending for who changes what it returns.
func (g *Group) PendingToWrite(k *Keyspace, id StreamID) *Pending {
	g.checkSaved(k)
	return (*Pending)(g.pending.findToWrite(k.arena, id))
}

// Pending returns the state of the entry with that ID, nil if it is not
// pending. It must not be changed: see PendingToWrite.
func (g *Group) Pending(id StreamID) *Pending { return (*Pending)(g.pending.find(id)) }

// Consumer returns who has the entry.
func (p *Pending) Consumer() *Consumer { return (*Consumer)(p.owner.Ptr()) }

// Deliver makes the entry pending for c, whoever had it, as delivered once at
// nowMs.
func (g *Group) Deliver(k *Keyspace, id StreamID, c *Consumer, nowMs int64) *Pending {
	g.checkSaved(k)
	value, found := g.pending.insert(k.arena, id)
	p, owner := (*Pending)(value), arena.RefOf(unsafe.Pointer(c))
	if found && p.owner != owner {
		p.Consumer().pending.remove(k.arena, id)
	}
	if !found || p.owner != owner {
		c.pending.insert(k.arena, id)
	}
	*p = Pending{DeliveredMs: nowMs, Deliveries: 1, owner: owner}
	return p
}

// Claim makes the pending entry with that ID pending for c; p is what
// PendingToWrite or Deliver returned for it.
func (g *Group) Claim(k *Keyspace, id StreamID, p *Pending, c *Consumer) {
	g.checkSaved(k)
	if owner := p.Consumer(); owner != c {
		owner.pending.remove(k.arena, id)
		c.pending.insert(k.arena, id)
		p.owner = arena.RefOf(unsafe.Pointer(c))
	}
}

// Ack ends that the entry is pending and reports whether it was.
func (g *Group) Ack(k *Keyspace, id StreamID) bool {
	g.checkSaved(k)
	p := g.Pending(id)
	if p == nil {
		return false
	}
	p.Consumer().pending.remove(k.arena, id)
	g.pending.remove(k.arena, id)
	return true
}

// Referenced reports whether a group has the entry pending, or may yet deliver
// it.
func (s *Stream) Referenced(id StreamID) bool {
	for i := range s.Groups() {
		if g := s.GroupAt(i); g.LastID.Less(id) || g.Pending(id) != nil {
			return true
		}
	}
	return false
}

// Unreference ends that the entry is pending in any group, and reports whether
// it was.
func (s *Stream) Unreference(k *Keyspace, id StreamID) bool {
	found := false
	for i := range s.Groups() {
		if g := s.GroupAt(i); g.Pending(id) != nil {
			k.saveGroup(s, g)
			found = g.Ack(k, id)
		}
	}
	return found
}

// PendingCursor goes over pending entries in the order of their IDs. It dies
// when entries become pending or cease to be.
type PendingCursor struct {
	// ID is that of the entry which Next has found.
	ID StreamID

	group *Group
	tree  *idTree
	pos   treePos
	begun bool
}

// PendingFrom returns a cursor over what is pending from start on, for c alone
// unless it is nil.
func (g *Group) PendingFrom(start StreamID, c *Consumer) PendingCursor {
	tree := &g.pending
	if c != nil {
		tree = &c.pending
	}
	return PendingCursor{group: g, tree: tree, pos: tree.ceiling(start)}
}

// Next finds the next entry; false if there is none.
func (c *PendingCursor) Next() bool {
	if c.pos.node != nil && c.begun {
		c.pos = c.tree.next(c.pos)
	}
	c.begun = true
	if c.pos.node == nil {
		return false
	}
	c.ID = c.pos.id()
	return true
}

// Pending returns the state of the entry. It must not be changed: see
// PendingToWrite.
func (c *PendingCursor) Pending() *Pending {
	if c.tree == &c.group.pending {
		return (*Pending)(c.pos.value())
	}
	return c.group.Pending(c.ID)
}

// PendingEdges returns the first and the last ID that is pending; there is one.
func (g *Group) PendingEdges() (first, last StreamID) {
	return g.pending.first().id(), g.pending.end().id()
}
