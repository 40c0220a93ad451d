package persist

import (
	"encoding/binary"
	"math"

	"basalt/db"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// streamState is what is known of a stream while it is read.
type streamState struct {
	length      uint64
	first, last db.StreamID
}

// stream reads a stream. Its packs are taken apart, to be made anew, which
// leaves out the entries that are only marked as deleted, and makes sure that
// every number in them fits the others.
func (r *valueReader) stream(t valueType) {
	r.put(stepStream, 0, 0, nil, nil)
	var s streamState
	for n := r.length(); n > 0 && r.err == nil; n-- {
		key := r.bytes()
		if r.err == nil && len(key) != streamIDBytes {
			r.fail("ID of %d bytes", len(key))
		}
		if r.err != nil {
			return
		}
		base := idOf(key)
		r.streamPack(&s, base, r.bytes())
	}
	length := r.length()
	last := r.streamID()
	first, deleted, added := s.first, db.StreamID{}, length
	if t != typeStream1 {
		first, deleted, added = r.streamID(), r.streamID(), r.length()
	}
	switch {
	case r.err != nil:
		return
	case length != s.length:
		r.fail("%d entries in a stream of %d", s.length, length)
	case last.Less(s.last):
		r.fail("entries behind the last ID")
	case length > 0 && first != s.first:
		r.fail("another first entry than it says")
	case added < length || added > math.MaxInt64:
		r.fail("fewer entries added than there are")
	}
	r.put(stepStreamLast, last.Ms, last.Seq, nil, nil)
	r.put(stepStreamDelete, deleted.Ms, deleted.Seq, nil, nil)
	r.put(stepStreamAdded, added, 0, nil, nil)
	for n := r.length(); n > 0 && r.err == nil; n-- {
		r.group(t)
	}
}

func idOf(b []byte) db.StreamID {
	return db.StreamID{Ms: binary.BigEndian.Uint64(b), Seq: binary.BigEndian.Uint64(b[8:])}
}

func (r *decoder) streamID() db.StreamID { return db.StreamID{Ms: r.length(), Seq: r.length()} }

// rawID reads an ID of 16 bytes.
func (r *decoder) rawID() db.StreamID {
	if b := r.take(streamIDBytes); b != nil {
		return idOf(b)
	}
	return db.StreamID{}
}

// streamPack reads the entries of a pack of s.
func (r *valueReader) streamPack(s *streamState, base db.StreamID, b []byte) {
	if r.err != nil {
		return
	}
	if !pack.Check(b) {
		r.fail("damaged listpack")
		return
	}
	e := newStreamEntries(base, pack.Pack(b))
	for r.err == nil && e.next() {
		r.streamEntry(s, &e)
	}
	if r.err == nil && !e.sound() {
		r.fail("damaged pack of a stream")
	}
}

// streamEntry reads an entry and tells of it, unless it is deleted.
func (r *valueReader) streamEntry(s *streamState, e *streamEntries) {
	r.fields = r.fields[:0]
	for i := 0; i < e.fields && e.ok; i++ {
		r.fields = append(r.fields, text(e.fieldName(i)), text(e.element()))
	}
	if !e.finish() || e.gone {
		return
	}
	switch {
	case len(r.fields) == 0 || db.StreamTooLarge(r.fields):
		r.fail("entry without fields, or too large")
	case !s.last.Less(e.id):
		r.fail("entries out of order")
	}
	for i := 0; i < len(r.fields); i += 2 {
		r.put(stepPair, 0, 0, r.fields[i], r.fields[i+1])
	}
	r.put(stepEntry, e.id.Ms, e.id.Seq, nil, nil)
	if s.length++; s.length == 1 {
		s.first = e.id
	}
	s.last = e.id
}

// text returns the bytes of an element.
func text(e db.Element) []byte {
	if e.IsInt {
		return decimal.AppendInt(nil, e.Int)
	}
	return e.Bytes
}

// delivered is the state of a pending entry before it is known who has it.
type delivered struct {
	ms    int64
	times uint64
}

func (r *valueReader) group(t valueType) {
	// Names are at most as long as what was read, and kept by the sink.
	r.name = append(r.name[:0], r.bytes()...)
	last := r.streamID()
	r.put(stepGroup, last.Ms, last.Seq, r.name, nil)
	r.trim()
	if t != typeStream1 {
		read := r.length()
		if r.err == nil && int64(read) < db.EntriesReadUnknown {
			r.fail("entries read out of range")
		}
		r.put(stepGroupRead, read, 0, nil, nil)
	}
	pending := make(map[db.StreamID]delivered)
	n := r.length()
	for i := uint64(0); i < n && r.err == nil; i++ {
		id := r.rawID()
		pending[id] = delivered{r.time(), min(r.length(), math.MaxInt64)}
	}
	if r.err == nil && uint64(len(pending)) != n {
		r.fail("an entry is pending twice")
	}
	for n := r.length(); n > 0 && r.err == nil; n-- {
		r.consumer(t, pending)
	}
	if r.err == nil && len(pending) != 0 {
		r.fail("entries pending for nobody")
	}
}

func (r *valueReader) consumer(t valueType, pending map[db.StreamID]delivered) {
	r.name = append(r.name[:0], r.bytes()...)
	seen := r.time()
	active := seen
	if t == typeStream3 {
		active = r.time()
	}
	r.put(stepConsumer, uint64(seen), uint64(active), r.name, nil)
	r.trim()
	for n := r.length(); n > 0 && r.err == nil; n-- {
		id := r.rawID()
		state, ok := pending[id]
		if r.err == nil && !ok {
			r.fail("a consumer has what is not pending")
		}
		if r.err != nil {
			return
		}
		delete(pending, id)
		r.put(stepDelivered, uint64(state.ms), state.times, nil, nil)
		r.put(stepPending, id.Ms, id.Seq, nil, nil)
	}
}
