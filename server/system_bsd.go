//go:build !linux

package server

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// residentBytes is the most memory that was resident: what the system tells
// without a privilege.
func residentBytes() int64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}

// systemBytes is the memory of the machine.
func systemBytes() int64 {
	name := "hw.physmem"
	if runtime.GOOS == "darwin" {
		name = "hw.memsize"
	}
	n, err := unix.SysctlUint64(name)
	if err != nil {
		return 0
	}
	return int64(n)
}

// availableBytes is the memory that the process may use.
func availableBytes() int64 { return systemBytes() }

// currentThread stands for all threads: the system does not tell them apart.
func currentThread() int64 { return 1 }

// threadTime is the CPU time that the process has used. Any thread.
func threadTime(int64) time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// threadCPU is that of the process where the system does not tell threads
// apart.
func threadCPU(sys, user float64) (float64, float64) { return sys, user }
