package test

import (
	"io"
	"net"
	"os/exec"
	"slices"
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

// TestPingJudges: any answer is a sign of life, and only a PONG that of a server
// that serves. What does not speak the protocol, or says nothing, is neither.
func TestPingJudges(t *testing.T) {
	t.Parallel()
	if *self {
		return
	}
	answers := func(text string) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				t.Cleanup(func() { c.Close() })
				if text == "closes" {
					c.Close()
				} else {
					io.WriteString(c, text)
				}
			}
		}()
		return l.Addr().String()
	}
	secret := startBasalt(t, 1, harness.Options{TCP: true, Args: []string{"--requirepass", "hush"}})
	broken := startBasalt(t, 1, harness.Options{TCP: true, Args: []string{"--save", "3600 1", "--dbfilename", "d.rdb", "--shutdown-on-sigterm", "nosave"}})
	blockFile(t, broken.Dir+"/d.rdb")
	c := dial(t, broken)
	do(t, c, "BGSAVE")
	waitFor(t, "MISCONF", func() bool { return strings.HasPrefix(do(t, c, "PING"), "-MISCONF") })
	at := func(s *harness.Server) string { return "127.0.0.1:" + strconv.Itoa(s.Port) }
	for _, c := range []struct {
		name, address, env string
		lives, ready       bool
	}{
		{"pong", answers("+PONG\r\n"), "", true, true},
		{"loading", answers("-LOADING Redis is loading the dataset in memory\r\n"), "", true, false},
		{"full", answers("-ERR max number of clients reached\r\n"), "", true, false},
		{"http", answers("HTTP/1.1 400 Bad Request\r\n"), "", false, false},
		{"endless", answers(strings.Repeat("x", 100000)), "", false, false},
		{"half", answers("+PO"), "", false, false},
		{"closes", answers("closes"), "", false, false},
		{"silent", answers(""), "", false, false},
		{"broken", at(broken), "", true, false},
		{"broken", broken.Socket, "", true, false},
		{"secret", at(secret), "", true, false},
		{"secret", at(secret), "BASALT_REQUIREPASS=wrong", true, false},
		{"secret", secret.Socket, "BASALT_REQUIREPASS=hush", true, true},
		{"port", "", "BASALT_PORT=" + strconv.Itoa(secret.Port), true, false},
		{"option", "--nonsense", "", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{{"ping"}, {"ping", "--ready"}} {
				if c.address != "" {
					args = append(args, c.address)
				}
				cmd := exec.Command(basaltBinary, args...)
				cmd.Env = append(harness.Environment(), c.env)
				out, _ := cmd.CombinedOutput()
				well := c.lives
				if slices.Contains(args, "--ready") {
					well = c.ready
				}
				if code := cmd.ProcessState.ExitCode(); code != 0 && code != 1 || (code == 0) != well {
					t.Errorf("%q: exit code %d\n%s", args, code, out)
				}
				if well != (len(out) == 0) {
					t.Errorf("%q: it says %q", args, out)
				}
			}
		})
	}
	cmd := exec.Command(basaltBinary, "ping", "--ready")
	cmd.Env = append(harness.Environment(), "BASALT_PORT=0", "BASALT_UNIXSOCKET="+secret.Socket, "BASALT_REQUIREPASS=hush")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("by the environment: %v\n%s", err, out)
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
