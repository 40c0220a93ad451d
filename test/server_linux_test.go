package test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"basalt/test/harness"
)

func oomScore(t *testing.T, pid int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// TestOOMScore: the kernel's score follows the directives and comes back. Only
// a privilege lets a process lower it below where it began.
func TestOOMScore(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Args: []string{"--oom-score-adj", "absolute", "--oom-score-adj-values", "700 800 900"}})
	c := dial(t, s)
	if got := oomScore(t, s.Pid()); got != "700" {
		t.Errorf("at start: %s", got)
	}
	want(t, c, "+OK\r\n", "CONFIG", "SET", "oom-score-adj-values", "710 800 900")
	if got := oomScore(t, s.Pid()); got != "710" {
		t.Errorf("changed: %s", got)
	}
	plain := startBasalt(t, 1, harness.Options{})
	if got, mine := oomScore(t, plain.Pid()), oomScore(t, os.Getpid()); got != mine {
		t.Errorf("nobody asked for a score: %s, inherited %s", got, mine)
	}
}

// TestWorkingDirectory: the process works in dir, at start and after a change.
func TestWorkingDirectory(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Args: []string{"--enable-protected-configs", "yes"}})
	c := dial(t, s)
	cwd := func() string {
		path, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", s.Pid()))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	if got := cwd(); got != s.Dir {
		t.Errorf("works in %s, told %s", got, s.Dir)
	}
	other := t.TempDir()
	want(t, c, "+OK\r\n", "CONFIG", "SET", "dir", other)
	if got := cwd(); got != other {
		t.Errorf("works in %s, told %s", got, other)
	}
	if got := do(t, c, "CONFIG", "SET", "dir", other+"/none"); !strings.HasSuffix(got, " - No such file or directory\r\n") {
		t.Errorf("a directory that is not there: %q", got)
	}
}
