package test

import (
	"flag"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"basalt/test/harness"
)

// pictures is the folder that keeps the screenshots of the page; without one
// they go with the test.
var pictures = flag.String("pictures", "", "folder to keep the screenshots of the page in")

// TestPage opens the page for people in Chromium, on a screen and on a phone,
// in dark and in light, while a load runs: it draws and keeps moving, asks
// nobody else, complains of nothing, can be read and be worked with keys.
func TestPage(t *testing.T) {
	t.Parallel()
	if *self {
		return // the reference has no page
	}
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("make test installs it: %v", err)
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "look.mjs"} {
		write(t, dir, name, read(t, "testdata/page", name))
	}
	if out, err := program(dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		t.Fatalf("npm, which make test installs: %v\n%s", err, out)
	}
	folder := *pictures
	if folder == "" {
		folder = dir
	}
	s, port := startWithMetrics(t, 1, "--slowlog-log-slower-than", "0", "--metrics-key-prefixes", "user:", "session:",
		"--commandlog-request-larger-than", "5000", "--commandlog-reply-larger-than", "5000")
	stop := load(t, s)
	defer stop()
	out, err := program(dir, "node", "look.mjs", browser, "http://127.0.0.1:"+strconv.Itoa(port)+"/", folder)
	if err != nil || out != "" {
		t.Errorf("%v\n%s", err, out)
	}
}

// load lets a connection write and read until the function that it returns is
// called.
func load(t *testing.T, s *harness.Server) (stop func()) {
	t.Helper()
	c := dial(t, s)
	large := strings.Repeat("x", 6000)
	var over atomic.Bool
	ended := make(chan error, 1)
	go func() {
		var err error
		for i := 0; err == nil && !over.Load(); i++ {
			if i%10 == 0 {
				time.Sleep(2 * time.Millisecond) // the browser needs the processor too
			}
			key := strconv.Itoa(i % 5000)
			for _, args := range [][]string{{"SET", key, strings.Repeat("v", i%100)}, {"GET", key}, {"GET", "no" + key}, {"INCR", "n"}, {"NOSUCH"},
				{"SET", "user:" + key, "v"}, {"GET", "user:" + key}, {"GET", "user:no" + key}} {
				if _, err = c.Do(args...); err != nil {
					break
				}
			}
		}
		ended <- err
	}()
	want(t, dial(t, s), "+OK\r\n", "SET", "large", large)
	want(t, dial(t, s), "$6000\r\n"+large+"\r\n", "GET", "large")
	return func() {
		over.Store(true)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
