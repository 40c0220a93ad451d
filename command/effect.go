package command

import "basalt/db"

// What a command logs is its effect. The executor calls LogVerbatim behind each
// handler of a row with Write or MayReplicate while Logging is set; a handler
// whose call does not do the same whenever it is executed logs what does before
// it returns. It does so with record, where it tells of the change.

// LogVerbatim ends a call: it logs the command as the client gave it, unless
// the handler logged what it did by itself, or nothing changed since the
// keyspace's counter stood at dirtyBefore. It reports whether anything was logged.
// The name is the one that the command
// has in the table, not what it is renamed to.
func (c *Context) LogVerbatim(dirtyBefore int64) (any bool) {
	if !c.logged && c.Keys.Dirty != dirtyBefore {
		c.logArgs()
	}
	c.logged = false
	any = c.Log.commands > 0
	if len(c.pinned) != 0 {
		c.unpin()
	}
	c.Log.finish()
	return any
}

// LogSoFar makes what the command logged a unit of its own, and reports whether
// that is anything: the command waits, and what it does when it goes on is another.
func (c *Context) LogSoFar() (any bool) {
	any = c.Log.commands > 0
	c.Log.finish()
	return any
}

func (c *Context) logArgs() {
	c.Log.begin(c.DB, c.Row.logName, len(c.Args))
	c.Log.bulks(c.Args[1:])
}

// logAlways logs the command as it is even if it does not count as a change, as
// Redis does with those that flush.
func (c *Context) logAlways() {
	if c.Logging {
		c.logged = true
		c.logArgs()
	}
}

// record begins a command of args arguments in the log, in place of the
// verbatim one. See Log.begin.
func (c *Context) record(name string, args int) *Log {
	c.logged = true
	c.Log.begin(c.DB, name, args)
	return c.Log
}

// logDelete logs that the key at Args[i] is deleted.
func (c *Context) logDelete(name string, i int) {
	c.record(name, 2).bulk(c.Args[i])
}

// logPast logs that the key at Args[i] is deleted because it was made to expire
// in the past.
func (c *Context) logPast(i int) { c.logDelete(c.expireWord(), i) }

// expireWord is the command by which what has expired is deleted.
func (c *Context) expireWord() string {
	if c.Host.Config().LazyFreeLazyExpire {
		return wordUnlink
	}
	return wordDel
}

// logPExpireAt logs the deadline that the key at Args[1] got.
func (c *Context) logPExpireAt(deadline int64) {
	l := c.record(wordPExpireAt, 3)
	l.bulk(c.Args[1])
	l.int(deadline)
}

// logSet logs that the key at Args[1] is a string now. deadline may be
// NoDeadline or KeepDeadline.
func (c *Context) logSet(value []byte, deadline int64) {
	args := 3 + deadlineArgs(deadline)
	l := c.record(wordSet, args)
	l.bulk(c.Args[1])
	l.bulk(value)
	l.deadline(deadline)
}

// deadlineArgs is how many arguments Log.deadline appends.
func deadlineArgs(deadline int64) int {
	switch deadline {
	case db.NoDeadline:
		return 0
	case db.KeepDeadline:
		return 1
	}
	return 2
}

// deadline appends the option of SET, MSETEX or HSETEX for a deadline.
func (l *Log) deadline(deadline int64) {
	switch deadline {
	case db.NoDeadline:
	case db.KeepDeadline:
		l.word(wordKeepTTL)
	default:
		l.word(wordPXAT)
		l.int(deadline)
	}
}

// KeyExpired records that a key expired. The host calls it, before the key is
// freed.
func (c *Context) KeyExpired(d *db.DB, key []byte) {
	if c.Logging {
		c.Log.expired(d, c.expireWord(), key)
	}
	c.Event(EventExpired, "expired", d, key)
	c.removed(d, key)
}

// removed tells who watches the key that it goes, though no command wants it to.
func (c *Context) removed(d *db.DB, key []byte) {
	if c.Watching != 0 {
		c.Expiring = true
		c.Host.KeyModified(d, key)
		c.Expiring = false
	}
}

// KeyEvicted records that a key was evicted. The host calls it, before the key is
// freed.
func (c *Context) KeyEvicted(d *db.DB, key []byte) {
	if c.Logging {
		word := wordDel
		if c.Host.Config().LazyFreeLazyEviction {
			word = wordUnlink
		}
		c.Log.expired(d, word, key)
	}
	c.removed(d, key)
	c.Event(EventEvicted, "evicted", d, key)
}

// FieldExpired records that a field of the hash under key expired, and the key
// with it if it was the last one. The host calls it, before the field is freed.
func (c *Context) FieldExpired(d *db.DB, key, field []byte, last bool) {
	if c.Logging {
		if last {
			// There may be more fields, of which nobody was told.
			c.Log.expired(d, wordDel, key)
		} else {
			c.Log.fieldExpired(d, key, field)
		}
	}
	c.removed(d, key)
	c.Event(EventHash, "hexpired", d, key)
	if last {
		c.Event(EventGeneric, "del", d, key)
	}
}

// pin keeps the memory of an argument that the keyspace took over until the
// command is logged.
func (c *Context) pin(token uint64) {
	db.Pin(token)
	c.pinned = append(c.pinned, token)
}

func (c *Context) unpin() {
	for _, token := range c.pinned {
		db.Unpin(token)
	}
	c.pinned = c.pinned[:0]
}
