// Package wheel keeps deadlines: a hierarchical timing wheel (Varghese and
// Lauck 1987) of intrusive nodes outside the Go heap.
//
// # Structure
//
// Time is counted in ms and read as digits of 6 bits. A deadline lies on the
// level of the highest digit in which it differs from the wheel's own time, in
// the slot of its digit there:
//
//	level 0   64 slots of  1 ms         deadlines in this 64 ms
//	level 1   64 slots of 64 ms         in this 4 s, not in this 64 ms
//	level 2   64 slots of  4 s          in this 4 min
//	...                                 4 h, 12 days, 2 years, 139 years
//	level 7   64 slots of 139 years
//
// So whatever is on a level comes before everything on the levels above, and a
// bitmap of occupied slots per level finds the next deadline in a few
// instructions, however far away. When time reaches a slot of level 0, its
// nodes are due; when it reaches one above, its nodes move down, each at most
// seven times in its life. Nothing is ever searched or sampled.
//
// A slot is a circular doubly linked list around a sentinel. Reaching a slot
// only splices its list to one of two others, of nodes that are due and of
// nodes that are moving; their nodes are then taken one by one, so work can
// stop after any node and go on later, and a node can be removed wherever it
// is without knowing where.
package wheel

import (
	"math/bits"
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/invariants"
)

const (
	digitBits = 6
	slotCount = 1 << digitBits
	levels    = 8

	dueList    = levels * slotCount // nodes whose deadline the wheel's time has reached
	movingList = dueList + 1        // nodes on their way to a lower level
	listCount  = dueList + 2
)

// sentinels are the heads of all lists.
type sentinels [listCount]Node

// Wheel is a set of nodes by deadline. Init makes it ready; it takes memory (8
// KiB) with the first node. It may be moved by copying it, as long as one copy
// is used. It belongs to the thread that owns the arena, and does not own the
// memory of nodes: a node stays at its address from Add to Remove or until
// Advance hands it over, unless Moved is told.
type Wheel struct {
	arena    *arena.Arena
	lists    *sentinels // nil until the first node
	now      uint64     // every deadline up to here is in dueList or movingList, or gone
	count    int
	occupied [levels]uint64 // bit s: slot s of the level is not empty
}

// Init makes w an empty wheel whose time is nowMs. Times before 1970 count as
// 0 here and in all methods.
func (w *Wheel) Init(a *arena.Arena, nowMs int64) {
	*w = Wheel{arena: a, now: wheelTime(nowMs)}
}

// Free gives back the wheel's memory and forgets its nodes, without touching
// them. The wheel may be used again.
func (w *Wheel) Free() {
	if w.lists != nil {
		w.arena.Free(unsafe.Pointer(w.lists), int(unsafe.Sizeof(sentinels{})), arena.Wheel)
	}
	*w = Wheel{arena: w.arena, now: w.now}
}

// Len returns the number of nodes.
func (w *Wheel) Len() int { return w.count }

func wheelTime(ms int64) uint64 { return uint64(min(max(ms, 0), farthest-1)) }

// Add puts a node, which is in no wheel, under a deadline in ms. One that has
// passed is due with the next Advance; one of 2^47 or more never is.
func (w *Wheel) Add(n *Node, deadlineMs int64) {
	w.count++
	if deadlineMs >= farthest {
		n.setFar(deadlineMs)
		return
	}
	if w.lists == nil {
		w.open()
	}
	n.setDeadline(max(deadlineMs, oldest))
	w.place(n, deadlineMs)
}

func (w *Wheel) open() {
	w.lists = (*sentinels)(w.arena.Alloc(int(unsafe.Sizeof(sentinels{})), arena.Wheel))
	for i := range w.lists {
		w.lists[i].makeEmpty()
	}
}

// place puts a node whose deadline is set into the list where it belongs.
func (w *Wheel) place(n *Node, deadline int64) {
	if deadline <= int64(w.now) {
		w.lists[dueList].append(n)
		return
	}
	level := levelOf(uint64(deadline) ^ w.now)
	slot := uint64(deadline) >> (level * digitBits) % slotCount
	w.lists[level*slotCount+slot].append(n)
	w.occupied[level] |= 1 << slot
}

// levelOf returns the highest digit in which two times differ, given their
// exclusive or, which is not 0 and has 48 bits at most.
func levelOf(difference uint64) uint64 {
	return uint64(bits.Len64(difference)-1) / digitBits % levels
}

// digit returns the slot that is current on a level.
func (w *Wheel) digit(level uint64) uint64 { return w.now >> (level * digitBits) % slotCount }

// Remove takes a node out. Its deadline can still be read.
func (w *Wheel) Remove(n *Node) {
	if invariants.Enabled {
		invariants.Check(w.count > 0 && (n.isFar() || n.isLinked()), "wheel: removal of a node that is in none")
	}
	w.count--
	if !n.isFar() {
		w.unlink(n)
	}
}

func (w *Wheel) unlink(n *Node) {
	next, prev := n.next(), n.prev()
	prev.setNext(next.ref())
	next.setPrev(prev.ref())
	n.setNext(0)
	n.setPrev(0)
	if next != prev {
		return
	}
	// Only the sentinel is left, and tells which slot is empty now.
	i := (uintptr(unsafe.Pointer(next)) - uintptr(unsafe.Pointer(w.lists))) / unsafe.Sizeof(Node{})
	if next.isEmpty() && i < dueList {
		w.occupied[i/slotCount] &^= 1 << (i % slotCount)
	}
}

// Moved repairs the links to a node that was copied to a new address, n; the
// old copy is not looked at any more.
func (w *Wheel) Moved(n *Node) {
	if n.isFar() {
		return
	}
	r := n.ref()
	n.next().setPrev(r)
	n.prev().setNext(r)
}

// Advance moves the wheel's time to nowMs, takes out the nodes whose deadline
// is not after that, and calls expired for each. It touches up to max nodes
// and returns false if that was not enough: call it again, with the same time
// or another. Nodes are handed over in the order of their deadlines, but for
// those added when they were due already, and for a clock that was set back.
//
// expired may free the node's object, and add, remove and move any nodes, but
// not call Advance or Free. Time may go backwards: what is left becomes due
// when its deadline comes.
func (w *Wheel) Advance(nowMs int64, max int, expired func(n *Node)) bool {
	now := wheelTime(nowMs)
	if w.lists == nil {
		w.now = now
		return true
	}
	if now < w.now {
		w.rewind(now)
	}
	due, moving := &w.lists[dueList], &w.lists[movingList]
	for {
		for !due.isEmpty() {
			if max <= 0 {
				return false
			}
			max--
			n := due.next()
			w.unlink(n)
			w.count--
			expired(n)
		}
		for !moving.isEmpty() && due.isEmpty() {
			if max <= 0 {
				return false
			}
			max--
			n := moving.next()
			w.unlink(n)
			w.place(n, n.Deadline())
		}
		if due.isEmpty() && !w.reach(now) {
			return true
		}
	}
}

// reach moves the wheel's time to the next occupied slot, if there is one up
// to now, and hands its nodes to dueList or movingList; otherwise it moves the
// time to now and returns false.
func (w *Wheel) reach(now uint64) bool {
	level, start := w.first()
	if level == levels || start > now {
		w.now = now
		return false
	}
	w.now = start
	slot := w.digit(level)
	w.occupied[level] &^= 1 << slot
	to := &w.lists[movingList]
	if level == 0 {
		to = &w.lists[dueList]
	}
	to.take(&w.lists[level*slotCount+slot])
	return true
}

// first returns the level of the next occupied slot and the time at which it
// begins; levels if there is none.
func (w *Wheel) first() (level, start uint64) {
	for level = range uint64(levels) {
		if m := w.occupied[level]; m != 0 {
			slot := uint64(bits.TrailingZeros64(m))
			shift := level * digitBits
			return level, w.now>>shift&^(slotCount-1)<<shift | slot<<shift
		}
	}
	return levels, 0
}

// rewind moves the wheel's time back. The levels from the one up in which old
// and new time differ keep their nodes: seen from the new time, they lie right.
// Everything below lies within what is one slot of that level now, so whole
// lists move there. What was due may not be any more, and is looked at again.
func (w *Wheel) rewind(now uint64) {
	level := levelOf(now ^ w.now)
	slot := w.digit(level)
	to := &w.lists[level*slotCount+slot]
	for below := range level {
		for m := w.occupied[below]; m != 0; m &= m - 1 {
			to.take(&w.lists[below*slotCount+uint64(bits.TrailingZeros64(m))])
		}
		w.occupied[below] = 0
	}
	if !to.isEmpty() {
		w.occupied[level] |= 1 << slot
	}
	if due := &w.lists[dueList]; !due.isEmpty() {
		w.lists[movingList].take(due)
	}
	w.now = now
}

// Next returns when Advance has something to do next, and whether it ever
// has. That is never after the next deadline, and before it at most seven
// times while time runs up to it. A time that is not after nowMs asks for an
// Advance at once.
func (w *Wheel) Next(nowMs int64) (int64, bool) {
	if w.lists == nil {
		return 0, false
	}
	if !w.lists[dueList].isEmpty() || !w.lists[movingList].isEmpty() {
		return min(nowMs, int64(w.now)), true
	}
	level, start := w.first()
	if level == levels {
		return 0, false
	}
	return int64(start), true
}

// Lag returns by how many ms Advance is late at nowMs: since when there has
// been something to do, 0 if there is nothing.
func (w *Wheel) Lag(nowMs int64) int64 {
	next, ok := w.Next(nowMs)
	if !ok {
		return 0
	}
	return max(0, nowMs-next)
}
