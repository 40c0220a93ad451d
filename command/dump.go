package command

import (
	"errors"
	"math"

	"basalt/db"
)

// What Host.Restore refuses a payload for.
var (
	ErrRestoreChecksum = errors.New("DUMP payload version or checksum are wrong")
	ErrRestoreFormat   = errors.New("Bad data format")
)

// dumpKept bounds the memory that DUMP keeps for the next time.
const dumpKept = 1 << 20

func cmdDump(c *Context) {
	e := c.LookupRead(1)
	if e == nil {
		c.W.Null()
		return
	}
	c.dump = c.Host.Dump(c.dump[:0], c.DB, e)
	c.W.Bulk(c.dump)
	if cap(c.dump) > dumpKept {
		c.dump = nil
	}
}

// restoreOptions is what RESTORE is asked for.
type restoreOptions struct {
	replace, absolute bool
	idle, freq        int64 // -1: not given
}

func cmdRestore(c *Context) {
	o := restoreOptions{idle: -1, freq: -1}
	if !c.parseRestore(&o) {
		return
	}
	key, hash := c.Args[1], c.KeyHash(1)
	if !o.replace && c.LookupWrite(1) != nil {
		c.Error("BUSYKEY Target key name already exists.")
		return
	}
	ttl, ok := c.integer(2)
	if !ok {
		return
	}
	if ttl < 0 {
		c.Error("ERR Invalid TTL value, must be >= 0")
		return
	}
	e, err := c.Host.Restore(key, hash, c.Args[3])
	if err != nil {
		c.Error("ERR " + err.Error())
		return
	}
	c.placeRestored(e, hash, ttl, &o)
}

func (c *Context) parseRestore(o *restoreOptions) bool {
	for i := 4; i < len(c.Args); i++ {
		arg, more := c.Args[i], i+1 < len(c.Args)
		switch {
		case equalFold(arg, "replace"):
			o.replace = true
		case equalFold(arg, "absttl"):
			o.absolute = true
		case equalFold(arg, "idletime") && more && o.freq == -1:
			i++
			var ok bool
			if o.idle, ok = c.integer(i); !ok {
				return false
			}
			if o.idle < 0 {
				c.Error("ERR Invalid IDLETIME value, must be >= 0")
				return false
			}
		case equalFold(arg, "freq") && more && o.idle == -1:
			i++
			var ok bool
			if o.freq, ok = c.integer(i); !ok {
				return false
			}
			if o.freq < 0 || o.freq > 255 {
				c.Error("ERR Invalid FREQ value, must be >= 0 and <= 255")
				return false
			}
		default:
			c.Error(errSyntax)
			return false
		}
	}
	return true
}

// placeRestored moves e, which lies in the database of its own, to where it
// belongs. ttl is in ms from now, or a Unix time; 0 is none.
func (c *Context) placeRestored(e *db.Entry, hash uint64, ttl int64, o *restoreOptions) {
	key, from := c.Args[1], c.Keys.Scratch()
	if ttl != 0 && !o.absolute {
		ttl = min(ttl, math.MaxInt64-c.Keys.Now()) + c.Keys.Now()
	}
	had := o.replace && c.DB.Delete(key, hash)
	if ttl != 0 && c.Keys.Passed(ttl) {
		from.Remove(hash, e)
		if had {
			c.Changed(EventGeneric, "del", c.DB, key, 1)
			if c.Logging {
				c.logPast(1)
			}
		}
		c.W.OK()
		return
	}
	from.Rename(hash, e, c.DB, key, hash)
	e = c.DB.Peek(key, hash)
	if ttl != 0 {
		e = c.DB.SetDeadline(hash, e, ttl)
	}
	if o.idle >= 0 {
		c.Keys.SetIdle(e, o.idle)
	}
	if o.freq >= 0 {
		c.Keys.SetFreq(e, uint8(o.freq))
	}
	c.Changed(EventGeneric, "restore", c.DB, key, 1)
	if c.Logging && ttl != 0 && !o.absolute {
		l := c.record(wordRestore, len(c.Args)+1)
		l.bulk(key)
		l.int(ttl)
		l.bulks(c.Args[3:])
		l.word(wordAbsTTL)
	}
	c.W.OK()
}
