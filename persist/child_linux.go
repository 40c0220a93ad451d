package persist

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxRSSUnit is the bytes in which the system counts a resident size.
const maxRSSUnit = 1024

// ownPath is the program that runs, even if its file was replaced or removed.
func ownPath() (string, error) { return "/proc/self/exe", nil }

// placeProcess makes the process nicer and binds it to CPUs: all threads that
// there are, from which those to come inherit it.
func placeProcess(nice int, cpus []int) error {
	if nice == 0 && len(cpus) == 0 {
		return nil
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		if tid, convErr := strconv.Atoi(task.Name()); convErr == nil {
			if placeErr := place(tid, nice, cpus); err == nil {
				err = placeErr
			}
		}
	}
	return err
}

// placeThread is placeProcess for the calling thread.
func placeThread(nice int, cpus []int) error { return place(0, nice, cpus) }

func place(tid, nice int, cpus []int) error {
	if len(cpus) > 0 {
		var set unix.CPUSet
		for _, cpu := range cpus {
			set.Set(cpu)
		}
		if err := unix.SchedSetaffinity(tid, &set); err != nil {
			return os.NewSyscallError("sched_setaffinity", err)
		}
	}
	if nice == 0 {
		return nil
	}
	// The system call returns 20 less the niceness.
	now, err := unix.Getpriority(unix.PRIO_PROCESS, tid)
	if err == nil {
		err = unix.Setpriority(unix.PRIO_PROCESS, tid, 20-now+nice)
	}
	return os.NewSyscallError("setpriority", err)
}
