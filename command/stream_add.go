package command

import "basalt/db"

// streamEdit is the options of XADD and XTRIM.
type streamEdit struct {
	trim     db.StreamTrim
	trims    bool
	noCreate bool
	given    bool // the ID, by the client
	autoSeq  bool // but for its second part
	id       db.StreamID
}

const (
	// trimPacks is how many packs ~ takes out at once unless LIMIT says
	// otherwise, trimLimitMost and trimLimitNone the bounds where packs have
	// very many entries or no limit.
	trimPacks     = 100
	trimLimitMost = 1000000
	trimLimitNone = 10000
)

// parseStreamEdit reads the options from Args[2] on. For XADD it returns the
// index of the ID.
func (c *Context) parseStreamEdit(o *streamEdit, add bool) (at int, ok bool) {
	limited := false
	i := 2
options:
	for ; i < len(c.Args); i++ {
		arg, more := c.Args[i], i+1 < len(c.Args)
		switch {
		case add && len(arg) == 1 && arg[0] == '*':
			break options
		case more && (equalFold(arg, "maxlen") || equalFold(arg, "minid")):
			if i, ok = c.parseTrim(o, i, lowerByte(arg[1]) == 'i'); !ok {
				return 0, false
			}
		case more && equalFold(arg, "limit"):
			i++
			if o.trim.Limit, ok = c.integer(i); !ok {
				return 0, false
			}
			if o.trim.Limit < 0 {
				c.Error(errStreamLimit)
				return 0, false
			}
			limited = true
		case add && equalFold(arg, "nomkstream"):
			o.noCreate = true
		case add:
			o.given = true
			if o.id, ok = parseStreamID(arg, 0, true, &o.autoSeq); !ok {
				c.Error(errStreamID)
				return 0, false
			}
			break options
		default:
			c.Error(errSyntax)
			return 0, false
		}
	}
	return i, c.checkTrim(o, add, limited)
}

// parseTrim reads MAXLEN or MINID at Args[i] and returns the index of the last
// argument that belongs to it.
func (c *Context) parseTrim(o *streamEdit, i int, byID bool) (at int, ok bool) {
	if o.trims {
		c.Error(errStreamTrimTwice)
		return 0, false
	}
	o.trim.Approx = false
	if next := c.Args[i+1]; i+2 < len(c.Args) && len(next) == 1 && (next[0] == '~' || next[0] == '=') {
		o.trim.Approx = next[0] == '~'
		i++
	}
	i++
	o.trims, o.trim.ByID = true, byID
	if byID {
		o.trim.MinID, ok = c.streamID(i)
		return i, ok
	}
	if o.trim.MaxLen, ok = c.integer(i); ok && o.trim.MaxLen < 0 {
		c.Error(errStreamMaxLen)
		ok = false
	}
	return i, ok
}

// checkTrim judges the options together and sets the limit where none was
// given.
func (c *Context) checkTrim(o *streamEdit, add, limited bool) bool {
	switch {
	case o.trim.Limit != 0 && !o.trims:
		c.Error(errStreamLimitOnly)
		return false
	case !add && !o.trims:
		c.Error(errStreamNoTrim)
		return false
	case c.Replaying:
		o.trim.Limit = 0 // what was trimmed is known exactly
	case limited && !o.trim.Approx:
		c.Error(errStreamLimitIs)
		return false
	case !limited && o.trim.Approx:
		o.trim.Limit = trimLimitNone
		if n := c.Keys.Limits.StreamEntries; n > 0 {
			o.trim.Limit = min(n, trimLimitMost/trimPacks) * trimPacks
		}
	}
	return true
}

func cmdXAdd(c *Context) {
	var o streamEdit
	at, ok := c.parseStreamEdit(&o, true)
	if !ok {
		return
	}
	if n := len(c.Args) - at - 1; n < 2 || n%2 != 0 {
		c.errorArity()
		return
	}
	if o.given && !o.autoSeq && o.id.IsZero() {
		c.Error(errStreamZero)
		return
	}
	s, ok := c.writeStream(1)
	if !ok {
		return
	}
	if s == nil && o.noCreate {
		c.W.Null()
		return
	}
	last := db.StreamID{}
	if s != nil {
		last = s.LastID()
	}
	if last == db.StreamIDMax {
		c.Error(errStreamFull)
		return
	}
	fields := c.Args[at+1:]
	id, ok := o.nextID(last, c.Keys.Now())
	switch {
	case !ok || !last.Less(id):
		c.Error(errStreamOld)
		return
	case db.StreamTooLarge(fields):
		c.Error(errStreamLarge)
		return
	}
	if s == nil {
		s = c.DB.CreateStream(c.Args[1], c.KeyHash(1))
	}
	s.Append(c.Keys, id, fields)
	c.replyStreamID(id)
	c.Changed(EventStream, "xadd", c.DB, c.Args[1], 1)
	trimmed := o.trims && s.Trim(c.Keys, &o.trim) > 0
	if trimmed {
		c.Event(EventStream, "xtrim", c.DB, c.Args[1])
	}
	if c.Logging && (!o.given || o.autoSeq || o.trim.Approx) {
		c.logXAdd(s, id, trimmed, fields)
	}
}

// logXAdd logs an entry with the ID that it got and, if entries were trimmed,
// the length to which they were.
func (c *Context) logXAdd(s *db.Stream, id db.StreamID, trimmed bool, fields [][]byte) {
	args := 3 + len(fields)
	if trimmed {
		args += 3
	}
	l := c.record(wordXAdd, args)
	l.bulk(c.Args[1])
	if trimmed {
		l.maxLen(s)
	}
	l.id(id)
	l.bulks(fields)
}

// maxLen appends the trimming that leaves the entries that s has now: they are
// the last ones, however they were chosen.
func (l *Log) maxLen(s *db.Stream) {
	l.word(wordMaxLen)
	l.word(wordEqual)
	l.int(s.Len())
}

// nextID returns the ID of an entry that is added behind last; false if there
// is none of the form asked for.
func (o *streamEdit) nextID(last db.StreamID, nowMs int64) (db.StreamID, bool) {
	switch {
	case !o.given:
		if now := uint64(nowMs); now > last.Ms {
			return db.StreamID{Ms: now}, true
		}
		return last.Next()
	case o.autoSeq && o.id.Ms == last.Ms:
		id, ok := last.Next()
		return id, ok && id.Ms == last.Ms
	}
	return o.id, true
}

func cmdXTrim(c *Context) {
	var o streamEdit
	if _, ok := c.parseStreamEdit(&o, false); !ok {
		return
	}
	s, ok := c.writeStream(1)
	if !ok {
		return
	}
	n := int64(0)
	if s != nil {
		n = s.Trim(c.Keys, &o.trim)
	}
	if n > 0 {
		c.Changed(EventStream, "xtrim", c.DB, c.Args[1], int(n))
		if c.Logging && o.trim.Approx {
			l := c.record(wordXTrim, 5)
			l.bulk(c.Args[1])
			l.maxLen(s)
		}
	}
	c.W.Int(n)
}
