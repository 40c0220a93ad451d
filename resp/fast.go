package resp

import "slices"

// bulkMin is the shortest bulk on the wire, "$0\r\n\r\n".
const bulkMin = 6

// fast appends commands from the start of in as long as they are arrays of
// bulks that are there whole, max at most, and returns the bytes they take. It
// stops without a trace at anything else and leaves the judgement to the
// scanner, so it may refuse but never accept what the scanner would not.
//
// It is written for a pipeline of small commands: counts and lengths of one and
// two digits are read without a loop, and the batch's slices stay in registers
// from command to command. Like Redis it looks at the CR of a line and takes
// the byte behind it for an LF, and does not look at the two bytes behind a
// bulk.
func fast(in []byte, out *Commands, max int, lim *Limits) (consumed int) {
	if lim.maxBulk() < 99 {
		return 0 // lengths of two digits are not compared with the limit
	}
	args, ends := out.Args, out.Ends
	for ; max > 0; max-- {
		b := in[consumed:]
		if len(b) < 4+bulkMin || b[0] != '*' {
			break
		}
		argc, pos := int(b[1]-'0'), 4
		if b[2] != '\r' || argc > 9 {
			if argc, pos = headerNumber(b); pos == 0 {
				break
			}
			if argc > unauthArgsMax && lim.Unauthenticated {
				break
			}
		}
		// A bulk takes bulkMin bytes: room is made for arguments that can be there
		// only, whatever the count says.
		if argc == 0 || argc > (len(b)-pos)/bulkMin {
			break
		}
		base := len(args)
		if cap(args)-base < argc {
			args = slices.Grow(args, argc)
		}
		into := args[base : base+argc]
		for i := range into {
			h := b[pos:]
			if len(h) < bulkMin || h[0] != '$' {
				pos = 0
				break
			}
			size, skip := int(h[1]-'0'), 4
			if h[2] != '\r' || size > 9 {
				if second := int(h[2] - '0'); h[3] == '\r' && second <= 9 && size-1 < 9 && size > 0 {
					size, skip = size*10+second, 5
				} else if size, skip = bulkNumber(h, lim); skip == 0 {
					pos = 0
					break
				}
			}
			if size > len(h)-skip-2 {
				pos = 0
				break
			}
			into[i] = h[skip : skip+size : skip+size]
			pos += skip + size + 2
		}
		if pos == 0 {
			break
		}
		args = args[:base+argc]
		ends = append(ends, int32(len(args)))
		consumed += pos
	}
	out.Args, out.Ends = args, ends
	return consumed
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

// bulkNumber is headerNumber for the length of a bulk, which is limited.
func bulkNumber(h []byte, lim *Limits) (size, line int) {
	size, line = headerNumber(h)
	if int64(size) > lim.maxBulk() || size > unauthBulkMax && lim.Unauthenticated {
		return 0, 0
	}
	return size, line
}
