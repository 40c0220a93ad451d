package db

import (
	"crypto/subtle"
	"encoding/binary"
	"math/bits"
)

// A bitmap is a string; bit 0 is the highest bit of its first byte. All that
// walks over many bytes does so by words of eight, in the string where it
// lies.

// Writable makes the string under key, whose entry is e or nil, at least n
// bytes long, padded with zeros, and returns its bytes. Those from offset from
// on may be written, the others may be shared with a reader. The entry may
// move; OBJECT ENCODING calls the string raw from here on.
func (d *DB) Writable(key []byte, hash uint64, e *Entry, from, n int) []byte {
	if e != nil {
		return d.grow(key, hash, e, from, n)
	}
	b := d.putRaw(key, hash, nil, n)
	clear(b)
	return b
}

// putRaw makes room for a string of n bytes under key, whatever was there, and
// returns them to be filled. OBJECT ENCODING calls it raw.
func (d *DB) putRaw(key []byte, hash uint64, e *Entry, n int) []byte {
	if n <= growInlineMax {
		s := shape{keyLen: len(key), valueLen: n, enc: encInline, raw: true}
		return d.put(key, hash, e, s, NoDeadline).inline()
	}
	s := d.keys.newStore(n, n)
	d.putSlot(key, hash, e, s.enc, s.slot, NoDeadline)
	return s.bytes
}

// CountBits returns how many bits of b are set.
func CountBits(b []byte) int {
	n := 0
	for ; len(b) >= 64; b = b[64:] {
		p := b[:64:64]
		n += bits.OnesCount64(binary.LittleEndian.Uint64(p[0:])) + bits.OnesCount64(binary.LittleEndian.Uint64(p[8:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[16:])) + bits.OnesCount64(binary.LittleEndian.Uint64(p[24:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[32:])) + bits.OnesCount64(binary.LittleEndian.Uint64(p[40:])) +
			bits.OnesCount64(binary.LittleEndian.Uint64(p[48:])) + bits.OnesCount64(binary.LittleEndian.Uint64(p[56:]))
	}
	for ; len(b) >= 8; b = b[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b))
	}
	for _, c := range b {
		n += bits.OnesCount8(c)
	}
	return n
}

// CountBitRange is CountBits for the bits from from to to of b, both included;
// they have to be there.
func CountBitRange(b []byte, from, to int) int {
	lo, hi := from>>3, to>>3
	n := CountBits(b[lo : hi+1])
	n -= bits.OnesCount8(b[lo] &^ (0xff >> (from & 7)))
	return n - bits.OnesCount8(b[hi]&(0x7f>>(to&7)))
}

// FindBit returns the number of the first bit that is set, or clear if set is
// false, of those from from to to of b, both included, or -1. They have to be
// there.
func FindBit(b []byte, from, to int, set bool) int {
	// What is looked for is made a one.
	flip := ^uint64(0)
	if set {
		flip = 0
	}
	lo, hi := from>>3, to>>3
	mask := byte(0xff) >> (from & 7)
	last := byte(0xff) << (7 - to&7)
	if lo == hi {
		mask &= last
	}
	if v := (b[lo] ^ byte(flip)) & mask; v != 0 {
		return lo<<3 + bits.LeadingZeros8(v)
	}
	if lo == hi {
		return -1
	}
	i := lo + 1
	for ; i+32 <= hi; i += 32 {
		p := b[i : i+32 : i+32]
		if (binary.LittleEndian.Uint64(p)^flip)|(binary.LittleEndian.Uint64(p[8:])^flip)|
			(binary.LittleEndian.Uint64(p[16:])^flip)|(binary.LittleEndian.Uint64(p[24:])^flip) != 0 {
			break
		}
	}
	for ; i+8 <= hi; i += 8 {
		if v := binary.BigEndian.Uint64(b[i:]) ^ flip; v != 0 {
			return i<<3 + bits.LeadingZeros64(v)
		}
	}
	for ; i <= hi; i++ {
		v := b[i] ^ byte(flip)
		if i == hi {
			v &= last
		}
		if v != 0 {
			return i<<3 + bits.LeadingZeros8(v)
		}
	}
	return -1
}

// BitField returns the integer of width bits, at most 64, that begins at the
// bit at of b, its highest bit first. Bits behind the end of b are zero.
func BitField(b []byte, at uint64, width uint) uint64 {
	first := at >> 3
	var window [9]byte
	p := window[:]
	if first+9 <= uint64(len(b)) {
		p = b[first : first+9]
	} else if first < uint64(len(b)) {
		copy(p, b[first:])
	}
	shift := at & 7
	v := binary.BigEndian.Uint64(p)<<shift | uint64(p[8])>>(8-shift)
	return v >> (64 - width)
}

// SetBitField stores the lowest width bits of value as the integer that
// BitField returns. They have to be within b.
func SetBitField(b []byte, at uint64, width uint, value uint64) {
	first := at >> 3
	shift := uint(at & 7)
	var window [9]byte
	n := copy(window[:], b[first:])
	mask := ^uint64(0) << (64 - width)
	value = value << (64 - width)
	v := binary.BigEndian.Uint64(window[:])
	binary.BigEndian.PutUint64(window[:], v&^(mask>>shift)|value>>shift)
	// What the shift pushed out stands in the ninth byte.
	window[8] = window[8]&^byte(mask<<(8-shift)) | byte(value<<(8-shift))
	copy(b[first:], window[:min(n, int(shift+width+7)/8)])
}

// BitOp is an operation of BITOP.
type BitOp uint8

// The operations. X is the first of the sources, Y the union of the others.
const (
	BitAnd   BitOp = iota
	BitOr          // in any source
	BitXor         // in an odd number of sources
	BitNot         // not in the only source
	BitDiff        // in X and not in Y
	BitDiff1       // in Y and not in X
	BitAndOr       // in X and in Y
	BitOne         // in exactly one source
)

// combineStep is how many bytes Combine takes from all sources in turn: as
// many as stay in the first-level cache beside one source.
const combineStep = 4 << 10

// PutCombined stores under key, whose entry is e or nil, the outcome of op over
// the sources, which may be views of this keyspace. It is as long as the
// longest, at least one byte; the others end in zeros.
func (d *DB) PutCombined(key []byte, hash uint64, e *Entry, op BitOp, sources [][]byte) {
	n := 0
	for _, s := range sources {
		n = max(n, len(s))
	}
	// The value of e may be one of the sources: it goes last.
	if n <= growInlineMax {
		var room [growInlineMax]byte
		combine(op, room[:n], sources)
		copy(d.putRaw(key, hash, e, n), room[:n])
		return
	}
	s := d.keys.newStore(n, n)
	combine(op, s.bytes, sources)
	d.putSlot(key, hash, e, s.enc, s.slot, NoDeadline)
}

// combine fills target, none of whose bytes is a source's.
func combine(op BitOp, target []byte, sources [][]byte) {
	for at := 0; at < len(target); at += combineStep {
		t := target[at:min(at+combineStep, len(target))]
		switch op {
		case BitOne:
			combineOne(t, sources, at)
			continue
		case BitDiff, BitDiff1, BitAndOr:
			combineUnion(op, t, sources, at)
			continue
		}
		first := partOf(sources[0], at, len(t))
		clear(t[copy(t, first):])
		for _, s := range sources[1:] {
			p := partOf(s, at, len(t))
			switch op {
			case BitAnd:
				andBytes(t, p)
				clear(t[len(p):])
			case BitOr:
				orBytes(t, p)
			case BitXor:
				subtle.XORBytes(t, t, p)
			}
		}
		if op == BitNot {
			notBytes(t)
		}
	}
}

// combineUnion is combine for the operations on the first source and the union
// of the others.
func combineUnion(op BitOp, t []byte, sources [][]byte, at int) {
	clear(t[copy(t, partOf(sources[1], at, len(t))):])
	for _, s := range sources[2:] {
		orBytes(t, partOf(s, at, len(t)))
	}
	first := partOf(sources[0], at, len(t))
	if op == BitDiff1 {
		andNotBytes(t, first)
		return
	}
	if op == BitDiff {
		andOfNotBytes(t, first)
	} else {
		andBytes(t, first)
	}
	clear(t[len(first):])
}

// combineOne keeps what was in any source so far and what was in two.
func combineOne(t []byte, sources [][]byte, at int) {
	var room [combineStep]byte
	twice := room[:len(t)]
	clear(t)
	for _, s := range sources {
		p := partOf(s, at, len(t))
		orCarryBytes(t, twice, p)
	}
	andNotBytes(t, twice)
}

// partOf returns up to n bytes of s from at on; none behind its end.
func partOf(s []byte, at, n int) []byte {
	if at >= len(s) {
		return nil
	}
	return s[at:min(at+n, len(s))]
}
