package netpoll

import (
	"net"
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(exhaustedChildEnv) != "" {
		exhaustedChild()
		return
	}
	os.Exit(m.Run())
}

// waitLimit is how long a test waits for what has to happen. Machines under
// load are slow; nothing is concluded from a time below it.
const waitLimit = 20 * time.Second

// loop is a poller with what a test asks of it.
type loop struct {
	*Poller
	t      testing.TB
	events []Event
}

func openLoop(t testing.TB) *loop {
	t.Helper()
	p, err := OpenPoller()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return &loop{Poller: p, t: t, events: make([]Event, 64)}
}

// next returns the events of token that come until want is satisfied, merged.
func (l *loop) next(token uint64, want func(Event) bool) Event {
	l.t.Helper()
	merged := Event{Token: token}
	for deadline := time.Now().Add(waitLimit); time.Now().Before(deadline); {
		n, err := l.Wait(l.events, 100)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, e := range l.events[:n] {
			if e.Token != token {
				continue
			}
			merged.Readable = merged.Readable || e.Readable
			merged.Writable = merged.Writable || e.Writable
			merged.Hangup = merged.Hangup || e.Hangup
		}
		if want(merged) {
			return merged
		}
	}
	l.t.Fatalf("no such event; got %+v", merged)
	return merged
}

// quiet fails when an event of token comes.
func (l *loop) quiet(token uint64) {
	l.t.Helper()
	for range 3 {
		n, err := l.Wait(l.events, 10)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, e := range l.events[:n] {
			if e.Token == token {
				l.t.Fatalf("unexpected event %+v", e)
			}
		}
	}
}

func readable(e Event) bool { return e.Readable }
func writable(e Event) bool { return e.Writable }
func hangup(e Event) bool   { return e.Hangup }

func listenLoopback(t testing.TB, options ListenOptions) *Listener {
	t.Helper()
	l, err := ListenTCP("127.0.0.1", 0, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// accept takes one connection, waiting for it.
func accept(t testing.TB, l *Listener) (int, Addr) {
	t.Helper()
	for deadline := time.Now().Add(waitLimit); time.Now().Before(deadline); {
		fd, remote, err := l.Accept()
		if err == nil {
			t.Cleanup(func() { Close(fd) })
			return fd, remote
		}
		if err != ErrAgain {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("nobody connected")
	return -1, Addr{}
}

// connect returns both ends of a TCP connection: ours and a client's.
func connect(t testing.TB) (fd int, client *net.TCPConn) {
	t.Helper()
	l := listenLoopback(t, ListenOptions{})
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(waitLimit))
	fd, _ = accept(t, l)
	return fd, c.(*net.TCPConn)
}

// readAll reads until the socket has no more, or until it ends.
func readAll(t testing.TB, fd int) (data string, err error) {
	t.Helper()
	b := make([]byte, 4096)
	for {
		n, err := Read(fd, b)
		data += string(b[:n])
		if err != nil {
			return data, err
		}
	}
}

func send(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}
