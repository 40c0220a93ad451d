package db

import (
	"encoding/binary"
	"math/bits"
)

// A HyperLogLog is a string that counts distinct elements within 0.81 %, in
// the representation that Redis made: it can be read by GET on one server and
// SET on the other.
//
//	"HYLL" | encoding 1 | zero 3 | cardinality 8, little endian | registers
//
// The highest bit of the cardinality says that it is out of date. A dense one
// has 16384 registers of 6 bits, the lowest bits first. A sparse one has a
// sequence of opcodes for all of them:
//
//	00xxxxxx           ZERO: x+1 registers are zero
//	01xxxxxx yyyyyyyy  XZERO: the same with 14 bits
//	1vvvvvxx           VAL: x+1 registers are v+1
//
// Whether two servers agree to the byte depends on when opcodes are joined and
// when a sparse one becomes dense, so that is done as Redis does it.
//
// The string is a client's to write, so anything can stand in it. What lacks
// an argument byte at its end is read as if it were zero.
const (
	hllHeader    = 16
	hllIndexBits = 14
	// HLLRegisters is the number of registers.
	HLLRegisters = 1 << hllIndexBits
	hllDenseSize = hllHeader + HLLRegisters*6/8
	hllDense     = 0
	hllSparse    = 1
	hllSeed      = 0xadc83b19
	// hllStale is the bit of the last byte of a cardinality that is out of
	// date.
	hllStale     = 0x80
	hllZeroMax   = 64 // registers of a ZERO
	hllValMax    = 4  // registers of a VAL
	hllValueMax  = 32 // value of a VAL
	hllMagic     = "HYLL"
	hllCardinal  = 8 // offset of the cardinality
	hllStaleByte = 15
	// hllRoom is what a sparse one gets beyond its bytes when it grows: it
	// stays below some thousand, so that copying it more often costs little.
	hllRoom = 128
)

// IsHLL reports whether e, a string, looks like a HyperLogLog. Its registers
// may be broken still.
func (e *Entry) IsHLL() bool {
	if e.encoding() == encInt || e.StringLen() < hllHeader {
		return false
	}
	b := e.Bytes(nil)
	return string(b[:len(hllMagic)]) == hllMagic && (b[4] == hllSparse || b[4] == hllDense && len(b) == hllDenseSize)
}

// HLLIsSparse reports whether e, a HyperLogLog, is sparse.
func (e *Entry) HLLIsSparse() bool { return e.Bytes(nil)[4] == hllSparse }

// HLLCreate stores an empty HyperLogLog under key, which is absent.
func (d *DB) HLLCreate(key []byte, hash uint64) *Entry {
	b := d.putRaw(key, hash, nil, hllHeader+2)
	clear(b)
	copy(b, hllMagic)
	b[4] = hllSparse
	binary.BigEndian.PutUint16(b[hllHeader:], 0x4000|(HLLRegisters-1))
	return d.Peek(key, hash)
}

// HLLAdd adds an element to the HyperLogLog e under key. It returns the entry,
// which may have moved, whether a register changed, and false if the registers
// are broken.
func (d *DB) HLLAdd(key []byte, hash uint64, e *Entry, element []byte) (now *Entry, changed, ok bool) {
	index, count := hllPosition(element)
	if e.HLLIsSparse() {
		var at hllPlace
		return d.hllSparseSet(key, hash, e, index, count, &at)
	}
	if denseRegister(e.Bytes(nil)[hllHeader:], index) >= count {
		return e, false, true
	}
	b := d.Writable(key, hash, e, 0, hllDenseSize)
	setDenseRegister(b[hllHeader:], index, count)
	return d.Peek(key, hash), true, true
}

// hllPosition returns the register of an element and what it is raised to: the
// place of the lowest bit that is set among those that do not say which.
func hllPosition(element []byte) (index int, count uint8) {
	h := murmur64A(element, hllSeed)
	return int(h & (HLLRegisters - 1)), uint8(bits.TrailingZeros64(h>>hllIndexBits|1<<(64-hllIndexBits)) + 1)
}

// HLLTouch says that the cardinality of the HyperLogLog e under key is out of
// date. The entry may move.
func (d *DB) HLLTouch(key []byte, hash uint64, e *Entry) {
	if e.Bytes(nil)[hllStaleByte]&hllStale == 0 {
		d.Writable(key, hash, e, 0, hllHeader)[hllStaleByte] |= hllStale
	}
}

// HLLCount returns the cardinality of the HyperLogLog e under key, and whether
// it had to be counted, which changes the value and may move the entry. ok is
// false if the registers are broken.
func (d *DB) HLLCount(key []byte, hash uint64, e *Entry) (n uint64, counted, ok bool) {
	b := e.Bytes(nil)
	if b[hllStaleByte]&hllStale == 0 {
		return binary.LittleEndian.Uint64(b[hllCardinal:]), false, true
	}
	var histogram [64]int
	if b[4] == hllDense {
		denseHistogram(b[hllHeader:], &histogram)
	} else if !sparseHistogram(b[hllHeader:], &histogram) {
		return 0, false, false
	}
	n = estimate(&histogram)
	binary.LittleEndian.PutUint64(d.Writable(key, hash, e, 0, hllHeader)[hllCardinal:], n)
	return n, true, true
}

// HLLUnion raises registers to those of the HyperLogLog e; false if these are
// broken.
func (e *Entry) HLLUnion(registers *[HLLRegisters]uint8) bool {
	b := e.Bytes(nil)
	if b[4] == hllSparse {
		return sparseUnion(b[hllHeader:], registers)
	}
	denseUnion(b[hllHeader:], registers)
	return true
}

// HLLEstimate returns the cardinality of which these are the registers.
func HLLEstimate(registers *[HLLRegisters]uint8) uint64 {
	var histogram [64]int
	for _, v := range registers {
		histogram[v&63]++
	}
	return estimate(&histogram)
}

// HLLStore raises the registers of the HyperLogLog e under key, made dense
// first if dense is set; false if its own are broken. The entry may move.
func (d *DB) HLLStore(key []byte, hash uint64, e *Entry, dense bool, registers *[HLLRegisters]uint8) bool {
	if dense && !d.HLLToDense(key, hash, e) {
		return false
	}
	e = d.Peek(key, hash)
	var at hllPlace
	i := 0
	for ; i < HLLRegisters && e.HLLIsSparse(); i++ {
		if registers[i] != 0 {
			// Broken registers are left as they are, as in Redis.
			e, _, _ = d.hllSparseSet(key, hash, e, i, registers[i], &at)
		}
	}
	if i < HLLRegisters {
		b := d.Writable(key, hash, e, 0, hllDenseSize)[hllHeader:]
		for ; i < HLLRegisters; i++ {
			if registers[i] > denseRegister(b, i) {
				setDenseRegister(b, i, registers[i])
			}
		}
		e = d.Peek(key, hash)
	}
	d.HLLTouch(key, hash, e)
	return true
}

// HLLToDense makes the HyperLogLog e under key dense; false if its registers
// are broken. The entry may move.
func (d *DB) HLLToDense(key []byte, hash uint64, e *Entry) bool {
	b := e.Bytes(nil)
	if b[4] == hllDense {
		return true
	}
	if !sparseOK(b[hllHeader:]) {
		return false
	}
	s := d.keys.newStore(hllDenseSize, hllDenseSize)
	clear(s.bytes)
	copy(s.bytes, b[:hllHeader])
	s.bytes[4] = hllDense
	sparseToDense(b[hllHeader:], s.bytes[hllHeader:])
	d.putSlot(key, hash, e, s.enc, s.slot, KeepDeadline)
	return true
}

// Raw makes OBJECT ENCODING call the string e, which is no integer, raw.
func (e *Entry) Raw() {
	if e.encoding() == encInline {
		e.flags |= flagRaw
	}
}

// splice replaces drop bytes at offset at of the string e, under key, by
// insert, and returns the entry, which may have moved.
func (d *DB) splice(key []byte, hash uint64, e *Entry, at, drop int, insert []byte) *Entry {
	have := e.StringLen()
	n := have - drop + len(insert)
	b := d.growWithin(key, hash, e, at, max(n, have), n+hllRoom)
	if n != have {
		copy(b[at+len(insert):], b[at+drop:have])
	}
	copy(b[at:], insert)
	e = d.Peek(key, hash)
	if n < have {
		return d.truncate(key, hash, e, n)
	}
	return e
}

// truncate shortens the string of e to n bytes. Nobody has it pinned, and an
// inline one is short: both are so after Writable.
func (d *DB) truncate(key []byte, hash uint64, e *Entry, n int) *Entry {
	switch e.encoding() {
	case encBlock:
		e.block().length = uint32(n)
	case encBlob:
		e.blob().SetLen(n)
	case encInline:
		s := shape{keyLen: len(key), valueLen: n, enc: encInline, deadline: e.hasDeadline(), raw: true}
		if sameClass(e.size(), s.size()) {
			e.vlen = uint16(n)
			return e
		}
		var kept [growInlineMax]byte
		content := kept[:copy(kept[:], e.inline()[:n])]
		e = d.replace(key, hash, e, s, s.deadline)
		copy(e.inline(), content)
	}
	return e
}
