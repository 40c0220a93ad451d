package server

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// residentBytes is the resident memory of the process.
func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// systemBytes is the memory of the machine.
func systemBytes() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int64(uint64(info.Totalram) * uint64(info.Unit))
}

// currentThread is the number of the calling thread.
func currentThread() int64 { return int64(unix.Gettid()) }

// threadTime is the CPU time that a thread of the process has used. Any thread.
func threadTime(thread int64) time.Duration {
	// See clock_getcpuclockid(3): the clock of one thread, which counts what the
	// scheduler gave it.
	const perThread, sched = 4, 2
	var t unix.Timespec
	if thread == 0 || unix.ClockGettime(int32(^thread<<3|perThread|sched), &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// threadCPU is the CPU seconds, in the kernel and outside, of the calling
// thread, which is the executor's.
func threadCPU(_, _ float64) (sys, user float64) {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0, 0
	}
	seconds := func(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Stime), seconds(u.Utime)
}
