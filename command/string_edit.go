package command

import (
	"basalt/db"
	"basalt/internal/decimal"
)

// fits reports whether a string of have bytes may become one of have+more;
// otherwise it replies that it may not.
func (c *Context) fits(have, more int64) bool {
	if total := have + more; total < 0 || total > c.Host.Config().ProtoMaxBulkLen && !c.Replaying {
		c.Error(errTooLong)
		return false
	}
	return true
}

func cmdAppend(c *Context) {
	e := c.LookupWrite(1)
	key, tail := c.Args[1], c.Args[2]
	if e == nil {
		c.put(1, nil, 2, db.NoDeadline)
		c.Changed(EventString, "append", c.DB, key, 1)
		c.W.Int(int64(len(tail)))
		return
	}
	if !c.isString(e) || !c.fits(int64(e.StringLen()), int64(len(tail))) {
		return
	}
	n := c.DB.Append(key, c.KeyHash(1), e, tail)
	c.Changed(EventString, "append", c.DB, key, 1)
	c.W.Int(int64(n))
}

func cmdSetRange(c *Context) {
	offset, ok := c.integer(2)
	if !ok {
		return
	}
	if offset < 0 {
		c.Error(errOffset)
		return
	}
	e := c.LookupWrite(1)
	if !c.isString(e) {
		return
	}
	key, part := c.Args[1], c.Args[3]
	if len(part) == 0 {
		n := 0
		if e != nil {
			n = e.StringLen()
		}
		c.W.Int(int64(n))
		return
	}
	if !c.fits(offset, int64(len(part))) {
		return
	}
	var n int
	if e == nil {
		n = c.DB.CreateRange(key, c.KeyHash(1), int(offset), part)
	} else {
		n = c.DB.SetRange(key, c.KeyHash(1), e, int(offset), part)
	}
	c.Changed(EventString, "setrange", c.DB, key, 1)
	c.W.Int(int64(n))
}

// cmdGetRange serves SUBSTR too.
func cmdGetRange(c *Context) {
	start, ok := c.integer(2)
	if !ok {
		return
	}
	end, ok := c.integer(3)
	if !ok {
		return
	}
	e := c.LookupRead(1)
	if e == nil {
		c.W.Bulk(nil)
		return
	}
	if !c.isString(e) {
		return
	}
	length := int64(e.StringLen())
	if start < 0 && end < 0 && start > end {
		c.W.Bulk(nil)
		return
	}
	if start < 0 {
		start = max(start+length, 0)
	}
	if end < 0 {
		end = max(end+length, 0)
	}
	end = min(end, length-1)
	if start > end {
		c.W.Bulk(nil)
		return
	}
	if e.Pinnable() && end-start+1 >= pinMin {
		b, token := e.Pin()
		c.W.BulkPinned(b[start:end+1], token)
		return
	}
	var scratch [decimal.MaxLen]byte
	c.W.Bulk(e.Bytes(scratch[:])[start : end+1])
}
