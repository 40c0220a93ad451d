// Package reference runs a real redis-server for tests that compare with it.
//
// The server listens on a Unix socket in a directory of its own, so tests of
// several packages run side by side without sharing ports. A machine without
// redis-server fails the test: a comparison that does not run proves nothing.
package reference

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// startTimeout bounds how long a server may take to answer its first PING; a
// loaded two-core machine needs a second or two.
const startTimeout = 20 * time.Second

// Server is one running redis-server and one connection to it. Its methods are
// for a single goroutine.
type Server struct {
	// Dir is the server's working directory, removed when the test ends.
	Dir string
	// Args are the arguments it was started with.
	Args []string

	cmd  *exec.Cmd
	log  bytes.Buffer
	conn net.Conn
	in   *bufio.Reader
}

// Error is an error reply, without the leading minus.
type Error string

// Error returns the reply's text.
func (e Error) Error() string { return string(e) }

// Start runs redis-server with the given command line arguments on top of a
// socket, no TCP port and no persistence, and stops it when the test ends.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, []string{"--save", "", "--appendonly", "no"}, args)
}

// StartPlain is Start with persistence as the arguments have it. In both, the
// first argument may be a configuration file.
func StartPlain(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, nil, args)
}

func start(t testing.TB, first, args []string) *Server {
	t.Helper()
	// Not t.TempDir: a socket's path may be 107 bytes long at most.
	dir, err := os.MkdirTemp("", "ref")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Dir: dir}
	socket := filepath.Join(dir, "s")
	all := []string{}
	if len(args) > 0 && len(args[0]) > 0 && args[0][0] != '-' {
		all, args = append(all, args[0]), args[1:] // a configuration file comes first
	}
	all = append(all, "--port", "0", "--unixsocket", socket, "--dir", dir)
	all = append(append(all, first...), args...)
	s.Args = all
	s.cmd = exec.Command("redis-server", all...)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start redis-server (package redis-server must be installed): %v", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = s.cmd.Wait() // killed below, so its status says nothing
		close(exited)
	}()
	t.Cleanup(func() {
		if s.conn != nil {
			s.conn.Close()
		}
		_ = s.cmd.Process.Kill()
		<-exited
		os.RemoveAll(dir)
	})
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(5 * time.Millisecond) {
		if s.conn, err = net.Dial("unix", socket); err == nil {
			break
		}
		select {
		case <-exited:
			t.Fatalf("redis-server ended at start:\n%s", s.log.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis-server does not answer: %v", err)
		}
	}
	s.in = bufio.NewReaderSize(s.conn, 1<<16)
	return s
}

// Do sends one command and returns its reply: string, int64, nil, Error or
// []any of these. A broken connection is an error of the Go kind.
func (s *Server) Do(args ...string) (any, error) {
	if err := s.Send(args...); err != nil {
		return nil, err
	}
	return s.Receive()
}

// Send writes one command without waiting, for pipelines.
func (s *Server) Send(args ...string) error {
	b := append([]byte{'*'}, strconv.Itoa(len(args))...)
	for _, a := range args {
		b = fmt.Appendf(b, "\r\n$%d\r\n%s", len(a), a)
	}
	_, err := s.conn.Write(append(b, "\r\n"...))
	return err
}

// Receive reads the next reply.
func (s *Server) Receive() (any, error) {
	line, err := s.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	if len(line) < 3 {
		return nil, fmt.Errorf("reply line %q", line)
	}
	rest := line[1 : len(line)-2]
	switch line[0] {
	case '+':
		return rest, nil
	case '-':
		return Error(rest), nil
	}
	n, err := strconv.ParseInt(rest, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("reply line %q", line)
	}
	switch line[0] {
	case ':':
		return n, nil
	case '$':
		if n < 0 {
			return nil, nil
		}
		b := make([]byte, n+2)
		if _, err := io.ReadFull(s.in, b); err != nil {
			return nil, err
		}
		return string(b[:n]), nil
	case '*':
		if n < 0 {
			return nil, nil
		}
		values := make([]any, n)
		for i := range values {
			if values[i], err = s.Receive(); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("reply line %q", line)
}
