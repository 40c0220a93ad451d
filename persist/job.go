package persist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"basalt/db"
)

// Format is what a job makes of a snapshot.
type Format int

// The formats.
const (
	// FormatRDB is an RDB file: a dump, or the base of an append only file.
	FormatRDB Format = iota
	// FormatRESP is the commands that make the keyspace: the base of an append
	// only file without a preamble.
	FormatRESP
)

// Job says what file is to be made of a snapshot, and how.
type Job struct {
	Format Format
	// Temp and Final are absolute paths in one folder. The file is written as
	// Temp, synced, and renamed to Final; then the folder is synced. Whatever
	// fails, Final is untouched and Temp is removed.
	Temp, Final string
	// Version is that of the RDB format, Version70 to Version74; types that it
	// does not have are written in an older form, but for deadlines of fields,
	// which there is no older form of.
	Version int
	// Compress compresses strings (LZF), Checksum ends an RDB file with one.
	Compress, Checksum bool
	// ZstdLevel puts the whole file into a zstd frame, with the level that the
	// program of that name would use; 0 does not.
	ZstdLevel int
	// IncrementalSync has the system write out the file every few megabytes
	// rather than all of it at the end.
	IncrementalSync bool
	// Access keeps the times or counters of accesses, for policies that use them.
	Access bool
	// Aux is the facts at the beginning of an RDB file, Sizes those of the
	// databases; see db.Keyspace.Sizes.
	Aux   []AuxField
	Sizes []db.DBSize
	// KeySaveDelayUs is a pause after every key, in µs; if negative, of one µs
	// after so many keys.
	KeySaveDelayUs int

	delayed int
}

// Stats are figures of a job.
type Stats struct {
	Keys  int64 // written so far
	Bytes int64 // size of the file so far
	// UserUs and SystemUs are the CPU time of the child in µs, MaxRSS its largest
	// resident size in bytes; 0 until it has ended, and for a goroutine.
	UserUs, SystemUs, MaxRSS int64
	// Pid is the child's, 0 for a goroutine.
	Pid int
	// Ended says that the snapshot was told whole: what is left is to write it.
	Ended bool
}

// reports of a job through its ring.
const (
	reportKeys = iota
	reportBytes
	reportSteps // counts what is neither: syncing, renaming
)

// encode writes the file of a job to w: head and foot of the format around what
// keys tells its visitor.
func encode(w io.Writer, job *Job, keys func(keyWriter) error) error {
	if job.ZstdLevel > 0 {
		return encodeZstd(w, job, keys)
	}
	return encodePlain(w, job, keys)
}

func encodePlain(w io.Writer, job *Job, keys func(keyWriter) error) error {
	var out keyWriter
	switch job.Format {
	case FormatRDB:
		if job.Version < Version70 || job.Version > Version74 {
			return fmt.Errorf("RDB version %d cannot be written", job.Version)
		}
		out = newRDBWriter(w, job)
	case FormatRESP:
		out = newRESPWriter(w, job)
	default:
		return fmt.Errorf("file of unknown format %d", job.Format)
	}
	out.head()
	if err := keys(out); err != nil {
		return err
	}
	return out.foot()
}

// zstdWindow is how far the compressor looks back: more finds little in a file
// of small values, and costs memory several times.
const zstdWindow = 1 << 20

// encodeZstd writes the file in a zstd frame. One goroutine does it all, in
// memory of some megabytes. What it writes is gathered, as blocks are small.
func encodeZstd(w io.Writer, job *Job, keys func(keyWriter) error) error {
	gathered := bufio.NewWriterSize(w, streamFull)
	z, err := zstd.NewWriter(gathered, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(zstdWindow), zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(job.ZstdLevel)))
	if err != nil {
		return err
	}
	err = encodePlain(z, job, keys)
	if closed := z.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = gathered.Flush()
	}
	return err
}

// WriteRDB writes the keyspace to w as an RDB file, with what job says of the
// format; paths are not used. It takes as long as there are keys. An error of w
// is returned as it is.
func WriteRDB(w io.Writer, job Job, keys *db.Keyspace) error {
	job.Format = FormatRDB
	return encode(w, &job, accept(keys))
}

func accept(keys *db.Keyspace) func(keyWriter) error {
	return func(out keyWriter) error {
		keys.Accept(out)
		return out.failed()
	}
}

// Save makes the file of a job of the keyspace as it is, without a child: for
// SAVE. The executor is held meanwhile; progress is called with each write and
// between the steps behind the last one.
func Save(job Job, keys *db.Keyspace, progress func()) (Stats, error) {
	var s Stats
	out := counting{stats: &s}
	err := job.make(osFiles{}, func(w io.Writer) error {
		return encode(w, &job, func(k keyWriter) error {
			out.keyWriter = k
			keys.Accept(&out)
			return k.failed()
		})
	}, func(bytes int64) {
		s.Bytes = bytes
		progress()
	}, progress)
	s.Ended = true
	return s, err
}

// counting counts keys.
type counting struct {
	keyWriter
	stats *Stats
}

// Key implements db.Visitor.
func (c *counting) Key(k db.KeyInfo) db.ValueVisitor {
	c.stats.Keys++
	return c.keyWriter.Key(k)
}

// files is what a job needs of the file system.
type files interface {
	create(path string) (file, error)
	rename(from, to string) error
	remove(path string) error
	syncDir(path string) error
}

// file is one that is being written.
type file interface {
	io.Writer
	// writeOut has the system begin to write the bytes from one offset to
	// another, and wait for those before.
	writeOut(from, to int64) error
	Sync() error
	Close() error
}

// writeOutEvery is how much is written before the system is asked to write it out,
// as in Redis.
const writeOutEvery = 4 << 20

// jobFile writes the file of a job and tells how large it is.
type jobFile struct {
	file
	wrote        func(size int64)
	incremental  bool
	size, synced int64
}

// Write implements io.Writer.
func (f *jobFile) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	f.size += int64(n)
	f.wrote(f.size)
	if err == nil && f.incremental && f.size-f.synced >= writeOutEvery {
		err = f.writeOut(f.synced, f.size)
		f.synced = f.size
	}
	return n, err
}

// make makes the file: body writes it. wrote is told how large it is, step is
// called between the steps behind that.
func (j *Job) make(fs files, body func(io.Writer) error, wrote func(size int64), step func()) error {
	if !filepath.IsAbs(j.Temp) || filepath.Dir(j.Temp) != filepath.Dir(j.Final) {
		return fmt.Errorf("cannot write %q as %q: not absolute paths in one folder", j.Temp, j.Final)
	}
	raw, err := fs.create(j.Temp)
	if err != nil {
		return err
	}
	f := &jobFile{file: raw, wrote: wrote, incremental: j.IncrementalSync}
	if err = body(f); err == nil {
		step()
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		step()
		err = fs.rename(j.Temp, j.Final)
	}
	if err != nil {
		_ = fs.remove(j.Temp) // the first error is the one that says why
		return fmt.Errorf("writing %s: %w", j.Temp, err)
	}
	step()
	return fs.syncDir(filepath.Dir(j.Final))
}

// errAborted says that the parent wants the file no more.
var errAborted = errors.New("aborted")
