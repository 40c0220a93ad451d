package db

import (
	"math"
	"unsafe"

	"basalt/db/arena"
	"basalt/db/table"
	"basalt/internal/invariants"
)

// A hash is a pack of fields and values in turn while it is small, and an
// object with a table of fields beyond the limits, or once a field has a
// deadline. It never goes back.

// hash is the object of a large hash.
type hash struct {
	fields table.Table
	// entry is the entry that holds the hash, and home the contents.id of the
	// database that it is in: an expiring field finds its key by them. 0 in
	// home says that the hash is dying.
	entry arena.Ref
	home  uint64
	// volatile counts the fields with a deadline.
	volatile int
}

// hashField is a field of a large hash, in one allocation:
//
//	[deadline node 16 | hash 8] | lengths 2 or 24 | name | value
//
// The part in brackets is there if the field has a deadline, and lies before
// the address that the table refers to. The lengths of short names and values
// take a byte each, so a name and a value of 15 bytes take 32 in all.
type hashField struct {
	nameLen  uint8 // with fieldEpoch; fieldLong in place of the length of long ones
	valueLen uint8 // with fieldExpires
}

// fieldLengths follows hashField where name or value are long.
type fieldLengths struct{ name, value uint64 }

const (
	fieldNameMax  = 63 // of short ones
	fieldValueMax = 127
	fieldLong     = 0x80
	fieldEpoch    = 0x40 // see snapshot.go
	fieldExpires  = 0x80
	fieldShort    = int(unsafe.Sizeof(hashField{}))
	fieldLengthAt = 8 // where fieldLengths begin
	fieldLongHead = 24
	fieldPrefix   = nodeSize + 8
)

var _ [fieldLongHead - fieldLengthAt - unsafe.Sizeof(fieldLengths{})]struct{}

func fieldAt(r arena.Ref) *hashField { return (*hashField)(r.Ptr()) }

func (f *hashField) ref() arena.Ref { return arena.RefOf(unsafe.Pointer(f)) }

func (f *hashField) at(offset int) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(f), offset) }

// lengths is where those of a long field stand.
func (f *hashField) lengths() *fieldLengths { return (*fieldLengths)(f.at(fieldLengthAt)) }

// parts returns where the name begins, and the lengths of name and value.
func (f *hashField) parts() (head, name, value int) {
	if f.nameLen&fieldLong == 0 {
		return fieldShort, int(f.nameLen &^ fieldEpoch), int(f.valueLen &^ fieldExpires)
	}
	l := f.lengths()
	return fieldLongHead, int(l.name), int(l.value)
}

func (f *hashField) name() []byte {
	head, n, _ := f.parts()
	return unsafe.Slice((*byte)(f.at(head)), n)
}

func (f *hashField) value() []byte {
	head, name, n := f.parts()
	return unsafe.Slice((*byte)(f.at(head+name)), n)
}

// size returns the bytes that the field was allocated with.
func (f *hashField) size() int {
	head, name, value := f.parts()
	return fieldSize(head, name, value, f.expires())
}

func fieldSize(head, name, value int, expires bool) int {
	n := head + name + value
	if expires {
		n += fieldPrefix
	}
	return n
}

// fieldHead returns the bytes before a name of that length.
func fieldHead(name, value int) int {
	if name > fieldNameMax || value > fieldValueMax {
		return fieldLongHead
	}
	return fieldShort
}

// newField allocates a field with its name and room for a value of n bytes.
// Deadline node and hash of one that expires are the caller's to fill.
func (k *Keyspace) newField(name []byte, n int, expires bool) *hashField {
	head := fieldHead(len(name), n)
	p := k.arena.Alloc(fieldSize(head, len(name), n, expires), arena.Node)
	flag := uint8(0)
	if expires {
		p = unsafe.Add(p, fieldPrefix)
		flag = fieldExpires
	}
	f := (*hashField)(p)
	if head == fieldShort {
		f.nameLen, f.valueLen = uint8(len(name))|k.epoch&fieldEpoch, uint8(n)|flag
	} else {
		f.nameLen, f.valueLen = fieldLong|k.epoch&fieldEpoch, flag
		*f.lengths() = fieldLengths{uint64(len(name)), uint64(n)}
	}
	copy(f.name(), name)
	return f
}

// freeField frees a field that is in no table and no wheel.
func (k *Keyspace) freeField(f *hashField) {
	p := unsafe.Pointer(f)
	size := f.size()
	if f.expires() {
		p = f.at(-fieldPrefix)
	}
	k.arena.Free(p, size, arena.Node)
}

var fieldKind = table.Kind{
	Hash:    func(r arena.Ref) uint64 { return Hash(fieldAt(r).name()) },
	Purpose: arena.Table,
}

func (k *Keyspace) fieldSpace() table.Space { return table.Space{Arena: k.arena, Kind: &fieldKind} }

const hashBytes = int(unsafe.Sizeof(hash{}))

func (k *Keyspace) newHash() *hash {
	h := (*hash)(k.arena.AllocZero(hashBytes, arena.Node))
	h.fields.Init(k.fieldSpace())
	return h
}

func hashAt(slot uint64) *hash { return (*hash)(arena.Ref(slot).Ptr()) }

func (h *hash) slot() uint64 { return uint64(arena.RefOf(unsafe.Pointer(h))) }

// find returns the field of that name, expired or not, and its place.
func (h *hash) find(name []byte) (*hashField, table.Probe) { return h.findHashed(name, Hash(name)) }

// findHashed is find for a name whose Hash is sum.
func (h *hash) findHashed(name []byte, sum uint64) (*hashField, table.Probe) {
	p := h.fields.Find(sum)
	for {
		r := p.Next()
		if r == 0 {
			return nil, p
		}
		if f := fieldAt(r); string(f.name()) == string(name) {
			return f, p
		}
	}
}

// live returns the field of that name unless it has expired.
func (d *DB) live(h *hash, name []byte) *hashField {
	sum := Hash(name)
	if r := h.fields.First(sum); r != 0 {
		if f := fieldAt(r); !f.expires() && string(f.name()) == string(name) {
			return f
		}
	}
	f, _ := h.findHashed(name, sum)
	if f != nil && d.keys.fieldDue(f) {
		return nil
	}
	return f
}

// putField sets a field. keep says that it keeps its deadline. It reports
// whether the field is new.
func (d *DB) putField(h *hash, name, value []byte, keep bool) bool {
	sum := Hash(name)
	f, p := h.findHashed(name, sum)
	if f == nil {
		d.insertField(h, name, sum, value)
		return true
	}
	created := d.keys.fieldDue(f)
	d.keys.setField(h, f, &p, value, keep && !created)
	return created
}

// insertField adds a field that h does not have.
func (d *DB) insertField(h *hash, name []byte, sum uint64, value []byte) {
	f := d.keys.newField(name, len(value), false)
	copy(f.value(), value)
	h.fields.Insert(d.keys.fieldSpace(), sum, f.ref())
}

// setField gives the field f of h, which is at p, a value, in place if it fits.
// keep says that it keeps its deadline, if it has one.
func (k *Keyspace) setField(h *hash, f *hashField, p *table.Probe, value []byte, keep bool) {
	k.saveField(h, f)
	head, name, n := f.parts()
	if f.expires() && !keep {
		k.disarm(h, f)
	}
	if keep = keep && f.expires(); f.expires() == keep && fieldHead(name, len(value)) == head {
		size := f.size()
		if sameClass(size, size-n+len(value)) {
			f.setValueLen(len(value))
			copy(f.value(), value)
			return
		}
	}
	g := k.newField(f.name(), len(value), keep)
	copy(g.value(), value)
	k.replaceField(f, g, p)
}

// setValueLen changes the length of a value that stays in its allocation.
func (f *hashField) setValueLen(n int) {
	if f.nameLen&fieldLong != 0 {
		f.lengths().value = uint64(n)
	} else {
		f.valueLen = f.valueLen&fieldExpires | uint8(n)
	}
}

// replaceField puts g into the place of f and frees f. If both have deadlines
// g takes over that of f.
func (k *Keyspace) replaceField(f, g *hashField, p *table.Probe) {
	if invariants.Enabled {
		invariants.Check(!f.stale(k.epoch), "db: a field is replaced that a snapshot was not told of")
	}
	if f.expires() && g.expires() {
		*g.node() = *f.node()
		*g.owner() = *f.owner()
		k.fieldWheel.Moved(g.node())
	}
	p.Replace(g.ref())
	k.freeField(f)
}

// takeField takes a field out of table and wheel and frees it.
func (k *Keyspace) takeField(h *hash, f *hashField, p *table.Probe) {
	k.saveField(h, f)
	p.Remove()
	if f.expires() {
		k.disarm(h, f)
	}
	k.freeField(f)
	h.fields.Step(k.fieldSpace(), 1)
}

// hashObject is what the keyspace does with hashes.
var hashObject = objectOps{
	name:  "hashtable",
	drain: drainHash,
	copy:  copyHash,
	size:  sizeHash,
}

func drainHash(k *Keyspace, slot uint64, n int) bool {
	h, o := hashAt(slot), k.dyingAt(slot)
	h.home = 0
	if !h.fields.Drain(k.fieldSpace(), n, func(r arena.Ref) {
		f := fieldAt(r)
		if o != nil && f.stale(k.epoch) {
			k.tellField(o, f)
		}
		if f.expires() {
			k.disarm(h, f)
		}
		k.freeField(f)
	}) {
		return false
	}
	if invariants.Enabled {
		invariants.Check(h.volatile == 0, "db: deadlines of a hash without fields")
	}
	k.arena.Free(unsafe.Pointer(h), hashBytes, arena.Node)
	return true
}

// copyHash copies all fields, those included that have expired and are not
// removed yet: they go from the copy as they go from the original.
func copyHash(k *Keyspace, slot uint64) uint64 {
	from, to := hashAt(slot), k.newHash()
	from.each(func(f *hashField) {
		g := k.newField(f.name(), len(f.value()), f.expires())
		copy(g.value(), f.value())
		to.fields.Insert(k.fieldSpace(), Hash(g.name()), g.ref())
		if f.expires() {
			k.arm(to, g, f.node().Deadline())
		}
	})
	return to.slot()
}

// sizeHash estimates the size of the fields from some of them.
func sizeHash(slot uint64) int {
	const samples = 64
	h := hashAt(slot)
	seen, bytes := 0, 0
	for cursor := uint64(0); ; {
		cursor = h.fields.Scan(cursor, func(r arena.Ref) {
			bytes += arena.ClassSize(fieldAt(r).size())
			seen++
		})
		if cursor == 0 || seen >= samples {
			break
		}
	}
	total := hashBytes + int(h.fields.Stats().Bytes)
	if seen > 0 {
		total += int(math.Round(float64(bytes) / float64(seen) * float64(h.fields.Len())))
	}
	return total
}

// each calls fn for every field, expired or not.
func (h *hash) each(fn func(f *hashField)) {
	for cursor := uint64(0); ; {
		cursor = h.fields.Scan(cursor, func(r arena.Ref) { fn(fieldAt(r)) })
		if cursor == 0 {
			return
		}
	}
}
