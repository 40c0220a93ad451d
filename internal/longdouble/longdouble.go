// Package longdouble computes with the 80-bit floating point numbers that
// Redis keeps in C's long double: a 64-bit mantissa, one bit more than twice
// that of nothing else Go has. INCRBYFLOAT and its kin add in them and print
// 17 decimals, and clients see the last digit.
//
// Only what those commands can show is here: reading decimal and hexadecimal
// text as strtold does, one addition, and printing with 17 decimals. Numbers
// below the normal range keep their full mantissa, which no output can tell.
package longdouble

import "math/bits"

// Float is mant * 2^exp, negative if neg. The top bit of mant is set unless the
// number is zero. The zero value is 0.
type Float struct {
	mant uint64
	exp  int
	neg  bool
	inf  bool
}

const (
	// maxExp and minExp bound the exponent of the leading bit: of the largest
	// number, and of the smallest below the normal range.
	maxExp = 16383
	minExp = -16445
)

// round returns the number (hi:lo) * 2^exp with its mantissa rounded to 64
// bits, ties to even. rest says that there is more behind lo.
func round(hi, lo uint64, exp int, rest bool) Float {
	if hi == 0 {
		if lo == 0 {
			return Float{}
		}
		shift := bits.LeadingZeros64(lo)
		hi, lo, exp = lo<<shift, 0, exp-shift
	} else {
		shift := bits.LeadingZeros64(hi)
		hi, lo, exp = hi<<shift|lo>>(64-shift), lo<<shift, exp+64-shift
	}
	half := lo>>63 != 0
	if half && (lo<<1 != 0 || rest || hi&1 != 0) {
		if hi++; hi == 0 {
			hi, exp = 1<<63, exp+1
		}
	}
	return Float{mant: hi, exp: exp}
}

// overflows reports whether the number is too large for a long double.
func (f Float) overflows() bool { return f.mant != 0 && f.exp+63 > maxExp }

// vanishes reports whether the number, which is not zero, becomes zero in a
// long double: it is at most half of the smallest.
func (f Float) vanishes() bool {
	top := f.exp + 63
	return top < minExp-1 || top == minExp-1 && f.mant == 1<<63
}

// Add returns the sum, rounded to nearest, ties to even. It reports false if
// that is no finite number.
func (f Float) Add(g Float) (Float, bool) {
	switch {
	case f.inf || g.inf:
		return Float{}, false
	case g.mant == 0:
		return f, true
	case f.mant == 0:
		return g, true
	}
	if f.exp < g.exp || f.exp == g.exp && f.mant < g.mant {
		f, g = g, f
	}
	// Both in 128 bits with one to spare at the top for the carry.
	fhi, flo := f.mant>>1, f.mant<<63
	ghi, glo, rest := shiftRight(g.mant>>1, g.mant<<63, f.exp-g.exp)
	var lo, carry uint64
	if f.neg == g.neg {
		lo, carry = bits.Add64(flo, glo, 0)
		fhi, _ = bits.Add64(fhi, ghi, carry)
	} else {
		// What was shifted out of g makes the difference smaller by less than
		// one unit: take one, and the rest is above it.
		borrow := uint64(0)
		if rest {
			borrow = 1
		}
		lo, carry = bits.Sub64(flo, glo, borrow)
		fhi, _ = bits.Sub64(fhi, ghi, carry)
	}
	sum := round(fhi, lo, f.exp-63, rest)
	sum.neg = f.neg && sum.mant != 0
	return sum, !sum.overflows()
}

// shiftRight shifts (hi:lo) by n >= 0 and reports whether bits were lost.
func shiftRight(hi, lo uint64, n int) (rhi, rlo uint64, lost bool) {
	switch {
	case n == 0:
		return hi, lo, false
	case n < 64:
		return hi >> n, hi<<(64-n) | lo>>n, lo<<(64-n) != 0
	case n < 128:
		n -= 64
		return 0, hi >> n, lo != 0 || hi<<(64-n) != 0
	}
	return 0, 0, hi|lo != 0
}

// IsInf reports whether the number is an infinity.
func (f Float) IsInf() bool { return f.inf }
