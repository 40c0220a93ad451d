package persist

import (
	"encoding/binary"
	"errors"
	"fmt"

	"basalt/db"
)

// errClosed ends the goroutines of a loader that was closed.
var errClosed = errors.New("closed")

// What the decoding goroutine finds goes to the executor in batches: steps of
// values, one after the other,
//
//	step u8 | x u64 | y u64 | length of a u32 | length of b u32 | a | b
//
// and between them what concerns whole keys:
const (
	stepString   = stepLast + iota // a string under key a: b; x its deadline
	stepKey                        // a value under key a begins; x its deadline
	stepEnd                        // it is complete
	stepAccess                     // of the next key: x idle in seconds, y the counter; noAccess if unknown
	stepDatabase                   // keys of database x follow
	stepSizes                      // x of them, y with deadlines
	stepExpired                    // a key was left out
	stepAux                        // the auxiliary field a: b
	stepFunction                   // a library of functions: a
	stepNote                       // a line for the log: a
)

const (
	batchHead = 1 + 8 + 8 + 4 + 4
	// batchBytes is when a batch is handed over: a few hundred keys of the
	// usual size, so that little of it leaves the cache of the core.
	batchBytes = 64 << 10
	// loadBatchesAhead bounds what is decoded ahead.
	loadBatchesAhead = 8
	// elementMax is what a batch can say of a length.
	elementMax = 1<<32 - 1
	noAccess   = 1<<64 - 1
)

type loadBatch struct {
	buf []byte
	at  int // the executor's place in it
	// keys are those of the batch, in order.
	keys []batchKey
	// nextKey is the executor's place in them.
	nextKey int
	// fileAt is how much of the file was read to have it.
	fileAt int64
	// last says that none follows; end or err say why.
	last bool
	end  int64
	err  error
}

// batchKey is what can be known before the key is come to.
type batchKey struct {
	hash   uint64
	offset int64
}

func (b *loadBatch) reset() {
	*b = loadBatch{buf: b.buf[:0], keys: b.keys[:0]}
	if cap(b.buf) > scratchKept {
		b.buf = nil
	}
}

func (b *loadBatch) add(k step, x, y uint64, a, c []byte) {
	w := append(b.buf, byte(k))
	w = binary.LittleEndian.AppendUint64(w, x)
	w = binary.LittleEndian.AppendUint64(w, y)
	w = binary.LittleEndian.AppendUint64(w, uint64(len(a))|uint64(len(c))<<32)
	w = append(w, a...)
	b.buf = append(w, c...)
}

// take returns the next step; a and c are views of the batch.
func (b *loadBatch) take() (k step, x, y uint64, a, c []byte) {
	h := b.buf[b.at : b.at+batchHead]
	k = step(h[0])
	x = binary.LittleEndian.Uint64(h[1:])
	y = binary.LittleEndian.Uint64(h[9:])
	n := binary.LittleEndian.Uint64(h[17:])
	from := b.at + batchHead
	middle := from + int(n&elementMax)
	b.at = middle + int(n>>32)
	return k, x, y, b.buf[from:middle:middle], b.buf[middle:b.at:b.at]
}

// batcher is the rdbSink that makes batches.
type batcher struct {
	l   *Loader
	src *source
	b   *loadBatch
	// key is the one that begin was called for; it is added with the first step
	// of its value. open says that it was.
	key  *rdbKey
	open bool
	// skip says that the value is read and left out, as it expired.
	skip bool
	// dropped says that a field was left out, because that expired.
	dropped bool
}

// fresh returns an empty batch.
func (s *batcher) fresh() *loadBatch {
	select {
	case b := <-s.l.free:
		b.reset()
		return b
	default:
		return &loadBatch{buf: make([]byte, 0, batchBytes+batchBytes/4)}
	}
}

// flush hands the batch over.
func (s *batcher) flush() error {
	if s.src.current != nil {
		s.b.fileAt = s.src.current.fileAt
	}
	select {
	case s.l.full <- s.b:
		s.b = nil
		return nil
	case <-s.l.quit:
		s.b.discard()
		s.b = nil
		return errClosed
	}
}

// discard frees the blobs of the steps that were not taken.
func (b *loadBatch) discard() {
	for b.at < len(b.buf) {
		if k, x, _, _, _ := b.take(); k == stepBlob || k == stepElementBlob {
			db.DiscardBlob(x)
		}
	}
}

// put implements stepSink.
func (s *batcher) put(k step, x, y uint64, a, c []byte) error {
	if s.skip || k == stepField && s.expired(int64(x)) {
		if k == stepBlob || k == stepElementBlob {
			db.DiscardBlob(x)
		}
		s.dropped = s.dropped || !s.skip
		return nil
	}
	if len(a) > elementMax || len(c) > elementMax {
		return fmt.Errorf("string of %d bytes", max(len(a), len(c)))
	}
	if !s.open {
		s.open = true
		s.b.keys = append(s.b.keys, batchKey{db.Hash(s.key.key), s.key.offset})
		if s.key.idle >= 0 || s.key.freq >= 0 {
			s.b.add(stepAccess, uint64(s.key.idle), uint64(s.key.freq), nil, nil)
		}
		if k == stepText && len(s.key.key) <= elementMax {
			s.b.add(stepString, uint64(s.key.deadline), 0, s.key.key, a)
			return nil
		}
		s.b.add(stepKey, uint64(s.key.deadline), 0, s.key.key, nil)
	}
	s.b.add(k, x, y, a, c)
	if len(s.b.buf) < batchBytes || k == stepPair {
		return nil
	}
	return s.turn()
}

// turn hands the batch over and begins another.
func (s *batcher) turn() error {
	if err := s.flush(); err != nil {
		s.b = new(loadBatch) // for those who add before they look
		return err
	}
	s.b = s.fresh()
	return nil
}

func (s *batcher) expired(deadline int64) bool {
	o := &s.l.opts
	return o.DropExpired && deadline != db.NoDeadline && deadline < o.NowMs
}

// begin implements rdbSink.
func (s *batcher) begin(k *rdbKey) error {
	if len(k.key) > elementMax {
		return fmt.Errorf("key of %d bytes", len(k.key))
	}
	s.key, s.open, s.dropped = k, false, false
	s.skip = s.expired(k.deadline)
	return nil
}

// end implements rdbSink.
func (s *batcher) end() error {
	switch {
	case s.skip || !s.open && s.dropped:
		s.b.add(stepExpired, 0, 0, nil, nil)
	case !s.open:
		s.note("left out key %.60q, which has no elements", s.key.key)
	default:
		s.b.add(stepEnd, 0, 0, nil, nil)
	}
	s.skip = false
	if len(s.b.buf) < batchBytes {
		return nil
	}
	return s.turn()
}

func (s *batcher) database(index int) error {
	s.b.add(stepDatabase, uint64(index), 0, nil, nil)
	return nil
}

func (s *batcher) sizes(keys, volatile uint64) error {
	s.b.add(stepSizes, keys, volatile, nil, nil)
	return nil
}

func (s *batcher) aux(name, value []byte) {
	s.b.add(stepAux, 0, 0, name, value)
}

func (s *batcher) function(library []byte) {
	s.b.add(stepFunction, 0, 0, library, nil)
}

func (s *batcher) note(format string, args ...any) {
	s.b.add(stepNote, 0, 0, fmt.Appendf(nil, format, args...), nil)
}
