package netpoll

import (
	"io"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Reading and writing use the socket calls, not read and write: measured on a
// loopback connection they cost the same or less (recv 524 ns against 566, send
// 2.94 µs against 3.08, sendmsg 3.10 against writev 3.19), and a peer that is
// gone costs no SIGPIPE, which the runtime would swallow at 150 ns a piece.

// Read reads what is there into b, which must not be empty. It returns at least
// one byte or an error: io.EOF when the peer sends no more, ErrAgain when
// nothing is there, or the system's error. It never blocks, so it is a raw call
// that keeps the processor.
func Read(fd int, b []byte) (int, error) {
	if len(b) == 0 {
		panic("BUG: netpoll: Read into an empty buffer")
	}
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
			unix.MSG_DONTWAIT, 0, 0)
		if e == 0 {
			if n == 0 {
				return 0, io.EOF
			}
			return int(n), nil
		}
		if e == unix.EAGAIN {
			return 0, ErrAgain
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

// Write writes the start of b and returns how many bytes the system took. Fewer
// than len(b) means that the send buffer is full and that an event follows when
// it has room; ErrAgain means that it took none. It never blocks and raises no
// signal when the peer is gone.
func Write(fd int, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
		if e == 0 {
			return int(n), nil
		}
		if e == unix.EAGAIN {
			return 0, ErrAgain
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

// writev is writev(2) without the signal. iov is at most vecMax long.
func writev(fd int, iov []unix.Iovec) (int, error) {
	message := unix.Msghdr{Iov: &iov[0]}
	message.SetIovlen(len(iov))
	for {
		n, _, e := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)),
			unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
		if e == 0 {
			return int(n), nil
		}
		if e == unix.EAGAIN {
			return 0, ErrAgain
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

// Close closes fd, which ends its registration with a poller. It is not retried:
// the descriptor is gone even when a signal came between.
func Close(fd int) error {
	_, _, e := syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	if e != 0 && e != unix.EINTR {
		return e
	}
	return nil
}

// PeerClosed reports whether the peer sends no more or the connection is dead,
// without reading: bytes that were received before do not hide it.
func PeerClosed(fd int) bool {
	pfd := unix.PollFd{Fd: int32(fd), Events: unix.POLLRDHUP}
	var zero unix.Timespec
	for {
		// ppoll, since arm64 has no poll.
		_, _, e := syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&pfd)), 1,
			uintptr(unsafe.Pointer(&zero)), 0, 0, 0)
		if e == 0 {
			return pfd.Revents != 0
		}
		if e != unix.EINTR {
			return true
		}
	}
}
