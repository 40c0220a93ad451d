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
	e = c.hashUpdate(e, text)
	c.Changed(EventHash, "hincrbyfloat", c.DB, c.Args[1], 1)
	if c.Logging {
		c.logField(e, text)
	}
	c.W.Bulk(text)
}

// logField logs the value that the field Args[2] of the hash e has now, and its
// deadline, which HSET takes away.
func (c *Context) logField(e *db.Entry, value []byte) {
	name := c.Args[2]
	l := c.record(wordHSet, 4)
	l.bulks(c.Args[1:3])
	l.bulk(value)
	if deadline, _ := c.DB.HashDeadline(e, name); deadline != db.NoDeadline {
		c.logHPExpireAt(deadline, nil, c.Args[2:3])
	}
}

// hashUpdate sets the field Args[2] of the hash e, which is nil if the key is
// absent, and returns its entry. The field keeps its deadline.
func (c *Context) hashUpdate(e *db.Entry, value []byte) *db.Entry {
	pair := [2][]byte{c.Args[2], value}
	if e == nil {
		e = c.DB.HashPrepare(c.Args[1], c.Hash, nil, pair[:])
	}
	c.DB.HashUpdate(e, pair[0], pair[1])
	return e
}
