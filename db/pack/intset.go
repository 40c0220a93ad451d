package pack

import (
	"encoding/binary"
	"math"
)

// Intset is the bytes of a small set of integers, in Redis's layout:
//
//	width u32 LE: 2, 4 or 8 | members u32 LE | members, LE, ascending
//
// All members have the width that the one farthest from zero needed when it
// came; it never shrinks. As with Pack the caller provides the memory: the
// length is what is used, the capacity what there is, and what comes from
// outside goes through CheckIntset first.
type Intset []byte

const (
	// IntsetHeader is the size in bytes of an intset without members.
	IntsetHeader = 8
	// IntsetWidthMax is the most bytes that a member takes.
	IntsetWidthMax = 8
)

// NewIntset makes an empty intset of memory of at least IntsetHeader bytes.
func NewIntset(memory []byte) Intset {
	s := Intset(memory[:IntsetHeader])
	binary.LittleEndian.PutUint32(s, 2)
	binary.LittleEndian.PutUint32(s[4:], 0)
	return s
}

// IntsetBytes returns the length of the intset that begins at b, as its header
// has it.
func IntsetBytes(b []byte) int {
	return IntsetHeader + int(binary.LittleEndian.Uint32(b))*int(binary.LittleEndian.Uint32(b[4:]))
}

// CheckIntset reports whether b is a valid intset: the width is one that there
// is, the length fits, and the members ascend. It looks at every member.
func CheckIntset(b []byte) bool {
	if len(b) < IntsetHeader {
		return false
	}
	s := Intset(b)
	switch s.width() {
	case 2, 4, 8:
	default:
		return false
	}
	// Compared by division, so that no number of members overflows.
	body := len(b) - IntsetHeader
	if body%s.width() != 0 || body/s.width() != s.Len() {
		return false
	}
	for i := 1; i < s.Len(); i++ {
		if s.At(i-1) >= s.At(i) {
			return false
		}
	}
	return true
}

// Len returns the number of members.
func (s Intset) Len() int { return int(binary.LittleEndian.Uint32(s[4:])) }

func (s Intset) width() int { return int(binary.LittleEndian.Uint32(s)) }

// widthOf returns the bytes that n needs.
func widthOf(n int64) int {
	switch {
	case n >= math.MinInt16 && n <= math.MaxInt16:
		return 2
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return 4
	}
	return 8
}

// At returns member i in ascending order; i is below Len.
func (s Intset) At(i int) int64 { return s.at(s.width(), i) }

func (s Intset) at(width, i int) int64 {
	switch width {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(s[IntsetHeader+2*i:])))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(s[IntsetHeader+4*i:])))
	}
	return int64(binary.LittleEndian.Uint64(s[IntsetHeader+8*i:]))
}

func (s Intset) put(width, i int, n int64) {
	switch width {
	case 2:
		binary.LittleEndian.PutUint16(s[IntsetHeader+2*i:], uint16(n))
	case 4:
		binary.LittleEndian.PutUint32(s[IntsetHeader+4*i:], uint32(n))
	default:
		binary.LittleEndian.PutUint64(s[IntsetHeader+8*i:], uint64(n))
	}
}

// Find returns the index of n and whether it is a member; if not, the index is
// that of the next greater one, where Insert puts it.
func (s Intset) Find(n int64) (index int, found bool) {
	width, count := s.width(), s.Len()
	switch {
	case count == 0:
		return 0, false
	case n > s.at(width, count-1): // members often come in order
		return count, false
	case n < s.at(width, 0):
		return 0, false
	}
	low, high := 0, count
	for low < high {
		middle := int(uint(low+high) / 2)
		if s.at(width, middle) < n {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, s.at(width, low) == n
}

// InsertBytes returns how many bytes longer Insert of n makes the intset.
func (s Intset) InsertBytes(n int64) int {
	have, width := s.width(), max(s.width(), widthOf(n))
	return (width-have)*s.Len() + width
}

// Insert puts n at index, where Find did not find it. The intset has room for
// InsertBytes more.
func (s Intset) Insert(index int, n int64) Intset {
	have, need, count := s.width(), widthOf(n), s.Len()
	if need > have {
		return s.widen(need, index, n)
	}
	t := s[:len(s)+have]
	at := IntsetHeader + index*have
	copy(t[at+have:], s[at:])
	t.put(have, index, n)
	binary.LittleEndian.PutUint32(t[4:], uint32(count+1))
	return t
}

// widen gives all members another width and puts in n, which needs it and so is
// the first or the last. Members move up, the last one first, so none is
// overwritten before it was read.
func (s Intset) widen(width, index int, n int64) Intset {
	have, count := s.width(), s.Len()
	t := s[:IntsetHeader+(count+1)*width]
	shift := 0
	if index == 0 {
		shift = 1
	}
	for i := count - 1; i >= 0; i-- {
		t.put(width, i+shift, t.at(have, i))
	}
	t.put(width, index, n)
	binary.LittleEndian.PutUint32(t, uint32(width))
	binary.LittleEndian.PutUint32(t[4:], uint32(count+1))
	return t
}

// Delete takes out the member at index.
func (s Intset) Delete(index int) Intset {
	width := s.width()
	at := IntsetHeader + index*width
	copy(s[at:], s[at+width:])
	binary.LittleEndian.PutUint32(s[4:], uint32(s.Len()-1))
	return s[:len(s)-width]
}
