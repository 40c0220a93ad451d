package persist

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"basalt/internal/vfs"
)

// request is what the executor asks of the writer, in the order of the log.
type request struct {
	kind    requestKind
	rewrite Rewrite
}

type requestKind uint8

const (
	requestBegin requestKind = iota
	requestCommit
	requestAbort
	requestCollect
	requestClose
)

// serve does what was asked. An error is one of the disk's that the writer has
// to get over before it goes on; the request itself is not repeated.
func (w *logWriter) serve(r *request) error {
	switch r.kind {
	case requestBegin:
		if r.rewrite.first {
			w.beginFirst(r.rewrite)
			return nil
		}
		return w.begin(r.rewrite)
	case requestCommit:
		return w.commit(r.rewrite)
	case requestAbort:
		w.abort(r.rewrite)
	case requestCollect:
		w.collect = len(w.aof.manifest.Load().history) > 0
	case requestClose:
		return w.close()
	}
	return nil
}

// reject ends a rewrite that cannot go on.
func (w *logWriter) reject(r Rewrite, err error) {
	a := w.aof
	a.rewritten.Store(&err)
	if a.rewriting.CompareAndSwap(r.in(rewriteOpen), r.in(rewriteFailed)) {
		a.opts.Log(true, "The rewrite of the append only file failed: "+err.Error())
		w.call()
	}
}

// beginFirst opens the temporary file of a log that is being turned on.
func (w *logWriter) beginFirst(r Rewrite) {
	a := w.aof
	w.first = true
	err := a.makeFolder()
	if err == nil {
		a.removeTemps()
		w.file, err = a.createEmpty(w.path)
	}
	if err != nil {
		w.reject(r, err)
		// What is appended until somebody notices goes discarded: the log has
		// never been on.
		w.file = discarded{}
		return
	}
	w.opened = r.number
}

// createEmpty makes a file that is empty after a crash too, even if there was
// one of that name before.
func (a *AOF) createEmpty(path string) (vfs.File, error) {
	file, err := a.fs.Create(path)
	if err != nil {
		return nil, err
	}
	if err := file.Sync(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// begin goes on in a new file. The old one is synced first, under every policy:
// it must not have a hole when the new one has bytes.
func (w *logWriter) begin(r Rewrite) error {
	if err := w.sync(); err != nil {
		w.reject(r, err)
		return err
	}
	w.publish()
	a := w.aof
	m := a.manifest.Load().clone()
	next := m.nextIncr(a.opts.FileName)
	m.add(next)
	path := a.path(next.name)
	file, err := a.createEmpty(path)
	if err != nil {
		w.reject(r, err)
		return nil
	}
	var replaced bool
	if err = a.fs.SyncDir(a.dir); err == nil { // the name before the manifest that speaks of it
		replaced, err = writeManifest(a.fs, a.manifestPath(), m)
	}
	if !replaced {
		w.reject(r, errors.Join(err, file.Close(), removeIfThere(a.fs, path)))
		return nil
	}
	w.adrift, w.opened = err != nil, r.number
	if closing := w.file.Close(); closing != nil {
		a.opts.Log(true, "Closing a file of the log that was synced: "+closing.Error())
	}
	a.manifest.Store(m)
	a.stats.sealed.Add(w.size)
	a.stats.current.Store(0)
	w.file, w.path, w.size, w.synced, w.keptFrom = file, path, 0, 0, 0
	a.opts.Log(false, fmt.Sprintf("Creating AOF incr file %s on background rewrite", next.name))
	return err
}

// commit makes the new base part of the log.
func (w *logWriter) commit(r Rewrite) error {
	a := w.aof
	if w.opened != r.number {
		return nil // it failed at the beginning, and that was told
	}
	m := a.manifest.Load().clone()
	keep := 1
	if r.first {
		// What is in the file belongs after the base, in full.
		if err := w.sync(); err != nil {
			w.reject(r, err)
			return err
		}
		if err := w.adopt(m); err != nil {
			w.reject(r, err)
			return nil
		}
	}
	m.replaceBase(r.base, keep)
	all, base, err := a.sizes(m)
	if err != nil {
		w.reject(r, err)
		return nil
	}
	replaced, err := writeManifest(a.fs, a.manifestPath(), m)
	if !replaced {
		w.reject(r, err)
		return nil
	}
	a.manifest.Store(m)
	a.stats.sealed.Store(base)
	a.stats.base.Store(all)
	w.first = false
	w.committed = r
	if err != nil {
		w.adrift = true
		return err
	}
	w.settled()
	return nil
}

// settled comes after the manifest is certain to be the one on the disk.
func (w *logWriter) settled() {
	w.adrift = false
	if w.committed.number == 0 {
		return
	}
	a := w.aof
	w.collect = true
	a.opts.Log(false, "Background AOF rewrite finished successfully")
	a.rewriting.CompareAndSwap(w.committed.in(rewriteOpen), w.committed.in(rewriteNone))
	w.committed = Rewrite{}
	w.call()
}

// adopt gives the temporary file of a new log the name of an incr of m.
func (w *logWriter) adopt(m *manifest) error {
	a := w.aof
	next := m.nextIncr(a.opts.FileName)
	path := a.path(next.name)
	if err := a.fs.Rename(w.path, path); err != nil {
		return err
	}
	w.path = path
	if err := a.fs.SyncDir(a.dir); err != nil {
		return err
	}
	m.add(next)
	return nil
}

// abort deletes what a rewrite left.
func (w *logWriter) abort(r Rewrite) {
	a := w.aof
	paths := []string{r.Temp}
	if base := a.manifest.Load().base; base == nil || *base != r.base {
		paths = append(paths, r.Final)
	}
	if r.first {
		if err := w.file.Close(); err != nil {
			a.opts.Log(true, "Closing a file that is given up: "+err.Error())
		}
		paths = append(paths, w.path)
		w.done = true
	}
	for _, path := range paths {
		if err := removeIfThere(a.fs, path); err != nil {
			a.opts.Log(true, "Cannot remove a file that is not needed: "+err.Error())
		}
	}
}

// close is the end of the log.
func (w *logWriter) close() error {
	if err := w.sync(); err != nil {
		return err
	}
	w.publish()
	w.closing = w.file.Close()
	if w.first { // no manifest knows it
		w.closing = errors.Join(w.closing, removeIfThere(w.aof.fs, w.path))
	}
	w.done = true
	w.call()
	return nil
}

// giveUp ends a writer that was told to stop and cannot write.
func (w *logWriter) giveUp(err error) {
	w.closing = errors.Join(err, w.file.Close())
	w.done = true
	w.aof.failure.Store(nil)
	w.aof.opts.Log(true, fmt.Sprintf("The end of the append only file %s could not be written: %v", w.path, err))
	w.call()
}

// failed notes why the log cannot be written and returns when to try again.
func (w *logWriter) failed(err error, now time.Time) time.Duration {
	w.aof.failure.Store(&err)
	if w.failures == 0 || now.Sub(w.loggedAt) >= logEvery {
		w.aof.opts.Log(true, fmt.Sprintf("Error writing the append only file: %v", err))
		w.loggedAt = now
	}
	wait := min(retryFirst<<min(w.failures, 10), retryMax)
	w.failures++
	w.retryAt = now.Add(wait)
	w.call()
	return wait
}

// recovered takes the failure back.
func (w *logWriter) recovered() {
	if w.failures == 0 {
		return
	}
	w.failures = 0
	w.aof.failure.Store(nil)
	w.aof.opts.Log(true, "AOF write error looks solved. The server can write again.")
	w.call()
}

// removeHistory deletes the files of the history, which can take a while if
// they are large, without holding up the writer.
func (w *logWriter) removeHistory() {
	a := w.aof
	history := a.manifest.Load().history
	w.collect = false
	if len(history) == 0 || a.history.Load() || w.collecting {
		return
	}
	w.collecting = true
	a.deleting.Add(1)
	remove := func() {
		defer a.deleting.Add(-1)
		for _, f := range history {
			a.opts.Log(false, fmt.Sprintf("Removing the history file %s in the background", f.name))
			if err := removeIfThere(a.fs, a.path(f.name)); err != nil {
				a.opts.Log(true, "Cannot remove a history file: "+err.Error())
			}
		}
		w.removed.Store(&history)
		w.wakeUp()
	}
	if a.opts.manual {
		remove()
	} else {
		go remove()
	}
}

// forget takes files that were deleted out of the manifest.
func (w *logWriter) forget(removed []logFile) {
	a := w.aof
	w.collecting = false
	m := a.manifest.Load().clone()
	m.history = slices.DeleteFunc(m.history, func(f logFile) bool { return slices.Contains(removed, f) })
	// Whether this one or the last is on the disk makes no difference for what
	// is loaded, so a failure waits for the next time.
	if replaced, err := writeManifest(a.fs, a.manifestPath(), m); replaced {
		a.manifest.Store(m)
	} else {
		a.opts.Log(true, "Cannot take deleted files out of the manifest: "+err.Error())
	}
	w.collect = len(m.history) > 0
}

// discarded is the file of a log that could not be turned on.
type discarded struct{ vfs.File }

func (discarded) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }
func (discarded) Truncate(int64) error                   { return nil }
func (discarded) Sync() error                            { return nil }
func (discarded) Close() error                           { return nil }
