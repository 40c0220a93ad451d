package command

import (
	"encoding/binary"
	"math/bits"
)

// nameIndex finds rows by name. It is an open-addressed table of one cache line
// a slot, at most a quarter full, so that a hit usually costs one line and no
// comparison loop: a name of up to sixteen bytes is compared as two words that
// overlap in the middle.
//
// Case is folded the same way. A stored word is in lower case and stands beside
// a mask that has bit 0x20 set under every letter: the difference of the word
// asked for may only have bits of the mask.
type nameIndex struct {
	slots []nameSlot // power of two; nil when there are no names
}

type nameSlot struct {
	lo, hi         uint64 // first and last bytes of the name, in lower case
	loCase, hiCase uint64
	row            *Row // nil: the slot is free
	name           string
	_              [8]byte
}

const (
	caseBit  = 0x20
	caseBits = 0x2020202020202020
	// indexSlack is how many slots a name gets.
	indexSlack = 4
)

// newNameIndex indexes rows[i] under names[i].
func newNameIndex(names []string, rows []*Row) nameIndex {
	if len(names) == 0 {
		return nameIndex{}
	}
	x := nameIndex{slots: make([]nameSlot, 1<<bits.Len(uint(indexSlack*len(names)-1)))}
	for i, name := range names {
		x.insert(lower(name), rows[i])
	}
	return x
}

func (x *nameIndex) insert(name string, row *Row) {
	s := nameSlot{row: row, name: name}
	b := []byte(name)
	s.lo, s.hi = words(b)
	for i, c := range b {
		if c < 'a' || c > 'z' {
			b[i] = 0
		} else {
			b[i] = caseBit
		}
	}
	s.loCase, s.hiCase = words(b)
	mask := uint64(len(x.slots) - 1)
	for i := hashWords(s.lo, s.hi); ; i++ {
		if at := &x.slots[i&mask]; at.row == nil {
			*at = s
			return
		}
	}
}

// find returns the row of that name in any case, or nil.
func (x *nameIndex) find(name []byte) *Row {
	if len(name) == 0 || len(x.slots) == 0 {
		return nil
	}
	lo, hi := words(name)
	mask := uint64(len(x.slots) - 1)
	for i := hashWords(lo, hi); ; i++ {
		s := &x.slots[i&mask]
		if s.row == nil {
			return nil
		}
		if len(s.name) == len(name) && (lo^s.lo)&^s.loCase == 0 && (hi^s.hi)&^s.hiCase == 0 &&
			(len(name) <= 16 || equalFold(name[8:len(name)-8], s.name[8:len(name)-8])) {
			return s.row
		}
	}
}

// words returns the first and the last bytes of b, which is not empty, as
// numbers. Together they hold every byte of up to sixteen.
func words(b []byte) (lo, hi uint64) {
	n := len(b)
	switch {
	case n >= 8:
		return binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n >= 2:
		return uint64(binary.LittleEndian.Uint16(b)), uint64(binary.LittleEndian.Uint16(b[n-2:]))
	}
	return uint64(b[0]), 0
}

// hashWords mixes two words without regard to case. Clashing bytes that are no
// letters cost a comparison, nothing else.
func hashWords(lo, hi uint64) uint64 {
	high, low := bits.Mul64((lo|caseBits)^0x9E3779B97F4A7C15, (hi|caseBits)^0xD1B54A32D192ED03)
	return high ^ low
}

// equalFold reports whether b is s in any case of its ASCII letters.
func equalFold[T string | []byte](b []byte, s T) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lowerByte(b[i]) != lowerByte(s[i]) {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | caseBit
	}
	return c
}

// lower is s with its ASCII letters in lower case; other bytes stay.
func lower(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lowerByte(b[i])
	}
	return string(b)
}
