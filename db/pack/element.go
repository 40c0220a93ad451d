package pack

import (
	"encoding/binary"

	"basalt/internal/decimal"
)

// Element is a value of a pack, or one to be looked for or put in. It is either
// an integer or a string; a string is a view.
type Element struct {
	Bytes []byte
	Int   int64
	IsInt bool
}

// Of returns the element that b is stored as. It keeps b.
func Of(b []byte) Element {
	if len(b) <= decimal.MaxLen {
		if n, ok := decimal.Parse(b); ok {
			return Element{Int: n, IsInt: true}
		}
	}
	return Element{Bytes: b}
}

// OfInt returns the element of the integer n.
func OfInt(n int64) Element { return Element{Int: n, IsInt: true} }

// Text returns the element as a string. An integer is printed into scratch,
// which holds decimal.MaxLen bytes to avoid an allocation.
func (e Element) Text(scratch []byte) []byte {
	if e.IsInt {
		return decimal.AppendInt(scratch[:0], e.Int)
	}
	return e.Bytes
}

// TextLen returns the length of Text.
func (e Element) TextLen() int {
	if e.IsInt {
		return decimal.Len(e.Int)
	}
	return len(e.Bytes)
}

// Size returns the bytes that the element takes in a pack.
func (e Element) Size() int {
	n := e.bodySize()
	return n + lengthSize(n)
}

func (e Element) bodySize() int {
	if !e.IsInt {
		switch n := len(e.Bytes); {
		case n < 64:
			return 1 + n
		case n < 4096:
			return 2 + n
		default:
			return 5 + n
		}
	}
	switch n := e.Int; {
	case n >= 0 && n <= 127:
		return 1
	case n >= -4096 && n <= 4095:
		return 2
	case n == int64(int16(n)):
		return 3
	case n >= -1<<23 && n < 1<<23:
		return 4
	case n == int64(int32(n)):
		return 5
	default:
		return 9
	}
}

// encode writes the element to dst, which has Size bytes.
func (e Element) encode(dst []byte) {
	body := e.bodySize()
	switch {
	case e.IsInt:
		encodeInt(dst, e.Int, body)
	default:
		switch n := len(e.Bytes); {
		case n < 64:
			dst[0] = 0x80 | byte(n)
		case n < 4096:
			dst[0], dst[1] = str12Bit|byte(n>>8), byte(n)
		default:
			dst[0] = str32Bit
			binary.LittleEndian.PutUint32(dst[1:], uint32(n))
		}
		copy(dst[body-len(e.Bytes):body], e.Bytes)
	}
	encodeLength(dst[body:], body)
}

func encodeInt(dst []byte, n int64, size int) {
	switch size {
	case 1:
		dst[0] = byte(n)
	case 2:
		dst[0], dst[1] = enc13Bit|byte(n>>8)&0x1f, byte(n)
	case 3:
		dst[0] = int16Enc
		binary.LittleEndian.PutUint16(dst[1:], uint16(n))
	case 4:
		dst[0], dst[1], dst[2], dst[3] = int24Enc, byte(n), byte(n>>8), byte(n>>16)
	case 5:
		dst[0] = int32Enc
		binary.LittleEndian.PutUint32(dst[1:], uint32(n))
	default:
		dst[0] = int64Enc
		binary.LittleEndian.PutUint64(dst[1:], uint64(n))
	}
}

// lengthSize returns the bytes of the length behind a body of n bytes. The
// bounds are Redis's, where 16383 and the like take a byte more than they
// need.
func lengthSize(n int) int {
	switch {
	case n <= 127:
		return 1
	case n < 1<<14-1:
		return 2
	case n < 1<<21-1:
		return 3
	case n < 1<<28-1:
		return 4
	default:
		return 5
	}
}

func encodeLength(dst []byte, n int) {
	size := lengthSize(n)
	for i := size - 1; i > 0; i-- {
		dst[i] = byte(n) | 0x80
		n >>= 7
	}
	dst[0] = byte(n)
}
