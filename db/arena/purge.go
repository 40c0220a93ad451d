package arena

import (
	"math/bits"
	"time"
	"unsafe"
)

// decayWindow is how long memory has to lie unused before Purge gives it
// back: long enough that deleting and setting the same values does not fault
// pages in again and again.
const decayWindow = time.Second

// Purge gives memory that nobody used during the last second back to the
// system, for at most about budget, and reports whether it has done what
// there is to do now. It is meant to be called several times a second.
func (a *Arena) Purge(budget time.Duration) (done bool) {
	start := time.Now()
	for more := heap.nextWindow(start); more; {
		more = purgeSome() != 0 && heap.surplusLeft()
		if more && time.Since(start) >= budget {
			return false
		}
	}
	return true
}

// nextWindow starts a decay window if the last one is over: what was free all
// through it is surplus. It reports whether there is any to purge.
func (h *pageHeap) nextWindow(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(h.windowStart) >= decayWindow {
		h.windowStart = now
		h.surplus = h.dirtyLow
		h.dirtyLow = h.dirty
	}
	return h.surplus > 0
}

func (h *pageHeap) surplusLeft() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.surplus > 0
}

// PurgeAll is Purge for all memory that is not in use, however recently it
// was.
func (a *Arena) PurgeAll(budget time.Duration) (done bool) {
	start := time.Now()
	for c, s := range a.current {
		if s != &noSlab && s.live == 0 {
			a.current[c] = &noSlab
			a.dropSlab(s)
		}
	}
	for purgeSome() != 0 {
		if time.Since(start) >= budget {
			return false
		}
	}
	return true
}

// purgeSome gives back at most a region's worth of pages, whole runs before
// the units of regions that are partly in use, and returns how many. The
// pages are taken out of the heap for the time of the call, so that the mutex
// is not held over it.
func purgeSome() (pages int64) {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	for b := numBins - 1; b > 0; b-- {
		if r := heap.bins[b].first; r != 0 && runs.at(r).dirty > 0 {
			return heap.purgeRunAt(r)
		}
	}
	if r := heap.dirtyUnits; r != 0 {
		return heap.purgeUnits(r)
	}
	return 0
}

func (h *pageHeap) purgeRunAt(r uint32) int64 {
	from := r
	if h.purgeRun == r {
		from = h.purgeFrom
	}
	page, n := nextResident(from, r+runs.at(r).pages&^freeRun)
	if n == 0 {
		panic("BUG: arena: dirty run without resident pages")
	}
	h.carve(r, page, n, false)
	h.purgeRun = r
	h.purgeUnlocked(page, n)
	// link forgets purgeRun when it makes a free run that starts there, as
	// give may do now; if another thread did meanwhile, it has to stay so.
	same := h.purgeRun == r
	h.give(page, n, 0)
	if same {
		h.purgeRun, h.purgeFrom = r, page+n
	}
	return int64(n)
}

func (h *pageHeap) purgeUnits(i uint32) int64 {
	r := regions.at(i)
	first := bits.TrailingZeros32(r.dirty)
	n := bits.TrailingZeros32(^(r.dirty >> first))
	mask := uint32(1<<n-1) << first
	h.setUnits(i, r.free&^mask, r.dirty&^mask)
	h.addDirty(-int64(n) * unitPages)
	h.freeUnits -= int64(n)
	unit := i*regionUnits + uint32(first)
	h.purgeUnlocked(unit*unitPages, uint32(n)*unitPages)
	h.giveUnits(unit, n, false)
	return int64(n) * unitPages
}

// purgeUnlocked gives back the memory of pages that are out of the heap.
func (h *pageHeap) purgeUnlocked(page, n uint32) {
	h.mu.Unlock()
	// A refusal leaves the pages resident; they are counted as given back,
	// because trying again would not help.
	_ = purge(unsafe.Slice((*byte)(pageAddress(page)), n*pageBytes))
	h.mu.Lock()
	clearResident(page, n)
	h.surplus -= int64(n)
}
