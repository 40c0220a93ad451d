package main

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// cpuClockSched is CPUCLOCK_SCHED of linux/posix-timers.h: the clock that ticks
// while any thread of the process runs, in user or kernel mode.
const cpuClockSched = 2

// exactCPUTime reads the processor time clock of another process, as
// clock_getcpuclockid(3) names it. It is the sum of utime and stime of
// /proc/PID/stat, in nanoseconds where they are in hundredths of a second, so
// that a run may be short.
func exactCPUTime(pid int) (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|cpuClockSched), &t); err != nil {
		return 0, fmt.Errorf("processor time clock of %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}
