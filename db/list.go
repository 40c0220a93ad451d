package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/invariants"
)

// A list of few bytes is one pack in the slot of its entry. A larger one is an
// object: a list of nodes, linked both ways, each with a pack of its own or with
// one element that is too large for a pack.
//
//	list   head ─► node ⇄ node ⇄ node ◄─ tail, elements, nodes
//	node   prev, next, value, count, where the pack begins
//
// A pack in a node begins somewhere in its memory, not at the start: pushing and
// popping on the left move its header of six bytes, not its elements. A queue
// thereby costs the same at both ends. With elements of 12 bytes a full node of
// 8 KiB has 580 of them, at 14.2 bytes each, the node itself included.
//
// When a pack becomes an object its memory becomes that of the only node, and
// back, so that neither copies more than a pack.

// list is a list of more than one pack. It has Refs only, so Alloc will do.
type list struct {
	head, tail arena.Ref // of listNode; 0 in a list that is being drained only
	count      uint64    // elements
	nodes      uint64
}

// listNode is a piece of a list.
type listNode struct {
	prev, next arena.Ref
	// value is a packSlot, or what the slot of a string in encoding enc has.
	value uint64
	// off is where the pack begins in its memory.
	off   uint32
	count uint16 // elements, at most listPackCount
	enc   uint8  // encPack, encBlock or encBlob
	epoch uint8  // see snapshot.go
	// order rises along the list: how a node that a snapshot is told of out of
	// turn says where it belongs.
	order int64
}

const (
	listSize     = int(unsafe.Sizeof(list{}))
	listNodeSize = int(unsafe.Sizeof(listNode{}))
	// listPackMax bounds the pack of a list, whatever Redis's rule says: the
	// rule counts the bytes of what is pushed, which are none for empty strings.
	// It keeps the count below the one of a pack that has to be walked.
	listPackMax   = 128 << 10
	listPackCount = (listPackMax - pack.EmptyBytes) / 2
)

var _ [32 - listSize]struct{}
var _ [40 - listNodeSize]struct{}
var _ [65534 - listPackCount]struct{} // 65535 is "count them" to a pack

// listLimit is what a pack of a list may hold: bytes, or elements and a safe
// number of bytes.
type listLimit struct{ bytes, count int }

// listSafeBytes bounds packs that are limited by the number of elements.
const listSafeBytes = 8 << 10

var listBytes = [...]int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

// listLimit returns the limit that holds now.
func (k *Keyspace) listLimit() listLimit {
	if n := k.Limits.ListSize; n >= 0 {
		return listLimit{listSafeBytes, min(max(n, 1), 1<<15-1)}
	}
	return listLimit{listBytes[min(-k.Limits.ListSize, len(listBytes))-1], listPackCount}
}

// large reports whether a string of n bytes gets a node of its own.
func (m listLimit) large(n int) bool { return n > m.bytes }

// takes reports whether a pack of that size may take one more element.
func (m listLimit) takes(p pack.Pack, count, size int) bool {
	return count < m.count && len(p)+size <= m.bytes
}

// ElementOf returns the element that b is stored as. It keeps b.
func ElementOf(b []byte) Element { return pack.Of(b) }

func (e *Entry) list() *list { return object[list](e) }

func nodeAt(r arena.Ref) *listNode {
	if r == 0 {
		return nil
	}
	return (*listNode)(r.Ptr())
}

func (n *listNode) ref() arena.Ref { return arena.RefOf(unsafe.Pointer(n)) }

func (n *listNode) plain() bool { return n.enc != uint8(encPack) }

// memory returns all memory of the node's pack.
func (n *listNode) memory() []byte { return packSlot(n.value).bytes() }

func (n *listNode) pack() pack.Pack {
	b := n.memory()[n.off:]
	return pack.Pack(b[:pack.Bytes(b)])
}

// text returns the bytes of a plain node.
func (n *listNode) text() []byte {
	if n.enc == uint8(encBlock) {
		return (*block)(arena.Ref(n.value).Ptr()).bytes()
	}
	return arena.BlobAt(arena.Ref(n.value)).Bytes()
}

// size returns the bytes that the node and its value occupy.
func (n *listNode) size() int {
	switch n.enc {
	case uint8(encPack):
		return arena.ClassSize(listNodeSize) + packSlot(n.value).capacity()
	case uint8(encBlock):
		return arena.ClassSize(listNodeSize) + arena.ClassSize((*block)(arena.Ref(n.value).Ptr()).size())
	}
	return arena.ClassSize(listNodeSize) + arena.BlobAt(arena.Ref(n.value)).Size()
}

// newNode returns a node that is in no list.
func (k *Keyspace) newNode(enc Encoding, value uint64, count int) *listNode {
	n := (*listNode)(k.arena.Alloc(listNodeSize, arena.Node))
	*n = listNode{value: value, enc: uint8(enc), count: uint16(count), epoch: k.epoch}
	return n
}

// newPackNode returns a node with an empty pack that has room for size bytes of
// elements, on the left if front is set.
func (k *Keyspace) newPackNode(size int, front bool) *listNode {
	s := k.newPackBytes(pack.EmptyBytes + size)
	n := k.newNode(encPack, uint64(s), 0)
	if front {
		n.off = uint32(s.capacity() - pack.EmptyBytes)
	}
	pack.New(s.bytes()[n.off:])
	return n
}

// newPlainNode returns a node with a copy of b, or with the blob of that token
// if it is not 0.
func (k *Keyspace) newPlainNode(b []byte, token uint64) *listNode {
	if token != 0 {
		if blob := arena.BlobAt(arena.Ref(token)); blob.Len() > blockMax {
			k.arena.AdoptBlob(blob, arena.Value)
			return k.newNode(encBlob, token, 1)
		}
	}
	s := k.newStore(len(b), len(b))
	copy(s.bytes, b)
	discardBlob(token)
	return k.newNode(s.enc, s.slot, 1)
}

// discardBlob frees a blob whose bytes were copied.
func discardBlob(token uint64) {
	if token != 0 {
		arena.BlobAt(arena.Ref(token)).Discard()
	}
}

// dropNodeValue frees what the node has, without the node.
func (k *Keyspace) dropNodeValue(n *listNode) {
	switch n.enc {
	case uint8(encPack):
		k.freePack(packSlot(n.value))
	case uint8(encBlock):
		k.freeBlock((*block)(arena.Ref(n.value).Ptr()))
	default:
		k.arena.FreeBlob(arena.BlobAt(arena.Ref(n.value)), arena.Value)
	}
}

// freeNode frees a node that is in no list, or whose list goes with it.
func (k *Keyspace) freeNode(n *listNode) {
	k.dropNodeValue(n)
	k.arena.Free(unsafe.Pointer(n), listNodeSize, arena.Node)
}

// freeList frees a list without its nodes.
func (k *Keyspace) freeList(l *list) {
	k.forgetList(l)
	k.arena.Free(unsafe.Pointer(l), listSize, arena.Node)
}

// newList returns a list without nodes.
func (k *Keyspace) newList() *list {
	l := (*list)(k.arena.Alloc(listSize, arena.Node))
	*l = list{}
	return l
}

// link puts the node n behind prev, before the first one if prev is nil, and
// gives it its order.
func (k *Keyspace) link(l *list, prev, n *listNode) {
	k.placeNode(l, prev, n)
	l.attach(prev, n)
}

// attach is link for a node that keeps its order.
func (l *list) attach(prev, n *listNode) {
	next := nodeAt(l.head)
	n.prev = 0
	if prev != nil {
		next, n.prev = nodeAt(prev.next), prev.ref()
	}
	n.next = 0
	if next != nil {
		n.next = next.ref()
		next.prev = n.ref()
	} else {
		l.tail = n.ref()
	}
	if prev != nil {
		prev.next = n.ref()
	} else {
		l.head = n.ref()
	}
	l.nodes++
	l.count += uint64(n.count)
}

// unlink takes n out.
func (k *Keyspace) unlink(l *list, n *listNode) {
	k.passNode(l, n)
	if p := nodeAt(n.prev); p != nil {
		p.next = n.next
	} else {
		l.head = n.next
	}
	if x := nodeAt(n.next); x != nil {
		x.prev = n.prev
	} else {
		l.tail = n.prev
	}
	l.nodes--
	l.count -= uint64(n.count)
}

// addCount changes the number of elements of n, and of the list. It goes with
// every change of n's pack but for one that replaces an element.
func (k *Keyspace) addCount(l *list, n *listNode, by int) {
	if invariants.Enabled {
		invariants.Check(n.epoch == k.epoch, "db: a node changed that a snapshot was not told of")
	}
	n.count = uint16(int(n.count) + by)
	l.count += uint64(by)
}

var listObject = objectOps{
	name: "quicklist",
	drain: func(k *Keyspace, slot uint64, n int) bool {
		l, o := (*list)(arena.Ref(slot).Ptr()), k.dyingAt(slot)
		if o != nil {
			n = min(n, drainUnsaved)
		}
		for ; n > 0 && l.head != 0; n-- {
			node := nodeAt(l.head)
			if o != nil && node.epoch != k.epoch {
				k.tellNode(o, node)
			}
			l.head = node.next
			k.freeNode(node)
		}
		if l.head != 0 {
			return false
		}
		k.freeList(l)
		return true
	},
	copy: func(k *Keyspace, slot uint64) uint64 {
		from, to := (*list)(arena.Ref(slot).Ptr()), k.newList()
		for n := nodeAt(from.head); n != nil; n = nodeAt(n.next) {
			k.link(to, nodeAt(to.tail), k.copyNode(n))
		}
		return uint64(arena.RefOf(unsafe.Pointer(to)))
	},
	size: func(slot uint64) int {
		l := (*list)(arena.Ref(slot).Ptr())
		n, seen, bytes := nodeAt(l.head), 0, 0
		for ; n != nil && seen < listSample; n = nodeAt(n.next) {
			bytes += n.size()
			seen++
		}
		return arena.ClassSize(listSize) + int(float64(bytes)/float64(seen)*float64(l.nodes))
	},
}

// listSample is how many nodes the size of a list is estimated from.
const listSample = 128

func (k *Keyspace) copyNode(n *listNode) *listNode {
	if n.plain() {
		return k.newPlainNode(n.text(), 0)
	}
	p := n.pack()
	s := k.newPackBytes(len(p))
	copy(s.bytes(), p)
	return k.newNode(encPack, uint64(s), int(n.count))
}
