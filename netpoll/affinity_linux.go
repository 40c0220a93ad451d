package netpoll

import (
	"os"

	"golang.org/x/sys/unix"
)

// PinThread binds the calling OS thread to the CPUs. The goroutine has to be
// locked to its thread (runtime.LockOSThread) and to stay so; threads that the
// runtime starts from this one inherit the binding. An empty list changes
// nothing. CPUs that do not exist are ignored as long as one does.
func PinThread(cpus []int) error {
	if len(cpus) == 0 {
		return nil
	}
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
	}
	return os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &set))
}
