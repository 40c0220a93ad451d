package command

import (
	"bytes"

	"basalt/db"
)

// side reads Args[i] as LEFT or RIGHT; otherwise it replies with an error.
func (c *Context) side(i int) (left, ok bool) {
	switch {
	case equalFold(c.Args[i], "left"):
		return true, true
	case equalFold(c.Args[i], "right"):
		return false, true
	}
	c.Error(errSyntax)
	return false, false
}

// sides reads Args[3] and Args[4], the ends that LMOVE takes from and puts to.
func (c *Context) sides() (from, to, ok bool) {
	if from, ok = c.side(3); !ok {
		return false, false, false
	}
	to, ok = c.side(4)
	return from, to, ok
}

func cmdLMove(c *Context) {
	if from, to, ok := c.sides(); ok && !c.listMove(from, to) {
		c.W.Null()
	}
}

func cmdRPopLPush(c *Context) {
	if !c.listMove(false, true) {
		c.W.Null()
	}
}

func cmdBLMove(c *Context) {
	if from, to, ok := c.sides(); ok {
		c.blockingMove(from, to, 5)
	}
}

func cmdBRPopLPush(c *Context) { c.blockingMove(false, true, 3) }

func (c *Context) blockingMove(from, to bool, timeout int) {
	deadline, ok := c.parseTimeout(timeout, false)
	if !ok {
		return
	}
	if c.listMove(from, to) {
		if c.Logging && !c.failed {
			c.logMove(timeout)
		}
		return
	}
	if c.NoBlock {
		c.W.Null()
		return
	}
	c.Block(&Wait{Type: db.TypeList, Keys: c.Args[1:2], DeadlineMs: deadline, NullArray: true})
}

// logMove logs BLMOVE or BRPOPLPUSH, whose last argument is at Args[timeout],
// without it.
func (c *Context) logMove(timeout int) {
	name := wordLMove
	if timeout == 3 {
		name = wordRPopLPush
	}
	c.record(name, timeout).bulks(c.Args[1:timeout])
}

// listMove moves an element from the list at Args[1] to that at Args[2] and
// replies with it, or with an error. It reports false, without a reply, if
// there is no element.
func (c *Context) listMove(fromLeft, toLeft bool) bool {
	source, target := c.Args[1], c.Args[2]
	from := c.LookupWrite(1)
	if from == nil {
		return false
	}
	if !c.isList(from) {
		return true
	}
	to := from
	if !bytes.Equal(source, target) {
		hash := db.Hash(target)
		to = c.DB.LookupWrite(target, hash, c.Client.Flags&NoTouch == 0)
		if !c.isList(to) {
			return true
		}
		if to == nil {
			to = c.DB.NewList(target, hash)
		}
	}
	it := from.ListAt(0)
	if !fromLeft {
		it = from.ListAt(-1)
	}
	c.replyElement(&it)
	c.DB.ListMove(from, to, fromLeft, toLeft)
	empty := from.ListLen() == 0
	if empty {
		c.DB.Remove(c.KeyHash(1), from)
	} else {
		c.DB.ListShrink(from)
	}
	c.Changed(EventList, pushEvent(toLeft), c.DB, target, 0)
	c.Changed(EventList, popEvent(fromLeft), c.DB, source, 1)
	if empty {
		c.Event(EventGeneric, "del", c.DB, source)
	}
	return true
}

func cmdLMPop(c *Context) {
	o, ok := c.parseMPop(1)
	if ok && !c.popFirst(o.keys, o.end, o.left, o.count) {
		c.W.NullArray()
	}
}

func cmdBLMPop(c *Context) {
	if o, ok := c.parseMPop(2); ok {
		c.blockingPop(o.keys, o.end, 1, o.left, o.count)
	}
}

// mpopOptions is what LMPOP is asked for: keys from Args[keys] to end, the end
// of the lists, and how many elements.
type mpopOptions struct {
	keys, end int
	left      bool
	count     int64
}

// parseMPop reads the arguments from Args[i], the number of keys, on.
func (c *Context) parseMPop(i int) (o mpopOptions, ok bool) {
	n, ok := parseInt(c.Args[i])
	if !ok || n < 1 {
		c.Error(errNumKeysMin)
		return o, false
	}
	if n >= int64(len(c.Args)-i-1) {
		c.Error(errSyntax)
		return o, false
	}
	o.keys, o.count = i+1, -1
	o.end = o.keys + int(n)
	if o.left, ok = c.side(o.end); !ok {
		return o, false
	}
	for i := o.end + 1; i < len(c.Args); i += 2 {
		if o.count >= 0 || !equalFold(c.Args[i], "count") || i+1 == len(c.Args) {
			c.Error(errSyntax)
			return o, false
		}
		if o.count, ok = parseInt(c.Args[i+1]); !ok || o.count < 1 {
			c.Error(errCountPositive)
			return o, false
		}
	}
	if o.count < 0 {
		o.count = 1
	}
	return o, true
}

func cmdBLPop(c *Context) { c.blockingPop(1, len(c.Args)-1, len(c.Args)-1, true, -1) }
func cmdBRPop(c *Context) { c.blockingPop(1, len(c.Args)-1, len(c.Args)-1, false, -1) }

// blockingPop is popFirst that waits for a list; Args[timeout] says how long.
func (c *Context) blockingPop(first, end, timeout int, left bool, count int64) {
	deadline, ok := c.parseTimeout(timeout, false)
	if !ok || c.popFirst(first, end, left, count) {
		return
	}
	c.Block(&Wait{Type: db.TypeList, Keys: c.Args[first:end], DeadlineMs: deadline, NullArray: true})
}

// popFirst pops from the first list among the keys from Args[first] to end: an
// array of up to count elements, or one element if count is negative. It
// replies with the key and that, or with an error; it reports false, without a
// reply, if there is no list.
func (c *Context) popFirst(first, end int, left bool, count int64) bool {
	for i := first; i < end; i++ {
		e := c.LookupWrite(i)
		if e == nil {
			continue
		}
		if !c.isList(e) {
			return true
		}
		c.W.Array(2)
		c.W.Bulk(c.Args[i])
		if count < 0 {
			c.popOne(c.Args[i], c.KeyHash(i), e, left)
		} else {
			count = min(count, int64(e.ListLen()))
			c.popMany(c.Args[i], c.KeyHash(i), e, count, left)
		}
		if c.Logging {
			c.logPop(popWord(left), i, count)
		}
		return true
	}
	return false
}

func popWord(left bool) string {
	if left {
		return wordLPop
	}
	return wordRPop
}

// logPop logs that count elements were popped from the key at Args[i]; a
// negative count is the form for one of them.
func (c *Context) logPop(name string, i int, count int64) {
	if count < 0 {
		c.logDelete(name, i)
		return
	}
	l := c.record(name, 3)
	l.bulk(c.Args[i])
	l.int(count)
}
