package persist

import (
	"encoding/binary"
	"errors"
	"io"
	"math"

	"basalt/db"
)

// errFrame says that frames are not what a frameWriter writes.
var errFrame = errors.New("damaged frame")

// chunkSource provides the chunks of a frameReader.
type chunkSource interface {
	// next returns the next chunk, a view that is good until the call after, or
	// an error, io.EOF after the last.
	next() ([]byte, error)
}

// frameSink is what a frameReader drives: a db.Sink without its Ready.
type frameSink interface {
	Key(k db.KeyInfo) db.ValueVisitor
	Open(id int, k db.KeyInfo) db.ValueVisitor
	Part(id int, early bool) db.ValueVisitor
	Close(id int)
	End()
	// failed returns an error after which nothing more is wanted.
	failed() error
}

// stringParts is implemented by visitors that take strings of any length without
// having them whole: StringHead announces one of n bytes instead of String, which
// then comes in parts.
type stringParts interface {
	StringHead(n int)
	StringPart(b []byte)
}

// frameWhole is up to what length a string is put together for a visitor that
// could have it in parts. Put together it can be compressed.
const frameWhole = 1 << 20

// frameReader reads frames. The first error stays.
type frameReader struct {
	source chunkSource
	data   []byte
	at     int
	err    error
	db     int // of the last key
	// scratch is where long bytes are put together: for the name of a field and
	// for all else.
	scratch [2][]byte
}

func (r *frameReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data, r.at = nil, 0
}

// more makes sure that there is a byte to read.
func (r *frameReader) more() bool {
	for r.at == len(r.data) {
		if r.err != nil {
			return false
		}
		b, err := r.source.next()
		if err != nil {
			r.fail(err)
			return false
		}
		r.data, r.at = b, 0
	}
	return true
}

func (r *frameReader) u8() byte {
	if r.at == len(r.data) && !r.more() {
		return 0
	}
	c := r.data[r.at]
	r.at++
	return c
}

func (r *frameReader) number() uint64 {
	if r.at < len(r.data) {
		if c := r.data[r.at]; c < 0x80 {
			r.at++
			return uint64(c)
		}
	}
	n := uint64(0)
	for shift := 0; shift < 64; shift += 7 {
		c := r.u8()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	r.fail(errFrame)
	return 0
}

func (r *frameReader) signed() int64 {
	n := r.number()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads a number that an int holds.
func (r *frameReader) count() int {
	n := r.number()
	if n > math.MaxInt64 {
		r.fail(errFrame)
		return 0
	}
	return int(n)
}

func (r *frameReader) u64() uint64 {
	if !r.more() {
		return 0
	}
	if len(r.data)-r.at < 8 {
		r.fail(errFrame)
		return 0
	}
	n := binary.LittleEndian.Uint64(r.data[r.at:])
	r.at += 8
	return n
}

func (r *frameReader) id() db.StreamID { return db.StreamID{Ms: r.number(), Seq: r.number()} }

// bytes reads bytes: a view of the chunk, or of the scratch of that number.
func (r *frameReader) bytes(scratch int) []byte { return r.raw(r.number(), scratch) }

func (r *frameReader) raw(n uint64, scratch int) []byte {
	if n <= frameInline {
		if n > uint64(len(r.data)-r.at) {
			r.fail(errFrame)
			return nil
		}
		b := r.data[r.at : r.at+int(n) : r.at+int(n)]
		r.at += int(n)
		return b
	}
	b := r.scratch[scratch][:0]
	if cap(b) > frameWhole {
		b = nil // what was put together once for a huge one is not kept
	}
	r.pieces(n, func(piece []byte) {
		b = append(b, piece...) // the length is believed as far as what has come of it
	})
	r.scratch[scratch] = b
	return b
}

// pieces calls f with the pieces of n bytes that have chunks of their own.
func (r *frameReader) pieces(n uint64, f func([]byte)) {
	if r.at != len(r.data) {
		r.fail(errFrame)
	}
	for n > 0 && r.err == nil {
		r.data, r.at = nil, 0
		if !r.more() {
			return
		}
		if uint64(len(r.data)) > n {
			r.fail(errFrame)
			return
		}
		f(r.data)
		n -= uint64(len(r.data))
		r.at = len(r.data)
	}
}

func (r *frameReader) element(scratch int) db.Element {
	n := r.number()
	if n == 1 {
		return db.Element{Int: r.signed(), IsInt: true}
	}
	if n&1 != 0 {
		r.fail(errFrame)
	}
	return db.Element{Bytes: r.raw(n>>1, scratch)}
}

func (r *frameReader) key() db.KeyInfo {
	flags := r.u8()
	if flags&frameHasDB != 0 {
		r.db = r.count()
	}
	k := db.KeyInfo{DB: r.db, Deadline: db.NoDeadline, Idle: -1, Freq: -1}
	if flags&frameHasDeadline != 0 {
		k.Deadline = int64(r.u64())
	}
	if flags&frameHasIdle != 0 {
		k.Idle = int64(r.count())
	}
	if flags&frameHasFreq != 0 {
		k.Freq = int(r.u8())
	}
	k.Key = r.bytes(0)
	return k
}

// run reads frames to the end of the snapshot, or of the source if that comes
// at a place where it may, and tells s of them.
func (r *frameReader) run(s frameSink) error {
	var v db.ValueVisitor
	for {
		if !r.more() {
			if r.err == io.EOF {
				return nil
			}
			return r.err
		}
		switch op := r.u8(); op {
		case frameKey:
			if k := r.key(); r.err == nil {
				v = s.Key(k)
			}
			r.check(s)
		case frameOpen:
			id := r.count()
			if k := r.key(); r.err == nil {
				v = s.Open(id, k)
			}
		case framePart:
			id, early := r.count(), r.u8() != 0
			if r.err == nil {
				v = s.Part(id, early)
			}
			r.check(s)
		case frameClose:
			if id := r.count(); r.err == nil {
				s.Close(id)
				v = nil
			}
			r.check(s)
		case frameEnd:
			s.End()
			return s.failed()
		default:
			if v == nil {
				r.fail(errFrame)
			} else {
				r.value(op, v)
			}
		}
		if r.err == io.EOF { // in the middle of a frame
			r.err = io.ErrUnexpectedEOF
		}
		if r.err != nil {
			return r.err
		}
	}
}

// check stops the reader if s has failed.
func (r *frameReader) check(s frameSink) {
	if err := s.failed(); err != nil {
		r.fail(err)
	}
}

// value reads the rest of the frame of one call of v.
func (r *frameReader) value(op byte, v db.ValueVisitor) {
	switch op {
	case frameString:
		r.str(v)
	case frameInteger:
		if n := r.signed(); r.err == nil {
			v.Integer(n)
		}
	case framePacked:
		t := db.Type(r.u8())
		if b := r.bytes(1); r.err == nil {
			v.Packed(t, b)
		}
	case frameIntset:
		if b := r.bytes(1); r.err == nil {
			v.Intset(b)
		}
	case frameList:
		if n := r.count(); r.err == nil {
			v.List(n)
		}
	case frameNode:
		order, packed := r.signed(), r.u8() != 0
		if b := r.bytes(1); r.err == nil {
			v.Node(order, b, packed)
		}
	case frameSet:
		if n := r.count(); r.err == nil {
			v.Set(n)
		}
	case frameMember:
		if e := r.element(1); r.err == nil {
			v.Member(e)
		}
	case frameHash:
		n, deadlines := r.count(), r.u8() != 0
		if r.err == nil {
			v.Hash(n, deadlines)
		}
	case frameField:
		r.field(v)
	case frameZSet:
		if n := r.count(); r.err == nil {
			v.ZSet(n)
		}
	case frameScored:
		e := r.element(1)
		if score := math.Float64frombits(r.u64()); r.err == nil {
			v.Scored(e, score)
		}
	default:
		r.streamValue(op, v)
	}
}

// str reads a string, in parts if it is long and v takes them.
func (r *frameReader) str(v db.ValueVisitor) {
	n := r.number()
	if parts, ok := v.(stringParts); ok && n > frameWhole && r.err == nil {
		if n > math.MaxInt64 {
			r.fail(errFrame)
			return
		}
		parts.StringHead(int(n))
		r.pieces(n, parts.StringPart)
		return
	}
	if b := r.raw(n, 1); r.err == nil {
		v.String(b)
	}
}

// field reads a field. Only a long value makes the reader leave the chunk that a
// short name is a view of.
func (r *frameReader) field(v db.ValueVisitor) {
	name := r.element(0)
	n := r.number()
	if n&1 == 0 && n>>1 > frameInline && !name.IsInt && len(name.Bytes) <= frameInline {
		r.scratch[0] = append(r.scratch[0][:0], name.Bytes...)
		name.Bytes = r.scratch[0]
	}
	var value db.Element
	if n == 1 {
		value = db.Element{Int: r.signed(), IsInt: true}
	} else {
		value.Bytes = r.raw(n>>1, 1)
		if n&1 != 0 {
			r.fail(errFrame)
		}
	}
	if deadline := r.signed(); r.err == nil {
		v.Field(name, value, deadline)
	}
}

func (r *frameReader) streamValue(op byte, v db.ValueVisitor) {
	switch op {
	case frameStream:
		s := db.StreamInfo{Packs: int64(r.count()), Len: int64(r.count()), LastID: r.id(), FirstID: r.id(), DeletedMax: r.id()}
		s.Added = r.number()
		if s.Groups = r.count(); r.err == nil {
			v.Stream(s)
		}
	case frameStreamPack:
		id := r.id()
		if b := r.bytes(1); r.err == nil {
			v.StreamPack(id, b)
		}
	case frameGroup:
		g := db.GroupInfo{Name: r.bytes(1), LastID: r.id(), Read: r.signed(), Pending: int64(r.count())}
		if g.Consumers = r.count(); r.err == nil {
			v.Group(g)
		}
	case framePending:
		id, ms := r.id(), r.signed()
		if n := r.number(); r.err == nil {
			v.Pending(id, ms, n)
		}
	case frameConsumer:
		c := db.ConsumerInfo{Name: r.bytes(1), SeenMs: r.signed(), ActiveMs: r.signed()}
		if c.Pending = int64(r.count()); r.err == nil {
			v.Consumer(c)
		}
	case frameConsumerPending:
		if id := r.id(); r.err == nil {
			v.ConsumerPending(id)
		}
	default:
		r.fail(errFrame)
	}
}
