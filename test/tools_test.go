package test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"basalt/test/harness"
)

// TestRedisBenchmark: the suite of redis-benchmark runs as far as its types are
// served, without an error, with and without pipelines, keys of its own and
// threads.
func TestRedisBenchmark(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		for _, args := range [][]string{
			{"-P", "1"}, {"-P", "16", "-r", "1000"}, {"-P", "100", "-d", "3000"}, {"-k", "0"}, {"--threads", "2"}, {"-3", "-P", "4"},
		} {
			args = append([]string{"-s", s.Socket, "-q", "-n", "2000", "-c", "20", "-t", "ping_inline,ping_mbulk,set,get,incr,mset"}, args...)
			out, err := exec.Command("redis-benchmark", args...).CombinedOutput()
			if err != nil || strings.Contains(strings.ToLower(string(out)), "error") {
				t.Errorf("redis-benchmark %q: %v\n%s", args, err, out)
			}
		}
		c := dial(t, s)
		if n := infoNumber(t, c, "stats", "total_error_replies"); n != 0 {
			t.Errorf("%d replies were errors", n)
		}
	})
}

// TestPing: the binary is its own health check.
func TestPing(t *testing.T) {
	t.Parallel()
	if *self {
		return // the reference has no such command
	}
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true})
		address := "127.0.0.1:" + strconv.Itoa(s.Port)
		for _, where := range []string{address, s.Socket} {
			if out, err := exec.Command(basaltBinary, "ping", where).CombinedOutput(); err != nil {
				t.Errorf("ping %s: %v\n%s", where, err, out)
			}
		}
		s.Kill()
		if out, err := exec.Command(basaltBinary, "ping", address).CombinedOutput(); err == nil {
			t.Errorf("ping of a dead server succeeds: %s", out)
		}
	})
	for _, flag := range []string{"--version", "--help"} {
		if out, err := exec.Command(basaltBinary, flag).CombinedOutput(); err != nil || len(out) == 0 {
			t.Errorf("%s: %v %s", flag, err, out)
		}
	}
}

// TestLongPipeline: a client that sends a very long pipeline before it reads
// the first reply gets all of them.
func TestLongPipeline(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		const count = 300_000
		var request []byte
		for i := range count {
			request = harness.AppendRequest(request, "ECHO", strconv.Itoa(i))
		}
		if err := c.Write(request); err != nil {
			t.Fatal(err)
		}
		for i := range count {
			text := strconv.Itoa(i)
			reply, err := c.Receive()
			if want := "$" + strconv.Itoa(len(text)) + "\r\n" + text + "\r\n"; err != nil || string(reply) != want {
				t.Fatalf("reply %d of %d: %q %v", i, count, reply, err)
			}
		}
	})
}

// TestMovedPort: the port may change while clients are served.
func TestMovedPort(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true})
		c := dial(t, s)
		port, err := harness.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "port", strconv.Itoa(port))
		want(t, dialTCP(t, "127.0.0.1", port), "+PONG\r\n", "PING")
		if gone, err := harness.DialAddr("tcp", "127.0.0.1:"+strconv.Itoa(s.Port)); err == nil {
			gone.Close()
			t.Error("the old port is still open")
		}
		want(t, c, "+PONG\r\n", "PING")
	})
}
