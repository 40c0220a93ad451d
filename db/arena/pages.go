package arena

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// pageHeap hands out runs of pages. Free runs that touch are joined at once;
// their descriptors at both ends say so (boundary tags). Free runs stand in
// bins by length, exact below 64 pages and eight to a doubling above, so an
// allocation looks at a bounded number of runs: a few in the bin of its own
// length, then the first of the next bin that has any.
//
// A page is resident when it may hold memory: it was handed out since it was
// made or last purged. Runs with resident pages stand at the front of their
// bin, so that they are used again before untouched ones and Purge finds them.
//
// All of it is guarded by mu. Arenas come here for slabs and large blocks
// only, other threads for blobs.
type pageHeap struct {
	mu sync.Mutex

	top       uint32 // first page that was never accessible
	bins      [numBins]binEnds
	filled    [(numBins + 63) / 64]uint64 // bit set: bin has runs
	used      int64                       // pages in runs handed out, regions included
	dirty     int64                       // free pages and pages of free units that are resident
	dirtyLow  int64                       // least of dirty since the decay window began
	freeUnits int64                       // units of regions that are free

	windowStart time.Time // of the decay window
	surplus     int64     // resident pages that were free all through the last one, still to be purged
	slicePages  uint32    // most pages purged at a time, a power of two

	fits       [regionUnits + 1]uint32 // regions by longest row of free units
	fitsFilled uint64                  // bit set: list of that length has regions
	dirtyUnits uint32                  // regions with free units that are resident

	ahead preparer

	blobs atomic.Int64 // bytes of blobs no arena accounts for: not adopted, or freed while pinned
}

// run describes a run of pages, at its first and its last page. The
// descriptors between are stale.
type run struct {
	pages uint32 // length; freeRun is set in both ends of a free one
	next  uint32 // neighbours in the bin; 0 is none, page 0 is never handed out
	prev  uint32
	dirty uint32 // resident pages, if free
}

type binEnds struct{ first, last uint32 }

const (
	freeRun  = 1 << 31
	exactBin = 64
	numBins  = exactBin + 26*8

	// searchMax bounds the runs looked at in one bin.
	searchMax = 16
)

var heap = pageHeap{top: unitPages, slicePages: sliceMax}

// binOf returns the bin of a run of n pages.
func binOf(n uint32) int {
	if n < exactBin {
		return int(n)
	}
	doubling := bits.Len32(n) - 7
	return exactBin + doubling*8 + int(n>>(doubling+3)&7)
}

// take hands out n pages whose first is a multiple of align. It returns 0
// when the system has no memory. mark says that the caller will touch them
// all; without it they stay as resident as they were. mu is held.
func (h *pageHeap) take(n, align uint32, mark bool) (page uint32, clean bool) {
	head, page := h.find(n, align)
	if mark && n <= preparedRun && !residentAt(head, page, n) {
		if r, p := h.findPrepared(n); r != 0 {
			head, page = r, p
		}
	}
	if head == 0 {
		if !h.grow(n) {
			return 0, false
		}
		if head, page = h.find(n, align); head == 0 {
			panic("BUG: arena: no run after growth")
		}
	}
	return page, h.carve(head, page, n, mark)
}

// find returns a free run and the page in it where n aligned pages start.
func (h *pageHeap) find(n, align uint32) (head, page uint32) {
	for b := h.nextBin(binOf(n)); b >= 0; b = h.nextBin(b + 1) {
		for i, r := 0, h.bins[b].first; r != 0 && i < searchMax; i, r = i+1, runs.at(r).next {
			start := (r + align - 1) &^ (align - 1)
			if start+n <= r+runs.at(r).pages&^freeRun {
				return r, start
			}
		}
	}
	return 0, 0
}

// nextBin returns the first bin from b on that has runs, or -1.
func (h *pageHeap) nextBin(b int) int {
	for w := b / 64; w < len(h.filled); w++ {
		word := h.filled[w]
		if w == b/64 {
			word &= ^uint64(0) << (b % 64)
		}
		if word != 0 {
			return w*64 + bits.TrailingZeros64(word)
		}
	}
	return -1
}

// carve cuts [page, page+n) out of the free run at head and returns the rest
// of it to the bins. It reports whether no page of it was resident.
func (h *pageHeap) carve(head, page, n uint32, mark bool) (clean bool) {
	length, dirty := runs.at(head).pages&^freeRun, runs.at(head).dirty
	h.unlink(head)
	front, back := page-head, head+length-(page+n)
	// The runs are counted as far as n pages and their alignment go, never
	// for the length of what is behind: that may be most of the space.
	frontDirty := countResident(head, front, dirty, length)
	middleDirty := countResident(page, n, dirty, length)
	if front > 0 {
		h.link(head, front, frontDirty)
	}
	if back > 0 {
		h.link(page+n, back, dirty-frontDirty-middleDirty)
	}
	h.handOut(page, n, middleDirty, mark)
	return middleDirty == 0
}

// handOut makes n pages that are in no bin a run in use.
func (h *pageHeap) handOut(page, n, dirty uint32, mark bool) {
	*runs.at(page + n - 1) = run{}
	*runs.at(page) = run{pages: n}
	h.used += int64(n)
	if mark {
		setResident(page, n)
	}
	h.addDirty(-int64(dirty))
}

// extend lengthens a run in use by more pages if those behind it are free.
// mu is held.
func (h *pageHeap) extend(page, n, more uint32) bool {
	next := page + n
	if next >= h.top || runs.at(next).pages < more|freeRun {
		return false
	}
	h.carve(next, next, more, true)
	*runs.at(next) = run{}
	runs.at(page).pages = n + more
	return true
}

// release is give for pages that are all resident, by a caller without mu.
func (h *pageHeap) release(page, n uint32) {
	if runs.at(page).pages != n { // the run is the caller's: nobody else writes this
		panic("BUG: arena: pages freed twice or with another size")
	}
	h.mu.Lock()
	h.give(page, n, n)
	h.mu.Unlock()
}

// give takes back n pages handed out together, dirty of which are resident,
// and joins them with the free runs beside them. It returns the first page of
// the run that comes of it. mu is held.
func (h *pageHeap) give(page, n, dirty uint32) (head uint32) {
	*runs.at(page) = run{}
	h.used -= int64(n)
	h.addDirty(int64(dirty))
	if left := runs.at(page - 1).pages; left&freeRun != 0 {
		left &^= freeRun
		dirty += runs.at(page - left).dirty
		h.unlink(page - left)
		page, n = page-left, n+left
	}
	if end := page + n; end < h.top && runs.at(end).pages&freeRun != 0 {
		right := runs.at(end).pages &^ freeRun
		dirty += runs.at(end).dirty
		h.unlink(end)
		n += right
	}
	h.link(page, n, dirty)
	return page
}

// link puts a free run into its bin.
func (h *pageHeap) link(page, n, dirty uint32) {
	b := &h.bins[binOf(n)]
	runs.at(page + n - 1).pages = n | freeRun
	r := runs.at(page)
	*r = run{pages: n | freeRun, dirty: dirty}
	switch {
	case b.first == 0:
		b.first, b.last = page, page
		h.filled[binOf(n)/64] |= 1 << (binOf(n) % 64)
	case dirty > 0:
		r.next = b.first
		runs.at(b.first).prev = page
		b.first = page
	default:
		r.prev = b.last
		runs.at(b.last).next = page
		b.last = page
	}
}

// unlink takes a free run out of its bin and clears its descriptors.
func (h *pageHeap) unlink(page uint32) {
	r := *runs.at(page)
	n := r.pages &^ freeRun
	b := &h.bins[binOf(n)]
	if r.prev != 0 {
		runs.at(r.prev).next = r.next
	} else {
		b.first = r.next
	}
	if r.next != 0 {
		runs.at(r.next).prev = r.prev
	} else {
		b.last = r.prev
	}
	if b.first == 0 {
		h.filled[binOf(n)/64] &^= 1 << (binOf(n) % 64)
	}
	*runs.at(page + n - 1) = run{}
	*runs.at(page) = run{}
}

func (h *pageHeap) addDirty(n int64) {
	h.dirty += n
	h.dirtyLow = min(h.dirtyLow, h.dirty)
}
