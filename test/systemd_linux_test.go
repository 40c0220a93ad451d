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
// taken.
func TestSystemd(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(dir, "notify")})
		if err != nil {
			t.Fatal(err)
		}
		defer manager.Close()
		socket, address := socketToHandOver(t)
		cmd := withSockets(threads, dir, []*os.File{socket}, "--supervised", "auto", "--port", "1", "--bind", "192.0.2.1")
		cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+manager.LocalAddr().String())
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

// withSockets is a command that starts the server with inherited sockets. A shell
// in front gives the server the number that LISTEN_PID has to be: its own.
func withSockets(threads int, dir string, sockets []*os.File, args ...string) *exec.Cmd {
	args = append(append(basaltArgs(threads), "--dir", dir, "--save", ""), args...)
	cmd := exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec "$@"`, "sh", basaltBinary}, args...)...)
	cmd.Env = append(harness.Environment(), "LISTEN_FDS="+strconv.Itoa(len(sockets)), "LISTEN_FDNAMES=a:b:c")
	cmd.ExtraFiles = sockets
	return cmd
}

// TestSeveralSockets: all that are handed over are served, as what they are.
func TestSeveralSockets(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		path := filepath.Join(dir, "s")
		local, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: path})
		if err != nil {
			t.Fatal(err)
		}
		local.SetUnlinkOnClose(false)
		defer local.Close()
		three, err := local.File()
		if err != nil {
			t.Fatal(err)
		}
		defer three.Close()
		both, err := net.ListenTCP("tcp", &net.TCPAddr{}) // of IPv6 and IPv4
		if err != nil {
			t.Fatal(err)
		}
		defer both.Close()
		two, err := both.File()
		if err != nil {
			t.Fatal(err)
		}
		defer two.Close()
		one, address := socketToHandOver(t)
		ports := []string{address[strings.LastIndexByte(address, ':')+1:], strconv.Itoa(both.Addr().(*net.TCPAddr).Port)}
		cmd := withSockets(threads, dir, []*os.File{one, two, three}, "--proxy-protocol", "unixsocket", "--port", "1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		for _, port := range ports {
			c, err := harness.DialAddr("tcp", "127.0.0.1:"+port)
			if err != nil {
				t.Fatal(err)
			}
			line := do(t, c, "CLIENT", "INFO")
			if field(t, line, "addr") != c.Conn.LocalAddr().String() || field(t, line, "laddr") != "127.0.0.1:"+port {
				t.Error(line)
			}
			if info := do(t, c, "INFO", "server"); !strings.Contains(info, ",port="+ports[0]+"\r\n") ||
				!strings.Contains(info, ",port="+ports[1]+"\r\n") || !strings.Contains(info, "name=unix,bind="+path+"\r\n") {
				t.Error(info)
			}
			c.Close()
		}
		c, err := harness.DialAddr("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Write([]byte("PROXY UNKNOWN\r\n")); err != nil {
			t.Fatal(err)
		}
		want(t, c, "-ERR CONFIG SET failed (possibly related to argument 'proxy-protocol') - "+
			"proxy-protocol: the server does not listen on '*'\r\n", "CONFIG", "SET", "proxy-protocol", "*")
		if err := c.Send("SHUTDOWN"); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error("the service manager's socket is gone: ", err)
		}
	})
}

// TestStrangeSockets: what is no listening stream socket stops the start.
func TestStrangeSockets(t *testing.T) {
	t.Parallel()
	kinds := map[string]int{"seqpacket": syscall.SOCK_SEQPACKET, "datagram": syscall.SOCK_DGRAM, "silent": syscall.SOCK_STREAM}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			fd, err := syscall.Socket(syscall.AF_UNIX, kind, 0)
			if err != nil {
				t.Fatal(err)
			}
			f := os.NewFile(uintptr(fd), name)
			defer f.Close()
			if kind == syscall.SOCK_SEQPACKET { // it listens, at an address that the system chooses
				if err := syscall.Bind(fd, &syscall.SockaddrUnix{}); err != nil {
					t.Fatal(err)
				}
				if err := syscall.Listen(fd, 1); err != nil {
					t.Fatal(err)
				}
			}
			cmd := withSockets(1, dir, []*os.File{f})
			late := time.AfterFunc(harness.Patience, func() { _ = cmd.Process.Kill() })
			defer late.Stop()
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "not a listening stream socket") {
				t.Errorf("%v %s", err, out)
			}
		})
	}
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
	tcp, unix := "BASALT_PORT="+strconv.Itoa(s.Port), "BASALT_UNIXSOCKET="+s.Socket
	for _, c := range []struct {
		args []string
		well bool
		env  []string
	}{
		{[]string{"ping", "--proxy", address}, true, nil},
		{[]string{"ping", address}, false, nil},
		{[]string{"ping", s.Socket}, true, nil},
		{[]string{"ping", "127.0.0.1:1"}, false, nil},
		// A header goes to the listeners that the configuration means.
		{[]string{"ping", "--ready"}, true, []string{tcp, "BASALT_PROXY_PROTOCOL=yes"}},
		{[]string{"ping", "--ready"}, true, []string{tcp, "BASALT_PROXY_PROTOCOL=unixsocket 127.0.0.1"}},
		{[]string{"ping", "--ready"}, true, []string{tcp, "BASALT_PROXY_PROTOCOL=-*"}},
		{[]string{"ping", "--ready"}, false, []string{tcp, "BASALT_PROXY_PROTOCOL=no"}},
		{[]string{"ping", "--ready"}, false, []string{tcp, "BASALT_PROXY_PROTOCOL=10.0.0.1 unixsocket"}},
		{[]string{"ping", "--ready"}, true, []string{"BASALT_PORT=0", unix, "BASALT_PROXY_PROTOCOL=yes"}},
		{[]string{"ping", "--ready"}, false, []string{"BASALT_PORT=0", unix, "BASALT_PROXY_PROTOCOL=unixsocket"}},
		{[]string{"ping", "--ready", s.Socket}, true, []string{"BASALT_PROXY_PROTOCOL=YES"}},
	} {
		cmd := exec.Command(basaltBinary, c.args...)
		cmd.Env = append(harness.Environment(), c.env...)
		out, err := cmd.CombinedOutput()
		if (err == nil) != c.well {
			t.Errorf("%q %q: %v %s", c.args, c.env, err, out)
		}
	}
}
