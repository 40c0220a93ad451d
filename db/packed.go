package db

import (
	"unsafe"

	"basalt/db/arena"
	"basalt/db/pack"
)

// packSlot refers to the bytes of a pack or an intset: 40 bits of reference,
// and above them the capacity in units of 8 bytes. It stands in the slot of an
// entry, or in a node of a list or stream. 0 is none.
type packSlot uint64

const (
	packUnit = 8
	// packBytesMax bounds a pack, for the 24 bits of its capacity, in whole
	// pages, as large memory comes. What would be larger becomes an object,
	// whatever the limits allow.
	packBytesMax = (1<<24 - 4096/packUnit) * packUnit
	// packSlackMin is the size from which a pack that grows gets room for more
	// than was asked for: an eighth.
	packSlackMin = 256
)

func makePackSlot(p unsafe.Pointer, capacity int) packSlot {
	return packSlot(arena.RefOf(p)) | packSlot(capacity/packUnit)<<arena.RefBits
}

func (s packSlot) capacity() int { return int(s>>arena.RefBits) * packUnit }

// bytes returns all memory of the pack.
func (s packSlot) bytes() []byte {
	p := arena.Ref(s & (1<<arena.RefBits - 1)).Ptr()
	return unsafe.Slice((*byte)(p), s.capacity())
}

// pack returns the pack; it is a view that dies when the pack grows, shrinks or
// is freed.
func (s packSlot) pack() pack.Pack {
	b := s.bytes()
	return pack.Pack(b[:pack.Bytes(b)])
}

// newPackBytes allocates n bytes or a little more for a pack.
func (k *Keyspace) newPackBytes(n int) packSlot {
	n = arena.ClassSize(n)
	return makePackSlot(k.arena.Alloc(n, arena.Pack), n)
}

// newPack returns an empty pack with room for n bytes, its header included.
func (k *Keyspace) newPack(n int) packSlot {
	s := k.newPackBytes(max(n, pack.EmptyBytes))
	pack.New(s.bytes())
	return s
}

// freePack frees what s refers to.
func (k *Keyspace) freePack(s packSlot) {
	b := s.bytes()
	k.arena.Free(unsafe.Pointer(&b[0]), len(b), arena.Pack)
}

// resizePack moves the first used bytes of s to memory of n bytes.
func (k *Keyspace) resizePack(s *packSlot, used, n int) {
	moved := k.newPackBytes(n)
	copy(moved.bytes(), s.bytes()[:used])
	k.freePack(*s)
	*s = moved
}

// growPack makes room for more bytes behind the pack of s, which may move, and
// returns it. The caller knows that it stays below packBytesMax.
func (k *Keyspace) growPack(s *packSlot, more int) pack.Pack {
	p := s.pack()
	if need := len(p) + more; need > cap(p) {
		if need >= packSlackMin {
			need += need / 8
		}
		k.resizePack(s, len(p), min(need, packBytesMax))
		p = s.pack()
	}
	return p
}

// shrinkPack gives memory back if the pack of s, which may move, does not use
// half of it.
func (k *Keyspace) shrinkPack(s *packSlot) pack.Pack {
	p := s.pack()
	if len(p)*2 < cap(p) && cap(p) > arena.ClassSize(pack.EmptyBytes) {
		k.resizePack(s, len(p), len(p))
		p = s.pack()
	}
	return p
}
