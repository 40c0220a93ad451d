package metrics

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
		distribution: func(v *view, add func(*distribution)) {
			v.eachCalled(func(c *Command) {
				add(v.distribution(c.Name).times(&v.phasesOf(c).Total))
			})
		},
	},
	{
		name: "basalt_command_phase_seconds", kind: histogram, labels: []string{"cmd", "phase"},
		help: "The same, split into waiting in the ring, executing and writing.",
		distribution: func(v *view, add func(*distribution)) {
			v.eachCalled(func(c *Command) {
				p := v.phasesOf(c)
				add(v.distribution(c.Name, "execute").times(&p.Execute))
				add(v.distribution(c.Name, "wait").times(&p.Wait))
				add(v.distribution(c.Name, "write").times(&p.Write))
			})
		},
	},
}
