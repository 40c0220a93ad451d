package test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"basalt/test/harness"
)

// TestNode has the client libraries of Node, ioredis and redis, do what
// applications do with messages, transactions, locks and caches of their own,
// and compares what they get from both servers.
func TestNode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "sessions.mjs"} {
		write(t, dir, name, read(t, "testdata/npm", name))
	}
	// What the lock file names is installed, and none of its own scripts is run.
	if out, err := program(dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		t.Fatalf("npm, which make test installs: %v\n%s", err, out)
	}
	for _, library := range []string{"ioredis", "redis2", "redis3"} {
		t.Run(library, func(t *testing.T) {
			t.Parallel()
			wanted := nodeSession(t, dir, library, startRedis(t, harness.Options{}))
			inModes(t, func(t *testing.T, threads int) {
				got := nodeSession(t, dir, library, startBasalt(t, threads, harness.Options{}))
				for i := range max(len(wanted), len(got)) {
					if i >= len(wanted) || i >= len(got) || wanted[i] != got[i] {
						t.Fatalf("line %d: want %s\ngot %s", i+1, rest(wanted, i), rest(got, i))
					}
				}
			})
		})
	}
}

// nodeSession runs the script with a library and returns the lines it prints.
func nodeSession(t *testing.T, dir, library string, s *harness.Server) []string {
	t.Helper()
	out, err := program(dir, "node", filepath.Join(dir, "sessions.mjs"), library, s.Socket)
	if err != nil {
		t.Errorf("%s: %v", library, err)
	}
	return strings.Split(out, "\n")
}

// program runs a program in a directory and returns what it prints.
func program(dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*harness.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// rest is what is left of the lines from the i-th on, for a message.
func rest(lines []string, i int) string {
	return shorten(strings.Join(lines[min(i, len(lines)):], "\n"))
}
