package persist

import (
	"encoding/binary"

	"basalt/db"
	"basalt/db/pack"
)

// valueType is the first byte of a value: how it is written. The numbers are
// the format's and never change.
type valueType byte

const (
	typeString     valueType = 0
	typeList       valueType = 1
	typeSet        valueType = 2
	typeZSetText   valueType = 3 // scores as text
	typeHash       valueType = 4
	typeZSet       valueType = 5 // scores in binary
	typeZipmap     valueType = 9
	typeZiplist    valueType = 10 // a list
	typeIntset     valueType = 11
	typeZSetZip    valueType = 12
	typeHashZip    valueType = 13
	typeQuicklist  valueType = 14 // of ziplists
	typeStream1    valueType = 15
	typeHashPack   valueType = 16
	typeZSetPack   valueType = 17
	typeQuicklist2 valueType = 18 // of listpacks and plain elements
	typeStream2    valueType = 19
	typeSetPack    valueType = 20
	typeStream3    valueType = 21
	typeHashTTL    valueType = 24 // fields with deadlines
	typeHashTTLZip valueType = 25 // the same in a listpack
)

// Versions of the format, by what is new in them that is written here.
const (
	// Version70 is Redis 7.0's, the first with listpacks.
	Version70 = 10
	// Version72 is Redis 7.2's: sets in listpacks, the times of consumers.
	Version72 = 11
	// Version74 is Redis 7.4's: deadlines of fields.
	Version74 = 12
	// VersionRead is the last that is read.
	VersionRead = Version74
)

// Kinds of a node of typeQuicklist2.
const (
	nodePlain  = 1
	nodePacked = 2
)

// valueWriter writes values; it is the db.ValueVisitor of the format.
type valueWriter struct {
	encoder
	// version is what may be used, needed the version that a reader has to
	// know.
	version, needed int
	earliest        int64 // deadline of the hash that is being written
	// key is that of the value, in a file; nil in a payload.
	key []byte
	// left is how many parts of the value are to come: who writes a file looks
	// whether all came.
	left int64
	// stream is the one that is being written, Packs those that are to come.
	stream db.StreamInfo
	// pending is what is to come of the group that is being written, consumers
	// how many it has.
	pending   int64
	consumers int
}

// begin writes the type, and the key, which files have behind it.
func (w *valueWriter) begin(t valueType) {
	w.buf = append(w.buf, byte(t))
	if w.key != nil {
		w.bytes(w.key)
	}
}

func (w *valueWriter) need(version int) { w.needed = max(w.needed, version) }

func (w *valueWriter) element(e db.Element) {
	if e.IsInt {
		w.integer(e.Int)
	} else {
		w.bytes(e.Bytes)
	}
}

// String implements db.ValueVisitor.
func (w *valueWriter) String(b []byte) {
	w.begin(typeString)
	w.bytes(b)
}

// Integer implements db.ValueVisitor.
func (w *valueWriter) Integer(n int64) {
	w.begin(typeString)
	w.integer(n)
}

// Packed implements db.ValueVisitor.
func (w *valueWriter) Packed(t db.Type, listpack []byte) {
	switch t {
	case db.TypeList:
		w.List(1)
		w.Node(0, listpack, true)
		return
	case db.TypeHash:
		w.begin(typeHashPack)
	case db.TypeZSet:
		w.begin(typeZSetPack)
	default:
		if w.version < Version72 {
			w.packedSet(listpack)
			return
		}
		w.need(Version72)
		w.begin(typeSetPack)
	}
	w.bytes(listpack)
}

func (w *valueWriter) packedSet(listpack []byte) {
	p := pack.Pack(listpack)
	w.Set(p.Len())
	for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
		w.Member(p.Get(at))
	}
}

// Intset implements db.ValueVisitor.
func (w *valueWriter) Intset(b []byte) {
	w.begin(typeIntset)
	w.bytes(b)
}

// List implements db.ValueVisitor.
func (w *valueWriter) List(nodes int) {
	w.begin(typeQuicklist2)
	w.length(uint64(nodes))
	w.left = int64(nodes)
}

// Node implements db.ValueVisitor.
func (w *valueWriter) Node(_ int64, b []byte, packed bool) {
	if packed {
		w.length(nodePacked)
	} else {
		w.length(nodePlain)
	}
	w.bytes(b)
	w.left--
}

// Set implements db.ValueVisitor.
func (w *valueWriter) Set(members int) {
	w.begin(typeSet)
	w.length(uint64(members))
	w.left = int64(members)
}

// Member implements db.ValueVisitor.
func (w *valueWriter) Member(m db.Element) {
	w.element(m)
	w.left--
}

// Hash implements db.ValueVisitor. Deadlines of fields are written relative to
// the clock's beginning, as the earliest of them is not known yet: 1 stands for
// it, 0 for none.
func (w *valueWriter) Hash(fields int, deadlines bool) {
	w.earliest = db.NoDeadline
	if deadlines {
		w.need(Version74)
		w.earliest = 0
		w.begin(typeHashTTL)
		w.buf = binary.LittleEndian.AppendUint64(w.buf, 0)
	} else {
		w.begin(typeHash)
	}
	w.length(uint64(fields))
	w.left = int64(fields)
}

// Field implements db.ValueVisitor.
func (w *valueWriter) Field(name, value db.Element, deadline int64) {
	switch {
	case w.earliest == db.NoDeadline:
	case deadline == db.NoDeadline:
		w.length(0)
	default:
		w.length(uint64(deadline-w.earliest) + 1)
	}
	w.element(name)
	w.element(value)
	w.left--
}

// ZSet implements db.ValueVisitor.
func (w *valueWriter) ZSet(members int) {
	w.begin(typeZSet)
	w.length(uint64(members))
	w.left = int64(members)
}

// Scored implements db.ValueVisitor.
func (w *valueWriter) Scored(m db.Element, score float64) {
	w.element(m)
	w.double(score)
	w.left--
}

// Stream implements db.ValueVisitor. What the format has behind the packs waits
// for the last of them.
func (w *valueWriter) Stream(s db.StreamInfo) {
	if w.version < Version72 {
		w.begin(typeStream2)
	} else {
		w.need(Version72)
		w.begin(typeStream3)
	}
	w.stream = s
	w.left = s.Packs + int64(s.Groups)
	w.length(uint64(s.Packs))
	if s.Packs == 0 {
		w.streamTail()
	}
}

// StreamPack implements db.ValueVisitor.
func (w *valueWriter) StreamPack(first db.StreamID, listpack []byte) {
	w.length(streamIDBytes)
	w.rawID(first)
	w.bytes(listpack)
	w.left--
	if w.stream.Packs--; w.stream.Packs == 0 {
		w.streamTail()
	}
}

func (w *valueWriter) streamTail() {
	s := &w.stream
	w.length(uint64(s.Len))
	w.id(s.LastID)
	w.id(s.FirstID)
	w.id(s.DeletedMax)
	w.length(s.Added)
	w.length(uint64(s.Groups))
}

const streamIDBytes = 16

// rawID writes an ID in 16 bytes, big-endian.
func (w *valueWriter) rawID(id db.StreamID) {
	w.buf = binary.BigEndian.AppendUint64(w.buf, id.Ms)
	w.buf = binary.BigEndian.AppendUint64(w.buf, id.Seq)
	w.spare()
}

// id writes an ID as two lengths.
func (w *valueWriter) id(id db.StreamID) {
	w.length(id.Ms)
	w.length(id.Seq)
}

func (w *valueWriter) time(ms int64) { w.buf = binary.LittleEndian.AppendUint64(w.buf, uint64(ms)) }

// Group implements db.ValueVisitor.
func (w *valueWriter) Group(g db.GroupInfo) {
	w.left += g.Pending + int64(g.Consumers) - 1
	w.bytes(g.Name)
	w.id(g.LastID)
	w.length(uint64(g.Read))
	w.length(uint64(g.Pending))
	w.pending = g.Pending
	w.consumers = g.Consumers
	if w.pending == 0 {
		w.length(uint64(w.consumers))
	}
}

// Pending implements db.ValueVisitor.
func (w *valueWriter) Pending(id db.StreamID, deliveredMs int64, deliveries uint64) {
	w.rawID(id)
	w.time(deliveredMs)
	w.length(deliveries)
	w.left--
	if w.pending--; w.pending == 0 {
		w.length(uint64(w.consumers))
	}
}

// Consumer implements db.ValueVisitor.
func (w *valueWriter) Consumer(c db.ConsumerInfo) {
	w.bytes(c.Name)
	w.time(c.SeenMs)
	if w.version >= Version72 {
		w.time(c.ActiveMs)
	}
	w.length(uint64(c.Pending))
	w.left += c.Pending - 1
}

// ConsumerPending implements db.ValueVisitor.
func (w *valueWriter) ConsumerPending(id db.StreamID) {
	w.rawID(id)
	w.left--
}

// Dumper makes the payloads of DUMP. The zero value uses the newest version
// that values need; it may be used again and again by one thread.
type Dumper struct{ w valueWriter }

// Append appends the payload for the value of e, an entry of d, to dst:
//
//	type u8 | value | version u16 | checksum u64 of all before
//
// version is the newest version of the format that may be used, though fields
// with deadlines always take the one that has them; the payload says the oldest
// that a reader has to know. Long strings are compressed if compress is set.
func (p *Dumper) Append(dst []byte, d *db.DB, e *db.Entry, version int, compress bool) []byte {
	w := &p.w
	w.buf, w.compress, w.version, w.needed = dst, compress, version, Version70
	start := len(dst)
	d.Visit(e, w)
	w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(w.needed))
	dst = binary.LittleEndian.AppendUint64(w.buf, updateCRC(0, w.buf[start:]))
	w.buf = nil
	return dst
}
