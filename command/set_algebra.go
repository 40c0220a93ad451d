package command

import (
	"math"

	"basalt/db"
)

// setsMax is for how many sets the commands of several sets need no memory.
const setsMax = 32

// sets appends the sets at Args[i] to Args[end-1] to all, nil for a key that is
// absent, and reports how many are absent. It replies if one is no set.
func (c *Context) sets(all []*db.Entry, i, end int) (sets []*db.Entry, absent int, ok bool) {
	touch := c.Client.Flags&NoTouch == 0
	var hashes [window]uint64
	for ; i < end; i += window {
		n := c.prefetch(&hashes, i, 1, end)
		for k, key := range c.Args[i : i+n] {
			e := c.DB.LookupRead(key, hashes[k], touch)
			if !c.isSet(e) {
				return nil, 0, false
			}
			if e == nil {
				absent++
			}
			all = append(all, e)
		}
	}
	return all, absent, true
}

// present takes the keys that are absent out of sets.
func present(sets []*db.Entry) []*db.Entry {
	n := 0
	for _, e := range sets {
		if e != nil {
			sets[n] = e
			n++
		}
	}
	return sets[:n]
}

// storeSet makes what was built the value of the key at Args[1], replying its
// size; nothing takes the key away.
func (c *Context) storeSet(b *db.SetBuilder, event string) {
	key := c.Args[1]
	n := b.Len()
	switch {
	case n > 0:
		c.DB.StoreSet(key, c.Hash, b)
		c.Changed(EventSet, event, c.DB, key, 1)
	case c.DB.Drop(key, c.Hash):
		c.Changed(EventGeneric, "del", c.DB, key, 1)
	}
	if n == 0 {
		b.Discard()
	}
	c.W.Int(int64(n))
}

func cmdSInter(c *Context) {
	var few [setsMax]*db.Entry
	sets, absent, ok := c.sets(few[:0], 1, len(c.Args))
	if !ok {
		return
	}
	if absent > 0 {
		c.W.Set(0)
		return
	}
	if len(sets) == 1 {
		c.W.Set(sets[0].SetLen())
		sets[0].SetEach(c.replyMember)
		return
	}
	mark, n := c.W.Deferred(), 0
	db.Intersect(sets, func(m db.Element) bool {
		c.replyMember(m)
		n++
		return true
	})
	c.W.SetSetLen(mark, n)
}

func cmdSInterStore(c *Context) {
	var few [setsMax]*db.Entry
	sets, absent, ok := c.sets(few[:0], 2, len(c.Args))
	if !ok {
		return
	}
	b := c.Keys.NewSet()
	if absent == 0 {
		db.Intersect(sets, func(m db.Element) bool {
			b.Add(m)
			return true
		})
	}
	c.storeSet(&b, "sinterstore")
}

func cmdSInterCard(c *Context) {
	count, ok := parseInt(c.Args[1])
	if !ok || count < 1 {
		c.Error(errNumKeysPositive)
		return
	}
	if count > int64(len(c.Args)-2) {
		c.Error(errNumKeysMany)
		return
	}
	end := 2 + int(count)
	limit, ok := c.parseLimit(end)
	if !ok {
		return
	}
	var few [setsMax]*db.Entry
	sets, absent, ok := c.sets(few[:0], 2, end)
	if !ok {
		return
	}
	n := int64(0)
	switch {
	case absent > 0:
	case len(sets) == 1:
		n = min(int64(sets[0].SetLen()), limit)
	default:
		db.Intersect(sets, func(db.Element) bool {
			n++
			return n < limit
		})
	}
	c.W.Int(n)
}

// parseLimit reads LIMIT from Args[i] on; 0 and nothing at all are no limit.
func (c *Context) parseLimit(i int) (limit int64, ok bool) {
	for ; i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) || !equalFold(c.Args[i], "limit") {
			c.Error(errSyntax)
			return 0, false
		}
		if limit, ok = parseInt(c.Args[i+1]); !ok || limit < 0 {
			c.Error(errLimitNegative)
			return 0, false
		}
	}
	if limit == 0 {
		limit = math.MaxInt64
	}
	return limit, true
}

func cmdSUnion(c *Context) {
	var few [setsMax]*db.Entry
	sets, _, ok := c.sets(few[:0], 1, len(c.Args))
	if !ok {
		return
	}
	mark, n := c.W.Deferred(), 0
	c.Keys.Union(present(sets), func(m db.Element) {
		c.replyMember(m)
		n++
	})
	c.W.SetSetLen(mark, n)
}

func cmdSUnionStore(c *Context) {
	var few [setsMax]*db.Entry
	sets, _, ok := c.sets(few[:0], 2, len(c.Args))
	if !ok {
		return
	}
	b := c.Keys.BuildUnion(present(sets))
	c.storeSet(&b, "sunionstore")
}

func cmdSDiff(c *Context) {
	var few [setsMax]*db.Entry
	sets, _, ok := c.sets(few[:0], 1, len(c.Args))
	if !ok {
		return
	}
	first := sets[0]
	if first == nil {
		c.W.Set(0)
		return
	}
	mark, n := c.W.Deferred(), 0
	c.Keys.Difference(first, present(sets[1:]), func(m db.Element) {
		c.replyMember(m)
		n++
	})
	c.W.SetSetLen(mark, n)
}

func cmdSDiffStore(c *Context) {
	var few [setsMax]*db.Entry
	sets, _, ok := c.sets(few[:0], 2, len(c.Args))
	if !ok {
		return
	}
	b := c.Keys.NewSet()
	if sets[0] != nil {
		b = c.Keys.BuildDifference(sets[0], present(sets[1:]))
	}
	c.storeSet(&b, "sdiffstore")
}
