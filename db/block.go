package db

import (
	"unsafe"

	"basalt/db/arena"
)

// The bytes of a string live where its length puts them:
//
//	up to inlineMax    behind the key, in the entry
//	up to blockMax     in a block: a piece of a slab, rounded up by 3 %
//	longer             in a blob: whole pages, which a reply can pin and a
//	                   reactor can fill before the executor sees it
//
// A string that grows by APPEND or SETRANGE leaves the entry at growInlineMax
// already and gets a block or blob with room to grow.
const (
	// inlineMax keeps moves of an entry (a deadline that comes or goes,
	// RENAME) cheap, and fits the 16-bit length of the header.
	inlineMax     = 4096
	growInlineMax = 512
	// blockMax is the largest slab class less the block's header.
	blockMax    = 32<<10 - blockHeader
	blockHeader = 8
	// embstrMax is the longest string that OBJECT ENCODING calls embstr.
	embstrMax = 44
)

// block is a string of middle length in memory of its own. The bytes follow.
type block struct {
	length   uint32
	capacity uint32
}

var _ [blockHeader - unsafe.Sizeof(block{})]struct{}

func (b *block) bytes() []byte {
	p := (*byte)(unsafe.Add(unsafe.Pointer(b), blockHeader))
	return unsafe.Slice(p, int(b.capacity))[:b.length]
}

// size returns the bytes that the block was allocated with.
func (b *block) size() int { return blockHeader + int(b.capacity) }

// newBlock allocates a block of n bytes with room for at least capacity.
func (k *Keyspace) newBlock(n, capacity int) *block {
	size := arena.ClassSize(blockHeader + max(n, capacity))
	b := (*block)(k.arena.Alloc(size, arena.Value))
	b.length, b.capacity = uint32(n), uint32(size-blockHeader)
	return b
}

func (k *Keyspace) freeBlock(b *block) {
	k.arena.Free(unsafe.Pointer(b), b.size(), arena.Value)
}

// newBlob allocates a blob of n bytes with room for capacity, which the arena
// accounts for.
func (k *Keyspace) newBlob(n, capacity int) *arena.Blob {
	b := arena.NewBlob(max(n, capacity))
	if b == nil {
		panic("db: out of memory: the system refused a value")
	}
	b.SetLen(n)
	k.arena.AdoptBlob(b, arena.Value)
	return b
}

// store is a string that lives outside its entry: what goes into the slot, and
// its bytes to be filled.
type store struct {
	enc   Encoding
	slot  uint64
	bytes []byte
}

// newStore makes room outside an entry for n bytes that may grow to capacity.
func (k *Keyspace) newStore(n, capacity int) store {
	if max(n, capacity) <= blockMax {
		b := k.newBlock(n, capacity)
		return store{encBlock, uint64(arena.RefOf(unsafe.Pointer(b))), b.bytes()}
	}
	b := k.newBlob(n, capacity)
	return store{encBlob, uint64(b.Ref()), b.Bytes()}
}

func (e *Entry) block() *block { return (*block)(arena.Ref(*e.slot()).Ptr()) }

func (e *Entry) blob() *arena.Blob { return arena.BlobAt(arena.Ref(*e.slot())) }

// dropValue frees what the slot of e refers to, if it refers to anything.
func (k *Keyspace) dropValue(e *Entry) {
	k.checkSaved(e)
	switch e.kind {
	case kindOf(TypeString, encBlock):
		k.freeBlock(e.block())
	case kindOf(TypeString, encBlob):
		k.arena.FreeBlob(e.blob(), arena.Value)
	default:
		if e.Type() != TypeString {
			k.dropCollection(e)
		}
	}
}

// Unpin ends a pin made by Entry.Pin. Any thread may call it.
func Unpin(token uint64) { arena.BlobAt(arena.Ref(token)).Unpin() }
