package command

import "basalt/db"

// infoStream returns the stream that a subcommand of XINFO looks at; if there
// is none it replies so.
func (c *Context) infoStream() (*db.Stream, bool) {
	s, ok := c.readStream(2)
	if ok && s == nil {
		c.Error(errNoKey)
		return nil, false
	}
	return s, ok
}

func cmdXInfoConsumers(c *Context) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	g := s.Group(c.Args[3])
	if g == nil {
		c.errorNoGroupOfKey(c.Args[2], c.Args[3])
		return
	}
	now := c.Keys.Now()
	c.W.Array(g.Consumers())
	for i := range g.Consumers() {
		consumer := g.ConsumerAt(i)
		c.W.Map(4)
		c.W.BulkString("name")
		c.W.Bulk(consumer.Name())
		c.infoInt("pending", consumer.PendingLen())
		c.infoInt("idle", max(now-consumer.SeenMs, 0))
		inactive := int64(db.ActiveNever)
		if consumer.ActiveMs != db.ActiveNever {
			inactive = max(now-consumer.ActiveMs, 0)
		}
		c.infoInt("inactive", inactive)
	}
}

func cmdXInfoGroups(c *Context) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	c.W.Array(s.Groups())
	for i := range s.Groups() {
		g := s.GroupAt(i)
		c.W.Map(6)
		c.W.BulkString("name")
		c.W.Bulk(g.Name())
		c.infoInt("consumers", int64(g.Consumers()))
		c.infoInt("pending", g.PendingLen())
		c.infoID("last-delivered-id", g.LastID)
		c.replyGroupRead(s, g)
	}
}

func (c *Context) infoInt(name string, n int64) {
	c.W.BulkString(name)
	c.W.Int(n)
}

func (c *Context) infoID(name string, id db.StreamID) {
	c.W.BulkString(name)
	c.replyStreamID(id)
}

// replyGroupRead writes how many entries a group has read, and how many it has
// not, where that is known.
func (c *Context) replyGroupRead(s *db.Stream, g *db.Group) {
	c.W.BulkString("entries-read")
	if g.Read == db.EntriesReadUnknown {
		c.W.Null()
	} else {
		c.W.Int(g.Read)
	}
	c.W.BulkString("lag")
	read, ok := uint64(g.Read), true
	switch {
	case s.Added() == 0:
		read = 0
	case g.Read == db.EntriesReadUnknown || s.RangeDeleted(g.LastID):
		read, ok = s.Position(g.LastID)
	}
	if ok {
		c.W.Int(int64(s.Added() - read))
	} else {
		c.W.Null()
	}
}

// infoCount is how many entries of a kind XINFO STREAM FULL shows by default.
const infoCount = 10

func cmdXInfoStream(c *Context) {
	s, ok := c.infoStream()
	if !ok {
		return
	}
	full, count := len(c.Args) > 3, int64(infoCount)
	if full {
		if len(c.Args) != 4 && len(c.Args) != 6 || !equalFold(c.Args[3], "full") ||
			len(c.Args) == 6 && !equalFold(c.Args[4], "count") {
			c.subcommandSyntaxError()
			return
		}
		if len(c.Args) == 6 {
			if count, ok = c.integer(5); !ok {
				return
			}
			if count < 0 {
				count = infoCount
			}
		}
	}
	if full {
		c.W.Map(9)
	} else {
		c.W.Map(10)
	}
	c.infoInt("length", s.Len())
	c.infoInt("radix-tree-keys", s.Packs())
	c.infoInt("radix-tree-nodes", s.RadixNodes())
	c.infoID("last-generated-id", s.LastID())
	c.infoID("max-deleted-entry-id", s.DeletedMax())
	c.infoInt("entries-added", int64(s.Added()))
	c.infoID("recorded-first-entry-id", s.FirstID())
	if full {
		c.replyStreamFull(s, count)
		return
	}
	c.infoInt("groups", int64(s.Groups()))
	c.replyStreamEdge("first-entry", s, false)
	c.replyStreamEdge("last-entry", s, true)
}

func (c *Context) replyStreamEdge(name string, s *db.Stream, last bool) {
	c.W.BulkString(name)
	cur := s.Range(db.StreamID{}, db.StreamIDMax, last)
	if cur.Next() {
		c.replyEntry(&cur)
	} else {
		c.W.Null()
	}
}

// replyStreamFull writes what only FULL shows: at most count of everything, all
// if that is 0.
func (c *Context) replyStreamFull(s *db.Stream, count int64) {
	c.W.BulkString("entries")
	cur := s.Range(db.StreamID{}, db.StreamIDMax, false)
	c.replyRange(&cur, count)
	c.W.BulkString("groups")
	c.W.Array(s.Groups())
	for i := range s.Groups() {
		g := s.GroupAt(i)
		c.W.Map(7)
		c.W.BulkString("name")
		c.W.Bulk(g.Name())
		c.infoID("last-delivered-id", g.LastID)
		c.replyGroupRead(s, g)
		c.infoInt("pel-count", g.PendingLen())
		c.replyFullPending(g, nil, count)
		c.W.BulkString("consumers")
		c.W.Array(g.Consumers())
		for j := range g.Consumers() {
			consumer := g.ConsumerAt(j)
			c.W.Map(5)
			c.W.BulkString("name")
			c.W.Bulk(consumer.Name())
			c.infoInt("seen-time", consumer.SeenMs)
			c.infoInt("active-time", consumer.ActiveMs)
			c.infoInt("pel-count", consumer.PendingLen())
			c.replyFullPending(g, consumer, count)
		}
	}
}

// replyFullPending writes what is pending for a group, with the consumers, or
// for one of these.
func (c *Context) replyFullPending(g *db.Group, consumer *db.Consumer, count int64) {
	c.W.BulkString("pending")
	mark := c.W.Deferred()
	n := int64(0)
	for cur := g.PendingFrom(db.StreamID{}, consumer); (count == 0 || n < count) && cur.Next(); n++ {
		p := cur.Pending()
		if consumer == nil {
			c.W.Array(4)
		} else {
			c.W.Array(3)
		}
		c.replyStreamID(cur.ID)
		if consumer == nil {
			c.W.Bulk(p.Consumer().Name())
		}
		c.W.Int(p.DeliveredMs)
		c.W.Int(p.Deliveries)
	}
	c.W.SetArrayLen(mark, int(n))
}
