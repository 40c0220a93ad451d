package ringbuf

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memoryFile returns the descriptor of n bytes of memory that can be mapped,
// closed on exec. Where the kernel has no memfd, or forbids it, it is a file
// without a name.
func memoryFile(n int) (int, error) {
	fd, err := unix.MemfdCreate("basalt-ring", unix.MFD_CLOEXEC)
	if err != nil {
		return temporary(n)
	}
	if err := unix.Ftruncate(fd, int64(n)); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("ftruncate", err)
	}
	return fd, nil
}

func newBell() (bell, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return noBell, os.NewSyscallError("eventfd", err)
	}
	return bell{fd, fd}, nil
}

// writeBell does not tell the Go scheduler: the descriptor never blocks, and the
// child that wakes may take the processor, whereupon the scheduler would let
// others run in the executor's place and the executor wait for them.
func writeBell(fd int, b *[8]byte) error {
	_, _, e := syscall.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(b)), uintptr(len(b)))
	if e != 0 {
		return e
	}
	return nil
}
