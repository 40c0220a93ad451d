package server

import (
	"basalt/command"
	"basalt/internal/ticks"
)

// meter is where the executor counts what the commands of a batch take. Mostly a
// command is of the same row as the one before it, and there is nothing to find.
type meter struct {
	row    *command.Row // nil: none since the batch was bound
	stats  *command.RowStats
	timing *timing
	scale  ticks.Scale
	// limit is the time in ns from which a command of this batch is looked at.
	limit int64
	// bytes is what its commands came in, with those that were queued before.
	bytes int
}

// bindMeter begins to count for a batch.
func (x *executor) bindMeter(b *batch) {
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

// account notes what the command of the context, which just ran, took since
// start. It returns the tick of its end.
func (x *executor) account(s *session, start int64) int64 {
	now := ticks.Now()
	if s.suspended != nil {
		return now // it blocks, and counts when it is done
	}
	m, row := &x.meter, x.ctx.Row
	if m.row != row {
		x.meterRow(row)
	}
	took := m.scale.Nanos(now - start)
	m.stats.Add(took, x.ctx.Failed())
	m.timing.now.calls++
	s.LastRow = row
	o := &x.observer
	if o.left--; o.left < 0 || took >= m.limit || x.ctx.W.Size() >= o.largeReply {
		x.look(s, took)
	}
	return now
}
