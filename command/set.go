package command

import "basalt/db"

// readSet returns the set of the key at Args[i] for reading. It replies if the
// key has another type; missing says that there is no key.
func (c *Context) readSet(i int) (e *db.Entry, ok bool) {
	e = c.LookupRead(i)
	return e, c.isSet(e)
}

// writeSet is readSet for a command that may change the set.
func (c *Context) writeSet(i int) (e *db.Entry, ok bool) {
	e = c.LookupWrite(i)
	return e, c.isSet(e)
}

// isSet reports whether e is a set or no key at all; else it replies so.
func (c *Context) isSet(e *db.Entry) bool {
	if e != nil && e.Type() != db.TypeSet {
		c.Error(errWrongType)
		return false
	}
	return true
}

// replyMember writes a member as a bulk string.
func (c *Context) replyMember(m db.Element) {
	if m.IsInt {
		c.W.BulkInt(m.Int)
	} else {
		c.W.Bulk(m.Bytes)
	}
}

func cmdSAdd(c *Context) {
	e, ok := c.writeSet(1)
	if !ok {
		return
	}
	added := c.DB.SetAdd(c.Args[1], c.Hash, e, c.Args[2:])
	if added > 0 {
		c.Changed(EventSet, "sadd", c.DB, c.Args[1], added)
	}
	c.W.Int(int64(added))
}

func cmdSRem(c *Context) {
	e, ok := c.writeSet(1)
	if !ok {
		return
	}
	if e == nil {
		c.W.Int(0)
		return
	}
	removed, gone := c.DB.SetRemove(c.Hash, e, c.Args[2:])
	if removed > 0 {
		c.Changed(EventSet, "srem", c.DB, c.Args[1], removed)
		if gone {
			c.Event(EventGeneric, "del", c.DB, c.Args[1])
		}
	}
	c.W.Int(int64(removed))
}

func cmdSMove(c *Context) {
	from, member := c.LookupWrite(1), c.Args[3]
	hash := db.Hash(c.Args[2])
	to := c.DB.LookupWrite(c.Args[2], hash, c.Client.Flags&NoTouch == 0)
	if from == nil {
		c.W.Int(0)
		return
	}
	if !c.isSet(from) || !c.isSet(to) {
		return
	}
	if from == to {
		c.W.Int(int64(b2i(from.SetHas(member))))
		return
	}
	removed, gone := c.DB.SetRemove(c.Hash, from, c.Args[3:4])
	if removed == 0 {
		c.W.Int(0)
		return
	}
	c.Changed(EventSet, "srem", c.DB, c.Args[1], 1)
	if gone {
		c.Event(EventGeneric, "del", c.DB, c.Args[1])
	}
	if c.DB.SetAdd(c.Args[2], hash, to, c.Args[3:4]) != 0 {
		c.Changed(EventSet, "sadd", c.DB, c.Args[2], 1)
	}
	c.W.Int(1)
}

func cmdSIsMember(c *Context) {
	e, ok := c.readSet(1)
	if !ok {
		return
	}
	c.W.Int(int64(b2i(e != nil && e.SetHas(c.Args[2]))))
}

func cmdSMIsMember(c *Context) {
	e, ok := c.readSet(1)
	if !ok {
		return
	}
	members := c.Args[2:]
	c.W.Array(len(members))
	if e == nil {
		for range members {
			c.W.Int(0)
		}
		return
	}
	e.SetHasEach(members, func(is bool) { c.W.Int(int64(b2i(is))) })
}

func cmdSCard(c *Context) {
	e, ok := c.readSet(1)
	if !ok {
		return
	}
	n := 0
	if e != nil {
		n = e.SetLen()
	}
	c.W.Int(int64(n))
}

func cmdSMembers(c *Context) {
	e, ok := c.readSet(1)
	if !ok {
		return
	}
	if e == nil {
		c.W.Set(0)
		return
	}
	c.W.Set(e.SetLen())
	e.SetEach(c.replyMember)
}
