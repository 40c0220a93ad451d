//go:build darwin || dragonfly || freebsd

package netpoll

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// BacklogMax returns the system's cap on how many connections may wait to be
// accepted, or 0 if it is unknown. A larger ListenOptions.Backlog is cut to it
// without notice.
func BacklogMax() int {
	name := "kern.ipc.somaxconn"
	if runtime.GOOS == "freebsd" {
		name = "kern.ipc.soacceptqueue"
	}
	n, err := unix.SysctlUint32(name)
	if err != nil {
		return 0
	}
	return int(n)
}
