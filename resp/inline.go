package resp

import "bytes"

// scanInline goes on with an inline command: words on a line. Its end is an LF,
// with a CR before it or not. As in scanLine, a NUL byte hides what follows it,
// because Redis looks for the LF with strchr.
func (p *Parser) scanInline(in []byte, out *Commands, lim *Limits) (consumed int, more bool) {
	end := p.findLF(in)
	if end < 0 {
		if len(in) > lineMax {
			return p.fail(errInlineLong)
		}
		return p.wait(in, lim, nil)
	}
	line := in[:end]
	if end > 0 && in[end-1] == '\r' {
		line = in[:end-1]
	}
	if !splitInline(line, out) {
		return p.fail(errQuotes)
	}
	p.reset()
	return end + 1, true
}

// findLF returns the offset of the LF that ends the line, or -1. It leaves
// p.next where the search goes on: behind what was searched, or at a NUL byte.
func (p *Parser) findLF(in []byte) int {
	seen := in[p.next:min(len(in), lineMax+1)]
	if len(seen) > 0 && seen[0] == 0 {
		return -1
	}
	lf := bytes.IndexByte(seen, '\n')
	if lf >= 0 {
		seen = seen[:lf]
	}
	if nul := bytes.IndexByte(seen, 0); nul >= 0 {
		p.next += nul
		return -1
	}
	p.next += len(seen)
	if lf < 0 {
		return -1
	}
	return p.next
}

// splitInline appends the words of line as a command, or nothing when there are
// none. It reports false, and appends nothing, for quotes that are not closed or
// not followed by a space. Quoted words are decoded where they stand, which
// they never outgrow.
func splitInline(line []byte, out *Commands) bool {
	first := len(out.Args)
	for i := 0; ; {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			break
		}
		word, rest, ok := inlineWord(line[i:])
		if !ok {
			out.Args = out.Args[:first]
			return false
		}
		out.Args = append(out.Args, word)
		i = len(line) - len(rest)
	}
	if len(out.Args) > first {
		out.Ends = append(out.Ends, int32(len(out.Args)))
	}
	return true
}

// isSpace is C's isspace: what may stand before words and behind a closing
// quote.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// inlineWord takes one word from the start of line, which is no space. A word
// is plain bytes with quoted runs among them; a quoted run ends the word. Plain
// bytes end at a space, but not at a vertical tab or form feed, as in Redis.
func inlineWord(line []byte) (word, rest []byte, ok bool) {
	n := 0 // bytes of the word, decoded to the start of line
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t', '\r', '\n':
			return line[:n:n], line[i+1:], true
		case '"', '\'':
			size, used := unquote(line[n:], line[i+1:], c)
			i += 1 + used
			if used == 0 || i < len(line) && !isSpace(line[i]) {
				return nil, nil, false
			}
			n += size
			return line[:n:n], line[i:], true
		default:
			line[n] = c
			n++
		}
	}
	return line[:n:n], nil, true
}

// unquote decodes a quoted run, given without its opening quote, to dst, which
// may begin before src in the same memory. It returns the bytes written and the
// bytes read, the closing quote included; 0 read says that there is none.
func unquote(dst, src []byte, quote byte) (size, used int) {
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case c == quote:
			return size, i + 1
		case c == '\\' && quote == '\'' && i+1 < len(src) && src[i+1] == '\'':
			i++
			c = '\''
		case c == '\\' && quote == '"' && i+1 < len(src):
			if i+3 < len(src) && src[i+1] == 'x' && isHex(src[i+2]) && isHex(src[i+3]) {
				c = hexValue(src[i+2])<<4 | hexValue(src[i+3])
				i += 3
			} else {
				i++
				c = unescape(src[i])
			}
		}
		dst[size] = c
		size++
	}
	return 0, 0
}

// unescape is what a backslash and c stand for between double quotes.
func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// hexValue is the value of a hexadecimal digit.
func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
