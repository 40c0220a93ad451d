package command

import (
	"basalt/db"
)

// isHash reports whether e is a hash; otherwise it replies with WRONGTYPE.
func (c *Context) isHash(e *db.Entry) bool {
	if e.Type() != db.TypeHash {
		c.Error(errWrongType)
		return false
	}
	return true
}

// readHash returns the entry of the hash at Args[1] for reading, nil if there
// is none. If it is something else it replies so and returns false.
func (c *Context) readHash() (*db.Entry, bool) { return c.liveHash(c.LookupRead(1)) }

// writeHash is readHash for a command that may change the hash.
func (c *Context) writeHash() (*db.Entry, bool) { return c.liveHash(c.LookupWrite(1)) }

func (c *Context) liveHash(e *db.Entry) (*db.Entry, bool) {
	if e == nil {
		return nil, true
	}
	if !c.isHash(e) {
		return nil, false
	}
	return c.DB.LiveHash(c.Args[1], c.Hash, e), true
}

func cmdHSet(c *Context) {
	if created, ok := c.hashSet(); ok {
		c.W.Int(int64(created))
	}
}

func cmdHMSet(c *Context) {
	if _, ok := c.hashSet(); ok {
		c.W.OK()
	}
}

// hashSet sets the pairs from Args[2] on and returns how many fields are new.
func (c *Context) hashSet() (created int, ok bool) {
	if len(c.Args)%2 != 0 {
		c.errorArity()
		return 0, false
	}
	e, ok := c.writeHash()
	if !ok {
		return 0, false
	}
	pairs := c.Args[2:]
	e = c.DB.HashPrepare(c.Args[1], c.Hash, e, pairs)
	for i := 0; i < len(pairs); i += 2 {
		if i%(2*db.HashWindow) == 0 {
			c.DB.HashPrefetch(e, pairs[i:], 2)
		}
		if c.DB.HashPut(e, pairs[i], pairs[i+1]) {
			created++
		}
	}
	c.Changed(EventHash, "hset", c.DB, c.Args[1], len(pairs)/2)
	return created, true
}

func cmdHSetNX(c *Context) {
	e, ok := c.writeHash()
	if !ok {
		return
	}
	if e != nil {
		if _, found := c.DB.HashGet(e, c.Args[2]); found {
			c.W.Int(0)
			return
		}
	}
	e = c.DB.HashPrepare(c.Args[1], c.Hash, e, c.Args[2:])
	c.DB.HashPut(e, c.Args[2], c.Args[3])
	c.Changed(EventHash, "hset", c.DB, c.Args[1], 1)
	c.W.Int(1)
}

func cmdHGet(c *Context) {
	if e, ok := c.readHash(); ok {
		c.replyField(e, c.Args[2])
	}
}

// replyField replies with a field of the hash e, which may be nil.
func (c *Context) replyField(e *db.Entry, name []byte) {
	if e == nil {
		c.W.Null()
		return
	}
	value, ok := c.DB.HashGet(e, name)
	if !ok {
		c.W.Null()
		return
	}
	c.replyMember(value)
}

func cmdHMGet(c *Context) {
	e, ok := c.readHash()
	if !ok {
		return
	}
	c.W.Array(len(c.Args) - 2)
	names := c.Args[2:]
	for i, name := range names {
		if e != nil && i%db.HashWindow == 0 {
			c.DB.HashPrefetch(e, names[i:], 1)
		}
		c.replyField(e, name)
	}
}

func cmdHGetAll(c *Context) {
	e, ok := c.readHash()
	switch {
	case !ok:
	case e == nil:
		c.W.Map(0)
	default:
		c.W.Map(c.DB.HashLen(e))
		c.DB.HashEach(e, func(name, value db.Element) {
			c.replyMember(name)
			c.replyMember(value)
		})
	}
}

func cmdHKeys(c *Context) {
	e, ok := c.readHash()
	switch {
	case !ok:
	case e == nil:
		c.W.Array(0)
	default:
		c.W.Array(c.DB.HashLen(e))
		c.DB.HashEach(e, func(name, _ db.Element) { c.replyMember(name) })
	}
}

func cmdHVals(c *Context) {
	e, ok := c.readHash()
	switch {
	case !ok:
	case e == nil:
		c.W.Array(0)
	default:
		c.W.Array(c.DB.HashLen(e))
		c.DB.HashEach(e, func(_, value db.Element) { c.replyMember(value) })
	}
}

func cmdHDel(c *Context) {
	e, ok := c.writeHash()
	if !ok {
		return
	}
	deleted := 0
	if e != nil {
		deleted = c.hashDelete(e, c.Args[2:])
	}
	c.W.Int(int64(deleted))
}

// hashDelete removes fields of the hash e at Args[1], and the key with the last
// one. It returns how many there were.
func (c *Context) hashDelete(e *db.Entry, names [][]byte) int {
	deleted, gone := 0, false
	for i, name := range names {
		if i%db.HashWindow == 0 {
			c.DB.HashPrefetch(e, names[i:], 1)
		}
		if c.DB.HashDelete(e, name) {
			deleted++
			if gone = c.DB.HashEmpty(e); gone {
				break
			}
		}
	}
	if deleted == 0 {
		return 0
	}
	if gone {
		c.DB.RemoveHash(c.Hash, e)
	}
	c.Changed(EventHash, "hdel", c.DB, c.Args[1], deleted)
	if gone {
		c.Event(EventGeneric, "del", c.DB, c.Args[1])
	}
	return deleted
}

func cmdHExists(c *Context) {
	e, ok := c.readHash()
	if !ok {
		return
	}
	n := int64(0)
	if e != nil {
		if _, found := c.DB.HashGet(e, c.Args[2]); found {
			n = 1
		}
	}
	c.W.Int(n)
}

func cmdHLen(c *Context) {
	e, ok := c.readHash()
	switch {
	case !ok:
	case e == nil:
		c.W.Int(0)
	default:
		c.W.Int(int64(c.DB.HashLen(e)))
	}
}

func cmdHStrlen(c *Context) {
	e, ok := c.readHash()
	if !ok {
		return
	}
	n := 0
	if e != nil {
		if value, found := c.DB.HashGet(e, c.Args[2]); found {
			n = value.TextLen()
		}
	}
	c.W.Int(int64(n))
}

// addHash puts in the fields of the hash e in any order.
func (d *digest) addHash(in *db.DB, e *db.Entry) {
	in.HashEach(e, func(name, value db.Element) {
		var one digest
		one.mix(name.Text(nil))
		one.mix(value.Text(nil))
		if deadline, _ := in.HashDeadline(e, name.Text(nil)); deadline != db.NoDeadline {
			one.add([]byte("!!hexpire!!"))
		}
		d.add(one[:])
	})
}
