package netpoll

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	keepIdle = unix.TCP_KEEPALIVE
	// inheritsOptions is false where nothing promises that an accepted
	// connection has the options of its listener.
	inheritsOptions = false
)

func setMark(int, uint32) error {
	return os.NewSyscallError("setsockopt", unix.ENOPROTOOPT)
}
