//go:build darwin || dragonfly || freebsd || linux

package netpoll

import (
	"os"

	"golang.org/x/sys/unix"
)

// SetNoDelay switches Nagle's algorithm off (on is true) or on. A Unix socket
// has none and the error says so.
func SetNoDelay(fd int, on bool) error {
	value := 0
	if on {
		value = 1
	}
	return setInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, value)
}

// SetKeepAlive makes the system probe an idle connection after so many seconds,
// then every third of them, and drop it after three probes without an answer.
// Zero switches probing off; more than the system takes is the most that it does.
func SetKeepAlive(fd int, seconds int) error {
	seconds = min(seconds, keepAliveMax)
	if seconds <= 0 {
		return setInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 0)
	}
	if err := setInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1); err != nil {
		return err
	}
	if err := setInt(fd, unix.IPPROTO_TCP, keepIdle, seconds); err != nil {
		return err
	}
	if err := setInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, max(seconds/3, 1)); err != nil {
		return err
	}
	return setInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3)
}

// keepAliveMax is what Linux takes at most, in seconds. Redis takes more and has no
// probing then.
const keepAliveMax = 1<<15 - 1

func setInt(fd, level, option, value int) error {
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(fd, level, option, value))
}
