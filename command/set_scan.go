package command

import (
	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/glob"
)

func cmdSScan(c *Context) {
	o := scanOptions{count: 10}
	var ok bool
	if o.cursor, ok = parseCursor(c.Args[2]); !ok {
		c.Error(errCursor)
		return
	}
	e, ok := c.readSet(1)
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
		c.replySetScan(e, &o)
	}
}

// replySetScan goes over the buckets twice, as replyScan does.
func (c *Context) replySetScan(e *db.Entry, o *scanOptions) {
	seen, buckets := int64(0), 0
	next := o.cursor
	for limit := o.stride(); seen < o.count && buckets < limit; buckets++ {
		if next = e.SetScan(next, func(db.Element) { seen++ }); next == 0 {
			buckets++
			break
		}
	}
	var scratch [decimal.MaxLen]byte
	c.W.Array(2)
	c.W.Bulk(decimal.AppendUint(scratch[:0], next))
	mark, n := c.W.Deferred(), 0
	for cursor := o.cursor; buckets > 0; buckets-- {
		cursor = e.SetScan(cursor, func(m db.Element) {
			if !o.match || glob.Match(o.pattern, m.Text(scratch[:]), false) {
				c.replyMember(m)
				n++
			}
		})
	}
	c.W.SetArrayLen(mark, n)
}
