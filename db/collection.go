package db

import (
	"basalt/db/arena"
)

// A collection is a value of several elements. While it is small it is a pack
// (or, for sets of integers, an intset); beyond the limits it becomes an object
// of its type: a list of packs, a table of fields, and so on. A key never has
// an empty collection but for a stream: who takes out the last element removes
// the key.

// Limits are the sizes up to which collections are packed, as the directives
// of the same names have them. Changing them concerns what is written from then
// on.
type Limits struct {
	HashEntries, HashValue int64 // fields; bytes of the longest field or value
	// ListSize is the number of elements in one pack of a list, or from -1 to
	// -5 for 4, 8, 16, 32 or 64 KiB.
	ListSize             int
	SetIntset            int64 // members of a set of integers
	SetEntries, SetValue int64
	ZSetEntries          int64
	ZSetValue            int64
	HLLSparse            int64 // bytes of a sparse HyperLogLog
	// StreamBytes and StreamEntries bound one pack of a stream; 0 is no limit.
	StreamBytes, StreamEntries int64
}

// DefaultLimits are those of Redis 7.2.
func DefaultLimits() Limits {
	return Limits{
		HashEntries: 512, HashValue: 64, ListSize: -2, SetIntset: 512, SetEntries: 128, SetValue: 64,
		ZSetEntries: 128, ZSetValue: 64, HLLSparse: 3000, StreamBytes: 4096, StreamEntries: 100,
	}
}

// objectOps is what the keyspace does with the objects of a type without
// knowing them. slot is what the entry's slot holds.
type objectOps struct {
	// name is what OBJECT ENCODING answers.
	name string
	// drain frees about n elements, and the object itself with the last of
	// them; it reports whether nothing is left. Once it was called, nothing
	// else is.
	drain func(k *Keyspace, slot uint64, n int) bool
	// copy makes an equal object.
	copy func(k *Keyspace, slot uint64) uint64
	// size returns the bytes of memory that the object occupies. It may
	// estimate those of the elements from some of them.
	size func(slot uint64) int
}

// objects is indexed by Type.
var objects = [...]*objectOps{
	TypeList:   &listObject,
	TypeSet:    &setObject,
	TypeZSet:   &zsetObject,
	TypeHash:   &hashObject,
	TypeStream: &streamObject,
}

// drainNow is up to how many elements of an object are freed at once when its
// key goes; the rest follows in slices.
const drainNow = 64

// dropCollection frees the value of e, a collection.
func (k *Keyspace) dropCollection(e *Entry) {
	if e.encoding() != encObject {
		k.freePack(packSlot(*e.slot()))
		return
	}
	ops, slot := objects[e.Type()], *e.slot()
	if !ops.drain(k, slot, drainNow) {
		k.bury(&dyingObject{ops, slot})
	}
}

// dyingObject is a large collection whose key is gone.
type dyingObject struct {
	ops  *objectOps
	slot uint64
}

func (x *dyingObject) keys() int { return 1 }

func (x *dyingObject) drain(k *Keyspace) bool {
	if x.unsaved(k) {
		return x.ops.drain(k, x.slot, drainUnsaved)
	}
	return x.ops.drain(k, x.slot, drainSlice)
}

func (x *dyingObject) unsaved(k *Keyspace) bool { return k.openAt(arena.Ref(x.slot)) != nil }

// copyCollection returns the slot of a copy of the value of e.
func (k *Keyspace) copyCollection(e *Entry) uint64 {
	slot := *e.slot()
	if e.encoding() == encObject {
		return objects[e.Type()].copy(k, slot)
	}
	// What is used of a pack or an intset is less than its capacity at most by
	// its slack.
	from := packSlot(slot).bytes()
	s := k.newPackBytes(len(from))
	copy(s.bytes(), from)
	return uint64(s)
}

func (e *Entry) collectionSize() int {
	if e.encoding() == encObject {
		return objects[e.Type()].size(*e.slot())
	}
	return packSlot(*e.slot()).capacity()
}

func (e *Entry) collectionName() string {
	switch e.encoding() {
	case encPack:
		return "listpack"
	case encIntset:
		return "intset"
	}
	return objects[e.Type()].name
}

// create stores a new collection under key, which no lookup finds.
func (d *DB) create(t Type, key []byte, hash uint64, enc Encoding, slot uint64) *Entry {
	if d.keys.Hold {
		d.Delete(key, hash) // it may be there all the same, expired
	}
	e := d.keys.newEntry(t, shape{keyLen: len(key), enc: enc}, key, d.keys.newAccess())
	*e.slot() = slot
	d.insert(hash, e, NoDeadline)
	return e
}

// recode makes slot, in another encoding, the value of e, which stays where it
// is: all encodings of collections have the same layout.
func (e *Entry) recode(enc Encoding, slot uint64) {
	e.kind = kindOf(e.Type(), enc)
	*e.slot() = slot
}

// object returns the object of e, which the caller knows to have one of type T.
func object[T any](e *Entry) *T { return (*T)(arena.Ref(*e.slot()).Ptr()) }
