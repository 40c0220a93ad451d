package command

import (
	"math"

	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/longdouble"
)

func cmdIncr(c *Context) { c.increment(1) }
func cmdDecr(c *Context) { c.increment(-1) }

func cmdIncrBy(c *Context) {
	if n, ok := c.integer(2); ok {
		c.increment(n)
	}
}

func cmdDecrBy(c *Context) {
	n, ok := c.integer(2)
	if !ok {
		return
	}
	if n == math.MinInt64 {
		c.Error(errDecrOverflow)
		return
	}
	c.increment(-n)
}

// increment adds delta to the integer under the key at Args[1].
func (c *Context) increment(delta int64) {
	key, hash := c.Args[1], c.KeyHash(1)
	e := c.LookupWrite(1)
	if !c.isString(e) {
		return
	}
	value, ok := int64(0), true
	kept := false
	if e != nil {
		if value, kept = e.Int(); !kept {
			var scratch [decimal.MaxLen]byte
			value, ok = decimal.Parse(e.Bytes(scratch[:]))
		}
	}
	if !ok {
		c.Error(errNotInteger)
		return
	}
	if delta > 0 && value > math.MaxInt64-delta || delta < 0 && value < math.MinInt64-delta {
		c.Error(errIncrOverflow)
		return
	}
	value += delta
	if kept {
		c.DB.StoreInt(e, value)
	} else {
		c.DB.PutInt(key, hash, e, value, db.KeepDeadline)
	}
	c.Changed(EventString, "incrby", c.DB, key, 1)
	c.W.Int(value)
}

func cmdIncrByFloat(c *Context) {
	e := c.LookupWrite(1)
	if !c.isString(e) {
		return
	}
	var scratch [decimal.MaxLen]byte
	value, ok := longdouble.Float{}, true
	if e != nil {
		value, ok = longdouble.Parse(stringBytes(e, &scratch))
	}
	if !ok {
		c.Error(errNotFloat)
		return
	}
	delta, ok := longdouble.Parse(c.Args[2])
	if !ok {
		c.Error(errNotFloat)
		return
	}
	sum, ok := value.Add(delta)
	if !ok {
		c.Error(errNaN)
		return
	}
	var room [64]byte
	text := sum.AppendText(room[:0])
	c.DB.PutText(c.Args[1], c.KeyHash(1), e, text, db.KeepDeadline)
	c.Changed(EventString, "incrbyfloat", c.DB, c.Args[1], 1)
	if c.Logging {
		c.logSet(text, db.KeepDeadline)
	}
	c.W.Bulk(text)
}
