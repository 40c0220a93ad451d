package arena

import (
	"encoding/binary"
	"unsafe"
)

// What only invariant builds do: a bit for every possible start of a block
// says whether one is in use there, and free memory holds a pattern, so that
// a double free and a write after a free are noticed where they happen.

const (
	mangled   = 0xdb
	linkBytes = 4        // of a free block, not mangled
	mangleMax = 64 << 10 // bytes mangled of a run of pages
)

func startBit(ptr unsafe.Pointer) (word *uint64, mask uint64) {
	r := RefOf(ptr)
	return starts.at(uint32(r / 64)), 1 << (r % 64)
}

func markStart(ptr unsafe.Pointer) {
	w, mask := startBit(ptr)
	if *w&mask != 0 {
		panic("BUG: arena: block handed out twice")
	}
	*w |= mask
}

func unmarkStart(ptr unsafe.Pointer) {
	w, mask := startBit(ptr)
	if *w&mask == 0 {
		panic("BUG: arena: double free, or free of what is no block")
	}
	*w &^= mask
}

func mangle(ptr unsafe.Pointer, size int) {
	b := unsafe.Slice((*byte)(ptr), size)
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, 0xdbdbdbdbdbdbdbdb)
		b = b[8:]
	}
}

// checkTaken is called with a block from the free list of a slab.
func checkTaken(ptr unsafe.Pointer, size int) {
	markStart(ptr)
	for _, c := range unsafe.Slice((*byte)(ptr), size)[linkBytes:] {
		if c != mangled {
			panic("BUG: arena: block written after it was freed")
		}
	}
	mangle(ptr, size)
}

// checkFresh is called with a block that was never handed out.
func checkFresh(ptr unsafe.Pointer, size int) {
	markStart(ptr)
	mangle(ptr, size)
}

// checkFreed is called with a block of slab s that is about to be freed.
func (a *Arena) checkFreed(s *slab, ptr unsafe.Pointer) {
	if s.arena != a.number {
		panic("BUG: arena: block freed in another arena")
	}
	if (uintptr(ptr)-uintptr(s.start))%uintptr(s.size) != 0 {
		panic("BUG: arena: free of what is no block")
	}
	unmarkStart(ptr)
	mangle(ptr, int(s.size))
}

// checkFreedPages is called with a run of pages that is about to be freed.
func checkFreedPages(ptr unsafe.Pointer, size int) {
	unmarkStart(ptr)
	mangle(ptr, min(size, mangleMax))
}
