package netpoll

import "golang.org/x/sys/unix"

const (
	keepIdle = unix.TCP_KEEPIDLE
	// inheritsOptions: an accepted connection has TCP_NODELAY and the keepalive
	// settings of its listener, which saves five calls an accept.
	inheritsOptions = true
)

func setMark(fd int, mark uint32) error {
	return setInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(mark))
}
