package command

import (
	"math"

	"basalt/db"
	"basalt/resp"
)

// lposOptions is what LPOS is asked for.
type lposOptions struct {
	rank  int64 // of the first match that counts; negative from the end
	count int64 // of matches, 0 for all; -1 for one that is no array
	limit int64 // of elements to look at, 0 for all
}

func cmdLPos(c *Context) {
	o := lposOptions{rank: 1, count: -1}
	if !c.parseLPos(&o) {
		return
	}
	e := c.LookupRead(1)
	switch {
	case e == nil && o.count >= 0:
		c.W.Array(0)
		return
	case e == nil:
		c.W.Null()
		return
	case !c.isList(e):
		return
	}
	backwards, skip := o.rank < 0, o.rank-1
	it, index, step := e.ListAt(0), 0, 1
	if backwards {
		skip = -o.rank - 1
		it, index, step = e.ListAt(-1), e.ListLen()-1, -1
	}
	found, array := int64(0), o.count >= 0
	var mark resp.Mark
	if array {
		mark = c.W.Deferred()
	}
	want := db.ElementOf(c.Args[2])
	for seen := int64(0); !it.Done() && (o.limit == 0 || seen < o.limit); seen++ {
		if it.Equal(want) {
			if skip > 0 {
				skip--
			} else {
				c.W.Int(int64(index))
				if found++; found == o.count || !array {
					break
				}
			}
		}
		index += step
		if backwards {
			it.Prev()
		} else {
			it.Next()
		}
	}
	switch {
	case array:
		c.W.SetArrayLen(mark, int(found))
	case found == 0:
		c.W.Null()
	}
}

func (c *Context) parseLPos(o *lposOptions) bool {
	for i := 3; i < len(c.Args); i += 2 {
		option := c.Args[i]
		if i+1 == len(c.Args) {
			c.Error(errSyntax)
			return false
		}
		switch {
		case equalFold(option, "rank"):
			n, ok := c.integer(i + 1)
			switch {
			case !ok:
				return false
			case n == math.MinInt64:
				c.Error(errLPosRankRange)
				return false
			case n == 0:
				c.Error(errLPosRank)
				return false
			}
			o.rank = n
		case equalFold(option, "count"):
			n, ok := parseInt(c.Args[i+1])
			if !ok || n < 0 {
				c.Error(errLPosCount)
				return false
			}
			o.count = n
		case equalFold(option, "maxlen"):
			n, ok := parseInt(c.Args[i+1])
			if !ok || n < 0 {
				c.Error(errLPosMaxLen)
				return false
			}
			o.limit = n
		default:
			c.Error(errSyntax)
			return false
		}
	}
	return true
}
