package command

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	graphColumns = 80 // samples side by side
	graphRows    = 4
	graphMarks   = "_o#" // a third, two thirds and all of a row's height
	graphFull    = '|'   // below the top of a column
)

// cmdLatencyGraph draws the samples of an event as columns, the oldest to the
// left, with their ages written downwards below.
func cmdLatencyGraph(c *Context) {
	name := string(c.Args[2])
	e := c.Host.Latency().events[name]
	if e == nil {
		c.Error("ERR No samples available for event '" + untilZero(c.Args[2]) + "'")
		return
	}
	low, high := e.samples[0].millis, e.samples[0].millis
	for _, s := range e.samples {
		low, high = min(low, s.millis), max(high, s.millis)
	}
	var g strings.Builder
	fmt.Fprintf(&g, "%s - high %d ms, low %d ms (all time high %d ms)\n", name, high, low, e.worst)
	g.WriteString(strings.Repeat("-", graphColumns) + "\n")
	now := c.Keys.Now() / 1000
	for samples := e.samples; len(samples) > 0; {
		n := min(len(samples), graphColumns)
		drawColumns(&g, samples[:n], low, high)
		drawAges(&g, samples[:n], now)
		samples = samples[n:]
	}
	c.W.Verbatim("txt", g.String())
}

// drawColumns draws a row of columns between low and high, and a blank line.
func drawColumns(g *strings.Builder, samples []latencySample, low, high int64) {
	const steps = graphRows * len(graphMarks)
	for row := range graphRows {
		for _, s := range samples {
			step := int(min((s.millis-low)*int64(steps)/max(high-low, 1), int64(steps-1)))
			switch mark := step - (graphRows-row-1)*len(graphMarks); {
			case mark < 0:
				g.WriteByte(' ')
			case mark < len(graphMarks):
				g.WriteByte(graphMarks[mark])
			default:
				g.WriteByte(graphFull)
			}
		}
		g.WriteByte('\n')
	}
	g.WriteString(strings.Repeat(" ", len(samples)) + "\n")
}

func drawAges(g *strings.Builder, samples []latencySample, nowS int64) {
	ages, longest := make([]string, len(samples)), 0
	for i, s := range samples {
		ages[i] = age(max(0, nowS-s.unixS)) // the round may have begun before the spike
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
}

// age is seconds in the largest unit that fits, such as "5m".
func age(seconds int64) string {
	switch {
	case seconds < 60:
		return strconv.FormatInt(seconds, 10) + "s"
	case seconds < 3600:
		return strconv.FormatInt(seconds/60, 10) + "m"
	case seconds < 86400:
		return strconv.FormatInt(seconds/3600, 10) + "h"
	}
	return strconv.FormatInt(seconds/86400, 10) + "d"
}
