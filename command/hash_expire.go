package command

import (
	"basalt/db"
)

func cmdHExpire(c *Context)    { c.hashExpire(c.Keys.Now(), true) }
func cmdHPExpire(c *Context)   { c.hashExpire(c.Keys.Now(), false) }
func cmdHExpireAt(c *Context)  { c.hashExpire(0, true) }
func cmdHPExpireAt(c *Context) { c.hashExpire(0, false) }

// fieldDeadlineMax is the latest Unix time in ms at which a field may expire:
// in the year 4199.
const fieldDeadlineMax = 1<<46 - 1

// What the commands that set or read deadlines of fields reply for each field.
const (
	fieldMissing  = -2
	fieldForever  = -1 // it has no deadline
	fieldRefused  = 0  // the condition does not hold
	fieldDone     = 1
	fieldDeletion = 2 // the time has passed: the field is deleted
)

// hashExpire executes the HEXPIRE family: Args[2], in seconds or ms, counts
// from base.
func (c *Context) hashExpire(base int64, seconds bool) {
	e, ok := c.writeHash()
	if !ok {
		return
	}
	when, ok := c.fieldDeadline(2, base, seconds)
	if !ok {
		return
	}
	flags, at := expireFlags(0), 3
	switch option := c.Args[3]; {
	case equalFold(option, "nx"):
		flags = expireNX
	case equalFold(option, "xx"):
		flags = expireXX
	case equalFold(option, "gt"):
		flags = expireGT
	case equalFold(option, "lt"):
		flags = expireLT
	}
	if flags != 0 {
		at++
	}
	names, ok := c.fieldNames(at, errNumFieldsZero)
	if !ok {
		return
	}
	if e == nil {
		c.replyMissing(len(names))
		return
	}
	c.W.Array(len(names))
	updated, gone := 0, false
	deleted := c.views[:0]
	for _, name := range names {
		code := c.expireField(e, name, when, flags, &gone)
		switch code {
		case fieldDone:
			updated++
		case fieldDeletion:
			deleted = append(deleted, name)
		}
		c.W.Int(code)
	}
	c.fieldsChanged(e, "hexpire", updated, len(deleted), gone)
	switch {
	case !c.Logging:
	case len(deleted) > 0:
		c.logHDel(deleted, 1)
	case updated > 0:
		c.logHPExpireAt(when, c.Args[3:at], names)
	}
	clear(deleted)
	c.views = deleted
}

// logHPExpireAt logs the deadline that fields of the key at Args[1] got if
// condition, one word or none, held.
func (c *Context) logHPExpireAt(when int64, condition, names [][]byte) {
	l := c.record(wordHPExpireAt, 5+len(condition)+len(names))
	l.bulk(c.Args[1])
	l.int(when)
	l.bulks(condition)
	l.fields(names)
}

// fields appends FIELDS with the names behind it.
func (l *Log) fields(names [][]byte) {
	l.word(wordFields)
	l.int(int64(len(names)))
	l.bulks(names)
}

// logHDel logs that fields of the key at Args[1] were deleted, every step-th of
// names; those that are not there do no harm.
func (c *Context) logHDel(names [][]byte, step int) {
	l := c.record(wordHDel, 2+(len(names)+step-1)/step)
	l.bulk(c.Args[1])
	for i := 0; i < len(names); i += step {
		l.bulk(names[i])
	}
}

// expireField makes a field of the hash e expire if the conditions hold, and
// returns the code of what it did. gone says that e has no fields left.
func (c *Context) expireField(e *db.Entry, name []byte, when int64, flags expireFlags, gone *bool) int64 {
	if *gone {
		return fieldMissing
	}
	current, found := c.DB.HashDeadline(e, name)
	has := current != db.NoDeadline
	switch {
	case !found:
		return fieldMissing
	case flags == expireNX && has,
		flags == expireXX && !has,
		flags == expireGT && (!has || when <= current),
		flags == expireLT && has && when >= current:
		return fieldRefused
	case c.Keys.Passed(when):
		c.DB.HashDelete(e, name)
		*gone = c.DB.HashEmpty(e)
		return fieldDeletion
	}
	c.DB.HashSetDeadline(e, name, when)
	return fieldDone
}

// fieldsChanged tells of a change of deadlines in the hash e: of updated fields
// by the event, of deleted ones by hdel. The key goes if it has no fields left.
func (c *Context) fieldsChanged(e *db.Entry, event string, updated, deleted int, gone bool) {
	if updated+deleted == 0 {
		return
	}
	if gone {
		c.DB.RemoveHash(c.Hash, e)
	}
	if deleted > 0 {
		event = "hdel"
	}
	c.Changed(EventHash, event, c.DB, c.Args[1], updated+deleted)
	if gone {
		c.Event(EventGeneric, "del", c.DB, c.Args[1])
	}
}

// fieldDeadline returns the Unix time in ms that Args[i] stands for, a number
// of seconds or ms that counts from base; if it makes no sense it replies so.
func (c *Context) fieldDeadline(i int, base int64, seconds bool) (int64, bool) {
	when, ok := c.integer(i)
	if !ok {
		return 0, false
	}
	if when < 0 {
		c.Error(errExpireNegative)
		return 0, false
	}
	if seconds {
		if when > fieldDeadlineMax/1000 {
			c.errorExpireTime()
			return 0, false
		}
		when *= 1000
	}
	if when > fieldDeadlineMax-base {
		c.errorExpireTime()
		return 0, false
	}
	return base + when, true
}

// fieldNames returns the names behind FIELDS, which is at Args[i], and their
// number; if that makes no sense it replies so, with text about the number.
func (c *Context) fieldNames(i int, text string) ([][]byte, bool) {
	if !equalFold(c.Args[i], "fields") {
		c.Error(errFieldsMissing)
		return nil, false
	}
	if i+1 == len(c.Args) {
		c.errorArity()
		return nil, false
	}
	n, ok := parseInt(c.Args[i+1])
	if !ok || n < 1 {
		c.Error(text)
		return nil, false
	}
	if names := c.Args[i+2:]; n == int64(len(names)) {
		return names, true
	}
	c.Error(errNumFieldsMatch)
	return nil, false
}

// replyMissing replies that n fields are not there.
func (c *Context) replyMissing(n int) {
	c.W.Array(n)
	for range n {
		c.W.Int(fieldMissing)
	}
}

func cmdHPersist(c *Context) {
	e, ok := c.writeHash()
	if !ok {
		return
	}
	names, ok := c.fieldNames(2, errNumFieldsPositive)
	if !ok {
		return
	}
	if e == nil {
		c.replyMissing(len(names))
		return
	}
	c.W.Array(len(names))
	updated := 0
	for _, name := range names {
		switch deadline, found := c.DB.HashDeadline(e, name); {
		case !found:
			c.W.Int(fieldMissing)
		case deadline == db.NoDeadline:
			c.W.Int(fieldForever)
		default:
			c.DB.HashSetDeadline(e, name, db.NoDeadline)
			updated++
			c.W.Int(fieldDone)
		}
	}
	c.fieldsChanged(e, "hpersist", updated, 0, false)
}

func cmdHTTL(c *Context)         { c.replyFieldDeadlines(c.Keys.Now(), true) }
func cmdHPTTL(c *Context)        { c.replyFieldDeadlines(c.Keys.Now(), false) }
func cmdHExpireTime(c *Context)  { c.replyFieldDeadlines(0, true) }
func cmdHPExpireTime(c *Context) { c.replyFieldDeadlines(0, false) }

// replyFieldDeadlines replies with when fields expire, counted from base, in ms
// or in seconds that have begun.
func (c *Context) replyFieldDeadlines(base int64, seconds bool) {
	e, ok := c.readHash()
	if !ok {
		return
	}
	names, ok := c.fieldNames(2, errNumFieldsPositive)
	if !ok {
		return
	}
	if e == nil {
		c.replyMissing(len(names))
		return
	}
	c.W.Array(len(names))
	for _, name := range names {
		deadline, found := c.DB.HashDeadline(e, name)
		switch {
		case !found:
			c.W.Int(fieldMissing)
		case deadline == db.NoDeadline:
			c.W.Int(fieldForever)
		case seconds:
			c.W.Int((deadline - base + 999) / 1000)
		default:
			c.W.Int(deadline - base)
		}
	}
}
