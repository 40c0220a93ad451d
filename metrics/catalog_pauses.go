package metrics

const pauseIntro = "A pause is a time of more than 1 ms in which no other command could run, or, with the cause `fsync`, in which " +
	"replies or writes waited for the disk. Its `cause` is one of `gc` (the Go runtime stopped all threads), `fsync`, `expiry`, " +
	"`eviction`, `rehash`, `snapshot`, `free` (what was deleted goes in slices), `defrag` (what is stored is moved), `metrics` (figures are copied for a scrape), `cron`, " +
	"`command` (a slow one), `reply` (a command whose reply is larger than 1 MiB) and `processor`: whatever it was, for three quarters " +
	"of it others had the processor, or the control group had used up its quota."

var pauseMetrics = []metric{
	{
		name: "basalt_pause_seconds", kind: histogram, labels: []string{"cause"},
		help: "Pauses by cause.",
		distribution: func(v *view, add func(*distribution)) {
			for i := range v.Pauses {
				add(v.distribution(v.Pauses[i].Cause).times(&v.Pauses[i].Times))
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
