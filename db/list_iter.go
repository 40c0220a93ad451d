package db

import (
	"basalt/db/arena"
	"basalt/db/pack"
)

// ListIter stands on an element of a list, or behind its last one on the side
// to which it went. It dies with the next change of the database.
type ListIter struct {
	pack pack.Pack // nil on a plain node
	at   int
	node *listNode // nil if the list is one pack
	done bool
}

// ListAt returns an iterator on element index of e, a list, counted from the
// end (-1) if it is negative. Without such an element the iterator is Done. It
// gets there from the nearer end.
func (e *Entry) ListAt(index int) ListIter {
	if e.encoding() == encPack {
		p := packSlot(*e.slot()).pack()
		at := p.Seek(index)
		return ListIter{pack: p, at: at, done: at < 0}
	}
	l := e.list()
	count := int(l.count)
	if index < 0 {
		index += count
	}
	if index < 0 || index >= count {
		return ListIter{done: true}
	}
	if index < count/2 {
		n := nodeAt(l.head)
		for index >= int(n.count) {
			index -= int(n.count)
			n = nodeAt(n.next)
		}
		return n.iter(index)
	}
	n := nodeAt(l.tail)
	for index -= count; -index > int(n.count); n = nodeAt(n.prev) {
		index += int(n.count)
	}
	return n.iter(index)
}

// listEnd returns an iterator on the first or last element of e, which is not
// empty.
func (e *Entry) listEnd(left bool) ListIter {
	if left {
		return e.ListAt(0)
	}
	return e.ListAt(-1)
}

// iter returns an iterator on an element of n.
func (n *listNode) iter(index int) ListIter {
	if n.plain() {
		return ListIter{node: n}
	}
	p := n.pack()
	return ListIter{pack: p, at: p.Seek(index), node: n}
}

// Done reports whether there is no element here.
func (it *ListIter) Done() bool { return it.done }

// Element returns the element. A string is a view.
func (it *ListIter) Element() pack.Element {
	if it.pack == nil {
		return pack.Element{Bytes: it.node.text()}
	}
	return it.pack.Get(it.at)
}

// Pin returns the bytes of an element that lies in pages of its own, and a
// token for Unpin, as Entry.Pin does; ok says whether it does.
func (it *ListIter) Pin() (bytes []byte, token uint64, ok bool) {
	if it.pack != nil || it.node.enc != uint8(encBlob) {
		return nil, 0, false
	}
	b := arena.BlobAt(arena.Ref(it.node.value))
	b.Pin()
	return b.Bytes(), uint64(b.Ref()), true
}

// Equal reports whether the element is v, which came from pack.Of.
func (it *ListIter) Equal(v pack.Element) bool {
	if it.pack == nil {
		return !v.IsInt && string(it.node.text()) == string(v.Bytes)
	}
	return it.pack.Equal(it.at, v)
}

// Next goes to the element on the right.
func (it *ListIter) Next() {
	if it.pack != nil {
		if it.at = it.pack.Next(it.at); !it.pack.IsEnd(it.at) {
			return
		}
	}
	if it.node == nil || it.node.next == 0 {
		it.done = true
		return
	}
	*it = nodeAt(it.node.next).iter(0)
}

// Prev goes to the element on the left.
func (it *ListIter) Prev() {
	if it.pack != nil {
		if it.at = it.pack.Prev(it.at); it.at >= 0 {
			return
		}
	}
	if it.node == nil || it.node.prev == 0 {
		it.done = true
		return
	}
	*it = nodeAt(it.node.prev).iter(-1)
}

// Fill sets elements to those from here on, as Element returns them, and goes
// behind them: the step of a walk over many. It returns how many there are, at
// least one, but 0 if the element here has a node of its own, and stops before
// one that has.
func (it *ListIter) Fill(elements []pack.Element) int {
	n := 0
	for !it.done && it.pack != nil {
		more, at := it.pack.Fill(it.at, elements[n:])
		n += more
		if it.at = at; !it.pack.IsEnd(at) {
			break
		}
		if it.node == nil || it.node.next == 0 {
			it.done = true
			break
		}
		*it = nodeAt(it.node.next).iter(0)
	}
	return n
}
