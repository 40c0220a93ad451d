package arena

import "unsafe"

// slab describes a row of units cut into blocks of one class, in one cache
// line. Blocks that were never handed out lie from bump to end; freed ones
// are chained by their first four bytes. A link is the distance of the block
// from the start of the slab plus one, so that 0 ends the chain.
type slab struct {
	start    unsafe.Pointer // first block; points outside the Go heap
	free     uint32         // link of the block freed last
	bump     uint32         // bytes
	end      uint32         // bytes; behind the last whole block
	live     uint32         // blocks in use
	capacity uint32         // blocks
	size     uint32         // bytes of a block
	class    uint16         // noClass when the unit is in no slab
	units    uint8
	back     uint8 // units from the first unit of the slab to this one
	state    slabState
	_        [3]byte
	next     uint32 // partial slabs of the class, by first unit; 0 is none
	prev     uint32
	arena    uint32 // number of the owner
	_        [12]byte
}

var _ [64 - unsafe.Sizeof(slab{})]struct{}
var _ [unsafe.Sizeof(slab{}) - 64]struct{}

type slabState uint8

const (
	slabNone    slabState = iota // not the first unit of a slab
	slabCurrent                  // allocations of its class come from here
	slabPartial                  // in the list of its class
	slabFull                     // in no list: found again when a block is freed
	slabLeaving                  // in no list: to be emptied, see compact.go
)

// noSlab is current where a class has no slab yet: it has no blocks.
var noSlab = slab{size: 1}

// slabAt returns the descriptor of the slab that p lies in.
func slabAt(p unsafe.Pointer) *slab {
	unit := (uintptr(p) - uintptr(base)) / unitBytes
	s := (*slab)(unsafe.Add(slabs.start, unit*unsafe.Sizeof(slab{})))
	if s.back != 0 {
		s = (*slab)(unsafe.Add(slabs.start, (unit-uintptr(s.back))*unsafe.Sizeof(slab{})))
	}
	return s
}

// unit returns the number of the slab's first unit.
func (s *slab) unit() uint32 {
	return uint32((uintptr(s.start) - uintptr(base)) / unitBytes)
}

// refill makes a slab with free blocks current for class c.
func (a *Arena) refill(c uint8) *slab {
	if full := a.current[c]; full != &noSlab {
		full.state = slabFull
	}
	if first := a.partial[c]; first != 0 {
		s := slabs.at(first)
		a.unlinkSlab(s)
		s.state = slabCurrent
		a.current[c] = s
		return s
	}
	s := a.newSlab(c)
	a.current[c] = s
	return s
}

// newSlab takes memory for a slab of class c from the page heap.
func (a *Arena) newSlab(c uint8) *slab {
	units := int(classUnits[c])
	heap.mu.Lock()
	first := heap.takeUnits(units)
	heap.mu.Unlock()
	if first == 0 {
		outOfMemory(units * unitBytes)
	}
	for i := 1; i < units; i++ {
		*slabs.at(first + uint32(i)) = slab{class: noClass, back: uint8(i)}
	}
	size := classSizes[c]
	capacity := uint32(units*unitBytes) / size
	s := slabs.at(first)
	*s = slab{
		start:    unsafe.Add(base, uintptr(first)*unitBytes),
		end:      capacity * size,
		capacity: capacity,
		size:     size,
		class:    uint16(c),
		units:    uint8(units),
		state:    slabCurrent,
		arena:    a.number,
	}
	a.slabs++
	a.slabBytes += int64(units * unitBytes)
	return s
}

// settle moves a slab to where it belongs after a block of it was freed and
// it had been full or is empty now.
func (a *Arena) settle(s *slab) {
	switch {
	case s.state == slabCurrent:
		// It stays, even empty, until dropIdle: this is the hysteresis.
	case s.live == 0:
		if s.state == slabPartial {
			a.unlinkSlab(s)
		}
		a.dropSlab(s)
	case s.state == slabFull:
		a.linkSlab(s)
	}
}

// linkSlab puts a slab into the partial list of its class.
func (a *Arena) linkSlab(s *slab) {
	s.state = slabPartial
	s.prev, s.next = 0, a.partial[s.class]
	if s.next != 0 {
		slabs.at(s.next).prev = s.unit()
	}
	a.partial[s.class] = s.unit()
}

// unlinkSlab takes a slab out of the partial list of its class.
func (a *Arena) unlinkSlab(s *slab) {
	if s.prev != 0 {
		slabs.at(s.prev).next = s.next
	} else {
		a.partial[s.class] = s.next
	}
	if s.next != 0 {
		slabs.at(s.next).prev = s.prev
	}
	s.next, s.prev = 0, 0
}

// dropSlab gives the memory of an empty slab back to the page heap.
func (a *Arena) dropSlab(s *slab) {
	first, units := s.unit(), int(s.units)
	for i := range uint32(units) {
		*slabs.at(first + i) = slab{class: noClass}
	}
	a.slabs--
	a.slabBytes -= int64(units * unitBytes)
	heap.mu.Lock()
	heap.giveUnits(first, units, true)
	heap.mu.Unlock()
}
