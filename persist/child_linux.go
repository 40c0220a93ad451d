package persist

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxRSS returns the largest resident size that the process had, in bytes; 0 if
// that is not known. What getrusage says is that of the parent, whose memory the
// process had for a moment before it was another program.
func maxRSS() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

// ownPath is the program that runs, even if its file was replaced or removed.
func ownPath() (string, error) { return "/proc/self/exe", nil }

// forgetProgram lets go of the pages of the program that were needed to start, or
// that the kernel mapped along with those: of 9 MB resident 4 come back, as
// they are used. They stay in the system's cache, where the parent has them too.
func forgetProgram() {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for line := range bytes.Lines(maps) {
		// "from-to perms offset device inode path"; what is writable holds variables.
		fields := bytes.Fields(line)
		if len(fields) < 6 || string(fields[5]) != path || bytes.IndexByte(fields[1], 'w') >= 0 {
			continue
		}
		from, to, _ := strings.Cut(string(fields[0]), "-")
		first, err1 := strconv.ParseUint(from, 16, 64)
		last, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(first), uintptr(last-first), unix.MADV_DONTNEED)
		}
	}
}

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
