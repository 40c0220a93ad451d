package db

import (
	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// What follows is for whoever fills the keyspace from a file: keys come one
// after the other, each of them new, and nobody looks at them meanwhile.

// NewBlob returns memory of n bytes for a long string, and its token for
// LoadBlob, ListPushElement or DiscardBlob; false if the system has none. Any
// thread may call it and fill the memory.
func NewBlob(n int) (b []byte, token uint64, ok bool) {
	blob := arena.NewBlob(n)
	if blob == nil {
		return nil, 0, false
	}
	return blob.Bytes(), uint64(blob.Ref()), true
}

// BlobBytes returns the bytes of the blob of that token.
func BlobBytes(token uint64) []byte { return arena.BlobAt(arena.Ref(token)).Bytes() }

// DiscardBlob frees the blob of that token, which became no value.
func DiscardBlob(token uint64) { arena.BlobAt(arena.Ref(token)).Discard() }

// LoadReserve makes the table ready for so many keys, a part of it that takes
// some ten µs, and reports whether it is done.
func (d *DB) LoadReserve(keys uint64) bool {
	const steps = 256
	return d.table.Reserve(d.keys.space(), keys, steps)
}

// LoadFind returns the entry of key, expired or not, or nil.
func (d *DB) LoadFind(key []byte, hash uint64) *Entry {
	e, _ := d.find(key, hash)
	return e
}

// LoadString stores a copy of value under key, which LoadFind does not find,
// and returns its entry. deadline is a Unix time in ms, which may have passed,
// or NoDeadline.
func (d *DB) LoadString(key []byte, hash uint64, value []byte, deadline int64) *Entry {
	s := shape{keyLen: len(key), enc: encInline}
	if len(value) <= decimal.MaxLen {
		if n, ok := decimal.Parse(value); ok {
			s.enc = encInt
			return d.loadSlot(key, hash, s, uint64(n), deadline)
		}
	}
	if len(value) > inlineMax {
		v := d.keys.newStore(len(value), len(value))
		copy(v.bytes, value)
		s.enc = v.enc
		return d.loadSlot(key, hash, s, v.slot, deadline)
	}
	s.valueLen = len(value)
	e := d.put(key, hash, nil, s, deadline)
	copy(e.inline(), value)
	return e
}

func (d *DB) loadSlot(key []byte, hash uint64, s shape, slot uint64, deadline int64) *Entry {
	e := d.put(key, hash, nil, s, deadline)
	*e.slot() = slot
	return e
}

// LoadBlob is LoadString for the blob of that token, which it owns from here
// on.
func (d *DB) LoadBlob(key []byte, hash uint64, token uint64, deadline int64) *Entry {
	d.PutBlob(key, hash, nil, token, deadline)
	return d.LoadFind(key, hash)
}

// LoadPacked stores a copy of a listpack under key, which LoadFind does not
// find, as a hash, set or sorted set, and returns its entry; nil if the limits
// do not allow it. The listpack is as the commands would have made it: elements
// in their shortest form, no member twice, sorted sets in order. longest is the
// length of the longest element, or member of a sorted set.
func (d *DB) LoadPacked(key []byte, hash uint64, t Type, listpack []byte, longest int) *Entry {
	k := d.keys
	n, most, long := pack.Pack(listpack).Len(), int64(0), int64(0)
	switch t {
	case TypeHash:
		n, most, long = n/2, k.Limits.HashEntries, k.Limits.HashValue
	case TypeSet:
		most, long = k.Limits.SetEntries, k.Limits.SetValue
	case TypeZSet:
		n, most, long = n/2, k.Limits.ZSetEntries, k.Limits.ZSetValue
	default:
		panic("BUG: db: a listpack of a type that has none of its own")
	}
	if int64(n) > most || int64(longest) > long || len(listpack) > packBytesMax/2 {
		return nil
	}
	return d.create(t, key, hash, encPack, uint64(k.copyOfPack(listpack)))
}

// LoadNode appends the elements of a listpack, which is as for LoadPacked, to
// the list under key, whose entry is e, nil if it is absent. It returns the
// entry; nil if the limits do not allow it, and then nothing is changed.
func (d *DB) LoadNode(key []byte, hash uint64, e *Entry, listpack []byte) *Entry {
	k := d.keys
	m, n := k.listLimit(), pack.Pack(listpack).Len()
	if n > m.count || len(listpack) > m.bytes {
		return nil
	}
	s := k.copyOfPack(listpack)
	if e == nil {
		return d.create(TypeList, key, hash, encPack, uint64(s))
	}
	if e.encoding() == encPack {
		d.listToObject(e)
	}
	l := e.list()
	k.link(l, nodeAt(l.tail), k.newNode(encPack, uint64(s), n))
	return e
}

func (k *Keyspace) copyOfPack(p []byte) packSlot {
	s := k.newPackBytes(len(p))
	copy(s.bytes(), p)
	return s
}
