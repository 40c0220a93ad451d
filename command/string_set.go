package command

import (
	"math"

	"basalt/db"
	"basalt/internal/decimal"
)

// setFlags is the options of SET, GETEX and MSETEX.
type setFlags uint16

const (
	setNX setFlags = 1 << iota
	setXX
	setIfEq
	setGet
	setKeepTTL
	setPersist
	setEX
	setPX
	setEXAT
	setPXAT

	setExpires   = setEX | setPX | setEXAT | setPXAT
	setCondition = setNX | setXX | setIfEq
)

// setOptions is parsed options: flags, and where their values stand.
type setOptions struct {
	flags   setFlags
	expire  int // index of the value of EX, PX, EXAT or PXAT
	compare int // index of the value of IFEQ
}

// setWord is one word among the options: what it sets, what must not have been
// set before it, and whether a value follows. EX may follow EX, and the last
// one counts: that is how Redis reads it.
type setWord struct {
	word     string
	flag     setFlags
	excludes setFlags
	value    bool
}

var setWords = [...]setWord{
	{"nx", setNX, setXX | setIfEq, false},
	{"xx", setXX, setNX | setIfEq, false},
	{"ifeq", setIfEq, setCondition, true},
	{"get", setGet, 0, false},
	{"keepttl", setKeepTTL, setPersist | setExpires, false},
	{"persist", setPersist, setKeepTTL | setExpires, false},
	{"ex", setEX, setKeepTTL | setPersist | setExpires&^setEX, true},
	{"px", setPX, setKeepTTL | setPersist | setExpires&^setPX, true},
	{"exat", setEXAT, setKeepTTL | setPersist | setExpires&^setEXAT, true},
	{"pxat", setPXAT, setKeepTTL | setPersist | setExpires&^setPXAT, true},
}

// parseSetOptions reads the options from Args[i] on, of which the command
// allows some.
func (c *Context) parseSetOptions(i int, allowed setFlags) (o setOptions, ok bool) {
	for ; i < len(c.Args); i++ {
		w := findSetWord(c.Args[i])
		if w == nil || allowed&w.flag == 0 || o.flags&w.excludes != 0 || w.value && i+1 == len(c.Args) {
			c.Error(errSyntax)
			return o, false
		}
		o.flags |= w.flag
		if w.value {
			i++
			if w.flag == setIfEq {
				o.compare = i
			} else {
				o.expire = i
			}
		}
	}
	return o, true
}

func findSetWord(arg []byte) *setWord {
	for i := range setWords {
		if w := &setWords[i]; equalFold(arg, w.word) {
			return w
		}
	}
	return nil
}

// deadline returns the Unix time in ms that the options ask for, KeepDeadline
// or NoDeadline; if the time makes no sense it replies so.
func (c *Context) deadline(o setOptions) (int64, bool) {
	if o.flags&setExpires == 0 {
		if o.flags&setKeepTTL != 0 {
			return db.KeepDeadline, true
		}
		return db.NoDeadline, true
	}
	return c.deadlineAt(o.expire, o.flags&(setEX|setEXAT) != 0, o.flags&(setEX|setPX) != 0)
}

// deadlineAt returns the deadline that Args[i] stands for: a positive number
// of seconds or ms, from now on if it is relative.
func (c *Context) deadlineAt(i int, seconds, relative bool) (int64, bool) {
	n, ok := c.integer(i)
	if !ok {
		return 0, false
	}
	if n <= 0 || seconds && n > math.MaxInt64/1000 {
		c.errorExpireTime()
		return 0, false
	}
	if seconds {
		n *= 1000
	}
	if relative {
		if n > math.MaxInt64-c.Keys.Now() {
			c.errorExpireTime()
			return 0, false
		}
		n += c.Keys.Now()
	}
	return n, true
}

func cmdSet(c *Context) {
	if len(c.Args) == 3 {
		c.put(1, c.LookupWrite(1), 2, db.NoDeadline)
		c.stored(c.Args[1], db.NoDeadline)
		c.W.OK()
		return
	}
	o, ok := c.parseSetOptions(3, setCondition|setGet|setKeepTTL|setExpires)
	if !ok {
		return
	}
	deadline, ok := c.deadline(o)
	if !ok {
		return
	}
	c.set(o, deadline)
}

// stored records that a string was stored under key, with that deadline if it is
// not negative.
func (c *Context) stored(key []byte, deadline int64) {
	c.Changed(EventString, "set", c.DB, key, 1)
	if deadline >= 0 {
		c.Event(EventGeneric, "expire", c.DB, key)
	}
}

// set executes SET with options.
func (c *Context) set(o setOptions, deadline int64) {
	if o.flags&setGet != 0 {
		// The reply is the old value whether or not the new one is stored.
		if e, ok := c.replyGet(); ok && c.setAllowed(e, o) {
			c.setTo(e, o, deadline)
		}
		return
	}
	e := c.LookupWrite(1)
	if o.flags&setIfEq != 0 && !c.isString(e) {
		return
	}
	if !c.setAllowed(e, o) {
		c.W.Null()
		return
	}
	c.setTo(e, o, deadline)
	c.W.OK()
}

// setAbsolute is options that mean the same whenever the command is executed.
const setAbsolute = setNX | setXX | setKeepTTL | setPXAT

// setTo stores the value of SET. In the log stands what does not depend on the
// time, or on the old value.
func (c *Context) setTo(e *db.Entry, o setOptions, deadline int64) {
	c.put(1, e, 2, deadline)
	c.stored(c.Args[1], deadline)
	if c.Logging && o.flags&^setAbsolute != 0 {
		c.logSet(c.Args[2], deadline)
	}
}

// setAllowed reports whether the conditions of SET hold for e, the entry of
// its key or nil. With IFEQ e is a string.
func (c *Context) setAllowed(e *db.Entry, o setOptions) bool {
	switch {
	case o.flags&setNX != 0:
		return e == nil
	case o.flags&setXX != 0:
		return e != nil
	case o.flags&setIfEq != 0:
		var scratch [decimal.MaxLen]byte
		return e != nil && string(e.Bytes(scratch[:])) == string(c.Args[o.compare])
	}
	return true
}

func cmdSetNX(c *Context) {
	if c.LookupWrite(1) != nil {
		c.W.Int(0)
		return
	}
	c.put(1, nil, 2, db.NoDeadline)
	c.stored(c.Args[1], db.NoDeadline)
	c.W.Int(1)
}

func cmdSetEX(c *Context)  { c.setExpiring(true) }
func cmdPSetEX(c *Context) { c.setExpiring(false) }

func (c *Context) setExpiring(seconds bool) {
	deadline, ok := c.deadlineAt(2, seconds, true)
	if !ok {
		return
	}
	c.put(1, c.LookupWrite(1), 3, deadline)
	c.stored(c.Args[1], deadline)
	if c.Logging {
		c.logSet(c.Args[3], deadline)
	}
	c.W.OK()
}

func cmdGetEX(c *Context) {
	o, ok := c.parseSetOptions(2, setPersist|setExpires)
	if !ok {
		return
	}
	e := c.LookupRead(1)
	if e == nil {
		c.W.Null()
		return
	}
	if !c.isString(e) {
		return
	}
	deadline, ok := c.deadline(o)
	if !ok {
		return
	}
	c.replyString(e)
	switch {
	case o.flags&setExpires != 0:
		c.setDeadline(e, deadline)
		return
	case o.flags&setPersist == 0 || !hasDeadline(e):
		return
	}
	c.DB.SetDeadline(c.KeyHash(1), e, db.NoDeadline)
	c.Changed(EventGeneric, "persist", c.DB, c.Args[1], 1)
	if c.Logging {
		c.logDelete(wordPersist, 1)
	}
}

func hasDeadline(e *db.Entry) bool {
	_, ok := e.Deadline()
	return ok
}
