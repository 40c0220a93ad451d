package table

import (
	"math/bits"
)

// Stats is the state of a table at a moment.
type Stats struct {
	Len      int   // entries
	Buckets  int   // main buckets: 2^Level + Split
	Overflow int   // overflow buckets in use
	Level    int   // rises when the table has doubled
	Split    int   // buckets of this level that are split: progress is Split / 2^Level
	Steps    int64 // splits and merges since Init
	Bytes    int64 // of memory for buckets and directory, as class sizes
	// Rehashing says that Step has work to do: the table has fewer or more
	// buckets than its entries call for.
	Rehashing bool
}

// Stats returns the state of the table. It costs nothing.
func (t *Table) Stats() Stats {
	s := Stats{
		Len:       int(t.count),
		Buckets:   int(t.buckets()),
		Overflow:  int(t.over),
		Split:     int(t.split),
		Steps:     int64(t.steps),
		Bytes:     int64(t.memory()),
		Rehashing: t.pending(),
	}
	if t.page != nil {
		s.Level = bits.Len64(t.mask)
	}
	return s
}

// Chains says how long the chains of a table are.
type Chains struct {
	// ByLength counts main buckets by the overflow buckets behind them.
	ByLength []int
	// ByEntries counts main buckets by the entries that hash to them.
	ByEntries []int
	// HitVisits is the mean number of buckets that finding an entry visits.
	HitVisits float64
	// MissVisits is the same for a hash that has no entry.
	MissVisits float64
}

// Chains walks the whole table, so it takes as long as there are buckets. It
// is for DEBUG HTSTATS and allocates.
func (t *Table) Chains() Chains {
	var c Chains
	visits, misses := 0, 0
	for i := range t.buckets() {
		seg := t.segment(i)
		entries, length := 0, 0
		for b := &seg.main[i%segmentBuckets]; ; b = seg.at(b.next()) {
			n := bits.OnesCount64(b.used())
			entries += n
			visits += n * (length + 1)
			if b.next() == 0 {
				break
			}
			length++
		}
		misses += 16 + length*bits.OnesCount32(seg.main[i%segmentBuckets].link>>16)
		c.ByLength = count(c.ByLength, length)
		c.ByEntries = count(c.ByEntries, entries)
	}
	if t.count > 0 {
		c.HitVisits = float64(visits) / float64(t.count)
		c.MissVisits = float64(misses) / float64(16*t.buckets())
	}
	return c
}

// count adds one to element i of a histogram, making it longer as needed.
func count(histogram []int, i int) []int {
	for len(histogram) <= i {
		histogram = append(histogram, 0)
	}
	histogram[i]++
	return histogram
}
