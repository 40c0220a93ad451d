package command

import (
	"bytes"
	"math"
	"strconv"
)

// parseFloat reads a floating point argument as C's strtod reads one, which is
// what Redis does: decimal and hexadecimal forms and infinities, but no
// surrounding space, no NaN, and nothing too large or too small to tell from
// zero. It does not allocate for what is valid.
func parseFloat(b []byte) (float64, bool) {
	if len(b) == 0 || len(b) > floatTextMax || bytes.IndexByte(b, '_') >= 0 {
		return 0, false
	}
	s := string(b)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		// C does not ask for the exponent of a hexadecimal number.
		if !bytes.ContainsAny(b, "xX") || bytes.ContainsAny(b, "pP") {
			return 0, false
		}
		if f, err = strconv.ParseFloat(s+"p0", 64); err != nil {
			return 0, false
		}
	}
	if math.IsNaN(f) || f == 0 && !isZeroText(b) {
		return 0, false
	}
	return f, true
}

// floatTextMax bounds what is taken for a number; the longest exact text of a
// float64 is shorter.
const floatTextMax = 1100

// isZeroText reports whether the digits before an exponent are all zero.
func isZeroText(b []byte) bool {
	b = bytes.TrimLeft(b, "+-")
	hex := len(b) > 1 && b[0] == '0' && b[1]|0x20 == 'x'
	if hex {
		b = b[2:]
	}
	for _, c := range b {
		switch {
		case c == '0' || c == '.':
		case !hex && c|0x20 == 'e' || hex && c|0x20 == 'p':
			return true
		default:
			return false
		}
	}
	return true
}

// float returns Args[i] as a floating point number; if it is none it replies
// with text.
func (c *Context) float(i int, text string) (float64, bool) {
	f, ok := parseFloat(c.Args[i])
	if !ok {
		c.Error(text)
	}
	return f, ok
}
