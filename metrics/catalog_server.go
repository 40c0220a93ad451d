package metrics

import (
	"runtime"
	"strconv"
	"time"
)

// stalled is the age of a snapshot from which the node counts as down: its
// executor has not come round for that long, so clients get no answers either.
const stalled = 10 * time.Second

var serverMetrics = []metric{
	{
		name: "redis_up", kind: gauge,
		help:  "1 while commands are executed, 0 when the executor has been busy with one thing for 10 seconds.",
		value: func(v *view) float64 { return truth(v.age() < stalled) },
	},
	{
		name: "redis_instance_info", kind: gauge,
		labels: []string{"role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy", "tcp_port",
			"run_id", "process_id", "master_replid"},
		help: "1, with what the node is as labels; redis_version is the version of Redis that it answers like.",
		each: func(v *view, add func(float64, ...string)) {
			i := &v.Instance
			add(1, "master", i.Version, i.BuildID, "standalone", i.OS, i.Policy, strconv.Itoa(i.Port),
				i.RunID, strconv.Itoa(i.PID), i.RunID)
		},
	},
	{
		name: "basalt_build_info", kind: gauge, labels: []string{"version", "goversion"},
		help: "1, with the version of Basalt and of the Go that built it as labels.",
		each: func(v *view, add func(float64, ...string)) { add(1, v.Instance.Basalt, runtime.Version()) },
	},
	{
		name: "redis_uptime_in_seconds", kind: gauge,
		help:  "Time since the start.",
		value: func(v *view) float64 { return seconds(v.now.Sub(v.Instance.Started).Truncate(time.Second)) },
	},
	{
		name: "redis_start_time_seconds", kind: gauge,
		help:  "Unix time of the start.",
		value: func(v *view) float64 { return float64(v.Instance.Started.Unix()) },
	},
	{
		name: "redis_process_id", kind: gauge,
		help:  "Process id.",
		value: func(v *view) float64 { return float64(v.Instance.PID) },
	},
	{
		name: "redis_hz", kind: gauge,
		help:  "How often in a second periodic work is done.",
		value: func(v *view) float64 { return float64(v.Instance.HZ) },
	},
	{
		name: "redis_configured_hz", kind: gauge,
		help:  "The directive hz, which is kept to exactly.",
		value: func(v *view) float64 { return float64(v.Instance.HZ) },
	},
	{
		name: "redis_config_io_threads", kind: gauge,
		help:  "Reactor threads, as redis_exporter names the setting.",
		value: func(v *view) float64 { return float64(v.Instance.IOThreads) },
	},
	{
		name: "redis_io_threads_active", kind: gauge,
		help:  "1 while reactors run on threads of their own.",
		value: func(v *view) float64 { return truth(v.Instance.ThreadsActive) },
	},
	{
		name: "redis_replication_backlog_bytes", kind: gauge,
		help:  "The directive repl-backlog-size.",
		value: func(v *view) float64 { return float64(v.Instance.Backlog) },
	},
	{
		name: "basalt_io_threads", kind: gauge,
		help:  "Threads that read and write sockets; with 1 the executor does it itself.",
		value: func(v *view) float64 { return float64(v.Instance.IOThreads) },
	},
	{
		name: "basalt_snapshot_age_seconds", kind: gauge,
		help:  "Age of these figures; more than a moment means that the executor was too busy to renew them.",
		value: func(v *view) float64 { return seconds(v.age()) },
	},
}

// age is how old the figures are.
func (v *view) age() time.Duration { return max(0, v.now.Sub(v.Taken)) }
