package command

import (
	"basalt/db"
)

// objectEntry returns the entry of the key that a subcommand of OBJECT names,
// or replies that there is none.
func (c *Context) objectEntry() *db.Entry {
	e := c.DB.Peek(c.Args[2], c.KeyHash(2))
	if e == nil {
		// It counts, but it is no event.
		c.Keys.Misses++
		c.W.Null()
		return nil
	}
	c.Keys.Hits++
	return e
}

func cmdObjectEncoding(c *Context) {
	if e := c.objectEntry(); e != nil {
		c.W.BulkString(e.EncodingName())
	}
}

func cmdObjectFreq(c *Context) {
	e := c.objectEntry()
	switch {
	case e == nil:
	case c.Keys.Policy.Access == db.ByClock:
		c.Error(errNoLFU)
	default:
		c.W.Int(c.Keys.Freq(e))
	}
}

func cmdObjectIdleTime(c *Context) {
	e := c.objectEntry()
	switch {
	case e == nil:
	case c.Keys.Policy.Access != db.ByClock:
		c.Error(errIsLFU)
	default:
		c.W.Int(c.Keys.Idle(e))
	}
}

const (
	// sharedInts is how many small integers Redis keeps one object of each
	// for, and sharedRefs the count of references it shows for them. Nothing
	// is shared here, but clients see what they saw.
	sharedInts = 10000
	sharedRefs = 1<<31 - 1
)

func cmdObjectRefCount(c *Context) {
	e := c.objectEntry()
	if e == nil {
		return
	}
	c.W.Int(c.refCount(e))
}

// refCount is the number of references that Redis would count.
func (c *Context) refCount(e *db.Entry) int64 {
	if n, ok := e.Int(); ok && n >= 0 && n < sharedInts && !c.countsAccess() {
		return sharedRefs
	}
	return 1
}

// countsAccess reports whether eviction looks at each key's last accesses, for
// which Redis does not share objects.
func (c *Context) countsAccess() bool {
	cfg := c.Host.Config()
	if cfg.MaxMemory == 0 && cfg.MaxMemoryPercent == 0 {
		return false
	}
	return cfg.MaxMemoryPolicy.UsesAccess()
}
