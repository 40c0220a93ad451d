package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/pack"
)

// ListLen returns the number of elements of e, a list.
func (e *Entry) ListLen() int {
	if e.encoding() == encPack {
		return packSlot(*e.slot()).pack().Len()
	}
	return int(e.list().count)
}

// NewList stores an empty list under key, which is absent, and returns it. The
// caller pushes to it, as no key has an empty list.
func (d *DB) NewList(key []byte, hash uint64) *Entry {
	return d.create(TypeList, key, hash, encPack, uint64(d.keys.newPack(pack.EmptyBytes)))
}

// ListGrow makes an object of e, a list, if it would be too large for one pack
// with values as well. It is called before they are put in.
func (d *DB) ListGrow(e *Entry, values [][]byte) {
	d.change(e)
	if e.encoding() != encPack {
		return
	}
	// Redis's rule counts the bytes of the values, not what they take in a
	// pack; the second one is ours.
	p := packSlot(*e.slot()).pack()
	raw, size := len(p), len(p)
	for _, v := range values {
		raw += len(v)
		size += pack.Of(v).Size()
	}
	m := d.keys.listLimit()
	if raw > m.bytes || m.count < listPackCount && p.Len()+len(values) > m.count || size > listPackMax {
		d.listToObject(e)
	}
}

// listToObject makes the pack of e the only node of an object.
func (d *DB) listToObject(e *Entry) {
	k := d.keys
	s := packSlot(*e.slot())
	l := k.newList()
	if count := s.pack().Len(); count > 0 {
		k.link(l, nil, k.newNode(encPack, uint64(s), count))
	} else {
		k.freePack(s)
	}
	e.recode(encObject, uint64(arena.RefOf(unsafe.Pointer(l))))
}

// ListShrink makes a pack of e, a list, if it is an object that became small:
// one node of at most half of what a pack may hold, as in Redis. It is called
// after elements were taken out or replaced.
func (d *DB) ListShrink(e *Entry) {
	if e.encoding() != encObject {
		return
	}
	l := e.list()
	n := nodeAt(l.head)
	if l.nodes != 1 || n.plain() {
		return
	}
	k := d.keys
	m, p := k.listLimit(), n.pack()
	switch {
	case m.count < listPackCount && int(n.count) > m.count/2:
		return
	case m.count >= listPackCount && len(p) > m.bytes/2:
		return
	}
	d.change(e) // LTRIM may have taken nothing
	k.saveNode(l, n)
	s := k.newPackBytes(len(p))
	copy(s.bytes(), p)
	k.freeNode(n)
	k.freeList(l)
	e.recode(encPack, uint64(s))
}

// ListPush pushes copies of values, one after the other, to the left or right
// end of e, a list for which ListGrow was called.
func (d *DB) ListPush(e *Entry, values [][]byte, left bool) {
	d.keys.checkSaved(e)
	if e.encoding() == encPack {
		d.keys.pushPack(e, values, left)
		return
	}
	l := e.list()
	for _, v := range values {
		d.keys.pushList(l, pack.Of(v), 0, left)
	}
}

// ListPushElement is ListPush for one element. token is that of the blob,
// made by arena.NewBlob, in which its bytes are, or 0; the list owns it from
// here on. Otherwise v is copied, and must be no view of e.
func (d *DB) ListPushElement(e *Entry, v pack.Element, token uint64, left bool) {
	d.keys.checkSaved(e)
	if e.encoding() == encObject {
		d.keys.pushList(e.list(), v, token, left)
		return
	}
	p := d.keys.growPack((*packSlot)(e.slot()), v.Size())
	if left {
		p.Insert(p.First(), v)
	} else {
		p.Append(v)
	}
	discardBlob(token)
}

// pushPack pushes to a list in one pack, moving what is there once.
func (k *Keyspace) pushPack(e *Entry, values [][]byte, left bool) {
	if len(values) == 1 {
		v := pack.Of(values[0])
		p := k.growPack((*packSlot)(e.slot()), v.Size())
		if left {
			p.Insert(pack.HeaderBytes, v)
		} else {
			p.Append(v)
		}
		return
	}
	size := 0
	for _, v := range values {
		size += pack.Of(v).Size()
	}
	p := k.growPack((*packSlot)(e.slot()), size)
	if !left {
		at := p.End()
		p = p.Gap(at, size, len(values))
		for _, v := range values {
			at = p.Put(at, pack.Of(v))
		}
		return
	}
	at := p.First()
	p = p.Gap(at, size, len(values))
	for i := len(values) - 1; i >= 0; i-- {
		at = p.Put(at, pack.Of(values[i]))
	}
}

// pushList pushes one element to an end of l; token as for ListPushElement.
func (k *Keyspace) pushList(l *list, v pack.Element, token uint64, left bool) {
	m := k.listLimit()
	end, prev := l.tail, nodeAt(l.tail)
	if left {
		end, prev = l.head, nil
	}
	if !v.IsInt && m.large(len(v.Bytes)) {
		k.link(l, prev, k.newPlainNode(v.Bytes, token))
		return
	}
	n, size := nodeAt(end), v.Size()
	if n == nil || n.plain() || !m.takes(n.pack(), int(n.count), size) {
		n = k.newPackNode(max(size, min(listNodeStart, m.bytes-pack.EmptyBytes)), left)
		k.link(l, prev, n)
	}
	k.saveNode(l, n)
	k.pushNode(n, v, size, left, m)
	k.addCount(l, n, 1)
	discardBlob(token)
}

// listNodeStart is the room in bytes that a node at an end of a list begins
// with: it is likely to be filled.
const listNodeStart = 512

// pushNode pushes v, of that size in a pack, to an end of n's pack.
func (k *Keyspace) pushNode(n *listNode, v pack.Element, size int, left bool, m listLimit) {
	if left {
		if int(n.off) < size {
			k.roomLeft(n, size, m)
		}
		n.off = uint32(pack.Prepend(n.memory(), int(n.off), v))
		return
	}
	p := n.pack()
	if cap(p)-len(p) < size {
		p = k.roomRight(n, size, m)
	}
	p.Append(v)
}

// nodeRoom returns the size of memory for a pack of need bytes that grows at
// one end: half as much again, but no more than a pack may have.
func nodeRoom(need int, m listLimit) int { return max(need, min(need+need/2, m.bytes)) }

// tight reports whether memory with used bytes in it has no room for size more,
// or so little that moving what is there again and again would be dear.
func (s packSlot) tight(used, size int) bool {
	free := s.capacity() - used
	return free < size || free < s.capacity()/8
}

// roomLeft makes room for size bytes before the pack of n: all that is free
// goes there, in the memory it has or in more.
func (k *Keyspace) roomLeft(n *listNode, size int, m listLimit) {
	p := n.pack()
	s := packSlot(n.value)
	if room := nodeRoom(len(p)+size, m); s.tight(len(p), size) && room > s.capacity() {
		s = k.newPackBytes(room)
	}
	off := s.capacity() - len(p)
	copy(s.bytes()[off:], p)
	k.replaceNodePack(n, s, off)
}

// roomRight makes room for size bytes behind the pack of n, and returns it.
func (k *Keyspace) roomRight(n *listNode, size int, m listLimit) pack.Pack {
	p := n.pack()
	s := packSlot(n.value)
	if room := nodeRoom(len(p)+size, m); s.tight(len(p), size) && room > s.capacity() {
		s = k.newPackBytes(room)
	}
	copy(s.bytes(), p)
	k.replaceNodePack(n, s, 0)
	return n.pack()
}

// replaceNodePack makes s, where the pack begins at off, the memory of n.
func (k *Keyspace) replaceNodePack(n *listNode, s packSlot, off int) {
	if have := packSlot(n.value); have != s {
		k.freePack(have)
		n.value = uint64(s)
	}
	n.off = uint32(off)
}

// ListDrop takes count elements off an end of e, a list that has more. Nodes
// are freed in slices if they are many.
func (d *DB) ListDrop(e *Entry, count int, left bool) {
	k := d.keys
	d.change(e)
	if e.encoding() == encPack {
		p := packSlot(*e.slot()).pack()
		if left {
			p.Delete(p.First(), count)
		} else {
			p.Delete(p.Seek(-count), count)
		}
		k.shrinkPack((*packSlot)(e.slot()))
		return
	}
	l := e.list()
	if n := l.end(left); count < int(n.count) {
		k.dropFromNode(l, n, count, left)
	} else {
		k.dropNodes(l, count, left)
	}
	d.ListShrink(e)
}

// end returns the first or the last node.
func (l *list) end(left bool) *listNode {
	if left {
		return nodeAt(l.head)
	}
	return nodeAt(l.tail)
}

// dropNodes takes whole nodes off an end, and the rest of count off the next
// one. Of many nodes the larger part waits for Reclaim.
func (k *Keyspace) dropNodes(l *list, count int, left bool) {
	freed, most := 0, drainNow
	if k.openAt(arena.RefOf(unsafe.Pointer(l))) != nil {
		most = drainUnsaved
	}
	var rest *list
	for count > 0 {
		n := l.end(left)
		if count < int(n.count) {
			k.dropFromNode(l, n, count, left)
			break
		}
		count -= int(n.count)
		if freed++; freed <= most {
			k.saveNode(l, n)
			k.unlink(l, n)
			k.freeNode(n)
			continue
		}
		k.unlink(l, n)
		if rest == nil {
			rest = k.newList()
			k.shareOpen(l, rest)
		}
		rest.attach(nil, n)
	}
	if rest != nil {
		k.bury(&dyingObject{&listObject, uint64(arena.RefOf(unsafe.Pointer(rest)))})
	}
}

// dropFromNode takes count elements, of which it has more, off an end of n.
func (k *Keyspace) dropFromNode(l *list, n *listNode, count int, left bool) {
	k.saveNode(l, n)
	if left {
		n.off = uint32(pack.DropFirst(n.memory(), int(n.off), count))
	} else {
		p := n.pack()
		p.Delete(p.Seek(-count), count)
	}
	k.addCount(l, n, -count)
	if count > 1 || l.nodes > 1 && n.count&63 == 0 {
		k.fitNode(n)
	}
}

// fitNode gives memory back if the pack of n uses less than half of what it
// has.
func (k *Keyspace) fitNode(n *listNode) {
	p := n.pack()
	if s := packSlot(n.value); len(p)*2 < s.capacity() && s.capacity() > listNodeStart {
		s = k.newPackBytes(len(p))
		copy(s.bytes(), p)
		k.replaceNodePack(n, s, 0)
	}
}

// ListMove moves the element at an end of from to an end of to, another list
// or the same. An element with a node of its own takes that along. The caller removes the key of from if it is empty,
// and calls ListShrink otherwise.
func (d *DB) ListMove(from, to *Entry, fromLeft, toLeft bool) {
	k := d.keys
	d.change(from)
	d.change(to)
	if from.encoding() == encObject {
		if n := from.list().end(fromLeft); n.plain() {
			if to.encoding() == encPack {
				d.listToObject(to)
			}
			k.saveNode(from.list(), n)
			k.unlink(from.list(), n)
			l := to.list()
			if toLeft {
				k.link(l, nil, n)
			} else {
				k.link(l, nodeAt(l.tail), n)
			}
			return
		}
	}
	it := from.listEnd(fromLeft)
	v := it.Element()
	if from == to {
		k.scratch = append(k.scratch[:0], v.Bytes...)
		v.Bytes = k.scratch
	}
	var scratch [24]byte
	text := [1][]byte{v.Text(scratch[:])}
	d.ListGrow(to, text[:])
	d.ListPushElement(to, v, 0, toLeft)
	d.listPop(from, fromLeft)
}

// listPop takes off one element, which may be the last one: the list is empty
// then.
func (d *DB) listPop(e *Entry, left bool) {
	if e.ListLen() > 1 {
		d.ListDrop(e, 1, left)
		return
	}
	if e.encoding() == encPack {
		pack.New(packSlot(*e.slot()).bytes())
		return
	}
	l := e.list()
	n := nodeAt(l.head)
	d.keys.saveNode(l, n)
	d.keys.unlink(l, n)
	d.keys.freeNode(n)
}
