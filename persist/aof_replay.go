package persist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"basalt/internal/vfs"
)

// ReplayOptions is what a replay needs from those who know other formats.
type ReplayOptions struct {
	// Preamble begins to load an RDB file, which f is or begins with; size is
	// f's. It does not close f.
	Preamble func(f vfs.File, path string, size int64) (Preamble, error)
	// Decompress reads what a zstd file stands for. nil: there are none.
	Decompress func(io.Reader) (io.ReadCloser, error)
}

// Preamble is an RDB file that is being loaded.
type Preamble interface {
	// Step loads some of it, for about the budget, without end if that is 0.
	Step(budget time.Duration) (done bool, err error)
	// Progress returns how many bytes of the file were read.
	Progress() (read, size int64)
	// End returns where in the file the RDB file ends, once it is done. It is
	// the file's size if that is compressed.
	End() int64
	// Close frees what loading took.
	Close()
}

// Replay is the log being loaded.
type Replay struct {
	aof     *AOF
	opts    ReplayOptions
	files   []logFile
	at      int   // the file that is being loaded
	total   int64 // bytes of all
	before  int64 // bytes of the files that are done
	records int64

	file     vfs.File
	unzipped io.Closer
	path     string
	size     int64
	began    time.Time
	preamble Preamble
	scanner  *scanner
	batch    *batch
	next     int // record of the batch
	end      int64
	db       int
	args     [][]byte
	err      error
}

// Records returns how many records were applied.
func (r *Replay) Records() int64 { return r.records }

// Progress returns how many bytes were loaded, of how many.
func (r *Replay) Progress() (read, size int64) {
	read = r.before
	switch {
	case r.preamble != nil:
		now, _ := r.preamble.Progress()
		read += min(now, r.size)
	case r.file != nil:
		read += r.end
	}
	return read, r.total
}

// Replay begins to load the log: the base, then the incrs. A log of before
// Redis 7, one file in the data folder, is first made into a folder. Files that
// the manifest names must be there. The log must be off, and what it holds be
// applied by Step before Start.
func (a *AOF) Replay(opts ReplayOptions) (*Replay, error) {
	if a.on {
		panic("BUG: persist: replay of a log that is on")
	}
	if err := a.upgrade(); err != nil {
		return nil, err
	}
	m := a.manifest.Load()
	r := &Replay{aof: a, opts: opts, files: m.files()}
	total, _, err := a.sizes(m)
	if err != nil {
		return nil, fmt.Errorf("a file that the manifest names: %w", err)
	}
	r.total = total
	return r, nil
}

// upgrade takes over the single file of an older server, in the same cases as
// Redis: there is no log yet, or an upgrade stopped before the file was moved.
func (a *AOF) upgrade() error {
	name := a.opts.FileName
	old := filepath.Join(a.data, name)
	if info, err := a.fs.Stat(old); errors.Is(err, fs.ErrNotExist) || err == nil && info.Dir {
		return nil
	} else if err != nil {
		return err
	}
	m := a.manifest.Load()
	if !m.empty() {
		if m.base == nil || len(m.incrs) > 0 || m.base.name != name {
			return nil
		}
		if _, err := a.fs.Stat(a.path(name)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := a.makeFolder(); err != nil {
		return err
	}
	m = m.clone()
	m.base, m.baseSeq = &logFile{name, 1, baseFile}, 1
	if _, err := writeManifest(a.fs, a.manifestPath(), m); err != nil {
		return err
	}
	if err := a.fs.Rename(old, a.path(name)); err != nil {
		return err
	}
	// The new name must be durable before the old one is gone.
	for _, dir := range []string{a.dir, a.data} {
		if err := a.fs.SyncDir(dir); err != nil {
			return err
		}
	}
	a.manifest.Store(m)
	a.opts.Log(false, fmt.Sprintf("Successfully migrated an old-style AOF configuration (%s) into the AOF directory (%s).", name, a.opts.DirName))
	return nil
}

// Step applies records for about the budget, without end if that is 0, and
// says whether all is loaded. apply gets the database that was selected and
// the arguments, which it may keep until it returns; MULTI, EXEC and SELECT do
// not reach it. What it returns ends the replay.
//
// An error is final. A last file that ends within a record or a transaction is
// cut, if AOFOptions.LoadTruncated is set; anything else that is wrong is a
// *DamagedError with path and offset.
func (r *Replay) Step(budget time.Duration, apply func(db int, args [][]byte) error) (done bool, err error) {
	if r.err != nil {
		return false, r.err
	}
	until := time.Time{}
	if budget > 0 {
		until = time.Now().Add(budget)
	}
	for r.at < len(r.files) {
		ended, err := r.stepFile(until, apply)
		if err != nil {
			r.err = r.place(err)
			r.Close()
			return false, r.err
		}
		if ended {
			r.fileDone()
		}
		if !until.IsZero() && time.Now().After(until) {
			return r.at == len(r.files), nil
		}
	}
	return true, nil
}

// place says in which file an error is.
func (r *Replay) place(err error) error {
	var d *DamagedError
	if errors.As(err, &d) && d.Path == "" {
		d.Path = r.path
	}
	return err
}

// Close frees what a replay takes that is not run to its end.
func (r *Replay) Close() {
	if r.preamble != nil {
		r.preamble.Close()
		r.preamble = nil
	}
	if r.scanner != nil {
		r.scanner.stop()
		for range r.scanner.full { // until its goroutine has let go of the file
		}
		r.scanner, r.batch = nil, nil
	}
	if r.unzipped != nil {
		_ = r.unzipped.Close() // nothing is read any more
		r.unzipped = nil
	}
	if r.file != nil {
		_ = r.file.Close() // it was only read
		r.file = nil
	}
}

// fileDone goes on to the next file.
func (r *Replay) fileDone() {
	name := r.files[r.at].name
	kind := "incr"
	if r.files[r.at].kind == baseFile {
		kind = "base"
	}
	r.aof.opts.Log(false, fmt.Sprintf("DB loaded from %s file %s: %.3f seconds", kind, name, time.Since(r.began).Seconds()))
	r.Close()
	r.before += r.size
	r.at++
}

// stepFile loads some of the current file.
func (r *Replay) stepFile(until time.Time, apply func(int, [][]byte) error) (ended bool, err error) {
	if r.file == nil {
		if err := r.open(); err != nil || r.size == 0 {
			return r.size == 0, err
		}
	}
	if r.preamble != nil {
		budget := time.Duration(0)
		if !until.IsZero() {
			budget = max(time.Until(until), time.Microsecond)
		}
		done, err := r.preamble.Step(budget)
		if err != nil || !done {
			return false, err
		}
		r.end = r.preamble.End()
		r.preamble.Close()
		r.preamble = nil
		if r.end >= r.size {
			return true, nil
		}
		r.scanner = scan(io.NewSectionReader(r.file, r.end, r.size-r.end), r.end, r.size)
	}
	for {
		if r.batch == nil && !r.receive(until) {
			return false, nil
		}
		if ended, err := r.apply(until, apply); err != nil || ended || r.batch != nil {
			return ended, err
		}
		if !until.IsZero() && time.Now().After(until) {
			return false, nil
		}
	}
}

// open opens the current file and finds out what it is.
func (r *Replay) open() error {
	f := r.files[r.at]
	r.path, r.db, r.end, r.began = r.aof.path(f.name), 0, 0, time.Now()
	var err error
	if r.file, err = r.aof.fs.Open(r.path); err != nil {
		return err
	}
	if r.size, err = r.file.Size(); err != nil || r.size == 0 {
		return err
	}
	magic := make([]byte, min(r.size, int64(len(rdbMagic))))
	if _, err := r.file.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var in io.Reader = io.NewSectionReader(r.file, 0, r.size)
	size := r.size
	if r.opts.Decompress != nil && len(magic) >= 4 && string(magic[:4]) == zstdMagic {
		unzip, err := r.opts.Decompress(in)
		if err != nil {
			return err
		}
		r.unzipped, in, size = unzip, unzip, -1
		n, err := io.ReadFull(in, magic)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return err
		}
		in = io.MultiReader(bytes.NewReader(magic[:n]), in)
		magic = magic[:n]
	}
	if isRDB(magic) {
		if r.opts.Preamble == nil {
			return &DamagedError{Path: r.path, Reason: "an RDB file, which cannot be loaded here"}
		}
		r.preamble, err = r.opts.Preamble(r.file, r.path, r.size)
		return err
	}
	r.scanner = scan(in, 0, size)
	return nil
}

// How RDB files and zstd frames begin.
const (
	rdbMagic    = "REDIS"
	valkeyMagic = "VALKE"
	zstdMagic   = "\x28\xb5\x2f\xfd"
)

func isRDB(magic []byte) bool { return string(magic) == rdbMagic || string(magic) == valkeyMagic }

// receive takes the next batch, waiting for it until the budget ends.
func (r *Replay) receive(until time.Time) bool {
	r.next = 0
	if until.IsZero() {
		r.batch = <-r.scanner.full
		return true
	}
	select {
	case r.batch = <-r.scanner.full:
		return true
	default:
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case r.batch = <-r.scanner.full:
		return true
	case <-timer.C:
		return false
	}
}

// clockEvery is after how many records the clock is read.
const clockEvery = 64

// apply applies records of the batch; when it is done with it, batch is nil.
func (r *Replay) apply(until time.Time, apply func(int, [][]byte) error) (ended bool, err error) {
	b := r.batch
	first := 0
	if r.next > 0 {
		first = b.ends[r.next-1].args
	}
	for r.next < len(b.ends) {
		end := b.ends[r.next]
		r.args = r.args[:0]
		for _, arg := range b.args[first:end.args] {
			r.args = append(r.args, b.buf[arg.from:arg.to:arg.to])
		}
		if err := r.applyOne(apply); err != nil {
			return false, &DamagedError{Path: r.path, Offset: r.end, Reason: err.Error(), Err: err}
		}
		r.end, first = end.offset, end.args
		r.next++
		r.records++
		if r.next%clockEvery == 0 && !until.IsZero() && time.Now().After(until) {
			return false, nil
		}
	}
	r.batch = nil
	if !b.last {
		r.scanner.recycle(b)
		return false, nil
	}
	if b.err != nil {
		return false, b.err
	}
	if b.torn >= 0 {
		return true, r.torn(b.torn)
	}
	return true, nil
}

func (r *Replay) applyOne(apply func(int, [][]byte) error) error {
	if isWord(r.args[0], "select") {
		if len(r.args) != 2 {
			return errors.New("SELECT without a number")
		}
		db, err := strconv.ParseUint(string(r.args[1]), 10, 31)
		if err != nil {
			return errors.New("SELECT without a number")
		}
		r.db = int(db)
		return nil
	}
	return apply(r.db, r.args)
}

// torn deals with a file that ends too early: it should have ended at offset.
func (r *Replay) torn(offset int64) error {
	a := r.aof
	last := r.at == len(r.files)-1
	reason := "the file ends within a record or a transaction that begins here"
	switch {
	case r.unzipped != nil:
		return &DamagedError{Path: r.path, Offset: r.size, Reason: "what is compressed in the file ends within a record"}
	case !last:
		return &DamagedError{Path: r.path, Offset: offset, Reason: reason + ", and it is not the last file"}
	case !a.opts.LoadTruncated:
		return &DamagedError{Path: r.path, Offset: offset, Reason: reason + ": make a backup of it, then use basalt check --fix, or set aof-load-truncated to yes"}
	}
	a.opts.Log(true, fmt.Sprintf("!!! Warning: short read while loading the AOF file %s!!!", r.files[r.at].name))
	a.opts.Log(true, fmt.Sprintf("!!! Truncating the AOF %s at offset %d !!!", r.files[r.at].name, offset))
	f, err := a.fs.Append(r.path)
	if err != nil {
		return err
	}
	err = f.Truncate(offset)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	a.opts.Log(true, fmt.Sprintf("AOF %s loaded anyway because aof-load-truncated is enabled", r.files[r.at].name))
	r.end = offset
	return nil
}
