package persist

import (
	"encoding/binary"
	"math"

	"basalt/db"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// Flags of an entry in the pack of a stream; see package db for its layout.
const (
	entryDeleted    = 1
	entrySameFields = 2
)

// stream reads a stream. Its packs are taken apart and made anew, which leaves
// out the entries that are only marked as deleted, and makes sure that every
// number in them fits the others.
func (r *Restorer) stream(t valueType) {
	s := r.d.CreateStream(r.key, r.hash)
	for n := r.length(); n > 0 && r.err == nil; n-- {
		key := r.bytes()
		if r.err == nil && len(key) != streamIDBytes {
			r.fail("ID of %d bytes", len(key))
		}
		if r.err != nil {
			return
		}
		base := idOf(key)
		r.streamPack(s, base, r.bytes())
	}
	length := r.length()
	last := r.streamID()
	first, deleted, added := s.FirstID(), db.StreamID{}, length
	if t != typeStream1 {
		first, deleted, added = r.streamID(), r.streamID(), r.length()
	}
	switch {
	case r.err != nil:
		return
	case length != uint64(s.Len()):
		r.fail("%d entries in a stream of %d", s.Len(), length)
	case last.Less(s.LastID()):
		r.fail("entries behind the last ID")
	case length > 0 && first != s.FirstID():
		r.fail("another first entry than it says")
	case added < length || added > math.MaxInt64:
		r.fail("fewer entries added than there are")
	}
	if r.err != nil {
		return
	}
	s.SetLastID(last)
	s.SetDeletedMax(deleted)
	s.SetAdded(added)
	for n := r.length(); n > 0 && r.err == nil; n-- {
		r.group(s, t)
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

// packReader reads the elements of a pack one after the other.
type packReader struct {
	p  pack.Pack
	at int
	ok bool // nothing was missing or of the wrong kind
}

func (p *packReader) element() db.Element {
	if !p.ok || p.p.IsEnd(p.at) {
		p.ok = false
		return db.Element{}
	}
	e := p.p.Get(p.at)
	p.at = p.p.Next(p.at)
	return e
}

func (p *packReader) number() int64 {
	e := p.element()
	p.ok = p.ok && e.IsInt
	return e.Int
}

// count reads a number of elements, which cannot be more than there are bytes.
func (p *packReader) count() int {
	n := p.number()
	if n < 0 || n > int64(len(p.p)) {
		p.ok = false
		return 0
	}
	return int(n)
}

// streamPack appends the entries of a pack to s.
func (r *Restorer) streamPack(s *db.Stream, base db.StreamID, b []byte) {
	if r.err != nil {
		return
	}
	if !pack.Check(b) {
		r.fail("damaged listpack")
		return
	}
	p := packReader{p: pack.Pack(b), at: pack.HeaderBytes, ok: true}
	live, deleted := p.count(), p.count()
	names := make([]db.Element, p.count())
	for i := range names {
		names[i] = p.element()
	}
	if p.number() != 0 {
		p.ok = false
	}
	var fields [][]byte
	for live+deleted > 0 && p.ok && r.err == nil {
		fields = r.streamEntry(s, base, &p, names, fields, &live, &deleted)
	}
	if r.err == nil && (!p.ok || !p.p.IsEnd(p.at) || live != 0 || deleted != 0) {
		r.fail("damaged pack of a stream")
	}
}

// streamEntry reads an entry and appends it unless it is deleted. It uses and
// returns fields, and counts down what is to come.
func (r *Restorer) streamEntry(s *db.Stream, base db.StreamID, p *packReader, names []db.Element, fields [][]byte,
	live, deleted *int) [][]byte {
	flags := p.number()
	id := db.StreamID{Ms: base.Ms + uint64(p.number()), Seq: base.Seq + uint64(p.number())}
	count, elements := len(names), int64(3)
	if flags&entrySameFields == 0 {
		count = p.count()
		elements++
	}
	fields = fields[:0]
	for i := 0; i < count && p.ok; i++ {
		var name db.Element
		if flags&entrySameFields != 0 {
			name = names[i]
		} else {
			name = p.element()
			elements++
		}
		fields = append(fields, text(name), text(p.element()))
		elements++
	}
	if p.number() != elements || !p.ok {
		p.ok = false
		return fields
	}
	if flags&entryDeleted != 0 {
		*deleted--
		return fields
	}
	*live--
	switch {
	case len(fields) == 0 || db.StreamTooLarge(fields):
		r.fail("entry without fields, or too large")
	case !s.LastID().Less(id):
		r.fail("entries out of order")
	default:
		s.Append(r.keys, id, fields)
	}
	return fields
}

// text returns the bytes of an element.
func text(e db.Element) []byte {
	if e.IsInt {
		return decimal.AppendInt(nil, e.Int)
	}
	return e.Bytes
}

// delivered is the state of a pending entry before it is known who has it.
type delivered struct{ ms, times int64 }

func (r *Restorer) group(s *db.Stream, t valueType) {
	name := r.bytes()
	if r.err != nil {
		return
	}
	g := s.CreateGroup(r.keys, name, db.StreamID{}, db.EntriesReadUnknown)
	if g == nil {
		r.fail("two groups of one name")
		return
	}
	g.LastID = r.streamID()
	if t != typeStream1 {
		if g.Read = int64(r.length()); g.Read < db.EntriesReadUnknown {
			r.fail("entries read out of range")
		}
	}
	pending := make(map[db.StreamID]delivered)
	n := r.length()
	for i := uint64(0); i < n && r.err == nil; i++ {
		id := r.rawID()
		pending[id] = delivered{r.time(), int64(min(r.length(), math.MaxInt64))}
	}
	if r.err == nil && uint64(len(pending)) != n {
		r.fail("an entry is pending twice")
	}
	for n := r.length(); n > 0 && r.err == nil; n-- {
		r.consumer(g, t, pending)
	}
	if r.err == nil && len(pending) != 0 {
		r.fail("entries pending for nobody")
	}
}

func (r *Restorer) consumer(g *db.Group, t valueType, pending map[db.StreamID]delivered) {
	name := r.bytes()
	if r.err != nil {
		return
	}
	c := g.CreateConsumer(r.keys, name)
	if c == nil {
		r.fail("two consumers of one name")
		return
	}
	c.SeenMs = r.time()
	c.ActiveMs = c.SeenMs
	if t == typeStream3 {
		c.ActiveMs = r.time()
	}
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
		p := g.Deliver(r.keys, id, c, state.ms)
		p.Deliveries = state.times
	}
}
