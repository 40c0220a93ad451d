package db

import (
	"math"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// Element is an element of a collection as it is kept: a string, which is a
// view that dies with the next change of the database, or an integer.
type Element = pack.Element

// HashPrepare returns the entry for a hash that gets fields and values, args in
// turn: e if it is there, a new one under key if it is nil, large already if
// the limits say so. It has no fields yet if it is new: the caller puts them.
func (d *DB) HashPrepare(key []byte, hash uint64, e *Entry, args [][]byte) *Entry {
	k := d.keys
	large := int64(len(args)/2) > k.Limits.HashEntries
	bytes := pack.EmptyBytes
	for _, arg := range args {
		large = large || int64(len(arg)) > k.Limits.HashValue
		bytes += len(arg)
	}
	large = large || bytes > packBytesMax/2
	switch {
	case e == nil:
		if k.Hold {
			d.Delete(key, hash)
		}
		return d.newHashEntry(key, hash, args, large)
	case large && e.encoding() == encPack:
		d.change(e)
		d.hashToObject(e)
	}
	return e
}

func (d *DB) newHashEntry(key []byte, hash uint64, args [][]byte, large bool) *Entry {
	if large {
		e := d.create(TypeHash, key, hash, encObject, d.keys.newHash().slot())
		d.homeHash(e)
		return e
	}
	bytes := pack.EmptyBytes
	for _, arg := range args {
		bytes += pack.Of(arg).Size()
	}
	return d.create(TypeHash, key, hash, encPack, uint64(d.keys.newPack(bytes)))
}

// hashToObject turns the pack of e into an object.
func (d *DB) hashToObject(e *Entry) {
	k := d.keys
	s := packSlot(*e.slot())
	h := k.newHash()
	var scratch [32]byte
	p := s.pack()
	for at := p.First(); !p.IsEnd(at); {
		name := p.Get(at).Text(scratch[:])
		at = p.Next(at)
		value := p.Get(at)
		at = p.Next(at)
		f := k.newField(name, value.TextLen(), false)
		value.Text(f.value()) // prints an integer in place
		if !value.IsInt {
			copy(f.value(), value.Bytes)
		}
		h.fields.Insert(k.fieldSpace(), Hash(name), f.ref())
	}
	k.freePack(s)
	e.recode(encObject, h.slot())
	d.homeHash(e)
}

// HashPut sets a field of the hash e and takes away its deadline. It reports
// whether the field is new. The entry stays where it is.
func (d *DB) HashPut(e *Entry, name, value []byte) bool { return d.hashPut(e, name, value, false) }

// HashUpdate is HashPut for a field that keeps its deadline.
func (d *DB) HashUpdate(e *Entry, name, value []byte) bool { return d.hashPut(e, name, value, true) }

func (d *DB) hashPut(e *Entry, name, value []byte, keep bool) bool {
	d.change(e)
	if e.encoding() == encPack {
		if created, ok := d.packField(e, name, value); ok {
			return created
		}
		d.hashToObject(e)
	}
	return d.putField(hashAt(*e.slot()), name, value, keep)
}

// packField sets a field of a pack. ok is false if it is too large, or too
// many, for one; then nothing is changed.
func (d *DB) packField(e *Entry, name, value []byte) (created, ok bool) {
	k := d.keys
	s := (*packSlot)(e.slot())
	p := s.pack()
	if int64(max(len(name), len(value))) > k.Limits.HashValue || len(p)+len(name)+len(value)+64 > packBytesMax {
		return false, false
	}
	n, v := pack.Of(name), pack.Of(value)
	at := p.Find(p.First(), n, 1)
	if at >= 0 {
		at = p.Next(at)
		if more := v.Size() - (p.Next(at) - at); more > 0 {
			p = k.growPack(s, more)
		}
		p.Replace(at, v)
		return false, true
	}
	if int64(p.Len()/2) >= k.Limits.HashEntries {
		return false, false
	}
	k.growPack(s, n.Size()+v.Size()).Append(n).Append(v)
	return true, true
}

// HashWindow is how many fields HashPrefetch looks at.
const HashWindow = 16

// HashPrefetch starts loading the fields of the hash e that args[0],
// args[step], ... name, HashWindow of them at most, so that the waits for
// memory overlap. It is worth its time for several fields of a large hash.
func (d *DB) HashPrefetch(e *Entry, args [][]byte, step int) {
	if e.encoding() == encPack || len(args) <= step {
		return
	}
	h := hashAt(*e.slot())
	var sums [HashWindow]uint64
	n := 0
	for i := 0; i < len(args) && n < HashWindow; i += step {
		sums[n] = Hash(args[i])
		h.fields.Prefetch(sums[n])
		n++
	}
	for _, sum := range sums[:n] {
		h.fields.PrefetchEntry(sum)
	}
}

// HashGet returns the value of a field of the hash e, and whether there is such
// a field.
func (d *DB) HashGet(e *Entry, name []byte) (Element, bool) {
	if e.encoding() != encPack {
		f := d.live(hashAt(*e.slot()), name)
		if f == nil {
			return Element{}, false
		}
		return Element{Bytes: f.value()}, true
	}
	p := packSlot(*e.slot()).pack()
	at := p.Find(p.First(), pack.Of(name), 1)
	if at < 0 {
		return Element{}, false
	}
	return p.Get(p.Next(at)), true
}

// Sum is how an addition to a field ended.
type Sum uint8

const (
	// SumDone: the field has its new value.
	SumDone Sum = iota
	// SumNotInteger: the field is not the text of an int64; nothing changed.
	SumNotInteger
	// SumOverflow: the result is not an int64; nothing changed.
	SumOverflow
)

// HashAdd adds delta to the integer in a field of the hash e, 0 if there is
// none, and returns the result. The field keeps its deadline.
func (d *DB) HashAdd(e *Entry, name []byte, delta int64) (int64, Sum) {
	d.change(e)
	if e.encoding() == encPack {
		return d.packAdd(e, name, delta)
	}
	h := hashAt(*e.slot())
	sum := Hash(name)
	f, p := h.findHashed(name, sum)
	value := int64(0)
	due := f != nil && d.keys.fieldDue(f)
	if f != nil && !due {
		var ok bool
		if value, ok = decimal.Parse(f.value()); !ok {
			return 0, SumNotInteger
		}
	}
	value, ok := addInt(value, delta)
	if !ok {
		return 0, SumOverflow
	}
	var scratch [decimal.MaxLen]byte
	text := decimal.AppendInt(scratch[:0], value)
	if f == nil {
		d.insertField(h, name, sum, text)
	} else {
		d.keys.setField(h, f, &p, text, !due)
	}
	return value, SumDone
}

func (d *DB) packAdd(e *Entry, name []byte, delta int64) (int64, Sum) {
	s := (*packSlot)(e.slot())
	p := s.pack()
	at := p.Find(p.First(), pack.Of(name), 1)
	if at < 0 {
		var scratch [decimal.MaxLen]byte
		d.HashUpdate(e, name, decimal.AppendInt(scratch[:0], delta))
		return delta, SumDone
	}
	at = p.Next(at)
	old := p.Get(at)
	if !old.IsInt {
		return 0, SumNotInteger
	}
	value, ok := addInt(old.Int, delta)
	if !ok {
		return 0, SumOverflow
	}
	v := pack.OfInt(value)
	if int64(max(len(name), v.TextLen())) > d.keys.Limits.HashValue {
		var scratch [decimal.MaxLen]byte
		d.HashUpdate(e, name, v.Text(scratch[:]))
		return value, SumDone
	}
	if more := v.Size() - old.Size(); more > 0 {
		p = d.keys.growPack(s, more)
	}
	p.Replace(at, v)
	return value, SumDone
}

// addInt adds two integers unless the sum is none.
func addInt(a, b int64) (int64, bool) {
	if b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b {
		return 0, false
	}
	return a + b, true
}

// HashDelete removes a field of the hash e and reports whether it was there.
// The caller asks HashEmpty at the end and removes a key without fields.
func (d *DB) HashDelete(e *Entry, name []byte) bool {
	k := d.keys
	d.change(e)
	if e.encoding() != encPack {
		h := hashAt(*e.slot())
		f, p := h.find(name)
		if f == nil {
			return false
		}
		due := k.fieldDue(f)
		if due && k.Hold {
			return false
		}
		k.takeField(h, f, &p)
		return !due
	}
	s := (*packSlot)(e.slot())
	p := s.pack()
	at := p.Find(p.First(), pack.Of(name), 1)
	if at < 0 {
		return false
	}
	p.Delete(at, 2)
	k.shrinkPack(s)
	return true
}

// HashLen returns the number of fields of the hash e. It counts them one by one
// while fields are due and not removed yet, which is seldom.
func (d *DB) HashLen(e *Entry) int {
	if e.encoding() == encPack {
		return packSlot(*e.slot()).pack().Len() / 2
	}
	h := hashAt(*e.slot())
	if h.volatile == 0 || d.keys.fieldsSettled() {
		return h.fields.Len()
	}
	n := 0
	h.each(func(f *hashField) {
		if !d.keys.fieldDue(f) {
			n++
		}
	})
	return n
}

// HashEmpty reports whether no field of the hash e is left that has not
// expired. Unlike HashLen it looks no further than the first.
func (d *DB) HashEmpty(e *Entry) bool {
	if e.encoding() == encPack {
		return packSlot(*e.slot()).pack().Len() == 0
	}
	h := hashAt(*e.slot())
	if n := h.fields.Len(); n == 0 || h.volatile < n || d.keys.fieldsSettled() {
		return n == 0
	}
	found := false
	for cursor := uint64(0); ; {
		cursor = h.fields.Scan(cursor, func(r arena.Ref) { found = found || !d.keys.fieldDue(fieldAt(r)) })
		if found || cursor == 0 {
			return !found
		}
	}
}

// HashEach calls fn for every field of the hash e until it has been through;
// fn must not change the database.
func (d *DB) HashEach(e *Entry, fn func(name, value Element)) {
	for cursor := uint64(0); ; {
		if cursor = d.HashScan(e, cursor, fn); cursor == 0 {
			return
		}
	}
}

// HashScan calls fn for the next fields of the hash e behind cursor and returns
// the cursor to go on with, 0 at the end. A pack is gone through in one call.
// Fields that stay for the whole scan are seen at least once, whatever comes
// and goes meanwhile. fn must not change the database.
func (d *DB) HashScan(e *Entry, cursor uint64, fn func(name, value Element)) uint64 {
	if e.encoding() != encPack {
		return hashAt(*e.slot()).fields.Scan(cursor, func(r arena.Ref) {
			if f := fieldAt(r); !d.keys.fieldDue(f) {
				fn(Element{Bytes: f.name()}, Element{Bytes: f.value()})
			}
		})
	}
	p := packSlot(*e.slot()).pack()
	for at := p.First(); !p.IsEnd(at); {
		name := p.Get(at)
		at = p.Next(at)
		fn(name, p.Get(at))
		at = p.Next(at)
	}
	return 0
}

// IsPacked reports whether the collection e is small: it is gone through in
// one call.
func (e *Entry) IsPacked() bool { return e.encoding() == encPack || e.encoding() == encIntset }
