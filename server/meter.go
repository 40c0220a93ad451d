package server

import (
	"basalt/command"
	"basalt/internal/invariants"
	"basalt/internal/ticks"
)

// gatherMax is how many commands share a reading of the tick counter, which costs
// as much as the rest of what is noted of a command. Together they take about a
// microsecond, less than what Redis's clock tells apart.
const gatherMax = 8

// gatherLimit is the least time in ns to be found slow at which they do: all of
// them together must be far from it.
const gatherLimit = 100_000

// meter is where the executor counts what the commands of a batch take. Mostly a
// command is of the same row as the one before it, and there is nothing to find.
type meter struct {
	row    *command.Row // nil: none since the batch was bound
	stats  *command.RowStats
	timing *timing
	scale  ticks.Scale
	// gathered is how many commands of the row ran that are counted together
	// with the next one.
	gathered int64
	// limit is the time in ns from which a command of this batch is looked at.
	limit int64
	// bytes is what its commands came in, with those that were queued before.
	bytes int
}

// bindMeter begins to count for a batch.
func (x *executor) bindMeter(b *batch) {
	if invariants.Enabled && x.meter.gathered != 0 {
		panic("BUG: server: commands were not counted")
	}
	x.meter.row, x.meter.scale = nil, ticks.Current()
	x.expectLarge(b.bytesIn)
}

// expectLarge says how many bytes the commands that follow came in: if any of them
// may be large, all are looked at.
func (x *executor) expectLarge(bytes int) {
	x.meter.bytes, x.meter.limit = bytes, x.slowNanos
	if bytes >= x.observer.largeRequest {
		x.meter.limit = 0
	}
}

// meterRow finds where to count another row.
func (x *executor) meterRow(row *command.Row) {
	m := &x.meter
	m.row, m.stats, m.timing = row, &x.stats[row.ID], &x.bound.timing
	m.timing.turn(int32(row.ID))
}

// gather leaves the counting of a brief command to the one behind it, which is
// of the same row and batch, and reports whether it did.
func (x *executor) gather(row *command.Row) bool {
	m, o := &x.meter, &x.observer
	if m.row != row {
		x.meterRow(row)
	}
	if m.gathered == gatherMax-1 || o.left <= 0 || m.limit < gatherLimit || x.ctx.W.Size() >= o.largeReply ||
		len(x.waits.ready) != 0 { // commands of others run next
		return false
	}
	m.gathered++
	o.left--
	if x.ctx.Failed() {
		m.stats.Failed++
	}
	return true
}

// account notes what the command of the context, which just ran, and those that
// were gathered in front of it took since start. It returns the tick of its end.
func (x *executor) account(s *session, start int64) int64 {
	now := ticks.Now()
	m, row := &x.meter, x.ctx.Row
	if s.suspended != nil { // it blocks, and counts when it is done
		s.wait.nanos += m.scale.Nanos(now - start)
		return now
	}
	if m.row != row {
		x.meterRow(row)
	}
	took, n := m.scale.Nanos(now-start), m.gathered+1
	m.timing.now.calls += int32(n)
	if n != 1 {
		m.gathered = 0
		if took < m.limit {
			took /= n
		} else { // one of them held the thread up; it is not told apart which
			m.stats.Add(0, n-1)
			n = 1
		}
	}
	m.stats.Add(took, n)
	if x.ctx.Failed() {
		m.stats.Failed++
	}
	s.LastRow = row
	o := &x.observer
	if o.left--; o.left < 0 || took >= m.limit || x.ctx.W.Size() >= o.largeReply {
		x.look(s, took)
	}
	return now
}
