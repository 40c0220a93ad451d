package persist

import "strings"

// The words of a manifest's line are quoted as in Redis's configuration file.

const hexDigits = "0123456789abcdef"

// needsQuotes says whether a name has characters that do not stand for
// themselves.
func needsQuotes(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '\\' || c == '"' || c == '\'' {
			return true
		}
	}
	return s == ""
}

// appendQuoted appends a name in double quotes.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		c := s[i]
		if at := strings.IndexByte("\n\r\t\a\b", c); at >= 0 {
			b = append(b, '\\', "nrtab"[at])
		} else if c == '\\' || c == '"' {
			b = append(b, '\\', c)
		} else if c < ' ' || c >= 0x7f {
			b = append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// splitWords splits a line at blanks outside quotes. If a quote does not end, or
// something follows it without a blank, wrong is the line from that word on.
func splitWords(line string) (words []string, wrong string) {
	for {
		line = strings.TrimLeft(line, " \t\r\n\v\f")
		if line == "" {
			return words, ""
		}
		var word []byte
		from := line
		for line != "" && !isBlank(line[0]) {
			var ok bool
			switch line[0] {
			case '"':
				word, line, ok = doubleQuoted(word, line[1:])
			case '\'':
				word, line, ok = singleQuoted(word, line[1:])
			default:
				word, line, ok = append(word, line[0]), line[1:], true
			}
			if !ok {
				return nil, from
			}
		}
		words = append(words, string(word))
	}
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// doubleQuoted appends what stands up to the closing quote and returns what
// follows it.
func doubleQuoted(word []byte, s string) ([]byte, string, bool) {
	for s != "" {
		c := s[0]
		switch {
		case c == '"':
			return word, s[1:], len(s) == 1 || isBlank(s[1])
		case c == '\\' && len(s) >= 4 && s[1] == 'x' && isHex(s[2]) && isHex(s[3]):
			word, s = append(word, unhex(s[2])<<4|unhex(s[3])), s[4:]
		case c == '\\' && len(s) >= 2:
			c = s[1]
			if at := strings.IndexByte("nrtab", c); at >= 0 {
				c = "\n\r\t\a\b"[at]
			}
			word, s = append(word, c), s[2:]
		default:
			word, s = append(word, c), s[1:]
		}
	}
	return word, s, false
}

func singleQuoted(word []byte, s string) ([]byte, string, bool) {
	for s != "" {
		switch {
		case s[0] == '\'':
			return word, s[1:], len(s) == 1 || isBlank(s[1])
		case strings.HasPrefix(s, `\'`):
			word, s = append(word, '\''), s[2:]
		default:
			word, s = append(word, s[0]), s[1:]
		}
	}
	return word, s, false
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
