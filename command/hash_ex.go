package command

import (
	"math"

	"basalt/db"
)

// fieldOptions is what HGETEX and HSETEX are asked for.
type fieldOptions struct {
	expires  bool  // at deadline
	deadline int64 // Unix time in ms
	persist  bool  // HGETEX: take deadlines away
	keep     bool  // HSETEX: keep them
	fnx, fxx bool  // HSETEX: if none, or all, of the fields are there
	// fields are the names behind FIELDS, for HSETEX each with its value.
	fields [][]byte
}

// parseFieldOptions reads the options of HGETEX, or of HSETEX if set is true;
// if they make no sense it replies so.
func (c *Context) parseFieldOptions(o *fieldOptions, set bool) bool {
	only := errOnlyOnePersist
	if set {
		only = errOnlyOneKeepTTL
	}
	for i := 2; i < len(c.Args); i++ {
		option := c.Args[i]
		seconds := equalFold(option, "ex") || equalFold(option, "exat")
		relative := equalFold(option, "ex") || equalFold(option, "px")
		switch {
		case equalFold(option, "fields"):
			return c.parseFields(o, i, set)
		case seconds || relative || equalFold(option, "pxat"):
			if o.expires || o.persist || o.keep {
				c.Error(only)
				return false
			}
			if i++; i == len(c.Args) {
				c.Error(errExpireMissing)
				return false
			}
			base := int64(0)
			if relative {
				base = c.Keys.Now()
			}
			if o.deadline, o.expires = c.fieldDeadline(i, base, seconds); !o.expires {
				return false
			}
		case set && equalFold(option, "keepttl"), !set && equalFold(option, "persist"):
			if o.expires || o.persist || o.keep {
				c.Error(only)
				return false
			}
			o.keep, o.persist = set, !set
		case set && (equalFold(option, "fnx") || equalFold(option, "fxx")):
			if o.fnx || o.fxx {
				c.Error(errOnlyOneCondition)
				return false
			}
			o.fnx = equalFold(option, "fnx")
			o.fxx = !o.fnx
		default:
			c.Error("ERR unknown argument: " + string(excerpt(option, len(option))))
			return false
		}
	}
	c.Error(errFieldsArgument)
	return false
}

// parseFields reads the number at Args[i+1] and the fields behind it.
func (c *Context) parseFields(o *fieldOptions, i int, set bool) bool {
	if i+2 >= len(c.Args) {
		c.errorArity()
		return false
	}
	n, ok := parseInt(c.Args[i+1])
	if !ok || n < 1 || n > math.MaxInt32 {
		c.Error(errNumFieldsInvalid)
		return false
	}
	if set {
		n *= 2
	}
	if o.fields = c.Args[i+2:]; n != int64(len(o.fields)) {
		c.errorArity()
		return false
	}
	return true
}

func cmdHGetEX(c *Context) {
	var o fieldOptions
	if !c.parseFieldOptions(&o, false) {
		return
	}
	e, ok := c.writeHash()
	if !ok {
		return
	}
	c.W.Array(len(o.fields))
	updated, deleted, gone := 0, 0, false
	event := "hexpire"
	for _, name := range o.fields {
		if gone {
			c.W.Null()
			continue
		}
		c.replyField(e, name)
		if e == nil {
			continue
		}
		switch current, found := c.DB.HashDeadline(e, name); {
		case !found:
		case o.expires:
			if c.expireField(e, name, o.deadline, 0, &gone) == fieldDone {
				updated++
			} else {
				deleted++
			}
		case o.persist && current != db.NoDeadline:
			c.DB.HashSetDeadline(e, name, db.NoDeadline)
			updated++
			event = "hpersist"
		}
	}
	c.fieldsChanged(e, event, updated, deleted, gone)
	switch {
	case !c.Logging:
	case deleted > 0:
		c.logHDel(o.fields, 1)
	case updated > 0 && o.persist:
		l := c.record(wordHPersist, 4+len(o.fields))
		l.bulk(c.Args[1])
		l.fields(o.fields)
	case updated > 0:
		c.logHPExpireAt(o.deadline, nil, o.fields)
	}
}

func cmdHSetEX(c *Context) {
	var o fieldOptions
	if !c.parseFieldOptions(&o, true) {
		return
	}
	e, ok := c.writeHash()
	if !ok {
		return
	}
	if o.fnx || o.fxx {
		for i := 0; i < len(o.fields); i += 2 {
			found := false
			if e != nil {
				_, found = c.DB.HashGet(e, o.fields[i])
			}
			if found != o.fxx {
				c.W.Int(0)
				return
			}
		}
	}
	if o.expires && c.Keys.Passed(o.deadline) {
		c.deletePast(e, o.fields)
	} else {
		c.hashSetEX(e, &o)
	}
	c.W.Int(1)
}

// hashSetEX sets the fields of o in the hash e, which may be nil.
func (c *Context) hashSetEX(e *db.Entry, o *fieldOptions) {
	e = c.DB.HashPrepare(c.Args[1], c.Hash, e, o.fields)
	for i := 0; i < len(o.fields); i += 2 {
		name, value := o.fields[i], o.fields[i+1]
		if o.keep {
			c.DB.HashUpdate(e, name, value)
			continue
		}
		c.DB.HashPut(e, name, value)
		if o.expires {
			c.DB.HashSetDeadline(e, name, o.deadline)
		}
	}
	c.Changed(EventHash, "hset", c.DB, c.Args[1], len(o.fields)/2)
	if o.expires {
		c.Event(EventHash, "hexpire", c.DB, c.Args[1])
	}
	if c.Logging {
		c.logHSetEX(o)
	}
}

// logHSetEX logs HSETEX as it was executed, without conditions.
func (c *Context) logHSetEX(o *fieldOptions) {
	deadline := db.NoDeadline
	switch {
	case o.expires:
		deadline = o.deadline
	case o.keep:
		deadline = db.KeepDeadline
	}
	l := c.record(wordHSetEX, 4+deadlineArgs(deadline)+len(o.fields))
	l.bulk(c.Args[1])
	l.deadline(deadline)
	l.word(wordFields)
	l.int(int64(len(o.fields) / 2))
	l.bulks(o.fields)
}

// deletePast deletes the fields of pairs from the hash e, which may be nil, as
// they were set to expire in the past.
func (c *Context) deletePast(e *db.Entry, pairs [][]byte) {
	if e == nil {
		return
	}
	deleted, gone := 0, false
	for i := 0; i < len(pairs) && !gone; i += 2 {
		if c.DB.HashDelete(e, pairs[i]) {
			deleted++
			gone = c.DB.HashEmpty(e)
		}
	}
	c.fieldsChanged(e, "hdel", 0, deleted, gone)
	if c.Logging && deleted > 0 {
		c.logHDel(pairs, 2)
	}
}

func cmdHGetDel(c *Context) {
	e, ok := c.writeHash()
	if !ok {
		return
	}
	names, ok := c.fieldNames(2, errNumFieldsPositive)
	if !ok {
		return
	}
	c.W.Array(len(names))
	deleted, gone := 0, false
	for _, name := range names {
		if gone {
			c.W.Null()
			continue
		}
		c.replyField(e, name)
		if e != nil && c.DB.HashDelete(e, name) {
			deleted++
			gone = c.DB.HashEmpty(e)
		}
	}
	c.fieldsChanged(e, "hdel", 0, deleted, gone)
	if c.Logging && deleted > 0 {
		c.logHDel(names, 1)
	}
}
