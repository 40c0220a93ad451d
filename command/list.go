package command

import (
	"math"

	"basalt/db"
)

// isList reports whether e, which may be nil, can be taken for a list;
// otherwise it replies with WRONGTYPE.
func (c *Context) isList(e *db.Entry) bool {
	if e != nil && e.Type() != db.TypeList {
		c.Error(errWrongType)
		return false
	}
	return true
}

// replyElement replies with an element of a list.
func (c *Context) replyElement(it *db.ListIter) {
	v := it.Element()
	if v.IsInt {
		c.W.BulkInt(v.Int)
		return
	}
	if len(v.Bytes) >= pinMin {
		if b, token, ok := it.Pin(); ok {
			c.W.BulkPinned(b, token)
			return
		}
	}
	c.W.Bulk(v.Bytes)
}

// replyElements replies with count elements, which are there, from where it
// stands on.
func (c *Context) replyElements(it *db.ListIter, count int, backwards bool) {
	c.W.Array(count)
	if backwards {
		for ; count > 0; count-- {
			c.replyElement(it)
			it.Prev()
		}
		return
	}
	var elements [32]db.Element
	for count > 0 {
		n := it.Fill(elements[:min(count, len(elements))])
		if n == 0 {
			c.replyElement(it)
			it.Next()
			n = 1
		} else {
			c.replyBulks(elements[:n])
		}
		count -= n
	}
}

// replyBulks replies with elements in packs.
func (c *Context) replyBulks(elements []db.Element) {
	for i := range elements {
		if v := &elements[i]; v.IsInt {
			c.W.BulkInt(v.Int)
		} else {
			c.W.Bulk(v.Bytes)
		}
	}
}

func cmdLPush(c *Context)  { c.push(true, false) }
func cmdRPush(c *Context)  { c.push(false, false) }
func cmdLPushX(c *Context) { c.push(true, true) }
func cmdRPushX(c *Context) { c.push(false, true) }

func (c *Context) push(left, existing bool) {
	e := c.LookupWrite(1)
	switch {
	case !c.isList(e):
		return
	case e == nil && existing:
		c.W.Int(0)
		return
	case e == nil:
		e = c.DB.NewList(c.Args[1], c.KeyHash(1))
	}
	values := c.Args[2:]
	c.DB.ListGrow(e, values)
	if len(c.Big) == 0 {
		c.DB.ListPush(e, values, left)
	} else {
		for i, v := range values {
			c.DB.ListPushElement(e, db.ElementOf(v), c.TakeBig(2+i), left)
		}
	}
	c.W.Int(int64(e.ListLen()))
	c.Changed(EventList, pushEvent(left), c.DB, c.Args[1], len(values))
}

func pushEvent(left bool) string {
	if left {
		return "lpush"
	}
	return "rpush"
}

func popEvent(left bool) string {
	if left {
		return "lpop"
	}
	return "rpop"
}

func cmdLPop(c *Context) { c.pop(true) }
func cmdRPop(c *Context) { c.pop(false) }

func (c *Context) pop(left bool) {
	if len(c.Args) > 3 {
		c.errorArity()
		return
	}
	if len(c.Args) == 2 {
		e := c.LookupWrite(1)
		if e == nil {
			c.W.Null()
		} else if c.isList(e) {
			c.popOne(c.Args[1], c.KeyHash(1), e, left)
		}
		return
	}
	count, ok := parseInt(c.Args[2])
	if !ok || count < 0 {
		c.Error(errNotPositive)
		return
	}
	e := c.LookupWrite(1)
	switch {
	case e == nil:
		c.W.NullArray()
	case !c.isList(e):
	case count == 0:
		c.W.Array(0)
	default:
		c.popMany(c.Args[1], c.KeyHash(1), e, count, left)
	}
}

// popOne replies with the element at an end of e, the list under key, and
// takes it out.
func (c *Context) popOne(key []byte, hash uint64, e *db.Entry, left bool) {
	it := e.ListAt(0)
	if !left {
		it = e.ListAt(-1)
	}
	c.replyElement(&it)
	c.drop(key, hash, e, 1, left)
}

// popMany is popOne for an array of up to count elements.
func (c *Context) popMany(key []byte, hash uint64, e *db.Entry, count int64, left bool) {
	n := int(min(count, int64(e.ListLen())))
	it := e.ListAt(0)
	if !left {
		it = e.ListAt(-1)
	}
	c.replyElements(&it, n, !left)
	c.drop(key, hash, e, n, left)
}

// drop takes count elements off an end of e, the list under key, and tells of
// it.
func (c *Context) drop(key []byte, hash uint64, e *db.Entry, count int, left bool) {
	empty := count == e.ListLen()
	if empty {
		c.DB.Remove(hash, e)
	} else {
		c.DB.ListDrop(e, count, left)
	}
	c.Changed(EventList, popEvent(left), c.DB, key, count)
	if empty {
		c.Event(EventGeneric, "del", c.DB, key)
	}
}

func cmdLLen(c *Context) {
	e := c.LookupRead(1)
	switch {
	case e == nil:
		c.W.Int(0)
	case c.isList(e):
		c.W.Int(int64(e.ListLen()))
	}
}

func cmdLIndex(c *Context) {
	e := c.LookupRead(1)
	if e == nil {
		c.W.Null()
		return
	}
	if !c.isList(e) {
		return
	}
	index, ok := c.integer(2)
	if !ok {
		return
	}
	it := e.ListAt(int(index))
	if it.Done() {
		c.W.Null()
		return
	}
	c.replyElement(&it)
}

// span reads the indexes at Args[2] and Args[3], of which negative ones count
// from the end.
func (c *Context) span() (start, stop int64, ok bool) {
	if start, ok = c.integer(2); !ok {
		return 0, 0, false
	}
	stop, ok = c.integer(3)
	return start, stop, ok
}

// clip makes of a span of a list of n elements the first of it and how many
// there are.
func clip(start, stop int64, n int) (first, count int) {
	end := int64(n)
	if start < 0 {
		start = max(0, start+end)
	}
	if stop < 0 {
		stop += end
	}
	stop = min(stop, end-1)
	if start > stop || start >= end {
		return 0, 0
	}
	return int(start), int(stop-start) + 1
}

func cmdLRange(c *Context) {
	start, stop, ok := c.span()
	if !ok {
		return
	}
	e := c.LookupRead(1)
	if e == nil {
		c.W.Array(0)
		return
	}
	if !c.isList(e) {
		return
	}
	first, count := clip(start, stop, e.ListLen())
	it := e.ListAt(first)
	c.replyElements(&it, count, false)
}

func cmdLTrim(c *Context) {
	start, stop, ok := c.span()
	if !ok {
		return
	}
	e := c.LookupWrite(1)
	if e == nil {
		c.W.OK()
		return
	}
	if !c.isList(e) {
		return
	}
	n := e.ListLen()
	first, count := clip(start, stop, n)
	if count == 0 {
		c.DB.Remove(c.KeyHash(1), e)
	} else {
		if first > 0 {
			c.DB.ListDrop(e, first, true)
		}
		if right := n - first - count; right > 0 {
			c.DB.ListDrop(e, right, false)
		}
		c.DB.ListShrink(e)
	}
	c.Changed(EventList, "ltrim", c.DB, c.Args[1], n-count)
	if count == 0 {
		c.Event(EventGeneric, "del", c.DB, c.Args[1])
	}
	c.W.OK()
}

func cmdLSet(c *Context) {
	e := c.LookupWrite(1)
	if e == nil {
		c.Error(errNoKey)
		return
	}
	if !c.isList(e) {
		return
	}
	index, ok := c.integer(2)
	if !ok {
		return
	}
	c.DB.ListGrow(e, c.Args[3:4])
	if !c.DB.ListSet(e, int(index), c.Args[3]) {
		c.Error(errIndex)
		return
	}
	c.DB.ListShrink(e)
	c.W.OK()
	c.Changed(EventList, "lset", c.DB, c.Args[1], 1)
}

func cmdLInsert(c *Context) {
	after := equalFold(c.Args[2], "after")
	if !after && !equalFold(c.Args[2], "before") {
		c.Error(errSyntax)
		return
	}
	e := c.LookupWrite(1)
	if e == nil {
		c.W.Int(0)
		return
	}
	if !c.isList(e) {
		return
	}
	c.DB.ListGrow(e, c.Args[4:5])
	if !c.DB.ListInsert(e, c.Args[3], c.Args[4], after) {
		c.W.Int(-1)
		return
	}
	c.W.Int(int64(e.ListLen()))
	c.Changed(EventList, "linsert", c.DB, c.Args[1], 1)
}

func cmdLRem(c *Context) {
	count, ok := c.integer(2)
	if !ok {
		return
	}
	e := c.LookupWrite(1)
	if e == nil {
		c.W.Int(0)
		return
	}
	if !c.isList(e) {
		return
	}
	removed := c.DB.ListRemove(e, int(max(count, -math.MaxInt64)), db.ElementOf(c.Args[3]))
	c.W.Int(int64(removed))
	if removed == 0 {
		return
	}
	empty := e.ListLen() == 0
	if empty {
		c.DB.Remove(c.KeyHash(1), e)
	} else {
		c.DB.ListShrink(e)
	}
	c.Changed(EventList, "lrem", c.DB, c.Args[1], removed)
	if empty {
		c.Event(EventGeneric, "del", c.DB, c.Args[1])
	}
}
