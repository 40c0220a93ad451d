package server

import (
	"basalt/internal/buckets"
	"basalt/internal/ticks"
	"basalt/metrics"
)

// timing is what a batch notes of its way, in ticks. Waiting and writing are
// properties of a batch, not of a command: so its reactor measures them once, and
// counts them for the rows whose commands it brought.
type timing struct {
	arrived int64 // as far as is known; 0: not timed
	begun   int64 // its first command ran
	ended   int64 // its last one was done
	// held says that a client waited in between because it asked to, or that
	// nobody wants to know.
	held bool
	// now is the row whose commands run, rows those before.
	now  rowCalls
	rows []rowCalls
}

// rowCalls is how many commands of a batch had a row.
type rowCalls struct {
	id, calls int32
}

// turn begins to count for another row, if it is another.
func (t *timing) turn(id int32) {
	if t.now.id == id {
		return
	}
	if t.now.calls != 0 {
		t.rows = append(t.rows, t.now)
	}
	t.now = rowCalls{id: id}
	for i := range t.rows {
		if t.rows[i].id == id {
			last := len(t.rows) - 1
			t.now = t.rows[i]
			t.rows[i] = t.rows[last]
			t.rows = t.rows[:last]
			return
		}
	}
}

func (t *timing) reset() {
	*t = timing{rows: t.rows[:0]}
}

// rowTimes is what a reactor has counted for one row; changed since it was shown.
type rowTimes struct {
	wait, write, total buckets.Sum
	changed            bool
}

// timed counts what a batch took whose replies the socket has all taken.
func (r *reactor) timed(b *batch) {
	t := &b.timing
	if t.arrived == 0 || t.held || t.now.calls == 0 {
		return
	}
	written := ticks.Now()
	wait, write := ticks.Nanos(t.begun-t.arrived), ticks.Nanos(written-t.ended)
	total := ticks.Nanos(written - t.arrived)
	r.timedRow(t.now, wait, write, total)
	for _, row := range t.rows {
		r.timedRow(row, wait, write, total)
	}
}

func (r *reactor) timedRow(row rowCalls, wait, write, total int64) {
	times := r.times[row.id]
	if times == nil {
		times = &rowTimes{}
		r.times[row.id] = times
	}
	n := int64(row.calls)
	times.wait.Add(wait, n)
	times.write.Add(write, n)
	times.total.Add(total, n)
	times.changed = true
}

// showTimes lets others see what was counted. It is called about once a second.
func (r *reactor) showTimes() {
	for id, times := range r.times {
		if times == nil || !times.changed {
			continue
		}
		times.changed = false
		shown := r.timings[id].Load()
		if shown == nil {
			shown = &metrics.Timings{}
			r.timings[id].Store(shown)
		}
		shown.Wait.Set(&times.wait)
		shown.Write.Set(&times.write)
		shown.Total.Set(&times.total)
	}
}

// resetTimes is CONFIG RESETSTAT.
func (r *reactor) resetTimes() {
	for _, times := range r.times {
		if times != nil {
			*times = rowTimes{changed: true}
		}
	}
	r.showTimes()
}
