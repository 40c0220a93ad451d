package persist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"basalt/internal/decimal"
)

// ErrTruncated says that data ends before it is complete.
var ErrTruncated = errors.New("unexpected end")

// decoder reads the form of RDB from memory. The first error stays; what is
// read after it is zero. A slice that it returns is a view of the data, or of
// the decoder's scratch until the next read of a string.
type decoder struct {
	data    []byte
	at      int
	err     error
	scratch []byte
}

func (r *decoder) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// take returns the next n bytes.
func (r *decoder) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || n > len(r.data)-r.at {
		r.err = ErrTruncated
		return nil
	}
	b := r.data[r.at : r.at+n]
	r.at += n
	return b
}

func (r *decoder) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// lengthOrForm reads a length, or the number of a string's form.
func (r *decoder) lengthOrForm() (n uint64, form bool) {
	c := r.byte()
	switch c & 0xc0 {
	case len6Bit:
		return uint64(c), false
	case len14Bit:
		return uint64(c&0x3f)<<8 | uint64(r.byte()), false
	case lenForm:
		return uint64(c & 0x3f), true
	}
	switch c {
	case len32Bit:
		if b := r.take(4); b != nil {
			return uint64(binary.BigEndian.Uint32(b)), false
		}
	case len64Bit:
		if b := r.take(8); b != nil {
			return binary.BigEndian.Uint64(b), false
		}
	default:
		r.fail("length of unknown form %#x", c)
	}
	return 0, false
}

// length reads a length.
func (r *decoder) length() uint64 {
	n, form := r.lengthOrForm()
	if form {
		r.fail("a length expected, a string's form %d found", n)
		return 0
	}
	return n
}

// bytes reads a string.
func (r *decoder) bytes() []byte {
	n, form := r.lengthOrForm()
	switch {
	case r.err != nil:
		return nil
	case !form:
		if n > math.MaxInt {
			r.err = ErrTruncated
			return nil
		}
		return r.take(int(n))
	case n == formLZF:
		return r.compressed()
	}
	i, ok := r.shortInt(n)
	if !ok {
		return nil
	}
	r.scratch = decimal.AppendInt(r.scratch[:0], i)
	return r.scratch
}

// shortInt reads an integer of that form.
func (r *decoder) shortInt(form uint64) (int64, bool) {
	switch form {
	case formInt8:
		return int64(int8(r.byte())), r.err == nil
	case formInt16:
		if b := r.take(2); b != nil {
			return int64(int16(binary.LittleEndian.Uint16(b))), true
		}
	case formInt32:
		if b := r.take(4); b != nil {
			return int64(int32(binary.LittleEndian.Uint32(b))), true
		}
	default:
		r.fail("string of unknown form %d", form)
	}
	return 0, false
}

func (r *decoder) compressed() []byte {
	packed, size := r.length(), r.length()
	if r.err == nil && (packed > uint64(len(r.data)-r.at) || size > uint64(lzfBound(int(packed)))) {
		r.err = ErrTruncated
	}
	if r.err != nil {
		return nil
	}
	out, err := lzfDecompress(r.scratch[:0], r.take(int(packed)), int(size))
	if err != nil {
		r.err = err
		return nil
	}
	r.scratch = out
	return out
}

// double reads eight bytes, little-endian.
func (r *decoder) double() float64 {
	if b := r.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// doubleText reads the old form of a score: its length in a byte and its text,
// or one of three values of the length that stand for what is no number.
func (r *decoder) doubleText() float64 {
	switch n := r.byte(); n {
	case 255:
		return math.Inf(-1)
	case 254:
		return math.Inf(1)
	case 253:
		return math.NaN()
	default:
		b := r.take(int(n))
		if b == nil {
			return 0
		}
		f, err := strconv.ParseFloat(string(b), 64)
		if err != nil {
			r.fail("score %q is no number", b)
		}
		return f
	}
}

// parseScore reads the text of a score.
func parseScore(b []byte) (float64, bool) {
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil && !math.IsNaN(f)
}
