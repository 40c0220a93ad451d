//go:build !linux

package persist

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// maxRSS returns the largest resident size that the process had, in bytes; 0 if
// that is not known.
func maxRSS() int64 {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int64(usage.Maxrss)
	}
	return int64(usage.Maxrss) << 10
}

// ownPath is the program that runs.
func ownPath() (string, error) { return os.Executable() }

// forgetProgram would let go of pages that are not needed any more, which is
// not worth it where it is not known to help.
func forgetProgram() {}

// placeProcess makes the process nicer. There is no binding to CPUs that all
// systems have; it is left to the scheduler.
func placeProcess(nice int, _ []int) error {
	if nice == 0 {
		return nil
	}
	return os.NewSyscallError("setpriority", unix.Setpriority(unix.PRIO_PROCESS, 0, nice))
}

// placeThread would make a single thread nicer, which only Linux has.
func placeThread(int, []int) error { return nil }
