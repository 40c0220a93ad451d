package config

import "strings"

const hexDigits = "0123456789abcdef"

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// splitLine cuts a line into words. Words are separated by space; a word or part
// of it may stand in double quotes, where \n, \r, \t, \b, \a, \xHH and \ before
// any other character are understood, or in single quotes, where only \' is.
// A closing quote must be followed by space. It returns false for unbalanced
// quotes.
func splitLine(line string) (words []string, ok bool) {
	for {
		for line != "" && isSpace(line[0]) {
			line = line[1:]
		}
		if line == "" {
			return words, true
		}
		word, rest, ok := nextWord(line)
		if !ok {
			return nil, false
		}
		words = append(words, word)
		line = rest
	}
}

// nextWord reads the word at the start of s, which is no space.
func nextWord(s string) (word, rest string, ok bool) {
	var b []byte
	i := 0
	for i < len(s) && !isSpace(s[i]) {
		if s[i] != '"' && s[i] != '\'' {
			b = append(b, s[i])
			i++
			continue
		}
		n := 0
		if s[i] == '"' {
			b, n = appendDoubleQuoted(b, s[i+1:])
		} else {
			b, n = appendSingleQuoted(b, s[i+1:])
		}
		i += 1 + n
		if n == 0 || i < len(s) && !isSpace(s[i]) {
			return "", "", false
		}
	}
	return string(b), s[i:], true
}

// appendDoubleQuoted appends the text up to the closing quote and returns how
// many bytes it took with the quote, 0 if there is none.
func appendDoubleQuoted(b []byte, s string) ([]byte, int) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b, i + 1
		case s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' && isHex(s[i+2]) && isHex(s[i+3]):
			b = append(b, hexValue(s[i+2])<<4|hexValue(s[i+3]))
			i += 3
		case s[i] == '\\' && i+1 < len(s):
			i++
			b = append(b, unescape(s[i]))
		default:
			b = append(b, s[i])
		}
	}
	return b, 0
}

func appendSingleQuoted(b []byte, s string) ([]byte, int) {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'':
			return b, i + 1
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '\'':
			i++
			b = append(b, '\'')
		default:
			b = append(b, s[i])
		}
	}
	return b, 0
}

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

func isHex(c byte) bool { return strings.IndexByte(hexDigits, c|0x20) >= 0 }

func hexValue(c byte) byte { return byte(strings.IndexByte(hexDigits, c|0x20)) }

// quote writes s in double quotes so that splitLine reads it back.
func quote(s string) string {
	b := []byte{'"'}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\b':
			b = append(b, '\\', 'b')
		case '\a':
			b = append(b, '\\', 'a')
		default:
			if c >= ' ' && c <= '~' {
				b = append(b, c)
			} else {
				b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			}
		}
	}
	return string(append(b, '"'))
}
