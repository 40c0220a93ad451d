package command

import (
	"math"

	"basalt/db"
)

func cmdExpire(c *Context)    { c.expire(c.Keys.Now(), true) }
func cmdPExpire(c *Context)   { c.expire(c.Keys.Now(), false) }
func cmdExpireAt(c *Context)  { c.expire(0, true) }
func cmdPExpireAt(c *Context) { c.expire(0, false) }

// expireFlags is the conditions of the EXPIRE family.
type expireFlags uint8

const (
	expireNX expireFlags = 1 << iota
	expireXX
	expireGT
	expireLT
)

// expire executes the EXPIRE family: Args[2], in seconds or ms, counts from
// base.
func (c *Context) expire(base int64, seconds bool) {
	flags, ok := c.parseExpireFlags()
	if !ok {
		return
	}
	when, ok := c.integer(2)
	if !ok {
		return
	}
	if seconds {
		if when > math.MaxInt64/1000 || when < math.MinInt64/1000 {
			c.errorExpireTime()
			return
		}
		when *= 1000
	}
	if when > math.MaxInt64-base {
		c.errorExpireTime()
		return
	}
	when += base
	e := c.LookupWrite(1)
	if e == nil || !expireAllowed(e, when, flags) {
		c.W.Int(0)
		return
	}
	c.setDeadline(e, when)
	c.W.Int(1)
}

// setDeadline makes the key at Args[1], whose entry is e, expire at a Unix time
// in ms: at once if that has passed.
func (c *Context) setDeadline(e *db.Entry, when int64) {
	passed, event := c.Keys.Passed(when), "expire"
	if passed {
		c.DB.Remove(c.KeyHash(1), e)
		event = "del"
	} else {
		c.DB.SetDeadline(c.KeyHash(1), e, when)
	}
	c.Changed(EventGeneric, event, c.DB, c.Args[1], 1)
	switch {
	case !c.Logging:
	case passed:
		c.logPast(1)
	default:
		c.logPExpireAt(when)
	}
}

func (c *Context) parseExpireFlags() (flags expireFlags, ok bool) {
	for _, arg := range c.Args[3:] {
		switch {
		case equalFold(arg, "nx"):
			flags |= expireNX
		case equalFold(arg, "xx"):
			flags |= expireXX
		case equalFold(arg, "gt"):
			flags |= expireGT
		case equalFold(arg, "lt"):
			flags |= expireLT
		default:
			c.Error("ERR Unsupported option " + string(excerpt(arg, len(arg))))
			return 0, false
		}
	}
	switch {
	case flags&expireNX != 0 && flags != expireNX:
		c.Error(errExpireNX)
		return 0, false
	case flags&(expireGT|expireLT) == expireGT|expireLT:
		c.Error(errExpireGT)
		return 0, false
	}
	return flags, true
}

// expireAllowed reports whether the conditions hold for e, which is to expire
// at when. No deadline counts as one that never comes.
func expireAllowed(e *db.Entry, when int64, flags expireFlags) bool {
	current, has := e.Deadline()
	switch {
	case flags&expireNX != 0 && has:
		return false
	case flags&expireXX != 0 && !has:
		return false
	case flags&expireGT != 0 && (!has || when <= current):
		return false
	case flags&expireLT != 0 && has && when >= current:
		return false
	}
	return true
}

func cmdPersist(c *Context) {
	e := c.LookupWrite(1)
	if e == nil || !hasDeadline(e) {
		c.W.Int(0)
		return
	}
	c.DB.SetDeadline(c.KeyHash(1), e, db.NoDeadline)
	c.Changed(EventGeneric, "persist", c.DB, c.Args[1], 1)
	c.W.Int(1)
}

func cmdTTL(c *Context)         { c.replyDeadline(true, true) }
func cmdPTTL(c *Context)        { c.replyDeadline(true, false) }
func cmdExpireTime(c *Context)  { c.replyDeadline(false, true) }
func cmdPExpireTime(c *Context) { c.replyDeadline(false, false) }

// replyDeadline replies with when the key at Args[1] expires, from now on if
// relative, in seconds or ms: -2 for no key, -1 for no deadline.
func (c *Context) replyDeadline(relative, seconds bool) {
	e := c.inspect(1)
	if e == nil {
		c.W.Int(-2)
		return
	}
	n, ok := e.Deadline()
	if !ok {
		c.W.Int(-1)
		return
	}
	if relative {
		n = max(n-c.Keys.Now(), 0)
	}
	if seconds {
		n = int64((uint64(n) + 500) / 1000) // deadlines reach up to 2^63-1
	}
	c.W.Int(n)
}
