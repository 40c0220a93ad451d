package command

import (
	"errors"
	"math"
	"strconv"

	"basalt/db"
)

// zrangeBy says what the ends of a range are.
type zrangeBy uint8

const (
	byAny zrangeBy = iota // the options say it
	byRank
	byScore
	byLex
)

// zrange is a range of a sorted set.
type zrange struct {
	by        zrangeBy
	reverse   bool
	scores    bool // reply them too
	offset    int64
	limit     int64 // -1 for all
	low, high int64 // byRank
	score     db.ScoreRange
	lex       db.LexRange
}

// parseScoreEnd reads an end of a range of scores, as C's strtod reads a number:
// nothing at all is 0, and what is too large is infinite.
func parseScoreEnd(b []byte) (score float64, ex, ok bool) {
	if len(b) > 0 && b[0] == '(' {
		ex, b = true, b[1:]
	}
	if score, ok = parseFloat(b); ok {
		return score, ex, true
	}
	if b = excerpt(b, len(b)); len(b) == 0 {
		return 0, ex, true
	}
	for len(b) > 0 && (b[0] == ' ' || b[0] >= '\t' && b[0] <= '\r') {
		b = b[1:]
	}
	if score, ok = parseFloat(b); ok {
		return score, ex, true
	}
	for _, digit := range b {
		if digit == '_' {
			return 0, ex, false
		}
	}
	score, err := strconv.ParseFloat(string(b), 64)
	return score, ex, (err == nil || errors.Is(err, strconv.ErrRange)) && !math.IsNaN(score)
}

// scoreRange reads the ends at two arguments; if they are none it replies so.
func (c *Context) scoreRange(r *db.ScoreRange, low, high int) bool {
	var first, last bool
	r.Min, r.MinEx, first = parseScoreEnd(c.Args[low])
	r.Max, r.MaxEx, last = parseScoreEnd(c.Args[high])
	if !first || !last {
		c.Error(errScoreRange)
		return false
	}
	return true
}

// parseLexEnd reads an end of a range of members.
func parseLexEnd(b []byte) (end db.LexEnd, ok bool) {
	if len(b) == 0 {
		return end, false
	}
	switch b[0] {
	case '+':
		return db.LexEnd{Inf: 1}, len(b) == 1
	case '-':
		return db.LexEnd{Inf: -1}, len(b) == 1
	case '(':
		return db.LexEnd{Bytes: b[1:], Ex: true}, true
	case '[':
		return db.LexEnd{Bytes: b[1:]}, true
	}
	return end, false
}

// lexRange is scoreRange for a range of members.
func (c *Context) lexRange(r *db.LexRange, low, high int) bool {
	var first, last bool
	r.Min, first = parseLexEnd(c.Args[low])
	r.Max, last = parseLexEnd(c.Args[high])
	if !first || !last {
		c.Error(errLexRange)
		return false
	}
	return true
}

// parseZRangeOptions reads the options from Args[i] on. What the name of the
// command says already is no option.
func (c *Context) parseZRangeOptions(r *zrange, i int, named, store bool) bool {
	asked, directed := r.by != byAny, named
	r.limit = -1
	for ; i < len(c.Args); i++ {
		b := c.Args[i]
		switch {
		case !store && equalFold(b, "withscores"):
			r.scores = true
		case equalFold(b, "limit") && len(c.Args)-i > 2:
			var ok bool
			if r.offset, ok = c.integer(i + 1); !ok {
				return false
			}
			if r.limit, ok = c.integer(i + 2); !ok {
				return false
			}
			i += 2
		case !directed && equalFold(b, "rev"):
			r.reverse, directed = true, true
		case !asked && equalFold(b, "bylex"):
			r.by, asked = byLex, true
		case !asked && equalFold(b, "byscore"):
			r.by, asked = byScore, true
		default:
			c.Error(errSyntax)
			return false
		}
	}
	if r.by == byAny {
		r.by = byRank
	}
	switch {
	case r.limit != -1 && r.by == byRank:
		c.Error(errZRangeLimit)
		return false
	case r.scores && r.by == byLex:
		c.Error(errZRangeScores)
		return false
	}
	return true
}

// parseZRangeEnds reads the ends from the two arguments at i.
func (c *Context) parseZRangeEnds(r *zrange, i int) (ok bool) {
	low, high := i, i+1
	if r.reverse {
		low, high = high, low
	}
	switch r.by {
	case byScore:
		return c.scoreRange(&r.score, low, high)
	case byLex:
		return c.lexRange(&r.lex, low, high)
	}
	if r.low, ok = c.integer(i); ok {
		r.high, ok = c.integer(i + 1)
	}
	return ok
}

// rankSpan clips a range of ranks, counted from the end if negative, to a
// collection of n.
func rankSpan(low, high int64, n int) (from, count int) {
	size := int64(n)
	if low < 0 {
		low += size
	}
	if high < 0 {
		high += size
	}
	low = max(low, 0)
	high = min(high, size-1)
	if low > high {
		return 0, 0
	}
	return int(low), int(high - low + 1)
}

// span returns where in the direction of r its members begin, and how many
// there are.
func (r *zrange) span(e *db.Entry) (from, count int) {
	n := e.ZLen()
	if r.by == byRank {
		return rankSpan(r.low, r.high, n)
	}
	var to int
	if r.by == byScore {
		from, to = e.ZScoreSpan(&r.score)
	} else {
		from, to = e.ZLexSpan(&r.lex, r.reverse)
	}
	count = to - from
	if r.reverse {
		from = n - to
	}
	if r.offset < 0 || r.offset >= int64(count) {
		return 0, 0
	}
	from, count = from+int(r.offset), count-int(r.offset)
	if r.limit >= 0 {
		count = int(min(int64(count), r.limit))
	}
	return from, count
}

// zrangeCommand is the whole of ZRANGE and those named after a kind of range.
func (c *Context) zrangeCommand(by zrangeBy, named, reverse bool) {
	r := zrange{by: by, reverse: reverse}
	if !c.parseZRangeOptions(&r, 4, named, false) || !c.parseZRangeEnds(&r, 2) {
		return
	}
	e, ok := c.readZSet(1)
	if !ok {
		return
	}
	if e == nil {
		c.W.Array(0)
		return
	}
	from, count := r.span(e)
	it := e.ZRange(from, count, r.reverse)
	c.replyScored(&it, count, r.scores)
}

// replyScored replies with the members of it, count of them, in RESP3 as pairs
// if the scores are wanted.
func (c *Context) replyScored(it *db.ZIter, count int, scores bool) {
	if !scores {
		c.W.Array(count)
		for m, _, ok := it.Next(); ok; m, _, ok = it.Next() {
			c.replyMember(m)
		}
		return
	}
	pairs := c.W.Proto() == 3
	if pairs {
		c.W.Array(count)
	} else {
		c.W.Array(2 * count)
	}
	for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
		if pairs {
			c.W.Array(2)
		}
		c.replyMember(m)
		c.W.Double(score)
	}
}

func cmdZRange(c *Context) { c.zrangeCommand(byAny, false, false) }

func cmdZRevRange(c *Context) { c.zrangeCommand(byRank, true, true) }

func cmdZRangeByScore(c *Context) { c.zrangeCommand(byScore, true, false) }

func cmdZRevRangeByScore(c *Context) { c.zrangeCommand(byScore, true, true) }

func cmdZRangeByLex(c *Context) { c.zrangeCommand(byLex, true, false) }

func cmdZRevRangeByLex(c *Context) { c.zrangeCommand(byLex, true, true) }

func cmdZRangeStore(c *Context) {
	var r zrange
	if !c.parseZRangeOptions(&r, 5, false, true) || !c.parseZRangeEnds(&r, 3) {
		return
	}
	e, ok := c.readZSet(2)
	if !ok {
		return
	}
	b := c.Keys.NewZSet()
	if e != nil {
		from, count := r.span(e)
		it := e.ZRange(from, count, r.reverse)
		for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
			b.Add(m, score)
		}
	}
	c.storeZSet(&b, "zrangestore")
}

// storeZSet makes what was built the value of the key at Args[1], replying its
// size; nothing takes the key away.
func (c *Context) storeZSet(b *db.ZBuilder, event string) {
	key, n := c.Args[1], b.Len()
	if n > 0 {
		c.DB.StoreZSet(key, c.Hash, b)
		c.Changed(EventZSet, event, c.DB, key, 1)
	} else {
		b.Discard()
		if c.DB.Drop(key, c.Hash) {
			c.Changed(EventGeneric, "del", c.DB, key, 1)
		}
	}
	c.W.Int(int64(n))
}

func cmdZCount(c *Context) {
	r := zrange{by: byScore, limit: -1}
	if c.parseZRangeEnds(&r, 2) {
		c.zcount(&r)
	}
}

func cmdZLexCount(c *Context) {
	r := zrange{by: byLex, limit: -1}
	if c.parseZRangeEnds(&r, 2) {
		c.zcount(&r)
	}
}

func (c *Context) zcount(r *zrange) {
	e, ok := c.readZSet(1)
	if !ok {
		return
	}
	n := 0
	if e != nil {
		_, n = r.span(e)
	}
	c.W.Int(int64(n))
}

func cmdZRemRangeByRank(c *Context) { c.zremRange(byRank, "zremrangebyrank") }

func cmdZRemRangeByScore(c *Context) { c.zremRange(byScore, "zremrangebyscore") }

func cmdZRemRangeByLex(c *Context) { c.zremRange(byLex, "zremrangebylex") }

func (c *Context) zremRange(by zrangeBy, event string) {
	r := zrange{by: by, limit: -1}
	if !c.parseZRangeEnds(&r, 2) {
		return
	}
	e, ok := c.writeZSet(1)
	if !ok {
		return
	}
	if e == nil {
		c.W.Int(0)
		return
	}
	from, count := r.span(e)
	if count > 0 {
		gone := c.DB.ZRemoveRange(c.Hash, e, from, from+count)
		c.zremoved(event, count, gone)
	}
	c.W.Int(int64(count))
}
