package longdouble

import (
	"math/big"
	"math/bits"

	"basalt/internal/decimal"
)

// decimals is the number of decimals printed, unit one of the last of them.
const (
	decimals = 17
	unit     = 100_000_000_000_000_000
)

// AppendText appends the number with up to 17 decimals, rounded half to even,
// without zeros at the end, and never as "-0". There is no exponent: the
// largest number takes 4933 bytes.
func (f Float) AppendText(dst []byte) []byte {
	if f.exp > 0 {
		whole := new(big.Int).SetUint64(f.mant)
		whole.Lsh(whole, uint(f.exp))
		if f.neg {
			whole.Neg(whole)
		}
		return whole.Append(dst, 10)
	}
	whole, fraction := f.parts()
	if f.neg && whole|fraction != 0 {
		dst = append(dst, '-')
	}
	dst = decimal.AppendUint(dst, whole)
	if fraction == 0 {
		return dst
	}
	var text [decimals]byte
	for i := decimals - 1; i >= 0; i-- {
		text[i] = byte('0' + fraction%10)
		fraction /= 10
	}
	n := decimals
	for text[n-1] == '0' {
		n--
	}
	dst = append(dst, '.')
	return append(dst, text[:n]...)
}

// parts splits a number with exp <= 0 into its whole part and its fraction in
// units, rounded.
func (f Float) parts() (whole, fraction uint64) {
	n := -f.exp
	rest := f.mant
	if n < 64 {
		whole = f.mant >> n
		rest = f.mant - whole<<n
	}
	if n == 0 || n >= 128 {
		// Below 2^-64 a number is less than half a unit.
		return whole, 0
	}
	hi, lo := bits.Mul64(rest, unit)
	_, fraction, _ = shiftRight(hi, lo, n)
	// The bit before those kept decides, then those before it, then parity.
	_, withHalf, lost := shiftRight(hi, lo, n-1)
	if withHalf&1 != 0 && (lost || fraction&1 != 0) {
		fraction++
	}
	if fraction == unit {
		whole, fraction = whole+1, 0
	}
	return whole, fraction
}
