package resp

import "basalt/internal/double"

// doubleMax is the longest text that AppendDoubleText produces.
const doubleMax = double.TextMax

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

// AppendDoubleText appends f as Redis 7.2 writes doubles; see double.Append.
func AppendDoubleText(dst []byte, f float64) []byte { return double.Append(dst, f) }
