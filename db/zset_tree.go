package db

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

// A large sorted set is a table of its members, to find one by its bytes, and
// an AVL tree of the same members in order of score and then bytes. A member is
// one allocation that is in both:
//
//	score 8 | before 4 | left 5 | right 5 | parent 5 | balance 1 | length 1 | bytes
//
// With length and bytes as a set has them (set_table.go), the epoch's bit too. A member of 16 bytes
// takes 45, which is a block of 48, and 9.5 in the table.
//
// before is the number of members in the left subtree. The usual count of the
// whole subtree would say as much, but to use it a descent by rank has to look
// at the left child of every node that it passes, and to keep a height rather
// than the balance would make an insertion look at siblings: both wait for
// memory that is not on the way.

// scored is a member of a large sorted set, less its bytes. The struct ends
// within the block of the shortest member.
type scored struct {
	score   float64
	before  uint32
	links   [3][refBytes]byte // left, right, parent
	balance int8              // height of the right subtree less that of the left
	length  uint8
}

const (
	refBytes = 5
	// The sides of a node, as indexes of links.
	left   = 0
	right  = 1
	parent = 2

	linksAt  = 12
	lengthAt = 28
	refMask  = 1<<arena.RefBits - 1
)

var (
	_ [lengthAt - unsafe.Offsetof(scored{}.length)]struct{}
	_ [unsafe.Offsetof(scored{}.links) - linksAt]struct{}
	_ [32 - unsafe.Sizeof(scored{})]struct{}
)

func scoredAt(r arena.Ref) *scored { return (*scored)(r.Ptr()) }

// link returns the left or right child, or the parent. It reads eight bytes,
// which all are inside the block.
func (n *scored) link(side uint) arena.Ref {
	p := unsafe.Add(unsafe.Pointer(n), linksAt+refBytes*side)
	return arena.Ref(binary.LittleEndian.Uint64((*[8]byte)(p)[:]) & refMask)
}

func (n *scored) setLink(side uint, r arena.Ref) {
	p := (*[refBytes]byte)(unsafe.Add(unsafe.Pointer(n), linksAt+refBytes*side))
	binary.LittleEndian.PutUint32(p[:], uint32(r))
	p[4] = byte(r >> 32)
}

// member returns the bytes; the view dies with the member.
func (n *scored) member() []byte {
	if length := n.length &^ memberEpoch; length <= memberShortMax {
		return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(n), lengthAt+1)), int(length))
	}
	return longMemberBytes(unsafe.Add(unsafe.Pointer(n), lengthAt))
}

// scoredSize returns the bytes of the allocation for a member of that length.
func scoredSize(length int) int { return lengthAt + memberHeader(length) + length }

// newScored allocates a member that is in no tree.
func (k *Keyspace) newScored(score float64, member []byte) arena.Ref {
	p := k.arena.Alloc(scoredSize(len(member)), arena.Node)
	n := (*scored)(p)
	*n = scored{score: score}
	head := memberHeader(len(member))
	putMember(unsafe.Slice((*byte)(unsafe.Add(p, lengthAt)), head+len(member)), head, member, k.epoch)
	return arena.RefOf(p)
}

func (k *Keyspace) freeScored(r arena.Ref) {
	k.arena.Free(r.Ptr(), scoredSize(len(scoredAt(r).member())), arena.Node)
}

// tree is the ordered half of a large sorted set.
type tree struct{ root arena.Ref }

// insert puts the member r, which is not there, into the tree.
func (t *tree) insert(r arena.Ref) {
	n := scoredAt(r)
	score, member := n.score, n.member()
	up, side := arena.Ref(0), uint(0)
	for at := t.root; at != 0; {
		p := scoredAt(at)
		up = at
		if score < p.score || score == p.score && bytes.Compare(member, p.member()) < 0 {
			p.before++
			side = left
			at = p.link(left)
		} else {
			side = right
			at = p.link(right)
		}
	}
	n.before, n.balance = 0, 0
	n.setLink(left, 0)
	n.setLink(right, 0)
	n.setLink(parent, up)
	if up == 0 {
		t.root = r
		return
	}
	scoredAt(up).setLink(side, r)
	t.grown(up, side)
}

// grown repairs balances after the subtree on one side of at became higher.
func (t *tree) grown(at arena.Ref, side uint) {
	for {
		n := scoredAt(at)
		n.balance += sign(side)
		switch n.balance {
		case 0:
			return
		case 2, -2:
			t.rebalance(at)
			return
		}
		up := n.link(parent)
		if up == 0 {
			return
		}
		side = sideOf(up, at)
		at = up
	}
}

// shrunk repairs balances after the subtree on one side of at became lower.
func (t *tree) shrunk(at arena.Ref, side uint) {
	for at != 0 {
		n := scoredAt(at)
		n.balance -= sign(side)
		switch n.balance {
		case 1, -1:
			return
		case 2, -2:
			if at = t.rebalance(at); scoredAt(at).balance != 0 {
				return
			}
		}
		up := scoredAt(at).link(parent)
		if up != 0 {
			side = sideOf(up, at)
		}
		at = up
	}
}

func sign(side uint) int8 { return int8(side)*2 - 1 }

// sideOf returns on which side of its parent up a child is.
func sideOf(up, child arena.Ref) uint {
	if scoredAt(up).link(left) == child {
		return left
	}
	return right
}

// rebalance rotates at, whose balance is 2 or -2, and returns what is in its
// place afterwards.
func (t *tree) rebalance(at arena.Ref) arena.Ref {
	n := scoredAt(at)
	heavy := uint(0)
	if n.balance > 0 {
		heavy = right
	}
	s := sign(heavy)
	childRef := n.link(heavy)
	child := scoredAt(childRef)
	if child.balance != -s {
		t.rotate(at, heavy)
		if child.balance == 0 {
			n.balance, child.balance = s, -s
		} else {
			n.balance, child.balance = 0, 0
		}
		return childRef
	}
	innerRef := child.link(1 - heavy)
	inner := scoredAt(innerRef)
	t.rotate(childRef, 1-heavy)
	t.rotate(at, heavy)
	n.balance, child.balance = 0, 0
	switch inner.balance {
	case s:
		n.balance = -s
	case -s:
		child.balance = s
	}
	inner.balance = 0
	return innerRef
}

// rotate lifts the child on that side of at above it.
func (t *tree) rotate(at arena.Ref, side uint) {
	n := scoredAt(at)
	childRef := n.link(side)
	child := scoredAt(childRef)
	inner, up := child.link(1-side), n.link(parent)
	n.setLink(side, inner)
	if inner != 0 {
		scoredAt(inner).setLink(parent, at)
	}
	child.setLink(1-side, at)
	child.setLink(parent, up)
	n.setLink(parent, childRef)
	t.replaceChild(up, at, childRef)
	if side == left {
		n.before -= child.before + 1
	} else {
		child.before += n.before + 1
	}
}

// replaceChild puts r where child of up is; up 0 is above the root.
func (t *tree) replaceChild(up, child, r arena.Ref) {
	if up == 0 {
		t.root = r
		return
	}
	scoredAt(up).setLink(sideOf(up, child), r)
}

// remove takes the member r out of the tree.
func (t *tree) remove(r arena.Ref) {
	n := scoredAt(r)
	t.discount(r, 0)
	l, rt, up := n.link(left), n.link(right), n.link(parent)
	if l != 0 && rt != 0 {
		t.removeInner(r, l, rt, up)
		return
	}
	only := l | rt // at most one of the two
	if only != 0 {
		scoredAt(only).setLink(parent, up)
	}
	if up == 0 {
		t.root = only
		return
	}
	side := sideOf(up, r)
	scoredAt(up).setLink(side, only)
	t.shrunk(up, side)
}

// discount counts the member r out of the nodes above it, up to but without
// top.
func (t *tree) discount(r, top arena.Ref) {
	for at := r; ; {
		up := scoredAt(at).link(parent)
		if up == top {
			return
		}
		if p := scoredAt(up); p.link(left) == at {
			p.before--
		}
		at = up
	}
}

// removeInner is remove for a member with two children: the next one takes its
// place.
func (t *tree) removeInner(r, l, rt, up arena.Ref) {
	n := scoredAt(r)
	next := leftmost(rt)
	s := scoredAt(next)
	from, side := next, uint(right)
	if next != rt {
		t.discount(next, r)
		from, side = s.link(parent), left
		inner := s.link(right)
		scoredAt(from).setLink(left, inner)
		if inner != 0 {
			scoredAt(inner).setLink(parent, from)
		}
		s.setLink(right, rt)
		scoredAt(rt).setLink(parent, next)
	}
	s.setLink(left, l)
	scoredAt(l).setLink(parent, next)
	s.setLink(parent, up)
	s.before, s.balance = n.before, n.balance
	t.replaceChild(up, r, next)
	t.shrunk(from, side)
}

// leftmost returns the first member of the subtree r. What is to the right of
// the way is visited soon, so it is asked for.
func leftmost(r arena.Ref) arena.Ref {
	for {
		n := scoredAt(r)
		if other := n.link(right); other != 0 {
			arena.Prefetch(other.Ptr())
		}
		next := n.link(left)
		if next == 0 {
			return r
		}
		r = next
	}
}

func rightmost(r arena.Ref) arena.Ref {
	for {
		n := scoredAt(r)
		if other := n.link(left); other != 0 {
			arena.Prefetch(other.Ptr())
		}
		next := n.link(right)
		if next == 0 {
			return r
		}
		r = next
	}
}

// following returns the member behind r, 0 at the end.
func following(r arena.Ref) arena.Ref {
	n := scoredAt(r)
	if next := n.link(right); next != 0 {
		return leftmost(next)
	}
	for {
		up := n.link(parent)
		if up == 0 {
			return 0
		}
		n = scoredAt(up)
		if n.link(right) != r {
			return up
		}
		r = up
	}
}

// preceding returns the member before r, 0 at the beginning.
func preceding(r arena.Ref) arena.Ref {
	n := scoredAt(r)
	if next := n.link(left); next != 0 {
		return rightmost(next)
	}
	for {
		up := n.link(parent)
		if up == 0 {
			return 0
		}
		n = scoredAt(up)
		if n.link(left) != r {
			return up
		}
		r = up
	}
}

// rank returns how many members are before r.
func (t *tree) rank(r arena.Ref) int {
	n := scoredAt(r)
	rank := int(n.before)
	for {
		up := n.link(parent)
		if up == 0 {
			return rank
		}
		n = scoredAt(up)
		if n.link(left) != r {
			rank += int(n.before) + 1
		}
		r = up
	}
}

// at returns the member of that rank, which there is.
func (t *tree) at(rank int) arena.Ref {
	r := t.root
	for {
		n := scoredAt(r)
		before := int(n.before)
		switch {
		case rank < before:
			r = n.link(left)
		case rank == before:
			return r
		default:
			rank -= before + 1
			r = n.link(right)
		}
	}
}

// belowScore returns how many members have a score less than score, or not
// greater with equal set.
func (t *tree) belowScore(score float64, equal bool) int {
	rank := 0
	for r := t.root; r != 0; {
		n := scoredAt(r)
		if n.score < score || equal && n.score == score {
			rank += int(n.before) + 1
			r = n.link(right)
		} else {
			r = n.link(left)
		}
	}
	return rank
}

// belowMember is belowScore for the bytes of members that all have the same
// score.
func (t *tree) belowMember(b []byte, equal bool) int {
	rank := 0
	for r := t.root; r != 0; {
		n := scoredAt(r)
		if c := bytes.Compare(n.member(), b); c < 0 || equal && c == 0 {
			rank += int(n.before) + 1
			r = n.link(right)
		} else {
			r = n.link(left)
		}
	}
	return rank
}

// fits reports whether the member r, in the tree, may have that score without
// leaving its place.
func fits(r arena.Ref, score float64) bool {
	n := scoredAt(r)
	b := n.member()
	if prev := preceding(r); prev != 0 {
		p := scoredAt(prev)
		if p.score > score || p.score == score && bytes.Compare(p.member(), b) > 0 {
			return false
		}
	}
	if next := following(r); next != 0 {
		p := scoredAt(next)
		if p.score < score || p.score == score && bytes.Compare(p.member(), b) < 0 {
			return false
		}
	}
	return true
}

// rescore gives the member r of z another score.
func (k *Keyspace) rescore(z *zset, r arena.Ref, score float64) {
	if invariants.Enabled {
		invariants.Check(score == score, "db: a score that is no number")
	}
	k.saveScored(z, r)
	if fits(r, score) {
		scoredAt(r).score = score
		return
	}
	k.passScored(z, r)
	z.order.remove(r)
	scoredAt(r).score = score
	z.order.insert(r)
}
