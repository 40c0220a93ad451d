package harness

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
)

// errFrame is returned for bytes that are not RESP.
var errFrame = errors.New("not a RESP reply")

// depthMax bounds the nesting of a reply.
const depthMax = 32

// AppendFrame reads one whole reply from r and appends its bytes to dst exactly
// as they came. An attribute is part of the reply it stands before.
func AppendFrame(dst []byte, r *bufio.Reader) ([]byte, error) { return appendFrame(dst, r, 0) }

func appendFrame(dst []byte, r *bufio.Reader, depth int) ([]byte, error) {
	if depth > depthMax {
		return dst, fmt.Errorf("%w: nested too deep", errFrame)
	}
	start := len(dst)
	for {
		part, err := r.ReadSlice('\n')
		dst = append(dst, part...)
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return dst, err
		}
	}
	line := dst[start:]
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return dst, fmt.Errorf("%w: line %q", errFrame, line)
	}
	kind, head := line[0], string(line[1:len(line)-2])
	switch kind {
	case '+', '-', ':', ',', '#', '(', '_':
		return dst, nil
	case '$', '=', '!', '*', '%', '~', '>', '|':
		n, err := strconv.Atoi(head)
		if err != nil || n < -1 {
			return dst, fmt.Errorf("%w: length %q", errFrame, line)
		}
		return appendBody(dst, r, kind, n, depth)
	}
	return dst, fmt.Errorf("%w: line %q", errFrame, line)
}

// appendBody appends what follows a header that announced n bytes or elements.
func appendBody(dst []byte, r *bufio.Reader, kind byte, n, depth int) ([]byte, error) {
	if n < 0 {
		return dst, nil
	}
	switch kind {
	case '$', '=', '!':
		at := len(dst)
		dst = append(dst, make([]byte, n+2)...)
		if err := readFull(r, dst[at:]); err != nil {
			return dst[:at], err
		}
		if dst[len(dst)-2] != '\r' || dst[len(dst)-1] != '\n' {
			return dst, fmt.Errorf("%w: bulk of %d bytes does not end in a line break", errFrame, n)
		}
		return dst, nil
	case '%', '|':
		n *= 2
	}
	if kind == '|' {
		n++ // the reply itself comes after the attribute
	}
	for range n {
		var err error
		if dst, err = appendFrame(dst, r, depth+1); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func readFull(r *bufio.Reader, b []byte) error {
	for len(b) > 0 {
		n, err := r.Read(b)
		b = b[n:]
		if err != nil {
			return err
		}
	}
	return nil
}
