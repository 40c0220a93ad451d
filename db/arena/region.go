package arena

import "math/bits"

// region describes 2 MiB from which slabs are cut in units of 64 KiB. It
// takes pages as one run and gives them back when no unit is left in use.
// Regions keep slabs, which live long and are many, apart from large blocks,
// whose coming and going would leave gaps between them.
type region struct {
	free  uint32 // bit set: the unit is free
	dirty uint32 // bit set: the unit is free and resident

	next, prev           uint32 // regions with as long a row of free units
	dirtyNext, dirtyPrev uint32 // regions with dirty units
}

// Region 0 holds the page that stands for nil and is never cut into slabs,
// so 0 ends the lists.

// takeUnits hands out a row of n units and returns the first, 0 when the
// system has no memory. It prefers the region that fits worst, so that others
// may empty, and resident units. mu is held.
func (h *pageHeap) takeUnits(n int) uint32 {
	fits := h.fitsFilled >> n << n
	if fits == 0 {
		if !h.addRegion() {
			return 0
		}
		fits = h.fitsFilled >> n << n
	}
	i := h.fits[bits.TrailingZeros64(fits)]
	r := regions.at(i)
	row := rows(r.free&r.dirty, n)
	if row == 0 {
		row = rows(r.free, n)
	}
	first := bits.TrailingZeros32(row)
	mask := uint32(1<<n-1) << first
	dirty := bits.OnesCount32(r.dirty & mask)
	h.setUnits(i, r.free&^mask, r.dirty&^mask)
	h.addDirty(-int64(dirty) * unitPages)
	h.freeUnits -= int64(n)
	unit := i*regionUnits + uint32(first)
	setResident(unit*unitPages, uint32(n)*unitPages)
	return unit
}

// giveUnits takes back units handed out. mu is held.
func (h *pageHeap) giveUnits(unit uint32, n int, dirty bool) {
	i := unit / regionUnits
	mask := uint32(1<<n-1) << (unit % regionUnits)
	r := regions.at(i)
	if r.free&mask != 0 {
		panic("BUG: arena: slab freed twice")
	}
	free, resident := r.free|mask, r.dirty
	if dirty {
		resident |= mask
		h.addDirty(int64(n) * unitPages)
	}
	h.freeUnits += int64(n)
	if free != ^uint32(0) {
		h.setUnits(i, free, resident)
		return
	}
	h.setUnits(i, 0, 0)
	pages := uint32(bits.OnesCount32(resident)) * unitPages
	h.freeUnits -= regionUnits
	h.dirty -= int64(pages) // give counts them again; the low-water mark stays
	h.give(i*regionPages, regionPages, pages)
}

// addRegion takes the pages of a new region.
func (h *pageHeap) addRegion() bool {
	page := h.takePrepared()
	if page == 0 {
		if page, _ = h.take(regionPages, regionPages, false); page == 0 {
			return false
		}
	}
	dirty := uint32(0)
	for u := range uint32(regionUnits) {
		p := page + u*unitPages
		if *resident.at(p / 64)>>(p%64)&(1<<unitPages-1) != 0 {
			setResident(p, unitPages)
			dirty |= 1 << u
		}
	}
	h.addDirty(int64(bits.OnesCount32(dirty)) * unitPages)
	h.freeUnits += regionUnits
	h.setUnits(page/regionPages, ^uint32(0), dirty)
	return true
}

// setUnits changes the free units of a region and moves it to the lists
// where it then belongs.
func (h *pageHeap) setUnits(i, free, dirty uint32) {
	r := regions.at(i)
	if was, is := longestRow(r.free), longestRow(free); was != is {
		h.unlinkRegion(i, was)
		h.linkRegion(i, is)
	}
	if r.dirty != 0 && dirty == 0 {
		h.unlinkDirty(i)
	} else if r.dirty == 0 && dirty != 0 {
		r.dirtyNext, r.dirtyPrev = h.dirtyUnits, 0
		if r.dirtyNext != 0 {
			regions.at(r.dirtyNext).dirtyPrev = i
		}
		h.dirtyUnits = i
	}
	r.free, r.dirty = free, dirty
}

func (h *pageHeap) linkRegion(i uint32, row int) {
	if row == 0 {
		return
	}
	r := regions.at(i)
	r.next, r.prev = h.fits[row], 0
	if r.next != 0 {
		regions.at(r.next).prev = i
	}
	h.fits[row] = i
	h.fitsFilled |= 1 << row
}

func (h *pageHeap) unlinkRegion(i uint32, row int) {
	if row == 0 {
		return
	}
	r := regions.at(i)
	if r.prev != 0 {
		regions.at(r.prev).next = r.next
	} else if h.fits[row] = r.next; r.next == 0 {
		h.fitsFilled &^= 1 << row
	}
	if r.next != 0 {
		regions.at(r.next).prev = r.prev
	}
}

func (h *pageHeap) unlinkDirty(i uint32) {
	r := regions.at(i)
	if r.dirtyPrev != 0 {
		regions.at(r.dirtyPrev).dirtyNext = r.dirtyNext
	} else {
		h.dirtyUnits = r.dirtyNext
	}
	if r.dirtyNext != 0 {
		regions.at(r.dirtyNext).dirtyPrev = r.dirtyPrev
	}
}

// rows returns the units that start a row of n in mask.
func rows(mask uint32, n int) uint32 {
	for ; n > 1; n-- {
		mask &= mask >> 1
	}
	return mask
}

// longestRow returns the length of the longest row of units in mask.
func longestRow(mask uint32) (n int) {
	for ; mask != 0; n++ {
		mask &= mask >> 1
	}
	return n
}
