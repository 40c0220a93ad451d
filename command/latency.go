package command

import (
	"fmt"
	"sort"
	"strings"
)

// latencySamples is how many spikes of an event are kept.
const latencySamples = 160

// LatencyMonitor keeps, per event, the last times something took longer than
// latency-monitor-threshold.
type LatencyMonitor struct {
	events map[string]*latencyEvent
}

type latencySample struct {
	unixS, millis int64
}

type latencyEvent struct {
	samples []latencySample // oldest first
	worst   int64
}

// Add records that event took millis at the Unix time unixS. Spikes of one
// second count as one, the worst.
func (l *LatencyMonitor) Add(event string, unixS, millis int64) {
	if l.events == nil {
		l.events = map[string]*latencyEvent{}
	}
	e := l.events[event]
	if e == nil {
		e = &latencyEvent{}
		l.events[event] = e
	}
	e.worst = max(e.worst, millis)
	if n := len(e.samples); n > 0 && e.samples[n-1].unixS == unixS {
		e.samples[n-1].millis = max(e.samples[n-1].millis, millis)
		return
	}
	if len(e.samples) == latencySamples {
		copy(e.samples, e.samples[1:])
		e.samples = e.samples[:latencySamples-1]
	}
	e.samples = append(e.samples, latencySample{unixS, millis})
}

// Reset forgets one event and reports whether there was anything.
func (l *LatencyMonitor) Reset(event string) bool {
	_, ok := l.events[event]
	delete(l.events, event)
	return ok
}

func (l *LatencyMonitor) names() []string {
	names := make([]string, 0, len(l.events))
	for name := range l.events {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func cmdLatencyLatest(c *Context) {
	l := c.Host.Latency()
	names := l.names()
	c.W.Array(len(names))
	for _, name := range names {
		e := l.events[name]
		last := e.samples[len(e.samples)-1]
		c.W.Array(4)
		c.W.BulkString(name)
		c.W.Int(last.unixS)
		c.W.Int(last.millis)
		c.W.Int(e.worst)
	}
}

func cmdLatencyHistory(c *Context) {
	e := c.Host.Latency().events[string(c.Args[2])]
	if e == nil {
		c.W.Array(0)
		return
	}
	c.W.Array(len(e.samples))
	for _, s := range e.samples {
		c.W.Array(2)
		c.W.Int(s.unixS)
		c.W.Int(s.millis)
	}
}

func cmdLatencyReset(c *Context) {
	l := c.Host.Latency()
	n := int64(0)
	names := l.names()
	if len(c.Args) > 2 {
		names = names[:0]
		for _, arg := range c.Args[2:] {
			names = append(names, string(arg))
		}
	}
	for _, name := range names {
		if l.Reset(name) {
			n++
		}
	}
	c.W.Int(n)
}

// cmdLatencyGraph draws the samples of an event as columns, the newest to the
// right, with their age below.
func cmdLatencyGraph(c *Context) {
	name := string(c.Args[2])
	e := c.Host.Latency().events[name]
	if e == nil {
		c.Error("ERR No samples available for event '" + name + "'")
		return
	}
	low, high := e.samples[0].millis, e.samples[0].millis
	for _, s := range e.samples {
		low, high = min(low, s.millis), max(high, s.millis)
	}
	var g strings.Builder
	fmt.Fprintf(&g, "%s - high %d ms, low %d ms (all time high %d ms)\n", name, high, low, e.worst)
	g.WriteString(strings.Repeat("-", 80) + "\n")
	const levels = 4
	marks := " _o#"
	for row := levels - 1; row >= 0; row-- {
		for _, s := range e.samples {
			height := levels*3 - 1
			if high > low {
				height = int((s.millis - low) * (levels*3 - 1) / (high - low))
			}
			g.WriteByte(marks[min(max(height-row*3+1, 0), 3)])
		}
		g.WriteByte('\n')
	}
	ages := make([]string, len(e.samples))
	longest := 0
	for i, s := range e.samples {
		ages[i] = age(c.Keys.Now()/1000 - s.unixS)
		longest = max(longest, len(ages[i]))
	}
	for row := range longest {
		for _, a := range ages {
			if row < len(a) {
				g.WriteByte(a[row])
			} else {
				g.WriteByte(' ')
			}
		}
		g.WriteByte('\n')
	}
	c.W.Verbatim("txt", g.String())
}

// age is seconds in the largest unit that fits, such as "5m".
func age(s int64) string {
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm", s/60)
	case s < 86400:
		return fmt.Sprintf("%dh", s/3600)
	default:
		return fmt.Sprintf("%dd", s/86400)
	}
}

// latencyAdvice says, per event, where the time goes and what helps.
var latencyAdvice = map[string]string{
	"command":      "slow commands: see SLOWLOG GET for which, and prefer SCAN to KEYS and small replies to large ones",
	"fast-command": "commands that should be fast were not: look for a busy or overcommitted machine",
	"expire-cycle": "many keys expire together: spread their times to live",
}

func cmdLatencyDoctor(c *Context) {
	l := c.Host.Latency()
	threshold := c.Host.Config().LatencyMonitorThreshold
	var r strings.Builder
	switch {
	case threshold == 0:
		r.WriteString("The latency monitor is off. Turn it on with CONFIG SET latency-monitor-threshold <milliseconds>, " +
			"a value that is too slow for you, and ask again later.\n")
	case len(l.events) == 0:
		fmt.Fprintf(&r, "Nothing took longer than %d ms since the monitor was reset.\n", threshold)
	default:
		for i, name := range l.names() {
			e := l.events[name]
			sum := int64(0)
			for _, s := range e.samples {
				sum += s.millis
			}
			fmt.Fprintf(&r, "%d. %s: %d spikes, %d ms on average, %d ms at worst.\n",
				i+1, name, len(e.samples), sum/int64(len(e.samples)), e.worst)
			if advice := latencyAdvice[name]; advice != "" {
				fmt.Fprintf(&r, "   Advice: %s.\n", advice)
			}
		}
	}
	c.W.Verbatim("txt", r.String())
}

// cmdLatencyHistogram replies with the distribution of each command's times:
// how many calls took up to 1, 2, 4, ... microseconds, cumulated.
func cmdLatencyHistogram(c *Context) {
	var rows []*Row
	if len(c.Args) == 2 {
		c.Host.Table().each(func(r *Row) {
			if c.Host.RowStats(r.ID).Calls > 0 {
				rows = append(rows, r)
			}
		})
	}
	for _, arg := range c.Args[2:] {
		container, sub, _ := strings.Cut(string(arg), "|")
		r := c.Host.Table().Lookup([]byte(container))
		if r != nil && sub != "" {
			r = r.Sub([]byte(sub))
		}
		if r == nil {
			continue
		}
		for _, one := range append([]*Row{r}, r.Subs()...) {
			if c.Host.RowStats(one.ID).Calls > 0 {
				rows = append(rows, one)
			}
		}
	}
	c.W.Map(len(rows))
	for _, r := range rows {
		c.W.BulkString(r.FullName)
		c.histogram(c.Host.RowStats(r.ID))
	}
}

// histogramFrom is the first bucket that LATENCY HISTOGRAM shows: all calls up
// to about a microsecond.
const histogramFrom = 10

func (c *Context) histogram(s *RowStats) {
	c.W.Map(2)
	c.W.BulkString("calls")
	c.W.Int(s.Calls)
	c.W.BulkString("histogram_usec")
	type step struct{ micros, calls int64 }
	var steps []step
	seen := int64(0)
	for i, n := range s.Buckets {
		seen += n
		if seen == 0 || i < histogramFrom || n == 0 && i > histogramFrom {
			continue
		}
		steps = append(steps, step{1 << (i - histogramFrom), seen})
	}
	c.W.Map(len(steps))
	for _, st := range steps {
		c.W.Int(st.micros)
		c.W.Int(st.calls)
	}
}
