package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/wheel"
)

// Type is the data type of a value, as TYPE answers it.
type Type uint8

// The data types. The numbers are not persisted.
const (
	TypeString Type = iota
	TypeList
	TypeSet
	TypeZSet
	TypeHash
	TypeStream
)

var typeNames = [...]string{"string", "list", "set", "zset", "hash", "stream"}

// String returns what TYPE answers.
func (t Type) String() string { return typeNames[t] }

// Encoding is how a value lies in memory.
type Encoding uint8

// The encodings of strings; collections add their own behind them.
const (
	encInt    Encoding = iota // the slot holds an int64
	encInline                 // the bytes stand behind the key
	encBlock                  // the slot holds the reference of a block
	encBlob                   // the slot holds the reference of an arena.Blob
	encPack                   // the slot holds the packSlot of a pack
	encIntset                 // the slot holds the packSlot of an intset
	encObject                 // the slot holds the reference of the type's own object
)

const (
	flagDeadline uint8 = 1 << iota // a wheel.Node follows the header
	flagLongKey                    // an 8-byte key length follows
	flagRaw                        // a short string that was written in parts: OBJECT ENCODING raw
	flagEpoch                      // see snapshot.go
)

const (
	// shortKeyMax is the longest key whose length fits the header.
	shortKeyMax = 255
	headerSize  = 8
	nodeSize    = 16
	slotSize    = 8
)

// Entry is one key with its value, in one allocation outside the Go heap:
//
//	header 8 | [deadline node 16] | [key length 8] | [slot 8] | key | [value]
//
// The parts in brackets are there when flags or encoding say so. The slot
// holds an integer or the reference of a value that lives by itself. 16 bytes
// of key with 64 of value take 88 bytes, 104 with a deadline: no rounding is
// lost.
//
// A pointer to an Entry dies with the next change of its database: changing a
// value may move it. Only the executor touches entries.
type Entry struct {
	kind  uint8 // type in the low nibble, encoding in the high one
	flags uint8
	vlen  uint16 // length of an inline value
	// keyAccess holds the length of a short key in its low 8 bits and the
	// access bits (clock or counter, see access.go) in the other 24.
	keyAccess uint32
}

var _ [headerSize - unsafe.Sizeof(Entry{})]struct{}
var _ [nodeSize - unsafe.Sizeof(wheel.Node{})]struct{}

func kindOf(t Type, enc Encoding) uint8 { return uint8(t) | uint8(enc)<<4 }

// Type returns the data type of the value.
func (e *Entry) Type() Type { return Type(e.kind & 15) }

func (e *Entry) encoding() Encoding { return Encoding(e.kind >> 4) }

func (e *Entry) at(offset int) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(e), offset) }

func (e *Entry) hasDeadline() bool { return e.flags&flagDeadline != 0 }

// node returns the deadline node; the caller knows that there is one.
func (e *Entry) node() *wheel.Node { return (*wheel.Node)(e.at(headerSize)) }

// entryOfNode is the inverse of node.
func entryOfNode(n *wheel.Node) *Entry {
	return (*Entry)(unsafe.Add(unsafe.Pointer(n), -headerSize))
}

// Deadline returns the Unix time in ms at which the key expires, and whether
// it has one.
func (e *Entry) Deadline() (int64, bool) {
	if !e.hasDeadline() {
		return 0, false
	}
	return e.node().Deadline(), true
}

// slotOffset returns where the slot begins, or the key of an entry that has
// none.
func (e *Entry) slotOffset() int {
	off := headerSize + int(e.flags&flagDeadline)*nodeSize
	if e.flags&flagLongKey != 0 {
		off += 8
	}
	return off
}

func (e *Entry) keyOffset() int {
	off := e.slotOffset()
	if e.encoding() != encInline {
		off += slotSize
	}
	return off
}

// longKeyLen is where the length of a long key stands.
func (e *Entry) longKeyLen() *uint64 {
	return (*uint64)(e.at(headerSize + int(e.flags&flagDeadline)*nodeSize))
}

func (e *Entry) keyLen() int {
	if e.flags&flagLongKey == 0 {
		return int(uint8(e.keyAccess))
	}
	return int(*e.longKeyLen())
}

// Key returns the key. The view dies with the next change of the database.
func (e *Entry) Key() []byte {
	return unsafe.Slice((*byte)(e.at(e.keyOffset())), e.keyLen())
}

// keyIs reports whether the entry's key equals key.
func (e *Entry) keyIs(key []byte) bool {
	if e.flags&flagLongKey == 0 && int(uint8(e.keyAccess)) != len(key) {
		return false
	}
	return string(e.Key()) == string(key)
}

func (e *Entry) slot() *uint64 { return (*uint64)(e.at(e.slotOffset())) }

func (e *Entry) inline() []byte {
	return unsafe.Slice((*byte)(e.at(e.keyOffset()+e.keyLen())), int(e.vlen))
}

// size returns the bytes that the entry was allocated with.
func (e *Entry) size() int {
	n := e.keyOffset() + e.keyLen()
	if e.encoding() == encInline {
		n += int(e.vlen)
	}
	return n
}

// MemoryUsage returns the bytes that the entry and its value occupy, rounding
// and its share of the table included.
func (e *Entry) MemoryUsage() int {
	n := arena.ClassSize(e.size()) + tableBytesPerKey
	switch e.kind {
	case kindOf(TypeString, encBlock):
		n += arena.ClassSize(e.block().size())
	case kindOf(TypeString, encBlob):
		n += e.blob().Size()
	}
	if e.Type() != TypeString {
		n += e.collectionSize()
	}
	return n
}

// Address returns where the entry lies, for DEBUG OBJECT. It is no pointer.
func (e *Entry) Address() uintptr { return uintptr(unsafe.Pointer(e)) }

// tableBytesPerKey is the table's share of a key, see package table.
const tableBytesPerKey = 9

// shape is what decides the layout of an entry.
type shape struct {
	keyLen, valueLen int // valueLen of an inline value, else 0
	enc              Encoding
	deadline         bool
	raw              bool
}

// shapeOf returns the shape of e.
func shapeOf(e *Entry) shape {
	return shape{
		keyLen: e.keyLen(), valueLen: int(e.vlen), enc: e.encoding(),
		deadline: e.hasDeadline(), raw: e.flags&flagRaw != 0,
	}
}

func (s shape) size() int {
	n := headerSize + s.keyLen
	if s.deadline {
		n += nodeSize
	}
	if s.keyLen > shortKeyMax {
		n += 8
	}
	if s.enc == encInline {
		return n + s.valueLen
	}
	return n + slotSize
}

// newEntry allocates an entry with its key in place. Value, slot and deadline
// node are the caller's to fill.
func (k *Keyspace) newEntry(t Type, s shape, key []byte, access uint32) *Entry {
	e := (*Entry)(k.arena.Alloc(s.size(), arena.Keyspace))
	e.kind = kindOf(t, s.enc)
	e.flags = k.epoch & flagEpoch
	if s.deadline {
		e.flags |= flagDeadline
	}
	if s.raw {
		e.flags |= flagRaw
	}
	e.vlen = uint16(s.valueLen)
	e.keyAccess = access << 8
	if s.keyLen > shortKeyMax {
		e.flags |= flagLongKey
		*e.longKeyLen() = uint64(s.keyLen)
	} else {
		e.keyAccess |= uint32(s.keyLen)
	}
	copy(e.Key(), key)
	return e
}

// ref returns the entry's reference for the table.
func (e *Entry) ref() arena.Ref { return arena.RefOf(unsafe.Pointer(e)) }

func entryAt(r arena.Ref) *Entry { return (*Entry)(r.Ptr()) }
