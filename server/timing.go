package server

import (
	"basalt/internal/ticks"
	"basalt/metrics"
)

// timing is what a batch notes of its way, in ticks. Waiting and writing are
// properties of a batch, not of a command: so its reactor measures them once, and
// counts them for the rows whose commands it brought.
type timing struct {
	arrived int64 // the reactor found the bytes; 0: not timed
	begun   int64 // its first command ran
	ended   int64 // its last one was done
	// held says that a client waited in between because it asked to, or that
	// nobody wants to know.
	held bool
	rows []rowCalls
}

// rowCalls is how many commands of a batch had a row.
type rowCalls struct {
	id, calls int32
}

// count notes a command. Of rows that take turns the last two are at hand.
func (t *timing) count(id int32) {
	if n := len(t.rows); n != 0 && t.rows[n-1].id == id {
		t.rows[n-1].calls++
		return
	}
	t.countOther(id)
}

func (t *timing) countOther(id int32) {
	last := len(t.rows) - 1
	for i := last - 1; i >= 0; i-- {
		if t.rows[i].id == id {
			t.rows[i].calls++
			t.rows[i], t.rows[last] = t.rows[last], t.rows[i]
			return
		}
	}
	t.rows = append(t.rows, rowCalls{id, 1})
}

func (t *timing) reset() {
	*t = timing{rows: t.rows[:0]}
}

// timed counts what a batch took whose replies the socket has all taken.
func (r *reactor) timed(b *batch) {
	t := &b.timing
	if t.arrived == 0 || t.held || len(t.rows) == 0 {
		return
	}
	written := ticks.Now()
	wait, write := ticks.Nanos(t.begun-t.arrived), ticks.Nanos(written-t.ended)
	total := ticks.Nanos(written - t.arrived)
	for _, row := range t.rows {
		counts := r.timings[row.id].Load()
		if counts == nil {
			counts = &metrics.Timings{}
			r.timings[row.id].Store(counts)
		}
		n := int64(row.calls)
		counts.Wait.Add(wait, n)
		counts.Write.Add(write, n)
		counts.Total.Add(total, n)
	}
}
