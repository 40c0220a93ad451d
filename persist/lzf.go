package persist

import (
	"encoding/binary"
	"errors"
)

// LZF is the compression of strings in RDB files (Marc Lehmann's liblzf): a
// sequence of
//
//	000lllll data                       l+1 bytes as they are
//	lllooooo oooooooo                   l+2 bytes from o+1 bytes back, l from 1 to 6
//	111ooooo llllllll oooooooo          l+9 bytes from o+1 bytes back
const (
	lzfLiteralMax = 32
	lzfMatchMax   = 264
	lzfWindow     = 8192
	lzfHashBits   = 13
)

// lzf is the memory of a compressor: where each hash of three bytes was seen
// last. Positions count on from string to string, so that nothing has to be
// cleared between them.
type lzf struct {
	seen [1 << lzfHashBits]uint32
	base uint32
}

func lzfHash(v uint32) uint32 { return v << 8 * 2654435761 >> (32 - lzfHashBits) }

// lzfPatience is how many bytes without a repetition make the search step wider by one:
// what does not compress is given up sooner, and what begins badly costs a few
// bytes.
const lzfPatience = 5 // as a shift

// compress appends the compressed form of src to dst if that takes at most
// limit bytes; otherwise it returns dst and false.
func (z *lzf) compress(dst, src []byte, limit int) ([]byte, bool) {
	if z.base > 1<<31 || len(src) > 1<<30 {
		*z = lzf{}
	}
	// Positions are above every older one by more than the window.
	base := z.base + lzfWindow + 1
	z.base = base + uint32(len(src))
	start := len(dst)
	literal := 0
	for i := 0; i+4 <= len(src); {
		// Three bytes of four that are loaded at once are compared.
		v := binary.LittleEndian.Uint32(src[i:])
		seen := &z.seen[lzfHash(v)&(1<<lzfHashBits-1)]
		back := base + uint32(i) - *seen
		*seen = base + uint32(i)
		if back > lzfWindow || (binary.LittleEndian.Uint32(src[i-int(back):])^v)<<8 != 0 {
			i += 1 + (i-literal)>>lzfPatience
			if i-literal > limit {
				return dst[:start], false
			}
			continue
		}
		n := 3
		for most := min(len(src)-i, lzfMatchMax); n < most && src[i+n] == src[i+n-int(back)]; n++ {
		}
		dst = lzfMatch(lzfLiterals(dst, src[literal:i]), n, int(back)-1)
		if len(dst)-start > limit {
			return dst[:start], false
		}
		end := i + n
		for i++; i < end && i+4 <= len(src); i++ {
			z.seen[lzfHash(binary.LittleEndian.Uint32(src[i:]))&(1<<lzfHashBits-1)] = base + uint32(i)
		}
		i, literal = end, end
	}
	if len(dst)-start+len(src)-literal >= limit { // the heads of literals take a byte more at least
		if literal < len(src) {
			return dst[:start], false
		}
	}
	if dst = lzfLiterals(dst, src[literal:]); len(dst)-start > limit {
		return dst[:start], false
	}
	return dst, true
}

// lzfMatch appends the repetition of n bytes that begin o+1 bytes back.
func lzfMatch(dst []byte, n, o int) []byte {
	if n < 9 {
		return append(dst, byte(n-2)<<5|byte(o>>8), byte(o))
	}
	return append(dst, 7<<5|byte(o>>8), byte(n-9), byte(o))
}

func lzfLiterals(dst, b []byte) []byte {
	for len(b) > 0 {
		n := min(len(b), lzfLiteralMax)
		dst = append(append(dst, byte(n-1)), b[:n]...)
		b = b[n:]
	}
	return dst
}

var errLZF = errors.New("damaged LZF string")

// lzfDecompress appends the size bytes that src stands for to dst.
func lzfDecompress(dst, src []byte, size int) ([]byte, error) {
	start := len(dst)
	for len(src) > 0 {
		c := int(src[0])
		src = src[1:]
		if c < lzfLiteralMax {
			if c+1 > len(src) || len(dst)-start+c+1 > size {
				return nil, errLZF
			}
			dst = append(dst, src[:c+1]...)
			src = src[c+1:]
			continue
		}
		n := c >> 5
		if n == 7 {
			if len(src) == 0 {
				return nil, errLZF
			}
			n += int(src[0])
			src = src[1:]
		}
		if len(src) == 0 {
			return nil, errLZF
		}
		n += 2
		back := (c&0x1f)<<8 | int(src[0]) + 1
		src = src[1:]
		from := len(dst) - back
		if from < start || len(dst)-start+n > size {
			return nil, errLZF
		}
		if back >= n {
			dst = append(dst, dst[from:from+n]...)
			continue
		}
		for i := range n { // it repeats itself
			dst = append(dst, dst[from+i])
		}
	}
	if len(dst)-start != size {
		return nil, errLZF
	}
	return dst, nil
}

// lzfBound is the most bytes that n compressed ones can stand for: what claims
// more is damaged, and nothing is allocated for it.
func lzfBound(n int) int { return n/3*lzfMatchMax + 2*lzfMatchMax }
