package test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"basalt/test/harness"
)

// TestPinned: executor and reactors stay on the processors they are given.
func TestPinned(t *testing.T) {
	t.Parallel()
	if *self {
		return // the reference names its threads' processors otherwise
	}
	processor := firstProcessor(t)
	cpu := strconv.Itoa(processor)
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--server-cpulist", cpu, "--reactor-cpulist", cpu}})
		c := dial(t, s)
		want(t, c, "+PONG\r\n", "PING")
		need := threads
		if threads > 1 {
			need++ // the executor
		}
		// A reactor's thread may begin after the first command.
		waitFor(t, strconv.Itoa(need)+" threads that stay on processor "+cpu, func() bool {
			return pinnedThreads(t, s, cpu) >= need
		})
	})
}

// pinnedThreads returns how many threads of s may run on a processor only.
func pinnedThreads(t *testing.T, s *harness.Server, cpu string) (n int) {
	t.Helper()
	paths, err := filepath.Glob("/proc/" + strconv.Itoa(s.Pid()) + "/task/*/status")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no threads: %v", err)
	}
	for _, path := range paths {
		status, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(status), "Cpus_allowed_list:\t"+cpu+"\n") {
			n++
		}
	}
	return n
}

// firstProcessor returns the number of the first processor that the tests may
// use.
func firstProcessor(t *testing.T) int {
	t.Helper()
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	processor := 0
	for !allowed.IsSet(processor) {
		processor++
	}
	return processor
}

// TestPauseForProcessor: a command that was slow because its thread did not get a
// processor is a pause of that cause.
func TestPauseForProcessor(t *testing.T) {
	if *self {
		return
	}
	processor := firstProcessor(t)
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--server-cpulist", strconv.Itoa(processor))
		c := dial(t, s)
		fill := []string{"RPUSH", "list"}
		for i := range 2000 {
			fill = append(fill, strconv.Itoa(i))
		}
		do(t, c, fill...)
		var done atomic.Bool
		var rivals sync.WaitGroup
		defer rivals.Wait()
		defer done.Store(true)
		for range 3 {
			rivals.Go(func() {
				runtime.LockOSThread() // and the thread ends with the goroutine
				var set unix.CPUSet
				set.Set(processor)
				if err := unix.SchedSetaffinity(0, &set); err != nil {
					t.Error(err)
					return
				}
				for !done.Load() {
				}
			})
		}
		var pipeline []byte
		for range 100 {
			pipeline = harness.AppendRequest(pipeline, "LRANGE", "list", "0", "-1")
		}
		series := `basalt_pauses_total{cause="processor"}`
		for until := time.Now().Add(harness.Patience); value(t, scrape(t, port, "/metrics"), series) == 0; {
			if time.Now().After(until) {
				t.Fatal("no pause for want of a processor")
			}
			if err := c.Write(pipeline); err != nil {
				t.Fatal(err)
			}
			for range 100 {
				if _, err := c.Receive(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
