package persist

import (
	"errors"
	"io"

	"basalt/db"
	"basalt/db/pack"
	"basalt/internal/decimal"
	"basalt/internal/double"
)

// respBatch is the most elements that one command of a base adds, as in Redis's
// rewrite: a command runs whole, and should not take long.
const respBatch = 64

// errDamagedPack says that the pack of a stream cannot be read.
var errDamagedPack = errors.New("damaged pack of a stream")

// respWriter writes the commands that make a keyspace: the base of an append
// only file without a preamble.
//
// The head of a command says how many arguments follow, so that a batch begins
// once it is known how many elements it will have: from what the value announced.
type respWriter struct {
	stream stream
	buf    []byte
	job    *Job
	db     int
	key    []byte
	// deadline of the key, written behind its value.
	deadline int64
	// left is how many parts of the value are to come, batch how many of them
	// the command being written will have.
	left  int64
	batch int
	verb  string
	each  int // arguments of one element
	// after is commands for the end of the batch: deadlines of fields.
	after []byte
	// groups is what of a stream is being written; see resp_stream.go.
	groups respGroups
}

func newRESPWriter(w io.Writer, job *Job) *respWriter {
	r := &respWriter{job: job, db: -1, deadline: db.NoDeadline}
	r.stream = stream{w: w}
	r.buf = make([]byte, 0, streamFull+streamFull/2)
	return r
}

func (w *respWriter) head() {}

func (w *respWriter) foot() error {
	w.whole()
	w.drain()
	return w.stream.err
}

func (w *respWriter) failed() error { return w.stream.err }

func (w *respWriter) fail(err error) {
	if w.stream.err == nil {
		w.stream.err = err
	}
}

func (w *respWriter) whole() {
	if w.left != 0 {
		w.fail(errParts)
	}
}

func (w *respWriter) drain() {
	w.stream.write(w.buf)
	if w.buf = w.buf[:0]; cap(w.buf) > 2*frameWhole {
		w.buf = nil
	}
}

// command begins a command of so many arguments, its name included.
func (w *respWriter) command(args int, name string) {
	w.header('*', int64(args))
	w.text(name)
}

func (w *respWriter) header(kind byte, n int64) {
	w.buf = decimal.AppendInt(append(w.buf, kind), n)
	w.buf = append(w.buf, '\r', '\n')
}

func (w *respWriter) text(s string) {
	w.header('$', int64(len(s)))
	w.buf = append(append(w.buf, s...), '\r', '\n')
	if len(w.buf) >= streamFull {
		w.drain()
	}
}

func (w *respWriter) bytes(b []byte) {
	w.header('$', int64(len(b)))
	if len(b) >= streamFull/4 {
		w.drain()
		w.stream.write(b)
	} else {
		w.buf = append(w.buf, b...)
	}
	w.buf = append(w.buf, '\r', '\n')
	if len(w.buf) >= streamFull {
		w.drain()
	}
}

func (w *respWriter) integer(n int64) {
	var scratch [decimal.MaxLen]byte
	w.bytes(decimal.AppendInt(scratch[:0], n))
}

func (w *respWriter) element(e db.Element) {
	if e.IsInt {
		w.integer(e.Int)
	} else {
		w.bytes(e.Bytes)
	}
}

// Key implements db.Visitor.
func (w *respWriter) Key(k db.KeyInfo) db.ValueVisitor {
	w.whole()
	if w.stream.err != nil {
		return nil
	}
	if k.DB != w.db {
		w.db = k.DB
		w.command(2, "SELECT")
		w.integer(int64(k.DB))
	}
	w.key = append(w.key[:0], k.Key...)
	w.deadline = k.Deadline
	w.job.delay()
	return w
}

// done is called when the last part of a value is written.
func (w *respWriter) done() {
	if w.deadline != db.NoDeadline {
		w.command(3, "PEXPIREAT")
		w.bytes(w.key)
		w.integer(w.deadline)
	}
}

// String implements db.ValueVisitor.
func (w *respWriter) String(b []byte) {
	w.command(3, "SET")
	w.bytes(w.key)
	w.bytes(b)
	w.done()
}

// StringHead implements stringParts.
func (w *respWriter) StringHead(n int) {
	w.command(3, "SET")
	w.bytes(w.key)
	w.header('$', int64(n))
	w.drain()
	w.left = int64(n)
}

// StringPart implements stringParts.
func (w *respWriter) StringPart(b []byte) {
	w.stream.write(b)
	if w.left -= int64(len(b)); w.left == 0 {
		w.buf = append(w.buf, '\r', '\n')
		w.done()
	}
}

// Integer implements db.ValueVisitor.
func (w *respWriter) Integer(n int64) {
	w.command(3, "SET")
	w.bytes(w.key)
	w.integer(n)
	w.done()
}

// elements announces that so many elements follow, each as so many arguments of
// commands of that name.
func (w *respWriter) elements(n int64, verb string, each int) {
	w.left, w.verb, w.each, w.batch = n, verb, each, 0
}

// next stands before an element. more is how many are known to be left of the
// value, this one included.
func (w *respWriter) next(more int64) {
	if w.batch == 0 {
		w.batch = int(min(more, respBatch))
		w.command(2+w.batch*w.each, w.verb)
		w.bytes(w.key)
	}
}

// told stands behind an element.
func (w *respWriter) told() {
	w.batch--
	w.left--
	if w.batch == 0 && len(w.after) > 0 {
		w.buf = append(w.buf, w.after...)
		w.after = w.after[:0]
	}
	if w.left == 0 {
		w.done()
	}
}

// Packed implements db.ValueVisitor.
func (w *respWriter) Packed(t db.Type, listpack []byte) {
	p := pack.Pack(listpack)
	switch t {
	case db.TypeList:
		w.elements(int64(p.Len()), "RPUSH", 1)
	case db.TypeSet:
		w.elements(int64(p.Len()), "SADD", 1)
	case db.TypeHash:
		w.elements(int64(p.Len()/2), "HMSET", 2)
	default:
		w.elements(int64(p.Len()/2), "ZADD", 2)
	}
	for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
		w.next(w.left)
		switch t {
		case db.TypeHash:
			w.element(p.Get(at))
			at = p.Next(at)
			w.element(p.Get(at))
		case db.TypeZSet:
			member := p.Get(at)
			at = p.Next(at)
			w.element(p.Get(at))
			w.element(member)
		default:
			w.element(p.Get(at))
		}
		w.told()
	}
}

// Intset implements db.ValueVisitor.
func (w *respWriter) Intset(b []byte) {
	s := pack.Intset(b)
	w.elements(int64(s.Len()), "SADD", 1)
	for i := range s.Len() {
		w.next(w.left)
		w.integer(s.At(i))
		w.told()
	}
}

// List implements db.ValueVisitor. How many elements there are is known node by
// node, so that a batch ends with its node at the latest.
func (w *respWriter) List(nodes int) { w.elements(int64(nodes), "RPUSH", 1) }

// Node implements db.ValueVisitor.
func (w *respWriter) Node(_ int64, b []byte, packed bool) {
	if packed {
		p := pack.Pack(b)
		left := int64(p.Len())
		for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
			w.next(left)
			w.element(p.Get(at))
			w.batch--
			left--
		}
	} else {
		w.next(1)
		w.bytes(b)
		w.batch--
	}
	if w.left--; w.left == 0 {
		w.done()
	}
}

// Set implements db.ValueVisitor.
func (w *respWriter) Set(members int) { w.elements(int64(members), "SADD", 1) }

// Member implements db.ValueVisitor.
func (w *respWriter) Member(m db.Element) {
	w.next(w.left)
	w.element(m)
	w.told()
}

// Hash implements db.ValueVisitor.
func (w *respWriter) Hash(fields int, _ bool) { w.elements(int64(fields), "HMSET", 2) }

// Field implements db.ValueVisitor.
func (w *respWriter) Field(name, value db.Element, deadline int64) {
	w.next(w.left)
	w.element(name)
	w.element(value)
	if deadline != db.NoDeadline {
		w.fieldDeadline(name, deadline)
	}
	w.told()
}

// fieldDeadline keeps the command that gives a field its deadline until the
// command that makes the field is complete.
func (w *respWriter) fieldDeadline(name db.Element, deadline int64) {
	var scratch [decimal.MaxLen]byte
	add := func(b []byte) {
		w.after = decimal.AppendInt(append(w.after, '$'), int64(len(b)))
		w.after = append(append(append(w.after, "\r\n"...), b...), "\r\n"...)
	}
	w.after = append(w.after, "*6\r\n$10\r\nHPEXPIREAT\r\n"...)
	add(w.key)
	add(decimal.AppendInt(scratch[:0], deadline))
	w.after = append(w.after, "$6\r\nFIELDS\r\n$1\r\n1\r\n"...)
	add(name.Text(scratch[:]))
}

// ZSet implements db.ValueVisitor.
func (w *respWriter) ZSet(members int) { w.elements(int64(members), "ZADD", 2) }

// Scored implements db.ValueVisitor.
func (w *respWriter) Scored(m db.Element, score float64) {
	var scratch [double.TextMax]byte
	w.next(w.left)
	w.bytes(double.Append(scratch[:0], score))
	w.element(m)
	w.told()
}
