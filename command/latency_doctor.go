package command

import (
	"fmt"
	"strings"
)

// latencyAdvice says, per event, where the time goes and what helps.
var latencyAdvice = map[string]string{
	"command":      "slow commands: see SLOWLOG GET for which, and prefer SCAN to KEYS and small replies to large ones",
	"fast-command": "commands that should be fast were not: look for a busy or overcommitted machine",
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
