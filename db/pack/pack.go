// Package pack is the packed form of small collections: a listpack, which is a
// sequence of strings and integers in one run of bytes. Hashes, sets and sorted
// sets of few small elements are one pack; lists and streams are made of
// many.
//
// The layout is Redis's (its listpack specification), so that a pack is also
// what DUMP, RDB files and redis-server have:
//
//	total bytes u32 LE | elements u16 LE, 65535 for "count them" | element ... | 0xFF
//
//	element   encoding and data | length of those, to be read backwards
//
//	0xxxxxxx                           integer 0..127
//	10xxxxxx data                      string of up to 63 bytes
//	110xxxxx xxxxxxxx                  integer of 13 bits, signed, high bits first
//	1110xxxx xxxxxxxx data             string of up to 4095 bytes
//	11110000 u32 LE data               longer string
//	11110001 .. 11110100               integer of 16, 24, 32, 64 bits, LE
//
//	length, 7 bits a byte, high bits first; bit 7 is set in all bytes but the
//	first: read backwards, it says that there is more to the left
//
// A string that is the canonical text of an integer is always stored as one:
// two equal elements have equal bytes, which is what Find compares.
//
// The functions take and return the bytes; who calls them provides the memory:
// a Pack's length is what is used, its capacity what there is. A position is
// the offset of an element, or of the end mark. Packs from outside go through
// Check before anything else looks at them; with a valid pack and positions
// that came from it no function fails.
package pack

import (
	"encoding/binary"
	"math"
)

// Pack is the bytes of a pack. Changing one returns the Pack that is valid from
// there on, as append does, but never reallocates: the caller has made room.
type Pack []byte

const (
	// HeaderBytes stand before the first element: its position.
	HeaderBytes = 6
	// EmptyBytes is the size of a pack without elements.
	EmptyBytes = HeaderBytes + 1
	// BytesMax bounds a pack, for the 32 bits of its length. Redis goes on to
	// another node or encoding at 1 GiB.
	BytesMax = 1 << 30

	endMark      = 0xff
	countUnknown = math.MaxUint16
	// headMax is the longest element without its data: five bytes of
	// encoding before and five of length behind.
	headMax = 10
)

// The first bytes of elements.
const (
	enc13Bit = 0xc0
	str12Bit = 0xe0
	str32Bit = 0xf0
	int16Enc = 0xf1
	int24Enc = 0xf2
	int32Enc = 0xf3
	int64Enc = 0xf4
)

// New makes an empty pack of memory of at least EmptyBytes.
func New(memory []byte) Pack {
	p := Pack(memory[:EmptyBytes])
	binary.LittleEndian.PutUint32(p, EmptyBytes)
	binary.LittleEndian.PutUint16(p[4:], 0)
	p[HeaderBytes] = endMark
	return p
}

// bodyAt returns the size of encoding and data of the element at at.
func (p Pack) bodyAt(at int) int {
	switch c := p[at]; {
	case c < 0x80:
		return 1
	case c < enc13Bit:
		return 1 + int(c&0x3f)
	case c < str12Bit:
		return 2
	case c < str32Bit:
		return 2 + int(c&0xf)<<8 + int(p[at+1])
	}
	switch p[at] {
	case str32Bit:
		return 5 + int(binary.LittleEndian.Uint32(p[at+1:]))
	case int16Enc:
		return 3
	case int24Enc:
		return 4
	case int32Enc:
		return 5
	default:
		return 9
	}
}

// Get returns the element at at; a string is a view of the pack.
func (p Pack) Get(at int) Element {
	c := p[at]
	switch {
	case c < 0x80:
		return OfInt(int64(c))
	case c < enc13Bit:
		return Element{Bytes: p[at+1 : at+1+int(c&0x3f)]}
	case c < str12Bit:
		// 13 bits, the sign first.
		return OfInt(int64(int16(uint16(c)<<11|uint16(p[at+1])<<3) >> 3))
	case c < str32Bit:
		return Element{Bytes: p[at+2 : at+2+int(c&0xf)<<8+int(p[at+1])]}
	}
	switch c {
	case str32Bit:
		n := int(binary.LittleEndian.Uint32(p[at+1:]))
		return Element{Bytes: p[at+5 : at+5+n]}
	case int16Enc:
		return OfInt(int64(int16(binary.LittleEndian.Uint16(p[at+1:]))))
	case int24Enc:
		return OfInt(int64(int32(uint32(p[at+1])<<8|uint32(p[at+2])<<16|uint32(p[at+3])<<24) >> 8))
	case int32Enc:
		return OfInt(int64(int32(binary.LittleEndian.Uint32(p[at+1:]))))
	default:
		return OfInt(int64(binary.LittleEndian.Uint64(p[at+1:])))
	}
}

// Len returns the number of elements. It walks a pack of 65535 or more.
func (p Pack) Len() int {
	if n := binary.LittleEndian.Uint16(p[4:]); n != countUnknown {
		return int(n)
	}
	n := 0
	for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
		n++
	}
	return n
}

// addLen changes the count of elements.
func (p Pack) addLen(n int) {
	have := int(binary.LittleEndian.Uint16(p[4:]))
	if have == countUnknown {
		if n >= 0 {
			return
		}
		// The element is gone already.
		have, n = p.Len(), 0
	}
	binary.LittleEndian.PutUint16(p[4:], uint16(min(have+n, countUnknown)))
}

// First returns the position of the first element, or of the end mark.
func (p Pack) First() int { return HeaderBytes }

// End returns the position of the end mark.
func (p Pack) End() int { return len(p) - 1 }

// IsEnd reports whether at is the position of the end mark.
func (p Pack) IsEnd(at int) bool { return at == len(p)-1 }

// Next returns the position behind the element at at.
func (p Pack) Next(at int) int {
	c := p[at]
	switch {
	case c < 0x80:
		return at + 2
	case c < enc13Bit:
		return at + 2 + int(c&0x3f) // a body of at most 64 bytes
	}
	return p.nextLong(at)
}

func (p Pack) nextLong(at int) int {
	body := p.bodyAt(at)
	return at + body + lengthSize(body)
}

// Prev returns the position of the element before at, which may be that of the
// end mark; -1 if there is none.
func (p Pack) Prev(at int) int {
	if at == HeaderBytes {
		return -1
	}
	body, shift, i := 0, 0, at-1
	for ; p[i]&0x80 != 0; i-- {
		body |= int(p[i]&0x7f) << shift
		shift += 7
	}
	body |= int(p[i]) << shift
	return i - body
}

// Seek returns the position of element index, from the end (-1 is the last
// one) if it is negative; -1 if there is none. It goes the shorter way.
func (p Pack) Seek(index int) int {
	n := int(binary.LittleEndian.Uint16(p[4:]))
	if n == countUnknown {
		n = p.Len()
	}
	if index < 0 {
		index += n
	}
	if index < 0 || index >= n {
		return -1
	}
	if index <= n/2 {
		at := p.First()
		for ; index > 0; index-- {
			at = p.Next(at)
		}
		return at
	}
	at := p.End()
	for ; index < n; index++ {
		at = p.Prev(at)
	}
	return at
}

// Equal reports whether the element at at is e, which came from Of or OfInt.
func (p Pack) Equal(at int, e Element) bool {
	got := p.Get(at)
	if got.IsInt || e.IsInt {
		return got.IsInt == e.IsInt && got.Int == e.Int
	}
	return string(got.Bytes) == string(e.Bytes)
}

// Find returns the position of the first element from at on that is e, looking
// at one and skipping skip in turn; -1 if there is none.
func (p Pack) Find(at int, e Element, skip int) int {
	if e.IsInt {
		return p.findInt(at, e, skip)
	}
	if len(e.Bytes) < 64 {
		return p.findShort(at, e.Bytes, skip)
	}
	for at < len(p)-1 {
		c := p[at]
		var head, n int
		switch {
		case c < 0x80:
			head, n = 1, -1
		case c < enc13Bit:
			head, n = 1, int(c&0x3f)
		default:
			head, n = p.stringAt(at)
		}
		if n == len(e.Bytes) && string(p[at+head:at+head+n]) == string(e.Bytes) {
			return at
		}
		if body := head + max(n, 0); body <= 127 {
			at += body + 1
		} else {
			at += body + lengthSize(body)
		}
		for i := skip; i > 0 && at < len(p)-1; i-- {
			at = p.Next(at)
		}
	}
	return -1
}

// stringAt returns where the data of the element at at begins, and its length,
// or its size and -1 if it is an integer.
func (p Pack) stringAt(at int) (head, n int) {
	switch c := p[at]; {
	case c >= str12Bit && c < str32Bit:
		return 2, int(c&0xf)<<8 + int(p[at+1])
	case c == str32Bit:
		return 5, int(binary.LittleEndian.Uint32(p[at+1:]))
	}
	return p.bodyAt(at), -1
}

// findInt compares the encoded bytes: an integer has one form only.
func (p Pack) findInt(at int, e Element, skip int) int {
	var want [headMax]byte
	size := e.bodySize()
	encodeInt(want[:], e.Int, size)
	for at < len(p)-1 {
		if p[at] == want[0] && string(p[at:at+size]) == string(want[:size]) {
			return at
		}
		at = p.step(at, p[at])
		for i := skip; i > 0 && at < len(p)-1; i-- {
			at = p.step(at, p[at])
		}
	}
	return -1
}

// Fill sets elements to those from at on, as Get returns them, as many as there
// are and fit. It returns their number and the position behind them. Fields are
// set one by one: the copy of a whole Element that was just made waits for the
// stores, which costs more than all the rest.
func (p Pack) Fill(at int, elements []Element) (n, next int) {
	for n < len(elements) && at < len(p)-1 {
		e, c := &elements[n], p[at]
		n++
		switch {
		case c < 0x80:
			e.Bytes, e.Int, e.IsInt = nil, int64(c), true
			at += 2
		case c < enc13Bit:
			from := at + 1
			at = from + int(c&0x3f) + 1
			e.Bytes, e.IsInt = p[from:at-1], false
		default:
			*e = p.Get(at)
			at = p.Next(at)
		}
	}
	return n, at
}

func (p Pack) setBytes() { binary.LittleEndian.PutUint32(p, uint32(len(p))) }

// Bytes returns the length of the pack that begins at b, as its header has it.
func Bytes(b []byte) int { return int(binary.LittleEndian.Uint32(b)) }
