package persist

import (
	"io"
	"path/filepath"
	"time"

	"basalt/ringbuf"
)

// ringSource is the child's end of a snapshot.
type ringSource struct {
	ring *ringbuf.Shared
	held bool // a chunk is to be released
}

// sourceWait bounds one sleep of the child, in case a wake is missed.
const sourceWait = 100 * time.Millisecond

// next implements chunkSource.
func (s *ringSource) next() ([]byte, error) {
	if s.held {
		s.ring.Release()
		s.held = false
	}
	for {
		if s.ring.Aborted() {
			return nil, errAborted
		}
		if b := s.ring.Next(); b != nil {
			s.held = true
			return b, nil
		}
		s.ring.WaitFilled(sourceWait)
	}
}

// run makes the file of a job of what comes through a ring.
func (j *Job) run(fs files, ring *ringbuf.Shared) (Stats, error) {
	var s Stats
	steps := uint64(0)
	told := func() {
		s.Keys++
		ring.Report(reportKeys, uint64(s.Keys))
	}
	body := func(w io.Writer) error {
		return encode(w, j, func(out keyWriter) error {
			a := newAssembler(out, filepath.Dir(j.Temp), told)
			defer a.close()
			err := (&frameReader{source: &ringSource{ring: ring}, db: -1}).run(a)
			if err == nil && !a.ended {
				err = io.ErrUnexpectedEOF
			}
			return err
		})
	}
	err := j.make(fs, body, func(size int64) {
		s.Bytes = size
		ring.Report(reportBytes, uint64(size))
	}, func() {
		steps++
		ring.Report(reportSteps, steps)
	})
	s.Ended = err == nil
	return s, err
}
