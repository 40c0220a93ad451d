package command

import "strings"

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
	// histogramFrom is the first bucket that LATENCY HISTOGRAM shows: all calls
	// up to about a microsecond.
	histogramFrom = 10
	// histogramTo is the last; what took longer than half a second counts there.
	histogramTo = 30
)

// histogram replies with the cumulated calls at each bound below which some
// stayed. The bounds are powers of two of ns, shown as Redis shows them: as the
// largest value that its histogram of 7 significant bits cannot tell from them,
// in microseconds.
func (c *Context) histogram(s *RowStats) {
	type step struct{ micros, calls int64 }
	var room [histogramTo + 1]step
	steps := room[:0]
	seen, shown := int64(0), int64(0)
	for i, n := range s.Buckets {
		seen += n
		last := i == len(s.Buckets)-1
		if seen == shown || i < histogramFrom || i >= histogramTo && !last {
			continue
		}
		bound := int64(1) << min(i, histogramTo)
		if i < histogramTo {
			bound += bound / 128
		}
		steps = append(steps, step{(bound - 1) / 1000, seen})
		shown = seen
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
