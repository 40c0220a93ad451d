package metrics

import (
	"strconv"
	"unicode/utf8"
)

const commandIntro = "Only commands that were called or refused have series. `cmd` is the name as in " +
	"`INFO commandstats`, subcommands as `config|set`; there are no more of them than `COMMAND COUNT` and " +
	"their subcommands. The distributions follow the directive `latency-tracking`."

var commandMetrics = []metric{
	{
		name: "redis_commands_processed_total", kind: counter,
		help:  "Commands executed.",
		value: func(v *view) float64 { return float64(v.Totals.Commands) },
	},
	{
		name: "redis_commands_total", kind: counter, labels: []string{"cmd"},
		help: "Calls by command.",
		each: perCommand(func(c *Command) float64 { return float64(c.Calls) }),
	},
	{
		name: "redis_command_calls_total", kind: counter, labels: []string{"cmd"},
		help: "The same, under the name that it had once: some dashboards ask for that.",
		each: perCommand(func(c *Command) float64 { return float64(c.Calls) }),
	},
	{
		name: "redis_commands_duration_seconds_total", kind: counter, labels: []string{"cmd"},
		help: "Execution time by command.",
		each: perCommand(func(c *Command) float64 { return float64(c.Nanos) / 1e9 }),
	},
	{
		name: "redis_commands_failed_calls_total", kind: counter, labels: []string{"cmd"},
		help: "Calls that replied with an error, by command.",
		each: perCommand(func(c *Command) float64 { return float64(c.Failed) }),
	},
	{
		name: "redis_commands_rejected_calls_total", kind: counter, labels: []string{"cmd"},
		help: "Calls refused before they ran, by command.",
		each: perCommand(func(c *Command) float64 { return float64(c.Rejected) }),
	},
	{
		name: "redis_commands_latencies_usec", kind: histogram, labels: []string{"cmd"},
		help:         "Execution time in microseconds by command; bounds are powers of two nanoseconds.",
		distribution: latencies,
	},
	{
		name: "redis_latency_percentiles_usec", kind: summary, labels: []string{"cmd"},
		help:         "Execution time in microseconds by command, at the percentiles of latency-tracking-info-percentiles; quantile is in percent, as redis_exporter has it.",
		distribution: percentiles,
	},
	{
		name: "redis_total_error_replies", kind: counter,
		help:  "Replies that are errors, those to broken protocol included.",
		value: func(v *view) float64 { return float64(v.Totals.ErrorReplies) },
	},
	{
		name: "redis_errors_total", kind: counter, labels: []string{"err"},
		help: "Error replies by their first word; at most 128 different ones are counted.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Errors {
				add(float64(v.Errors[i].Count), text(v.Errors[i].Code))
			}
		},
	},
	{
		name: "redis_slowlog_length", kind: gauge,
		help:  "Entries of the slow log.",
		value: func(v *view) float64 { return float64(v.SlowLog.Len) },
	},
	{
		name: "redis_slowlog_last_id", kind: gauge,
		help:  "Id of the newest entry of the slow log.",
		value: func(v *view) float64 { return float64(v.SlowLog.LastID) },
	},
	{
		name: "redis_last_slow_execution_duration_seconds", kind: gauge,
		help:  "What the newest entry of the slow log took.",
		value: func(v *view) float64 { return float64(v.SlowLog.LastMicros) / 1e6 },
	},
	{
		name: "redis_latency_spike_last", kind: gauge, labels: []string{"event_name"},
		help: "Unix time of the latest event above latency-monitor-threshold.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Spikes {
				add(float64(v.Spikes[i].UnixS), v.Spikes[i].Event)
			}
		},
	},
	{
		name: "redis_latency_spike_duration_seconds", kind: gauge, labels: []string{"event_name"},
		help: "How long the latest event above latency-monitor-threshold took.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Spikes {
				add(seconds(v.Spikes[i].Took), v.Spikes[i].Event)
			}
		},
	},
}

// perCommand is the series of a figure that every command has.
func perCommand(value func(c *Command) float64) func(*view, func(float64, ...string)) {
	return func(v *view, add func(float64, ...string)) {
		for i := range v.Commands {
			add(value(&v.Commands[i]), v.Commands[i].Name)
		}
	}
}

// latencyBounds are up to 128 ns, which few commands stay under, and on to about
// a second. They are the same for all commands, so that they can be added up.
var latencyBounds = boundsBetween(1<<7, 1<<30, 1, 1e3)

func latencies(v *view, add func(*distribution)) {
	v.eachCalled(func(c *Command) {
		d := v.distribution(c.Name)
		d.count, d.sum = c.Calls, float64(c.Nanos)/1e3
		d.classic(latencyBounds, &c.Times)
		add(d)
	})
}

func percentiles(v *view, add func(*distribution)) {
	v.eachCalled(func(c *Command) {
		d := v.distribution(c.Name)
		d.count, d.sum = c.Calls, float64(c.Nanos)/1e3
		for _, p := range v.Percentiles {
			d.quantiles = append(d.quantiles, quantile{p, c.Times.Percentile(p) / 1e3})
		}
		add(d)
	})
}

// eachCalled calls f for the commands whose times were counted.
func (v *view) eachCalled(f func(c *Command)) {
	if !v.Distributions {
		return
	}
	for i := range v.Commands {
		if c := &v.Commands[i]; c.Calls != 0 {
			f(c)
		}
	}
}

// text makes a label of what may not be text, as every label has to be: bytes
// that are not are escaped, so that different codes stay different.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strconv.QuoteToASCII(s)
}
