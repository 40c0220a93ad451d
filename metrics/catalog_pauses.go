package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

const pauseIntro = "A pause is a time of more than 1 ms in which no other command could run, or, with the cause `fsync`, in which " +
	"replies or writes waited for the disk. Its `cause` is one of `gc` (the Go runtime stopped all threads), `fsync`, `expiry`, " +
	"`eviction`, `rehash`, `snapshot`, `free` (what was deleted goes in slices), `cron`, `command` (a slow one), `reply` (a command " +
	"whose reply is larger than 1 MiB) and `processor`: whatever it was, for three quarters of it others had the processor, or the " +
	"control group had used up its quota."

var pauseMetrics = []metric{
	{
		name: "basalt_pause_seconds", kind: histogram, labels: []string{"cause"},
		help: "Pauses by cause.",
		distribution: func(v *view, desc *prometheus.Desc, add func(prometheus.Metric)) {
			for i := range v.Pauses {
				p := &v.Pauses[i]
				add(newTimes(desc, &p.Times, pairs("cause", p.Cause)))
			}
		},
	},
	{
		name: "basalt_pauses_total", kind: counter, labels: []string{"cause"},
		help: "How many there were.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Pauses {
				add(float64(v.Pauses[i].Count), v.Pauses[i].Cause)
			}
		},
	},
	{
		name: "basalt_pause_max_seconds", kind: gauge, labels: []string{"cause"},
		help: "The longest one since the start or CONFIG RESETSTAT.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Pauses {
				add(seconds(v.Pauses[i].Longest), v.Pauses[i].Cause)
			}
		},
	},
}

// pairs is labels as a metric has them: names and values in turn, the names in
// order.
func pairs(list ...string) []*dto.LabelPair {
	labels := make([]*dto.LabelPair, 0, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		labels = append(labels, &dto.LabelPair{Name: &list[i], Value: &list[i+1]})
	}
	return labels
}
