package command

import (
	"strings"

	"basalt/internal/buckets"
)

// cmdLatencyHistogram replies with the distribution of each command's times:
// how many calls took up to 1, 2, 4, ... microseconds, cumulated. A container
// stands for its subcommands.
func cmdLatencyHistogram(c *Context) {
	var rows []*Row
	add := func(r *Row) {
		if c.Host.Config().LatencyTracking && c.Host.RowStats(r.ID).Calls > 0 {
			rows = append(rows, r)
		}
	}
	if len(c.Args) == 2 {
		c.Host.Table().each(add)
	}
	for _, arg := range c.Args[2:] {
		container, sub, isSub := strings.Cut(string(arg), "|")
		r := c.Host.Table().Lookup([]byte(container))
		if r != nil && isSub {
			r = r.Sub([]byte(sub))
		}
		if r == nil {
			continue
		}
		add(r)
		for _, one := range r.Subs() {
			add(one)
		}
	}
	c.W.Map(len(rows))
	for _, r := range rows {
		c.W.BulkString(r.FullName)
		c.histogram(c.Host.RowStats(r.ID))
	}
}

const (
	// histogramFrom is the end in ns of the first bucket that LATENCY HISTOGRAM
	// shows: all calls up to about a microsecond.
	histogramFrom = 1 << 10
	// histogramTo is that of the last; what took longer than half a second counts
	// there.
	histogramTo = 1 << 30
)

// histogram replies with the cumulated calls at each bound below which some
// stayed. The bounds are powers of two of ns, shown as Redis shows them: as the
// largest value that its histogram of 7 significant bits cannot tell from them,
// in microseconds.
func (c *Context) histogram(s *RowStats) {
	type step struct{ micros, calls int64 }
	var room [buckets.LastOctave]step
	steps := room[:0]
	shown := int64(0)
	s.Times.Octaves(func(end, below int64) {
		if below == shown || end < histogramFrom || end >= histogramTo {
			return
		}
		steps = append(steps, step{(end + end/128 - 1) / 1000, below})
		shown = below
	})
	if s.Calls > shown {
		steps = append(steps, step{(histogramTo - 1) / 1000, s.Calls})
	}
	c.W.Map(2)
	c.W.BulkString("calls")
	c.W.Int(s.Calls)
	c.W.BulkString("histogram_usec")
	c.W.Map(len(steps))
	for _, st := range steps {
		c.W.Int(st.micros)
		c.W.Int(st.calls)
	}
}
