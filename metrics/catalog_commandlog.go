package metrics

var commandLogMetrics = []metric{
	{
		name: "redis_commandlog_slow_length", kind: gauge,
		help:  "Entries of the slow log, as redis_exporter names them for COMMANDLOG.",
		value: func(v *view) float64 { return float64(v.SlowLog.Len) },
	},
	{
		name: "redis_commandlog_large_request_length", kind: gauge,
		help:  "Entries of the log of large requests.",
		value: func(v *view) float64 { return float64(v.SlowLog.LargeRequests) },
	},
	{
		name: "redis_commandlog_large_reply_length", kind: gauge,
		help:  "Entries of the log of large replies.",
		value: func(v *view) float64 { return float64(v.SlowLog.LargeReplies) },
	},
	{
		name: "redis_commandlog_execution_slower_than", kind: gauge,
		help:  "The directive slowlog-log-slower-than, in microseconds.",
		value: func(v *view) float64 { return float64(v.SlowLog.SlowerThan) },
	},
	{
		name: "redis_commandlog_request_larger_than", kind: gauge,
		help:  "The directive of that name, in bytes.",
		value: func(v *view) float64 { return float64(v.SlowLog.RequestsFrom) },
	},
	{
		name: "redis_commandlog_reply_larger_than", kind: gauge,
		help:  "The directive of that name, in bytes.",
		value: func(v *view) float64 { return float64(v.SlowLog.RepliesFrom) },
	},
	{
		name: "redis_commandlog_slow_execution_max_len", kind: gauge,
		help:  "Most entries of the slow log.",
		value: func(v *view) float64 { return float64(v.SlowLog.Max) },
	},
	{
		name: "redis_commandlog_large_request_max_len", kind: gauge,
		help:  "Most entries of the log of large requests.",
		value: func(v *view) float64 { return float64(v.SlowLog.LargeRequestsMax) },
	},
	{
		name: "redis_commandlog_large_reply_max_len", kind: gauge,
		help:  "Most entries of the log of large replies.",
		value: func(v *view) float64 { return float64(v.SlowLog.LargeRepliesMax) },
	},
}
