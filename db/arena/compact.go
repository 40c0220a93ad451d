package arena

import (
	"unsafe"

	"basalt/internal/invariants"
)

// Compaction empties the slabs of a class that have the fewest blocks in use
// into the free blocks of the others. The arena does not know who refers to a
// block, so it only says which slabs are to be left, and allocates nothing there
// meanwhile; who owns the blocks moves them.
//
//	Choose until it is done  the slabs that are to be left
//	Leaving, Move            for every block there is
//	Stay until it is done    what was not left is used again
//
// The side table of slabs is gone through twice by Choose and once by Stay, in
// parts: it has a line for every 64 KiB.

// fillSteps is how finely slabs are told apart by what share of them is in use.
const fillSteps = 32

// compaction is what the arena knows while slabs are chosen and left.
type compaction struct {
	phase  compactPhase
	unit   uint32 // of the side table that is looked at next
	leaves int64  // bytes of the slabs that are to be left
	// census counts the slabs in the partial lists, and leave is how many of them
	// are yet to be chosen; by class and fill.
	census [numClasses][fillSteps]fillCount
	leave  [numClasses][fillSteps]uint32
}

type fillCount struct {
	slabs uint32
	live  uint64
}

type compactPhase uint8

const (
	compactOff compactPhase = iota
	compactCount
	compactMark
	compactMove
)

// fill returns the row of the census for a slab that is neither full nor empty.
func (s *slab) fill() int { return int(uint64(s.live) * fillSteps / uint64(s.capacity)) }

// Choose goes on with choosing the slabs that are to be left, looking at up to n
// rows of 64 KiB, and reports whether it is done. Then Chosen says how many bytes
// there are to be won, and Stay has to end what was begun.
func (a *Arena) Choose(n int) (done bool) {
	if a.compact == nil {
		a.compact = &compaction{phase: compactCount, unit: 1}
	}
	c := a.compact
	if c.phase == compactMove {
		return true
	}
	if !a.eachSlab(n, a.chooseSlab) {
		return false
	}
	c.unit = 1
	if c.phase == compactCount {
		for class := range c.census {
			c.plan(class)
		}
	}
	c.phase++
	return c.phase == compactMove
}

func (a *Arena) chooseSlab(s *slab) {
	if s.state != slabPartial {
		return
	}
	switch c, fill := a.compact, s.fill(); {
	case c.phase == compactCount:
		row := &c.census[s.class][fill]
		row.slabs++
		row.live += uint64(s.live)
	case c.leave[s.class][fill] > 0:
		c.leave[s.class][fill]--
		c.leaves += int64(s.units) * unitBytes
		a.unlinkSlab(s)
		s.state = slabLeaving
	}
}

// eachSlab calls f for the slabs of the arena in the next n units, and reports
// whether there are no more.
func (a *Arena) eachSlab(n int, f func(*slab)) (done bool) {
	if invariants.Enabled {
		a.owner.Assert()
	}
	c := a.compact
	heap.mu.Lock()
	top := heap.top / unitPages
	heap.mu.Unlock()
	end := min(top, c.unit+uint32(n))
	for ; c.unit < end; c.unit++ {
		if s := slabs.at(c.unit); s.state != slabNone && s.arena == a.number {
			f(s)
		}
	}
	return c.unit >= top
}

// plan decides how many slabs of a class are to be left, from the emptiest on:
// as many as have room in the others, of which a tenth is kept for what is
// allocated meanwhile.
func (c *compaction) plan(class int) {
	capacity := float64(uint32(int(classUnits[class])*unitBytes) / classSizes[class])
	room := 0.0 // free blocks in the slabs that stay
	for _, row := range &c.census[class] {
		room += float64(row.slabs)*capacity - float64(row.live)
	}
	moved := 0.0
	for fill, row := range &c.census[class] {
		if row.slabs == 0 {
			continue
		}
		live := float64(row.live) / float64(row.slabs)
		// Of n more slabs: moved + n live <= 0.9 (room - n (capacity - live)).
		n := min(uint32(max(0, (0.9*room-moved)/(live+0.9*(capacity-live)))), row.slabs)
		c.leave[class][fill] = n
		moved += float64(n) * live
		room -= float64(n) * (capacity - live)
		if n < row.slabs {
			return
		}
	}
}

// Chosen returns the bytes of the slabs that Choose chose.
func (a *Arena) Chosen() int64 {
	if a.compact == nil {
		return 0
	}
	return a.compact.leaves
}

// Leaving reports whether the block at ptr, of that size, is in a slab that is
// to be left.
func Leaving(ptr unsafe.Pointer, size int) bool {
	return uint(size-1) < smallMax && slabAt(ptr).state == slabLeaving
}

// Move copies a block of that size and purpose to another place, frees it and
// returns the new one. Who refers to the old one is the caller's to tell.
func (a *Arena) Move(ptr unsafe.Pointer, size int, p Purpose) unsafe.Pointer {
	to := a.Alloc(size, p)
	copy(unsafe.Slice((*byte)(to), size), unsafe.Slice((*byte)(ptr), size))
	a.Free(ptr, size, p)
	return to
}

// Stay has the slabs that were not left used again, looking at up to n rows of
// 64 KiB, and reports whether it is done. What Choose had yet to do is off.
func (a *Arena) Stay(n int) (done bool) {
	c := a.compact
	if c == nil {
		return true
	}
	if c.phase != compactOff {
		c.phase, c.unit = compactOff, 1
	}
	if !a.eachSlab(n, a.keepSlab) {
		return false
	}
	a.compact = nil
	return true
}

func (a *Arena) keepSlab(s *slab) {
	if s.state == slabLeaving {
		a.linkSlab(s)
	}
}
