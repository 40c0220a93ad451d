package command

import "basalt/internal/buckets"

// RowStats counts the calls of one row. The executor alone touches it.
type RowStats struct {
	Calls    int64
	Nanos    int64 // time spent in calls
	Rejected int64 // refused before the handler ran
	Failed   int64 // calls that replied with an error
	// Times counts calls by how long they took.
	Times buckets.Counts
}

// Add counts n calls that took nanos each.
func (s *RowStats) Add(nanos, n int64) {
	s.Calls += n
	s.Nanos += nanos * n
	s.Times[buckets.Index(nanos)] += n
}

// each calls f for all rows, containers before their subcommands.
func (t *Table) each(f func(*Row)) {
	for id := range t.IDs() {
		f(t.ByID(id))
	}
}
