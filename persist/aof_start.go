package persist

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"basalt/internal/vfs"
	"basalt/ringbuf"
)

// Start turns the log on after a Replay that went well: what is appended from
// now on comes after what was replayed. In a folder without a log it makes a
// base first, with what newBase writes (an empty dataset, an RDB file if rdb).
// It blocks, and syncs what is there.
func (a *AOF) Start(rdb bool, newBase func(io.Writer) error) error {
	if a.on {
		panic("BUG: persist: the log is on already")
	}
	if err := a.makeFolder(); err != nil {
		return err
	}
	a.removeTemps()
	m := a.manifest.Load().clone()
	changed := false
	if m.empty() {
		base := m.nextBase(a.opts.FileName, rdb)
		temp := a.tempBase()
		if err := writeFile(a.fs, temp, newBase); err != nil {
			return err
		}
		if err := a.fs.Rename(temp, a.path(base.name)); err != nil {
			return err
		}
		m.replaceBase(base, 0)
		changed = true
		a.opts.Log(false, fmt.Sprintf("Creating AOF base file %s on server start", base.name))
	}
	verb := "Opening"
	if len(m.incrs) == 0 {
		m.add(m.nextIncr(a.opts.FileName))
		changed, verb = true, "Creating"
	}
	last := m.incrs[len(m.incrs)-1]
	file, size, err := a.openLast(a.path(last.name))
	if err != nil {
		return err
	}
	a.opts.Log(false, fmt.Sprintf("%s AOF incr file %s on server start", verb, last.name))
	// Names before the manifest that speaks of them; and what was loaded may
	// come from a process that could not sync the folder.
	err = a.fs.SyncDir(a.dir)
	if err == nil && changed {
		_, err = writeManifest(a.fs, a.manifestPath(), m)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	a.manifest.Store(m)
	before, base, err := a.sizes(m)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	a.stats.sealed.Store(before - size)
	a.stats.base.Store(base)
	a.turnOn(&logWriter{file: file, path: a.path(last.name), size: size, synced: size, collect: len(m.history) > 0})
	return nil
}

// openLast opens the file that goes on. What an earlier process left in it is
// synced, so that a sync that fails later concerns only what came since.
func (a *AOF) openLast(path string) (vfs.File, int64, error) {
	file, err := a.fs.Append(path)
	if err != nil {
		return nil, 0, err
	}
	size, err := file.Size()
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, size, nil
}

// sizes adds up the files of a manifest.
func (a *AOF) sizes(m *manifest) (all, base int64, err error) {
	for _, f := range m.files() {
		info, err := a.fs.Stat(a.path(f.name))
		if err != nil {
			return 0, 0, err
		}
		all += info.Size
		if f.kind == baseFile {
			base = info.Size
		}
	}
	return all, base, nil
}

func (a *AOF) makeFolder() error {
	err := a.fs.Mkdir(a.dir)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.fs.SyncDir(a.data)
}

// removeTemps deletes what a process that was killed left half made.
func (a *AOF) removeTemps() {
	names, err := a.fs.List(a.dir)
	if err != nil {
		return // what comes next fails with the same cause, and says so
	}
	for _, name := range names {
		if strings.HasPrefix(name, tempRewrite) || strings.HasPrefix(name, tempPrefix+a.opts.FileName+".") {
			if err := a.fs.Remove(a.path(name)); err != nil {
				a.opts.Log(true, "Cannot remove a temporary file: "+err.Error())
			}
		}
	}
}

const tempRewrite = tempPrefix + "rewriteaof-"

// tempBase is where a base is made: in the folder it is meant for, which may
// be a file system of its own.
func (a *AOF) tempBase() string {
	return a.path(fmt.Sprintf("%sbg-%d-%d%s", tempRewrite, os.Getpid(), a.rewrite.number, aofFormat))
}

// turnOn starts a writer. Positions go on from the last one.
func (a *AOF) turnOn(w *logWriter) {
	w.aof, w.clock, w.previous = a, a.opts.clock, a.writer
	w.spans, w.chunks = ringbuf.New[span](spansMax), ringbuf.New[*chunkBody](chunksKept)
	w.bell, w.ended = make(chan struct{}, 1), make(chan struct{})
	w.position, w.syncedPosition, w.keptFrom = a.end, a.end, w.size
	w.lastSync = w.clock()
	a.spans, a.chunks, a.writer = w.spans, w.chunks, w
	a.buf, a.chunk, a.sent, a.overflow, a.stamped, a.made = nil, nil, 0, nil, 0, 0
	a.written.Store(a.end)
	a.durable.Store(a.end)
	a.failure.Store(nil)
	a.stats.current.Store(w.size)
	a.on = true
	if !a.opts.manual {
		go w.run()
	}
}
