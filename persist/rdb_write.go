package persist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"basalt/db"
)

// What stands between the values of an RDB file. The numbers are the format's
// and never change.
const (
	opIdle      = 0xf8 // length: seconds since the last access
	opFreq      = 0xf9 // u8: the counter of accesses
	opAux       = 0xfa // string, string
	opSizes     = 0xfb // length, length: keys, and those with a deadline
	opExpireMs  = 0xfc // i64 LE
	opSelectDB  = 0xfe // length
	opEndOfFile = 0xff // u64 LE: checksum of all before, 0 for none

	fileMagic = "REDIS"
)

// streamFull is how much is gathered before it is checksummed and written: some
// dozen system calls per megabyte at most, and still in the nearer caches.
const streamFull = 128 << 10

// stream is where a file's bytes go: the one place that counts and checksums
// them. The first error stays, and nothing is written after it.
type stream struct {
	w        io.Writer
	checksum bool
	crc      uint64
	size     int64
	err      error
}

func (s *stream) write(b []byte) {
	if s.err != nil || len(b) == 0 {
		return
	}
	if s.checksum {
		s.crc = updateCRC(s.crc, b)
	}
	s.size += int64(len(b))
	_, s.err = s.w.Write(b)
}

// AuxField is a fact about the file at its beginning.
type AuxField struct{ Name, Value string }

// StandardAux returns the facts that Redis's own files begin with: the version
// of Redis that the server answers as, the Unix time in seconds, the bytes of
// memory in use, and whether the file is the base of an append only file.
func StandardAux(version string, unix, usedMemory int64, aofBase bool) []AuxField {
	base := "0"
	if aofBase {
		base = "1"
	}
	return []AuxField{
		{"redis-ver", version}, {"redis-bits", "64"}, {"ctime", strconv.FormatInt(unix, 10)},
		{"used-mem", strconv.FormatInt(usedMemory, 10)}, {"aof-base", base},
	}
}

// keyWriter is a visitor of a keyspace that makes a file of it.
type keyWriter interface {
	db.Visitor
	// head and foot write what stands before the first key and behind the last;
	// foot returns the first error of all.
	head()
	foot() error
	// failed returns the first error so far.
	failed() error
}

// errParts says that a value had other parts than its beginning announced.
var errParts = errors.New("a value is not complete")

// rdbWriter writes an RDB file:
//
//	"REDIS" version, four digits | aux ... | key ... | FF | checksum u64 LE
//
//	key   [FE database | FB sizes] [FC deadline] [F8 idle] [F9 freq] type u8 | key | value
//
// sizes stand where a database begins for the first time: one that comes again,
// as keys that were about to change came early, is only selected.
type rdbWriter struct {
	valueWriter
	stream stream
	job    *Job
	db     int
	// begun is the databases whose sizes are written.
	begun map[int]bool
	// keyAt is where in the buffer the key begins whose value is being written.
	keyAt int
}

func newRDBWriter(w io.Writer, job *Job) *rdbWriter {
	r := &rdbWriter{job: job, db: -1, begun: make(map[int]bool)}
	r.stream = stream{w: w, checksum: job.Checksum}
	r.version = job.Version
	r.compress = job.Compress
	r.out = &r.stream
	r.buf = make([]byte, 0, streamFull+streamFull/2)
	return r
}

func (w *rdbWriter) head() {
	w.buf = fmt.Appendf(w.buf, "%s%04d", fileMagic, w.version)
	for _, aux := range w.job.Aux {
		w.buf = append(w.buf, opAux)
		w.bytes([]byte(aux.Name))
		w.bytes([]byte(aux.Value))
	}
}

func (w *rdbWriter) foot() error {
	w.whole()
	w.buf = append(w.buf, opEndOfFile)
	w.drain()
	sum := w.stream.crc
	w.buf = binary.LittleEndian.AppendUint64(w.buf, sum)
	w.drain()
	return w.stream.err
}

func (w *rdbWriter) failed() error { return w.stream.err }

// whole makes sure that the value before is complete: a reader would take what
// follows for the rest of it.
func (w *rdbWriter) whole() {
	if w.left != 0 && w.stream.err == nil {
		w.stream.err = errParts
	}
}

// Key implements db.Visitor.
func (w *rdbWriter) Key(k db.KeyInfo) db.ValueVisitor {
	w.whole()
	if w.stream.err != nil {
		return nil
	}
	if k.DB != w.db {
		w.selectDB(k.DB)
	}
	w.spare()
	w.keyAt = len(w.buf)
	if k.Deadline != db.NoDeadline {
		w.buf = binary.LittleEndian.AppendUint64(append(w.buf, opExpireMs), uint64(k.Deadline))
	}
	if w.job.Access && k.Idle >= 0 {
		w.buf = append(w.buf, opIdle)
		w.length(uint64(k.Idle))
	}
	if w.job.Access && k.Freq >= 0 {
		w.buf = append(w.buf, opFreq, byte(k.Freq))
	}
	if cap(w.key) > frameWhole {
		w.key = nil
	}
	w.key = append(w.key[:0], k.Key...)
	if w.key == nil {
		w.key = []byte{} // an empty key is one all the same
	}
	w.job.delay()
	return w
}

func (w *rdbWriter) selectDB(n int) {
	w.db = n
	w.buf = append(w.buf, opSelectDB)
	w.length(uint64(n))
	if w.begun[n] {
		return
	}
	w.begun[n] = true
	for _, s := range w.job.Sizes {
		if s.DB == n {
			w.buf = append(w.buf, opSizes)
			w.length(uint64(s.Keys))
			w.length(uint64(s.Volatile))
		}
	}
}

// Hash implements db.ValueVisitor. A key whose fields have all expired is left
// out: its head is taken back.
func (w *rdbWriter) Hash(fields int, deadlines bool) {
	if fields == 0 {
		w.buf = w.buf[:w.keyAt]
		return
	}
	w.valueWriter.Hash(fields, deadlines)
}

// StringHead implements stringParts.
func (w *rdbWriter) StringHead(n int) {
	w.begin(typeString)
	w.length(uint64(n))
	w.left = int64(n)
}

// StringPart implements stringParts.
func (w *rdbWriter) StringPart(b []byte) {
	w.raw(b)
	w.left -= int64(len(b))
}

// delay sleeps as long as rdb-key-save-delay wants after a key: some µs, or one
// µs every so many keys if it is negative. It makes saving slow for tests.
func (j *Job) delay() {
	switch us := j.KeySaveDelayUs; {
	case us > 0:
		time.Sleep(time.Duration(us) * time.Microsecond)
	case us < 0:
		if j.delayed++; j.delayed >= -us {
			j.delayed = 0
			time.Sleep(time.Microsecond)
		}
	}
}
