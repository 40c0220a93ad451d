package persist

import (
	"io"
	"time"
)

// What the writer does to its file: append, cut, repair, sync.

// copyBlock is how much is read at a time to be written again.
const copyBlock = 1 << 20

// write appends a span to the file.
func (w *logWriter) write(s *span) error {
	if len(s.b) > 0 {
		began := w.clock()
		n, err := w.file.WriteAt(s.b, w.size)
		w.aof.stats.wrote(w.clock().Sub(began))
		if err != nil {
			w.tail = w.tail || n > 0
			if w.tail {
				_ = w.cut() // tried again before anything else is written
			}
			return err
		}
		w.size += int64(len(s.b))
		w.position += int64(len(s.b))
		w.aof.stats.current.Store(w.size)
		w.aof.written.Store(w.position)
	}
	if w.eager() {
		if len(w.kept) == 0 {
			w.keptFrom = w.size - int64(len(s.b))
		}
		w.kept = append(w.kept, *s)
		return nil
	}
	if len(w.kept) > 0 { // the policy has changed
		w.releaseKept()
	}
	w.release(s)
	return nil
}

// release gives a chunk back, if the span is its last.
func (w *logWriter) release(s *span) {
	if s.chunk != nil && !w.chunks.Push(s.chunk) {
		w.dropped.Add(chunkSize) // the garbage collector has it
	}
}

func (w *logWriter) releaseKept() {
	for i := range w.kept {
		w.release(&w.kept[i])
	}
	clear(w.kept)
	w.kept, w.keptFrom = w.kept[:0], w.size
}

// cut takes off the file what is behind its last whole record.
func (w *logWriter) cut() error {
	err := w.file.Truncate(w.size)
	w.tail = err != nil
	return err
}

// repair brings the file back to where it should be after failures.
func (w *logWriter) repair() error {
	if w.adrift {
		if err := w.aof.fs.SyncDir(w.aof.dir); err != nil {
			return err
		}
		w.settled()
	}
	if w.tail {
		if err := w.cut(); err != nil {
			return err
		}
	}
	if w.lost {
		if err := w.writeAgain(); err != nil {
			return err
		}
		return w.sync()
	}
	return nil
}

// writeAgain writes what a failed sync may have lost. The system has marked
// those pages clean, but still has them; written again they are dirty again.
func (w *logWriter) writeAgain() error {
	buf := make([]byte, min(copyBlock, w.size-w.synced))
	for at := w.synced; at < w.size; {
		n, err := w.file.ReadAt(buf[:min(int64(len(buf)), w.size-at)], at)
		if n == 0 {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if _, err := w.file.WriteAt(buf[:n], at); err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}

// syncDue says whether the policy wants a sync now.
func (w *logWriter) syncDue(now time.Time) bool {
	if w.aof.held.Load() {
		return false
	}
	switch SyncPolicy(w.aof.policy.Load()) {
	case SyncAlways:
		return true
	case SyncEverySec:
		return now.Sub(w.lastSync) >= syncEvery
	}
	return false
}

// untilSync returns how long nothing has to be done.
func (w *logWriter) untilSync(now time.Time) time.Duration {
	if w.synced == w.size || w.aof.held.Load() {
		return forever
	}
	switch SyncPolicy(w.aof.policy.Load()) {
	case SyncAlways:
		return 0
	case SyncEverySec:
		return max(w.lastSync.Add(syncEvery).Sub(now), 0)
	}
	return forever
}

// sync makes the file durable up to size.
func (w *logWriter) sync() error {
	if w.synced == w.size {
		return nil
	}
	began := w.clock()
	w.lastSync = began
	w.aof.stats.syncing.Store(began.UnixNano())
	err := w.file.Sync()
	w.aof.stats.synced(w.clock().Sub(began), w.spans.Len() > 0 && !w.eager())
	if err != nil {
		w.syncFailed()
		return err
	}
	w.synced, w.syncedPosition, w.lost = w.size, w.position, false
	w.releaseKept()
	return nil
}

// syncFailed prepares for writing again what the failed sync may have lost. What
// was kept in memory is cut off the file, where it may be half there, and goes
// through the queue once more; else it has to be read back.
func (w *logWriter) syncFailed() {
	if len(w.kept) == 0 || w.keptFrom != w.synced {
		w.lost = true
		return
	}
	w.queue = append(w.kept, w.queue[w.head:]...)
	w.head, w.kept = 0, nil
	w.position -= w.size - w.synced
	w.size, w.keptFrom = w.synced, w.synced
	w.aof.stats.current.Store(w.size)
	w.aof.written.Store(w.position)
	w.tail = true
	_ = w.cut() // tried again before anything else is written
}

// publish tells how far the log is safe.
func (w *logWriter) publish() {
	a := w.aof
	safe := w.position
	if w.eager() {
		safe = w.syncedPosition
	}
	if safe > a.durable.Load() {
		a.durable.Store(safe)
	}
	w.notify()
}

// notify calls who waits, once.
func (w *logWriter) notify() {
	a := w.aof
	if a.waiting.Load() && a.waiting.CompareAndSwap(true, false) {
		w.call()
	}
}

// call calls OnDurable's function.
func (w *logWriter) call() {
	if wake := w.aof.wake.Load(); wake != nil {
		(*wake)()
	}
}
