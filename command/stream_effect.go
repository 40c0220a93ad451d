package command

import "basalt/db"

// What a group delivers depends on the time and on who asks first, so the log
// says what became of it: XCLAIM gives an entry to a consumer without touching
// it, XGROUP SETID moves the group on.

// claimChunk is how many entries one command of the log claims at most.
const claimChunk = 1024

// logDelivered logs that the consumer of src, the stream under key, got the
// entries of ids, delivered for the first time now, and how far the group is.
func (c *Context) logDelivered(src *streamSource, key []byte, ids []db.StreamID) {
	for len(ids) > 0 {
		chunk := ids[:min(len(ids), claimChunk)]
		ids = ids[len(chunk):]
		l := c.beginClaim(src.group, src.consumer, key, len(chunk))
		for _, id := range chunk {
			l.id(id)
		}
		l.claimOptions(c.Keys.Now(), 1, src.group.LastID)
	}
	// XCLAIM moves the group's ID but does not know what it skipped.
	c.logGroupID(src.group, key)
}

// logClaim logs that a pending entry, whose state is p, belongs to a consumer.
func (c *Context) logClaim(g *db.Group, consumer *db.Consumer, id db.StreamID, p *db.Pending) {
	l := c.beginClaim(g, consumer, c.Args[1], 1)
	l.id(id)
	l.claimOptions(p.DeliveredMs, p.Deliveries, g.LastID)
}

// beginClaim begins XCLAIM for count IDs; claimOptions has to follow them.
func (c *Context) beginClaim(g *db.Group, consumer *db.Consumer, key []byte, count int) *Log {
	l := c.record(wordXClaim, 5+count+8)
	l.bulk(key)
	l.bulk(g.Name())
	l.bulk(consumer.Name())
	l.word(wordZero)
	return l
}

func (l *Log) claimOptions(deliveredMs, deliveries int64, last db.StreamID) {
	l.word(wordTime)
	l.int(deliveredMs)
	l.word(wordRetryCount)
	l.int(deliveries)
	l.word(wordForce)
	l.word(wordJustID)
	l.word(wordLastID)
	l.id(last)
}

// logAck logs that an entry of the group at Args[2] is pending no more.
func (c *Context) logAck(id db.StreamID) {
	if !c.Logging {
		return
	}
	l := c.record(wordXAck, 4)
	l.bulks(c.Args[1:3])
	l.id(id)
}

// logGroupID logs how far a group of the stream under key is.
func (c *Context) logGroupID(g *db.Group, key []byte) {
	if !c.Logging {
		return
	}
	l := c.record(wordXGroup, 7)
	l.word(wordSetID)
	l.bulk(key)
	l.bulk(g.Name())
	l.id(g.LastID)
	l.word(wordEntriesRead)
	l.int(g.Read)
}
