package persist

import "golang.org/x/sys/unix"

// spill keeps chunks until the ring has room for them, in order, in memory that
// Go's heap knows nothing of: megabytes that come and go would make it collect,
// and stop the executor for it, many times a second. Pages are taken as they are
// needed, and the places that were used last are used first.
type spill struct {
	max    int      // bytes; none below frameChunk
	memory []byte   // mapped when it is first needed
	free   []uint16 // places of memory that hold nothing, the next one last
	queue  []spilled
	head   int // of queue
	opened bool
	open   uint16 // the place of the last window, if one is opened
}

// spilled is the first size bytes of a place.
type spilled struct {
	place uint16
	size  int
}

// window returns frameChunk bytes, or nil if all places are taken or there is no
// memory.
func (s *spill) window() []byte {
	if s.memory == nil && !s.reserve() {
		return nil
	}
	if !s.opened {
		n := len(s.free) - 1
		if n < 0 {
			return nil
		}
		// Others may be freed before it is committed.
		s.open, s.free, s.opened = s.free[n], s.free[:n], true
	}
	return s.at(s.open)
}

func (s *spill) reserve() bool {
	places := min(s.max/frameChunk, 1<<16-1)
	if places < 1 {
		return false
	}
	memory, err := unix.Mmap(-1, 0, places*frameChunk, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return false // the executor waits for the child instead
	}
	s.memory = memory
	s.free = make([]uint16, places)
	for i := range s.free {
		s.free[i] = uint16(places - 1 - i)
	}
	s.queue = make([]spilled, 0, 2*places)
	return true
}

func (s *spill) at(place uint16) []byte {
	from := int(place) * frameChunk
	return s.memory[from : from+frameChunk : from+frameChunk]
}

// commit keeps the first n bytes of the last window.
func (s *spill) commit(n int) {
	s.opened = false
	if len(s.queue) == cap(s.queue) {
		s.queue = s.queue[:copy(s.queue, s.queue[s.head:])]
		s.head = 0
	}
	s.queue = append(s.queue, spilled{s.open, n})
}

// first returns the oldest chunk, nil if there is none. It is good until drop.
func (s *spill) first() []byte {
	if s.head == len(s.queue) {
		return nil
	}
	x := s.queue[s.head]
	return s.at(x.place)[:x.size]
}

// drop forgets the oldest chunk.
func (s *spill) drop() {
	s.free = append(s.free, s.queue[s.head].place)
	if s.head++; s.head == len(s.queue) {
		s.queue, s.head = s.queue[:0], 0
	}
}

// halfFull reports whether half of the places hold chunks.
func (s *spill) halfFull() bool { return len(s.queue)-s.head >= len(s.free) }

// close gives the memory back, and everything in it.
func (s *spill) close() {
	if s.memory != nil {
		memory := s.memory
		go func() { _ = unix.Munmap(memory) }() // takes its time; it cannot fail, being what was mapped
	}
	*s = spill{}
}
