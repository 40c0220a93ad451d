package command

import (
	"basalt/db"
	"basalt/internal/decimal"
)

// pinMin is the length from which a value is sent from where it lies rather
// than copied: below it the copy is cheaper than a part of its own in writev.
// All strings in blobs are longer.
const pinMin = 32 << 10

// replyString replies with the value of e, a string.
func (c *Context) replyString(e *db.Entry) {
	if n, ok := e.Int(); ok {
		c.W.BulkInt(n)
		return
	}
	if e.Pinnable() && e.StringLen() >= pinMin {
		b, token := e.Pin()
		c.W.BulkPinned(b, token)
		return
	}
	c.W.Bulk(e.Bytes(nil))
}

// isString reports whether e, which may be nil, can be taken for a string;
// otherwise it replies with WRONGTYPE.
func (c *Context) isString(e *db.Entry) bool {
	if e != nil && e.Type() != db.TypeString {
		c.Error(errWrongType)
		return false
	}
	return true
}

// replyGet replies with the string under the key at Args[1], as GET does, and
// returns its entry, nil if there is none; false if the reply is an error.
func (c *Context) replyGet() (*db.Entry, bool) {
	e := c.LookupRead(1)
	switch {
	case e == nil:
		c.W.Null()
	case e.Type() != db.TypeString:
		c.Error(errWrongType)
		return nil, false
	default:
		c.replyString(e)
	}
	return e, true
}

func cmdGet(c *Context) { c.replyGet() }

func cmdGetSet(c *Context) {
	e, ok := c.replyGet()
	if !ok {
		return
	}
	c.put(1, e, 2, db.NoDeadline)
	c.stored(c.Args[1], db.NoDeadline)
	if c.Logging {
		c.logSet(c.Args[2], db.NoDeadline)
	}
}

func cmdGetDel(c *Context) {
	e, ok := c.replyGet()
	if !ok || e == nil {
		return
	}
	c.DB.Remove(c.KeyHash(1), e)
	c.Changed(EventGeneric, "del", c.DB, c.Args[1], 1)
	if c.Logging {
		c.logDelete(wordDel, 1)
	}
}

func cmdStrlen(c *Context) {
	e := c.LookupRead(1)
	switch {
	case e == nil:
		c.W.Int(0)
	case c.isString(e):
		c.W.Int(int64(e.StringLen()))
	}
}

// put stores Args[value] under the key at Args[key], whose entry is e or nil.
// A value that was received in memory of its own is kept there.
func (c *Context) put(key int, e *db.Entry, value int, deadline int64) {
	if len(c.Big) != 0 {
		if token := c.TakeBig(value); token != 0 {
			c.DB.PutBlob(c.Args[key], c.KeyHash(key), e, token, deadline)
			return
		}
	}
	c.DB.PutString(c.Args[key], c.KeyHash(key), e, c.Args[value], deadline)
}

// stringBytes returns the bytes of e, which is a string or nil; see
// db.Entry.Bytes for scratch and the life of the result.
func stringBytes(e *db.Entry, scratch *[decimal.MaxLen]byte) []byte {
	if e == nil {
		return nil
	}
	return e.Bytes(scratch[:])
}
