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

// decoder reads the form of RDB, from memory or chunk by chunk from a file. The
// first error stays; what is read after it is zero. A slice that it returns is
// good until the next read.
type decoder struct {
	data []byte
	at   int
	// base is where data begins in all that is read.
	base int64
	// src has what follows data; nil if that is all.
	src *source
	// err is the first error, failed where the reader was when it came.
	err     error
	failed  int64
	scratch []byte
}

const (
	// scratchKept is the largest memory that a decoder keeps for later strings.
	scratchKept = 1 << 20
	// stringMax bounds what is believed of the length of a string, so that
	// numbers made of it do not overflow.
	stringMax = 1 << 42
)

// offset returns how many bytes were read.
func (r *decoder) offset() int64 { return r.base + int64(r.at) }

func (r *decoder) fail(format string, args ...any) { r.stop(fmt.Errorf(format, args...)) }

// stop makes err the error that stays, unless there is one.
func (r *decoder) stop(err error) {
	if r.err != nil {
		return
	}
	r.failed = r.offset()
	r.err = err
	// Without data every read fails, and none but the slow ones asks for err.
	r.base, r.data, r.at = r.failed, nil, 0
}

// take returns the next n bytes, nil if they are not there.
func (r *decoder) take(n int) []byte {
	if uint(n) > uint(len(r.data)-r.at) {
		return r.takeMore(n)
	}
	b := r.data[r.at : r.at+n]
	r.at += n
	return b
}

// takeMore is take for what data has not got.
func (r *decoder) takeMore(n int) []byte {
	switch {
	case r.err != nil:
		return nil
	case !r.has(uint64(n)):
		r.stop(ErrTruncated)
		return nil
	case n > chunkHeadroom:
		b := make([]byte, 0, min(n, r.src.justified()))
		if b = r.fill(b, n); len(b) < n {
			return nil
		}
		return b
	}
	for len(r.data)-r.at < n {
		if !r.next() {
			return nil
		}
	}
	b := r.data[r.at : r.at+n]
	r.at += n
	return b
}

// has reports whether there may be n bytes more: a length that no input can
// justify is not believed.
func (r *decoder) has(n uint64) bool {
	if n > stringMax {
		return false
	}
	if r.src == nil {
		return n <= uint64(len(r.data)-r.at)
	}
	return r.src.has(r.offset(), n)
}

// fill appends what is missing of n bytes to b, which has room for them or is
// made larger as they come.
func (r *decoder) fill(b []byte, n int) []byte {
	for {
		part := r.data[r.at:]
		part = part[:min(len(part), n-len(b))]
		b = append(b, part...)
		r.at += len(part)
		if len(b) == n || r.src == nil || !r.next() {
			break
		}
	}
	if len(b) < n {
		r.stop(ErrTruncated)
	}
	return b
}

// next makes the next chunk follow what is left of data, which is no more than
// chunkHeadroom bytes. It reports whether there was one.
func (r *decoder) next() bool {
	rest := r.data[r.at:]
	c, err := r.src.take()
	if c == nil {
		if err == nil {
			err = ErrTruncated
		}
		r.stop(err)
		return false
	}
	at := r.offset()
	r.data = c.behind(rest)
	r.base, r.at = at, 0
	r.src.release()
	return true
}

func (r *decoder) byte() byte {
	if r.at < len(r.data) {
		b := r.data[r.at]
		r.at++
		return b
	}
	if b := r.takeMore(1); b != nil {
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
	if !form {
		if n > stringMax {
			r.stop(ErrTruncated)
			return nil
		}
		return r.take(int(n))
	}
	return r.formed(n)
}

// formed reads a string of that form.
func (r *decoder) formed(form uint64) []byte {
	switch {
	case r.err != nil:
		return nil
	case form == formLZF:
		return r.compressed()
	}
	i, ok := r.shortInt(form)
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
	packed, size := r.compressedSizes()
	in := r.take(packed)
	if in == nil {
		return nil
	}
	out, err := lzfDecompress(r.scratch[:0], in, size)
	if err != nil {
		r.stop(err)
		return nil
	}
	if r.scratch = out; cap(out) > scratchKept {
		r.scratch = nil
	}
	return out
}

// compressedSizes reads the bytes that a compressed string has and stands for.
func (r *decoder) compressedSizes() (packed, size int) {
	p, s := r.length(), r.length()
	switch {
	case r.err != nil:
	case !r.has(p):
		r.stop(ErrTruncated)
	case s > uint64(lzfBound(int(p))):
		r.fail("%d compressed bytes stand for %d", p, s)
	default:
		return int(p), int(s)
	}
	return 0, 0
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

// millis reads eight bytes, little-endian, as a time in ms.
func (r *decoder) millis() int64 {
	if b := r.take(8); b != nil {
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// parseScore reads the text of a score.
func parseScore(b []byte) (float64, bool) {
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil && !math.IsNaN(f)
}
