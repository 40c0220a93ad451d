package arena

// Stats is a snapshot of where an arena's memory and the heap behind it
// stand. All sizes are in bytes.
type Stats struct {
	Used      int64 // in blocks and blobs of this arena, as class sizes
	Slabs     int64 // slabs of this arena
	SlabBytes int64 // in them
	SlabFree  int64 // of those, not in use: free blocks and tails
	Large     int64 // in blocks and blobs of this arena that are in no slab

	Reserved  int64 // addresses made accessible, all arenas
	Committed int64 // of those, what may be resident
	Free      int64 // free pages and slab units that may be resident, prepared ones included
	Prepared  int64 // of those, made resident ahead of need
	Blobs     int64 // in blobs that no arena accounts for: not adopted yet, or freed and pinned
}

// Fragmentation returns the committed memory over the used one, 1 when
// nothing is used.
func (s Stats) Fragmentation() float64 {
	if s.Used == 0 {
		return 1
	}
	return float64(s.Committed) / float64(s.Used)
}

// Used returns the bytes in use, as class sizes.
func (a *Arena) Used() (bytes int64) {
	for _, n := range &a.used { // the array itself, not a copy
		bytes += n
	}
	return bytes
}

// UsedBy returns the bytes in use for purpose p.
func (a *Arena) UsedBy(p Purpose) int64 { return a.used[p%purposeSlots] }

// Stats returns the figures of the arena and of the page heap it shares.
func (a *Arena) Stats() Stats {
	used := a.Used()
	heap.mu.Lock()
	defer heap.mu.Unlock()
	prepared := int64(heap.ahead.count) * regionBytes
	return Stats{
		Used:      used,
		Slabs:     a.slabs,
		SlabBytes: a.slabBytes,
		SlabFree:  a.slabBytes - (used - a.large),
		Large:     a.large,
		Reserved:  int64(heap.top) * pageBytes,
		Committed: (heap.used - heap.freeUnits*unitPages + heap.dirty) * pageBytes,
		Free:      heap.dirty*pageBytes + prepared,
		Prepared:  prepared,
		Blobs:     heap.blobs.Load(),
	}
}
