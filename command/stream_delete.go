package command

import (
	"math"

	"basalt/db"
)

// streamIDs checks that all arguments from Args[i] to Args[end-1] are IDs, so
// that no command stops halfway; if one is none it replies so.
func (c *Context) streamIDs(i, end int) bool {
	for ; i < end; i++ {
		if _, ok := c.streamID(i); !ok {
			return false
		}
	}
	return true
}

// idAt returns the ID at Args[i], which streamIDs has checked.
func (c *Context) idAt(i int) db.StreamID {
	id, _ := parseStreamID(c.Args[i], 0, true, nil)
	return id
}

// deleteEntry takes an entry out of s by name and reports whether there was
// one.
func (c *Context) deleteEntry(s *db.Stream, id db.StreamID) bool {
	if !s.Delete(c.Keys, id) {
		return false
	}
	if s.DeletedMax().Less(id) {
		s.SetDeletedMax(id)
	}
	return true
}

func cmdXDel(c *Context) {
	s, ok := c.writeStream(1)
	switch {
	case !ok:
		return
	case s == nil:
		c.W.Int(0)
		return
	case !c.streamIDs(2, len(c.Args)):
		return
	}
	n := 0
	for i := 2; i < len(c.Args); i++ {
		if c.deleteEntry(s, c.idAt(i)) {
			n++
		}
	}
	if n > 0 {
		c.Changed(EventStream, "xdel", c.DB, c.Args[1], n)
	}
	c.W.Int(int64(n))
}

// refPolicy is what XDELEX and XACKDEL do with an entry that groups refer to.
type refPolicy uint8

const (
	keepRefs refPolicy = iota // delete the entry, leave it pending
	dropRefs                  // and let nobody have it pending
	ackedRef                  // delete it only if no group needs it
)

// What XDELEX and XACKDEL reply for an ID.
const (
	idMissing    = -1
	idDeleted    = 1
	idReferenced = 2
)

// parseRefs reads [KEEPREF|DELREF|ACKED] IDS numids id ... from Args[i] on, in
// any order, and returns the policy and where the IDs are.
func (c *Context) parseRefs(i int) (policy refPolicy, from, to int, ok bool) {
	chosen := false
	for ; i < len(c.Args); i++ {
		arg := c.Args[i]
		option := keepRefs
		switch {
		case from == 0 && i+1 < len(c.Args) && equalFold(arg, "ids"):
			n, ok := parseInt(c.Args[i+1])
			if !ok || n < 1 || n > math.MaxInt32 {
				c.Error(errXNumIDs)
				return 0, 0, 0, false
			}
			if int64(len(c.Args)-i-2) < n {
				c.Error(errXNumIDsWant)
				return 0, 0, 0, false
			}
			from = i + 2
			to = from + int(n)
			i = to - 1
			continue
		case equalFold(arg, "keepref"):
		case equalFold(arg, "delref"):
			option = dropRefs
		case equalFold(arg, "acked"):
			option = ackedRef
		default:
			chosen = true
		}
		if chosen {
			c.Error(errSyntax)
			return 0, 0, 0, false
		}
		policy, chosen = option, true
	}
	if from == 0 {
		c.Error(errSyntax)
		return 0, 0, 0, false
	}
	return policy, from, to, c.streamIDs(from, to)
}

func cmdXDelEx(c *Context) {
	s, ok := c.writeStream(1)
	if !ok {
		return
	}
	policy, from, to, ok := c.parseRefs(2)
	if !ok {
		return
	}
	c.W.Array(to - from)
	deleted := 0
	for i := from; i < to; i++ {
		result := idMissing
		if s != nil {
			result = c.deleteByPolicy(s, c.idAt(i), policy)
		}
		if result == idDeleted {
			deleted++
		}
		c.W.Int(int64(result))
	}
	if deleted > 0 {
		c.Changed(EventStream, "xdel", c.DB, c.Args[1], deleted)
	}
}

// deleteByPolicy deletes an entry and replies what became of it.
func (c *Context) deleteByPolicy(s *db.Stream, id db.StreamID, policy refPolicy) int {
	switch {
	case policy == ackedRef && s.Has(id) && s.Referenced(id):
		return idReferenced
	case policy == dropRefs && s.Unreference(c.Keys, id):
		c.Keys.Dirty++
	}
	if !c.deleteEntry(s, id) {
		return idMissing
	}
	return idDeleted
}

func cmdXAckDel(c *Context) {
	s, ok := c.writeStream(1)
	if !ok {
		return
	}
	policy, from, to, ok := c.parseRefs(3)
	if !ok {
		return
	}
	var g *db.Group
	if s != nil {
		g = s.GroupToWrite(c.Keys, c.Args[2])
	}
	c.W.Array(to - from)
	deleted := 0
	for i := from; i < to; i++ {
		id := c.idAt(i)
		if g == nil || !g.Ack(c.Keys, id) {
			c.W.Int(idMissing)
			continue
		}
		c.Keys.Dirty++
		// What was acknowledged and is gone already counts as deleted.
		result := c.deleteByPolicy(s, id, policy)
		switch result {
		case idDeleted:
			deleted++
		case idMissing:
			result = idDeleted
		}
		c.W.Int(int64(result))
	}
	if deleted > 0 {
		c.Changed(EventStream, "xdel", c.DB, c.Args[1], deleted)
	}
}
