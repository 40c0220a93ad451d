package command

import (
	"bytes"

	"basalt/db"
)

func cmdRename(c *Context)   { c.rename(false) }
func cmdRenameNX(c *Context) { c.rename(true) }

func (c *Context) rename(nx bool) {
	e := c.LookupWrite(1)
	if e == nil {
		c.Error(errNoKey)
		return
	}
	if bytes.Equal(c.Args[1], c.Args[2]) {
		c.replyRenamed(nx, false)
		return
	}
	hash := db.Hash(c.Args[2])
	if nx && c.DB.Peek(c.Args[2], hash) != nil {
		c.replyRenamed(nx, false)
		return
	}
	c.DB.Rename(c.KeyHash(1), e, c.DB, c.Args[2], hash)
	c.moved("rename_from", "rename_to", c.DB, c.Args[1], c.DB, c.Args[2])
	c.replyRenamed(nx, true)
}

// moved records that a key has gone from one name to another.
func (c *Context) moved(here, there string, from *db.DB, source []byte, to *db.DB, target []byte) {
	c.Modified(from, source)
	c.touched(to, target)
	c.Event(EventGeneric, here, from, source)
	c.Event(EventGeneric, there, to, target)
}

func (c *Context) replyRenamed(nx, done bool) {
	switch {
	case !nx:
		c.W.OK()
	case done:
		c.W.Int(1)
	default:
		c.W.Int(0)
	}
}

func cmdCopy(c *Context) {
	to, replace := c.DB, false
	for i := 3; i < len(c.Args); i++ {
		switch {
		case equalFold(c.Args[i], "replace"):
			replace = true
		case equalFold(c.Args[i], "db") && i+1 < len(c.Args):
			i++
			n, ok := c.database(i)
			if !ok {
				return
			}
			to = c.Keys.DB(n)
		default:
			c.Error(errSyntax)
			return
		}
	}
	if to == c.DB && bytes.Equal(c.Args[1], c.Args[2]) {
		c.Error(errSameObject)
		return
	}
	e := c.LookupRead(1)
	hash := db.Hash(c.Args[2])
	if e == nil || !replace && to.Peek(c.Args[2], hash) != nil {
		c.W.Int(0)
		return
	}
	to.Delete(c.Args[2], hash)
	c.DB.Copy(e, to, c.Args[2], hash)
	c.Changed(EventGeneric, "copy_to", to, c.Args[2], 1)
	c.W.Int(1)
}

func cmdMove(c *Context) {
	n, ok := c.database(2)
	if !ok {
		return
	}
	to := c.Keys.DB(n)
	if to == c.DB {
		c.Error(errSameObject)
		return
	}
	key, hash := c.Args[1], c.KeyHash(1)
	e := c.LookupWrite(1)
	if e == nil || to.Peek(key, hash) != nil {
		c.W.Int(0)
		return
	}
	c.DB.Rename(hash, e, to, key, hash)
	c.moved("move_from", "move_to", c.DB, key, to, key)
	c.W.Int(1)
}

func cmdSwapDB(c *Context) {
	first, ok := parseInt(c.Args[1])
	if !ok || first != int64(int32(first)) {
		c.Error(errFirstDB)
		return
	}
	second, ok := parseInt(c.Args[2])
	if !ok || second != int64(int32(second)) {
		c.Error(errSecondDB)
		return
	}
	count := int64(c.Keys.Count())
	if first < 0 || first >= count || second < 0 || second >= count {
		c.Error(errDBRange)
		return
	}
	if c.Watching != 0 {
		c.Host.Swapping(c.Keys.DB(int(first)), c.Keys.DB(int(second)))
	}
	c.Keys.Swap(int(first), int(second))
	c.Keys.Dirty++
	c.allModified(c.Keys.DB(int(first)))
	c.allModified(c.Keys.DB(int(second)))
	c.W.OK()
}

// parseFlush checks the arguments of FLUSHALL and FLUSHDB. SYNC and ASYNC mean
// the same here: memory is freed in slices between batches, always.
func (c *Context) parseFlush() bool {
	if len(c.Args) > 2 || len(c.Args) == 2 && !equalFold(c.Args[1], "sync") && !equalFold(c.Args[1], "async") {
		c.Error(errSyntax)
		return false
	}
	return true
}

func cmdFlushDB(c *Context) {
	if !c.parseFlush() {
		return
	}
	if c.Watching != 0 {
		c.Host.Flushing(c.DB)
	}
	c.Keys.Dirty += int64(c.DB.Flush())
	c.allModified(c.DB)
	c.logAlways()
	c.W.OK()
}

func cmdFlushAll(c *Context) {
	if !c.parseFlush() {
		return
	}
	if c.Watching != 0 {
		c.Host.Flushing(nil)
	}
	for i := range c.Keys.Count() {
		c.Keys.Dirty += int64(c.Keys.DB(i).Flush())
		c.allModified(c.Keys.DB(i))
	}
	c.logAlways()
	if !c.Replaying {
		c.Host.Flushed()
	}
	c.W.OK()
}

// allModified records that all keys of d may have changed.
func (c *Context) allModified(d *db.DB) {
	if c.Watching != 0 {
		c.Host.AllModified(d)
	}
}
