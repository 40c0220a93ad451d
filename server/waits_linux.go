package server

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

// cpuWaits tells how long the executor's thread was ready to run and had no
// processor: others had it, or the control group had used up its share.
type cpuWaits struct {
	fd     int
	opened bool
	total  int64 // at the last look, ns
	buf    [128]byte
}

// since returns the ns waited since the last call, 0 where the kernel does not
// tell. Only the executor's thread calls it.
func (w *cpuWaits) since() int64 {
	first := !w.opened
	if first {
		w.opened = true
		fd, err := unix.Open("/proc/thread-self/schedstat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			fd = -1
		}
		w.fd = fd
	}
	if w.fd < 0 {
		return 0
	}
	// Running time, waiting time and slices, proc_schedstat(5).
	n, err := unix.Pread(w.fd, w.buf[:], 0)
	if err != nil || n <= 0 {
		return 0
	}
	_, rest, _ := bytes.Cut(w.buf[:n], []byte(" "))
	field, _, _ := bytes.Cut(rest, []byte(" "))
	total, err := strconv.ParseInt(string(field), 10, 64)
	if err != nil {
		return 0
	}
	waited := total - w.total
	w.total = total
	if first {
		return 0
	}
	return max(waited, 0)
}

func (w *cpuWaits) close() {
	if w.opened && w.fd >= 0 {
		unix.Close(w.fd)
	}
	*w = cpuWaits{}
}
