package db

import "basalt/db/pack"

// ListSet replaces element index of e, a list for which ListGrow was called,
// by a copy of value. It reports whether there is such an element. The caller
// calls ListShrink.
func (d *DB) ListSet(e *Entry, index int, value []byte) bool {
	it := e.ListAt(index)
	if it.done {
		return false
	}
	d.keys.checkSaved(e)
	k, v := d.keys, pack.Of(value)
	if it.node == nil {
		p := k.growPack((*packSlot)(e.slot()), v.Size())
		p.Replace(it.at, v)
		k.shrinkPack((*packSlot)(e.slot()))
		return true
	}
	l, n, m := e.list(), it.node, k.listLimit()
	large := !v.IsInt && m.large(len(v.Bytes))
	switch {
	case n.plain() && large:
		k.saveNode(l, n)
		k.dropNodeValue(n)
		s := k.newStore(len(value), len(value))
		copy(s.bytes, value)
		n.enc, n.value = uint8(s.enc), s.slot
		return true
	case !n.plain() && !large:
		p := n.pack()
		// As in Redis a pack may grow beyond the limit here, but not for ever.
		if grown := v.Size() - (p.Next(it.at) - it.at); grown <= 0 || len(p)+grown <= 2*m.bytes {
			k.saveNode(l, n)
			if cap(p)-len(p) < v.Size() {
				p = k.roomRight(n, v.Size(), m)
			}
			p.Replace(it.at, v)
			return true
		}
	}
	// It does not fit where it is: the new one goes behind the old one.
	if index < 0 {
		index += e.ListLen()
	}
	k.insertList(l, &it, v, true)
	it = e.ListAt(index)
	k.removeAt(l, &it)
	return true
}

// ListInsert puts a copy of value before or behind the first element of e that
// is pivot. e is a list for which ListGrow was called. It reports whether
// there is such an element.
func (d *DB) ListInsert(e *Entry, pivot, value []byte, after bool) bool {
	d.keys.checkSaved(e)
	want, v := pack.Of(pivot), pack.Of(value)
	if e.encoding() == encPack {
		slot := (*packSlot)(e.slot())
		p := slot.pack()
		at := p.Find(p.First(), want, 0)
		if at < 0 {
			return false
		}
		if after {
			at = p.Next(at)
		}
		p = d.keys.growPack(slot, v.Size())
		p.Insert(at, v)
		return true
	}
	l := e.list()
	it, ok := l.find(want)
	if ok {
		d.keys.insertList(l, &it, v, after)
	}
	return ok
}

// find returns an iterator on the first element that is v.
func (l *list) find(v pack.Element) (ListIter, bool) {
	for n := nodeAt(l.head); n != nil; n = nodeAt(n.next) {
		if n.plain() {
			if it := (ListIter{node: n}); it.Equal(v) {
				return it, true
			}
			continue
		}
		p := n.pack()
		if at := p.Find(p.First(), v, 0); at >= 0 {
			return ListIter{pack: p, at: at, node: n}, true
		}
	}
	return ListIter{done: true}, false
}

// insertList puts v before or behind the element that it stands on. It goes
// into that node or into a neighbour if it fits, else the node is split there.
func (k *Keyspace) insertList(l *list, it *ListIter, v pack.Element, after bool) {
	n, m, size := it.node, k.listLimit(), v.Size()
	large := !v.IsInt && m.large(len(v.Bytes))
	first, last := true, true // whether v comes before or behind all of n
	at := it.at
	if !n.plain() {
		if after {
			at = it.pack.Next(at)
		}
		first, last = at == it.pack.First(), it.pack.IsEnd(at)
		if !large && m.takes(it.pack, int(n.count), size) {
			k.saveNode(l, n)
			k.insertNode(n, at, v, size, m)
			k.addCount(l, n, 1)
			return
		}
	} else {
		first, last = !after, after
	}
	left := n // what v comes behind
	switch {
	case last:
	case first:
		left = nodeAt(n.prev)
	default:
		k.splitNode(l, n, at)
	}
	if large {
		k.link(l, left, k.newPlainNode(v.Bytes, 0))
		return
	}
	right := nodeAt(l.head)
	if left != nil {
		right = nodeAt(left.next)
	}
	for i, x := range [...]*listNode{left, right} {
		if x != nil && !x.plain() && m.takes(x.pack(), int(x.count), size) {
			k.saveNode(l, x)
			k.pushNode(x, v, size, i == 1, m)
			k.addCount(l, x, 1)
			return
		}
	}
	x := k.newPackNode(size, false)
	k.link(l, left, x)
	k.pushNode(x, v, size, false, m)
	k.addCount(l, x, 1)
}

// insertNode puts v, of that size, at a position of n's pack.
func (k *Keyspace) insertNode(n *listNode, at int, v pack.Element, size int, m listLimit) {
	p := n.pack()
	if cap(p)-len(p) < size {
		p = k.roomRight(n, size, m)
	}
	p.Insert(at, v)
}

// splitNode moves what is at and behind a position of n's pack, neither its
// start nor its end, to a new node behind n.
func (k *Keyspace) splitNode(l *list, n *listNode, at int) {
	k.saveNode(l, n)
	p := n.pack()
	bytes := p.End() - at
	x := k.newPackNode(bytes, false)
	q := x.pack()
	kept := 0
	for i := p.First(); i < at; i = p.Next(i) {
		kept++
	}
	moved := int(n.count) - kept
	q = q.Gap(q.First(), bytes, moved)
	copy(q[q.First():], p[at:p.End()])
	p.Delete(at, moved)
	k.addCount(l, n, -moved)
	x.count = uint16(moved)
	k.link(l, n, x)
	k.fitNode(n)
}

// removeAt takes out the element that it stands on.
func (k *Keyspace) removeAt(l *list, it *ListIter) {
	n := it.node
	k.saveNode(l, n)
	if n.plain() || n.count == 1 {
		k.unlink(l, n)
		k.freeNode(n)
		return
	}
	it.pack.Delete(it.at, 1)
	k.addCount(l, n, -1)
	k.settleNode(l, n)
}

// settleNode follows removals in the middle of n: it is freed if it is empty,
// joined with a neighbour if both together fill half a pack, or trimmed. It
// returns the node behind what is left.
func (k *Keyspace) settleNode(l *list, n *listNode) *listNode {
	next, prev := nodeAt(n.next), nodeAt(n.prev)
	if n.count == 0 {
		k.unlink(l, n)
		k.freeNode(n)
		return next
	}
	if prev != nil && k.joinNodes(l, prev, n) {
		return next
	}
	k.fitNode(n)
	return next
}

// joinNodes appends the elements of n, which has changed, to those of prev, the
// node before it, if they fill at most half a pack, and frees n.
func (k *Keyspace) joinNodes(l *list, prev, n *listNode) bool {
	m := k.listLimit()
	if prev.plain() || n.plain() || int(prev.count)+int(n.count) > m.count/2 {
		return false
	}
	p, q := prev.pack(), n.pack()
	more := len(q) - pack.EmptyBytes
	if len(p)+more > m.bytes/2 {
		return false
	}
	k.saveNode(l, prev)
	if cap(p)-len(p) < more {
		p = k.roomRight(prev, more, m)
	}
	p.AppendPack(q)
	count := int(n.count)
	k.unlink(l, n)
	k.addCount(l, prev, count)
	k.freeNode(n)
	return true
}

// ListRemove takes out the elements of e, a list, that are v: all if count is
// 0, the first count of them, or the last -count. It returns how many it took
// out; e may be empty then. The caller calls ListShrink, or removes the key.
func (d *DB) ListRemove(e *Entry, count int, v pack.Element) int {
	k := d.keys
	d.change(e)
	if e.encoding() == encPack {
		removed := removeEqual(packSlot(*e.slot()).pack(), count, v)
		if removed > 0 {
			k.shrinkPack((*packSlot)(e.slot()))
		}
		return removed
	}
	l, backwards, all := e.list(), count < 0, count == 0
	removed := 0
	for n := l.end(!backwards); n != nil && (all || count != 0); {
		before := nodeAt(n.prev)
		after, got := nodeAt(n.next), 0
		if n.plain() {
			if it := (ListIter{node: n}); it.Equal(v) {
				got = 1
				k.saveNode(l, n)
				k.unlink(l, n)
				k.freeNode(n)
			}
		} else if p := n.pack(); n.epoch == k.epoch || p.Find(p.First(), v, 0) >= 0 {
			k.saveNode(l, n)
			if got = removeEqual(p, count, v); got > 0 {
				k.addCount(l, n, -got)
				after = k.settleNode(l, n)
			}
		}
		removed += got
		if backwards {
			count += got
			n = before
		} else {
			if !all {
				count -= got
			}
			n = after
		}
	}
	return removed
}

// removeEqual takes elements that are v out of p; count as for ListRemove.
func removeEqual(p pack.Pack, count int, v pack.Element) int {
	skip, limit := 0, count
	switch {
	case count == 0:
		limit = listPackCount
	case count < 0:
		limit = -count
		skip = max(0, p.CountEqual(v)-limit)
	}
	_, n := p.DeleteEqual(v, skip, limit)
	return n
}
