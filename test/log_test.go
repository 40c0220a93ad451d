package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"basalt/test/harness"
)

// TestLogLines: who changed what, and what a pause and a save came to; secrets
// stay out.
func TestLogLines(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Args: []string{"--enable-debug-command", "yes"}})
	c := dial(t, s)
	want(t, c, "+OK\r\n", "CONFIG", "SET", "timeout", "7", "hz", "20")
	want(t, c, "+OK\r\n", "CONFIG", "SET", "requirepass", "hush-hush")
	want(t, c, "+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
	other := dial(t, s)
	send(t, other, "AUTH", "hush-hush")
	send(t, other, "SET", "k", "v")
	blockedClients(t, c, 1)
	want(t, c, "+OK\r\n", "CLIENT", "UNPAUSE")
	if replies := receive(t, other) + receive(t, other); replies != "+OK\r\n+OK\r\n" {
		t.Errorf("%q", replies)
	}
	want(t, c, "+OK\r\n", "SAVE")
	want(t, c, "+OK\r\n", "DEBUG", "SLEEP", "0.2")
	for _, words := range []string{
		`"user":"default","directive":"timeout","old":"0","new":"7"`, `"directive":"hz","old":"10","new":"20"`,
		`"directive":"requirepass","old":"(redacted)","new":"(redacted)"`,
		`"all":false,`, `"waited":1,`, `"keys":1,`, "data set saved on disk", "the executor paused",
	} {
		waitFor(t, words, func() bool { return strings.Contains(s.Output(), words) })
	}
	if strings.Contains(s.Output(), "hush-hush") {
		t.Error("a secret is in the log")
	}
}

// TestLogFlood: whatever strangers send, the log takes some lines a second.
func TestLogFlood(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--requirepass", "hush"}})
		const strangers = 500
		start := time.Now()
		for range strangers {
			c := dial(t, s)
			if err := c.Write([]byte("POST / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
			if rest, err := c.Rest(); err != nil || len(rest) != 0 {
				t.Fatalf("%q %v", rest, err)
			}
			c.Close()
		}
		most := 20 * (2 + int(time.Since(start)/time.Second))
		if lines := strings.Count(s.Output(), "cross-protocol"); lines == 0 || most < strangers && lines > most {
			t.Errorf("%d lines about %d strangers", lines, strangers)
		}
	})
}

// TestLogRotated: a log file that is moved away is followed by a new one.
func TestLogRotated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	s := startBasalt(t, 1, harness.Options{Args: []string{"--logfile", path}})
	c := dial(t, s)
	holds := func(path, words string) {
		t.Helper()
		if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), words) {
			t.Errorf("no %q in %q: %v", words, b, err)
		}
	}
	want(t, c, "+OK\r\n", "CONFIG", "SET", "timeout", "101")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	want(t, c, "+OK\r\n", "CONFIG", "SET", "TimeOut", "102")
	holds(path+".1", `"directive":"timeout","old":"0","new":"101"`)
	holds(path, `"directive":"timeout","old":"101","new":"102"`)
	// Where no new one can be made, the old one goes on.
	if err := os.Rename(dir, dir+"-moved"); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir + "-moved")
	want(t, c, "+OK\r\n", "CONFIG", "SET", "timeout", "103")
	holds(filepath.Join(dir+"-moved", "log"), `"new":"103"`)
}

// TestLogLevels: the levels have Redis's names, and lines below the one that is
// asked for are left out.
func TestLogLevels(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Args: []string{"--loglevel", "nothing"}})
	c := dial(t, s)
	blockFile(t, filepath.Join(s.Dir, "dump.rdb"))
	for _, level := range []string{"nothing", "warning", "notice"} {
		want(t, c, "+OK\r\n", "CONFIG", "SET", "loglevel", level)
		want(t, c, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "SHUTDOWN", "SAVE")
	}
	waitFor(t, "the last line", func() bool { return strings.Count(s.Output(), "the data set cannot be saved") == 2 })
	levels := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(s.Output()), "\n") {
		if strings.Contains(line, "the executor paused") {
			continue // so does every machine that has other things to do
		}
		level, _, _ := strings.Cut(strings.TrimPrefix(line, `{"level":"`), `"`)
		levels[level]++
	}
	if len(levels) != 3 || levels["notice"] != 1 || levels["warning"] != 2 || levels["error"] != 4 {
		t.Errorf("%v\n%s", levels, s.Output())
	}
}
