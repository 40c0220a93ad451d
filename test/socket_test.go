package test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"basalt/test/harness"
)

// outside returns an address of this machine that is not the loopback's: who
// connects to it comes from it, and is a stranger to protected mode.
func outside(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() {
			return ip.IP.String()
		}
	}
	t.Fatal("this machine has no address but the loopback's: protected mode cannot be tested")
	return ""
}

func dialTCP(t *testing.T, host string, port int) *harness.Client {
	t.Helper()
	c, err := harness.DialAddr("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestProtectedMode: without a password, strangers are told so and sent away.
func TestProtectedMode(t *testing.T) {
	t.Parallel()
	host := outside(t)
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true, Args: []string{"--bind", "127.0.0.1 " + host}})
		local := dialTCP(t, "127.0.0.1", s.Port)
		want(t, local, "+PONG\r\n", "PING")
		rest, err := dialTCP(t, host, s.Port).Rest()
		if err != nil || !strings.HasPrefix(string(rest), "-DENIED ") || !strings.HasSuffix(string(rest), "\r\n") {
			t.Errorf("a stranger is told %q %v", rest, err)
		}
		want(t, local, "+OK\r\n", "CONFIG", "SET", "protected-mode", "no")
		want(t, dialTCP(t, host, s.Port), "+PONG\r\n", "PING")
		want(t, local, "+OK\r\n", "CONFIG", "SET", "protected-mode", "yes")
		want(t, local, "+OK\r\n", "CONFIG", "SET", "requirepass", "pw")
		c := dialTCP(t, host, s.Port)
		want(t, c, "-NOAUTH Authentication required.\r\n", "PING")
		want(t, c, "+OK\r\n", "AUTH", "pw")
		want(t, c, "+PONG\r\n", "PING")
	})
}

// TestBind: several addresses, of both families, and those that may be missing.
func TestBind(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true, Args: []string{"--bind", "127.0.0.1 127.0.0.2 -::1 -192.0.2.1"}})
		want(t, dialTCP(t, "127.0.0.1", s.Port), "+PONG\r\n", "PING")
		want(t, dialTCP(t, "127.0.0.2", s.Port), "+PONG\r\n", "PING")
		if l, err := net.Listen("tcp", "[::1]:0"); err == nil { // this machine speaks v6
			l.Close()
			c := dialTCP(t, "::1", s.Port)
			want(t, c, "+PONG\r\n", "PING")
			if info := do(t, c, "CLIENT", "INFO"); !strings.Contains(info, " addr=[::1]:") {
				t.Errorf("the address of a v6 client: %s", info)
			}
		}
	})
}

// TestCannotListen: a port that is taken, or an address that is not here, stops
// the start.
func TestCannotListen(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	for name, args := range map[string][]string{
		"taken":   {"--port", port, "--bind", "127.0.0.1"},
		"foreign": {"--port", "0", "--port", "21499", "--bind", "192.0.2.1"},
		"socket":  {"--port", "0", "--unixsocket", filepath.Join(t.TempDir(), "none", "s")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				s, err := harness.Launch(harness.Options{
					Binary: basaltBinary, Bare: true, Args: append(basaltArgs(threads), args...),
				})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Stop()
				code, err := s.Wait()
				if err != nil || code != 1 {
					t.Errorf("exit code %d, %v\n%s", code, err, s.Output())
				}
				if s.Output() == "" {
					t.Error("no reason given")
				}
			})
		})
	}
}

// TestSocketFile: one that a crash left is replaced, and none is left behind.
func TestSocketFile(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		crashed := startBasalt(t, threads, harness.Options{Dir: dir})
		socket := crashed.Socket
		crashed.Kill()
		if _, err := os.Stat(socket); err != nil {
			t.Fatalf("a crash leaves the socket: %v", err)
		}
		again := startBasalt(t, threads, harness.Options{Dir: dir})
		want(t, dial(t, again), "+PONG\r\n", "PING")
		if err := again.Stop(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(socket); !os.IsNotExist(err) {
			t.Errorf("the socket is left behind: %v", err)
		}
	})
}

// TestShutdown: the ways to end a server, and the code it ends with.
func TestShutdown(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		for _, args := range [][]string{
			{"SHUTDOWN"}, {"SHUTDOWN", "NOSAVE"}, {"shutdown", "nosave", "now"}, {"SHUTDOWN", "NOSAVE", "FORCE"},
			{"SHUTDOWN", "NOW", "NOSAVE", "FORCE"},
		} {
			s := startBasalt(t, threads, harness.Options{})
			c := dial(t, s)
			if err := c.Send(args...); err != nil {
				t.Fatal(err)
			}
			if rest, err := c.Rest(); err != nil || len(rest) > 0 {
				t.Errorf("%q is answered %q %v", args, rest, err)
			}
			if code, err := s.Wait(); err != nil || code != 0 {
				t.Errorf("%q: exit code %d %v", args, code, err)
			}
		}
		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
			s := startBasalt(t, threads, harness.Options{})
			idle := dial(t, s)
			want(t, idle, "+PONG\r\n", "PING")
			if err := s.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if code, err := s.Wait(); err != nil || code != 0 {
				t.Errorf("%v: exit code %d %v\n%s", signal, code, err, s.Output())
			}
			expectClosed(t, idle)
		}
	})
}

// TestPidFile: written where one is asked for, gone afterwards.
func TestPidFile(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		path := filepath.Join(t.TempDir(), "pid")
		s := startBasalt(t, threads, harness.Options{Args: []string{"--pidfile", path}})
		got, err := os.ReadFile(path)
		if err != nil || string(got) != fmt.Sprintln(s.Pid()) {
			t.Errorf("pid file: %q %v, want %d", got, err, s.Pid())
		}
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Wait(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the pid file is left behind: %v", err)
		}
	})
}
