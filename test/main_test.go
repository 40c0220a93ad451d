// Package test looks at the server from outside, as its clients do, and judges
// it by the reference server: the same bytes to both, the same bytes back.
package test

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"

	"basalt/internal/invariants"
	"basalt/test/harness"
)

var (
	// self runs the comparisons with the reference on both sides. What fails
	// then is the fault of a test, not of the server.
	self = flag.Bool("self", false, "compare the reference server with itself")

	// binary is a finished server to test instead of the one in the tree.
	binary = flag.String("basalt", "", "path of the server to test; empty builds it")
)

var redisBinary, basaltBinary string

// sideBySide is how many tests run at once for each processor: they wait for
// servers, clocks and disks more than they compute.
const sideBySide = 4

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", strconv.Itoa(sideBySide*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	flag.DurationVar(&harness.Patience, "patience", harness.Patience, "how long to wait for what must come")
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bslt")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	redisBinary, err = exec.LookPath("redis-server")
	if err != nil {
		fmt.Fprintln(os.Stderr, "the tests compare with a real redis-server; make test installs it:", err)
		return 1
	}
	if *self {
		basaltBinary = redisBinary
	} else if *binary != "" {
		basaltBinary = *binary
	} else if basaltBinary, err = harness.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// modes are the two ways threads are laid out; every test that starts a server
// runs in both.
var modes = []int{1, 2}

// inModes runs a test once in each thread mode, side by side with others.
func inModes(t *testing.T, fn func(t *testing.T, threads int)) {
	t.Helper()
	for _, threads := range modes {
		t.Run("threads="+strconv.Itoa(threads), func(t *testing.T) {
			t.Parallel()
			fn(t, threads)
		})
	}
}

// startBasalt starts the server under test and ends it with the test; a crash
// in between fails the test.
func startBasalt(t *testing.T, threads int, o harness.Options) *harness.Server {
	t.Helper()
	o.Binary = basaltBinary
	o.Args = append(basaltArgs(threads), o.Args...)
	return start(t, o)
}

// basaltArgs are the arguments that every basalt of the tests gets. The metrics
// stay off: they would be the one port that servers side by side share. With
// assertions reactors have their threads all the time, without them when there is
// much to do: of the two runs of make test each test sees both.
func basaltArgs(threads int) []string {
	args := []string{"--io-threads", strconv.Itoa(threads)}
	if !*self {
		args = append(args, "--metrics-port", "0")
		if threads > 1 && invariants.Enabled {
			args = append(args, "--io-threads-always-active", "yes")
		}
	}
	return args
}

// startRedis starts the reference.
func startRedis(t *testing.T, o harness.Options) *harness.Server {
	t.Helper()
	o.Binary = redisBinary
	return start(t, o)
}

func start(t *testing.T, o harness.Options) *harness.Server {
	t.Helper()
	s, err := harness.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// socketToHandOver returns a socket that listens, for a process that inherits
// it, and its address: nobody else can take the port. It is open until the test
// ends.
func socketToHandOver(t *testing.T) (socket *os.File, address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if socket, err = l.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return socket, l.Addr().String()
}

// dial connects, and closes with the test.
func dial(t *testing.T, s *harness.Server) *harness.Client {
	t.Helper()
	c, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// do asks and fails the test when no reply comes.
func do(t *testing.T, c *harness.Client, args ...string) string {
	t.Helper()
	reply, err := c.Do(args...)
	if err != nil {
		t.Fatal(err)
	}
	return string(reply)
}

// want asks and compares the reply, given in its RESP form.
func want(t *testing.T, c *harness.Client, reply string, args ...string) {
	t.Helper()
	if got := do(t, c, args...); got != reply {
		t.Errorf("%q: got %q, want %q", args, got, reply)
	}
}
