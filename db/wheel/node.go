package wheel

import (
	"unsafe"

	"basalt/db/arena"
)

const (
	linkMask = 1<<arena.RefBits - 1
	// far in place of the upper half of a deadline says that the node is in no
	// list and that w0 is the deadline.
	far = 0x800000

	// farthest is the first deadline that stands outside of the wheel: the
	// year 6429.
	farthest = 1 << 47
	// oldest is the earliest deadline that a node can hold beside its links.
	oldest = -1<<47 + 1<<24
)

// Node is the place of an object in a wheel. It is embedded in the object,
// which lies in arena memory, and holds no Go pointers:
//
//	w0  bits 0-39 reference of the next node, 40-63 deadline bits  0-23
//	w1  bits 0-39           of the previous,  40-63 deadline bits 24-47, signed
//
// A deadline too far away for 48 bits never comes: the node stands outside of
// the wheel and has w0 for the deadline.
type Node struct{ w0, w1 uint64 }

var _ [16 - unsafe.Sizeof(Node{})]struct{}
var _ [unsafe.Sizeof(Node{}) - 16]struct{}

// Deadline returns the deadline in ms that the node was added with, also after
// it has left the wheel. One before the year -2490 is returned as that.
func (n *Node) Deadline() int64 {
	if n.w1>>arena.RefBits == far {
		return int64(n.w0)
	}
	high := int64(n.w1) >> arena.RefBits
	return high<<24 | int64(n.w0>>arena.RefBits)
}

func (n *Node) isFar() bool { return n.w1>>arena.RefBits == far }

func (n *Node) setFar(deadline int64) {
	n.w0, n.w1 = uint64(deadline), far<<arena.RefBits
}

// setDeadline stores a deadline from oldest to before farthest, without links.
func (n *Node) setDeadline(deadline int64) {
	n.w0 = uint64(deadline) << arena.RefBits
	n.w1 = uint64(deadline>>24) << arena.RefBits
}

func (n *Node) next() *Node { return (*Node)(arena.Ref(n.w0 & linkMask).Ptr()) }
func (n *Node) prev() *Node { return (*Node)(arena.Ref(n.w1 & linkMask).Ptr()) }

func (n *Node) setNext(r arena.Ref) { n.w0 = n.w0&^linkMask | uint64(r) }
func (n *Node) setPrev(r arena.Ref) { n.w1 = n.w1&^linkMask | uint64(r) }

// isLinked reports whether the node's neighbours know it.
func (n *Node) isLinked() bool {
	return n.w0&linkMask != 0 && n.w1&linkMask != 0 && n.next().prev() == n && n.prev().next() == n
}

func (n *Node) ref() arena.Ref { return arena.RefOf(unsafe.Pointer(n)) }

// makeEmpty makes a sentinel an empty list.
func (n *Node) makeEmpty() {
	r := n.ref()
	n.w0, n.w1 = uint64(r), uint64(r)
}

func (n *Node) isEmpty() bool { return n.w0&linkMask == uint64(n.ref()) }

// append puts a node, whose deadline is set, at the end of the list of a
// sentinel.
func (n *Node) append(x *Node) {
	r, last := x.ref(), n.prev()
	x.setNext(n.ref())
	x.setPrev(last.ref())
	last.setNext(r)
	n.setPrev(r)
}

// take moves the nodes of another sentinel's list, which is not empty, to the
// end of the list.
func (n *Node) take(from *Node) {
	first, last, end := from.next(), from.prev(), n.prev()
	end.setNext(first.ref())
	first.setPrev(end.ref())
	last.setNext(n.ref())
	n.setPrev(last.ref())
	from.makeEmpty()
}
