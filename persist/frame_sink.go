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
	// spill is the chunks that the ring has had no room for, oldest first; those
	// behind the first go into them until all are in the ring.
	spill   [][]byte
	spilled int
	spare   []byte // a chunk of spill to be used again, or where the unwanted goes
	last    []byte // the last window, if that is not in the ring
	ended   bool

	spillMax int
	waitMax  time.Duration
	// err is why the child is given up, for the executor; gone is set by others
	// when it has ended, so that nobody waits for it.
	err  error
	gone atomic.Bool
}

func newRingSink(ring *ringbuf.Shared, spillMax int, waitMax time.Duration) *ringSink {
	s := &ringSink{ring: ring, spillMax: spillMax, waitMax: waitMax}
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
		s.spill, s.spilled = nil, 0
		s.buf, s.n = nil, 0 // the window is the ring's, which may go
	}
}

// window implements chunkDest.
func (s *ringSink) window() []byte {
	s.last = nil
	if s.err == nil && s.unspill() {
		if b := s.ring.Window(frameChunk); b != nil {
			return b
		}
	}
	if s.err == nil && s.spilled+frameChunk > s.spillMax {
		if b := s.wait(); b != nil {
			return b
		}
	}
	if s.spare == nil {
		s.spare = make([]byte, frameChunk)
	}
	s.last = s.spare
	return s.last
}

// wait waits for room in the ring; nil if the child is given up.
func (s *ringSink) wait() []byte {
	passed, idle := s.ring.Passed(), time.Duration(0)
	for {
		if s.gone.Load() {
			s.giveUp(errGone)
			return nil
		}
		if s.unspill() {
			if b := s.ring.Window(frameChunk); b != nil {
				return b
			}
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
		s.spill = append(s.spill, s.last[:n])
		s.spilled += frameChunk
		s.last, s.spare = nil, nil
	}
}

// unspill moves what was spilled into the ring, and reports whether it is all
// there.
func (s *ringSink) unspill() bool {
	for len(s.spill) > 0 {
		b := s.ring.Window(len(s.spill[0]))
		if b == nil {
			return false
		}
		copy(b, s.spill[0])
		s.ring.Commit(len(b))
		s.spare = s.spill[0][:frameChunk]
		s.spill[0] = nil
		s.spill = s.spill[1:]
		if s.spilled -= frameChunk; s.spilled == 0 {
			s.spill = nil
		}
	}
	return true
}
