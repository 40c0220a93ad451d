package arena

import (
	"unsafe"

	"basalt/internal/invariants"
)

// grow makes at least n more pages accessible at the top of the space, in
// whole regions, and adds them to the free runs. It reports false when the
// system or the space has no more. mu is held.
func (h *pageHeap) grow(n uint32) bool {
	least := (uintptr(n)*pageBytes + regionBytes - 1) &^ (regionBytes - 1)
	size := max(least, growBytes)
	// The first growth starts a unit late: page 0 stands for nil.
	start := uintptr(h.top) * pageBytes
	end := start&^(regionBytes-1) + size
	if h.top == unitPages {
		end += regionBytes
	}
	if end > spaceBytes || !makeAccessible(start, end) {
		end += least - size
		if end > spaceBytes || !makeAccessible(start, end) {
			return false
		}
	}
	page, count := h.top, uint32((end-start)/pageBytes)
	h.top += count
	h.used += int64(count)
	runs.at(page).pages = count
	h.give(page, count, 0)
	return true
}

// makeAccessible makes the bytes of the space from start to end accessible, and the
// side tables that describe them.
func makeAccessible(start, end uintptr) bool {
	err := slabs.ensure(end / unitBytes)
	if err == nil {
		err = runs.ensure(end / pageBytes)
	}
	if err == nil {
		err = regions.ensure(end / regionBytes)
	}
	if err == nil {
		err = resident.ensure(end / pageBytes / 64)
	}
	if err == nil {
		err = touched.ensure(end/regionBytes/64 + 1)
	}
	if err == nil && invariants.Enabled {
		err = starts.ensure(end / Align / 64)
	}
	if err == nil {
		err = commit(unsafe.Add(base, start), end-start)
	}
	if err != nil {
		return false
	}
	// Only what may be used is advised: the kernel's search for pages to join
	// would otherwise wander through the empty space for weeks.
	adviseHuge(unsafe.Slice((*byte)(unsafe.Add(base, start)), end-start))
	return true
}

// pageAddress returns the address of a page.
func pageAddress(page uint32) unsafe.Pointer { return unsafe.Add(base, uintptr(page)*pageBytes) }

// pageOf returns the page an address lies in.
func pageOf(p unsafe.Pointer) uint32 {
	return uint32((uintptr(p) - uintptr(base)) / pageBytes)
}
