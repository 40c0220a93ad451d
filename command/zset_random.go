package command

import (
	"math"
	"strconv"

	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/double"
	"basalt/internal/glob"
)

func cmdZRandMember(c *Context) {
	if len(c.Args) == 2 {
		e, ok := c.readZSet(1)
		switch {
		case !ok:
		case e == nil:
			c.W.Null()
		default:
			m, _ := e.ZRandom()
			c.replyMember(m)
		}
		return
	}
	count, ok := c.integer(2)
	if !ok {
		return
	}
	if count == math.MinInt64 {
		c.Error(errCountRange)
		return
	}
	scores := len(c.Args) == 4
	if len(c.Args) > 4 || scores && !equalFold(c.Args[3], "withscores") {
		c.Error(errSyntax)
		return
	}
	if scores && (count < -math.MaxInt64/2 || count > math.MaxInt64/2) {
		c.Error(errRangePlain)
		return
	}
	e, ok := c.readZSet(1)
	if !ok {
		return
	}
	if e == nil || count == 0 {
		c.W.Array(0)
		return
	}
	c.zrandom(e, count, scores)
}

// zrandom replies with count random members of e, different ones unless count
// is negative.
func (c *Context) zrandom(e *db.Entry, count int64, scores bool) {
	size := e.ZLen()
	if count >= int64(size) {
		it := e.ZRange(0, size, true)
		c.replyScored(&it, size, scores)
		return
	}
	n := int(max(count, -count))
	pairs := scores && c.W.Proto() == 3
	if scores && !pairs {
		c.W.Array(2 * n)
	} else {
		c.W.Array(n)
	}
	reply := func(m db.Element, score float64) {
		if pairs {
			c.W.Array(2)
		}
		c.replyMember(m)
		if scores {
			c.W.Double(score)
		}
	}
	if count > 0 {
		c.Keys.ZSample(e, n, reply)
		return
	}
	for ; n > 0; n-- {
		reply(e.ZRandom())
	}
}

func cmdZScan(c *Context) {
	o := scanOptions{count: 10}
	var ok bool
	if o.cursor, ok = parseCursor(c.Args[2]); !ok {
		c.Error(errCursor)
		return
	}
	e, ok := c.readZSet(1)
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
		c.replyZScan(e, &o)
	}
}

// replyZScan goes over the buckets twice, as replyScan does.
func (c *Context) replyZScan(e *db.Entry, o *scanOptions) {
	next, buckets := uint64(0), 1
	if e.IsPacked() {
		o.cursor = 0
	} else {
		next, buckets = o.cursor, 0
		seen := int64(0)
		for limit := o.stride(); seen < o.count && buckets < limit; {
			next = e.ZScan(next, func(db.Element, float64) { seen++ })
			if buckets++; next == 0 {
				break
			}
		}
	}
	var scratch [decimal.MaxLen]byte
	c.W.Array(2)
	c.W.Bulk(decimal.AppendUint(scratch[:0], next))
	mark, n := c.W.Deferred(), 0
	for cursor := o.cursor; buckets > 0; buckets-- {
		cursor = e.ZScan(cursor, func(m db.Element, score float64) {
			if !o.match || glob.Match(o.pattern, m.Text(scratch[:]), false) {
				c.replyMember(m)
				c.replyScanScore(e, score)
				n += 2
			}
		})
	}
	c.W.SetArrayLen(mark, n)
}

// replyScanScore writes a score as ZSCAN does: as it stands in a small sorted
// set, and with 17 digits in a large one.
func (c *Context) replyScanScore(e *db.Entry, score float64) {
	var scratch [double.TextMax]byte
	switch {
	case e.IsPacked() || math.IsInf(score, 0):
		c.W.Bulk(double.Append(scratch[:0], score))
	default:
		c.W.Bulk(strconv.AppendFloat(scratch[:0], score, 'g', 17, 64))
	}
}
