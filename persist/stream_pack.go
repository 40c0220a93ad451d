package persist

import (
	"basalt/db"
	"basalt/db/pack"
)

// Flags of an entry in the pack of a stream; see package db for its layout.
const (
	entryDeleted    = 1
	entrySameFields = 2
)

// packReader reads the elements of a pack, which pack.Check has found sound, one
// after the other.
type packReader struct {
	p  pack.Pack
	at int
	ok bool // nothing was missing or of the wrong kind
}

func (r *packReader) element() db.Element {
	if !r.ok || r.p.IsEnd(r.at) {
		r.ok = false
		return db.Element{}
	}
	e := r.p.Get(r.at)
	r.at = r.p.Next(r.at)
	return e
}

func (r *packReader) number() int64 {
	e := r.element()
	r.ok = r.ok && e.IsInt
	return e.Int
}

// count reads a number of elements, which cannot be more than there are bytes.
func (r *packReader) count() int {
	n := r.number()
	if n < 0 || n > int64(len(r.p)) {
		r.ok = false
		return 0
	}
	return int(n)
}

// streamEntries reads the entries of a pack of a stream, those that are only
// marked as deleted as well:
//
//	for e.next() {
//		for i := range e.fields { name, value := e.fieldName(i), e.element() }
//		e.finish()
//	}
//	if !e.sound() ...
type streamEntries struct {
	packReader
	first         db.StreamID  // what the IDs are relative to
	names         []db.Element // those that entries may share
	live, deleted int          // entries to come

	// Of the entry that next has found:
	id     db.StreamID
	gone   bool // it is deleted
	own    bool // it has names of its own
	fields int
}

func newStreamEntries(first db.StreamID, p pack.Pack) streamEntries {
	e := streamEntries{packReader: packReader{p: p, at: pack.HeaderBytes, ok: true}, first: first}
	e.live, e.deleted = e.count(), e.count()
	for n := e.count(); n > 0 && e.ok; n-- {
		e.names = append(e.names, e.element())
	}
	if e.number() != 0 {
		e.ok = false
	}
	return e
}

// next finds the next entry; false if there is none, or what follows is damaged.
func (e *streamEntries) next() bool {
	if !e.ok || e.live+e.deleted <= 0 {
		return false
	}
	flags := e.number()
	e.id = db.StreamID{Ms: e.first.Ms + uint64(e.number()), Seq: e.first.Seq + uint64(e.number())}
	e.gone, e.own = flags&entryDeleted != 0, flags&entrySameFields == 0
	e.fields = len(e.names)
	if e.own {
		e.fields = e.count()
	}
	return e.ok
}

// fieldName returns the name of field i, behind the value of the one before. Its
// value is the next element.
func (e *streamEntries) fieldName(i int) db.Element {
	if e.own {
		return e.element()
	}
	return e.names[i]
}

// skip reads over the fields of the entry.
func (e *streamEntries) skip() {
	for i := 0; i < e.fields && e.ok; i++ {
		e.fieldName(i)
		e.element()
	}
}

// finish reads the end of the entry, whose fields were read, and reports whether
// it is sound.
func (e *streamEntries) finish() bool {
	elements := 3 + e.fields
	if e.own {
		elements += 1 + e.fields
	}
	e.ok = e.number() == int64(elements) && e.ok
	if e.gone {
		e.deleted--
	} else {
		e.live--
	}
	return e.ok
}

// sound reports whether the pack was read to its end and all was right.
func (e *streamEntries) sound() bool {
	return e.ok && e.p.IsEnd(e.at) && e.live == 0 && e.deleted == 0
}
