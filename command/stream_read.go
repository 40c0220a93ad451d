package command

import (
	"slices"

	"basalt/db"
	"basalt/resp"
)

// streamRead is the options of XREAD and XREADGROUP.
type streamRead struct {
	group    int // index of the group's name, 0 for XREAD
	noAck    bool
	block    bool
	deadline int64
	count    int64
	keys     int // index of the first key
	streams  int // how many keys there are, and IDs behind them
}

func cmdXRead(c *Context) { c.xread(false) }

func cmdXReadGroup(c *Context) { c.xread(true) }

// parseStreamRead reads the options.
func (c *Context) parseStreamRead(o *streamRead, grouped bool) bool {
	ok := true
	for i := 1; i < len(c.Args) && o.keys == 0; i++ {
		arg, more := c.Args[i], len(c.Args)-i-1
		switch {
		case more > 0 && equalFold(arg, "block"):
			i++
			o.block = true
			if o.deadline, ok = c.parseTimeout(i, true); !ok {
				return false
			}
		case more > 0 && equalFold(arg, "count"):
			i++
			if o.count, ok = c.integer(i); !ok {
				return false
			}
			o.count = max(o.count, 0)
		case more > 0 && equalFold(arg, "streams"):
			o.keys = i + 1
			if more%2 != 0 {
				c.errorUnbalanced(grouped)
				return false
			}
			o.streams = more / 2
		case more > 1 && equalFold(arg, "group"):
			if !grouped {
				c.Error(errXReadGroupOption)
				return false
			}
			o.group = i + 1
			i += 2
		case equalFold(arg, "noack"):
			if !grouped {
				c.Error(errXReadNoAck)
				return false
			}
			o.noAck = true
		default:
			c.Error(errSyntax)
			return false
		}
	}
	switch {
	case o.keys == 0:
		c.Error(errSyntax)
		return false
	case grouped && o.group == 0:
		c.Error(errXReadNoGroup)
		return false
	}
	return true
}

func (c *Context) errorUnbalanced(grouped bool) {
	symbol := "$"
	if grouped {
		symbol = ">"
	}
	c.Error("ERR Unbalanced '" + c.Row.FullName + "' list of streams: for each stream key an ID or '" +
		symbol + "' must be specified.")
}

// xreadFew is how many streams XREAD reads without allocating.
const xreadFew = 8

// xread executes XREAD and XREADGROUP. All is checked first; then each stream
// that has something adds to the reply.
func (c *Context) xread(grouped bool) {
	var o streamRead
	if !c.parseStreamRead(&o, grouped) {
		return
	}
	var few [xreadFew]db.StreamID
	ids := few[:0]
	for i := range o.streams {
		id, ok := c.readFrom(&o, i)
		if !ok {
			return
		}
		ids = append(ids, id)
	}
	c.logged = c.Logging && grouped
	served := 0
	var mark resp.Mark
	for i := range o.streams {
		var src streamSource
		if !c.source(&o, i, ids[i], &src) {
			continue
		}
		if served == 0 {
			mark = c.W.Deferred()
		}
		served++
		if c.Client.Proto != resp.Proto3 {
			c.W.Array(2)
		}
		c.W.Bulk(c.Args[o.keys+i])
		c.replySource(&o, &src, c.Args[o.keys+i])
		if grouped {
			c.Keys.Dirty++
		}
	}
	switch {
	case served == 0:
		c.xreadWait(&o, ids)
	case c.Client.Proto == resp.Proto3:
		c.W.SetMapLen(mark, served)
	default:
		c.W.SetArrayLen(mark, served)
	}
}

// readFrom returns the ID behind which stream i is read, the greatest one for
// ">"; false if there is something wrong with the stream, its group or the ID,
// which is replied.
func (c *Context) readFrom(o *streamRead, i int) (db.StreamID, bool) {
	key, at := o.keys+i, o.keys+o.streams+i
	s, ok := c.readStream(key)
	if !ok {
		return db.StreamID{}, false
	}
	if o.group != 0 && (s == nil || s.Group(c.Args[o.group]) == nil) {
		c.errorNoGroup(c.Args[key], c.Args[o.group], " in XREADGROUP with GROUP option")
		return db.StreamID{}, false
	}
	if arg := c.Args[at]; len(arg) == 1 {
		switch arg[0] {
		case '$', '+':
			if arg[0] == '$' && c.From != nil {
				return c.From[i], true
			}
			return c.readFromEnd(o, s, arg[0] == '+')
		case '>':
			if o.group == 0 {
				c.Error(errXReadGreater)
				return db.StreamID{}, false
			}
			return db.StreamIDMax, true
		}
	}
	return c.streamID(at)
}

// readFromEnd is readFrom for "$", all that is added from now on, and "+", the
// last entry there is, too.
func (c *Context) readFromEnd(o *streamRead, s *db.Stream, entry bool) (id db.StreamID, ok bool) {
	switch {
	case o.group != 0 && entry:
		c.Error(errXReadPlus)
		return id, false
	case o.group != 0:
		c.Error(errXReadDollar)
		return id, false
	case s != nil && !entry:
		id = s.LastID()
	case s != nil && s.Len() > 0:
		id, _ = s.LastEntryID().Prev()
	}
	return id, true
}

// streamSource is a stream that has something for XREAD.
type streamSource struct {
	stream   *db.Stream
	from     db.StreamID // what comes behind it is asked for
	group    *db.Group
	consumer *db.Consumer
	history  bool // what the consumer has pending already
}

// source looks what there is in stream i behind id, and reports whether it
// belongs into the reply.
func (c *Context) source(o *streamRead, i int, id db.StreamID, src *streamSource) bool {
	key := c.Args[o.keys+i]
	e := c.LookupRead(o.keys + i) // Redis looks a stream up twice, and counts it twice
	if e == nil {
		return false
	}
	src.stream, src.from = e.Stream(), id
	if o.group == 0 {
		return src.stream.Len() > 0 && id.Less(src.stream.LastEntryID())
	}
	src.stream = c.DB.StreamToWrite(e)
	src.group = src.stream.GroupToWrite(c.Keys, c.Args[o.group])
	src.consumer = c.consumer(src.group, c.Args[o.group+1], key)
	src.consumer.SeenMs = c.Keys.Now()
	if src.history = id != db.StreamIDMax; src.history {
		return true
	}
	src.from = src.group.LastID
	return src.stream.Len() > 0 && src.from.Less(src.stream.LastEntryID())
}

// consumer returns the consumer of that name, made if there is none.
func (c *Context) consumer(g *db.Group, name, key []byte) *db.Consumer {
	if consumer := g.Consumer(name); consumer != nil {
		return consumer
	}
	consumer := g.CreateConsumer(c.Keys, name)
	if c.Logging {
		l := c.record(wordXGroup, 5)
		l.word(wordCreate)
		l.bulk(key)
		l.bulk(g.Name())
		l.bulk(name)
	}
	c.streamChanged("xgroup-createconsumer", key)
	return consumer
}

// replySource writes what src, the stream under key, has as an array of entries.
func (c *Context) replySource(o *streamRead, src *streamSource, key []byte) {
	start, ok := src.from.Next()
	switch {
	case src.history:
		c.replyHistory(src, start, ok, o.count)
		return
	case src.group == nil:
		cur := src.stream.Range(start, db.StreamIDMax, false)
		c.replyRange(&cur, o.count)
		return
	}
	mark := c.W.Deferred()
	cur := src.stream.Range(start, db.StreamIDMax, false)
	n := 0
	ids := c.ids[:0]
	for (o.count == 0 || int64(n) < o.count) && cur.Next() {
		src.advance(cur.ID)
		if !o.noAck {
			src.group.Deliver(c.Keys, cur.ID, src.consumer, c.Keys.Now())
			src.consumer.ActiveMs = c.Keys.Now()
			if c.Logging {
				ids = append(ids, cur.ID)
			}
		}
		c.replyEntry(&cur)
		n++
	}
	c.W.SetArrayLen(mark, n)
	if c.Logging {
		c.logDelivered(src, key, ids)
		c.keepIDs(ids)
	}
}

// advance notes that the group got the entry with that ID.
func (src *streamSource) advance(id db.StreamID) {
	g := src.group
	if !g.LastID.Less(id) {
		return
	}
	if g.Read != db.EntriesReadUnknown && !src.stream.RangeDeleted(id) {
		g.Read++
	} else if src.stream.Added() > 0 {
		g.Read = db.EntriesReadUnknown
		if n, ok := src.stream.Position(id); ok {
			g.Read = int64(n)
		}
	}
	g.LastID = id
}

// replyHistory writes what the consumer has pending from start on, and counts
// that as another delivery. Entries that are gone have no fields.
func (c *Context) replyHistory(src *streamSource, start db.StreamID, any bool, count int64) {
	mark := c.W.Deferred()
	n := 0
	cur := src.group.PendingFrom(start, src.consumer)
	for any && (count == 0 || int64(n) < count) && cur.Next() {
		entry := src.stream.Range(cur.ID, cur.ID, false)
		if entry.Next() {
			// The cursor goes over the consumer's, which do not change.
			p := src.group.PendingToWrite(c.Keys, cur.ID)
			p.DeliveredMs = c.Keys.Now()
			p.Deliveries++
			c.replyEntry(&entry)
		} else {
			c.W.Array(2)
			c.replyStreamID(cur.ID)
			c.W.NullArray()
		}
		n++
	}
	c.W.SetArrayLen(mark, n)
}

// xreadWait ends an XREAD for which there is nothing. Who waits reads from what
// "$" means now.
func (c *Context) xreadWait(o *streamRead, ids []db.StreamID) {
	if !o.block {
		c.W.NullArray()
		return
	}
	c.Block(&Wait{
		Type: db.TypeStream, Keys: c.Args[o.keys : o.keys+o.streams], From: slices.Clone(ids), DeadlineMs: o.deadline,
		NullArray: true, Missing: o.group != 0,
	})
}
