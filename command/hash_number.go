package command

import (
	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/longdouble"
)

func cmdHIncrBy(c *Context) {
	delta, ok := c.integer(3)
	if !ok {
		return
	}
	e, ok := c.writeHash()
	if !ok {
		return
	}
	value := delta
	if e == nil {
		var scratch [decimal.MaxLen]byte
		c.hashUpdate(nil, decimal.AppendInt(scratch[:0], delta))
	} else {
		var sum db.Sum
		switch value, sum = c.DB.HashAdd(e, c.Args[2], delta); sum {
		case db.SumNotInteger:
			c.Error(errHashNotInteger)
			return
		case db.SumOverflow:
			c.Error(errIncrOverflow)
			return
		}
	}
	c.Changed(EventHash, "hincrby", c.DB, c.Args[1], 1)
	c.W.Int(value)
}

func cmdHIncrByFloat(c *Context) {
	delta, ok := longdouble.Parse(c.Args[3])
	if !ok {
		c.Error(errNotFloat)
		return
	}
	if delta.IsInf() {
		c.Error(errNaNOrInfinity)
		return
	}
	e, ok := c.writeHash()
	if !ok {
		return
	}
	value := longdouble.Float{}
	if e != nil {
		if old, found := c.DB.HashGet(e, c.Args[2]); found {
			var scratch [decimal.MaxLen]byte
			value, ok = longdouble.Parse(old.Text(scratch[:]))
		}
	}
	if !ok {
		c.Error(errHashNotFloat)
		return
	}
	sum, ok := value.Add(delta)
	if !ok {
		c.Error(errNaN)
		return
	}
	var room [64]byte
	text := sum.AppendText(room[:0])
	c.hashUpdate(e, text)
	c.Changed(EventHash, "hincrbyfloat", c.DB, c.Args[1], 1)
	c.W.Bulk(text)
}

// hashUpdate sets the field Args[2] of the hash e, which is nil if the key is
// absent. The field keeps its deadline.
func (c *Context) hashUpdate(e *db.Entry, value []byte) {
	pair := [2][]byte{c.Args[2], value}
	if e == nil {
		e = c.DB.HashPrepare(c.Args[1], c.Hash, nil, pair[:])
	}
	c.DB.HashUpdate(e, pair[0], pair[1])
}
