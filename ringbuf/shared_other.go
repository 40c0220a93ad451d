//go:build !linux

package ringbuf

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// memoryFile returns the descriptor of n bytes of memory that can be mapped,
// closed on exec: a file without a name.
func memoryFile(n int) (int, error) { return temporary(n) }

func newBell() (bell, error) {
	// The lock keeps a process that is being started from inheriting them.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return noBell, os.NewSyscallError("pipe", err)
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		_ = unix.SetNonblock(fd, true)
	}
	return bell{p[0], p[1]}, nil
}

func writeBell(fd int, b *[8]byte) error {
	_, err := unix.Write(fd, b[:])
	return err
}
