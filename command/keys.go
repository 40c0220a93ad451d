package command

import "basalt/db"

func cmdDel(c *Context) {
	deleted := int64(0)
	var hashes [window]uint64
	for i := 1; i < len(c.Args); i += window {
		n := c.prefetch(&hashes, i, 1, len(c.Args))
		for k, key := range c.Args[i : i+n] {
			if c.DB.Delete(key, hashes[k]) {
				deleted++
				c.Changed(EventGeneric, "del", c.DB, key, 1)
			}
		}
	}
	c.W.Int(deleted)
}

// cmdUnlink is DEL: freeing something big is left to slices in any case.
func cmdUnlink(c *Context) { cmdDel(c) }

func cmdExists(c *Context) { c.countKeys(false) }

func cmdTouch(c *Context) { c.countKeys(true) }

// countKeys replies with how many of the keys from Args[1] on exist, a key
// that is named twice counting twice.
func (c *Context) countKeys(touch bool) {
	count := int64(0)
	var hashes [window]uint64
	for i := 1; i < len(c.Args); i += window {
		n := c.prefetch(&hashes, i, 1, len(c.Args))
		for k, key := range c.Args[i : i+n] {
			if c.DB.LookupRead(key, hashes[k], touch) != nil {
				count++
			}
		}
	}
	c.W.Int(count)
}

// inspect is LookupRead for commands that look at a key from outside, which
// is no access.
func (c *Context) inspect(i int) *db.Entry {
	return c.DB.LookupRead(c.Args[i], c.KeyHash(i), false)
}

func cmdType(c *Context) {
	e := c.inspect(1)
	if e == nil {
		c.W.SimpleString("none")
		return
	}
	c.W.SimpleString(e.Type().String())
}

func cmdDBSize(c *Context) { c.W.Int(int64(c.DB.Len())) }

func cmdRandomKey(c *Context) {
	if e := c.DB.Random(); e != nil {
		c.W.Bulk(e.Key())
		return
	}
	c.W.Null()
}
