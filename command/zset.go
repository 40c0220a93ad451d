package command

import "basalt/db"

// readZSet returns the sorted set of the key at Args[i] for reading, nil if
// there is no key. It replies if the key has another type.
func (c *Context) readZSet(i int) (e *db.Entry, ok bool) {
	e = c.LookupRead(i)
	return e, c.isZSet(e)
}

// writeZSet is readZSet for a command that may change the sorted set.
func (c *Context) writeZSet(i int) (e *db.Entry, ok bool) {
	e = c.LookupWrite(i)
	return e, c.isZSet(e)
}

// isZSet reports whether e is a sorted set or no key at all; else it replies so.
func (c *Context) isZSet(e *db.Entry) bool {
	if e != nil && e.Type() != db.TypeZSet {
		c.Error(errWrongType)
		return false
	}
	return true
}

// zaddOptions is what ZADD is asked for: pairs from Args[first] on.
type zaddOptions struct {
	flags   db.ZFlags
	changed bool // reply how many scores changed
	first   int
}

func cmdZAdd(c *Context) {
	c.zadd(0)
}

// cmdZIncrBy is ZADD with INCR; that it takes the options of ZADD for what they
// are, as Redis does, is no secret but not documented.
func cmdZIncrBy(c *Context) {
	c.zadd(db.ZIncr)
}

func (c *Context) zadd(flags db.ZFlags) {
	o := zaddOptions{flags: flags}
	if !c.parseZAdd(&o) {
		return
	}
	var few [zscoresMax]float64
	scores := few[:0]
	for i := o.first; i < len(c.Args); i += 2 {
		score, ok := c.float(i, errNotFloat)
		if !ok {
			return
		}
		scores = append(scores, score)
	}
	e, ok := c.writeZSet(1)
	if !ok {
		return
	}
	if e == nil {
		if o.flags&db.ZXX != 0 {
			c.replyZAdd(&o, 0, 0, db.ZRefused, 0)
			return
		}
		e = c.DB.ZCreate(c.Args[1], c.Hash, len(scores), len(c.Args[o.first+1]))
	} else {
		c.DB.ZExpect(e, len(scores))
	}
	added, updated := 0, 0
	var outcome db.ZOutcome
	var score float64
	for i, by := range scores {
		outcome, score = c.DB.ZAdd(e, by, c.Args[o.first+2*i+1], o.flags)
		switch outcome {
		case db.ZAdded:
			added++
		case db.ZUpdated:
			updated++
		case db.ZNaN:
			c.Error(errScoreNaN)
			return
		}
	}
	if n := added + updated; n > 0 {
		event := "zadd"
		if o.flags&db.ZIncr != 0 {
			event = "zincr"
		}
		c.Changed(EventZSet, event, c.DB, c.Args[1], n)
	}
	c.replyZAdd(&o, added, updated, outcome, score)
}

// zscoresMax is for how many pairs ZADD needs no memory.
const zscoresMax = 64

// replyZAdd replies with the score that the one member has, if it was to be
// incremented, or with the number of members added, or changed too.
func (c *Context) replyZAdd(o *zaddOptions, added, updated int, outcome db.ZOutcome, score float64) {
	switch {
	case o.flags&db.ZIncr != 0 && outcome == db.ZRefused:
		c.W.Null()
	case o.flags&db.ZIncr != 0:
		c.W.Double(score)
	case o.changed:
		c.W.Int(int64(added + updated))
	default:
		c.W.Int(int64(added))
	}
}

// parseZAdd reads the options; if they make no sense it replies so.
func (c *Context) parseZAdd(o *zaddOptions) bool {
	i := 2
options:
	for ; i < len(c.Args); i++ {
		// Most arguments here are scores.
		b := c.Args[i]
		if len(b) != 2 && len(b) != 4 || b[0] <= '9' {
			break
		}
		switch {
		case equalFold(b, "nx"):
			o.flags |= db.ZNX
		case equalFold(b, "xx"):
			o.flags |= db.ZXX
		case equalFold(b, "gt"):
			o.flags |= db.ZGT
		case equalFold(b, "lt"):
			o.flags |= db.ZLT
		case equalFold(b, "ch"):
			o.changed = true
		case equalFold(b, "incr"):
			o.flags |= db.ZIncr
		default:
			break options
		}
	}
	o.first = i
	left, f := len(c.Args)-i, o.flags
	switch {
	case left == 0 || left%2 != 0:
		c.Error(errSyntax)
	case f&db.ZNX != 0 && f&db.ZXX != 0:
		c.Error(errZAddNX)
	case f&db.ZNX != 0 && f&(db.ZGT|db.ZLT) != 0, f&db.ZGT != 0 && f&db.ZLT != 0:
		c.Error(errZAddGT)
	case f&db.ZIncr != 0 && left > 2:
		c.Error(errZAddIncr)
	default:
		return true
	}
	return false
}

func cmdZRem(c *Context) {
	e, ok := c.writeZSet(1)
	if !ok {
		return
	}
	if e == nil {
		c.W.Int(0)
		return
	}
	removed, gone := 0, false
	for _, member := range c.Args[2:] {
		if c.DB.ZRemove(e, member) {
			removed++
			if gone = e.ZLen() == 0; gone {
				c.DB.Remove(c.Hash, e)
				break
			}
		}
	}
	if removed > 0 {
		c.zremoved("zrem", removed, gone)
	}
	c.W.Int(int64(removed))
}

// zremoved tells of n members that are no longer in the sorted set at Args[1],
// the last ones if the key is gone.
func (c *Context) zremoved(event string, n int, gone bool) {
	c.Changed(EventZSet, event, c.DB, c.Args[1], n)
	if gone {
		c.Event(EventGeneric, "del", c.DB, c.Args[1])
	}
}

func cmdZCard(c *Context) {
	e, ok := c.readZSet(1)
	if !ok {
		return
	}
	n := 0
	if e != nil {
		n = e.ZLen()
	}
	c.W.Int(int64(n))
}

func cmdZScore(c *Context) {
	e, ok := c.readZSet(1)
	if !ok {
		return
	}
	if e != nil {
		if score, ok := e.ZScore(c.Args[2]); ok {
			c.W.Double(score)
			return
		}
	}
	c.W.Null()
}

func cmdZMScore(c *Context) {
	e, ok := c.readZSet(1)
	if !ok {
		return
	}
	members := c.Args[2:]
	c.W.Array(len(members))
	if e == nil {
		for range members {
			c.W.Null()
		}
		return
	}
	e.ZScoreEach(members, func(score float64, ok bool) {
		if ok {
			c.W.Double(score)
		} else {
			c.W.Null()
		}
	})
}

func cmdZRank(c *Context) { c.zrank(false) }

func cmdZRevRank(c *Context) { c.zrank(true) }

func (c *Context) zrank(reverse bool) {
	withScore := len(c.Args) > 3
	switch {
	case len(c.Args) > 4:
		c.errorArity()
		return
	case withScore && !equalFold(c.Args[3], "withscore"):
		c.Error(errSyntax)
		return
	}
	e, ok := c.readZSet(1)
	if !ok {
		return
	}
	var rank int
	var score float64
	found := false
	if e != nil {
		rank, score, found = e.ZRank(c.Args[2])
	}
	if found && reverse {
		rank = e.ZLen() - 1 - rank
	}
	switch {
	case found && withScore:
		c.W.Array(2)
		c.W.Int(int64(rank))
		c.W.Double(score)
	case found:
		c.W.Int(int64(rank))
	case withScore:
		c.W.NullArray()
	default:
		c.W.Null()
	}
}
