//go:build dragonfly || freebsd || linux

package netpoll

import "golang.org/x/sys/unix"

// vecMax is how many pieces one system call takes (IOV_MAX on all systems here).
const vecMax = 1024

// Vec gathers pieces of memory for one Writev. The zero value is empty; a Vec
// is meant to be reused, one per reactor, and then allocates nothing. It keeps
// the memory of its pieces alive until Reset.
type Vec struct {
	iov  []unix.Iovec
	size int
}

// Reset empties v and lets go of the pieces.
func (v *Vec) Reset() {
	clear(v.iov)
	v.iov, v.size = v.iov[:0], 0
}

// Add appends b, which stays the caller's and must not change before the write.
func (v *Vec) Add(b []byte) {
	if len(b) == 0 {
		return
	}
	iov := unix.Iovec{Base: &b[0]}
	iov.SetLen(len(b))
	v.iov = append(v.iov, iov)
	v.size += len(b)
}

// Len returns the number of pieces.
func (v *Vec) Len() int { return len(v.iov) }

// Size returns the number of bytes in all pieces.
func (v *Vec) Size() int { return v.size }

// Write writes the pieces in order, in as many calls as their number asks for,
// and returns how many bytes the system took. Fewer than Size means that the
// send buffer is full and that an event follows when it has room; ErrAgain
// means that it took none. An error after some bytes were taken is not
// reported: the next write meets it again. v itself is not changed.
func (v *Vec) Write(fd int) (int, error) {
	written := 0
	for rest := v.iov; len(rest) > 0; {
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
		if len(rest) > 0 && n < sizeOf(part) {
			break
		}
	}
	return written, nil
}

func sizeOf(iov []unix.Iovec) int {
	size := 0
	for i := range iov {
		size += int(iov[i].Len)
	}
	return size
}
