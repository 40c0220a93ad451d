package netpoll

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Pipe opens a pipe, non-blocking and closed on exec, and stores its reading
// and its writing end, in this order, which become the caller's.
func Pipe(ends *[2]int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(ends[:]); err != nil {
		return os.NewSyscallError("pipe", err)
	}
	for _, fd := range ends {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			unix.Close(ends[0])
			unix.Close(ends[1])
			return os.NewSyscallError("fcntl", err)
		}
	}
	return nil
}
