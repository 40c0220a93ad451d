package arena

import "math/bits"

// The resident table has a bit for every page: set when the page may hold
// memory. The touched table sums it up: a bit for every region, set when any
// of its pages is resident, so that a search skips what was given back at
// 128 MiB a word.

// eachWord calls f with every word of t that holds bits of [i, i+n), and the
// mask of those bits.
func eachWord(t *table[uint64], i, n uint32, f func(word *uint64, mask uint64)) {
	for end := i + n; i < end; {
		from := i % 64
		to := min(64, from+end-i)
		f(t.at(i/64), ^uint64(0)>>(64-(to-from))<<from)
		i += to - from
	}
}

func setBits(t *table[uint64], i, n uint32) {
	eachWord(t, i, n, func(w *uint64, mask uint64) { *w |= mask })
}

func clearBits(t *table[uint64], i, n uint32) {
	eachWord(t, i, n, func(w *uint64, mask uint64) { *w &^= mask })
}

func countBits(t *table[uint64], i, n uint32) uint32 {
	count := 0
	eachWord(t, i, n, func(w *uint64, mask uint64) { count += bits.OnesCount64(*w & mask) })
	return uint32(count)
}

// nextBit returns the first bit of t set in [i, end), or end.
func nextBit(t *table[uint64], i, end uint32) uint32 {
	for i < end {
		if w := *t.at(i / 64) >> (i % 64); w != 0 {
			return min(end, i+uint32(bits.TrailingZeros64(w)))
		}
		i = i&^63 + 64
	}
	return end
}

func setResident(page, n uint32) {
	setBits(&resident, page, n)
	first, last := page/regionPages, (page+n-1)/regionPages
	setBits(&touched, first, last-first+1)
}

// clearResident marks pages of one region as given back.
func clearResident(page, n uint32) {
	clearBits(&resident, page, n)
	region := page / regionPages
	first := region * regionPages
	if nextBit(&resident, first, first+regionPages) == first+regionPages {
		clearBits(&touched, region, 1)
	}
}

// countResident counts the resident ones of n pages that belong to a run of
// length pages of which dirty are resident: all or none needs no counting.
func countResident(page, n, dirty, length uint32) uint32 {
	switch dirty {
	case 0:
		return 0
	case length:
		return n
	}
	return countBits(&resident, page, n)
}

// nextResident returns the first row of resident pages in [page, end), or n of
// 0. The row ends where a multiple of most pages does, so that giving it back
// takes a bounded time and splits no huge page when most is a region.
func nextResident(page, end, most uint32) (first, n uint32) {
	for page < end {
		region := nextBit(&touched, page/regionPages, (end+regionPages-1)/regionPages)
		page = max(page, region*regionPages)
		regionEnd := min(end, (region+1)*regionPages)
		if first = nextBit(&resident, page, regionEnd); first < regionEnd {
			rowEnd := min(end, first&^(most-1)+most)
			for n = 1; first+n < rowEnd && *resident.at((first + n) / 64)>>((first+n)%64)&1 != 0; n++ {
			}
			return first, n
		}
		page = regionEnd
	}
	return 0, 0
}
