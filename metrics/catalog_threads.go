package metrics

import "strconv"

const threadIntro = "With one thread the executor does the work of the reactor too. Batches wait in a ring between a reactor and the " +
	"executor: a batch is what was read at once from one connection."

var threadMetrics = []metric{
	{
		name: "basalt_thread_busy_seconds_total", kind: counter, labels: []string{"thread"},
		help: "Time in which a thread had work: `executor`, `reactor0` and so on, `log` for the writer of the append only file. The rate is its utilisation.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Threads {
				add(seconds(v.Threads[i].Busy), v.Threads[i].Name)
			}
		},
	},
	{
		name: "redis_active_time_main_thread_seconds_total", kind: counter,
		help:  "The same of the executor, as redis_exporter names it.",
		value: func(v *view) float64 { return seconds(v.Totals.CycleTime) },
	},
	{
		name: "redis_active_time_io_thread_seconds_total", kind: counter, labels: []string{"thread"},
		help: "The same of the reactors, as redis_exporter names it; with one thread that of the executor.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Rings {
				add(seconds(v.Rings[i].Busy), strconv.Itoa(i))
			}
		},
	},
	{
		name: "basalt_ring_depth", kind: gauge, labels: []string{"reactor"},
		help: "Batches that wait for the executor now.",
		each: perRing(func(r *Ring) float64 { return float64(r.Depth) }),
	},
	{
		name: "basalt_ring_depth_max", kind: gauge, labels: []string{"reactor"},
		help: "Most batches that the executor took at once in the last second.",
		each: perRing(func(r *Ring) float64 { return float64(r.Deepest) }),
	},
	{
		name: "basalt_ring_batches_total", kind: counter, labels: []string{"reactor"},
		help: "Batches that the executor took.",
		each: perRing(func(r *Ring) float64 { return float64(r.Batches) }),
	},
	{
		name: "basalt_reply_ring_depth", kind: gauge, labels: []string{"reactor"},
		help: "Batches with replies that wait for the reactor now.",
		each: perRing(func(r *Ring) float64 { return float64(r.Replies) }),
	},
}

// perRing is the series of a figure that every reactor's rings have.
func perRing(value func(r *Ring) float64) func(*view, func(float64, ...string)) {
	return func(v *view, add func(float64, ...string)) {
		for i := range v.Rings {
			add(value(&v.Rings[i]), strconv.Itoa(i))
		}
	}
}
