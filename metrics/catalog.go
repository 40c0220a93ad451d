package metrics

import "time"

// kind is the type of a metric.
type kind string

const (
	gauge     kind = "gauge"
	counter   kind = "counter"
	histogram kind = "histogram"
	summary   kind = "summary"
)

// view is what the value of a metric is made from.
type view struct {
	*Snapshot
	Process
	now     time.Time
	scratch distribution
	phases  Phases
}

// metric is one row of the catalog. Exactly one of value, each and distribution
// is set.
type metric struct {
	name   string
	kind   kind
	labels []string
	help   string

	// value is that of a metric without labels.
	value func(v *view) float64
	// each adds the series of a gauge or counter with labels.
	each func(v *view, add func(value float64, labels ...string))
	// distribution adds the series of a histogram or summary. What add is handed is
	// good until it returns.
	distribution func(v *view, add func(*distribution))
}

// group is a part of the catalog with a heading of its own in the docs.
type group struct {
	title   string
	intro   string
	metrics []metric
}

// catalog is every metric of this package, in the order of the docs.
func catalog() []group {
	return []group{
		{title: "Server", metrics: serverMetrics},
		{title: "Clients and network", metrics: clientMetrics},
		{title: "Client list", intro: clientListIntro, metrics: clientListMetrics},
		{title: "Commands", intro: commandIntro, metrics: commandMetrics},
		{title: "Command logs", metrics: commandLogMetrics},
		{title: "Latency", intro: latencyIntro, metrics: latencyMetrics},
		{title: "Pauses", intro: pauseIntro, metrics: pauseMetrics},
		{title: "Threads", intro: threadIntro, metrics: threadMetrics},
		{title: "Memory", intro: memoryIntro, metrics: memoryMetrics},
		{title: "Keys", intro: keyIntro, metrics: keyMetrics},
		{title: "Hot keys and prefixes", intro: hotIntro, metrics: hotMetrics},
		{title: "Persistence", intro: persistenceIntro, metrics: persistenceMetrics},
		{title: "Tables", intro: tableIntro, metrics: tableMetrics},
		{title: "Time", metrics: timeMetrics},
		{title: "Configuration", intro: configIntro, metrics: configMetrics},
		{title: "At rest", intro: stillIntro, metrics: stillMetrics},
	}
}

// seconds is d as Prometheus counts time.
func seconds(d time.Duration) float64 { return d.Seconds() }

// ratio is a over b, and 1 when there is nothing to compare with.
func ratio(a, b int64) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
