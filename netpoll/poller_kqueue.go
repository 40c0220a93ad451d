//go:build darwin || dragonfly || freebsd

package netpoll

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wakeIdent names the poller's user event among the user events of the queue.
const wakeIdent = 0

// kevents is room for kevent structs. The kernel hands a token back in Udata,
// which x/sys declares as a pointer. A token is no pointer, and the collector
// stops the process when it meets one in memory that it scans; so the structs
// lie in words, which it does not scan, and no kevent is ever copied.
type kevents struct {
	words []uint64
}

const keventWords = (unsafe.Sizeof(unix.Kevent_t{}) + 7) / 8

func (k *kevents) slice() []unix.Kevent_t {
	return unsafe.Slice((*unix.Kevent_t)(unsafe.Pointer(&k.words[0])), len(k.words)/int(keventWords))
}

func tokenOf(k *unix.Kevent_t) uint64 { return *(*uint64)(unsafe.Pointer(&k.Udata)) }

func setToken(k *unix.Kevent_t, token uint64) { *(*uint64)(unsafe.Pointer(&k.Udata)) = token }

// Poller waits for descriptors with kqueue. See the package comment for what
// callers may expect. Reading and writing are two filters there, so one
// connection may bring two events at once.
type Poller struct {
	fd     int
	waker  waker
	events kevents // scratch of Wait
}

// OpenPoller returns a Poller without descriptors. Close gives its descriptor
// back.
func OpenPoller() (*Poller, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, os.NewSyscallError("kqueue", err)
	}
	unix.CloseOnExec(fd)
	p := &Poller{fd: fd}
	if err := p.control(wakeIdent, wakeToken, unix.EV_ADD|unix.EV_CLEAR, unix.EVFILT_USER); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close releases the poller. Registered descriptors stay open. No other call
// may be under way.
func (p *Poller) Close() error {
	return os.NewSyscallError("close", unix.Close(p.fd))
}

// Add registers a connection, edge-triggered, until Remove or until fd is
// closed. The first event comes at once: the connection is writable.
func (p *Poller) Add(fd int, token uint64) error {
	return p.control(fd, token, unix.EV_ADD|unix.EV_CLEAR, unix.EVFILT_READ, unix.EVFILT_WRITE)
}

// AddListener registers a listening socket, level-triggered. Where several
// pollers hold the same listener all of them see a connection and one gets it.
func (p *Poller) AddListener(fd int, token uint64) error {
	return p.control(fd, token, unix.EV_ADD, unix.EVFILT_READ)
}

// AddPoller registers another poller, whose Wait would return now whenever an
// event says that it is readable.
func (p *Poller) AddPoller(other *Poller, token uint64) error {
	return p.control(other.fd, token, unix.EV_ADD, unix.EVFILT_READ)
}

// RemovePoller ends the registration of another poller.
func (p *Poller) RemovePoller(other *Poller) error { return p.Remove(other.fd) }

// Remove ends the registration of fd, which must still be open. Closing a
// descriptor removes it as well.
func (p *Poller) Remove(fd int) error {
	err := p.control(fd, 0, unix.EV_DELETE, unix.EVFILT_READ)
	// A listener has no write filter.
	p.control(fd, 0, unix.EV_DELETE, unix.EVFILT_WRITE)
	return err
}

func (p *Poller) control(ident int, token uint64, flags int, filters ...int) error {
	var words [2 * keventWords]uint64
	k := kevents{words[:len(filters)*int(keventWords)]}
	changes := k.slice()
	for i, filter := range filters {
		unix.SetKevent(&changes[i], ident, filter, flags)
		setToken(&changes[i], token)
	}
	for {
		_, err := unix.Kevent(p.fd, changes, nil, nil)
		if err != unix.EINTR {
			return os.NewSyscallError("kevent", err)
		}
	}
}

// Wait fills ev with what happened and returns how many events that are. A
// timeoutMs of 0 polls, -1 waits without limit. It may return 0 before the time
// is over: after a Wake or a signal. An error means that the poller is unusable.
func (p *Poller) Wait(ev []Event, timeoutMs int) (int, error) {
	if len(ev) == 0 {
		panic("BUG: netpoll: Wait without room for events")
	}
	if want := len(ev) * int(keventWords); len(p.events.words) < want {
		p.events.words = make([]uint64, want)
	}
	ready := p.events.slice()[:len(ev)]
	var limit *unix.Timespec
	if timeoutMs == 0 || !p.waker.sleep() {
		limit = &unix.Timespec{}
	} else if timeoutMs > 0 {
		ts := unix.NsecToTimespec(int64(timeoutMs) * 1e6)
		limit = &ts
	}
	n, err := unix.Kevent(p.fd, nil, ready, limit)
	p.waker.awake()
	if err != nil {
		if err == unix.EINTR {
			return 0, nil
		}
		return 0, os.NewSyscallError("kevent", err)
	}
	return translate(ev, ready[:n]), nil
}

func translate(ev []Event, ready []unix.Kevent_t) int {
	n := 0
	for i := range ready {
		k := &ready[i]
		if k.Filter == unix.EVFILT_USER {
			continue
		}
		hangup := k.Flags&(unix.EV_EOF|unix.EV_ERROR) != 0
		ev[n] = Event{
			Token:    tokenOf(k),
			Readable: hangup || k.Filter == unix.EVFILT_READ,
			Writable: k.Filter == unix.EVFILT_WRITE,
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
	var words [keventWords]uint64
	k := kevents{words[:]}
	change := k.slice()
	unix.SetKevent(&change[0], wakeIdent, unix.EVFILT_USER, 0)
	change[0].Fflags = unix.NOTE_TRIGGER
	setToken(&change[0], wakeToken)
	for {
		_, err := unix.Kevent(p.fd, change, nil, nil)
		if err != unix.EINTR {
			return os.NewSyscallError("kevent", err)
		}
	}
}
