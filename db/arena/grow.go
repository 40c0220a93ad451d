package arena

import (
	"sync"
	"unsafe"

	"basalt/internal/invariants"
)

// grow makes at least n more pages accessible at the top of the space, in
// whole regions, and adds them to the free runs. It reports false when the
// system or the space has no more. mu is held.
func (h *pageHeap) grow(n uint32) bool {
	start, end := growth(h.top, n)
	if !ensureAccessible(start, end) {
		end = start&^(regionBytes-1) + wholeRegions(n)
		if h.top == unitPages {
			end += regionBytes
		}
		if !ensureAccessible(start, end) {
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

// growth returns the bytes of the space that are added when its top is at
// page top and n pages are needed.
func growth(top, n uint32) (start, end uintptr) {
	start = uintptr(top) * pageBytes
	end = start&^(regionBytes-1) + max(wholeRegions(n), growBytes)
	// The first growth starts a unit late: page 0 stands for nil.
	if top == unitPages {
		end += regionBytes
	}
	return start, end
}

// wholeRegions returns the bytes of the regions that n pages fill.
func wholeRegions(n uint32) uintptr {
	return (uintptr(n)*pageBytes + regionBytes - 1) &^ (regionBytes - 1)
}

// accessible is the end of the bytes that were made accessible. It is ahead of
// the top of the page heap when the preparer was early.
var accessible struct {
	mu  sync.Mutex // taken with or without the page heap's, never around it
	end uintptr
}

// ensureAccessible makes the bytes from start to end accessible unless they
// are.
func ensureAccessible(start, end uintptr) bool {
	if end > spaceBytes {
		return false
	}
	accessible.mu.Lock()
	defer accessible.mu.Unlock()
	if start = max(start, accessible.end); start >= end {
		return true
	}
	if !makeAccessible(start, end) {
		return false
	}
	accessible.end = end
	return true
}

// makeAccessible makes the bytes of the space from start to end accessible, and the
// side tables that describe them. accessible.mu is held.
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
