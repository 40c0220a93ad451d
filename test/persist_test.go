package test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"basalt/test/harness"
)

// What the tests of files share. Files of the server lie in a folder that
// outlives it: one server after the other, ours and theirs, opens it.

// dataFolder makes one, gone with the test. Its path is short enough for a
// socket.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bslt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// basaltIn starts the server under test on a folder.
func basaltIn(t *testing.T, threads int, dir string, args ...string) *harness.Server {
	t.Helper()
	return startBasalt(t, threads, harness.Options{Dir: dir, Args: append([]string{"--enable-debug-command", "yes"}, args...)})
}

// redisIn starts the reference on a folder.
func redisIn(t *testing.T, dir string, args ...string) *harness.Server {
	t.Helper()
	return startRedis(t, harness.Options{Dir: dir, Args: append([]string{"--enable-debug-command", "yes"}, args...)})
}

// end ends a server as SIGTERM does, and waits for it.
func end(t *testing.T, s *harness.Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// persistence is a field of INFO's section of that name.
func persistence(t *testing.T, c *harness.Client, field string) string {
	t.Helper()
	return infoField(t, c, "persistence", field)
}

// jobsEnd waits until nothing runs in the background.
func jobsEnd(t *testing.T, c *harness.Client) {
	t.Helper()
	waitFor(t, "the end of what runs in the background", func() bool {
		for _, field := range []string{"rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled"} {
			if persistence(t, c, field) != "0" {
				return false
			}
		}
		return true
	})
}

// saves makes a snapshot in the background and waits for it.
func saves(t *testing.T, c *harness.Client) {
	t.Helper()
	waitFor(t, "BGSAVE", func() bool { return do(t, c, "BGSAVE")[0] == '+' })
	jobsEnd(t, c)
	if got := persistence(t, c, "rdb_last_bgsave_status"); got != "ok" {
		t.Fatalf("BGSAVE ended with %s", got)
	}
}

// rewrites rewrites the log in the background and waits for it.
func rewrites(t *testing.T, c *harness.Client) {
	t.Helper()
	waitFor(t, "BGREWRITEAOF", func() bool { return do(t, c, "BGREWRITEAOF")[0] == '+' })
	jobsEnd(t, c)
	if got := persistence(t, c, "aof_last_bgrewrite_status"); got != "ok" {
		t.Fatalf("BGREWRITEAOF ended with %s", got)
	}
}

// temporaries are the names of files that are there only while one is written.
func temporaries(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), "temp") {
			names = append(names, path)
		}
		return nil // what vanished meanwhile is not there
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// noTemporaries waits until no such file is left.
func noTemporaries(t *testing.T, dir string) {
	t.Helper()
	waitFor(t, "the temporary files to go away", func() bool { return len(temporaries(t, dir)) == 0 })
}

// read returns what is in a file of a folder, nil if there is none.
func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return b
}

// write makes a file of a folder.
func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// accepts asks one of the reference's own checkers about a file.
func accepts(t *testing.T, tool, path string) {
	t.Helper()
	out, err := exec.Command(tool, path).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("ERROR")) {
		t.Errorf("%s %s: %v\n%s", tool, path, err, out)
	}
}

// databases is how many there are.
const databases = 16

// deadlines are the keys of all databases with when they expire.
func deadlines(t *testing.T, c *harness.Client) map[string]string {
	t.Helper()
	all := map[string]string{}
	for db := range databases {
		number := itoa(db)
		want(t, c, "+OK\r\n", "SELECT", number)
		for _, key := range flat(do(t, c, "KEYS", "*")) {
			all[number+" "+key] = do(t, c, "PEXPIRETIME", key)
		}
	}
	want(t, c, "+OK\r\n", "SELECT", "0")
	return all
}
