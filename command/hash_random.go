package command

import (
	"math"

	"basalt/db"
	"basalt/resp"
)

func cmdHRandField(c *Context) {
	if len(c.Args) == 2 {
		c.hashRandomOne()
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
	values := len(c.Args) == 4
	if len(c.Args) > 4 || values && !equalFold(c.Args[3], "withvalues") {
		c.Error(errSyntax)
		return
	}
	if values && (count < -math.MaxInt64/2 || count > math.MaxInt64/2) {
		c.Error(errRangePlain)
		return
	}
	e, ok := c.readHash()
	if !ok {
		return
	}
	if e == nil || count == 0 {
		c.W.Array(0)
		return
	}
	c.hashRandom(e, count, values)
}

func (c *Context) hashRandomOne() {
	e, ok := c.readHash()
	switch {
	case !ok:
	case e == nil:
		c.W.Null()
	default:
		c.DB.HashRandom(e, 1, func(name, _ db.Element) { c.replyMember(name) })
	}
}

// hashRandom replies with count fields of the hash e, different ones unless
// count is negative.
func (c *Context) hashRandom(e *db.Entry, count int64, values bool) {
	n := int(max(count, -count))
	size := c.DB.HashLen(e)
	if count > 0 {
		n = min(n, size)
	}
	nested := values && c.W.Proto() == resp.Proto3
	if values && !nested {
		c.W.Array(2 * n)
	} else {
		c.W.Array(n)
	}
	reply := func(name, value db.Element) {
		if nested {
			c.W.Array(2)
		}
		c.replyMember(name)
		if values {
			c.replyMember(value)
		}
	}
	switch {
	case count < 0:
		c.DB.HashRandom(e, n, reply)
	case n == size:
		c.DB.HashEach(e, reply)
	default:
		c.DB.HashSample(e, n, reply)
	}
}
