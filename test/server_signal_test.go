package test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"basalt/test/harness"
)

// TestSignalOptions: what the configuration says a signal means, on a server
// that cannot save: one that asks for saving is refused unless it comes with
// force.
func TestSignalOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		sig  os.Signal
		ends bool
	}{
		{"term", nil, syscall.SIGTERM, true},
		{"int", nil, syscall.SIGINT, true},
		{"nosave", []string{"--shutdown-on-sigterm", "nosave now"}, syscall.SIGTERM, true},
		{"save", []string{"--shutdown-on-sigterm", "save"}, syscall.SIGTERM, false},
		{"save force", []string{"--shutdown-on-sigint", "save force"}, syscall.SIGINT, true},
		{"the other", []string{"--shutdown-on-sigint", "save"}, syscall.SIGTERM, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				dir := t.TempDir()
				args := append([]string{"--dir", dir, "--save", ""}, c.args...)
				s := startBasalt(t, threads, harness.Options{Args: args})
				waitReadyLine(t, s)
				// A folder has the name that the file is to get.
				if err := os.Mkdir(filepath.Join(dir, "dump.rdb"), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := s.Signal(c.sig); err != nil {
					t.Fatal(err)
				}
				if c.ends {
					if code, err := s.Wait(); err != nil || code != 0 {
						t.Errorf("exit code %d, %v", code, err)
					}
					return
				}
				waitFor(t, "the sockets to be open again", func() bool { return strings.Contains(s.Output(), `"listening again"`) })
				if !strings.Contains(s.Output(), "the server goes on") {
					t.Error("the log does not say that the server goes on")
				}
				k := dial(t, s)
				want(t, k, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "SHUTDOWN", "SAVE")
				want(t, k, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "SHUTDOWN", "SAVE", "NOW")
				want(t, k, "+OK\r\n", "CONFIG", "SET", "shutdown-on-sigterm", "default")
				want(t, k, "+PONG\r\n", "PING")
			})
		})
	}
}

// TestInterruptedSave: who does not want to wait for the last save ends the
// server at once, which leaves nothing of the file behind.
func TestInterruptedSave(t *testing.T) {
	t.Parallel()
	if *self {
		return // the reference knows no delay of the last save
	}
	for _, first := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(first.String(), func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				dir := dataFolder(t)
				s, err := harness.Start(harness.Options{Binary: basaltBinary, Dir: dir, Args: append(basaltArgs(threads),
					"--save", "3600 1", "--rdb-key-save-delay", "1000000", "--enable-debug-command", "yes")})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Stop()
				want(t, dial(t, s), "+OK\r\n", "DEBUG", "POPULATE", "1000")
				written := func() []string {
					files, err := filepath.Glob(filepath.Join(dir, "*.rdb"))
					if err != nil {
						t.Fatal(err)
					}
					return files
				}
				if err := s.Signal(first); err != nil {
					t.Fatal(err)
				}
				waitFor(t, "the last save", func() bool { return len(written()) > 0 })
				if err := s.Signal(syscall.SIGINT); err != nil {
					t.Fatal(err)
				}
				wantExit(t, s, 1)
				if files := written(); len(files) > 0 {
					t.Errorf("what is left: %q", files)
				}
			})
		})
	}
}

// TestShutdownEndsPipeline: nothing behind SHUTDOWN is answered.
func TestShutdownEndsPipeline(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		if err := c.Write([]byte("SHUTDOWN SAVE FORCE\r\nPING\r\n")); err != nil {
			t.Fatal(err)
		}
		if rest, err := c.Rest(); err != nil || len(rest) != 0 {
			t.Errorf("%q %v", rest, err)
		}
		if code, err := s.Wait(); err != nil || code != 0 {
			t.Errorf("exit code %d, %v", code, err)
		}
	})
}

// TestPromises: a server that is asked for what it does not do says so, louder
// than anything else.
func TestPromises(t *testing.T) {
	t.Parallel()
	const shout = "THE SERVER DOES NOT DO WHAT THE CONFIGURATION ASKS FOR"
	for name, c := range map[string]struct {
		args []string
		loud bool
	}{
		"nothing":   {nil, false},
		"replicaof": {[]string{"--replicaof", "127.0.0.1 1"}, true},
		"cluster":   {[]string{"--cluster-enabled", "yes"}, true},
		"tls":       {[]string{"--tls-port", "1"}, true},
		"other":     {[]string{"--rdbcompression", "no"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startBasalt(t, 1, harness.Options{Args: c.args})
			waitReadyLine(t, s)
			if loud := strings.Contains(s.Output(), shout); loud != c.loud {
				t.Errorf("loud %v, want %v:\n%s", loud, c.loud, s.Output())
			}
		})
	}
	s := startBasalt(t, 1, harness.Options{Args: []string{"--masterauth", "hush"}})
	waitReadyLine(t, s)
	if strings.Contains(s.Output(), "hush") {
		t.Error("a secret is in the log")
	}
}

// waitReadyLine waits for the line that ends what a server prints at its start.
func waitReadyLine(t *testing.T, s *harness.Server) {
	t.Helper()
	waitFor(t, "the line that the server is ready", func() bool { return strings.Contains(s.Output(), "ready to accept") })
}
