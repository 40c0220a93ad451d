package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

const latencyIntro = "From socket to socket: the clock starts when a reactor finds the bytes of a command and stops when the " +
	"socket has taken its reply. `phase` splits that: `wait` until the first command of its batch runs, `execute` the command " +
	"itself, `write` from the end of the batch until the reply is written, waiting for `appendfsync always` included. What is read " +
	"together is one batch, so in a pipeline waiting and writing are those of the whole. Batches in which a client blocked or was " +
	"paused count for `execute` only. All have native histograms beside the classic buckets (schema 2: a bucket is 19 % wider than " +
	"the one before) and follow the directive `latency-tracking`."

var latencyMetrics = []metric{
	{
		name: "basalt_command_latency_seconds", kind: histogram, labels: []string{"cmd"},
		help: "Time from socket to socket by command.",
		distribution: func(v *view, desc *prometheus.Desc, add func(prometheus.Metric)) {
			v.eachPhases(func(c *Command, wait, execute, write, total *Distribution) {
				add(newTimes(desc, total, pairs("cmd", c.Name)))
			})
		},
	},
	{
		name: "basalt_command_phase_seconds", kind: histogram, labels: []string{"cmd", "phase"},
		help: "The same, split into waiting in the ring, executing and writing.",
		distribution: func(v *view, desc *prometheus.Desc, add func(prometheus.Metric)) {
			v.eachPhases(func(c *Command, wait, execute, write, total *Distribution) {
				add(newTimes(desc, execute, pairs("cmd", c.Name, "phase", "execute")))
				add(newTimes(desc, wait, pairs("cmd", c.Name, "phase", "wait")))
				add(newTimes(desc, write, pairs("cmd", c.Name, "phase", "write")))
			})
		},
	},
}

// eachPhases calls f for the commands that were called, with distributions that
// are good until it returns.
func (v *view) eachPhases(f func(c *Command, wait, execute, write, total *Distribution)) {
	if !v.Distributions {
		return
	}
	for i := range v.Commands {
		if c := &v.Commands[i]; c.Calls != 0 {
			wait, execute, write, total := v.Phases(c)
			f(c, &wait, &execute, &write, &total)
		}
	}
}
