//go:build darwin || dragonfly || freebsd

package netpoll

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// acceptSocket takes one queued connection, non-blocking and closed on exec.
// The lock keeps a child process from being started between accept and the
// setting of close-on-exec: not all of these systems have accept4.
func acceptSocket(listener int) (int, Addr, error) {
	syscall.ForkLock.RLock()
	fd, sa, err := unix.Accept(listener)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, Addr{}, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, Addr{}, unix.ECONNABORTED
	}
	return fd, addrOf(sa), nil
}
