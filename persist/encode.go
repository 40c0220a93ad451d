package persist

import (
	"encoding/binary"
	"math"

	"basalt/internal/decimal"
)

// Lengths in RDB files, and what stands in their place for short forms of
// strings.
const (
	len6Bit  = 0x00
	len14Bit = 0x40
	len32Bit = 0x80 // big-endian
	len64Bit = 0x81 // big-endian
	lenForm  = 0xc0

	formInt8  = 0 // integers are little-endian
	formInt16 = 1
	formInt32 = 2
	formLZF   = 3

	// lzfMin is the length above which a string is compressed.
	lzfMin = 20
	// intTextMax is the longest text of an integer that has a short form.
	intTextMax = 11
)

// encoder appends values in the form of RDB to a buffer, which its user takes
// and resets, or which is drained into a stream.
type encoder struct {
	buf []byte
	// out is where the buffer goes when it is full; nil if it has to hold
	// everything.
	out *stream
	// compress says whether long strings are compressed.
	compress bool
	lzf      *lzf
}

// length appends a length.
func (w *encoder) length(n uint64) {
	switch {
	case n < 1<<6:
		w.buf = append(w.buf, len6Bit|byte(n))
	case n < 1<<14:
		w.buf = append(w.buf, len14Bit|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		w.buf = binary.BigEndian.AppendUint32(append(w.buf, len32Bit), uint32(n))
	default:
		w.buf = binary.BigEndian.AppendUint64(append(w.buf, len64Bit), n)
	}
}

// bytes appends a string in its shortest form.
func (w *encoder) bytes(b []byte) {
	if len(b) <= intTextMax {
		if n, ok := decimal.Parse(b); ok && w.shortInt(n) {
			return
		}
	}
	if w.compress && len(b) > lzfMin && (w.out == nil || len(b) <= frameWhole) && w.compressed(b) {
		w.spare()
		return
	}
	w.length(uint64(len(b)))
	w.raw(b)
}

// raw appends bytes as they are. Those that would fill the buffer go past it.
func (w *encoder) raw(b []byte) {
	if w.out != nil && len(b) >= streamFull/4 {
		w.drain()
		w.out.write(b)
		return
	}
	w.buf = append(w.buf, b...)
	w.spare()
}

// spare drains a full buffer.
func (w *encoder) spare() {
	if len(w.buf) >= streamFull && w.out != nil {
		w.drain()
	}
}

func (w *encoder) drain() {
	w.out.write(w.buf)
	if w.buf = w.buf[:0]; cap(w.buf) > 2*frameWhole {
		w.buf = nil // a huge key went through
	}
}

// integer appends the text of n as a string.
func (w *encoder) integer(n int64) {
	w.spare()
	if w.shortInt(n) {
		return
	}
	var scratch [decimal.MaxLen]byte
	text := decimal.AppendInt(scratch[:0], n)
	w.length(uint64(len(text)))
	w.buf = append(w.buf, text...)
}

// shortInt appends n in the form of integers, if it has 32 bits at most.
func (w *encoder) shortInt(n int64) bool {
	switch {
	case n == int64(int8(n)):
		w.buf = append(w.buf, lenForm|formInt8, byte(n))
	case n == int64(int16(n)):
		w.buf = binary.LittleEndian.AppendUint16(append(w.buf, lenForm|formInt16), uint16(n))
	case n == int64(int32(n)):
		w.buf = binary.LittleEndian.AppendUint32(append(w.buf, lenForm|formInt32), uint32(n))
	default:
		return false
	}
	return true
}

// compressed appends b in the form of compressed strings, if that is shorter by
// more than the header.
func (w *encoder) compressed(b []byte) bool {
	if w.lzf == nil {
		w.lzf = new(lzf)
	}
	// The lengths stand in front: the compressed bytes are made behind room for
	// the largest and moved up.
	start := len(w.buf)
	w.buf = append(w.buf, make([]byte, lzfHeaderMax)...)
	out, ok := w.lzf.compress(w.buf, b, len(b)-lzfGain)
	packed := out[start+lzfHeaderMax:]
	w.buf = out[:start]
	if !ok {
		return false
	}
	w.buf = append(w.buf, lenForm|formLZF)
	w.length(uint64(len(packed)))
	w.length(uint64(len(b)))
	w.buf = append(w.buf, packed...)
	return true
}

const (
	lzfHeaderMax = 1 + 9 + 9
	lzfGain      = 4
)

// double appends f as eight bytes, little-endian.
func (w *encoder) double(f float64) {
	w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(f))
}
