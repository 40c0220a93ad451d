package persist

import (
	"errors"
	"sync/atomic"
	"time"

	"basalt/ringbuf"
)

// ErrStalled says that a child made no progress for too long.
var ErrStalled = errors.New("no progress for too long")

// ringSink is the executor's end of a snapshot: a db.Sink that writes frames
// straight into the memory of the ring.
//
// What has to be told before a change cannot be refused. If the ring is full,
// it goes to memory of this process first, as far as spillMax: a disk that
// stumbles for some milliseconds then delays nobody. Beyond that the executor
// waits, and gives the child up if that does nothing for waitMax. A child that
// is given up swallows everything.
type ringSink struct {
	frameWriter
	ring *ringbuf.Shared
	// spill is the chunks that the ring has had no room for; those behind the
	// first go there until all are in the ring.
	spill spill
	waste []byte // where the unwanted goes
	last  []byte // the last window, if that is not in the ring
	ended bool
	// crowded is set when half of the spill is taken, until it is empty.
	crowded bool

	waitMax time.Duration
	// err is why the child is given up, for the executor; gone is set by others
	// when it has ended, so that nobody waits for it.
	err  error
	gone atomic.Bool
}

func newRingSink(ring *ringbuf.Shared, spillMax int, waitMax time.Duration) *ringSink {
	s := &ringSink{ring: ring, spill: spill{max: spillMax}, waitMax: waitMax}
	s.frameWriter = newFrameWriter(s)
	return s
}

// Ready implements db.Sink: a quarter of the ring is kept for what cannot wait.
func (s *ringSink) Ready() bool {
	if s.err != nil {
		return true
	}
	return s.unspill() && s.ring.Free() >= s.ring.Cap()/4
}

// End implements db.Sink.
func (s *ringSink) End() {
	s.frameWriter.End()
	s.ended = true
	if s.err == nil {
		s.unspill()
		s.ring.Flush()
	}
}

// giveUp makes the sink swallow everything, because of err.
func (s *ringSink) giveUp(err error) {
	if s.err == nil {
		s.err = err
		s.buf, s.n, s.last = nil, 0, nil // the window is the ring's or the spill's, which go
		s.spill.close()
		s.crowded = false
	}
}

// window implements chunkDest.
func (s *ringSink) window() []byte {
	s.last = nil
	if s.err == nil {
		if b := s.place(); b != nil {
			return b
		}
		if b := s.wait(); b != nil {
			return b
		}
	}
	if s.waste == nil {
		s.waste = make([]byte, frameChunk)
	}
	s.last = s.waste
	return s.last
}

// place returns memory for a chunk in the ring or else in the spill, nil if
// there is none.
func (s *ringSink) place() []byte {
	if s.unspill() {
		if b := s.ring.Window(frameChunk); b != nil {
			return b
		}
	}
	s.last = s.spill.window()
	return s.last
}

// wait waits until there is a place; nil if the child is given up. It ends with
// the first chunk that the child has taken: waiting for all of the spill would
// be one long pause instead of many short ones.
func (s *ringSink) wait() []byte {
	passed, idle := s.ring.Passed(), time.Duration(0)
	for {
		if s.gone.Load() {
			s.giveUp(errGone)
			return nil
		}
		if b := s.place(); b != nil {
			return b
		}
		begun := time.Now()
		s.ring.WaitRoom(waitStep)
		if now := s.ring.Passed(); now != passed {
			passed, idle = now, 0
			continue
		}
		// A machine that stood still as a whole has not waited for the child.
		if idle += min(time.Since(begun), 2*waitStep); idle > s.waitMax {
			s.giveUp(ErrStalled)
			return nil
		}
	}
}

// waitStep bounds one sleep, in case a wake is missed.
const waitStep = 20 * time.Millisecond

// errGone says that a child has ended before the snapshot had.
var errGone = errors.New("the child is gone")

// commit implements chunkDest.
func (s *ringSink) commit(n int) {
	switch {
	case s.err != nil:
	case s.last == nil:
		s.ring.Commit(n)
	default:
		s.spill.commit(n)
		s.last = nil
		s.crowded = s.crowded || s.spill.halfFull()
	}
}

// unspillMax is how many chunks move into the ring at once: copying all of a
// full spill would take milliseconds.
const unspillMax = 4

// unspill moves some of what was spilled into the ring, and reports whether it
// is all there.
func (s *ringSink) unspill() bool {
	for range unspillMax {
		first := s.spill.first()
		if first == nil {
			s.crowded = false
			return true
		}
		b := s.ring.Window(len(first))
		if b == nil {
			return false
		}
		copy(b, first)
		s.ring.Commit(len(b))
		s.spill.drop()
	}
	return s.spill.first() == nil
}
