package db

import (
	"encoding/binary"
	"math"
	"unsafe"

	"basalt/db/arena"
	"basalt/db/table"
)

// A large set is a table of members, each of which is one allocation:
//
//	length 1 | bytes                      up to 125 bytes
//	126 | length u16 LE | bytes           up to 64 KiB
//	127 | length u64 LE | bytes
//
// The highest bit of the first byte is that of the epoch (snapshot.go).
//
// A million members of 16 bytes take 34 bytes each, the table included.
const (
	memberShortMax = 125
	memberLen16    = 126
	memberLen64    = 127
	memberEpoch    = 0x80
)

// memberKind is the table of a set.
var memberKind = table.Kind{
	Hash:    func(r arena.Ref) uint64 { return Hash(memberBytes(r)) },
	Purpose: arena.Table,
}

func (k *Keyspace) memberSpace() table.Space { return table.Space{Arena: k.arena, Kind: &memberKind} }

// setObject is what the keyspace does with large sets.
var setObject = objectOps{name: "hashtable", drain: drainSet, copy: copySet, size: setSize}

func memberHeader(length int) int {
	switch {
	case length <= memberShortMax:
		return 1
	case length <= math.MaxUint16:
		return 3
	}
	return 9
}

// memberBytes returns the bytes of a member; the view dies with it.
func memberBytes(r arena.Ref) []byte {
	p := r.Ptr()
	if n := *(*byte)(p) &^ memberEpoch; n <= memberShortMax {
		return unsafe.Slice((*byte)(unsafe.Add(p, 1)), int(n))
	}
	return longMemberBytes(p)
}

func longMemberBytes(p unsafe.Pointer) []byte {
	if *(*byte)(p)&^memberEpoch == memberLen16 {
		n := binary.LittleEndian.Uint16(unsafe.Slice((*byte)(unsafe.Add(p, 1)), 2))
		return unsafe.Slice((*byte)(unsafe.Add(p, 3)), int(n))
	}
	n := binary.LittleEndian.Uint64(unsafe.Slice((*byte)(unsafe.Add(p, 1)), 8))
	return unsafe.Slice((*byte)(unsafe.Add(p, 9)), int(n))
}

func (k *Keyspace) newMember(b []byte) arena.Ref {
	head := memberHeader(len(b))
	p := k.arena.Alloc(head+len(b), arena.Node)
	putMember(unsafe.Slice((*byte)(p), head+len(b)), head, b, k.epoch)
	return arena.RefOf(p)
}

// putMember fills m, a header of head bytes and room for b.
func putMember(m []byte, head int, b []byte, epoch uint8) {
	switch head {
	case 1:
		m[0] = byte(len(b))
	case 3:
		m[0] = memberLen16
		binary.LittleEndian.PutUint16(m[1:], uint16(len(b)))
	default:
		m[0] = memberLen64
		binary.LittleEndian.PutUint64(m[1:], uint64(len(b)))
	}
	m[0] |= epoch & memberEpoch
	copy(m[head:], b)
}

func (k *Keyspace) freeMember(r arena.Ref) {
	n := len(memberBytes(r))
	k.arena.Free(r.Ptr(), memberHeader(n)+n, arena.Node)
}

// newSetTable allocates an empty table and returns it with its slot.
func (k *Keyspace) newSetTable() (*table.Table, uint64) {
	p := k.arena.AllocZero(int(unsafe.Sizeof(table.Table{})), arena.Node)
	t := (*table.Table)(p)
	t.Init(k.memberSpace())
	return t, uint64(arena.RefOf(p))
}

func (k *Keyspace) freeSetTable(t *table.Table) {
	k.arena.Free(unsafe.Pointer(t), int(unsafe.Sizeof(*t)), arena.Node)
}

func setTableAt(slot uint64) *table.Table { return (*table.Table)(arena.Ref(slot).Ptr()) }

// findMember returns the member of these bytes, 0 if there is none, and its
// place in the table.
func findMember(t *table.Table, hash uint64, b []byte) (arena.Ref, table.Probe) {
	p := t.Find(hash)
	for {
		r := p.Next()
		if r == 0 || string(memberBytes(r)) == string(b) {
			return r, p
		}
	}
}

// hasMember is findMember for those who only ask. Most hits are the first
// candidate of their bucket.
func hasMember(t *table.Table, hash uint64, b []byte) bool {
	r := t.First(hash)
	if r == 0 || string(memberBytes(r)) != string(b) {
		r, _ = findMember(t, hash, b)
	}
	return r != 0
}

// addMember puts b into the table and reports whether it was not there.
func (k *Keyspace) addMember(t *table.Table, hash uint64, b []byte) bool {
	if r, _ := findMember(t, hash, b); r != 0 {
		return false
	}
	t.Insert(k.memberSpace(), hash, k.newMember(b))
	return true
}

// removeMember takes b out of the table and reports whether it was there.
func (k *Keyspace) removeMember(t *table.Table, hash uint64, b []byte) bool {
	r, p := findMember(t, hash, b)
	if r == 0 {
		return false
	}
	k.cutMember(t, r, &p)
	return true
}

// cutMember frees the member at p and lets the table shrink a little.
func (k *Keyspace) cutMember(t *table.Table, r arena.Ref, p *table.Probe) {
	k.saveMember(t, r)
	p.Remove()
	k.freeMember(r)
	t.Step(k.memberSpace(), 1)
}

// locateMember returns the place of r, which is in the table.
func locateMember(t *table.Table, r arena.Ref) table.Probe {
	p := t.Find(Hash(memberBytes(r)))
	for {
		switch p.Next() {
		case r:
			return p
		case 0:
			panic("BUG: db: member is not in its set")
		}
	}
}

func drainSet(k *Keyspace, slot uint64, n int) bool {
	t, o := setTableAt(slot), k.dyingAt(slot)
	if !t.Drain(k.memberSpace(), n, func(r arena.Ref) {
		if o != nil && memberStale(r, k.epoch) {
			k.tellMember(o, r)
		}
		k.freeMember(r)
	}) {
		return false
	}
	k.freeSetTable(t)
	return true
}

func copySet(k *Keyspace, slot uint64) uint64 {
	to, copied := k.newSetTable()
	eachMember(setTableAt(slot), func(r arena.Ref) {
		b := memberBytes(r)
		to.Insert(k.memberSpace(), Hash(b), k.newMember(b))
	})
	return copied
}

// eachMember calls f for all members. f must not change the table.
func eachMember(t *table.Table, f func(arena.Ref)) {
	for cursor := t.Scan(0, f); cursor != 0; {
		cursor = t.Scan(cursor, f)
	}
}

// sizeSample is how many members are looked at to tell the size of all.
const sizeSample = 64

func setSize(slot uint64) int {
	t := setTableAt(slot)
	members, bytes := 0, 0
	f := func(r arena.Ref) {
		n := len(memberBytes(r))
		bytes += arena.ClassSize(memberHeader(n) + n)
		members++
	}
	for cursor := t.Scan(0, f); cursor != 0 && members < sizeSample; {
		cursor = t.Scan(cursor, f)
	}
	size := int(unsafe.Sizeof(*t)) + int(t.Stats().Bytes)
	if members > 0 {
		size += int(float64(bytes) / float64(members) * float64(t.Len()))
	}
	return size
}
