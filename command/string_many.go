package command

import (
	"math"

	"basalt/db"
)

func cmdMGet(c *Context) {
	c.W.Array(len(c.Args) - 1)
	touch := c.Client.Flags&NoTouch == 0
	var hashes [window]uint64
	for i := 1; i < len(c.Args); i += window {
		n := c.prefetch(&hashes, i, 1, len(c.Args))
		for k, key := range c.Args[i : i+n] {
			e := c.DB.LookupRead(key, hashes[k], touch)
			if e == nil || e.Type() != db.TypeString {
				c.W.Null()
				continue
			}
			c.replyString(e)
		}
	}
}

func cmdMSet(c *Context) {
	if len(c.Args)%2 == 0 {
		c.errorArity()
		return
	}
	c.putPairs(1, len(c.Args), db.NoDeadline)
	c.W.OK()
}

func cmdMSetNX(c *Context) {
	if len(c.Args)%2 == 0 {
		c.errorArity()
		return
	}
	if found, _ := c.census(1, len(c.Args)); found {
		c.W.Int(0)
		return
	}
	c.putPairs(1, len(c.Args), db.NoDeadline)
	c.W.Int(1)
}

func cmdMSetEX(c *Context) {
	count, ok := parseInt(c.Args[1])
	if !ok || count < 1 || count > math.MaxInt32 {
		c.Error(errNumKeys)
		return
	}
	if count > int64(len(c.Args)-2)/2 {
		c.Error(errPairs)
		return
	}
	end := 2 + 2*int(count)
	o, ok := c.parseSetOptions(end, setNX|setXX|setKeepTTL|setExpires)
	if !ok {
		return
	}
	deadline, ok := c.deadline(o)
	if !ok {
		return
	}
	if o.flags&(setNX|setXX) != 0 {
		found, missed := c.census(2, end)
		if o.flags&setNX != 0 && found || o.flags&setXX != 0 && missed {
			c.W.Int(0)
			return
		}
	}
	c.putPairs(2, end, deadline)
	if c.Logging && o.flags&^(setKeepTTL|setPXAT) != 0 {
		// Without the condition: a key that is named twice, with a deadline in
		// the past, expires on the way, which the log has before this.
		l := c.record(wordMSetEX, end+deadlineArgs(deadline))
		l.bulks(c.Args[1:end])
		l.deadline(deadline)
	}
	c.W.Int(1)
}

// census reports whether any key of the pairs from Args[i] to end exists, and
// whether any does not.
func (c *Context) census(i, end int) (found, missed bool) {
	var hashes [window]uint64
	for ; i < end; i += 2 * window {
		n := c.prefetch(&hashes, i, 2, end)
		for k := range n {
			if c.DB.Peek(c.Args[i+2*k], hashes[k]) != nil {
				found = true
			} else {
				missed = true
			}
		}
	}
	return found, missed
}

// putPairs stores the pairs of keys and values from Args[i] to end.
func (c *Context) putPairs(i, end int, deadline int64) {
	touch := c.Client.Flags&NoTouch == 0
	var hashes [window]uint64
	for ; i < end; i += 2 * window {
		n := c.prefetch(&hashes, i, 2, end)
		for k := range n {
			at := i + 2*k
			key := c.Args[at]
			e := c.DB.LookupWrite(key, hashes[k], touch)
			token := uint64(0)
			if len(c.Big) != 0 {
				token = c.TakeBig(at + 1)
			}
			if token != 0 {
				c.DB.PutBlob(key, hashes[k], e, token, deadline)
			} else {
				c.DB.PutString(key, hashes[k], e, c.Args[at+1], deadline)
			}
			c.stored(key, deadline)
		}
	}
}
