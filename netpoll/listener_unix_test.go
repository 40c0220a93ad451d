package netpoll

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// socketPath returns a path short enough for a socket.
func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "np")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

func TestUnixSocket(t *testing.T) {
	path := socketPath(t)
	l, err := ListenUnix(path, 0o640, ListenOptions{KeepAlive: 300})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Fatal(info.Mode(), err)
	}
	if err := l.SetKeepAlive(10); err != nil {
		t.Fatal(err)
	}
	p := openLoop(t)
	p.AddListener(l.FD(), Token(0, 0))
	client := dial(t, l, 1)[0]
	p.next(Token(0, 0), readable)
	fd, remote := accept(t, l)
	if remote.String() != path+":0" || !remote.IsUnix() || !remote.IsLoopback() || remote != l.Addr() {
		t.Fatal(remote)
	}
	if local, err := LocalAddr(fd); err != nil || local.String() != path+":0" {
		t.Fatal(local, err)
	}
	token := Token(1, 1)
	p.Add(fd, token)
	p.next(token, writable)
	send(t, client, "ping")
	p.next(token, readable)
	if data, err := readAll(t, fd); data != "ping" || err != ErrAgain {
		t.Fatal(data, err)
	}
	big := make([]byte, 8<<20)
	sent, err := Write(fd, big)
	if sent == 0 || sent == len(big) || err != nil {
		t.Fatal(sent, err)
	}
	p.quiet(token)
	io.ReadFull(client, make([]byte, sent))
	p.next(token, writable)
	client.Close()
	p.next(token, hangup)
	if _, err := readAll(t, fd); err != io.EOF {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Fatal("the socket's file is left:", err)
	}
}

func TestUnixSocketInTheWay(t *testing.T) {
	path := socketPath(t)
	// A file of another kind is not ours to remove.
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ListenUnix(path, 0, ListenOptions{}); err == nil {
		t.Fatal("a file was replaced by a socket")
	}
	os.Remove(path)

	// A socket whose server died is.
	dead, err := streamSocket(unix.AF_UNIX)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(dead, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	unix.Close(dead)
	l, err := ListenUnix(path, 0, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()

	// One that answers is not.
	if _, err := ListenUnix(path, 0, ListenOptions{}); !errors.Is(err, unix.EADDRINUSE) {
		t.Fatal(err)
	}
	accept(t, l) // the question that was asked above

	// Somebody replaced the file: Close leaves the new one alone.
	os.Remove(path)
	os.WriteFile(path, nil, 0o600)
	l.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Fatal(err)
	}

	if _, err := ListenUnix(filepath.Join(path, "x"), 0, ListenOptions{}); err == nil {
		t.Fatal("a socket below a file")
	}
	if _, err := ListenUnix(path+strings.Repeat("x", 200), 0, ListenOptions{}); err == nil {
		t.Fatal("a path that does not fit")
	}
}
