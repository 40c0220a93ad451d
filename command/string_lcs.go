package command

import (
	"math"

	"basalt/db"
	"basalt/internal/decimal"
)

// lcsOptions is what LCS is asked for.
type lcsOptions struct {
	length, indexes, withLengths bool
	minMatch                     int64
}

func cmdLCS(c *Context) {
	ea, eb := c.LookupRead(1), c.LookupRead(2)
	for _, e := range [...]*db.Entry{ea, eb} {
		if e != nil && e.Type() != db.TypeString {
			c.Error(errLCSNotStrings)
			return
		}
	}
	o, ok := c.parseLCS()
	if !ok {
		return
	}
	var roomA, roomB [decimal.MaxLen]byte
	a, b := stringBytes(ea, &roomA), stringBytes(eb, &roomB)
	if !c.lcsAllowed(len(a), len(b)) {
		return
	}
	switch {
	case o.length:
		c.W.Int(int64(lcsLength(a, b)))
	case o.indexes:
		c.replyMatches(a, b, &o)
	default:
		m := newLCSMatrix(a, b)
		common := make([]byte, m.length)
		at := m.length
		m.walk(func(i, _ int) {
			at--
			common[at] = a[i]
		})
		c.W.Bulk(common)
	}
}

func (c *Context) parseLCS() (o lcsOptions, ok bool) {
	for i := 3; i < len(c.Args); i++ {
		option := c.Args[i]
		switch {
		case equalFold(option, "idx"):
			o.indexes = true
		case equalFold(option, "len"):
			o.length = true
		case equalFold(option, "withmatchlen"):
			o.withLengths = true
		case equalFold(option, "minmatchlen") && i+1 < len(c.Args):
			i++
			n, ok := c.integer(i)
			if !ok {
				return o, false
			}
			o.minMatch = n
		default:
			c.Error(errSyntax)
			return o, false
		}
	}
	if o.indexes && o.length {
		c.Error(errLCSBoth)
		return o, false
	}
	return o, true
}

// lcsAllowed reports whether strings of these lengths may be compared. The
// limits are those of a matrix of 32-bit numbers, which Redis fills; here a
// cell takes one bit.
func (c *Context) lcsAllowed(a, b int) bool {
	if a >= math.MaxUint32-1 || b >= math.MaxUint32-1 {
		c.Error(errLCSTooLong)
		return false
	}
	if cells := uint64(a+1) * uint64(b+1); cells > uint64(c.Host.Config().ProtoMaxBulkLen)/4 {
		c.Error(errLCSMemory)
		return false
	}
	return true
}

// replyMatches replies with the runs that the strings have in common, the last
// one first.
func (c *Context) replyMatches(a, b []byte, o *lcsOptions) {
	c.W.Map(2)
	c.W.BulkString("matches")
	mark := c.W.Deferred()
	m := newLCSMatrix(a, b)
	count, length := 0, 0
	startA, startB := 0, 0
	flush := func() {
		if length == 0 || int64(length) < o.minMatch {
			return
		}
		c.replyMatch(startA, startB, length, o.withLengths)
		count++
	}
	m.walk(func(i, j int) {
		if length > 0 && i+1 == startA && j+1 == startB {
			startA, startB, length = i, j, length+1
			return
		}
		flush()
		startA, startB, length = i, j, 1
	})
	flush()
	c.W.SetArrayLen(mark, count)
	c.W.BulkString("len")
	c.W.Int(int64(m.length))
}

func (c *Context) replyMatch(startA, startB, length int, withLength bool) {
	if withLength {
		c.W.Array(3)
	} else {
		c.W.Array(2)
	}
	for _, start := range [...]int{startA, startB} {
		c.W.Array(2)
		c.W.Int(int64(start))
		c.W.Int(int64(start + length - 1))
	}
	if withLength {
		c.W.Int(int64(length))
	}
}
