package persist

import (
	"errors"
	"fmt"
	"io"
)

// A file of the log is a sequence of records, as clients send commands, with
// lines of annotation between them:
//
//	#TS:1700000000\r\n
//	*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n
//
// The scanner reads ahead in a goroutine of its own and hands over batches of
// records that are complete; the records of a transaction are always in one
// batch. What it accepts is what Redis and the log's writer write, nothing
// looser: where a file is not that, it says at which byte.

// Sizes of reading.
const (
	scanBlock    = 1 << 20 // first size of a batch's memory, and most that is read at a time
	batchesAhead = 3
	numberMax    = 10 // digits of a count or a length
	lengthMax    = 1<<31 - 1
	// annotationMax is more than any annotation has: what has no line end may be
	// anything, and must not be read into memory to the end of the file.
	annotationMax = 64 << 10
)

// batch is a piece of a file with whole records in it.
type batch struct {
	buf  []byte
	args []argument
	ends []recordEnd
	// At the end of the file, or where reading ended before it:
	last bool
	torn int64 // where the file should have ended; -1 if it ends well
	err  error // damage, or what the file system says
}

// argument is where one lies in the batch's buf.
type argument struct{ from, to int }

// recordEnd is the end of a record.
type recordEnd struct {
	args   int   // in batch.args
	offset int64 // in the file
}

// errTorn says that a record goes on after what is there.
var errTorn = errors.New("the record is not complete")

// damage is what is wrong with a record, at an offset from its first byte.
type damage struct {
	at     int
	reason string
}

func (d *damage) Error() string { return d.reason }

// parseRecord finds the arguments of the record, or the annotation (no
// arguments), at the start of b and appends where they lie, shifted by shift.
// It returns the length. errTorn: b may be a beginning of one; need is how
// long b must be at least to get further.
func parseRecord(b []byte, shift int, args []argument) (out []argument, length, need int, err error) {
	switch b[0] {
	case '#':
		for i, c := range b {
			if c == '\n' {
				return args, i + 1, 0, nil
			}
			if i == annotationMax {
				return args, 0, 0, &damage{0, "an annotation that does not end"}
			}
		}
		return args, 0, len(b) + 1, errTorn
	case '*':
	default:
		return args, 0, 0, &damage{0, "a record must begin with '*'"}
	}
	count, at, err := parseNumber(b, 1)
	if err != nil {
		return args, 0, len(b) + 1, err
	}
	if count == 0 {
		return args, 0, 0, &damage{1, "a record without arguments"}
	}
	out = args
	for range count {
		if at == len(b) {
			return args, 0, at + 1, errTorn
		}
		if b[at] != '$' {
			return args, 0, 0, &damage{at, "an argument must begin with '$'"}
		}
		size, from, err := parseNumber(b, at+1)
		if err != nil {
			return args, 0, len(b) + 1, err
		}
		at = from + size
		if at+2 > len(b) && (at >= len(b) || b[at] == '\r') {
			return args, 0, at + 2, errTorn
		}
		if b[at] != '\r' || b[at+1] != '\n' {
			return args, 0, 0, &damage{at, "an argument must end where its length says"}
		}
		out = append(out, argument{shift + from, shift + at})
		at += 2
	}
	return out, at, 0, nil
}

// parseNumber reads digits and the line end behind them.
func parseNumber(b []byte, at int) (n, after int, err error) {
	first := at
	for ; ; at++ {
		if at == len(b) {
			return 0, 0, errTorn
		}
		c := b[at]
		if c == '\r' && at > first {
			break
		}
		if c < '0' || c > '9' || at-first == numberMax {
			return 0, 0, &damage{at, "a number is expected"}
		}
		n = n*10 + int(c-'0')
	}
	if n > lengthMax || b[first] == '0' && at-first > 1 {
		return 0, 0, &damage{first, "a number out of range"}
	}
	if at+1 == len(b) {
		return 0, 0, errTorn
	}
	if b[at+1] != '\n' {
		return 0, 0, &damage{at + 1, "a line must end with CR LF"}
	}
	return n, at + 2, nil
}

// scanner reads one file.
type scanner struct {
	in     io.Reader
	offset int64 // of the first byte in the batch's buf
	size   int64 // of the file; -1 if that is not known

	full chan *batch // to the consumer; closed after the last
	free chan *batch // back
	quit chan struct{}

	current *batch
	parsed  int   // bytes of the current buf that are records
	multi   int64 // offset of the MULTI of an open transaction; -1
	// What belongs to it begins here in the current batch.
	multiEnds, multiArgs int
	check                *aofScan // who looks at every record; nil where they are executed
}

// scan begins to read in from offset of a file of size bytes.
func scan(in io.Reader, offset, size int64) *scanner { return scanFor(nil, in, offset, size) }

// scanFor is scan for check, which is told of every record by the goroutine
// that reads and has all of it when the last batch has come.
func scanFor(check *aofScan, in io.Reader, offset, size int64) *scanner {
	s := &scanner{
		in: in, offset: offset, size: size, multi: -1, check: check,
		full: make(chan *batch, batchesAhead), free: make(chan *batch, batchesAhead+2), quit: make(chan struct{}),
	}
	s.current = s.newBatch()
	go s.run()
	return s
}

func (s *scanner) newBatch() *batch {
	select {
	case b := <-s.free:
		*b = batch{buf: b.buf[:0], args: b.args[:0], ends: b.ends[:0], torn: -1}
		return b
	default:
	}
	size := int64(scanBlock)
	if s.size >= 0 { // one byte more, so that reading comes to the end
		size = min(size, s.size-s.offset+1)
	}
	return &batch{buf: make([]byte, 0, size), torn: -1}
}

// recycle gives a batch back whose records are done with.
func (s *scanner) recycle(b *batch) {
	if cap(b.buf) > 4*scanBlock {
		return // one large record must not hold its memory to the end
	}
	select {
	case s.free <- b:
	default:
	}
}

// stop ends the goroutine; batches that it has handed over may stay.
func (s *scanner) stop() { close(s.quit) }

func (s *scanner) run() {
	defer close(s.full)
	for {
		n, err := s.fill()
		if n > 0 {
			need, damaged := s.parse()
			if damaged != nil {
				s.finish(-1, damaged)
				return
			}
			if s.size >= 0 && s.offset+int64(s.parsed+need) > s.size {
				s.finish(s.tornAt(), nil)
				return
			}
			if !s.handOver(need) {
				return
			}
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, io.EOF) {
			s.finish(-1, err)
			return
		}
		s.finish(s.tornAt(), nil)
		return
	}
}

// fill reads more into the current batch.
func (s *scanner) fill() (int, error) {
	b := s.current
	n, err := s.in.Read(b.buf[len(b.buf):cap(b.buf)])
	b.buf = b.buf[:len(b.buf)+n]
	return n, err
}

// parse finds the records of what was read. It returns how much must be there
// from the first incomplete one on.
func (s *scanner) parse() (need int, err error) {
	b := s.current
	for s.parsed < len(b.buf) {
		before := len(b.args)
		args, length, need, err := parseRecord(b.buf[s.parsed:], s.parsed, b.args)
		if err == errTorn {
			return need, nil
		}
		var d *damage
		if errors.As(err, &d) {
			return 0, &DamagedError{Offset: s.offset + int64(s.parsed+d.at), Reason: d.reason}
		}
		start := s.offset + int64(s.parsed)
		if s.check != nil {
			if err := s.check.look(b.buf[s.parsed:s.parsed+length], start, b.buf, args[before:]); err != nil {
				return 0, err
			}
		}
		s.parsed += length
		b.args = args
		if len(args) > before {
			s.record(start, before)
		}
	}
	return 0, nil
}

// record notes a record that begins at start and whose arguments begin at
// first. MULTI and EXEC only say what belongs together.
func (s *scanner) record(start int64, first int) {
	b := s.current
	switch name := b.buf[b.args[first].from:b.args[first].to]; {
	case isWord(name, "multi"):
		b.args = b.args[:first]
		if s.multi < 0 {
			s.multi, s.multiEnds, s.multiArgs = start, len(b.ends), first
		}
	case isWord(name, "exec"):
		b.args = b.args[:first]
		s.multi = -1
	default:
		b.ends = append(b.ends, recordEnd{len(b.args), s.offset + int64(s.parsed)})
	}
}

// isWord compares a name with one in lower case.
func isWord(name []byte, word string) bool {
	if len(name) != len(word) {
		return false
	}
	for i, c := range name {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}

// handOver makes room for the next read: it passes the batch on if it may end
// here, and goes on in a new one with the incomplete record, or makes this one
// larger. false: the consumer has gone.
func (s *scanner) handOver(need int) bool {
	b := s.current
	rest := len(b.buf) - s.parsed
	if s.multi >= 0 || s.parsed == 0 {
		if len(b.buf) == cap(b.buf) {
			s.grow(s.parsed + need)
		}
		return true
	}
	if cap(b.buf)-len(b.buf) >= scanBlock/2 && cap(b.buf)-s.parsed >= need {
		return true // little has come
	}
	next := s.newBatch()
	s.current = next
	next.buf = append(next.buf, b.buf[s.parsed:]...)
	s.offset += int64(s.parsed)
	s.parsed = 0
	if cap(next.buf) < need || cap(next.buf) == rest {
		s.grow(need)
	}
	return s.send(b)
}

// grow makes the current batch larger, to need at once if the file is known to
// be that long: a damaged length must not cost memory.
func (s *scanner) grow(need int) {
	b := s.current
	size := max(2*cap(b.buf), scanBlock)
	if s.size >= 0 {
		size = max(size, need)
	}
	b.buf = append(make([]byte, 0, size), b.buf...)
}

func (s *scanner) send(b *batch) bool {
	select {
	case s.full <- b:
		return true
	case <-s.quit:
		return false
	}
}

// tornAt returns where the file should have ended, -1 if it does.
func (s *scanner) tornAt() int64 {
	b := s.current
	if s.multi >= 0 {
		b.ends, b.args = b.ends[:s.multiEnds], b.args[:s.multiArgs]
		return s.multi
	}
	if s.parsed < len(b.buf) {
		return s.offset + int64(s.parsed)
	}
	return -1
}

func (s *scanner) finish(torn int64, err error) {
	b := s.current
	if err != nil && s.multi >= 0 {
		b.ends = b.ends[:s.multiEnds]
	}
	b.last, b.torn, b.err = true, torn, err
	s.send(b)
}

// DamagedError says that a file is not what it should be.
type DamagedError struct {
	Path   string
	Offset int64 // of the first byte that is wrong
	Reason string
	Err    error // what was returned for the record there, or nil
}

// Error returns place and reason.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s: bad file format at offset %d: %s", e.Path, e.Offset, e.Reason)
}

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }
