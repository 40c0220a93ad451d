// Package double writes floating point numbers as Redis 7.2 does, in replies
// and in packs.
package double

import (
	"math"
	"strconv"
)

// TextMax is the longest text that Append produces, rounded up: a sign, 17
// digits, "0.000000" before or an exponent behind them.
const TextMax = 32

// Append appends f as Redis 7.2 writes doubles: whole numbers up to
// 2^62 as integers, others with the fewest digits that read back as f. Before
// 7.2 it was C's %.17g, which shows 0.1 as 0.10000000000000001; and the Grisu2
// of 7.2 misses the shortest form of one number in a thousand by a digit, which
// we do not imitate.
func Append(dst []byte, f float64) []byte {
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
	if f < 0 {
		dst, f = append(dst, '-'), -f
	}
	// The shortest digits, as d.ddde±xx.
	var scratch [TextMax]byte
	text := strconv.AppendFloat(scratch[:0], f, 'e', -1, 64)
	e := len(text) - 1
	for text[e] != 'e' {
		e--
	}
	exponent, _ := strconv.Atoi(string(text[e+1:]))
	digits := text[:e]
	if len(digits) > 1 {
		copy(digits[1:], digits[2:]) // the point
		digits = digits[:len(digits)-1]
	}
	return layOut(dst, digits, exponent)
}

// layOut appends d.ddd * 10^exponent in the layout that Redis chooses: up to
// seven zeros behind the digits or six between the point and them, and else an
// exponent.
func layOut(dst, digits []byte, exponent int) []byte {
	n := len(digits)
	last := exponent - n + 1 // the power of ten of the last digit
	switch {
	case last >= 0 && last <= 7:
		dst = append(dst, digits...)
		return append(dst, "0000000"[:last]...)
	case last < 0 && exponent >= 0 && (last > -7 || exponent < 4):
		dst = append(dst, digits[:exponent+1]...)
		dst = append(dst, '.')
		return append(dst, digits[exponent+1:]...)
	case last < 0 && exponent < 0 && (last > -7 || exponent > -4):
		dst = append(dst, "0.000000"[:1-exponent]...)
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if n > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	dst = append(dst, 'e')
	if exponent >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exponent), 10)
}
