//go:build !linux

package persist

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// maxRSSUnit is the bytes in which the system counts a resident size.
var maxRSSUnit = map[bool]int64{true: 1, false: 1024}[runtime.GOOS == "darwin"]

// ownPath is the program that runs.
func ownPath() (string, error) { return os.Executable() }

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
