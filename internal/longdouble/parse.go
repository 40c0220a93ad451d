package longdouble

import (
	"math/big"
	"math/bits"
)

// textMax is the length from which Redis refuses a text.
const textMax = 5 << 10

// Parse reads a number as Redis does: what C's strtold accepts in whole, but
// no leading space, NaN, nor what is too large or so small that it would
// become zero. Infinities are read.
func Parse(text []byte) (Float, bool) {
	if len(text) == 0 || len(text) >= textMax {
		return Float{}, false
	}
	neg := text[0] == '-'
	if neg || text[0] == '+' {
		text = text[1:]
	}
	f, ok := parseMagnitude(text)
	f.neg = neg
	return f, ok
}

func parseMagnitude(text []byte) (Float, bool) {
	if isWord(text, "inf") || isWord(text, "infinity") {
		return Float{inf: true}, true
	}
	base, mark := 10, byte('e')
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		base, mark = 16, 'p'
		text = text[2:]
	}
	digits, point, n, ok := split(text, base)
	if !ok {
		return Float{}, false
	}
	exp, ok := parseExponent(text[n:], mark)
	if !ok {
		return Float{}, false
	}
	if len(digits) == 0 {
		return Float{}, true
	}
	var f Float
	if base == 16 {
		f = fromHex(digits, exp+4*point)
	} else if magnitude := len(digits) + point + exp; magnitude > 5000 || magnitude < -5000 {
		return Float{}, false
	} else {
		f = fromDecimal(digits, point+exp)
	}
	return f, !f.overflows() && !f.vanishes()
}

// isWord reports whether text is the lower-case word in any case.
func isWord(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i := range text {
		if text[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

// split reads digits with at most one point among them, at the start of text.
// It returns the digits from the first to the last that is not zero, in which
// the point may still stand, what power of the base the last of them counts,
// and the length of what it read; false if there is no digit.
func split(text []byte, base int) (digits []byte, power, n int, ok bool) {
	point, first, last := -1, -1, -1
	for ; n < len(text); n++ {
		c := text[n]
		if c == '.' && point < 0 {
			point = n
			continue
		}
		d := digit(c)
		if d >= base {
			break
		}
		ok = true
		if d != 0 {
			last = n
			if first < 0 {
				first = n
			}
		}
	}
	if !ok || first < 0 {
		return nil, 0, n, ok
	}
	switch {
	case point < 0:
		power = n - 1 - last
	case last < point:
		power = point - 1 - last
	default:
		power = point - last
	}
	return text[first : last+1], power, n, true
}

// digit returns the value of a digit, 99 for what is none.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return 99
}

// exponentMax is beyond what any text of textMax bytes can make up for.
const exponentMax = 1 << 20

// parseExponent reads an exponent, which may be missing, up to the end of
// text.
func parseExponent(text []byte, mark byte) (int, bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0]|0x20 != mark {
		return 0, false
	}
	text = text[1:]
	neg := len(text) > 0 && text[0] == '-'
	if neg || len(text) > 0 && text[0] == '+' {
		text = text[1:]
	}
	exp := 0
	for _, c := range text {
		d := digit(c)
		if d > 9 {
			return 0, false
		}
		exp = min(exp*10+d, exponentMax)
	}
	if neg {
		exp = -exp
	}
	return exp, len(text) > 0
}

// fromHex returns digits * 2^exp. 32 digits fill 128 bits; of what stands
// behind them it only matters that it is there, and split left no zero there.
func fromHex(digits []byte, exp int) Float {
	var hi, lo uint64
	n, rest := 0, false
	for _, c := range digits {
		if c == '.' {
			continue
		}
		if n == 32 {
			rest = true
			exp += 4
			continue
		}
		hi, lo = hi<<4|lo>>60, lo<<4|uint64(digit(c))
		n++
	}
	return round(hi, lo, exp, rest)
}

// pow5 holds the powers of five that fit 64 bits.
var pow5 = func() (t [28]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 5
	}
	return t
}()

// fromDecimal returns digits * 10^exp. Numbers as people write them need one
// multiplication or division of words; others go the long way.
func fromDecimal(digits []byte, exp int) Float {
	const exact = 19 // digits that always fit a word
	if len(digits) > exact+1 || exp <= -len(pow5) || exp >= len(pow5) {
		return fromLongDecimal(digits, exp)
	}
	m, n := uint64(0), 0
	for _, c := range digits {
		if c != '.' {
			m, n = m*10+uint64(c-'0'), n+1
		}
	}
	if n > exact {
		return fromLongDecimal(digits, exp)
	}
	if exp >= 0 {
		hi, lo := bits.Mul64(m, pow5[exp])
		return round(hi, lo, exp, false)
	}
	// Numerator and divisor with their top bits set, the former halved if need
	// be: then the quotient has 64 bits, and the remainder decides how to
	// round.
	d := pow5[-exp]
	mShift, dShift := bits.LeadingZeros64(m), bits.LeadingZeros64(d)
	m, d = m<<mShift, d<<dShift
	hi, lo, shift := m, uint64(0), dShift-mShift-64
	if hi >= d {
		hi, lo, shift = m>>1, m<<63, shift+1
	}
	q, r := bits.Div64(hi, lo, d)
	half := uint64(0)
	if r >= d-r {
		half = 1 << 63
		r -= d - r
	}
	return round(q, half, exp+shift-64, r != 0)
}

// fromLongDecimal is fromDecimal for any number of digits and any exponent.
func fromLongDecimal(digits []byte, exp int) Float {
	text := make([]byte, 0, len(digits))
	for _, c := range digits {
		if c != '.' {
			text = append(text, c)
		}
	}
	m, _ := new(big.Int).SetString(string(text), 10)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exp, -exp))), nil)
	shift, rest := 0, false
	if exp >= 0 {
		m.Mul(m, power)
	} else {
		// A quotient of at least 66 bits has the one that rounds, and one more.
		if shift = 66 + power.BitLen() - m.BitLen(); shift > 0 {
			m.Lsh(m, uint(shift))
		} else {
			shift = 0
		}
		r := new(big.Int)
		m.QuoRem(m, power, r)
		rest = r.Sign() != 0
	}
	drop := max(m.BitLen()-128, 0)
	rest = rest || drop > 0 && m.TrailingZeroBits() < uint(drop)
	m.Rsh(m, uint(drop))
	lo := new(big.Int).And(m, new(big.Int).SetUint64(1<<64-1)).Uint64()
	hi := m.Rsh(m, 64).Uint64()
	return round(hi, lo, drop-shift, rest)
}
