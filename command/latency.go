package command

import (
	"maps"
	"slices"
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

// Latest calls f for every event with the Unix time in seconds of its last
// spike and how long that took, in ms. The order is not defined.
func (l *LatencyMonitor) Latest(f func(event string, unixS, millis int64)) {
	for name, e := range l.events {
		last := e.samples[len(e.samples)-1]
		f(name, last.unixS, last.millis)
	}
}

// names are the events that were sampled, sorted.
func (l *LatencyMonitor) names() []string { return slices.Sorted(maps.Keys(l.events)) }

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
