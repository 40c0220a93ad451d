package netpoll

import "golang.org/x/sys/unix"

const (
	keepIdle = unix.TCP_KEEPIDLE
	// inheritsOptions is false where nothing promises that an accepted
	// connection has the options of its listener.
	inheritsOptions = false
)

func setMark(fd int, mark uint32) error {
	return setInt(fd, unix.SOL_SOCKET, unix.SO_USER_COOKIE, int(mark))
}
