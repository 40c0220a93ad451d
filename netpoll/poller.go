// Package netpoll is the reactor's view of the operating system: readiness of
// descriptors, non-blocking reads and writes, listeners, and buffers to read
// into. It knows nothing of protocols or connections beyond a descriptor and a
// token; what belongs to a connection lives with the caller, so an idle
// connection costs this package no memory at all.
//
// # What a platform provides
//
// poller_epoll.go (Linux) and poller_kqueue.go (macOS and the BSDs that have
// EVFILT_USER) implement type Poller:
//
//	OpenPoller() (*Poller, error)
//	(*Poller) Add(fd int, token uint64) error
//	(*Poller) AddListener(fd int, token uint64) error
//	(*Poller) AddPoller(other *Poller, token uint64) error
//	(*Poller) RemovePoller(other *Poller) error
//	(*Poller) Remove(fd int) error
//	(*Poller) Wait(ev []Event, timeoutMs int) (int, error)
//	(*Poller) Wake() error
//	(*Poller) Close() error
//
// Connections are registered once, edge-triggered, for reading, writing and
// hang-up together: no system call ever changes the interest. The caller keeps
// two bits a connection instead, "readable" and "writable", sets them from
// events and clears them when Read or Write report ErrAgain, or moved fewer
// bytes than asked. Bytes that arrive later make a new edge. The first event of
// a fresh connection says that it is writable.
//
// Listeners are level-triggered, so that a caller may accept a bounded number
// and come back: Wait reports a listener again while connections are queued.
//
// # Hang-ups
//
// Event.Hangup says that the peer sends no more, or that the connection is dead.
// Bytes received before may still wait to be read, so Hangup always comes with
// Readable, and a caller that saw it reads until io.EOF or an error: the rule
// that a short read empties the socket does not hold then. While a connection
// is busy (its command blocks or runs elsewhere) nobody has to read in order to
// learn that the peer went away: the event is delivered once, when it happens.
// PeerClosed answers the same question at any time, for a caller that did not
// keep the event.
//
// # Threads
//
// One thread calls Wait. Wake, Add, AddListener and Remove may be called from
// any thread. On Linux nothing of this allocates once a Poller is open.
package netpoll

// Event tells that something happened to a registered descriptor.
type Event struct {
	// Token is what the descriptor was registered with.
	Token uint64
	// Readable: a Read will return bytes, io.EOF or an error. For a listener:
	// connections are queued.
	Readable bool
	// Writable: the socket's send buffer has room again.
	Writable bool
	// Hangup: the peer sends no more, or the connection is dead. Readable is
	// set with it.
	Hangup bool
}

// wakeToken marks the poller's own wake-up event. Token never makes it.
const wakeToken = ^uint64(0)

// Token joins a caller's index with a sequence number. Descriptors and indexes
// are reused at once, and an event of the previous owner may still be on its
// way: a caller counts sequence up with every reuse of index and drops events
// whose sequence is not the current one. The highest sequence is reserved; a
// caller's counter wraps before it by using TokenSequenceMax.
func Token(sequence, index uint32) uint64 {
	if sequence > TokenSequenceMax {
		panic("BUG: netpoll: token sequence out of range")
	}
	return uint64(sequence)<<32 | uint64(index)
}

// TokenSequenceMax is the highest sequence that Token takes.
const TokenSequenceMax = 1<<32 - 2

// TokenParts is the inverse of Token.
func TokenParts(token uint64) (sequence, index uint32) {
	return uint32(token >> 32), uint32(token)
}
