package netpoll

import "golang.org/x/sys/unix"

// vecMax is how many pieces one system call takes.
const vecMax = 1024

// Vec gathers pieces of memory for one Writev. The zero value is empty; a Vec
// is meant to be reused, one per reactor. It keeps the memory of its pieces
// alive until Reset.
type Vec struct {
	pieces [][]byte
	size   int
}

// Reset empties v and lets go of the pieces.
func (v *Vec) Reset() {
	clear(v.pieces)
	v.pieces, v.size = v.pieces[:0], 0
}

// Add appends b, which stays the caller's and must not change before the write.
func (v *Vec) Add(b []byte) {
	if len(b) > 0 {
		v.pieces = append(v.pieces, b)
		v.size += len(b)
	}
}

// Len returns the number of pieces.
func (v *Vec) Len() int { return len(v.pieces) }

// Size returns the number of bytes in all pieces.
func (v *Vec) Size() int { return v.size }

// Write writes the pieces in order, in as many calls as their number asks for,
// and returns how many bytes the system took. Fewer than Size means that the
// send buffer is full and that an event follows when it has room; ErrAgain
// means that it took none. An error after some bytes were taken is not
// reported: the next write meets it again. v itself is not changed.
func (v *Vec) Write(fd int) (int, error) {
	written := 0
	for rest := v.pieces; len(rest) > 0; {
		part := rest[:min(len(rest), vecMax)]
		rest = rest[len(part):]
		n, err := writev(fd, part)
		written += n
		if err != nil {
			if written > 0 {
				return written, nil
			}
			return 0, err
		}
		size := 0
		for _, b := range part {
			size += len(b)
		}
		if n < size {
			break
		}
	}
	return written, nil
}

func writev(fd int, pieces [][]byte) (int, error) {
	for {
		n, err := unix.Writev(fd, pieces)
		switch {
		case err == nil:
			return n, nil
		case err == unix.EAGAIN:
			return 0, ErrAgain
		case err != unix.EINTR:
			return 0, err
		}
	}
}
