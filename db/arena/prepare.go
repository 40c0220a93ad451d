package arena

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// The first touch of a huge page makes the system find and zero 2 MiB, which
// stops the thread that touches it: 100 µs at best, 4 to 11 ms where the
// machine is a virtual one whose own memory has to be found first. So a
// goroutine of its own touches regions before they are needed, and makes more
// of the space accessible. It sleeps while nothing is taken.
//
// A prepared region stands in no bin: it is a run in use that waits in
// pageHeap.prepared. How many there are follows the demand.
const (
	// preparedRest is kept by a server that does not grow, 4 MiB: the first
	// thousands of keys after a silence take two regions in some milliseconds.
	preparedRest = 2
	// preparedMax bounds the memory prepared ahead, to 16 MiB: at 30 regions a
	// second, 500,000 small entries, a quarter of a second ahead. More of it is
	// memory that a short burst pays for and does not use.
	preparedMax = 8
	// briskTake is the time between two takes under which twice as many regions
	// are kept ready: 20 MiB/s.
	briskTake = 100 * time.Millisecond
	// preparedRun is the longest run of pages that is cut from a prepared
	// region, 512 KiB. The rest of the region should not be much of it.
	preparedRun = regionPages / 4
)

// preparer is what the page heap knows of regions prepared ahead. mu is held
// for all of it.
type preparer struct {
	wake     chan struct{} // nil when nobody prepares
	busy     bool          // a wake is being worked off
	prepared [preparedMax]uint32
	count    int // of prepared, by first page
	goal     int // how many there should be; 0 from a full purge to the next take
	taken    int // regions taken since the decay window began
	lastTake time.Time
}

// PrepareAhead starts the goroutine that makes the system provide memory
// before it is needed; it lives as long as the process. Further calls do
// nothing, and neither does the first where there is one processor only:
// whoever prepares would then be waited for.
func PrepareAhead() {
	if runtime.GOMAXPROCS(0) > 1 {
		heap.startPreparer()
	}
}

func (h *pageHeap) startPreparer() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ahead.wake != nil {
		return
	}
	wake := make(chan struct{}, 1)
	h.ahead.wake, h.ahead.goal = wake, preparedRest
	h.ahead.wakeUp()
	go func() {
		for range wake {
			for h.prepareOne() {
			}
		}
	}()
}

// takePrepared returns the first page of a prepared region, a run in use whose
// pages are all resident, or 0. Either way it was needed, and the preparer is
// woken when few are left. mu is held.
func (h *pageHeap) takePrepared() (page uint32) {
	p := &h.ahead
	if p.wake == nil {
		return 0
	}
	now := time.Now()
	p.taken++
	p.goal = max(p.goal, preparedRest)
	if now.Sub(p.lastTake) < briskTake {
		p.goal = min(p.goal*2, preparedMax)
	}
	p.lastTake = now
	if p.count > 0 {
		p.count--
		page = p.prepared[p.count]
	}
	if p.count <= p.goal/2 {
		p.wakeUp()
	}
	return page
}

// wakeUp has the goal worked towards. mu is held.
func (p *preparer) wakeUp() {
	if !p.busy {
		p.busy = true
		p.wake <- struct{}{} // has room: who reads it clears busy afterwards
	}
}

// findPrepared returns a free run whose first n pages are resident, made from a
// prepared region if there is no other, or 0. Asking the bins first matters:
// the rest of a region that went into them should be used up before the next
// one follows. mu is held.
func (h *pageHeap) findPrepared(n uint32) (head, page uint32) {
	if h.ahead.wake == nil {
		return 0, 0
	}
	for b := h.nextBin(binOf(n)); b >= 0; b = h.nextBin(b + 1) {
		r := h.bins[b].first
		for i := 0; i < searchMax && r != 0 && runs.at(r).dirty >= n; i++ {
			if residentAt(r, r, n) {
				return r, r
			}
			r = runs.at(r).next
		}
	}
	if page = h.takePrepared(); page == 0 {
		return 0, 0
	}
	return h.give(page, regionPages, regionPages), page
}

// residentAt reports whether n pages of the free run at head are all resident.
func residentAt(head, page, n uint32) bool {
	if head == 0 {
		return false
	}
	r := runs.at(head)
	return countResident(page, n, r.dirty, r.pages&^freeRun) == n
}

// prepareOne prepares a region if one is wanted, and reports whether to go on.
func (h *pageHeap) prepareOne() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	page := uint32(0)
	if p := &h.ahead; p.count < p.goal {
		page = h.freeRegion()
	}
	if page == 0 || !h.populateUnlocked(page) {
		// What fails is tried again when the next region is taken; who takes it
		// learns whether there is memory.
		h.ahead.busy = false
		return false
	}
	return true
}

// freeRegion takes a region's pages out of the bins, after making more of the
// space accessible if there is none. It returns 0 when the system refuses.
// mu is held, but not while the system works.
func (h *pageHeap) freeRegion() (page uint32) {
	head, page := h.find(regionPages, regionPages)
	if head == 0 {
		start, end := growth(h.top, regionPages)
		h.mu.Unlock()
		ok := ensureAccessible(start, end)
		h.mu.Lock()
		// Others may have grown or freed meanwhile.
		head, page = h.find(regionPages, regionPages)
		if head == 0 && ok && h.grow(regionPages) {
			head, page = h.find(regionPages, regionPages)
		}
		if head == 0 {
			return 0
		}
	}
	h.carve(head, page, regionPages, false)
	return page
}

// populateUnlocked makes the region at page, a run in use, resident and adds it
// to the prepared ones. mu is held before and after.
func (h *pageHeap) populateUnlocked(page uint32) bool {
	if countBits(&resident, page, regionPages) < regionPages {
		h.mu.Unlock()
		b := unsafe.Slice((*byte)(pageAddress(page)), regionBytes)
		ok := populate(b)
		if !ok {
			_ = purge(b) // some of it may have come; what stays is not counted
		}
		h.mu.Lock()
		if !ok {
			clearResident(page, regionPages)
			h.give(page, regionPages, 0)
			return false
		}
		setResident(page, regionPages)
	}
	p := &h.ahead
	if p.count >= p.goal { // it went down meanwhile
		h.give(page, regionPages, regionPages)
		return true
	}
	p.prepared[p.count] = page
	p.count++
	return true
}

// touch writes to every page of b without changing it.
func touch(b []byte) {
	for i := 0; i < len(b); i += pageBytes {
		atomic.AddUint32((*uint32)(unsafe.Pointer(&b[i])), 0)
	}
}

// relax lowers the goal to what was taken in the decay window that ends, but
// not below what is kept at rest, and gives surplus regions back to the bins, where they
// are purged like other free memory. mu is held.
func (h *pageHeap) relax() {
	p := &h.ahead
	p.goal = min(p.goal, max(preparedRest, p.taken))
	p.taken = 0
	h.unprepare()
}

// unprepare gives the prepared regions above the goal back to the bins.
func (h *pageHeap) unprepare() {
	for p := &h.ahead; p.count > p.goal; {
		p.count--
		h.give(p.prepared[p.count], regionPages, regionPages)
	}
}
