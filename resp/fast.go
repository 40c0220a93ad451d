package resp

import (
	"encoding/binary"
	"slices"
)

// bulkMin is the shortest bulk on the wire, "$0\r\n\r\n".
const bulkMin = 6

// fast appends commands from the start of in as long as they are arrays of
// bulks that are there whole, max at most, and returns the bytes they take. It
// stops without a trace at anything else and leaves the judgement to the
// scanner, so it may refuse but never accept what the scanner would not.
//
// It is written for a pipeline of small commands: counts and lengths of one and
// two digits are read without a loop. Like Redis it looks at the CR of a line
// and takes the byte behind it for an LF, and does not look at the two bytes
// behind a bulk.
func fast(in []byte, out *Commands, max int, lim *Limits) (consumed int) {
	if lim.maxBulk() < 99 {
		return 0 // shortBulks does not compare with the limit
	}
	for ; max > 0; max-- {
		b := in[consumed:]
		argc, pos := fastCount(b)
		// A bulk takes bulkMin bytes: room is made only for arguments that can be
		// there, whatever the count says.
		if argc == 0 || argc > (len(b)-pos)/bulkMin || argc > unauthArgsMax && lim.Unauthenticated {
			break
		}
		base := len(out.Args)
		if cap(out.Args)-base < argc {
			out.Args = slices.Grow(out.Args, argc)
		}
		args := out.Args[:base+argc]
		if pos = bulks(b, pos, args[base:], lim); pos == 0 {
			break
		}
		out.Args = args
		out.Ends = append(out.Ends, int32(len(args)))
		consumed += pos
	}
	return consumed
}

// fastCount reads the first line of a command and returns the number of
// arguments and the line's length; the number is 0 for what is not fast's.
func fastCount(b []byte) (argc, line int) {
	if len(b) < 4 || b[0] != '*' {
		return 0, 0
	}
	if n := b[1] - '0'; n <= 9 && b[2] == '\r' {
		return int(n), 4
	}
	return headerNumber(b)
}

// bulks fills into with the bulks from offset pos of b on and returns the
// offset behind them; 0 when they are not fast's.
func bulks(b []byte, pos int, into [][]byte, lim *Limits) int {
	for {
		n := 0
		if n, pos = shortBulks(b, pos, into); n == len(into) {
			return pos
		}
		into = into[n:]
		h := b[pos:]
		if len(h) < bulkMin || h[0] != '$' {
			return 0
		}
		size, line := headerNumber(h)
		if line == 0 || size > len(h)-line-2 || int64(size) > lim.maxBulk() || size > unauthBulkMax && lim.Unauthenticated {
			return 0
		}
		into[0] = h[line : line+size : line+size]
		into = into[1:]
		pos += line + size + 2
	}
}

// The four bytes of a header line with one digit or two, as a little-endian
// number: the bytes that are given, and a mask for them.
const (
	oneDigit, oneMask = '$' | '\r'<<16, 0x00ff00ff
	twoDigit, twoMask = '$' | '\r'<<24, 0xff0000ff
)

// shortBulks fills into with bulks of less than 100 bytes from offset pos of b
// on, as many as there are, and returns their number and the offset behind
// them. It is the inner loop of all parsing: it calls nothing, so that all it
// needs stays in registers.
func shortBulks(b []byte, pos int, into [][]byte) (n, next int) {
	for n = range into {
		h := b[pos:]
		if len(h) < bulkMin {
			return n, pos
		}
		head := binary.LittleEndian.Uint32(h)
		first, line := head>>8&0xff-'0', 4
		size := int(first)
		if head&oneMask != oneDigit {
			second := head>>16&0xff - '0'
			if head&twoMask != twoDigit || first-1 > 8 || second > 9 {
				return n, pos
			}
			size, line = int(first*10+second), 5
		} else if first > 9 {
			return n, pos
		}
		if size > len(h)-line-2 {
			return n, pos
		}
		into[n] = h[line : line+size : line+size]
		pos += line + size + 2
	}
	return len(into), pos
}

// fastDigits bounds what headerNumber reads; longer numbers are the scanner's.
const fastDigits = 9

// headerNumber reads the number in the line at the start of b, behind its type
// byte, and returns it with the length of the line. The length is 0 when the
// number is not a plain one of at most fastDigits digits or the line is not
// there whole.
func headerNumber(b []byte) (n, line int) {
	if len(b) < 4 || b[1] == '0' && b[2] != '\r' {
		return 0, 0
	}
	for i := 1; i < len(b)-1 && i <= fastDigits+1; i++ {
		d := b[i] - '0'
		if d > 9 {
			if b[i] != '\r' || i == 1 {
				return 0, 0
			}
			return n, i + 2
		}
		n = n*10 + int(d)
	}
	return 0, 0
}
