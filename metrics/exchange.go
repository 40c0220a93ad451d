package metrics

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// freshFor is how old a snapshot may be that a scrape takes without asking
	// for a newer one. It bounds what scrapes cost the executor, however many
	// come.
	freshFor = 100 * time.Millisecond
	// patience is how long a scrape waits for the snapshot that it asked for.
	// An executor that is busy longer is shown as it was last.
	patience = 20 * time.Millisecond
)

// Exchange hands snapshots from the executor to scrapes without either waiting
// for the other and without allocating: of three snapshots the executor owns
// one, scrapes own one, and the third lies between them. Publishing and taking
// swap one's own for that one.
type Exchange struct {
	snapshots [3]Snapshot

	// middle is the index of the snapshot between, with fresh set if it was
	// published and not taken. Both sides write it, by swapping only: who gets
	// an index owns what it stands for.
	middle atomic.Uint32
	// wanted is set by a scrape that asks for a new snapshot and cleared by
	// the executor.
	wanted atomic.Bool

	// The executor's.
	back  uint32
	asked bool // the snapshot in work was asked for

	// The scrapes', under mu.
	mu    sync.Mutex
	front uint32
	ready chan struct{} // says that what was asked for is published
	wake  func()
}

const fresh = 1 << 31

// NewExchange returns an exchange that calls wake, from any thread, when a
// scrape asks for a new snapshot: it has to make the executor look at Wanted.
func NewExchange(wake func()) *Exchange {
	e := &Exchange{back: 0, front: 2, ready: make(chan struct{}, 1), wake: wake}
	e.middle.Store(1)
	return e
}

// Wanted reports whether a scrape waits for a new snapshot. It costs a load of
// a cache line that hardly ever changes.
func (e *Exchange) Wanted() bool { return e.wanted.Load() }

// Begin returns the snapshot to fill: empty, its lists with the room they had.
// Only the executor calls it, and Publish after it.
func (e *Exchange) Begin() *Snapshot {
	e.asked = e.wanted.Load() && e.wanted.Swap(false)
	s := &e.snapshots[e.back]
	s.reset()
	return s
}

// Publish makes what Begin returned the newest snapshot. The executor must not
// touch it any more.
func (e *Exchange) Publish() {
	e.back = e.middle.Swap(e.back|fresh) &^ fresh
	if !e.asked {
		return
	}
	select {
	case e.ready <- struct{}{}:
	default: // of an earlier scrape that did not wait for it
	}
}

// read calls f with the newest snapshot, which is valid until f returns. Before
// the first one is published it is empty.
func (e *Exchange) read(f func(*Snapshot)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.take()
	if s := &e.snapshots[e.front]; s.ListedBefore || time.Since(s.Taken) > freshFor {
		e.request()
		e.take()
	}
	f(&e.snapshots[e.front])
}

// take makes the newest snapshot the scrapes' own, if there is a newer one.
func (e *Exchange) take() {
	if e.middle.Load()&fresh != 0 {
		e.front = e.middle.Swap(e.front) &^ fresh
	}
}

// request asks the executor for a snapshot and waits for it, but not for long.
func (e *Exchange) request() {
	select {
	case <-e.ready:
	default:
	}
	e.wanted.Store(true)
	e.wake()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case <-e.ready:
	case <-timeout.C:
	}
}
