package prober

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// cpuWaits reads how long threads stood ready to run without a processor: the
// prober's own and that of the server which has used most processor time of
// late, the one that answers.
type cpuWaits struct {
	pid    int
	self   int
	server int // -1 until the thread is known
	chosen time.Time
	ran    map[string]time.Duration // by thread, when it was chosen
	buf    [128]byte
}

// chooseEvery is how often the server's thread is looked for again.
const chooseEvery = 500 * time.Millisecond

func openWaits(pid int) *cpuWaits {
	return &cpuWaits{pid: pid, self: openSchedstat("thread-self"), server: -1, ran: map[string]time.Duration{}}
}

func openSchedstat(thread string) int {
	fd, err := unix.Open("/proc/"+thread+"/schedstat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return fd
}

// total returns the waits so far. It steps when another thread is chosen, which
// happens before a request is sent only.
func (w *cpuWaits) total() time.Duration {
	_, self := w.read(w.self)
	_, server := w.read(w.server)
	return self + server
}

// choose looks for the server's thread, now and then.
func (w *cpuWaits) choose() {
	if time.Since(w.chosen) < chooseEvery {
		return
	}
	w.chosen = time.Now()
	dir := fmt.Sprintf("/proc/%d/task", w.pid)
	threads, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	most := time.Duration(-1)
	for _, t := range threads {
		fd := openSchedstat(fmt.Sprintf("%d/task/%s", w.pid, t.Name()))
		ran, _ := w.read(fd)
		if late := ran - w.ran[t.Name()]; late > most {
			most = late
			fd, w.server = w.server, fd
		}
		w.ran[t.Name()] = ran
		closeStat(fd)
	}
}

// read returns what the kernel says of a thread: time on a processor and time
// ready to run without one.
func (w *cpuWaits) read(fd int) (ran, waited time.Duration) {
	if fd < 0 {
		return 0, 0
	}
	n, err := unix.Pread(fd, w.buf[:], 0)
	if err != nil {
		return 0, 0
	}
	fields := bytes.Fields(w.buf[:n])
	if len(fields) < 2 {
		return 0, 0
	}
	a, _ := strconv.ParseInt(string(fields[0]), 10, 64) // a kernel that writes something
	b, _ := strconv.ParseInt(string(fields[1]), 10, 64) // else tells nothing: 0
	return time.Duration(a), time.Duration(b)
}

func closeStat(fd int) {
	if fd >= 0 {
		_ = unix.Close(fd) // was only read from
	}
}

func (w *cpuWaits) close() {
	closeStat(w.self)
	closeStat(w.server)
}
