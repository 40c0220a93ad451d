package test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"basalt/test/harness"
)

// startHaproxy starts a load balancer in front of servers, each with the same
// options, and returns the address that clients connect to.
func startHaproxy(t *testing.T, options string, servers ...*harness.Server) string {
	t.Helper()
	path, err := exec.LookPath("haproxy")
	if err != nil {
		t.Fatal("make references installs it: ", err)
	}
	dir := dataFolder(t)
	socket, front := socketToHandOver(t)
	var b strings.Builder
	b.WriteString(`defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  retries 3
  option redispatch 1
frontend clients
  bind fd@3
  default_backend nodes
backend nodes
  balance roundrobin
`)
	for i, s := range servers {
		fmt.Fprintf(&b, "  server node%d 127.0.0.1:%d check inter 100ms fall 1 rise 1 %s\n", i, s.Port, options)
	}
	file := filepath.Join(dir, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-db", "-f", file)
	cmd.Dir = dir
	cmd.ExtraFiles = []*os.File{socket}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	waitFor(t, "the load balancer", func() bool {
		c, err := harness.DialAddr("tcp", front)
		if err != nil {
			return false
		}
		defer c.Close()
		reply, err := c.Do("PING")
		return err == nil && string(reply) == "+PONG\r\n"
	})
	return front
}

// TestHaproxy: TCP checks, and both versions of the PROXY protocol.
func TestHaproxy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, options string
		proxied       bool
	}{
		{"plain", "", false},
		{"v1", "send-proxy check-send-proxy", true},
		{"v2", "send-proxy-v2 check-send-proxy proxy-v2-options crc32c,unique-id", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				var args []string
				if c.proxied {
					args = []string{"--proxy-protocol", "yes"}
				}
				s := startOnPort(t, threads, args...)
				front := startHaproxy(t, c.options, s)
				k, err := harness.DialAddr("tcp", front)
				if err != nil {
					t.Fatal(err)
				}
				defer k.Close()
				want(t, k, "+OK\r\n", "SET", "k", "v")
				want(t, k, "$1\r\nv\r\n", "GET", "k")
				addr, mine := field(t, do(t, k, "CLIENT", "INFO"), "addr"), k.Conn.LocalAddr().String()
				if (addr == mine) != c.proxied {
					t.Errorf("addr=%s, the client is %s", addr, mine)
				}
				time.Sleep(500 * time.Millisecond) // for some health checks
				want(t, k, "+PONG\r\n", "PING")
				if strings.Contains(s.Output(), "refused") {
					t.Error(s.Output())
				}
			})
		})
	}
}

// TestHaproxyDrain: one of two nodes behind a load balancer ends under load
// without one command that fails. A client whose connection ends between two
// commands connects again; a command that was sent and not answered was not
// executed, so it is sent again, and the count of all is exact.
func TestHaproxyDrain(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		first := startOnPort(t, threads, "--proxy-protocol", "yes", "--appendonly", "yes", "--shutdown-timeout", "2")
		second := startOnPort(t, threads, "--proxy-protocol", "yes", "--appendonly", "yes")
		front := startHaproxy(t, "send-proxy-v2 check-send-proxy", first, second)
		var stop atomic.Bool
		var answered, reconnects atomic.Int64
		var all sync.WaitGroup
		for range 40 {
			all.Add(1)
			go func() {
				defer all.Done()
				if err := increment(front, &stop, &answered, &reconnects); err != nil {
					t.Error(err)
				}
			}()
		}
		waitFor(t, "some load", func() bool { return answered.Load() > 5000 })
		if err := first.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code, err := first.Wait(); err != nil || code != 0 {
			t.Errorf("exit code %d, %v: %s", code, err, first.Output())
		}
		at := answered.Load()
		waitFor(t, "load on the other node", func() bool { return answered.Load() > at+5000 })
		stop.Store(true)
		all.Wait()
		if reconnects.Load() == 0 {
			t.Error("nobody connected again")
		}
		again := startBasalt(t, threads, harness.Options{Dir: first.Dir, Args: []string{"--appendonly", "yes"}})
		sum := 0
		for _, s := range []*harness.Server{again, second} {
			c, err := s.DialSocket()
			if err != nil {
				t.Fatal(err)
			}
			n, err := strconv.Atoi(strings.Split(do(t, c, "GET", "n"), "\r\n")[1])
			if err != nil {
				t.Fatal(err)
			}
			sum += n
			c.Close()
		}
		if int64(sum) != answered.Load() {
			t.Errorf("%d commands were executed and %d answered", sum, answered.Load())
		}
	})
}

// increment increments through the load balancer until it is told to stop.
func increment(front string, stop *atomic.Bool, answered, reconnects *atomic.Int64) error {
	for {
		c, err := harness.DialAddr("tcp", front)
		if err != nil {
			return err
		}
		for !stop.Load() {
			reply, err := c.Do("INCR", "n")
			if err != nil {
				break
			}
			if reply[0] != ':' {
				return fmt.Errorf("answered %q", reply)
			}
			answered.Add(1)
		}
		c.Close()
		if stop.Load() {
			return nil
		}
		reconnects.Add(1)
	}
}
