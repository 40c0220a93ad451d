package persist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"basalt/db"
)

// LoadOptions say how an RDB file is read.
type LoadOptions struct {
	// Path is the file's, for errors.
	Path string
	// NowMs is the clock, a Unix time in ms. With DropExpired, keys and fields
	// whose deadline is before it are left out.
	NowMs       int64
	DropExpired bool
	// Checksum says that the checksum of the file has to be right, if there is
	// one.
	Checksum bool
	// Replace makes a key that is there already, or twice in the file, take
	// the value that comes last. It is an error otherwise.
	Replace bool
	// From is where in the file it begins.
	From int64
	// Log, if set, is told of what is left out, in a line. Step calls it.
	Log func(line string)
	// chunkBytes is how much is read at a time, for tests.
	chunkBytes int
	// elementwise makes every listpack be taken apart, for tests.
	elementwise bool
}

var errKeyTwice = errors.New("a key that is there twice")

// Loader reads an RDB file into a keyspace. One goroutine reads, decompresses
// and sums up, a second one decodes and checks; the executor inserts, in Step.
//
// What the file has and the keyspace has not are left out and told to Log:
// functions, what modules wrote, slots that are being imported. Values of
// modules are refused.
type Loader struct {
	opts LoadOptions
	keys *db.Keyspace
	src  *source
	size int64
	b    builder
	key  []byte // of b
	// batch is the one that is being inserted, or nil.
	batch      *loadBatch
	full, free chan *loadBatch
	quit       chan struct{}
	decoding   sync.WaitGroup
	open       bool  // b has a value that is not complete
	offset     int64 // where the record of b's key begins
	idle, freq int64 // of the next key that is complete, -1 if unknown
	// reserve is for how many keys the database is made ready, 0 once it is.
	reserve uint64
	closed  bool
	done    bool
	err     error

	read            atomic.Int64
	loaded, expired int64
	end             int64
	aux             map[string]string
	functions       [][]byte
}

// OpenRDB begins to read an RDB file of size bytes, plain or compressed by
// zstd. The file may go on behind the RDB, as an append only file with a
// preamble does; see End. keys belongs to the caller again after Close, and
// between calls of Step it may be looked at, but not changed.
//
// What is wrong with the contents is a *FormatError of Step; what is in the
// keyspace then is part of the file, whole keys all of them.
func OpenRDB(f io.ReaderAt, size int64, keys *db.Keyspace, opts LoadOptions) (*Loader, error) {
	if opts.chunkBytes == 0 {
		opts.chunkBytes = chunkBytes
	}
	src, err := newSource(f, opts.From, size, opts.Checksum, opts.chunkBytes)
	if err != nil {
		if opts.Path != "" {
			err = fmt.Errorf("%s: %w", opts.Path, err)
		}
		return nil, err
	}
	l := &Loader{
		opts: opts, keys: keys, src: src, size: size,
		full: make(chan *loadBatch, loadBatchesAhead), free: make(chan *loadBatch, loadBatchesAhead+2), quit: make(chan struct{}),
		aux: make(map[string]string),
	}
	l.b.window = true
	l.b.d = keys.DB(0)
	l.idle, l.freq = -1, -1
	databases := keys.Count()
	l.decoding.Go(func() { l.decode(databases) })
	return l, nil
}

// decode is the second goroutine.
func (l *Loader) decode(databases int) {
	sink := &batcher{l: l, src: l.src}
	sink.b = sink.fresh()
	r := rdbReader{sink: sink, databases: databases, checksum: l.opts.Checksum}
	r.blobs, r.elementwise = true, l.opts.elementwise
	end, err := r.run(l.src, l.opts.From, l.opts.Path)
	sink.b.last, sink.b.end, sink.b.err = true, end, err
	// If the loader was closed nobody waits for this.
	_ = sink.flush()
}

// Step inserts for about budget, without end if that is 0, waiting for the file
// if it has to. It reports whether the end was reached. After an error there is
// nothing more to do.
func (l *Loader) Step(budget time.Duration) (done bool, err error) {
	if l.done || l.err != nil {
		return l.done, l.err
	}
	const stepsBetween = 32 // looks at the clock
	if budget == 0 {
		budget = 1<<63 - 1
	}
	began := time.Now()
	for {
		if l.batch == nil && !l.receive(budget-time.Since(began)) {
			return false, nil
		}
		if l.reserve > 0 {
			if l.b.d.LoadReserve(l.reserve) {
				l.reserve = 0
			}
		}
		for n := stepsBetween; n > 0 && l.reserve == 0 && l.err == nil && l.batch.at < len(l.batch.buf); n-- {
			l.step()
		}
		if l.err == nil && l.batch.at == len(l.batch.buf) {
			l.finish()
		}
		if l.done || l.err != nil {
			return l.done, l.err
		}
		if time.Since(began) >= budget {
			return false, nil
		}
	}
}

// receive waits for the next batch, but no longer than that.
func (l *Loader) receive(wait time.Duration) bool {
	select {
	case l.batch = <-l.full:
	default:
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case l.batch = <-l.full:
		case <-t.C:
			return false
		}
	}
	l.read.Store(l.batch.fileAt)
	for _, k := range l.batch.keys[:min(len(l.batch.keys), loadAhead)] {
		l.b.d.Prefetch(k.hash)
	}
	return true
}

// loadAhead is by how many keys loading of buckets is ahead.
const loadAhead = 8

// finish is done with a batch.
func (l *Loader) finish() {
	b := l.batch
	if err := l.b.settle(); err != nil {
		l.refuse(err)
		return
	}
	switch {
	case !b.last:
	case b.err != nil:
		l.fail(b.err)
		return
	default:
		l.end, l.done = b.end, true
	}
	l.batch = nil
	select {
	case l.free <- b:
	default:
	}
}

// fail stops loading. What there is of the value that is being built goes.
func (l *Loader) fail(err error) {
	if l.open {
		l.b.abandon()
		l.open = false
	}
	l.err = err
}

// refuse is fail for what is wrong with the key that is at its turn.
func (l *Loader) refuse(err error) {
	l.fail(&FormatError{
		Path: l.opts.Path, Offset: l.offset, Compressed: l.src.compressed,
		Reason: fmt.Sprintf("%v, in the record of key %.60q", err, l.b.key),
	})
}

// step does the next step of the batch.
func (l *Loader) step() {
	k, x, y, a, c := l.batch.take()
	switch k {
	case stepString:
		if l.begin(a, int64(x)) {
			l.b.put(stepText, 0, 0, c, nil) // cannot fail
		}
	case stepKey:
		l.key = append(l.key[:0], a...)
		l.begin(l.key, int64(x))
	case stepEnd:
		l.complete()
	case stepAccess:
		l.idle, l.freq = int64(x), int64(y)
	case stepDatabase:
		l.b.d = l.keys.DB(int(x))
	case stepSizes:
		// A key takes three bytes at least.
		l.reserve = min(x, uint64(l.size)/3)
	case stepExpired:
		l.expired++
	case stepAux:
		l.aux[string(a)] = string(c)
	case stepFunction:
		if len(l.functions) == 0 {
			l.note("functions are kept aside, and not available")
		}
		l.functions = append(l.functions, bytes.Clone(a))
	case stepNote:
		l.note(string(a))
	default:
		if err := l.b.put(k, x, y, a, c); err != nil {
			l.refuse(err)
		}
	}
}

// begin opens the value of a key, which has to be new.
func (l *Loader) begin(key []byte, deadline int64) bool {
	d, b := l.b.d, l.batch
	k := b.keys[b.nextKey]
	if ahead := b.nextKey + loadAhead; ahead < len(b.keys) {
		d.Prefetch(b.keys[ahead].hash)
	}
	b.nextKey++
	l.offset = k.offset
	l.b.open(l.keys, d, key, k.hash)
	if e := d.LoadFind(key, k.hash); e != nil {
		if !l.opts.Replace {
			l.refuse(errKeyTwice)
			return false
		}
		d.Remove(k.hash, e)
	}
	l.b.deadline = deadline
	l.open = true
	return true
}

// complete ends the value of a key.
func (l *Loader) complete() {
	b := &l.b
	if err := b.settle(); err != nil {
		l.refuse(err)
		return
	}
	if b.deadline >= 0 && b.entry.Type() != db.TypeString {
		b.entry = b.d.SetDeadline(b.hash, b.entry, b.deadline)
	}
	if l.idle >= 0 {
		l.keys.SetIdle(b.entry, l.idle)
	}
	if l.freq >= 0 {
		l.keys.SetFreq(b.entry, uint8(l.freq))
	}
	l.idle, l.freq = -1, -1
	l.open = false
	l.loaded++
}

func (l *Loader) note(line string) {
	if l.opts.Log != nil {
		l.opts.Log(line)
	}
}

// Progress returns how many bytes of the file were inserted, and how many it
// has. Any thread may ask.
func (l *Loader) Progress() (read, size int64) { return l.read.Load(), l.size }

// Stats returns how many keys were loaded, and how many were left out because
// they had expired.
func (l *Loader) Stats() (keys, expired int64) { return l.loaded, l.expired }

// End returns, once Step is done, where in the file the RDB ended. That is the
// end of the file but for an append only file with a preamble, and always if it
// is compressed.
func (l *Loader) End() int64 {
	if l.src.compressed {
		return l.size
	}
	return l.end
}

// Compressed reports whether the file is.
func (l *Loader) Compressed() bool { return l.src.compressed }

// Aux returns the value of an auxiliary field that was read, such as
// "redis-ver", "repl-id" or "aof-base".
func (l *Loader) Aux(name string) (value string, ok bool) {
	value, ok = l.aux[name]
	return value, ok
}

// Functions returns the libraries of functions that were read, in the form of
// the file, which is their source.
func (l *Loader) Functions() [][]byte { return l.functions }

// Close ends the loading, wherever it is, and waits for the goroutines: the file
// may be closed then. A value that is not complete is removed.
func (l *Loader) Close() {
	if l.closed {
		return
	}
	l.closed = true
	close(l.quit)
	l.src.close()
	l.decoding.Wait()
	if !l.done && l.err == nil {
		l.fail(errClosed)
	}
	if l.batch != nil {
		l.batch.discard()
		l.batch = nil
	}
	for {
		select {
		case b := <-l.full:
			b.discard()
		default:
			return
		}
	}
}
