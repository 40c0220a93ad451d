package resp

import (
	"math"
	"strconv"
)

// doubleMax is the longest text that AppendDoubleText produces: sign, 17
// digits, a point, zeros before the first digit or an exponent.
const doubleMax = 32

// AppendDouble appends f; RESP2 gets its text as a bulk string.
func AppendDouble(dst []byte, proto int, f float64) []byte {
	if proto == Proto3 {
		dst = append(dst, ',')
		dst = AppendDoubleText(dst, f)
		return append(dst, '\r', '\n')
	}
	var scratch [doubleMax]byte
	return AppendBulk(dst, AppendDoubleText(scratch[:0], f))
}

// AppendDoubleText appends f as Redis 7.2 writes doubles in replies: whole
// numbers up to 2^62 without point or exponent, others with the fewest digits
// that read back as f.
func AppendDoubleText(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	case f == 0 && math.Signbit(f):
		return append(dst, "-0"...)
	}
	if f >= -(1<<62) && f <= 1<<62 {
		if n := int64(f); float64(n) == f {
			return strconv.AppendInt(dst, n, 10)
		}
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}
