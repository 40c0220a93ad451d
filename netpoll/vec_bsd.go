//go:build dragonfly || freebsd

package netpoll

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// writev writes at most vecMax pieces. x/sys has no function for it here.
func writev(fd int, iov []unix.Iovec) (int, error) {
	for {
		n, _, e := syscall.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
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
