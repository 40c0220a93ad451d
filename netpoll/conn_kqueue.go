//go:build darwin || dragonfly || freebsd

package netpoll

import (
	"io"

	"golang.org/x/sys/unix"
)

// Read reads what is there into b, which must not be empty. It returns at least
// one byte or an error: io.EOF when the peer sends no more, ErrAgain when
// nothing is there, or the system's error. It never blocks. (These systems
// promise their interface at the C library, not at the system call, so there is
// no raw form.)
func Read(fd int, b []byte) (int, error) {
	if len(b) == 0 {
		panic("BUG: netpoll: Read into an empty buffer")
	}
	for {
		n, err := unix.Read(fd, b)
		switch {
		case n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case err == unix.EAGAIN:
			return 0, ErrAgain
		case err != unix.EINTR:
			return 0, err
		}
	}
}

// Write writes the start of b and returns how many bytes the system took. Fewer
// than len(b) means that the send buffer is full and that an event follows when
// it has room; ErrAgain means that it took none. It never blocks, and a peer
// that is gone gives EPIPE: the runtime swallows the signal.
func Write(fd int, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		n, err := unix.Write(fd, b)
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

// Close closes fd, which ends its registration with a poller. It is not retried:
// the descriptor is gone even when a signal came between.
func Close(fd int) error {
	err := unix.Close(fd)
	if err == unix.EINTR {
		return nil
	}
	return err
}

// PeerClosed reports whether the peer sends no more or the connection is dead,
// without reading. Received bytes that nobody read yet hide it here.
func PeerClosed(fd int) bool {
	var b [1]byte
	n, _, err := unix.Recvfrom(fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if err != nil {
		return err != unix.EAGAIN && err != unix.EINTR
	}
	return n == 0
}
