package metrics

import "time"

var timeMetrics = []metric{
	{
		name: "redis_cpu_sys_seconds_total", kind: counter,
		help:  "Time in the kernel, all threads.",
		value: func(v *view) float64 { return v.Sys },
	},
	{
		name: "redis_cpu_user_seconds_total", kind: counter,
		help:  "Time outside the kernel, all threads.",
		value: func(v *view) float64 { return v.User },
	},
	{
		name: "redis_cpu_sys_children_seconds_total", kind: counter,
		help:  "Time in the kernel of child processes that have ended.",
		value: func(v *view) float64 { return v.ChildSys },
	},
	{
		name: "redis_cpu_user_children_seconds_total", kind: counter,
		help:  "Time outside the kernel of child processes that have ended.",
		value: func(v *view) float64 { return v.ChildUser },
	},
	{
		name: "redis_cpu_sys_main_thread_seconds_total", kind: counter,
		help:  "Time in the kernel of the executor's thread; of the process where the system does not tell threads apart.",
		value: func(v *view) float64 { return v.CPU.MainSys },
	},
	{
		name: "redis_cpu_user_main_thread_seconds_total", kind: counter,
		help:  "Time outside the kernel of the executor's thread; of the process where the system does not tell threads apart.",
		value: func(v *view) float64 { return v.CPU.MainUser },
	},
	{
		name: "redis_eventloop_cycles_total", kind: counter,
		help:  "Rounds of the executor that had work to do.",
		value: func(v *view) float64 { return float64(v.Totals.Cycles) },
	},
	{
		name: "redis_eventloop_duration_sum_usec_total", kind: counter,
		help:  "Microseconds that these rounds took.",
		value: func(v *view) float64 { return micros(v.Totals.CycleTime) },
	},
	{
		name: "redis_eventloop_duration_cmd_sum_usec_total", kind: counter,
		help:  "Microseconds of them spent in commands.",
		value: func(v *view) float64 { return micros(v.Totals.CommandTime) },
	},
	{
		name: "redis_instantaneous_eventloop_cycles_per_sec", kind: gauge,
		help:  "Rounds in the last second.",
		value: func(v *view) float64 { return float64(v.Totals.CyclesPerSecond) },
	},
	{
		name: "redis_instantaneous_eventloop_duration_usec", kind: gauge,
		help:  "Microseconds that a round takes on average.",
		value: func(v *view) float64 { return micros(v.Totals.CycleTime) / float64(max(v.Totals.Cycles, 1)) },
	},
	{
		name: "redis_expire_cycle_cpu_time_ms_total", kind: counter,
		help:  "Milliseconds of timely expiry.",
		value: func(v *view) float64 { return micros(v.Totals.ExpireTime) / 1e3 },
	},
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
