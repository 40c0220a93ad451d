package persist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"basalt/db"
)

// An RDB file is
//
//	"REDIS" and the version in four digits, or "VALKEY080"
//	record ...
//	0xFF | checksum u64 LE, 0 if none was made, from version 5 on
//
// A record is a key with its value, or says something of what follows:
//
//	type u8 | key | value
//	opcode u8 | ...
//
// The checksum covers all before it, 0xFF included. The numbers are the
// format's and never change.
const (
	rdbSlotImport  = 243 // Valkey: job string, ranges length, (from, to length) ...
	rdbSlotInfo    = 244 // three lengths
	rdbFunction2   = 245 // a library, as FUNCTION DUMP has it
	rdbFunctionOld = 246 // one of a version of Redis that was never released
	rdbModuleAux   = 247 // module length, (kind length, ...) ... 0
	rdbIdle        = 248 // of the next key: seconds, a length
	rdbFreq        = 249 // of the next key: u8
	rdbAux         = 250 // name and value, strings
	rdbResizeDB    = 251 // keys and keys with a deadline, lengths
	rdbExpireMs    = 252 // of the next key: i64
	rdbExpire      = 253 // of the next key: i32, in seconds
	rdbSelectDB    = 254 // a length
	rdbEOF         = 255
	typeModuleOld  = 6
	typeModule     = 7
	headerBytes    = 9
	versionSum     = 5 // the first with a checksum
	checksumBytes  = 8
	magicRedis     = "REDIS"
	magicValkey    = "VALKEY080"
	moduleNameSize = 9
)

// Kinds of what modules write.
const (
	moduleEnd    = 0
	moduleInt    = 1 // a length
	moduleUint   = 2
	moduleFloat  = 3 // 4 bytes
	moduleDouble = 4 // 8 bytes
	moduleString = 5
)

// FormatError says that a file is damaged, or none that can be read.
type FormatError struct {
	// Path is the file, if it is known.
	Path string
	// Offset is where in the file the damage was found, in bytes. If the file
	// is compressed it counts in what that decompresses to.
	Offset     int64
	Compressed bool
	// Reason says what is wrong.
	Reason string
}

// Error returns all of it in one line.
func (e *FormatError) Error() string {
	where := "at byte " + strconv.FormatInt(e.Offset, 10)
	if e.Compressed {
		where += " of what it decompresses to"
	}
	if e.Path != "" {
		where = e.Path + ": " + where
	}
	return where + ": " + e.Reason
}

// rdbKey is what is known of a key besides its value.
type rdbKey struct {
	key      []byte // a view
	kind     valueType
	deadline int64 // NoDeadline if none
	idle     int64 // seconds, -1 if unknown
	freq     int   // -1 if unknown
	offset   int64 // where its record begins
}

// rdbSink is told what is in an RDB file. Slices die with the call, but for the
// key, which is good until end.
type rdbSink interface {
	stepSink
	// begin is followed by the steps of a value and end.
	begin(k *rdbKey) error
	end() error
	database(index int) error
	// sizes is a hint: how many keys there are in the database.
	sizes(keys, volatile uint64) error
	aux(name, value []byte)
	// function is a library of functions.
	function(library []byte)
	note(format string, args ...any)
}

// rdbReader reads an RDB file from beginning to end.
type rdbReader struct {
	valueReader
	sink      rdbSink
	databases int // there are
	checksum  bool
	version   int
	valkey    bool
	key       []byte
	next      rdbKey
	// where the current record begins
	record int64
	// value says that what is read is a value, of the key next.key.
	value bool
}

// run reads the file of src, which begins at from. It returns where the file
// ended.
func (r *rdbReader) run(src *source, from int64, path string) (end int64, err error) {
	r.decoder = decoder{src: src, base: from}
	if src.compressed {
		r.base = 0
	}
	r.valueReader.sink = r.sink
	r.clear()
	r.header()
	for r.err == nil && r.one() {
	}
	if r.err != nil {
		return 0, r.why(path)
	}
	return r.offset(), r.drain(path)
}

// why makes the error of r one with path and place.
func (r *rdbReader) why(path string) error {
	var broken *readError
	if errors.As(r.err, &broken) {
		if path == "" {
			return broken.err
		}
		return fmt.Errorf("%s: %w", path, broken.err)
	}
	if errors.Is(r.err, errClosed) {
		return r.err
	}
	reason := r.err.Error()
	if r.value {
		reason = fmt.Sprintf("%s in the value of type %d of key %.60q, whose record begins at byte %d", reason, r.next.kind,
			r.key, r.record)
	}
	return &FormatError{Path: path, Offset: r.failed, Compressed: r.src.compressed, Reason: reason}
}

func (r *rdbReader) clear() {
	r.next.deadline, r.next.idle, r.next.freq = db.NoDeadline, -1, -1
}

func (r *rdbReader) header() {
	b := r.take(headerBytes)
	switch {
	case b == nil:
	case string(b) == magicValkey:
		r.version, r.valkey = Version72, true
	case string(b[:len(magicRedis)]) != magicRedis:
		r.at = 0
		r.fail("no RDB file: it begins with %.9q", b)
	default:
		n, err := strconv.ParseUint(string(b[len(magicRedis):]), 10, 16)
		if r.version = int(n); err != nil || n < 1 || n > VersionRead {
			r.at = 0
			r.fail("RDB version %q, from 1 to %d can be read", b[len(magicRedis):], VersionRead)
		}
	}
}

// one reads a record and reports whether another may follow.
func (r *rdbReader) one() bool {
	r.record = r.offset()
	op := r.byte()
	switch {
	case r.err != nil:
		return false
	case op == rdbEOF:
		r.end()
		return false
	case op < rdbSlotImport:
		r.keyed(valueType(op))
	default:
		r.opcode(op)
	}
	return true
}

// keyed reads a key and its value.
func (r *rdbReader) keyed(t valueType) {
	switch {
	case t == typeHashDeadlines && !r.valkey:
		r.fail("unknown type %d", t)
	case t == typeModule || t == typeModuleOld:
		r.module(t)
	}
	r.key = append(r.key[:0], r.bytes()...)
	if r.err != nil {
		return
	}
	r.next.key, r.next.kind, r.next.offset = r.key, t, r.record
	if err := r.sink.begin(&r.next); err != nil {
		r.stop(err)
		return
	}
	r.value = true
	r.valueReader.value(t)
	if r.err == nil {
		if err := r.sink.end(); err != nil {
			r.stop(err)
		}
	}
	if r.err != nil {
		return
	}
	r.value = false
	r.clear()
	if cap(r.key) > scratchKept {
		r.key = nil
	}
}

// module refuses the value of a module, by its name.
func (r *rdbReader) module(t valueType) {
	r.bytes() // the key
	if t == typeModuleOld {
		r.fail("the value of a module in a form that was never released")
		return
	}
	if id := r.length(); r.err == nil {
		r.fail("the value of a module, %s", moduleName(id))
		r.failed = r.record
	}
}

// moduleName is what the module of a type's number is called: nine characters
// of six bits, and ten bits of version.
func moduleName(id uint64) string {
	const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var b [moduleNameSize]byte
	for i := range b {
		b[i] = set[id>>(10+6*(moduleNameSize-1-i))&63]
	}
	return string(b[:])
}

// opcode reads a record that is no key.
func (r *rdbReader) opcode(op byte) {
	var err error
	switch op {
	case rdbExpire:
		if b := r.take(4); b != nil {
			r.expire(int64(int32(binary.LittleEndian.Uint32(b))) * 1000)
		}
	case rdbExpireMs:
		r.expire(r.millis())
	case rdbIdle:
		r.next.idle = int64(min(r.length(), 1<<40))
	case rdbFreq:
		r.next.freq = int(r.byte())
	case rdbSelectDB:
		err = r.selectDB(r.length())
	case rdbResizeDB:
		keys, volatile := r.length(), r.length()
		if r.err == nil {
			err = r.sink.sizes(keys, volatile)
		}
	case rdbAux:
		r.name = append(r.name[:0], r.bytes()...)
		if value := r.bytes(); r.err == nil {
			r.sink.aux(r.name, value)
		}
	case rdbFunction2:
		if b := r.bytes(); r.err == nil {
			r.sink.function(b)
		}
	case rdbFunctionOld:
		r.fail("a library of functions in a form that was never released")
	case rdbModuleAux:
		r.moduleAux()
	case rdbSlotInfo:
		_, _, _ = r.length(), r.length(), r.length()
	case rdbSlotImport:
		r.slotImport()
	}
	if err != nil {
		r.stop(err)
	}
}

// expire notes the deadline of the next key. What is before 1970 is long over,
// but for -1, which is none.
func (r *rdbReader) expire(ms int64) {
	if ms < db.NoDeadline {
		ms = 0
	}
	r.next.deadline = ms
}

func (r *rdbReader) selectDB(n uint64) error {
	switch {
	case r.err != nil:
		return nil
	case n >= uint64(r.databases):
		return fmt.Errorf("database %d, of %d there are", n, r.databases)
	}
	return r.sink.database(int(n))
}

func (r *rdbReader) moduleAux() {
	id := r.length()
	for r.err == nil {
		switch kind := r.length(); kind {
		case moduleEnd:
			r.note("left out what the module %s wrote", moduleName(id))
			return
		case moduleInt, moduleUint:
			r.length()
		case moduleFloat:
			r.take(4)
		case moduleDouble:
			r.take(8)
		case moduleString:
			r.bytes()
		default:
			r.fail("what a module wrote is of unknown kind %d", kind)
		}
	}
}

func (r *rdbReader) slotImport() {
	r.bytes()
	for n := r.length(); n > 0 && r.err == nil; n-- {
		_, _ = r.length(), r.length()
	}
	r.note("left out that slots were being imported")
}

func (r *rdbReader) note(format string, args ...any) {
	if r.err == nil {
		r.sink.note(format, args...)
	}
}

// end compares the checksum.
func (r *rdbReader) end() {
	if r.version < versionSum {
		return
	}
	check := r.checksum && r.src.checksum
	sum := uint64(0)
	if check {
		sum = r.src.sum(r.offset())
	}
	at := r.offset()
	b := r.take(checksumBytes)
	if b == nil {
		return
	}
	if said := binary.LittleEndian.Uint64(b); check && said != 0 && said != sum {
		r.fail("checksum is %016x, the file says %016x", sum, said)
		r.failed = at
	}
}

// drain makes sure that nothing follows in a compressed file, which ends where
// its RDB ends.
func (r *rdbReader) drain(path string) error {
	if !r.src.compressed {
		return nil
	}
	if len(r.data) == r.at {
		if c, err := r.src.take(); c == nil && err == nil {
			return nil
		} else if c == nil {
			r.stop(err)
			return r.why(path)
		}
	}
	r.fail("bytes behind the end")
	return r.why(path)
}

// beginsRDB reports whether what begins with b is an RDB file, or compressed.
func beginsRDB(b []byte) bool {
	return hasPrefix(b, magicRedis) || hasPrefix(b, magicValkey[:6]) || hasPrefix(b, magicZstd)
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
