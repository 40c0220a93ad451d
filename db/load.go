package db

import (
	"basalt/db/arena"
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
	s := shape{keyLen: len(key), enc: encInline, deadline: deadline >= 0}
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
	e := d.keys.newEntry(TypeString, s, key, d.keys.newAccess())
	copy(e.inline(), value)
	d.insert(hash, e, deadline)
	return e
}

func (d *DB) loadSlot(key []byte, hash uint64, s shape, slot uint64, deadline int64) *Entry {
	e := d.keys.newEntry(TypeString, s, key, d.keys.newAccess())
	*e.slot() = slot
	d.insert(hash, e, deadline)
	return e
}

// LoadBlob is LoadString for the blob of that token, which it owns from here
// on.
func (d *DB) LoadBlob(key []byte, hash uint64, token uint64, deadline int64) *Entry {
	d.PutBlob(key, hash, nil, token, deadline)
	return d.LoadFind(key, hash)
}
