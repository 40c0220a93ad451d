package test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"basalt/test/harness"
)

// TestSystemd: the service manager is told what happens, and its sockets are
// taken. A shell in front gives the server the number that LISTEN_PID has to
// be: its own.
func TestSystemd(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		dir, err := os.MkdirTemp("", "bslt")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(dir, "notify")})
		if err != nil {
			t.Fatal(err)
		}
		defer manager.Close()
		socket, address := socketToHandOver(t)
		args := append(basaltArgs(threads), "--dir", dir, "--save", "", "--supervised", "auto", "--port", "1", "--bind", "192.0.2.1")
		cmd := exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh", basaltBinary}, args...)...)
		cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+manager.LocalAddr().String(), "LISTEN_FDS=1")
		cmd.ExtraFiles = []*os.File{socket}
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		hear := func(want string) {
			t.Helper()
			_ = manager.SetReadDeadline(time.Now().Add(harness.Patience))
			var b [4096]byte
			n, err := manager.Read(b[:])
			if err != nil || !strings.HasPrefix(string(b[:n]), want) || !strings.Contains(string(b[:n]), "STATUS=") {
				t.Fatalf("heard %q, want %q: %v", b[:n], want, err)
			}
		}
		hear("READY=1\n")
		// It hears of the end before the snapshot, and that there is none after all.
		blockFile(t, filepath.Join(dir, "dump.rdb"))
		admin, err := harness.DialAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		want(t, admin, "-ERR Errors trying to SHUTDOWN. Check logs.\r\n", "SHUTDOWN", "SAVE")
		hear("STOPPING=1\n")
		hear("READY=1\n")
		admin.Close()
		c, err := harness.DialAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := infoField(t, c, "server", "process_supervised"); got != "systemd" {
			t.Errorf("process_supervised is %q", got)
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		hear("STOPPING=1\n")
		if rest, err := c.Rest(); err != nil || len(rest) != 0 {
			t.Errorf("%q %v", rest, err)
		}
		c.Close()
		if err := <-done; err != nil {
			t.Errorf("%v: %s", err, out.String())
		}
		// The manager's socket takes clients for the next server.
		next, err := net.DialTimeout("tcp", address, harness.Patience)
		if err != nil {
			t.Fatal(err)
		}
		next.Close()
	})
}

// TestListenPid: sockets that are another process's are left alone.
func TestListenPid(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{Env: []string{"LISTEN_FDS=1", "LISTEN_PID=" + strconv.Itoa(os.Getpid())}})
	want(t, dial(t, s), "+PONG\r\n", "PING")
}

// TestPingProxy: the health check, with and without a header.
func TestPingProxy(t *testing.T) {
	t.Parallel()
	s := startProxied(t, 1)
	address := "127.0.0.1:" + strconv.Itoa(s.Port)
	for _, c := range []struct {
		args []string
		well bool
	}{
		{[]string{"ping", "--proxy", address}, true},
		{[]string{"ping", address}, false},
		{[]string{"ping", s.Socket}, true},
		{[]string{"ping", "127.0.0.1:1"}, false},
	} {
		out, err := exec.Command(basaltBinary, c.args...).CombinedOutput()
		if (err == nil) != c.well {
			t.Errorf("%q: %v %s", c.args, err, out)
		}
	}
}

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
