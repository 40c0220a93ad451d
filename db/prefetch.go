package db

import (
	"basalt/db/arena"
	"basalt/db/table"
)

// Commands that find an element of a large collection wait for memory three
// times: for the entry, the bucket of the element and the element, and those of
// sorted sets once more at each level of the tree. A caller that has several
// commands at hand goes through all of them before the first one runs, one step
// at a time, so that the waits overlap. Nothing here changes anything.

// Target is an element of a large collection that a command will look for.
type Target struct {
	members *table.Table
	order   *tree // of a sorted set that is worth a Descent, else nil
	hash    uint64
}

// treeDeep is the number of members from which on the tree of a sorted set
// is fetched ahead; the upper levels of smaller ones are in the cache.
const treeDeep = 2048

// Aim finds the collection of the first entry that may have this hash and
// starts loading the bucket of element in it. The entry and what it refers to
// should be there by now. It reports whether there is a large collection.
func (d *DB) Aim(hash uint64, element []byte) (t Target, ok bool) {
	r := d.table.First(hash)
	if r == 0 {
		return t, false
	}
	e := entryAt(r)
	if e.encoding() != encObject {
		return t, false
	}
	switch e.Type() {
	case TypeSet:
		t.members = setTableAt(*e.slot())
	case TypeHash:
		t.members = &hashAt(*e.slot()).fields
	case TypeZSet:
		z := zsetAt(*e.slot())
		t.members = &z.members
		if z.members.Len() >= treeDeep {
			t.order = &z.order
		}
	default:
		return t, false
	}
	t.hash = Hash(element)
	t.members.Prefetch(t.hash)
	return t, true
}

// Fetch starts loading the element itself; its bucket should be there by now.
func (t *Target) Fetch() { t.members.PrefetchEntry(t.hash) }

// Descent is a way through the tree of a large sorted set.
type Descent struct {
	at    arena.Ref
	score float64
	up    bool
}

// Climb returns the way from the element up to the root: removing it or its
// rank goes there. The element should be there by now. It reports whether there
// is one.
func (t *Target) Climb() (w Descent, ok bool) {
	if t.order == nil {
		return w, false
	}
	r := t.members.First(t.hash)
	return Descent{at: r, up: true}, r != 0
}

// Descend returns the way from the root to where a member of that score
// would be.
func (t *Target) Descend(score float64) (w Descent, ok bool) {
	if t.order == nil {
		return w, false
	}
	return Descent{at: t.order.root, score: score}, true
}

// Walk goes all the ways at the same time, a level of each in turn: the
// processor waits for the members of one level together. It clobbers ways.
func Walk(ways []Descent) {
	for n := len(ways); n > 0; {
		left := 0
		for i := range ways[:n] {
			w := &ways[i]
			p := scoredAt(w.at)
			side := uint(0)
			if p.score <= w.score {
				side = right
			}
			if w.up {
				side = parent
			}
			if next := p.link(side); next != 0 {
				w.at = next
				ways[left] = *w
				left++
			}
		}
		n = left
	}
}
