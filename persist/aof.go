package persist

import (
	"path/filepath"
	"sync/atomic"
	"time"

	"basalt/internal/vfs"
	"basalt/ringbuf"
)

// The log (append only file) is fed by the executor and written by a thread
// of its own:
//
//	executor                                             writer goroutine
//	Append: memcpy into a chunk                          takes all that is there,
//	Flush, once a round: ──── ring of spans ───────────► writes it with few calls,
//	  a span of the chunk                                syncs as the policy says,
//	  and one wake at most   ◄─── Durable, Err ─────────  tells how far it came
//	  new chunks             ◄─── ring of chunks ──────
//
// Positions count the bytes that were ever appended; they do not start anew
// with a file. A chunk holds whole records only, so the end of each span is a
// place where a file may end. The writer keeps what it could not write, cuts
// the file back to whole records and tries again by itself, so what fails is
// late, never lost. Under `always` it keeps also what it could not sync.
//
// All calls that a disk can hold up are made by the writer, or by goroutines of
// its own; the exceptions are OpenAOF, Replay and Start, which run before there
// are clients.

// SyncPolicy says when the log is synced: the directive appendfsync.
type SyncPolicy int32

// Policies.
const (
	SyncNo       SyncPolicy = iota // when the system likes
	SyncEverySec                   // once a second
	SyncAlways                     // before Durable says so, many records at once
)

// Sizes of the way from the executor to the writer.
const (
	chunkSize   = 256 << 10 // some milliseconds of the busiest log
	chunksKept  = 16        // idle chunks that are kept: 4 MiB
	spansMax    = 1024      // spans in the ring; more wait with the executor
	bufferLimit = 64 << 20  // default of AOFOptions.BufferMax
)

// AOFOptions is how a log is kept.
type AOFOptions struct {
	DirName       string     // its folder within the data folder; "" for "appendonlydir"
	FileName      string     // how its files' names begin; "" for "appendonly.aof"
	Policy        SyncPolicy // at the start
	Timestamps    bool       // write "#TS:" annotations; see SetTime
	LoadTruncated bool       // accept a last file that ends within a record, and cut it
	KeepHistory   bool       // do not delete what a rewrite made superfluous
	BufferMax     int64      // bytes not yet written from which on Overloaded is true; 0 for 64 MiB
	// Log is told what the operator should read. It is called by any
	// goroutine. nil: nobody reads.
	Log func(warning bool, text string)

	// clock and manual are for tests, which take the writer's steps themselves.
	clock  func() time.Time
	manual bool
}

// AOF is the log of a data folder. It is off until Start or BeginRewrite, and
// after Close; it can be turned on again. Methods are the executor's, if they
// do not say otherwise.
type AOF struct {
	fs   vfs.FS
	data string // data folder
	dir  string // the log's own
	opts AOFOptions

	// Of the executor alone.
	buf      []byte           // the chunk being filled
	chunk    *[chunkSize]byte // its memory; nil if that is not from the pool
	made     int64            // bytes of the chunks made for this writer
	sent     int              // how much of it was handed over
	end      int64            // position after the last Append
	overflow []span           // did not fit into the ring
	now      int64            // unix seconds of SetTime; 0 if there are no annotations
	stamped  int64            // second of the last annotation
	rewrite  Rewrite          // the one that runs, or the last one
	on       bool

	writer *logWriter                // the one that is on, or the last one
	spans  *ringbuf.SPSC[span]       // to the writer
	chunks *ringbuf.SPSC[*chunkBody] // back from it

	shared
}

// chunkBody is the memory of a pooled chunk.
type chunkBody = [chunkSize]byte

// shared is what the executor, the writer and others look at.
type shared struct {
	manifest  atomic.Pointer[manifest] // on the disk; replaced by the writer, while there is one
	written   atomic.Int64             // position up to which files hold the log; writer
	durable   atomic.Int64             // what Durable returns; writer
	policy    atomic.Int32             // SyncPolicy; executor
	held      atomic.Bool              // HoldSync; executor
	history   atomic.Bool              // KeepHistory; executor
	waiting   atomic.Bool              // somebody wants to hear of progress; set by the executor, cleared by the writer
	failure   atomic.Pointer[error]    // why the log cannot be written; writer
	rewriting atomic.Int64             // number of the rewrite and rewritePhase
	rewritten atomic.Pointer[error]    // why the rewrite failed; set before rewriting is
	wake      atomic.Pointer[func()]   // OnDurable
	deleting  atomic.Int32             // goroutines that delete history; writers and these
	stats     logStats
}

// span is a piece of a chunk on its way to the writer, or a request.
type span struct {
	b       []byte     // whole records; its capacity reaches to the chunk's end
	chunk   *chunkBody // to be given back after b; nil if more of the chunk follows
	request *request
}

// OpenAOF reads the manifest of the log in dir, if there is one. It writes
// nothing; errors are *ManifestError or the file system's.
func OpenAOF(fsys vfs.FS, dir string, opts AOFOptions) (*AOF, error) {
	if opts.DirName == "" {
		opts.DirName = "appendonlydir"
	}
	if opts.FileName == "" {
		opts.FileName = "appendonly.aof"
	}
	if opts.BufferMax == 0 {
		opts.BufferMax = bufferLimit
	}
	if opts.Log == nil {
		opts.Log = func(bool, string) {}
	}
	if opts.clock == nil {
		opts.clock = time.Now
	}
	a := &AOF{fs: fsys, data: dir, dir: filepath.Join(dir, opts.DirName), opts: opts}
	m, err := readManifest(fsys, a.manifestPath())
	if err != nil {
		return nil, err
	}
	a.manifest.Store(m)
	a.policy.Store(int32(opts.Policy))
	a.history.Store(opts.KeepHistory)
	return a, nil
}

// Reopen opens the log of a data folder, which may be the same, in place of a, which is
// off and Idle. It reads the manifest and writes nothing, as OpenAOF; options and
// counters are those of a.
func (a *AOF) Reopen(dir string) (*AOF, error) {
	if a.on || !a.Idle() {
		panic("BUG: persist: a log that is in use is opened anew")
	}
	opts := a.opts
	opts.Policy, opts.KeepHistory = SyncPolicy(a.policy.Load()), a.history.Load()
	b, err := OpenAOF(a.fs, dir, opts)
	if err != nil {
		return nil, err
	}
	b.now = a.now
	b.stats.goOn(&a.stats)
	return b, nil
}

// DataFolder returns the path that the log was opened with.
func (a *AOF) DataFolder() string { return a.data }

// Idle says that a log that is off has been written and closed, and does nothing
// in its folder any more.
func (a *AOF) Idle() bool {
	if a.writer == nil {
		return true
	}
	select {
	case <-a.writer.ended:
		return a.deleting.Load() == 0
	default:
		return false
	}
}

func (a *AOF) manifestPath() string { return filepath.Join(a.dir, a.opts.FileName+manifestSuffix) }

func (a *AOF) path(name string) string { return filepath.Join(a.dir, name) }

// On says whether the log takes records.
func (a *AOF) On() bool { return a.on }

// Empty says whether the folder had no log when it was opened.
func (a *AOF) Empty() bool { return a.manifest.Load().empty() }

// SetPolicy changes when the log is synced. Durable does not go back: what
// counted as durable under the old policy still does.
func (a *AOF) SetPolicy(p SyncPolicy) {
	a.policy.Store(int32(p))
	a.ring()
}

// HoldSync stops syncing while hold is true, whatever the policy, which then
// acts like SyncNo: no-appendfsync-on-rewrite while a child writes.
func (a *AOF) HoldSync(hold bool) {
	a.held.Store(hold)
	a.ring()
}

// SetKeepHistory changes whether old files are kept (aof-disable-auto-gc).
// Those that are there are deleted when it turns false.
func (a *AOF) SetKeepHistory(keep bool) {
	a.history.Store(keep)
	if a.on && !keep {
		a.request(&request{kind: requestCollect})
	}
}

// SetTimestamps turns annotations on or off, from the next SetTime on.
func (a *AOF) SetTimestamps(on bool) {
	a.opts.Timestamps = on
	if !on {
		a.now = 0
	}
}

// SetLoadTruncated changes AOFOptions.LoadTruncated for a later Replay.
func (a *AOF) SetLoadTruncated(accept bool) { a.opts.LoadTruncated = accept }

// SetTime tells the log what time it is, in seconds since 1970, once a round
// or less often. Where timestamps are on, the first record of each second
// gets an annotation in front.
func (a *AOF) SetTime(unix int64) {
	if a.opts.Timestamps {
		a.now = unix
	}
}

// OnDurable sets what to call when Wait has asked for it: from the writer's
// goroutine, so wake must be safe to call from there, and short.
func (a *AOF) OnDurable(wake func()) { a.wake.Store(&wake) }

// Durable returns the position up to which the log is safe: synced under
// SyncAlways, else written. Any goroutine.
func (a *AOF) Durable() int64 { return a.durable.Load() }

// Err returns why the log cannot be written now, or nil. While it is not nil,
// writes should be refused; the writer goes on trying. Any goroutine.
func (a *AOF) Err() error {
	if err := a.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// Wait says whether the log is durable up to position. If not, OnDurable's
// function is called once, as soon as Durable, Err or what Overloaded looks at
// has changed.
func (a *AOF) Wait(position int64) bool {
	if a.durable.Load() >= position {
		return true
	}
	a.waiting.Store(true)
	// Who moved it before waiting was set has not seen that.
	return a.durable.Load() >= position
}

// Overloaded says that the disk does not keep up, and that more bytes than
// BufferMax wait in memory: the executor should take no more writes. If so,
// OnDurable's function is called once, after progress. Nothing is lost if it
// goes on nevertheless, but the memory for it.
func (a *AOF) Overloaded() bool {
	if a.end-a.written.Load() <= a.opts.BufferMax {
		return false
	}
	a.waiting.Store(true)
	return a.end-a.written.Load() > a.opts.BufferMax
}

// Close flushes, syncs and closes the log, and turns it off. It waits for the
// disk. An error says what could not be made durable: of a disk that fails,
// one last attempt is made.
func (a *AOF) Close() error {
	if !a.on {
		return nil
	}
	<-a.Stop()
	return a.writer.closing
}

// Stop is Close without the waiting: the log is off when it returns, the
// channel is closed when all is on disk. A rewrite that runs is given up.
func (a *AOF) Stop() <-chan struct{} {
	w := a.writer
	if !a.on {
		done := make(chan struct{})
		close(done)
		return done
	}
	a.last(&request{kind: requestClose})
	return w.ended
}
