package command

import "basalt/db"

// pendingFilter is what XPENDING is asked for.
type pendingFilter struct {
	idle, count int64
	start, end  db.StreamID
	consumer    int // index of the name, 0 for all
}

// parsePending reads [IDLE ms] start end count [consumer] from Args[3] on.
func (c *Context) parsePending(o *pendingFilter) bool {
	if len(c.Args) < 6 || len(c.Args) > 9 {
		c.Error(errSyntax)
		return false
	}
	i, ok := 3, true
	if equalFold(c.Args[3], "idle") {
		if o.idle, ok = c.integer(4); !ok {
			return false
		}
		if len(c.Args) < 8 {
			c.Error(errSyntax)
			return false
		}
		i = 5
	}
	if o.count, ok = c.integer(i + 2); !ok {
		return false
	}
	o.count = max(o.count, 0)
	if o.start, ok = c.streamStart(i); !ok {
		return false
	}
	if o.end, ok = c.streamEnd(i + 1); !ok {
		return false
	}
	if i+3 < len(c.Args) {
		o.consumer = i + 3
	}
	return true
}

func cmdXPending(c *Context) {
	summary := len(c.Args) == 3
	var o pendingFilter
	if !summary && !c.parsePending(&o) {
		return
	}
	_, g, ok := c.streamGroup(1, false)
	switch {
	case !ok:
	case summary:
		c.replyPendingSummary(g)
	default:
		c.replyPending(g, &o)
	}
}

func (c *Context) replyPendingSummary(g *db.Group) {
	c.W.Array(4)
	c.W.Int(g.PendingLen())
	if g.PendingLen() == 0 {
		c.W.Null()
		c.W.Null()
		c.W.NullArray()
		return
	}
	first, last := g.PendingEdges()
	c.replyStreamID(first)
	c.replyStreamID(last)
	mark := c.W.Deferred()
	n := 0
	for i := range g.Consumers() {
		if consumer := g.ConsumerAt(i); consumer.PendingLen() > 0 {
			c.W.Array(2)
			c.W.Bulk(consumer.Name())
			c.W.BulkInt(consumer.PendingLen())
			n++
		}
	}
	c.W.SetArrayLen(mark, n)
}

func (c *Context) replyPending(g *db.Group, o *pendingFilter) {
	var consumer *db.Consumer
	if o.consumer != 0 {
		if consumer = g.Consumer(c.Args[o.consumer]); consumer == nil {
			c.W.Array(0)
			return
		}
	}
	mark := c.W.Deferred()
	n := int64(0)
	for cur := g.PendingFrom(o.start, consumer); n < o.count && cur.Next() && !o.end.Less(cur.ID); {
		p := cur.Pending()
		idle := c.Keys.Now() - p.DeliveredMs
		if o.idle != 0 && idle < o.idle {
			continue
		}
		c.W.Array(4)
		c.replyStreamID(cur.ID)
		c.W.Bulk(p.Consumer().Name())
		c.W.Int(max(idle, 0))
		c.W.Int(p.Deliveries)
		n++
	}
	c.W.SetArrayLen(mark, int(n))
}
