package db

import (
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// StreamCursor goes over the entries of a stream from one ID to another, in
// either direction, and leaves out deleted ones. It dies with the next change
// of the stream.
type StreamCursor struct {
	// ID is that of the entry which Next has found.
	ID StreamID
	// Fields is how many fields, names with values, it has.
	Fields int

	stream     *Stream
	start, end StreamID
	reverse    bool

	pos    treePos // of the pack; nil node: at the end
	pack   pack.Pack
	master StreamID
	names  int // position of the first name of the master entry
	count  int // names of the master entry
	body   int // position of the first entry

	at    int   // of the current entry
	ahead int   // position to look at next: an entry, or, in reverse, what is behind one
	flags int64 // of the current entry
	name  int   // position of the next name
	value int   // position of the next value, or of the name before it
	left  int   // fields not yet read

	nameText, valueText [decimal.MaxLen]byte
}

// Range returns a cursor over the entries from start to end, both included,
// from the last to the first if reverse is set.
func (s *Stream) Range(start, end StreamID, reverse bool) StreamCursor {
	c := StreamCursor{stream: s, start: start, end: end, reverse: reverse}
	if s.length == 0 || end.Less(start) {
		return c
	}
	if reverse {
		if c.pos = s.packs.floor(end); c.pos.node != nil {
			c.open()
			c.ahead = c.pack.End()
		}
		return c
	}
	if c.pos = s.packs.floor(start); c.pos.node == nil {
		c.pos = s.packs.first()
	}
	if c.pos.node != nil {
		c.open()
		if last := s.packs.end(); c.pos == last && c.master.Less(start) {
			c.approach()
		}
	}
	return c
}

// open reads the master entry of the pack at pos.
func (c *StreamCursor) open() {
	c.pack, c.master = slotOf(c.pos).pack(), c.pos.id()
	p := c.pack
	at := p.Next(p.Next(p.First()))
	c.count = int(p.Get(at).Int)
	c.names = p.Next(at)
	at = c.names
	for range c.count {
		at = p.Next(at)
	}
	c.body = p.Next(at)
	c.ahead = c.body
}

// approach moves ahead to the first entry of the last pack that is not before
// start, looking from the end: who reads what was added lately is not made to
// wait for all that is before.
func (c *StreamCursor) approach() {
	p := c.pack
	c.ahead = p.End()
	for c.ahead > c.body {
		at := c.before(c.ahead)
		if c.idAt(at).Less(c.start) {
			return
		}
		c.ahead = at
	}
}

// before returns the position of the entry that ends at position end.
func (c *StreamCursor) before(end int) int {
	p := c.pack
	at := p.Prev(end)
	for n := p.Get(at).Int; n > 0; n-- {
		at = p.Prev(at)
	}
	return at
}

// idAt returns the ID of the entry at at.
func (c *StreamCursor) idAt(at int) StreamID {
	p := c.pack
	_, at = p.Int(at)
	ms, at := p.Int(at)
	seq, _ := p.Int(at)
	return StreamID{c.master.Ms + uint64(ms), c.master.Seq + uint64(seq)}
}

// Next finds the next entry; false if there is none.
func (c *StreamCursor) Next() bool {
	if c.reverse {
		return c.nextReverse()
	}
	for c.pos.node != nil {
		if c.left > 0 || c.value > 0 {
			c.pass()
		}
		if c.pack.IsEnd(c.ahead) {
			if c.pos = c.stream.packs.next(c.pos); c.pos.node != nil {
				c.open()
			}
			continue
		}
		c.read(c.ahead)
		if c.end.Less(c.ID) {
			c.pos = treePos{}
			return false
		}
		if c.flags&streamDeleted == 0 && !c.ID.Less(c.start) {
			return true
		}
	}
	return false
}

func (c *StreamCursor) nextReverse() bool {
	for c.pos.node != nil {
		if c.ahead == c.body {
			if c.pos = c.stream.packs.prev(c.pos); c.pos.node != nil {
				c.open()
				c.ahead = c.pack.End()
			}
			continue
		}
		c.ahead = c.before(c.ahead)
		c.read(c.ahead)
		if c.ID.Less(c.start) {
			c.pos = treePos{}
			return false
		}
		if c.flags&streamDeleted == 0 && !c.end.Less(c.ID) {
			return true
		}
	}
	return false
}

// read reads the head of the entry at at.
func (c *StreamCursor) read(at int) {
	p := c.pack
	c.at = at
	c.flags, at = p.Int(at)
	ms, at := p.Int(at)
	seq, at := p.Int(at)
	c.ID = StreamID{c.master.Ms + uint64(ms), c.master.Seq + uint64(seq)}
	if c.flags&streamSameFields != 0 {
		c.Fields, c.name = c.count, c.names
	} else {
		var n int64
		n, at = p.Int(at)
		c.Fields = int(n)
	}
	c.value, c.left = at, c.Fields
}

// pass moves ahead behind the current entry, whatever was read of it.
func (c *StreamCursor) pass() {
	at, n := c.value, c.left
	if c.flags&streamSameFields == 0 {
		n *= 2
	}
	for ; n >= 0; n-- { // values, and the number of elements
		at = c.pack.Next(at)
	}
	c.ahead, c.value, c.left = at, 0, 0
}

// Field returns the next name and value of the entry; it is called Fields
// times. The views die with the next call.
func (c *StreamCursor) Field() (name, value []byte) {
	p := c.pack
	if c.flags&streamSameFields != 0 {
		name, c.name = p.Text(c.name, c.nameText[:])
	} else {
		name, c.value = p.Text(c.value, c.nameText[:])
	}
	value, c.value = p.Text(c.value, c.valueText[:])
	c.left--
	return name, value
}

// markDeleted marks the current entry. The counts of the pack are the caller's
// to change.
func (c *StreamCursor) markDeleted() {
	c.pack.Replace(c.at, pack.OfInt(c.flags|streamDeleted))
}
