package metrics

import (
	"sync/atomic"

	"basalt/internal/buckets"
)

// Timings is how long the commands of one row took on one reactor, beside their
// execution: Wait from the moment the reactor found their bytes until the first
// command of their batch ran, Write from the end of its last one until the socket
// had taken all replies, Total both and what lies between. Commands that are read
// together are written together, so these are times of batches, counted once for
// each command in them. The reactor adds, any thread reads.
type Timings struct {
	Wait, Write, Total buckets.Shared
}

// TimingTable is the Timings of one reactor by Command.ID; nil where it has
// counted nothing. The reactor sets them, any thread reads.
type TimingTable []atomic.Pointer[Timings]

// Distribution is a histogram with the sum of what it counted.
type Distribution struct {
	Counts buckets.Counts
	Nanos  int64
}

// Phases is the distributions of a command, all reactors together: of the time in
// the ring, of execution, of writing, and of all from socket to socket.
type Phases struct {
	Wait, Execute, Write, Total Distribution
}

// Phases fills in those of a command. It may be called from any thread that may
// read s.
func (s *Snapshot) Phases(c *Command, p *Phases) {
	*p = Phases{Execute: Distribution{c.Times, c.Nanos}}
	for _, table := range s.Timings {
		if c.ID >= len(table) {
			continue
		}
		if t := table[c.ID].Load(); t != nil {
			p.Wait.Nanos += t.Wait.AddTo(&p.Wait.Counts)
			p.Write.Nanos += t.Write.AddTo(&p.Write.Counts)
			p.Total.Nanos += t.Total.AddTo(&p.Total.Counts)
		}
	}
}

// phasesOf returns those of a command in a place of the view's, good until the next
// call: they are too large to be made anew for each.
func (v *view) phasesOf(c *Command) *Phases {
	v.Phases(c, &v.phases)
	return &v.phases
}
