package resp

import (
	"bytes"
	"strconv"

	"basalt/internal/decimal"
)

// Proto2 and Proto3 are the protocol versions a connection can speak. All
// functions that take a version treat every other number as Proto2.
const (
	Proto2 = 2
	Proto3 = 3
)

// AppendOK appends the status reply +OK.
func AppendOK(dst []byte) []byte { return append(dst, "+OK\r\n"...) }

// AppendSimpleString appends s as a status reply. A CR or LF in s becomes a
// space, because it would end the reply early.
func AppendSimpleString(dst []byte, s string) []byte {
	dst = append(dst, '+')
	return appendLine(dst, s)
}

// AppendError appends an error reply. s begins with the error code ("ERR no
// such key"), without the minus sign. Line ends at the end of s are dropped,
// those inside become spaces, as Redis does.
func AppendError(dst []byte, s string) []byte {
	dst = append(dst, '-')
	return appendLine(dst, trimLineEnd(s))
}

// AppendErrorBytes is AppendError for bytes. It does not keep s.
func AppendErrorBytes(dst, s []byte) []byte {
	dst = append(dst, '-')
	return appendLine(dst, trimLineEnd(s))
}

func trimLineEnd[T string | []byte](s T) T {
	for len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// appendLine appends s and a line end; the line stays one line whatever s has
// in it. It is repaired after the copy, where a search for either byte costs
// less than a look at every byte.
func appendLine[T string | []byte](dst []byte, s T) []byte {
	from := len(dst)
	dst = append(dst, s...)
	for _, end := range [2]byte{'\n', '\r'} {
		for line := dst[from:]; ; {
			i := bytes.IndexByte(line, end)
			if i < 0 {
				break
			}
			line[i] = ' '
			line = line[i+1:]
		}
	}
	return append(dst, '\r', '\n')
}

// AppendInt appends n as an integer reply.
func AppendInt(dst []byte, n int64) []byte {
	if uint64(n) < 10 {
		return append(dst, ':', '0'+byte(n), '\r', '\n')
	}
	dst = append(dst, ':')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '\r', '\n')
}

// AppendHeader appends a type byte, a count that is not negative and a line
// end: the first line of every bulk and aggregate.
func AppendHeader(dst []byte, kind byte, n int) []byte {
	switch {
	case uint(n) < 10:
		return append(dst, kind, '0'+byte(n), '\r', '\n')
	case uint(n) < 100:
		return append(dst, kind, '0'+byte(n/10), '0'+byte(n%10), '\r', '\n')
	}
	dst = append(dst, kind)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, '\r', '\n')
}

// AppendBulk appends b as a bulk string.
func AppendBulk(dst, b []byte) []byte {
	dst = AppendHeader(dst, '$', len(b))
	dst = append(dst, b...)
	return append(dst, '\r', '\n')
}

// AppendBulkString is AppendBulk for a string.
func AppendBulkString(dst []byte, s string) []byte {
	dst = AppendHeader(dst, '$', len(s))
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}

// AppendBulkInt appends the decimal digits of n as a bulk string.
func AppendBulkInt(dst []byte, n int64) []byte {
	if uint64(n) < 10 {
		return append(dst, '$', '1', '\r', '\n', '0'+byte(n), '\r', '\n')
	}
	dst = AppendHeader(dst, '$', decimal.Len(n))
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '\r', '\n')
}

// AppendNull appends the reply for a value that does not exist: the null bulk
// in RESP2, the null type in RESP3.
func AppendNull(dst []byte, proto int) []byte {
	if proto == Proto3 {
		return append(dst, "_\r\n"...)
	}
	return append(dst, "$-1\r\n"...)
}

// AppendNullArray appends the reply for an array that does not exist: the null
// array in RESP2, the null type in RESP3.
func AppendNullArray(dst []byte, proto int) []byte {
	if proto == Proto3 {
		return append(dst, "_\r\n"...)
	}
	return append(dst, "*-1\r\n"...)
}

// AppendArray appends the header of an array; n elements follow.
func AppendArray(dst []byte, n int) []byte { return AppendHeader(dst, '*', n) }

// AppendMap appends the header of a map; n pairs follow. RESP2 gets an array
// of 2n elements.
func AppendMap(dst []byte, proto, n int) []byte {
	if proto == Proto3 {
		return AppendHeader(dst, '%', n)
	}
	return AppendHeader(dst, '*', 2*n)
}

// AppendSet appends the header of a set; n elements follow. RESP2 gets an
// array.
func AppendSet(dst []byte, proto, n int) []byte {
	if proto == Proto3 {
		return AppendHeader(dst, '~', n)
	}
	return AppendHeader(dst, '*', n)
}

// AppendPush appends the header of an out-of-band message; n elements follow.
// RESP2 gets an array.
func AppendPush(dst []byte, proto, n int) []byte {
	if proto == Proto3 {
		return AppendHeader(dst, '>', n)
	}
	return AppendHeader(dst, '*', n)
}

// AppendAttribute appends the header of an attribute; n pairs follow and then
// the reply it belongs to. RESP2 has no form for it: do not call it there.
func AppendAttribute(dst []byte, n int) []byte { return AppendHeader(dst, '|', n) }

// AppendBool appends a truth value; RESP2 gets the integer 1 or 0.
func AppendBool(dst []byte, proto int, b bool) []byte {
	switch {
	case proto == Proto3 && b:
		return append(dst, "#t\r\n"...)
	case proto == Proto3:
		return append(dst, "#f\r\n"...)
	case b:
		return append(dst, ":1\r\n"...)
	}
	return append(dst, ":0\r\n"...)
}

// AppendBigNumber appends digits, an integer of any length in decimal; RESP2
// gets a bulk string.
func AppendBigNumber(dst []byte, proto int, digits string) []byte {
	if proto != Proto3 {
		return AppendBulkString(dst, digits)
	}
	dst = append(dst, '(')
	dst = append(dst, digits...)
	return append(dst, '\r', '\n')
}

// AppendVerbatim appends s with its format, three letters such as "txt" or
// "mkd"; RESP2 gets a bulk string without the format.
func AppendVerbatim(dst []byte, proto int, format, s string) []byte {
	if proto != Proto3 {
		return AppendBulkString(dst, s)
	}
	if len(format) != 3 {
		panic("BUG: a verbatim string's format has three letters")
	}
	dst = AppendHeader(dst, '=', len(s)+4)
	dst = append(dst, format...)
	dst = append(dst, ':')
	dst = append(dst, s...)
	return append(dst, '\r', '\n')
}

// AppendCommand appends args the way a client sends them, an array of bulk
// strings.
func AppendCommand(dst []byte, args ...[]byte) []byte {
	dst = AppendHeader(dst, '*', len(args))
	for _, a := range args {
		dst = AppendBulk(dst, a)
	}
	return dst
}
