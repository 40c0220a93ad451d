package netpoll

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ListenOptions are the settings of a listening socket.
type ListenOptions struct {
	// Backlog is how many connections may wait to be accepted; the system caps
	// it (see BacklogMax). 0 means 511.
	Backlog int
	// KeepAlive is the probing interval of accepted TCP connections in seconds,
	// 0 for none. SetKeepAlive changes it.
	KeepAlive int
	// Mark tags the socket for routing and filtering where the system can
	// (SO_MARK, SO_USER_COOKIE); 0 leaves it untagged.
	Mark uint32
	// Refusal is what a client is told before it is closed because descriptors
	// are exhausted. The bytes stay the caller's and must not change.
	Refusal []byte
}

// backlogDefault is what Redis asks for.
const backlogDefault = 511

// Listener is a listening socket. Its methods may be called by several threads,
// SetKeepAlive and Close by one.
type Listener struct {
	fd        int
	addr      Addr
	options   ListenOptions
	boundFile *fileIdentity // the Unix socket's file that Close removes
}

// FD returns the descriptor to register with Poller.AddListener.
func (l *Listener) FD() int { return l.fd }

// Addr returns where l listens; its port is the one the system chose when 0 was
// asked for.
func (l *Listener) Addr() Addr { return l.addr }

// Accept takes one queued connection: non-blocking, closed on exec, with
// TCP_NODELAY and keepalive set. The peer's address of a Unix socket is the
// listener's path. Besides the system's errors, which mean that the listener is
// broken, it returns ErrAgain (the queue is empty), ErrTransient (go on) and
// ErrExhausted (rest). It is a raw call; callers bound how many they accept in
// one go, so that clients that are connected already are served in between.
func (l *Listener) Accept() (fd int, remote Addr, err error) {
	fd, remote, err = acceptSocket(l.fd)
	if err != nil {
		err = classifyAccept(err)
		if err == ErrExhausted {
			refuseQueued(l.fd, l.options.Refusal)
		}
		return -1, Addr{}, err
	}
	if l.addr.IsUnix() {
		return fd, l.addr, nil
	}
	if !inheritsOptions {
		// Failure means that the peer is gone; reading will tell.
		SetNoDelay(fd, true)
		SetKeepAlive(fd, l.options.KeepAlive)
	}
	return fd, remote, nil
}

// SetKeepAlive changes the probing interval, in seconds, of connections that
// are accepted from now on. It does nothing for a Unix socket.
func (l *Listener) SetKeepAlive(seconds int) error {
	l.options.KeepAlive = seconds
	if l.addr.IsUnix() {
		return nil
	}
	return SetKeepAlive(l.fd, seconds)
}

// Close closes the socket; connections that were accepted live on. The file of
// a Unix socket that this process bound is removed, unless somebody replaced it.
func (l *Listener) Close() error {
	if l.boundFile != nil {
		l.boundFile.remove()
		l.boundFile = nil
	}
	err := Close(l.fd)
	l.fd = -1
	return os.NewSyscallError("close", err)
}

// FromFd makes a Listener of a listening stream socket that was inherited, as
// service managers hand over. The descriptor becomes the Listener's, also when
// an error is returned.
func FromFd(fd int, options ListenOptions) (*Listener, error) {
	l, err := fromFd(fd, options)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("inherited descriptor %d: %w", fd, err)
	}
	return l, nil
}

func fromFd(fd int, options ListenOptions) (*Listener, error) {
	listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err != nil {
		return nil, os.NewSyscallError("getsockopt", err)
	}
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return nil, os.NewSyscallError("getsockopt", err)
	}
	if listening == 0 || kind != unix.SOCK_STREAM {
		return nil, fmt.Errorf("not a listening stream socket")
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return newListener(fd, options)
}

// newListener finishes a socket that listens already.
func newListener(fd int, options ListenOptions) (*Listener, error) {
	addr, err := LocalAddr(fd)
	if err != nil {
		return nil, err
	}
	l := &Listener{fd: fd, addr: addr, options: options}
	if !addr.IsUnix() {
		if err := SetNoDelay(fd, true); err != nil {
			return nil, err
		}
		if err := SetKeepAlive(fd, options.KeepAlive); err != nil {
			return nil, err
		}
	}
	keepReserve()
	return l, nil
}
