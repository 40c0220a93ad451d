package arena

import (
	"fmt"
	"math/bits"
	"unsafe"

	"basalt/internal/invariants"
)

// checkInvariants walks the whole heap and every slab of the arena and stops
// at anything that does not agree. No other thread may use the heap.
func (a *Arena) checkInvariants() {
	heap.mu.Lock()
	defer heap.mu.Unlock()
	heap.checkRuns()
	heap.checkRegions()
	a.checkSlabs()
}

func must(cond bool, format string, args ...any) {
	if !cond {
		panic("BUG: arena: " + fmt.Sprintf(format, args...))
	}
}

// checkRuns walks the space from run to run, then the bins.
func (h *pageHeap) checkRuns() {
	var used, dirty int64
	free := map[uint32]bool{}
	for page := uint32(unitPages); page < h.top; {
		r := runs.at(page)
		n := r.pages &^ freeRun
		must(n > 0 && page+n <= h.top, "run of %d pages at %d", n, page)
		if r.pages&freeRun == 0 {
			used += int64(n)
		} else {
			must(runs.at(page+n-1).pages == r.pages, "free run at %d: ends differ", page)
			must(runs.at(page-1).pages&freeRun == 0, "free run at %d not joined", page)
			must(countBits(&resident, page, n) == r.dirty, "free run at %d: dirty %d", page, r.dirty)
			dirty += int64(r.dirty)
			free[page] = true
		}
		page += n
	}
	for i := range h.top / regionPages {
		n := countBits(&resident, i*regionPages, regionPages)
		must((n > 0) == (*touched.at(i / 64)>>(i%64)&1 != 0), "region %d: touched", i)
	}
	must(used == h.used, "%d pages used, counted %d", used, h.used)
	for b, ends := range h.bins {
		must((ends.first != 0) == (h.filled[b/64]>>(b%64)&1 != 0), "bin %d: bit", b)
		prev, clean := uint32(0), false
		for page := ends.first; page != 0; page = runs.at(page).next {
			r := runs.at(page)
			must(free[page] && r.prev == prev && binOf(r.pages&^freeRun) == b, "bin %d: run at %d", b, page)
			must(!clean || r.dirty == 0, "bin %d: dirty run behind a clean one", b)
			clean = r.dirty == 0
			prev = page
			delete(free, page)
		}
		must(ends.last == prev, "bin %d: last", b)
	}
	must(len(free) == 0, "%d free runs in no bin", len(free))
	for i := h.dirtyUnits; i != 0; i = regions.at(i).dirtyNext {
		dirty += int64(bits.OnesCount32(regions.at(i).dirty)) * unitPages
	}
	must(dirty == h.dirty, "%d pages dirty, counted %d", dirty, h.dirty)
}

// checkRegions walks the lists of regions.
func (h *pageHeap) checkRegions() {
	var units int64
	for row, first := range h.fits {
		must((first != 0) == (h.fitsFilled>>row&1 != 0), "regions with %d units: bit", row)
		prev := uint32(0)
		for i := first; i != 0; i = regions.at(i).next {
			r := regions.at(i)
			must(r.prev == prev && longestRow(r.free) == row, "region %d in list %d", i, row)
			must(r.dirty&^r.free == 0, "region %d: dirty units in use", i)
			must(runs.at(i*regionPages).pages == regionPages, "region %d: no run", i)
			units += int64(bits.OnesCount32(r.free))
			for u := range uint32(regionUnits) {
				n := countBits(&resident, i*regionPages+u*unitPages, unitPages)
				want := uint32(unitPages)
				if (r.free&^r.dirty)>>u&1 != 0 {
					want = 0
				}
				must(n == want, "region %d unit %d: %d pages resident, want %d", i, u, n, want)
				must(r.free>>u&1 == 0 || slabs.at(i*regionUnits+u).state == slabNone, "region %d: free unit %d in a slab", i, u)
			}
			prev = i
		}
	}
	must(units == h.freeUnits, "%d units free, counted %d", units, h.freeUnits)
	prev := uint32(0)
	for i := h.dirtyUnits; i != 0; i = regions.at(i).dirtyNext {
		must(regions.at(i).dirtyPrev == prev && regions.at(i).dirty != 0, "region %d in the dirty list", i)
		prev = i
	}
}

// checkSlabs walks every unit for slabs of the arena, their free chains, and
// the partial lists.
func (a *Arena) checkSlabs() {
	var count, bytes, used int64
	partial := 0
	for u := uint32(1); u < heap.top/unitPages; u++ {
		s := slabs.at(u)
		if s.state == slabNone || s.arena != a.number {
			continue
		}
		a.checkSlab(u, s)
		count++
		bytes += int64(s.units) * unitBytes
		used += int64(s.live) * int64(s.size)
		if s.state == slabPartial {
			partial++
		}
	}
	must(count == a.slabs && bytes == a.slabBytes, "%d slabs of %d bytes, counted %d of %d", count, bytes, a.slabs, a.slabBytes)
	must(used+a.large == a.Used(), "%d bytes used, counted %d", used+a.large, a.Used())
	for c := range a.partial {
		prev := uint32(0)
		for u := a.partial[c]; u != 0; u = slabs.at(u).next {
			s := slabs.at(u)
			must(s.state == slabPartial && int(s.class) == c && s.prev == prev, "class %d: partial slab %d", c, u)
			prev = u
			partial--
		}
	}
	must(partial == 0, "%d partial slabs in no list", partial)
}

func (a *Arena) checkSlab(u uint32, s *slab) {
	must(s.unit() == u && s.back == 0 && s.size == classSizes[s.class], "slab %d: header", u)
	for i := uint32(1); i < uint32(s.units); i++ {
		must(slabs.at(u+i).back == uint8(i) && slabs.at(u+i).class == noClass, "slab %d: unit %d", u, i)
	}
	free := uint32(0)
	for link := s.free; link != 0; free++ {
		must((link-1)%s.size == 0 && link <= s.bump, "slab %d: link %d", u, link)
		must(free <= s.capacity, "slab %d: free chain is a ring", u)
		link = *(*uint32)(unsafe.Add(s.start, link-1))
	}
	must(s.live+free == s.bump/s.size, "slab %d: %d live and %d free of %d", u, s.live, free, s.bump/s.size)
	switch s.state {
	case slabCurrent:
		must(a.current[s.class] == s, "slab %d: not current", u)
	case slabFull:
		must(s.live == s.capacity, "slab %d: not full", u)
	case slabLeaving:
		must(a.compact != nil && s.live > 0, "slab %d: is to be left and not", u)
	case slabPartial:
		must(s.live > 0 && s.live < s.capacity && s.bump == s.end, "slab %d: not partial", u)
	}
	if invariants.Enabled {
		live := uint32(0)
		for off := uint32(0); off < s.bump; off += s.size {
			if w, mask := startBit(unsafe.Add(s.start, off)); *w&mask != 0 {
				live++
			}
		}
		must(live == s.live, "slab %d: %d starts, %d live", u, live, s.live)
	}
}
