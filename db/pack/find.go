package pack

import "encoding/binary"

// findShort is Find for a string of up to 63 bytes. Most elements of a pack are
// as short, and many of one length with the one looked for, so its last eight
// bytes, in which names tend to differ, are compared as a word first: a call for
// each element would cost more than the rest. The way to the next element is
// then known from n, and the processor need not wait for the byte that it
// predicts.
func (p Pack) findShort(at int, want []byte, skip int) int {
	n, end := len(want), len(p)-1
	mark := 0x80 | byte(n)
	// The word is that of the bytes from off on, of which mask are compared.
	off, word, mask := 1, uint64(0), ^uint64(0)
	if n >= 8 {
		off = n - 7
		word = binary.LittleEndian.Uint64(want[n-8:])
	} else {
		for i, c := range want {
			word |= uint64(c) << (8 * i)
		}
		mask = 1<<(8*n) - 1
	}
	for at < end {
		c := p[at]
		if c == mark {
			if at+off+8 > len(p) || binary.LittleEndian.Uint64(p[at+off:])&mask == word {
				if string(p[at+1:at+1+n]) == string(want) {
					return at
				}
			}
			at += n + 2
		} else {
			at = p.step(at, c)
		}
		for i := skip; i > 0 && at < end; i-- {
			at = p.step(at, p[at])
		}
	}
	return -1
}

// step is Next for an element whose first byte is c.
func (p Pack) step(at int, c byte) int {
	switch {
	case c < 0x80:
		return at + 2
	case c < enc13Bit:
		return at + 2 + int(c&0x3f)
	}
	return p.Next(at)
}
