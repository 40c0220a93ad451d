package command

import (
	"math"

	"basalt/db"
	"basalt/internal/decimal"
)

// streamIDLen is the most bytes that the text of a stream ID has.
const streamIDLen = 2*decimal.MaxLen + 1

// appendStreamID appends the text of id.
func appendStreamID(dst []byte, id db.StreamID) []byte {
	return decimal.AppendUint(append(decimal.AppendUint(dst, id.Ms), '-'), id.Seq)
}

// replyStreamID writes id as a bulk string.
func (c *Context) replyStreamID(id db.StreamID) {
	var scratch [streamIDLen]byte
	c.W.Bulk(appendStreamID(scratch[:0], id))
}

// parseStreamID reads an ID in one of the forms
//
//	ms-seq   ms   ms-*   -   +
//
// A seq that is left out is missing. ms-* is allowed if auto is not nil, which
// then says whether that was the form; - and +, the least and the greatest ID,
// unless strict is set. The numbers are read as C's strtoull does where they
// are not canonical.
func parseStreamID(b []byte, missing uint64, strict bool, auto *bool) (id db.StreamID, ok bool) {
	if len(b) > 127 {
		return id, false
	}
	b = excerpt(b, len(b))
	if len(b) == 1 && (b[0] == '-' || b[0] == '+') {
		if b[0] == '+' {
			id = db.StreamIDMax
		}
		return id, !strict
	}
	i := 0
	for i < len(b) && b[i] != '-' {
		i++
	}
	if id.Ms, ok = parseUnsigned(b[:i]); !ok || i == len(b) {
		id.Seq = missing
		return id, ok
	}
	seq := b[i+1:]
	if auto != nil && len(seq) == 1 && seq[0] == '*' {
		*auto = true
		return id, true
	}
	id.Seq, ok = parseUnsigned(seq)
	return id, ok
}

// parseUnsigned reads a number of 64 bits without sign: the canonical text of
// one that is not negative, or else anything that C's strtoull takes to its
// end.
func parseUnsigned(b []byte) (uint64, bool) {
	if n, ok := decimal.Parse(b); ok {
		return uint64(n), n >= 0
	}
	for len(b) > 0 && (b[0] == ' ' || b[0] >= '\t' && b[0] <= '\r') {
		b = b[1:]
	}
	negative := len(b) > 0 && b[0] == '-'
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	n := uint64(0)
	for _, digit := range b {
		d := uint64(digit - '0')
		if digit < '0' || d > 9 || n > math.MaxUint64/10 || n*10 > math.MaxUint64-d {
			return 0, false
		}
		n = n*10 + d
	}
	if negative {
		n = -n
	}
	return n, true
}

// streamID returns the ID at Args[i], which is neither - nor +, or replies that
// there is none.
func (c *Context) streamID(i int) (db.StreamID, bool) {
	id, ok := parseStreamID(c.Args[i], 0, true, nil)
	if !ok {
		c.Error(errStreamID)
	}
	return id, ok
}

// streamStart returns the ID at Args[i] as the start of an interval: behind the
// ID if it follows a parenthesis.
func (c *Context) streamStart(i int) (db.StreamID, bool) {
	id, exclusive, ok := c.streamBound(i, 0)
	if ok && exclusive {
		if id, ok = id.Next(); !ok {
			c.Error(errStreamStart)
		}
	}
	return id, ok
}

// streamEnd is streamStart for the end of an interval.
func (c *Context) streamEnd(i int) (db.StreamID, bool) {
	id, exclusive, ok := c.streamBound(i, math.MaxUint64)
	if ok && exclusive {
		if id, ok = id.Prev(); !ok {
			c.Error(errStreamEnd)
		}
	}
	return id, ok
}

func (c *Context) streamBound(i int, missing uint64) (id db.StreamID, exclusive, ok bool) {
	b := c.Args[i]
	if exclusive = len(b) > 1 && b[0] == '('; exclusive {
		b = b[1:]
	}
	if id, ok = parseStreamID(b, missing, exclusive, nil); !ok {
		c.Error(errStreamID)
	}
	return id, exclusive, ok
}

// streamOf returns the stream that e, which may be nil, holds; false if it
// holds something else, which is replied.
func (c *Context) streamOf(e *db.Entry) (*db.Stream, bool) {
	switch {
	case e == nil:
		return nil, true
	case e.Type() != db.TypeStream:
		c.Error(errWrongType)
		return nil, false
	}
	return e.Stream(), true
}

// readStream returns the stream at Args[i], nil if there is none; false if the
// key has another type, which is replied.
func (c *Context) readStream(i int) (*db.Stream, bool) { return c.streamOf(c.LookupRead(i)) }

// writeStream is readStream for commands that write.
func (c *Context) writeStream(i int) (*db.Stream, bool) {
	e := c.LookupWrite(i)
	s, ok := c.streamOf(e)
	if s != nil {
		s = c.DB.StreamToWrite(e)
	}
	return s, ok
}

func cmdXLen(c *Context) {
	if s, ok := c.readStream(1); ok {
		n := int64(0)
		if s != nil {
			n = s.Len()
		}
		c.W.Int(n)
	}
}

// replyEntries writes the entries that cur finds, at most count of them unless
// it is 0, without the header of the array, and returns how many.
func (c *Context) replyEntries(cur *db.StreamCursor, count int64) int {
	n := 0
	for (count == 0 || int64(n) < count) && cur.Next() {
		c.replyEntry(cur)
		n++
	}
	return n
}

// replyEntry writes the entry that cur has found.
func (c *Context) replyEntry(cur *db.StreamCursor) {
	c.W.Array(2)
	c.replyStreamID(cur.ID)
	c.W.Array(2 * cur.Fields)
	for range cur.Fields {
		name, value := cur.Field()
		c.W.Bulk(name)
		c.W.Bulk(value)
	}
}

// replyRange replies with an array of the entries that cur finds.
func (c *Context) replyRange(cur *db.StreamCursor, count int64) {
	mark := c.W.Deferred()
	c.W.SetArrayLen(mark, c.replyEntries(cur, count))
}

func cmdXRange(c *Context) { c.xrange(2, 3, false) }

func cmdXRevRange(c *Context) { c.xrange(3, 2, true) }

// xrange replies with the entries from Args[from] to Args[to].
func (c *Context) xrange(from, to int, reverse bool) {
	start, ok := c.streamStart(from)
	if !ok {
		return
	}
	end, ok := c.streamEnd(to)
	if !ok {
		return
	}
	count := int64(-1)
	for i := 4; i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) || !equalFold(c.Args[i], "count") {
			c.Error(errSyntax)
			return
		}
		if count, ok = c.integer(i + 1); !ok {
			return
		}
		count = max(count, 0)
	}
	s, ok := c.readStream(1)
	switch {
	case !ok:
	case s == nil:
		c.W.Array(0)
	case count == 0:
		c.W.NullArray()
	default:
		cur := s.Range(start, end, reverse)
		c.replyRange(&cur, max(count, 0))
	}
}

func cmdXSetID(c *Context) {
	id, ok := c.streamID(2)
	if !ok {
		return
	}
	added, deleted := int64(-1), db.StreamID{}
	for i := 3; i < len(c.Args); i += 2 {
		more := i+1 < len(c.Args)
		switch {
		case more && equalFold(c.Args[i], "entriesadded"):
			if added, ok = c.integer(i + 1); ok && added < 0 {
				c.Error(errXSetIDAdded)
				ok = false
			}
		case more && equalFold(c.Args[i], "maxdeletedid"):
			if deleted, ok = c.streamID(i + 1); ok && id.Less(deleted) {
				c.Error(errXSetIDDeleted)
				ok = false
			}
		default:
			c.Error(errSyntax)
			ok = false
		}
		if !ok {
			return
		}
	}
	s, ok := c.writeStream(1)
	switch {
	case !ok:
	case s == nil:
		c.Error(errNoKey)
	case id.Less(s.DeletedMax()):
		c.Error(errXSetIDDeletedNow)
	case s.Len() > 0 && id.Less(s.LastEntryID()):
		c.Error(errXSetIDSmall)
	case s.Len() > 0 && added >= 0 && s.Len() > added:
		c.Error(errXSetIDAddedSmall)
	default:
		s.SetLastID(id)
		if added >= 0 {
			s.SetAdded(uint64(added))
		}
		if !deleted.IsZero() {
			s.SetDeletedMax(deleted)
		}
		c.W.OK()
		c.streamChanged("xsetid", c.Args[1])
	}
}

// streamChanged is Changed for what does not touch the entries: nobody who
// waits for the key, or watches it, hears of it.
func (c *Context) streamChanged(event string, key []byte) {
	c.Keys.Dirty++
	c.Event(EventStream, event, c.DB, key)
}
