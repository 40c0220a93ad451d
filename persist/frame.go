package persist

import (
	"encoding/binary"

	"basalt/db"
)

// Frames are the calls of db.Sink and db.ValueVisitor as bytes: how a snapshot
// goes from the executor to who writes the file. Both ends are the same
// program, and nothing stores them, so that they have no version.
//
//	frame    op u8 | fields as the call has them
//	number   unsigned: 7 bits a byte, low ones first, bit 7 says that more follow;
//	         signed ones are zigzagged before
//	bytes    length number | the bytes
//	element  integer: 1, signed number; else length<<1 number | the bytes
//
// They travel in chunks, which hold whole frames, but for bytes longer than
// frameInline: those lie in chunks of their own behind the one with their
// length, and what follows begins another.
const (
	frameKey             = 1 + iota // flags u8 | what flags say | key
	frameOpen                       // id number | as frameKey
	framePart                       // id number | early u8
	frameClose                      // id number
	frameEnd                        //
	frameString                     // bytes
	frameInteger                    // signed number
	framePacked                     // type u8 | bytes
	frameIntset                     // bytes
	frameList                       // nodes number
	frameNode                       // order signed | packed u8 | bytes
	frameSet                        // members number
	frameMember                     // element
	frameHash                       // fields number | deadlines u8
	frameField                      // name, value element | deadline signed
	frameZSet                       // members number
	frameScored                     // element | u64 LE
	frameStream                     // packs, len number | three IDs | added, groups number
	frameStreamPack                 // ID | bytes
	frameGroup                      // bytes | ID | read signed | pending, consumers number
	framePending                    // ID | delivered signed | deliveries number
	frameConsumer                   // bytes | seen, active signed | pending number
	frameConsumerPending            // ID
)

// Flags of frameKey, for what follows, in this order.
const (
	frameHasDB       = 1 << iota // number; else that of the key before
	frameHasDeadline             // u64 LE
	frameHasIdle                 // number
	frameHasFreq                 // u8
)

const (
	// frameInline is the longest run of bytes within a chunk.
	frameInline = 16 << 10
	// frameChunk is the least memory that a chunkDest provides: the largest
	// frame is a field with name and value inline.
	frameChunk = 64 << 10
	// frameFixed is more than the rest of any frame takes.
	frameFixed = 96
)

// chunkDest takes the chunks of a frameWriter.
type chunkDest interface {
	// window returns frameChunk bytes for the next chunk.
	window() []byte
	// commit takes the first n bytes of the last window.
	commit(n int)
}

// frameWriter writes frames; it is the db.ValueVisitor of the executor's end.
type frameWriter struct {
	dest chunkDest
	buf  []byte // the window; nil if there is none
	n    int    // bytes written to it
	db   int    // of the last key
	// plain leaves out when keys were used, which the file will not have.
	plain bool
}

func newFrameWriter(dest chunkDest) frameWriter { return frameWriter{dest: dest, db: -1} }

// flush hands over what has been written.
func (w *frameWriter) flush() {
	if w.n > 0 {
		w.dest.commit(w.n)
		w.buf, w.n = nil, 0
	}
}

// begin writes the op of a frame whose bytes and elements have that many bytes
// in all, each counted with frameInline at most.
func (w *frameWriter) begin(op byte, inline int) {
	w.room(frameFixed + inline)
	w.u8(op)
}

func (w *frameWriter) room(n int) {
	if len(w.buf)-w.n < n {
		w.flush()
		w.buf = w.dest.window()
	}
}

func (w *frameWriter) u8(c byte) {
	w.buf[w.n] = c
	w.n++
}

func (w *frameWriter) bool(b bool) {
	if b {
		w.u8(1)
	} else {
		w.u8(0)
	}
}

func (w *frameWriter) number(n uint64) {
	for n >= 0x80 {
		w.u8(byte(n) | 0x80)
		n >>= 7
	}
	w.u8(byte(n))
}

func (w *frameWriter) signed(n int64) { w.number(uint64(n)<<1 ^ uint64(n>>63)) }

func (w *frameWriter) u64(n uint64) {
	binary.LittleEndian.PutUint64(w.buf[w.n:], n)
	w.n += 8
}

func (w *frameWriter) bytes(b []byte) {
	w.number(uint64(len(b)))
	w.raw(b)
}

// raw writes the bytes whose length has been written. Behind long ones there is
// no window; who goes on with the frame asks for room.
func (w *frameWriter) raw(b []byte) {
	if len(b) <= frameInline {
		w.n += copy(w.buf[w.n:], b)
		return
	}
	w.flush()
	for len(b) > 0 {
		n := copy(w.dest.window(), b)
		w.dest.commit(n)
		b = b[n:]
	}
}

func (w *frameWriter) element(e db.Element) {
	if e.IsInt {
		w.u8(1)
		w.signed(e.Int)
		return
	}
	w.number(uint64(len(e.Bytes)) << 1)
	w.raw(e.Bytes)
}

func (w *frameWriter) id(id db.StreamID) {
	w.number(id.Ms)
	w.number(id.Seq)
}

func inline(b []byte) int { return min(len(b), frameInline) }

// Key writes a key; see db.Sink.
func (w *frameWriter) Key(k db.KeyInfo) db.ValueVisitor {
	w.begin(frameKey, inline(k.Key))
	w.key(k)
	return w
}

// Open begins a large key; see db.Sink.
func (w *frameWriter) Open(id int, k db.KeyInfo) db.ValueVisitor {
	w.begin(frameOpen, inline(k.Key))
	w.number(uint64(id))
	w.key(k)
	return w
}

func (w *frameWriter) key(k db.KeyInfo) {
	at := w.n
	w.u8(0)
	flags := byte(0)
	if k.DB != w.db {
		flags |= frameHasDB
		w.db = k.DB
		w.number(uint64(k.DB))
	}
	if k.Deadline != db.NoDeadline {
		flags |= frameHasDeadline
		w.u64(uint64(k.Deadline))
	}
	if !w.plain && k.Idle >= 0 {
		flags |= frameHasIdle
		w.number(uint64(k.Idle))
	}
	if !w.plain && k.Freq >= 0 {
		flags |= frameHasFreq
		w.u8(byte(k.Freq))
	}
	w.buf[at] = flags
	w.bytes(k.Key)
}

// Part begins a part of a large key; see db.Sink.
func (w *frameWriter) Part(id int, early bool) db.ValueVisitor {
	w.begin(framePart, 0)
	w.number(uint64(id))
	w.bool(early)
	return w
}

// Close ends a large key; see db.Sink.
func (w *frameWriter) Close(id int) {
	w.begin(frameClose, 0)
	w.number(uint64(id))
}

// End ends the snapshot and hands everything over.
func (w *frameWriter) End() {
	w.begin(frameEnd, 0)
	w.flush()
}

// String implements db.ValueVisitor.
func (w *frameWriter) String(b []byte) {
	w.begin(frameString, inline(b))
	w.bytes(b)
}

// Integer implements db.ValueVisitor.
func (w *frameWriter) Integer(n int64) {
	w.begin(frameInteger, 0)
	w.signed(n)
}

// Packed implements db.ValueVisitor.
func (w *frameWriter) Packed(t db.Type, listpack []byte) {
	w.begin(framePacked, inline(listpack))
	w.u8(byte(t))
	w.bytes(listpack)
}

// Intset implements db.ValueVisitor.
func (w *frameWriter) Intset(b []byte) {
	w.begin(frameIntset, inline(b))
	w.bytes(b)
}

// List implements db.ValueVisitor.
func (w *frameWriter) List(nodes int) {
	w.begin(frameList, 0)
	w.number(uint64(nodes))
}

// Node implements db.ValueVisitor.
func (w *frameWriter) Node(order int64, b []byte, packed bool) {
	w.begin(frameNode, inline(b))
	w.signed(order)
	w.bool(packed)
	w.bytes(b)
}

// Set implements db.ValueVisitor.
func (w *frameWriter) Set(members int) {
	w.begin(frameSet, 0)
	w.number(uint64(members))
}

// Member implements db.ValueVisitor.
func (w *frameWriter) Member(m db.Element) {
	w.begin(frameMember, inline(m.Bytes))
	w.element(m)
}

// Hash implements db.ValueVisitor.
func (w *frameWriter) Hash(fields int, deadlines bool) {
	w.begin(frameHash, 0)
	w.number(uint64(fields))
	w.bool(deadlines)
}

// Field implements db.ValueVisitor.
func (w *frameWriter) Field(name, value db.Element, deadline int64) {
	w.begin(frameField, 2*frameFixed+inline(name.Bytes)+inline(value.Bytes))
	w.element(name)
	w.room(2*frameFixed + inline(value.Bytes)) // a long name leaves no window
	w.element(value)
	w.room(frameFixed)
	w.signed(deadline)
}

// ZSet implements db.ValueVisitor.
func (w *frameWriter) ZSet(members int) {
	w.begin(frameZSet, 0)
	w.number(uint64(members))
}

// StringHead implements stringParts.
func (w *frameWriter) StringHead(n int) {
	w.begin(frameString, 0)
	w.number(uint64(n))
	w.flush()
}

// StringPart implements stringParts. The parts of a string are more than
// frameInline in all, as raw expects it.
func (w *frameWriter) StringPart(b []byte) {
	for len(b) > 0 {
		n := copy(w.dest.window(), b)
		w.dest.commit(n)
		b = b[n:]
	}
}
