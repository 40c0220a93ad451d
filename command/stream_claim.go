package command

import (
	"math"

	"basalt/db"
)

// streamClaim is the options of XCLAIM.
type streamClaim struct {
	idle      int64 // ms for which an entry was not delivered, at least
	ids       int   // end of the IDs
	delivered int64 // what the time of delivery becomes; -1: now
	retries   int64 // what the number of deliveries becomes; -1: one more
	force     bool
	justID    bool
	last      db.StreamID
}

// parseClaim reads the options of XCLAIM.
func (c *Context) parseClaim(o *streamClaim) bool {
	*o = streamClaim{ids: 5, delivered: -1, retries: -1}
	var ok bool
	if o.idle, ok = parseInt(c.Args[4]); !ok {
		c.Error(errXClaimIdle)
		return false
	}
	o.idle = max(o.idle, 0)
	for ; o.ids < len(c.Args); o.ids++ {
		if _, ok := parseStreamID(c.Args[o.ids], 0, true, nil); !ok {
			break
		}
	}
	for i := o.ids; i < len(c.Args); i++ {
		arg, more := c.Args[i], i+1 < len(c.Args)
		ok := true
		switch {
		case equalFold(arg, "force"):
			o.force = true
		case equalFold(arg, "justid"):
			o.justID = true
		case more && equalFold(arg, "idle"):
			i++
			if o.delivered, ok = c.claimNumber(i, "IDLE"); ok {
				o.delivered = c.Keys.Now() - o.delivered
			}
		case more && equalFold(arg, "time"):
			i++
			o.delivered, ok = c.claimNumber(i, "TIME")
		case more && equalFold(arg, "retrycount"):
			i++
			o.retries, ok = c.claimNumber(i, "RETRYCOUNT")
		case more && equalFold(arg, "lastid"):
			i++
			o.last, ok = c.streamID(i)
		default:
			c.Error("ERR Unrecognized XCLAIM option '" + string(excerpt(arg, len(arg))) + "'")
			ok = false
		}
		if !ok {
			return false
		}
	}
	if o.delivered < 0 || o.delivered > c.Keys.Now() && !c.Replaying {
		o.delivered = c.Keys.Now()
	}
	return true
}

func (c *Context) claimNumber(i int, option string) (int64, bool) {
	n, ok := parseInt(c.Args[i])
	if !ok {
		c.Error("ERR Invalid " + option + " option argument for XCLAIM")
	}
	return n, ok
}

func cmdXClaim(c *Context) {
	s, g, ok := c.streamGroup(1, true)
	if !ok {
		return
	}
	var o streamClaim
	if !c.parseClaim(&o) {
		return
	}
	moved := g.LastID.Less(o.last)
	if moved {
		g.LastID = o.last
	}
	c.logged = c.Logging
	consumer := c.consumer(g, c.Args[3], c.Args[1])
	consumer.SeenMs = c.Keys.Now()
	mark := c.W.Deferred()
	n, changed := 0, int64(0)
	for i := 5; i < o.ids; i++ {
		id := c.idAt(i)
		entry := s.Range(id, id, false)
		if !entry.Next() {
			// It is gone: nobody can have it pending.
			if g.Ack(c.Keys, id) {
				changed++
				c.logAck(id)
			}
			continue
		}
		if c.claim(g, consumer, id, &o) {
			changed++
			n++
			c.replyClaimed(&entry, o.justID)
		}
	}
	if moved && n == 0 {
		c.logGroupID(g, c.Args[1])
	}
	if changed == 0 && moved {
		changed = 1
	}
	c.Keys.Dirty += changed
	c.W.SetArrayLen(mark, n)
}

// claim gives an entry that exists to a consumer and reports whether it did.
func (c *Context) claim(g *db.Group, consumer *db.Consumer, id db.StreamID, o *streamClaim) bool {
	now := c.Keys.Now()
	p := g.PendingToWrite(c.Keys, id)
	switch {
	case p == nil && !o.force:
		return false
	case p == nil:
		p = g.Deliver(c.Keys, id, consumer, now)
	case o.idle > 0 && now-p.DeliveredMs < o.idle:
		return false
	}
	p.DeliveredMs = o.delivered
	if o.retries >= 0 {
		p.Deliveries = o.retries
	} else if !o.justID {
		p.Deliveries++
	}
	g.Claim(c.Keys, id, p, consumer)
	consumer.ActiveMs = now
	if c.Logging {
		c.logClaim(g, consumer, id, p)
	}
	return true
}

func (c *Context) replyClaimed(entry *db.StreamCursor, justID bool) {
	if justID {
		c.replyStreamID(entry.ID)
	} else {
		c.replyEntry(entry)
	}
}

const (
	// autoClaimCount is how many entries XAUTOCLAIM takes unless told
	// otherwise, autoClaimLooks how many it looks at for each of them.
	autoClaimCount = 100
	autoClaimLooks = 10
	autoClaimMost  = math.MaxInt64 / 16
	// idsKept is for how many IDs memory is kept.
	idsKept = 4096
)

// autoClaim is the options of XAUTOCLAIM.
type autoClaim struct {
	streamClaim
	start db.StreamID
	count int64
}

func (c *Context) parseAutoClaim(o *autoClaim) bool {
	*o = autoClaim{count: autoClaimCount}
	o.retries, o.delivered = -1, c.Keys.Now()
	var ok bool
	if o.idle, ok = parseInt(c.Args[4]); !ok {
		c.Error(errXAutoIdle)
		return false
	}
	o.idle = max(o.idle, 0)
	if o.start, ok = c.streamStart(5); !ok {
		return false
	}
	for i := 6; i < len(c.Args); i++ {
		switch {
		case i+1 < len(c.Args) && equalFold(c.Args[i], "count"):
			i++
			if o.count, ok = parseInt(c.Args[i]); !ok || o.count < 1 || o.count > autoClaimMost {
				c.Error(errXAutoCount)
				return false
			}
		case equalFold(c.Args[i], "justid"):
			o.justID = true
		default:
			c.Error(errSyntax)
			return false
		}
	}
	return true
}

// cmdXAutoClaim goes over the pending entries twice: the reply begins with the
// ID to go on from, which is known only at the end.
func cmdXAutoClaim(c *Context) {
	var o autoClaim
	if !c.parseAutoClaim(&o) {
		return
	}
	s, g, ok := c.streamGroup(1, true)
	if !ok {
		return
	}
	c.logged = c.Logging
	consumer := c.consumer(g, c.Args[3], c.Args[1])
	consumer.SeenMs = c.Keys.Now()
	ids, gone, next := c.claimable(s, g, &o)
	c.W.Array(3)
	c.replyStreamID(next)
	c.W.Array(len(ids) - gone)
	for _, id := range ids {
		entry := s.Range(id, id, false)
		if entry.Next() {
			c.claim(g, consumer, id, &o.streamClaim)
			c.replyClaimed(&entry, o.justID)
		} else {
			g.Ack(c.Keys, id)
			c.logAck(id)
		}
	}
	c.W.Array(gone)
	if gone > 0 {
		for _, id := range ids {
			if !s.Has(id) {
				c.replyStreamID(id)
			}
		}
	}
	c.Keys.Dirty += int64(len(ids))
	c.keepIDs(ids)
}

// keepIDs keeps the memory of c.ids, which is that of ids now, unless it is
// much.
func (c *Context) keepIDs(ids []db.StreamID) {
	c.ids = ids
	if cap(ids) > idsKept {
		c.ids = nil
	}
}

// claimable returns the IDs of pending entries that are to be claimed or to be
// forgotten, how many of them are of entries that are gone, and the ID to go on
// from, 0-0 at the end. The slice is the context's.
func (c *Context) claimable(s *db.Stream, g *db.Group, o *autoClaim) (ids []db.StreamID, gone int, next db.StreamID) {
	ids = c.ids[:0]
	cur := g.PendingFrom(o.start, nil)
	for looks := o.count * autoClaimLooks; cur.Next(); looks-- {
		if looks == 0 || int64(len(ids)) == o.count {
			next = cur.ID
			break
		}
		if !s.Has(cur.ID) {
			gone++
		} else if o.idle > 0 && c.Keys.Now()-cur.Pending().DeliveredMs < o.idle {
			continue
		}
		ids = append(ids, cur.ID)
	}
	c.ids = ids
	return ids, gone, next
}
