package metrics

import (
	"net"
	"sync"
)

// connectionsMax is how many connections the HTTP listener holds at a time.
// They come out of the descriptors that the server keeps for itself beside its
// clients, so they must be few; Prometheus needs one.
const connectionsMax = 16

// limitedListener accepts at most as many connections at a time as free has
// room for; more wait in the kernel's backlog. crowded is told when one has to
// wait, and when it does not any more.
type limitedListener struct {
	net.Listener
	free    chan struct{} // a token for each open connection
	crowded func(bool)
	closed  chan struct{}
	once    sync.Once
}

func limit(l net.Listener, connections int, crowded func(bool)) net.Listener {
	return &limitedListener{Listener: l, free: make(chan struct{}, connections), crowded: crowded, closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	default:
		l.crowded(true)
		defer l.crowded(false)
		select {
		case l.free <- struct{}{}:
		case <-l.closed:
			return nil, net.ErrClosed
		}
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &limitedConn{Conn: c, free: l.free}, nil
}

// Close implements net.Listener.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// limitedConn gives its token back when it is closed.
type limitedConn struct {
	net.Conn
	free chan struct{}
	once sync.Once
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.free })
	return err
}
