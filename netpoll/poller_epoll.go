//go:build linux

package netpoll

import (
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// edgeEvents is the interest of every connection, for its whole life.
const edgeEvents = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET

// Poller waits for descriptors with epoll. See the package comment for what
// callers may expect.
type Poller struct {
	fd     int
	wakeFD int // eventfd, edge-triggered and never read: each write is an edge
	waker  waker
	warm   bool              // the last sleep ended with events
	events []unix.EpollEvent // scratch of Wait
}

// OpenPoller returns a Poller without descriptors. Close gives its two
// descriptors back.
func OpenPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wakeFD, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("eventfd2", err)
	}
	p := &Poller{fd: fd, wakeFD: wakeFD}
	if err := p.control(unix.EPOLL_CTL_ADD, wakeFD, unix.EPOLLIN|unix.EPOLLET, wakeToken); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close releases the poller. Registered descriptors stay open. No other call
// may be under way.
func (p *Poller) Close() error {
	unix.Close(p.wakeFD)
	return os.NewSyscallError("close", unix.Close(p.fd))
}

// Add registers a connection, edge-triggered, until Remove or until fd is
// closed. The first event comes at once: the connection is writable.
func (p *Poller) Add(fd int, token uint64) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, edgeEvents, token)
}

// AddListener registers a listening socket, level-triggered. Where several
// pollers hold the same listener the kernel wakes one of them, not all.
func (p *Poller) AddListener(fd int, token uint64) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN|unix.EPOLLEXCLUSIVE, token)
}

// AddPoller registers another poller, whose Wait would return now whenever an
// event says that it is readable.
func (p *Poller) AddPoller(other *Poller, token uint64) error {
	return p.control(unix.EPOLL_CTL_ADD, other.fd, unix.EPOLLIN, token)
}

// RemovePoller ends the registration of another poller.
func (p *Poller) RemovePoller(other *Poller) error { return p.Remove(other.fd) }

// Remove ends the registration of fd, which must still be open. Closing a
// descriptor removes it as well, unless a child process that is being started
// holds a copy for a moment; the token's sequence covers events of that kind.
func (p *Poller) Remove(fd int) error {
	return p.control(unix.EPOLL_CTL_DEL, fd, 0, 0)
}

func (p *Poller) control(op, fd int, events uint32, token uint64) error {
	event := unix.EpollEvent{Events: events, Fd: int32(token), Pad: int32(token >> 32)}
	_, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(p.fd), uintptr(op), uintptr(fd),
		uintptr(unsafe.Pointer(&event)), 0, 0)
	if e != 0 {
		return os.NewSyscallError("epoll_ctl", e)
	}
	return nil
}

// Wait fills ev with what happened and returns how many events that are. A
// timeoutMs of 0 polls without telling the scheduler, -1 waits without limit.
// It may return 0 before the time is over: after a Wake or a signal. An error
// means that the poller is unusable.
func (p *Poller) Wait(ev []Event, timeoutMs int) (n int, err error) {
	if len(ev) == 0 {
		panic("BUG: netpoll: Wait without room for events")
	}
	if len(p.events) < len(ev) {
		p.events = make([]unix.EpollEvent, len(ev))
	}
	ready := p.events[:len(ev)]
	switch {
	case timeoutMs == 0 || !p.waker.sleep():
		n, err = p.poll(ready, 0)
	case p.warm && holders.Add(1) < processors:
		n, err = p.poll(ready, min(uint(timeoutMs), warmMs))
		holders.Add(-1)
		p.warm = n > 0
	default:
		if p.warm {
			holders.Add(-1)
		}
		n, err = unix.EpollWait(p.fd, ready, timeoutMs)
		p.warm = n > 0
	}
	p.waker.awake()
	if err != nil {
		if err == unix.EINTR {
			return 0, nil
		}
		return 0, os.NewSyscallError("epoll_wait", err)
	}
	return translate(ev, ready[:n]), nil
}

// A call that may block has to tell the Go scheduler, which then takes the
// processor (P) away after some 20 µs. To come back from such a call means to
// get one again and to wake the scheduler's monitor thread: measured, 20 µs on
// the latency of a node that has little to do, and 3 % of the CPU of one that has
// much. So a poller whose last sleep brought events first waits for up to
// warmMs with its processor in hand.
//
// Nobody has to wait for that: who stops the world sends a signal to each
// thread that holds a processor, again every 100 µs until it is stopped, and
// epoll_wait ends at a signal. The other goroutines need a processor, so at
// most all but one are held.
const warmMs = 5

var (
	holders    atomic.Int32
	processors = int32(runtime.GOMAXPROCS(0))
)

// poll is epoll_wait as a raw call, which keeps the processor.
func (p *Poller) poll(ready []unix.EpollEvent, timeoutMs uint) (int, error) {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd),
		uintptr(unsafe.Pointer(&ready[0])), uintptr(len(ready)), uintptr(timeoutMs), 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

func translate(ev []Event, ready []unix.EpollEvent) int {
	n := 0
	for i := range ready {
		token := uint64(uint32(ready[i].Fd)) | uint64(uint32(ready[i].Pad))<<32
		if token == wakeToken {
			continue
		}
		events := ready[i].Events
		dead := events&(unix.EPOLLHUP|unix.EPOLLERR) != 0
		hangup := dead || events&unix.EPOLLRDHUP != 0
		ev[n] = Event{
			Token:    token,
			Readable: hangup || events&unix.EPOLLIN != 0,
			Writable: dead || events&unix.EPOLLOUT != 0,
			Hangup:   hangup,
		}
		n++
	}
	return n
}

// Wake makes the current or the next Wait return. Any thread may call it; calls
// before the owner comes out of Wait count as one, and a call while the owner
// runs costs no system call. Publish the work first, through an atomic.
func (p *Poller) Wake() error {
	if !p.waker.notify() {
		return nil
	}
	one := uint64(1)
	for {
		_, _, e := syscall.RawSyscall(unix.SYS_WRITE, uintptr(p.wakeFD), uintptr(unsafe.Pointer(&one)), 8)
		switch e {
		case 0, unix.EAGAIN: // EAGAIN: the counter is full, so it is readable already
			return nil
		case unix.EINTR:
		default:
			return os.NewSyscallError("write", e)
		}
	}
}
