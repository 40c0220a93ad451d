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

// Phases returns the distributions of a command, all reactors together: of the
// time in the ring, of execution, of writing, and of all from socket to socket.
// It may be called from any thread that may read s.
func (s *Snapshot) Phases(c *Command) (wait, execute, write, total Distribution) {
	execute = Distribution{c.Times, c.Nanos}
	for _, table := range s.Timings {
		if c.ID >= len(table) {
			continue
		}
		if t := table[c.ID].Load(); t != nil {
			wait.Nanos += t.Wait.AddTo(&wait.Counts)
			write.Nanos += t.Write.AddTo(&write.Counts)
			total.Nanos += t.Total.AddTo(&total.Counts)
		}
	}
	return wait, execute, write, total
}
