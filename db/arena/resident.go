package arena

import "math/bits"

// The resident table has a bit for every page: set when the page may hold
// memory. Ranges are walked a word at a time.

// eachWord calls f with every word of the table that covers [page, page+n)
// and the mask of the bits in it that do.
func eachWord(page, n uint32, f func(word *uint64, mask uint64)) {
	for end := page + n; page < end; {
		from := page % 64
		to := min(64, from+end-page)
		mask := ^uint64(0) >> (64 - (to - from)) << from
		f(resident.at(page/64), mask)
		page += to - from
	}
}

func setResident(page, n uint32) {
	eachWord(page, n, func(w *uint64, mask uint64) { *w |= mask })
}

func clearResident(page, n uint32) {
	eachWord(page, n, func(w *uint64, mask uint64) { *w &^= mask })
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
	count := 0
	eachWord(page, n, func(w *uint64, mask uint64) { count += bits.OnesCount64(*w & mask) })
	return uint32(count)
}

// nextResident returns the first row of resident pages in [page, end), cut
// off at the end of its region so that one row is purged in bounded time.
// n is 0 when there is none.
func nextResident(page, end uint32) (first, n uint32) {
	for page < end {
		w := *resident.at(page / 64) >> (page % 64)
		if w == 0 {
			page = page&^63 + 64
			continue
		}
		page += uint32(bits.TrailingZeros64(w))
		break
	}
	if page >= end {
		return 0, 0
	}
	end = min(end, page&^(regionPages-1)+regionPages)
	for first = page; page < end && *resident.at(page / 64)>>(page%64)&1 != 0; page++ {
	}
	return first, page - first
}
