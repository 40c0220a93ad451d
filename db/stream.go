package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/pack"
)

// Stream is the value of a stream: packs of entries in a tree by the ID that
// each pack begins with, and the consumer groups. It is an object of its own
// from the first entry on, and may be empty.
//
// Appending works on the last pack, which the tree knows; trimming frees whole
// packs from the left. A pack is laid out as in Redis (stream_pack.go).
//
// A pointer to a Stream is good as long as its key has it.
type Stream struct {
	packs idTree // values: packSlot
	// length is the number of entries, added that of all there ever were.
	length, added uint64
	last          StreamID
	// first is the ID of the first entry, 0-0 if there is none.
	first StreamID
	// deletedMax is the greatest ID that was deleted by name; trimming does not
	// count.
	deletedMax StreamID
	groups     nameList // of Group
	epoch      uint8    // see snapshot.go
}

var streamObject = objectOps{
	name: "stream",
	drain: func(k *Keyspace, slot uint64, n int) bool {
		return streamAt(slot).drain(k, n)
	},
	copy: func(k *Keyspace, slot uint64) uint64 {
		return uint64(arena.RefOf(unsafe.Pointer(streamAt(slot).copy(k))))
	},
	size: func(slot uint64) int { return streamAt(slot).size() },
}

func streamAt(slot uint64) *Stream { return (*Stream)(arena.Ref(slot).Ptr()) }

const streamSize = int(unsafe.Sizeof(Stream{}))

// Stream returns the stream that e, which is one, holds. It must not be changed:
// see StreamToWrite.
func (e *Entry) Stream() *Stream { return object[Stream](e) }

// StreamToWrite returns the stream that e, which is one, holds, for a command
// that may change it: all but its groups, which have GroupToWrite.
func (d *DB) StreamToWrite(e *Entry) *Stream {
	d.change(e)
	return e.Stream()
}

// CreateStream stores an empty stream under key, which is absent.
func (d *DB) CreateStream(key []byte, hash uint64) *Stream {
	s := (*Stream)(d.keys.arena.AllocZero(streamSize, arena.Node))
	s.packs.words = 1
	s.epoch = d.keys.epoch
	d.create(TypeStream, key, hash, encObject, uint64(arena.RefOf(unsafe.Pointer(s))))
	return s
}

// Len returns the number of entries.
func (s *Stream) Len() int64 { return int64(s.length) }

// Added returns how many entries were ever added.
func (s *Stream) Added() uint64 { return s.added }

// Packs returns the number of packs.
func (s *Stream) Packs() int64 { return s.packs.count }

// LastID returns the greatest ID ever used, FirstID that of the first entry, or
// 0-0, and DeletedMax the greatest one that was deleted by name.
func (s *Stream) LastID() StreamID { return s.last }

// FirstID returns the ID of the first entry, 0-0 if there is none.
func (s *Stream) FirstID() StreamID { return s.first }

// DeletedMax returns the greatest ID that was deleted by name, 0-0 if none was.
func (s *Stream) DeletedMax() StreamID { return s.deletedMax }

// SetLastID sets what LastID returns. No entry has a greater one.
func (s *Stream) SetLastID(id StreamID) { s.last = id }

// SetAdded sets what Added returns.
func (s *Stream) SetAdded(n uint64) { s.added = n }

// SetDeletedMax sets what DeletedMax returns.
func (s *Stream) SetDeletedMax(id StreamID) { s.deletedMax = id }

// LastEntryID returns the ID of the last entry there is, 0-0 if there is none.
func (s *Stream) LastEntryID() StreamID { return s.edge(true) }

func (s *Stream) edge(last bool) StreamID {
	if s.length == 0 {
		return StreamID{}
	}
	c := s.Range(StreamID{}, StreamIDMax, last)
	c.Next()
	return c.ID
}

// Has reports whether there is an entry with that ID.
func (s *Stream) Has(id StreamID) bool {
	c := s.Range(id, id, false)
	return c.Next()
}

// RangeDeleted reports whether entries from id on, but behind the first that is
// there, may have been deleted by name.
func (s *Stream) RangeDeleted(id StreamID) bool {
	return s.length > 0 && !s.deletedMax.Less(s.first) && !s.deletedMax.IsZero() && !s.deletedMax.Less(id)
}

// Position returns how many entries were ever added up to id; false if that is
// not known.
func (s *Stream) Position(id StreamID) (uint64, bool) {
	switch {
	case s.added == 0:
		return 0, true
	case s.length == 0 && !s.last.Less(id), id == s.last:
		return s.added, true
	case s.last.Less(id):
		return 0, false
	}
	if s.deletedMax.IsZero() || s.deletedMax.Less(s.first) {
		switch {
		case id.Less(s.first):
			return s.added - s.length, true
		case id == s.first:
			return s.added - s.length + 1, true
		}
	}
	return 0, false
}

func slotOf(p treePos) *packSlot { return (*packSlot)(p.value()) }

// StreamTooLarge reports whether fields are too much for one entry.
func StreamTooLarge(fields [][]byte) bool {
	total := 0
	for _, f := range fields {
		total += len(f) + streamElementMax
	}
	return total > packBytesMax-streamPackHead
}

const (
	// streamElementMax is what an element may take besides its bytes.
	streamElementMax = 10
	// streamPackHead is more than header, counts and the numbers of an entry
	// take.
	streamPackHead = 128
)

// Append adds an entry of fields, each name followed by its value. id is
// greater than LastID, and StreamTooLarge has nothing against the fields.
func (s *Stream) Append(k *Keyspace, id StreamID, fields [][]byte) {
	end := s.packs.end()
	if end.node == nil || !s.fits(k, *slotOf(end), fields) {
		if end.node != nil {
			k.fitPack(slotOf(end))
		}
		*(*packSlot)(s.insertPack(k, id)) = k.newStreamPack(fields)
		end = s.packs.end()
	}
	k.savePack(s, end)
	k.appendStreamEntry(slotOf(end), end.id(), id, fields)
	s.length++
	s.added++
	s.last = id
	if s.length == 1 {
		s.first = id
	}
}

func (s *Stream) insertPack(k *Keyspace, id StreamID) unsafe.Pointer {
	value, found := s.packs.insert(k.arena, id)
	if found {
		panic("BUG: db: two packs of a stream begin with one ID")
	}
	k.notePack(s, id)
	return value
}

// fits reports whether the last pack takes another entry.
func (s *Stream) fits(k *Keyspace, slot packSlot, fields [][]byte) bool {
	p := slot.pack()
	total, room := 0, 0
	for _, f := range fields {
		total += len(f)
	}
	room = total + len(fields)*streamElementMax + streamPackHead
	if len(p)+room > packBytesMax {
		return false
	}
	if limit := k.Limits.StreamBytes; limit > 0 && limit <= pack.BytesMax && int64(len(p)+total) >= limit {
		return false
	}
	if limit := k.Limits.StreamEntries; limit > 0 {
		live, deleted := streamCounts(p)
		return live+deleted < limit
	}
	return true
}

// Delete takes out the entry with that ID and reports whether there was one.
// The caller brings DeletedMax up to date.
func (s *Stream) Delete(k *Keyspace, id StreamID) bool {
	c := s.Range(id, id, false)
	if !c.Next() {
		return false
	}
	k.savePack(s, c.pos)
	c.markDeleted()
	s.length--
	if live, deleted := streamCounts(c.pack); live == 1 {
		s.dropPack(k, c.pos)
	} else {
		k.setStreamCounts(slotOf(c.pos), live-1, deleted+1)
	}
	if s.length == 0 {
		s.first = StreamID{}
	} else if id == s.first {
		s.first = s.edge(false)
	}
	return true
}

func (s *Stream) dropPack(k *Keyspace, pos treePos) {
	k.savePack(s, pos)
	k.freePack(*slotOf(pos))
	s.packs.remove(k.arena, pos.id())
}
