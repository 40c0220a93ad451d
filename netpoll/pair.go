package netpoll

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Pair opens two sockets that are connected to each other, non-blocking and
// closed on exec, and stores them in ends, which become the caller's. Read, Write
// and a Poller take them; a pipe they would not.
func Pair(ends *[2]int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return os.NewSyscallError("socketpair", err)
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			unix.Close(fds[0])
			unix.Close(fds[1])
			return os.NewSyscallError("fcntl", err)
		}
	}
	*ends = fds
	return nil
}
