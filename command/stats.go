package command

import "math/bits"

// RowStats counts the calls of one row. The executor alone touches it.
type RowStats struct {
	Calls    int64
	Nanos    int64 // time spent in calls
	Rejected int64 // refused before the handler ran
	Failed   int64 // calls that replied with an error
	// Buckets counts calls by time: Buckets[i] those of [2^(i-1), 2^i) ns, the
	// last one all that took longer.
	Buckets [LatencyBuckets]int64
}

// LatencyBuckets is the number of powers of two of RowStats.Buckets; the last
// full one ends at about a second.
const LatencyBuckets = 32

// Add counts a call that took nanos.
func (s *RowStats) Add(nanos int64, failed bool) {
	s.Calls++
	s.Nanos += nanos
	if failed {
		s.Failed++
	}
	s.Buckets[min(bits.Len64(uint64(nanos)), LatencyBuckets-1)]++
}

// Percentile returns the time in ns below which p percent of the calls stayed,
// interpolated within a power of two; 0 without calls.
func (s *RowStats) Percentile(p float64) float64 {
	rank := p / 100 * float64(s.Calls)
	seen := 0.0
	for i, n := range s.Buckets {
		if n == 0 {
			continue
		}
		if seen+float64(n) >= rank {
			if i == 0 {
				return 0
			}
			low := float64(uint64(1) << (i - 1))
			return low + low*(rank-seen)/float64(n)
		}
		seen += float64(n)
	}
	return 0
}

// each calls f for all rows, containers before their subcommands.
func (t *Table) each(f func(*Row)) {
	for id := range t.IDs() {
		f(t.ByID(id))
	}
}
