// Package harness starts servers for tests and benchmarks that look at them
// from outside: the reference redis-server and basalt, each in a process of its
// own, with its data in a directory of its own, known by its pid and ended by
// it. Nothing here decodes replies with the packages under test: the judge must
// not be made of what is judged.
package harness

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Patience is how long the harness waits for something that is certain to come
// unless the server is broken. Machines under load are slow; a test that only
// passes on a fast one is worth nothing, so it is generous. Only who writes a
// test shortens it.
var Patience = 30 * time.Second

// Options say how a server is to be started.
type Options struct {
	Binary string   // redis-server or basalt
	Args   []string // in addition to those that every server of the harness gets
	Env    []string // in addition to the environment, NAME=value
	Config string   // content of a configuration file, given as first argument when not empty
	Input  string   // what the process finds on its standard input
	TCP    bool     // listen on a free port of 127.0.0.1 too, not on the Unix socket alone
	Port   int      // this port rather than a free one; implies TCP
	Dir    string   // existing directory for its data; empty: a fresh one, removed by Stop
	Bare   bool     // no arguments but Args: neither sockets nor directory are set
}

// Server is a process that was started and answers.
type Server struct {
	Binary string
	Dir    string // its working directory
	Socket string // path of its Unix socket
	Port   int    // 0 when it does not listen on TCP

	cmd     *exec.Cmd
	output  lockedBuffer
	exited  chan struct{} // closed once the process is gone; exitErr is set before
	exitErr error
	ownDir  bool
}

// lockedBuffer collects what the process prints, for the message of a failure.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Start starts a server and returns once it answers. A port that somebody else
// took between the choice and the start is a reason to choose again.
func Start(o Options) (*Server, error) {
	for attempt := 0; ; attempt++ {
		s, err := Launch(o)
		if err != nil {
			return nil, err
		}
		err = s.waitReady()
		if err == nil {
			return s, nil
		}
		taken := bytes.Contains([]byte(s.Output()), []byte("in use"))
		s.Stop()
		if !taken || o.Port != 0 || attempt == 5 {
			return nil, err
		}
	}
}

// Launch starts a server without waiting for it to answer: for one that is
// expected to refuse its configuration. Wait says how it ended.
func Launch(o Options) (*Server, error) {
	uses()
	s := &Server{Binary: o.Binary, Dir: o.Dir, Port: o.Port, exited: make(chan struct{})}
	if s.Dir == "" {
		// Not the test's own directory: its path may be too long for a socket.
		dir, err := os.MkdirTemp("", "bslt")
		if err != nil {
			return nil, err
		}
		s.Dir, s.ownDir = dir, true
	}
	if o.TCP && s.Port == 0 {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		s.Port = port
	}
	s.Socket = filepath.Join(s.Dir, "s")
	s.cmd = exec.Command(o.Binary, s.arguments(o)...)
	s.cmd.Dir = s.Dir
	s.cmd.Env = append(append(Environment(), "LC_ALL=C"), o.Env...)
	s.cmd.Stdin = strings.NewReader(o.Input)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	s.cmd.WaitDelay = Patience // for children that hold its output open
	if err := spawn(s.cmd); err != nil {
		s.removeDir()
		return nil, fmt.Errorf("start %s: %w", o.Binary, err)
	}
	go func() {
		s.exitErr = s.cmd.Wait()
		close(s.exited)
	}()
	return s, nil
}

// Environment is that of this process without what would configure a server.
func Environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "BASALT_") })
}

func (s *Server) arguments(o Options) []string {
	var args []string
	if o.Config != "" {
		path := filepath.Join(s.Dir, "server.conf")
		if err := os.WriteFile(path, []byte(o.Config), 0o644); err == nil {
			args = append(args, path)
		}
	}
	if !o.Bare {
		args = append(args, "--port", strconv.Itoa(s.Port), "--dir", s.Dir,
			"--unixsocket", s.Socket, "--save", "", "--appendonly", "no")
		if s.Port != 0 {
			args = append(args, "--bind", "127.0.0.1")
		}
	}
	return append(args, o.Args...)
}

// waitReady asks until the server answers anything but LOADING.
func (s *Server) waitReady() error {
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); {
		select {
		case <-s.exited:
			return fmt.Errorf("%s ended before it answered: %v\n%s", s.Binary, s.exitErr, s.Output())
		default:
		}
		if s.answers() {
			return nil
		}
		time.Sleep(3 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer\n%s", s.Binary, s.Output())
}

func (s *Server) answers() bool {
	c, err := s.Dial()
	if err != nil {
		return false
	}
	defer c.Close()
	reply, err := c.Do("PING")
	return err == nil && !bytes.HasPrefix(reply, []byte("-LOADING"))
}

// Pid is the process id of the server.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Output is what the server has printed so far.
func (s *Server) Output() string { return s.output.String() }

// Dial opens a connection: over TCP when the server has a port, else over the
// Unix socket.
func (s *Server) Dial() (*Client, error) {
	if s.Port != 0 {
		return DialAddr("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
	}
	return s.DialSocket()
}

// DialSocket opens a connection over the Unix socket.
func (s *Server) DialSocket() (*Client, error) { return DialAddr("unix", s.Socket) }

// Alive says whether the process still runs.
func (s *Server) Alive() bool {
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// Wait waits for the process to end by itself and returns its exit code, -1
// after a signal.
func (s *Server) Wait() (int, error) {
	select {
	case <-s.exited:
		return s.cmd.ProcessState.ExitCode(), nil
	case <-time.After(Patience):
		return 0, fmt.Errorf("%s still runs\n%s", s.Binary, s.Output())
	}
}

// Signal sends a signal to the process.
func (s *Server) Signal(sig os.Signal) error { return s.cmd.Process.Signal(sig) }

// Stop ends the process, gently first, and removes the directory that Start
// made for it. An error says that the server had crashed or would not end.
func (s *Server) Stop() error {
	var err error
	if s.Alive() {
		_ = s.Signal(syscall.SIGTERM)
		select {
		case <-s.exited:
			// The race detector's only word is the exit code.
			if code := s.cmd.ProcessState.ExitCode(); code != 0 {
				err = fmt.Errorf("%s ended with code %d\n%s", s.Binary, code, s.Output())
			}
		case <-time.After(Patience / 4):
			_ = s.cmd.Process.Kill()
			<-s.exited
			err = fmt.Errorf("%s did not end on SIGTERM\n%s", s.Binary, s.Output())
		}
	} else {
		var exit *exec.ExitError
		if errors.As(s.exitErr, &exit) {
			err = fmt.Errorf("%s ended by itself: %v\n%s", s.Binary, s.exitErr, s.Output())
		}
	}
	s.removeDir()
	return err
}

// Kill ends the process at once, as a crash would. Stop does not count it as
// one.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
	s.exitErr = nil
}

func (s *Server) removeDir() {
	if s.ownDir {
		os.RemoveAll(s.Dir)
	}
}

// Free ports are sought here: below those that systems give to connections, which
// would take one between its choice and its use.
const portMin, portMax = 12000, 32000

// nextPort is how many ports this process has looked at. It begins anywhere, as
// others seek ports too.
var nextPort atomic.Uint32

func init() { nextPort.Store(rand.Uint32N(portMax - portMin)) }

// FreePort returns a TCP port that nobody listened on a moment ago, another one
// each time.
func FreePort() (int, error) {
	for tries := 0; ; tries++ {
		port := portMin + int(nextPort.Add(1)%(portMax-portMin))
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		if tries == 1000 {
			return 0, err
		}
	}
}
