package config

// Monitoring is what the server tells about itself.
type Monitoring struct {
	// MetricsPort is the TCP port of the HTTP listener for metrics; 0 is none.
	MetricsPort int
	// MetricsBind is the address of that listener.
	MetricsBind string
	// SlowlogLogSlowerThan is the microseconds from which a command is logged; 0
	// logs every one, a negative number none.
	SlowlogLogSlowerThan int64
	// SlowlogMaxLen is how many of them are kept.
	SlowlogMaxLen int64
	// LargeRequestBytes and LargeReplyBytes are the bytes of a command, or of its
	// reply, from which it is logged; 0 logs every one, a negative number none.
	LargeRequestBytes, LargeReplyBytes int64
	// LargeRequestMaxLen and LargeReplyMaxLen are how many of them are kept.
	LargeRequestMaxLen, LargeReplyMaxLen int64
	// MetricsKeyLabels is how many keys metrics name, of each kind.
	MetricsKeyLabels int
	// MetricsClientLabels is how many clients have metrics of their own.
	MetricsClientLabels int
	// MetricsKeyPrefixes are the beginnings of keys that metrics tell apart.
	MetricsKeyPrefixes []string
	// LatencyMonitorThreshold is the milliseconds from which an event is sampled;
	// 0 turns sampling off.
	LatencyMonitorThreshold int64
	// LatencyTracking keeps a histogram for every command.
	LatencyTracking bool
	// LatencyTrackingInfoPercentiles are those that INFO shows.
	LatencyTrackingInfoPercentiles []float64
	// NotifyKeyspaceEvents are the events that are published.
	NotifyKeyspaceEvents NotifyFlags
}

var monitoringRows = []Directive{
	{
		Name: "metrics-port", Flags: Immutable,
		value: integer(func(c *Config) *int { return &c.MetricsPort }, 9121, 0, 65535),
		Doc: "TCP port of the HTTP listener that Prometheus reads; 0 opens none. If it is in use, the server does not start when " +
			"this or `metrics-bind` was configured, and warns otherwise. (Basalt only.)",
	},
	{
		Name: "metrics-bind", Flags: Immutable,
		value: str(func(c *Config) *string { return &c.MetricsBind }, "127.0.0.1", nil),
		Doc:   "Address of that listener; empty is every one. (Basalt only.)",
	},
	{
		Name:  "metrics-key-labels",
		value: integer(func(c *Config) *int { return &c.MetricsKeyLabels }, 10, 0, 100),
		Doc: "How many hot, costly and big keys metrics name in their labels, of each kind; 0 names none, for keys that are secret. " +
			"(Basalt only.)",
	},
	{
		Name:  "metrics-client-labels",
		value: integer(func(c *Config) *int { return &c.MetricsClientLabels }, 0, 0, 1000),
		Doc: "How many clients have metrics of their own, 13 series each, those that have been connected longest. It stands for " +
			"redis_exporter's `export-client-list`. (Basalt only.)",
	},
	{
		Name: "metrics-key-prefixes", Flags: MultiArg, Apply: ApplyObserve, value: keyPrefixes,
		Doc: "Beginnings of keys for which metrics count hits, misses, bytes and evictions; of several that fit a key the longest " +
			"counts. (Basalt only.)",
	},
	{
		Name: "slowlog-log-slower-than", Alias: "commandlog-execution-slower-than", Apply: ApplySlowlog,
		value: integer(func(c *Config) *int64 { return &c.SlowlogLogSlowerThan }, 10000, -1, 1<<63-1),
		Doc:   "Microseconds of execution from which a command enters the slow log; 0 logs all, -1 none.",
	},
	{
		Name: "slowlog-max-len", Alias: "commandlog-slow-execution-max-len", Apply: ApplySlowlog,
		value: integer(func(c *Config) *int64 { return &c.SlowlogMaxLen }, 128, 0, 1<<63-1),
		Doc:   "Entries that the slow log keeps.",
	},
	{
		Name: "commandlog-request-larger-than", Apply: ApplySlowlog,
		value: integer(func(c *Config) *int64 { return &c.LargeRequestBytes }, 1<<20, -1, 1<<63-1),
		Doc:   "Bytes of a command from which COMMANDLOG has it as a large request; 0 logs all, -1 none. (As in Valkey.)",
	},
	{
		Name: "commandlog-large-request-max-len", Apply: ApplySlowlog,
		value: integer(func(c *Config) *int64 { return &c.LargeRequestMaxLen }, 128, 0, 1<<63-1),
		Doc:   "Large requests that COMMANDLOG keeps. (As in Valkey.)",
	},
	{
		Name: "commandlog-reply-larger-than", Apply: ApplySlowlog,
		value: integer(func(c *Config) *int64 { return &c.LargeReplyBytes }, 1<<20, -1, 1<<63-1),
		Doc:   "Bytes of a reply from which COMMANDLOG has the command as one with a large reply; 0 logs all, -1 none. (As in Valkey.)",
	},
	{
		Name: "commandlog-large-reply-max-len", Apply: ApplySlowlog,
		value: integer(func(c *Config) *int64 { return &c.LargeReplyMaxLen }, 128, 0, 1<<63-1),
		Doc:   "Commands with large replies that COMMANDLOG keeps. (As in Valkey.)",
	},
	{
		Name: "latency-monitor-threshold", Apply: ApplyLatency,
		value: integer(func(c *Config) *int64 { return &c.LatencyMonitorThreshold }, 0, 0, 1<<63-1),
		Doc:   "Milliseconds from which LATENCY samples an event; 0 samples none.",
	},
	{
		Name: "latency-tracking", Apply: ApplyLatency,
		value: yesNo(func(c *Config) *bool { return &c.LatencyTracking }, true),
		Doc:   "Keep a histogram of the time of every command, for INFO and LATENCY HISTOGRAM.",
	},
	{
		Name: "latency-tracking-info-percentiles", Flags: MultiArg, Apply: ApplyLatency, value: percentiles,
		Doc: "Percentiles of these histograms that INFO shows.",
	},
	{
		Name: "notify-keyspace-events", Apply: ApplyNotify, value: notifyEvents,
		Doc: "Which changes of keys are published: `K` and `E` choose the channel by key or by event, then the classes `g$lshzxetdmn`, or `A` for all of them but `m` and `n`.",
	},
}
