package db

import "basalt/db/arena"

// ValueVisitor is told what a value consists of. It knows nothing of how that
// lies in memory, but that small collections may be whole: a listpack or an
// intset, in Redis's layout, which files have too. Bytes and elements are views
// that die with the call. A visitor must not change the database.
type ValueVisitor interface {
	// String is a string; Integer is one that is kept as a number.
	String(b []byte)
	Integer(n int64)
	// Packed is a collection of type t in one listpack.
	Packed(t Type, listpack []byte)
	// Intset is a set of integers.
	Intset(b []byte)
	// List begins a list of so many nodes; each is a listpack, or one element
	// by itself.
	List(nodes int)
	Node(b []byte, packed bool)
	// Set begins a set of so many members.
	Set(members int)
	Member(m Element)
	// Hash begins a hash of so many fields. deadlines says whether some have
	// one; those without have NoDeadline.
	Hash(fields int, deadlines bool)
	Field(name, value Element, deadline int64)
	// ZSet begins a sorted set of so many members, in the order of scores.
	ZSet(members int)
	Scored(m Element, score float64)
	// Stream is a stream.
	Stream(s *Stream)
}

// Visit tells v of the value of e.
func (d *DB) Visit(e *Entry, v ValueVisitor) {
	switch {
	case e.Type() == TypeString:
		if n, ok := e.Int(); ok {
			v.Integer(n)
		} else {
			v.String(e.Bytes(nil))
		}
	case e.encoding() == encPack:
		v.Packed(e.Type(), packSlot(*e.slot()).pack())
	case e.encoding() == encIntset:
		v.Intset(packSlot(*e.slot()).intset())
	default:
		d.visitObject(e, v)
	}
}

func (d *DB) visitObject(e *Entry, v ValueVisitor) {
	switch e.Type() {
	case TypeList:
		l := e.list()
		v.List(int(l.nodes))
		for r := l.head; r != 0; r = nodeAt(r).next {
			if n := nodeAt(r); n.plain() {
				v.Node(n.text(), false)
			} else {
				v.Node(n.pack(), true)
			}
		}
	case TypeSet:
		v.Set(e.SetLen())
		e.SetEach(v.Member)
	case TypeHash:
		d.visitHash(e, v)
	case TypeZSet:
		v.ZSet(e.ZLen())
		it := e.ZRange(0, e.ZLen(), false)
		for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
			v.Scored(m, score)
		}
	default:
		v.Stream(e.Stream())
	}
}

func (d *DB) visitHash(e *Entry, v ValueVisitor) {
	h := hashAt(*e.slot())
	v.Hash(d.HashLen(e), h.volatile > 0)
	for cursor := uint64(0); ; {
		cursor = h.fields.Scan(cursor, func(r arena.Ref) {
			f := fieldAt(r)
			if d.keys.fieldDue(f) {
				return
			}
			deadline := NoDeadline
			if f.expires() {
				deadline = f.node().Deadline()
			}
			v.Field(Element{Bytes: f.name()}, Element{Bytes: f.value()}, deadline)
		})
		if cursor == 0 {
			return
		}
	}
}

// EachPack calls fn for the packs of the stream in order: the ID of their first
// entry, and the listpack, a view, in Redis's layout.
func (s *Stream) EachPack(fn func(id StreamID, listpack []byte)) {
	for pos := s.packs.first(); pos.node != nil; pos = s.packs.next(pos) {
		fn(pos.id(), slotOf(pos).pack())
	}
}

// Scratch returns a database that is none of the numbered ones and empty: who
// reads a value from outside makes it there, key by key, and renames it to
// where it belongs once it is known to be whole.
func (k *Keyspace) Scratch() *DB {
	if k.nursery == nil {
		k.nursery = newDB(k, -1)
	}
	return k.nursery
}
