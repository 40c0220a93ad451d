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

// Add counts a call that took nanos.
func (s *RowStats) Add(nanos int64, failed bool) {
	s.Calls++
	s.Nanos += nanos
	if failed {
		s.Failed++
	}
	s.Times.Add(nanos)
}

// each calls f for all rows, containers before their subcommands.
func (t *Table) each(f func(*Row)) {
	for id := range t.IDs() {
		f(t.ByID(id))
	}
}
