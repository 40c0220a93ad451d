package db

import (
	"basalt/db/arena"
	"basalt/internal/decimal"
)

// Int returns the value of a string that is kept as an integer, and whether it
// is.
func (e *Entry) Int() (int64, bool) {
	if e.kind != kindOf(TypeString, encInt) {
		return 0, false
	}
	return int64(*e.slot()), true
}

// Bytes returns the bytes of a string. Integers are printed into scratch,
// which has to hold decimal.MaxLen bytes to avoid an allocation; others are a
// view that dies with the next change of the database.
func (e *Entry) Bytes(scratch []byte) []byte {
	switch e.encoding() {
	case encInline:
		return e.inline()
	case encInt:
		return decimal.AppendInt(scratch[:0], int64(*e.slot()))
	case encBlock:
		return e.block().bytes()
	default:
		return e.blob().Bytes()
	}
}

// StringLen returns the length of a string's bytes.
func (e *Entry) StringLen() int {
	switch e.encoding() {
	case encInline:
		return int(e.vlen)
	case encInt:
		return decimal.Len(int64(*e.slot()))
	case encBlock:
		return int(e.block().length)
	default:
		return e.blob().Len()
	}
}

// EncodingName returns what OBJECT ENCODING answers.
func (e *Entry) EncodingName() string {
	if e.Type() != TypeString {
		return e.collectionName()
	}
	switch e.encoding() {
	case encInt:
		return "int"
	case encInline:
		if e.vlen <= embstrMax && e.flags&flagRaw == 0 {
			return "embstr"
		}
	}
	return "raw"
}

// Pinnable reports whether Pin may be called: the value is a string in pages
// of its own.
func (e *Entry) Pinnable() bool { return e.kind == kindOf(TypeString, encBlob) }

// Pin returns the bytes of a long string and a token for Unpin. Until then
// they stay as they are, whatever happens to the key.
func (e *Entry) Pin() (bytes []byte, token uint64) {
	b := e.blob()
	b.Pin()
	return b.Bytes(), uint64(b.Ref())
}

// SetString stores a copy of value under key, whatever was there, as an
// integer if it is the canonical text of one. deadline is a Unix time in ms,
// NoDeadline or KeepDeadline.
func (d *DB) SetString(key []byte, hash uint64, value []byte, deadline int64) {
	d.PutString(key, hash, d.Peek(key, hash), value, deadline)
}

// PutString is SetString for a caller that has just looked key up: e is its
// entry, nil if it is absent.
func (d *DB) PutString(key []byte, hash uint64, e *Entry, value []byte, deadline int64) {
	if len(value) <= decimal.MaxLen {
		if n, ok := decimal.Parse(value); ok {
			d.PutInt(key, hash, e, n, deadline)
			return
		}
	}
	d.PutText(key, hash, e, value, deadline)
}

// PutText is PutString for a value that is kept as it is, even if it is the
// text of an integer.
func (d *DB) PutText(key []byte, hash uint64, e *Entry, value []byte, deadline int64) {
	if len(value) > inlineMax {
		s := d.keys.newStore(len(value), len(value))
		copy(s.bytes, value)
		d.putSlot(key, hash, e, s.enc, s.slot, deadline)
		return
	}
	e = d.put(key, hash, e, shape{keyLen: len(key), valueLen: len(value), enc: encInline}, deadline)
	copy(e.inline(), value)
}

// PutInt stores the integer n under key, whatever was there; e and deadline as
// for PutString.
func (d *DB) PutInt(key []byte, hash uint64, e *Entry, n int64, deadline int64) {
	d.putSlot(key, hash, e, encInt, uint64(n), deadline)
}

// PutBlob stores the blob with that token, made by arena.NewBlob, under key
// without copying it, and owns it from here on; e and deadline as for
// PutString. One that would be kept elsewhere is copied and freed.
func (d *DB) PutBlob(key []byte, hash uint64, e *Entry, token uint64, deadline int64) {
	b := arena.BlobAt(arena.Ref(token))
	if b.Len() <= blockMax {
		d.PutString(key, hash, e, b.Bytes(), deadline)
		b.Discard()
		return
	}
	d.keys.arena.AdoptBlob(b, arena.Value)
	d.putSlot(key, hash, e, encBlob, token, deadline)
}

func (d *DB) putSlot(key []byte, hash uint64, e *Entry, enc Encoding, slot uint64, deadline int64) {
	e = d.put(key, hash, e, shape{keyLen: len(key), enc: enc}, deadline)
	*e.slot() = slot
}

// put makes room for a string of shape s under key, whose entry is e or nil:
// it returns an entry with everything set but the value. An entry whose
// allocation fits is used again where it stands, which is the common case of
// an overwrite.
func (d *DB) put(key []byte, hash uint64, e *Entry, s shape, deadline int64) *Entry {
	if e == nil {
		s.deadline = deadline >= 0
		e = d.keys.newEntry(TypeString, s, key, d.keys.newAccess())
		d.insert(hash, e, deadline)
		return e
	}
	d.change(e)
	d.keys.dropValue(e)
	d.keys.renew(e)
	keep := deadline == KeepDeadline && e.hasDeadline()
	s.deadline = deadline >= 0 || keep
	if e.encoding() != s.enc || e.hasDeadline() != s.deadline ||
		int(e.vlen) != s.valueLen && !sameClass(e.size(), s.size()) {
		e = d.replace(key, hash, e, s, keep)
		if s.deadline && !keep {
			d.armDeadline(e, deadline)
		}
		return e
	}
	e.kind = kindOf(TypeString, s.enc)
	e.flags &^= flagRaw
	if s.raw {
		e.flags |= flagRaw
	}
	e.vlen = uint16(s.valueLen)
	if s.deadline && !keep && deadline != e.node().Deadline() {
		d.dropDeadline(e)
		d.armDeadline(e, deadline)
	}
	return e
}

// sameClass reports whether allocations of two sizes occupy the same.
func sameClass(a, b int) bool { return a == b || arena.ClassSize(a) == arena.ClassSize(b) }

// replace puts a new string entry of shape s into e's place, whose value is
// gone, and frees e. With keep the deadline of e stays; else the node of the
// new entry is the caller's to arm.
func (d *DB) replace(key []byte, hash uint64, e *Entry, s shape, keep bool) *Entry {
	p := d.locate(hash, e)
	n := d.keys.newEntry(TypeString, s, key, e.access())
	if keep {
		*n.node() = *e.node()
		d.wheel.Moved(n.node())
	} else {
		d.dropDeadline(e)
	}
	d.keys.freeShell(e)
	p.Replace(n.ref())
	return n
}

// StoreInt replaces the value of e, which Int reports to be an integer.
func (d *DB) StoreInt(e *Entry, n int64) {
	d.change(e)
	*e.slot() = uint64(n)
}
