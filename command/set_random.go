package command

import (
	"math"

	"basalt/db"
)

func cmdSPop(c *Context) {
	switch {
	case len(c.Args) == 3:
		c.popMembers()
		return
	case len(c.Args) > 3:
		c.Error(errSyntax)
		return
	}
	e, ok := c.writeSet(1)
	if !ok {
		return
	}
	if e == nil {
		c.W.Null()
		return
	}
	if c.Logging {
		c.popLogged(e, 1, false)
		return
	}
	c.popped(c.DB.SetPop(c.Hash, e, 1, c.replyMember), 1)
}

// popChunk is how many members one command of the log removes at most.
const popChunk = 1024

// popLogged pops n members of the set e and logs which: a set that is gone with
// them as its key where that is shorter.
func (c *Context) popLogged(e *db.Entry, n int, many bool) {
	if many && n == e.SetLen() {
		c.popped(c.DB.SetPop(c.Hash, e, n, c.replyMember), n)
		c.logDelete(wordDel, 1)
		return
	}
	left, chunk := n, 0
	gone := c.DB.SetPop(c.Hash, e, n, func(m db.Element) {
		if chunk == 0 {
			chunk = min(left, popChunk)
			left -= chunk
			c.record(wordSRem, 2+chunk).bulk(c.Args[1])
		}
		chunk--
		c.Log.element(m)
		c.replyMember(m)
	})
	c.popped(gone, n)
}

// popped tells of n members that were popped, the last ones if the key is gone.
func (c *Context) popped(gone bool, n int) {
	c.Changed(EventSet, "spop", c.DB, c.Args[1], n)
	if gone {
		c.Event(EventGeneric, "del", c.DB, c.Args[1])
	}
}

func (c *Context) popMembers() {
	count, ok := parseInt(c.Args[2])
	if !ok || count < 0 {
		c.Error(errNotPositive)
		return
	}
	e, ok := c.writeSet(1)
	if !ok {
		return
	}
	if e == nil || count == 0 {
		c.W.Set(0)
		return
	}
	n := int(min(count, int64(e.SetLen())))
	c.W.Set(n)
	if c.Logging {
		c.popLogged(e, n, true)
		return
	}
	c.popped(c.DB.SetPop(c.Hash, e, n, c.replyMember), n)
}

func cmdSRandMember(c *Context) {
	switch {
	case len(c.Args) == 3:
		c.randomMembers()
		return
	case len(c.Args) > 3:
		c.Error(errSyntax)
		return
	}
	e, ok := c.readSet(1)
	if !ok {
		return
	}
	if e == nil {
		c.W.Null()
		return
	}
	c.replyMember(e.SetRandom())
}

func (c *Context) randomMembers() {
	count, ok := c.integer(2)
	if !ok {
		return
	}
	if count == math.MinInt64 {
		c.Error(errCountRange)
		return
	}
	e, ok := c.readSet(1)
	if !ok {
		return
	}
	switch {
	case e == nil || count == 0:
		c.W.Array(0)
	case count < 0:
		c.W.Array(int(-count))
		e.SetDraw(-count, c.replyMember)
	case count >= int64(e.SetLen()):
		c.W.Array(e.SetLen())
		e.SetEach(c.replyMember)
	default:
		c.W.Array(int(count))
		c.Keys.SetSample(e, int(count), c.replyMember)
	}
}
