package db

import (
	"unsafe"

	"basalt/db/arena"
)

// named begins every object that a nameList holds: its name, which follows the
// object, is of length bytes at offset.
type named struct {
	length, offset uint32
}

// bytes returns the name. The view dies with the object.
func (n *named) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(n), n.offset)), int(n.length))
}

// size returns the bytes that the object was allocated with.
func (n *named) size() int { return int(n.offset) + int(n.length) }

// newNamed allocates an object of size bytes, zeroed, that begins with a named
// and has its name behind it.
func newNamed(a *arena.Arena, size int, name []byte) *named {
	n := (*named)(a.AllocZero(size+len(name), arena.Node))
	n.length, n.offset = uint32(len(name)), uint32(size)
	copy(n.bytes(), name)
	return n
}

func (n *named) free(a *arena.Arena) { a.Free(unsafe.Pointer(n), n.size(), arena.Node) }

// nameList is the objects of one kind, groups or consumers, in the order of the
// bytes of their names. There are few of them, so it is an array of references.
type nameList struct {
	array           arena.Ref
	count, capacity uint32
}

func (l *nameList) refs() []arena.Ref {
	if l.capacity == 0 {
		return nil
	}
	return unsafe.Slice((*arena.Ref)(l.array.Ptr()), int(l.capacity))[:l.count]
}

func (l *nameList) at(i int) *named { return (*named)(l.refs()[i].Ptr()) }

// search returns the index of the first object whose name is not less than
// name, and whether it is name.
func (l *nameList) search(name []byte) (int, bool) {
	low, high := 0, int(l.count)
	for low < high {
		if mid := (low + high) / 2; string(l.at(mid).bytes()) < string(name) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < int(l.count) && string(l.at(low).bytes()) == string(name)
}

func (l *nameList) find(name []byte) *named {
	if i, ok := l.search(name); ok {
		return l.at(i)
	}
	return nil
}

// insert puts n, whose name is not there, at index i, which search returned.
func (l *nameList) insert(a *arena.Arena, i int, n *named) {
	if l.count == l.capacity {
		l.resize(a, max(1, 2*l.capacity))
	}
	l.count++
	refs := l.refs()
	copy(refs[i+1:], refs[i:])
	refs[i] = arena.RefOf(unsafe.Pointer(n))
}

// remove takes out the object at i, which is the caller's to free.
func (l *nameList) remove(a *arena.Arena, i int) {
	refs := l.refs()
	copy(refs[i:], refs[i+1:])
	l.count--
	if l.count == 0 {
		l.resize(a, 0)
	} else if l.count <= l.capacity/4 {
		l.resize(a, l.capacity/2)
	}
}

func (l *nameList) resize(a *arena.Arena, capacity uint32) {
	old := *l
	l.array, l.capacity = 0, capacity
	if capacity > 0 {
		l.array = arena.RefOf(a.Alloc(8*int(capacity), arena.Node))
		copy(l.refs(), old.refs())
	}
	if old.capacity > 0 {
		a.Free(old.array.Ptr(), 8*int(old.capacity), arena.Node)
	}
}

func (l *nameList) size() int {
	if l.capacity == 0 {
		return 0
	}
	return arena.ClassSize(8 * int(l.capacity))
}
