package command

import (
	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/glob"
)

func cmdHScan(c *Context) {
	o := scanOptions{fields: true, count: 10}
	var ok bool
	if o.cursor, ok = parseCursor(c.Args[2]); !ok {
		c.Error(errCursor)
		return
	}
	e, ok := c.readHash()
	if !ok {
		return
	}
	if e == nil {
		c.W.Array(2)
		c.W.BulkString("0")
		c.W.Array(0)
		return
	}
	if c.parseScan(&o, 3) {
		c.replyHashScan(e, &o)
	}
}

// replyHashScan goes over the buckets twice, as replyScan does.
func (c *Context) replyHashScan(e *db.Entry, o *scanOptions) {
	next, buckets := uint64(0), 1
	if e.IsPacked() {
		o.cursor = 0
	} else {
		next, buckets = o.cursor, 0
		seen := int64(0)
		for limit := o.stride(); seen < o.count && buckets < limit; {
			next = c.DB.HashScan(e, next, func(db.Element, db.Element) { seen++ })
			if buckets++; next == 0 {
				break
			}
		}
	}
	var scratch [decimal.MaxLen]byte
	c.W.Array(2)
	c.W.Bulk(decimal.AppendUint(scratch[:0], next))
	mark := c.W.Deferred()
	n := 0
	for cursor := o.cursor; buckets > 0; buckets-- {
		cursor = c.DB.HashScan(e, cursor, func(name, value db.Element) {
			if o.match && !matchElement(o.pattern, name) {
				return
			}
			c.replyMember(name)
			n++
			if !o.noValues {
				c.replyMember(value)
				n++
			}
		})
	}
	c.W.SetArrayLen(mark, n)
}

// matchElement reports whether the text of an element matches a pattern.
func matchElement(pattern []byte, e db.Element) bool {
	var scratch [decimal.MaxLen]byte
	return glob.Match(pattern, e.Text(scratch[:]), false)
}
