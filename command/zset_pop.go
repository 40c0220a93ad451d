package command

import "basalt/db"

func cmdZPopMin(c *Context) { c.zpop(false) }

func cmdZPopMax(c *Context) { c.zpop(true) }

func (c *Context) zpop(greatest bool) {
	count := int64(1)
	if len(c.Args) > 3 {
		c.Error(errSyntax)
		return
	}
	if len(c.Args) == 3 {
		var ok bool
		if count, ok = parseInt(c.Args[2]); !ok || count < 0 {
			c.Error(errNotPositive)
			return
		}
	}
	e, ok := c.writeZSet(1)
	if !ok {
		return
	}
	if e == nil || count == 0 {
		c.W.Array(0)
		return
	}
	n := int(min(count, int64(e.ZLen())))
	it := e.ZRange(0, n, greatest)
	if len(c.Args) == 3 {
		c.replyScored(&it, n, true)
	} else {
		m, score, _ := it.Next()
		c.W.Array(2)
		c.replyMember(m)
		c.W.Double(score)
	}
	c.zpopped(1, e, n, greatest)
}

// zpopped takes the members out that were replied, from one end of the sorted
// set of the key at Args[i].
func (c *Context) zpopped(i int, e *db.Entry, n int, greatest bool) {
	from, event := 0, "zpopmin"
	if greatest {
		from, event = e.ZLen()-n, "zpopmax"
	}
	gone := c.DB.ZRemoveRange(c.KeyHash(i), e, from, from+n)
	c.Changed(EventZSet, event, c.DB, c.Args[i], n)
	if gone {
		c.Event(EventGeneric, "del", c.DB, c.Args[i])
	}
}

// zpopOptions is what a pop from the first of several keys is asked for: those
// at Args[keys] to Args[end-1].
type zpopOptions struct {
	keys, end int
	greatest  bool
	count     int64
	flat      bool // the reply has no level for the members: BZPOPMIN
}

// zpopFirst pops from the first sorted set among the keys. It reports whether it
// replied: nothing was there otherwise.
func (c *Context) zpopFirst(o *zpopOptions) bool {
	for i := o.keys; i < o.end; i++ {
		e, ok := c.writeZSet(i)
		if !ok {
			return true
		}
		if e == nil {
			continue
		}
		n := int(min(o.count, int64(e.ZLen())))
		it := e.ZRange(0, n, o.greatest)
		if o.flat {
			c.W.Array(3)
			c.W.Bulk(c.Args[i])
			m, score, _ := it.Next()
			c.replyMember(m)
			c.W.Double(score)
		} else {
			c.W.Array(2)
			c.W.Bulk(c.Args[i])
			c.W.Array(n)
			for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
				c.W.Array(2)
				c.replyMember(m)
				c.W.Double(score)
			}
		}
		c.zpopped(i, e, n, o.greatest)
		if c.Logging {
			c.logZPop(o, i, n)
		}
		return true
	}
	return false
}

// logZPop logs that n members of the key at Args[i] were popped.
func (c *Context) logZPop(o *zpopOptions, i, n int) {
	name, count := wordZPopMin, int64(n)
	if o.greatest {
		name = wordZPopMax
	}
	if o.flat {
		count = -1
	}
	c.logPop(name, i, count)
}

// zpopBlocking is zpopFirst that waits for a member until the time-out at
// Args[timeout].
func (c *Context) zpopBlocking(o *zpopOptions, timeout int) {
	deadline, ok := c.parseTimeout(timeout, false)
	if !ok || c.zpopFirst(o) {
		return
	}
	c.Block(&Wait{Type: db.TypeZSet, Keys: c.Args[o.keys:o.end], DeadlineMs: deadline, NullArray: true})
}

func cmdBZPopMin(c *Context) { c.bzpop(false) }

func cmdBZPopMax(c *Context) { c.bzpop(true) }

func (c *Context) bzpop(greatest bool) {
	last := len(c.Args) - 1
	c.zpopBlocking(&zpopOptions{keys: 1, end: last, greatest: greatest, count: 1, flat: true}, last)
}

func cmdZMPop(c *Context) {
	var o zpopOptions
	if c.parseZMPop(&o, 1) && !c.zpopFirst(&o) {
		c.W.NullArray()
	}
}

func cmdBZMPop(c *Context) {
	var o zpopOptions
	if c.parseZMPop(&o, 2) {
		c.zpopBlocking(&o, 1)
	}
}

// parseZMPop reads the arguments from Args[i], the number of keys, on.
func (c *Context) parseZMPop(o *zpopOptions, i int) bool {
	n, ok := parseInt(c.Args[i])
	if !ok || n < 1 {
		c.Error(errNumKeysMin)
		return false
	}
	if n >= int64(len(c.Args)-i-1) {
		c.Error(errSyntax)
		return false
	}
	o.keys = i + 1
	o.end = o.keys + int(n)
	switch where := c.Args[o.end]; {
	case equalFold(where, "min"):
	case equalFold(where, "max"):
		o.greatest = true
	default:
		c.Error(errSyntax)
		return false
	}
	for i := o.end + 1; i < len(c.Args); i += 2 {
		if o.count > 0 || i+1 == len(c.Args) || !equalFold(c.Args[i], "count") {
			c.Error(errSyntax)
			return false
		}
		if o.count, ok = parseInt(c.Args[i+1]); !ok || o.count < 1 {
			c.Error(errCountPositive)
			return false
		}
	}
	o.count = max(o.count, 1)
	return true
}
