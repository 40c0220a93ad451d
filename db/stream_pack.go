package db

import (
	"basalt/db/pack"
)

// A pack of a stream is Redis's, element by element. It begins with the master
// entry, whose field names are those of the first entry:
//
//	count | deleted | fields | name ... | 0
//
// count are the entries that are there, deleted those that are marked. Then the
// entries follow; IDs are relative to the one that the tree has for the pack:
//
//	flags | ms | seq | [fields] | [name] value ... | elements
//
// With sameFields the names are those of the master entry and left out, and so
// is their number. elements counts those before it, to be read backwards. A
// small entry with the names of the first takes 6 to 8 bytes and its values.
const (
	streamDeleted    = 1
	streamSameFields = 2
	streamMaster     = 3 // elements of the master entry without names and end
	streamEntryHead  = 3 // elements of an entry with sameFields but for the values
	// streamPackRoom is the bytes of a master entry without names, all numbers
	// being small.
	streamPackRoom = 16
)

// streamCounts returns the entries of a pack that are there and that are marked
// deleted.
func streamCounts(p pack.Pack) (live, deleted int64) {
	at := p.First()
	return p.Get(at).Int, p.Get(p.Next(at)).Int
}

// setStreamCounts changes the counts. The pack moves if they need more bytes
// than it has.
func (k *Keyspace) setStreamCounts(slot *packSlot, live, deleted int64) {
	p := slot.pack()
	at := p.First()
	body := p.Next(p.Next(at))
	if more := pack.OfInt(live).Size() + pack.OfInt(deleted).Size() - (body - at); more > 0 {
		p = k.growPack(slot, more)
	}
	p = p.Replace(at, pack.OfInt(live))
	p.Replace(p.Next(at), pack.OfInt(deleted))
}

// newStreamPack returns a pack with a master entry of the names among fields,
// and no entries. There is room for one.
func (k *Keyspace) newStreamPack(fields [][]byte) packSlot {
	need := pack.EmptyBytes + streamPackRoom + streamEntrySize(fields, true)
	for i := 0; i < len(fields); i += 2 {
		need += pack.Of(fields[i]).Size()
	}
	slot := k.newPack(need)
	w := slot.pack().Appender()
	w.PutInt(0)
	w.PutInt(0)
	w.PutInt(int64(len(fields) / 2))
	for i := 0; i < len(fields); i += 2 {
		w.Put(pack.Of(fields[i]))
	}
	w.PutInt(0)
	w.Done()
	return slot
}

// appendStreamEntry adds an entry to a pack that begins with ID master.
func (k *Keyspace) appendStreamEntry(slot *packSlot, master, id StreamID, fields [][]byte) {
	p := slot.pack()
	at := p.First()
	live := p.Get(at).Int + 1
	same := sameNames(p, fields)
	ms, seq := pack.OfInt(int64(id.Ms-master.Ms)), pack.OfInt(int64(id.Seq-master.Seq))
	names := int64(len(fields) / 2)
	elements := names + streamEntryHead
	need := streamEntrySize(fields, same) + ms.Size() + seq.Size()
	if !same {
		elements += names + 1
	}
	if need += 16; len(p)+need > cap(p) {
		p = k.roomForEntry(slot, need)
	}
	p = p.Replace(at, pack.OfInt(live))
	w := p.Appender()
	first, step := 1, 2
	if same {
		w.PutInt(streamSameFields)
	} else {
		w.PutInt(0)
		first, step = 0, 1
	}
	w.Put(ms)
	w.Put(seq)
	if !same {
		w.PutInt(names)
	}
	for i := first; i < len(fields); i += step {
		w.Put(pack.Of(fields[i]))
	}
	w.PutInt(elements)
	w.Done()
}

// streamEntrySize returns the bytes of an entry but for its ID.
func streamEntrySize(fields [][]byte, same bool) int {
	size, i, step := 16, 1, 2
	if !same {
		i, step = 0, 1
	}
	for ; i < len(fields); i += step {
		size += pack.Of(fields[i]).Size()
	}
	return size
}

// roomForEntry makes room for more bytes in the last pack of a stream. It will
// grow further, so half of it is added; fitPack takes back what is left.
func (k *Keyspace) roomForEntry(slot *packSlot, more int) pack.Pack {
	p := slot.pack()
	need := len(p) + more
	if room := need + len(p)/2; room <= packBytesMax {
		need = room
	}
	k.resizePack(slot, len(p), need)
	return slot.pack()
}

// fitPack gives back what a pack that will not grow any more does not use.
func (k *Keyspace) fitPack(slot *packSlot) {
	if p := slot.pack(); !sameClass(len(p), cap(p)) {
		k.resizePack(slot, len(p), len(p))
	}
}

// sameNames reports whether the names among fields are those of the pack's
// master entry.
func sameNames(p pack.Pack, fields [][]byte) bool {
	at := p.Next(p.Next(p.First()))
	if p.Get(at).Int != int64(len(fields)/2) {
		return false
	}
	for i := 0; i < len(fields); i += 2 {
		at = p.Next(at)
		if name := p.Get(at); !name.IsInt {
			if string(name.Bytes) != string(fields[i]) {
				return false
			}
		} else if !p.Equal(at, pack.Of(fields[i])) {
			return false
		}
	}
	return true
}
