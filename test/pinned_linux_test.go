package test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"basalt/test/harness"
)

// TestPinned: executor and reactors stay on the processors they are given.
func TestPinned(t *testing.T) {
	t.Parallel()
	if *self {
		return // the reference names its threads' processors otherwise
	}
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	processor := 0
	for !allowed.IsSet(processor) {
		processor++
	}
	cpu := strconv.Itoa(processor)
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--server-cpulist", cpu, "--reactor-cpulist", cpu}})
		c := dial(t, s)
		want(t, c, "+PONG\r\n", "PING")
		paths, err := filepath.Glob("/proc/" + strconv.Itoa(s.Pid()) + "/task/*/status")
		if err != nil || len(paths) == 0 {
			t.Fatalf("no threads: %v", err)
		}
		pinned := 0
		for _, path := range paths {
			status, err := os.ReadFile(path)
			if err == nil && strings.Contains(string(status), "Cpus_allowed_list:\t"+cpu+"\n") {
				pinned++
			}
		}
		need := threads
		if threads > 1 {
			need++ // the executor
		}
		if pinned < need {
			t.Errorf("%d threads stay on processor %s, want %d", pinned, cpu, need)
		}
	})
}
