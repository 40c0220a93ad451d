// Package arena is memory outside the Go heap for keys, values and the
// structures that hold them.
//
//	Arena    blocks up to 32 KiB from slabs of one size class, larger ones
//	         as runs of pages; one owner thread, no locks on the way
//	regions  2 MiB, cut into units of 64 KiB of which slabs are made
//	page     runs of 4 KiB pages in bins, joined when freed; one mutex,
//	heap     shared by all arenas and by the threads that allocate blobs
//	space    up to 8 TiB of addresses reserved at start and made
//	         accessible from the bottom up; never unmapped
//
// Descriptors of slabs, regions and pages lie in side tables outside the Go
// heap, so the garbage collector sees nothing of all this and blocks carry no
// header. A block is freed with its size, which its user knows.
//
// # Pointers in blocks
//
// A block may hold typed pointers to other blocks, never to the Go heap.
// A struct that has pointer fields must come from AllocZero: while the
// collector marks, a store to a pointer field makes it look at what the field
// held before, and stale bytes that happen to look like an address in the Go
// heap stop the process (tried: "found bad pointer in Go heap"). Such bytes
// come from clients, so this is not a matter of luck. Structs with Refs only
// may come from Alloc. CheckNoGoPointers and HasPointers assert the rules for
// a type.
//
// # Ownership
//
// An Arena belongs to one thread. The bytes behind an address belong to the
// caller from Alloc to Free. Invariant builds assert the owner, mangle freed
// blocks, and stop at double frees and at writes after a free.
package arena

import (
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"

	"basalt/internal/invariants"
)

// Arena allocates blocks and accounts for them, by purpose and exactly. It
// belongs to one thread.
type Arena struct {
	owner   invariants.Owner
	number  uint32
	current [numClasses]*slab
	used    [purposeSlots]int64 // bytes by purpose, as class sizes
	partial [numClasses]uint32  // first slab of the list, by unit

	slabs     int64
	slabBytes int64

	compact *compaction // nil when nothing is being compacted

	idleDropped time.Time // when slabs that nothing is in were given back last
	large       int64     // bytes of blocks and blobs that are no slab's
}

var arenas atomic.Uint32

// New returns an empty arena. It takes memory only as blocks are allocated.
func New() *Arena {
	a := &Arena{number: arenas.Add(1)}
	for c := range a.current {
		a.current[c] = &noSlab
	}
	return a
}

// Claim makes the calling thread the owner, which invariant builds assert
// from then on. An arena nobody claimed may be used by one thread at a time.
func (a *Arena) Claim() { a.owner.Claim() }

// Alloc returns size bytes for purpose p, aligned to Align and not zeroed.
// It ends the process when the system has no memory: what may be refused is
// refused before, by the limit on Used.
func (a *Arena) Alloc(size int, p Purpose) unsafe.Pointer {
	if invariants.Enabled {
		a.owner.Assert()
	}
	if uint(size-1) >= smallMax {
		ptr, _ := a.allocPages(size, p)
		return ptr
	}
	c := classOf(size)
	s := a.current[c]
	for {
		if link := s.free; link != 0 {
			ptr := unsafe.Add(s.start, link-1)
			s.free = *(*uint32)(ptr)
			s.live++
			a.used[p%purposeSlots] += int64(s.size)
			if invariants.Enabled {
				checkTaken(ptr, int(s.size))
			}
			return ptr
		}
		if bump := s.bump; bump < s.end {
			s.bump = bump + s.size
			s.live++
			a.used[p%purposeSlots] += int64(s.size)
			ptr := unsafe.Add(s.start, bump)
			if invariants.Enabled {
				checkFresh(ptr, int(s.size))
			}
			return ptr
		}
		s = a.refill(c)
	}
}

// AllocZero is Alloc with the first size bytes zeroed.
func (a *Arena) AllocZero(size int, p Purpose) unsafe.Pointer {
	if uint(size-1) < smallMax {
		ptr := a.Alloc(size, p)
		clear(unsafe.Slice((*byte)(ptr), size))
		return ptr
	}
	ptr, zero := a.allocPages(size, p)
	if !zero {
		clear(unsafe.Slice((*byte)(ptr), size))
	}
	return ptr
}

// Free takes back a block. size is the size asked for, or any other with the
// same ClassSize; p the purpose it was allocated for. Nothing may look at the
// block afterwards.
func (a *Arena) Free(ptr unsafe.Pointer, size int, p Purpose) {
	if invariants.Enabled {
		a.owner.Assert()
	}
	if uint(size-1) >= smallMax {
		a.freePages(ptr, size, p)
		return
	}
	s := slabAt(ptr)
	if s.class != uint16(classOf(size)) {
		panic("BUG: arena: block freed with another size")
	}
	if invariants.Enabled {
		a.checkFreed(s, ptr)
	}
	*(*uint32)(ptr) = s.free
	s.free = uint32(uintptr(ptr)-uintptr(s.start)) + 1
	s.live--
	a.used[p%purposeSlots] -= int64(s.size)
	if live := s.live; live == 0 || live+1 == s.capacity {
		a.settle(s)
	}
}

// allocPages allocates a block too large for a slab. It reports whether the
// bytes are known to be zero.
func (a *Arena) allocPages(size int, p Purpose) (ptr unsafe.Pointer, zero bool) {
	bytes := ClassSize(size)
	if uintptr(bytes) > spaceBytes {
		outOfMemory(size)
	}
	heap.mu.Lock()
	page, clean := heap.take(uint32(bytes/pageBytes), 1, true)
	heap.mu.Unlock()
	if page == 0 {
		outOfMemory(size)
	}
	a.large += int64(bytes)
	a.used[p%purposeSlots] += int64(bytes)
	ptr = pageAddress(page)
	if invariants.Enabled {
		markStart(ptr)
	}
	return ptr, clean && purgeZeroes
}

func (a *Arena) freePages(ptr unsafe.Pointer, size int, p Purpose) {
	bytes := ClassSize(size)
	if invariants.Enabled {
		checkFreedPages(ptr, bytes)
	}
	heap.release(pageOf(ptr), uint32(bytes/pageBytes))
	a.large -= int64(bytes)
	a.used[p%purposeSlots] -= int64(bytes)
}

func outOfMemory(size int) {
	panic("arena: out of memory: the system refuses " + strconv.Itoa(size) + " bytes")
}
