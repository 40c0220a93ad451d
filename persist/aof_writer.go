package persist

import (
	"sync/atomic"
	"time"

	"basalt/internal/vfs"
	"basalt/ringbuf"
)

// Times of the writer.
const (
	syncEvery = time.Second // SyncEverySec
	// napTime is how long the writer waits for more, when nobody waits for it:
	// a busy executor then never has to wake it, and its writes are large.
	napTime = time.Millisecond
	// After a failure the next attempt comes after retryFirst, then after
	// twice as long, up to retryMax.
	retryFirst = 10 * time.Millisecond
	retryMax   = time.Second
	// logEvery bounds how often a failure that stays is told of.
	logEvery = 30 * time.Second
)

// logWriter writes one log from turning it on to turning it off. Fields are its
// goroutine's, but for the atomics and the rings.
type logWriter struct {
	aof    *AOF
	clock  func() time.Time
	spans  *ringbuf.SPSC[span]
	chunks *ringbuf.SPSC[*chunkBody]

	dropped  atomic.Int64           // bytes of chunks that are not used again; writer
	parked   atomic.Bool            // sleeps until bell rings
	bell     chan struct{}          // one token
	stopping atomic.Bool            // the executor has sent its last request
	rest     atomic.Pointer[[]span] // what comes after the ring is empty
	removed  atomic.Pointer[[]logFile]
	previous *logWriter // to be waited for: it may use the same names
	ended    chan struct{}
	closing  error // what the last request led to; valid when ended is closed

	file vfs.File
	path string
	// The file up to size is what counts, whole records; up to synced it is
	// on the disk. position and syncedPosition are these two in the log.
	size, synced             int64
	position, syncedPosition int64
	tail                     bool // the file may be longer than size
	lost                     bool // a sync failed: from synced to size must be written again
	// adrift: the manifest on the disk may be this one or the last, until its
	// folder is synced. Until then nothing depends on it.
	adrift    bool
	opened    int64   // the number of the rewrite for which the file was begun
	committed Rewrite // what is told of when it is not adrift any more
	first     bool    // the file is a temporary one: the log is being turned on
	// collect: there is history to delete.
	collect, collecting bool

	queue    []span // taken out of the ring, from head on not written
	head     int
	kept     []span // written, not synced, under SyncAlways
	keptFrom int64  // where in the file kept begins; to size
	batch    [64]span

	lastSync time.Time
	failures int
	retryAt  time.Time
	loggedAt time.Time
	done     bool // no more steps
}

// run is the writer's goroutine.
func (w *logWriter) run() {
	defer close(w.ended)
	if w.previous != nil {
		<-w.previous.ended
		w.previous = nil
		// It may have written its own figures after this log was turned on.
		w.aof.written.Store(w.position)
		w.aof.stats.current.Store(w.size)
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait, busy := w.step(w.clock())
		switch {
		case w.done:
			return
		case wait == 0:
		case busy && !w.eager():
			time.Sleep(napTime)
		default:
			w.park(wait, timer)
		}
	}
}

// wakeUp ends the writer's sleep. Any goroutine.
func (w *logWriter) wakeUp() {
	if w.parked.Load() && w.parked.CompareAndSwap(true, false) {
		select {
		case w.bell <- struct{}{}:
		default: // it is ringing
		}
	}
}

// park sleeps until somebody calls wakeUp, or for wait, if that is not forever.
func (w *logWriter) park(wait time.Duration, timer *time.Timer) {
	w.parked.Store(true)
	// Who pushed before parked was set has not seen it.
	if w.pending() {
		w.parked.Store(false)
		return
	}
	if wait == forever {
		<-w.bell
	} else {
		timer.Reset(wait)
		select {
		case <-w.bell:
		case <-timer.C:
		}
	}
	w.parked.Store(false)
}

const forever = time.Duration(-1)

// pending says whether there is something to do that came from outside.
func (w *logWriter) pending() bool {
	return w.spans.Len() > 0 || w.removed.Load() != nil || w.rest.Load() != nil ||
		w.failures == 0 && w.eager() && w.synced < w.size
}

// eager says that records must be synced before they count.
func (w *logWriter) eager() bool {
	return SyncPolicy(w.aof.policy.Load()) == SyncAlways && !w.aof.held.Load()
}

// step does what can be done now. It returns when to come again: at once (0),
// after a while, or when woken (forever), and whether there was something new.
func (w *logWriter) step(now time.Time) (wait time.Duration, busy bool) {
	busy = w.take()
	if w.failures > 0 && now.Before(w.retryAt) && !w.stopping.Load() {
		return w.retryAt.Sub(now), busy
	}
	if err := w.work(now); err != nil {
		if w.stopping.Load() {
			w.giveUp(err)
			return 0, busy
		}
		return w.failed(err, now), busy
	}
	w.recovered()
	if w.done {
		return 0, busy
	}
	return w.untilSync(now), busy
}

// take empties the ring into the queue. Spans that are neighbours in a chunk
// become one.
func (w *logWriter) take() (any bool) {
	for {
		n := w.spans.PopBatch(w.batch[:])
		if n == 0 {
			break
		}
		any = true
		w.enqueue(w.batch[:n])
	}
	if rest := w.rest.Load(); rest != nil && w.spans.Len() == 0 {
		w.rest.Store(nil)
		w.enqueue(*rest)
		any = true
	}
	return any
}

func (w *logWriter) enqueue(spans []span) {
	for _, s := range spans {
		if last := len(w.queue) - 1; last >= w.head && w.queue[last].adjoins(s) {
			q := &w.queue[last]
			q.b, q.chunk = q.b[:len(q.b)+len(s.b)], s.chunk
			continue
		}
		w.queue = append(w.queue, s)
	}
	clear(w.batch[:])
}

// adjoins says whether next begins where s ends, in the same chunk.
func (s *span) adjoins(next span) bool {
	if s.request != nil || next.request != nil || s.chunk != nil || len(s.b) == 0 || cap(s.b) == len(s.b) {
		return false
	}
	if len(next.b) == 0 {
		return cap(next.b) > 0 && &s.b[:len(s.b)+1][len(s.b)] == &next.b[:1][0]
	}
	return &s.b[:len(s.b)+1][len(s.b)] == &next.b[0]
}

// work repairs, writes, serves requests and syncs. An error means that it is to
// be called again, later.
func (w *logWriter) work(now time.Time) error {
	if err := w.repair(); err != nil {
		return err
	}
	if done := w.removed.Swap(nil); done != nil {
		w.forget(*done)
	}
	for w.head < len(w.queue) {
		s := &w.queue[w.head]
		if s.request == nil {
			if err := w.write(s); err != nil {
				return err
			}
		}
		r := s.request
		*s = span{}
		w.head++
		if r != nil {
			if err := w.serve(r); err != nil || w.done {
				return err
			}
		}
	}
	w.queue, w.head = w.queue[:0], 0
	if w.synced < w.size && w.syncDue(now) {
		if err := w.sync(); err != nil {
			return err
		}
	}
	w.publish()
	if w.collect && !w.adrift {
		w.removeHistory()
	}
	return nil
}
