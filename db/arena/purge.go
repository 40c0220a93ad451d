package arena

import (
	"math/bits"
	"time"
	"unsafe"

	"basalt/internal/invariants"
)

// decayWindow is how long memory has to lie unused before Purge gives it
// back: long enough that deleting and setting the same values does not fault
// pages in again and again.
const decayWindow = time.Second

// Giving back a huge page takes about 7 µs, giving back as much in small
// pages 20 times that, and there is no telling which it is. So a slice is a
// whole region as long as that is quick, and smaller when it was not.
const (
	sliceMax  = regionPages
	sliceMin  = 8 * unitPages
	sliceSlow = 80 * time.Microsecond
	sliceFast = 25 * time.Microsecond
)

// Purge gives memory that nobody used during the last second back to the
// system, for at most about budget, and reports whether it has done what
// there is to do now. It is meant to be called several times a second.
func (a *Arena) Purge(budget time.Duration) (done bool) {
	start := time.Now()
	if start.Sub(a.idleDropped) >= decayWindow {
		a.idleDropped = start
		a.dropIdle()
	}
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
		h.relax()
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
	a.dropIdle()
	heap.mu.Lock()
	heap.ahead.goal = 0
	heap.unprepare()
	heap.mu.Unlock()
	for purgeSome() != 0 {
		if time.Since(start) >= budget {
			return false
		}
	}
	return true
}

// dropIdle gives the slabs that allocations would come from, but that nothing is
// in, back to the page heap. What grows in small steps, as a table at first does,
// leaves one in each class that it went through: 6 MB behind 1,000 keys.
func (a *Arena) dropIdle() {
	if invariants.Enabled {
		a.owner.Assert()
	}
	for c, s := range a.current {
		if s != &noSlab && s.live == 0 {
			a.current[c] = &noSlab
			a.dropSlab(s)
		}
	}
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

// purgeRunAt gives back the first row of resident pages of the free run at
// head, with as many pages around it as its system pages have.
func (h *pageHeap) purgeRunAt(head uint32) int64 {
	r := *runs.at(head)
	end := head + r.pages&^freeRun
	page, n := nextResident(head, end, h.slicePages)
	if n == 0 {
		panic("BUG: arena: dirty run without resident pages")
	}
	first := max(head, page&^(systemPages-1))
	last := min(end, (page+n+systemPages-1)&^(systemPages-1))
	page, n = first, last-first

	dirty := countBits(&resident, page, n)
	h.unlink(head)
	if page > head {
		h.link(head, page-head, 0)
	}
	if end > page+n {
		h.link(page+n, end-(page+n), r.dirty-dirty)
	}
	h.handOut(page, n, dirty, false)
	h.purgeUnlocked(page, n)
	h.give(page, n, 0)
	return int64(dirty)
}

// purgeUnits gives back the first row of free units of region i that are
// resident. It splits the huge page behind them, which is why whole runs come
// first; a kernel that joins the rest again makes the units resident unseen.
func (h *pageHeap) purgeUnits(i uint32) int64 {
	r := regions.at(i)
	first := bits.TrailingZeros32(r.dirty)
	n := min(bits.TrailingZeros32(^(r.dirty >> first)), int(h.slicePages/unitPages))
	mask := uint32(1<<n-1) << first
	h.setUnits(i, r.free&^mask, r.dirty&^mask)
	h.addDirty(-int64(n) * unitPages)
	h.freeUnits -= int64(n)
	unit := i*regionUnits + uint32(first)
	h.purgeUnlocked(unit*unitPages, uint32(n)*unitPages)
	h.giveUnits(unit, n, false)
	return int64(n) * unitPages
}

// purgeUnlocked gives back the memory of n pages that are out of the heap and
// lie in one region. mu is held before and after.
func (h *pageHeap) purgeUnlocked(page, n uint32) {
	h.mu.Unlock()
	start := time.Now()
	first := (page + systemPages - 1) &^ (systemPages - 1)
	if last := (page + n) &^ (systemPages - 1); first < last {
		// A refusal leaves the pages resident, and so does a system page that
		// is partly in use. Trying again would not help, so they count as
		// given back.
		_ = purge(unsafe.Slice((*byte)(pageAddress(first)), (last-first)*pageBytes))
	}
	took := time.Since(start)
	h.mu.Lock()
	if took > sliceSlow {
		h.slicePages = max(h.slicePages/2, sliceMin)
	} else if took < sliceFast {
		h.slicePages = min(h.slicePages*2, sliceMax)
	}
	clearResident(page, n)
	h.surplus -= int64(n)
}
