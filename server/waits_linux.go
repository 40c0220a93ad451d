package server

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"

	"basalt/internal/ticks"
)

// cpuWaits tells how long the executor's thread was ready to run and had no
// processor: others had it, or the control group had used up its share. Only that
// thread uses it.
type cpuWaits struct {
	fd       int
	opened   bool
	lastTick int64 // of the last look, 0 if there was none
	total    int64 // ns waited by then
	buf      [128]byte
}

// mark is called at the tick at which a round of the loop begins. It looks once a
// millisecond: then what is waited in a pause is hardly mistaken for what was
// waited before.
func (w *cpuWaits) mark(tick int64) {
	if ticks.Nanos(tick-w.lastTick) >= stallNanos {
		w.look()
	}
}

// in returns how much of the last nanos was certainly waited, 0 where the kernel
// does not tell.
func (w *cpuWaits) in(nanos int64) int64 {
	before, last := w.total, w.lastTick
	if w.look(); last == 0 || w.lastTick == 0 {
		return 0
	}
	earlier := max(ticks.Nanos(w.lastTick-last)-nanos, 0)
	return min(max(w.total-before-earlier, 0), nanos)
}

func (w *cpuWaits) look() {
	if !w.opened {
		w.opened = true
		fd, err := unix.Open("/proc/thread-self/schedstat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			fd = -1
		}
		w.fd = fd
	}
	w.lastTick = 0
	if w.fd < 0 {
		return
	}
	// Running time, waiting time and slices, proc_schedstat(5).
	n, err := unix.Pread(w.fd, w.buf[:], 0)
	if err != nil || n <= 0 {
		return
	}
	_, rest, _ := bytes.Cut(w.buf[:n], []byte(" "))
	field, _, _ := bytes.Cut(rest, []byte(" "))
	if total, err := strconv.ParseInt(string(field), 10, 64); err == nil {
		w.total, w.lastTick = total, ticks.Now()
	}
}

func (w *cpuWaits) close() {
	if w.opened && w.fd >= 0 {
		unix.Close(w.fd)
	}
	*w = cpuWaits{}
}
