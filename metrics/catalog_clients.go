package metrics

var clientMetrics = []metric{
	{
		name: "redis_connected_clients", kind: gauge,
		help:  "Open connections.",
		value: func(v *view) float64 { return float64(v.Clients.Connected) },
	},
	{
		name: "redis_blocked_clients", kind: gauge,
		help:  "Connections whose next command waits.",
		value: func(v *view) float64 { return float64(v.Clients.Blocked) },
	},
	{
		name: "redis_clients_in_timeout_table", kind: gauge,
		help:  "Blocked connections that wait for a limited time.",
		value: func(v *view) float64 { return float64(v.Clients.Timed) },
	},
	{
		name: "redis_total_blocking_keys", kind: gauge,
		help:  "Keys that blocked connections wait for.",
		value: func(v *view) float64 { return float64(v.Clients.BlockingKeys) },
	},
	{
		name: "redis_total_blocking_keys_on_nokey", kind: gauge,
		help:  "Of these, keys whose removal wakes a client too.",
		value: func(v *view) float64 { return float64(v.Clients.BlockingGone) },
	},
	{
		name: "redis_total_watched_keys", kind: gauge,
		help:  "Keys that connections watch (WATCH).",
		value: func(v *view) float64 { return float64(v.Clients.WatchedKeys) },
	},
	{
		name: "redis_watching_clients", kind: gauge,
		help:  "Connections that watch keys.",
		value: func(v *view) float64 { return float64(v.Clients.Watching) },
	},
	{
		name: "redis_pubsub_clients", kind: gauge,
		help:  "Connections that subscribed to something.",
		value: func(v *view) float64 { return float64(v.Clients.Subscribers) },
	},
	{
		name: "redis_pubsub_channels", kind: gauge,
		help:  "Channels with subscribers.",
		value: func(v *view) float64 { return float64(v.Clients.Channels) },
	},
	{
		name: "redis_pubsub_patterns", kind: gauge,
		help:  "Different patterns with subscribers.",
		value: func(v *view) float64 { return float64(v.Clients.Patterns) },
	},
	{
		name: "redis_pubsubshard_channels", kind: gauge,
		help:  "Shard channels with subscribers.",
		value: func(v *view) float64 { return float64(v.Clients.Shards) },
	},
	{
		name: "redis_tracking_clients", kind: gauge,
		help:  "Connections that are told of changes of keys (CLIENT TRACKING).",
		value: func(v *view) float64 { return float64(v.Clients.Tracking) },
	},
	{
		name: "redis_tracking_total_keys", kind: gauge,
		help:  "Keys that are remembered for them.",
		value: func(v *view) float64 { return float64(v.Clients.TrackedKeys) },
	},
	{
		name: "redis_tracking_total_items", kind: gauge,
		help:  "Connections remembered for those keys, counted once for each key.",
		value: func(v *view) float64 { return float64(v.Clients.TrackedItems) },
	},
	{
		name: "redis_tracking_total_prefixes", kind: gauge,
		help:  "Different prefixes of the connections in BCAST mode.",
		value: func(v *view) float64 { return float64(v.Clients.TrackedPrefixes) },
	},
	{
		name: "redis_mem_clients_normal", kind: gauge,
		help:  "Memory of all connections: their records and what waits in their buffers.",
		value: func(v *view) float64 { return float64(v.Clients.Memory) },
	},
	{
		name: "redis_client_recent_max_input_buffer_bytes", kind: gauge,
		help:  "Most that came from one connection and was not executed at once, in the last second.",
		value: func(v *view) float64 { return float64(v.Clients.InputMax) },
	},
	{
		name: "redis_client_recent_max_output_buffer_bytes", kind: gauge,
		help:  "Most that one connection left unread, in the last second.",
		value: func(v *view) float64 { return float64(v.Clients.OutputMax) },
	},
	{
		name: "redis_max_clients", kind: gauge,
		help:  "Most connections that are accepted, lowered to what the limit of open files allows.",
		value: func(v *view) float64 { return float64(v.Clients.Max) },
	},
	{
		name: "redis_acl_access_denied_auth_total", kind: counter,
		help:  "Passwords that were wrong.",
		value: func(v *view) float64 { return float64(v.Clients.AuthDenied) },
	},
	{
		name: "redis_config_maxclients", kind: gauge,
		help:  "The same, as redis_exporter names the setting.",
		value: func(v *view) float64 { return float64(v.Clients.Max) },
	},
	{
		name: "redis_connections_received_total", kind: counter,
		help:  "Connections accepted.",
		value: func(v *view) float64 { return float64(v.Totals.Connections) },
	},
	{
		name: "redis_rejected_connections_total", kind: counter,
		help:  "Connections refused, because of maxclients, protected mode, or a PROXY header.",
		value: func(v *view) float64 { return float64(v.Totals.Rejected) },
	},
	{
		name: "basalt_accept_rests_total", kind: counter,
		help:  "Times that accepting rested because of max-new-connections-per-second.",
		value: func(v *view) float64 { return float64(v.Totals.AcceptRests) },
	},
	{
		name: "basalt_throttled_commands_total", kind: counter,
		help:  "Commands answered THROTTLED because those before them waited longer than overload-target.",
		value: func(v *view) float64 { return float64(v.Totals.Throttled) },
	},
	{
		name: "basalt_draining", kind: gauge,
		help:  "1 while the server disconnects its clients before it ends.",
		value: func(v *view) float64 { return truth(v.Clients.Draining) },
	},
	{
		name: "redis_evicted_clients_total", kind: counter,
		help:  "Connections closed because all together took more than `maxmemory-clients`.",
		value: func(v *view) float64 { return float64(v.Totals.Evictions) },
	},
	{
		name: "redis_client_output_buffer_limit_disconnections_total", kind: counter,
		help:  "Connections cut because they did not read their replies.",
		value: func(v *view) float64 { return float64(v.Totals.OutputLimitCloses) },
	},
	{
		name: "redis_client_query_buffer_limit_disconnections_total", kind: counter,
		help:  "Connections cut because they sent no end of a command.",
		value: func(v *view) float64 { return float64(v.Totals.QueryLimitCloses) },
	},
	{
		name: "redis_net_input_bytes_total", kind: counter,
		help:  "Bytes of commands received.",
		value: func(v *view) float64 { return float64(v.Totals.NetIn) },
	},
	{
		name: "redis_net_output_bytes_total", kind: counter,
		help:  "Bytes of replies.",
		value: func(v *view) float64 { return float64(v.Totals.NetOut) },
	},
	{
		name: "redis_total_reads_processed", kind: counter,
		help:  "Reads from sockets.",
		value: func(v *view) float64 { return float64(v.Totals.Reads) },
	},
	{
		name: "redis_total_writes_processed", kind: counter,
		help:  "Writes to sockets.",
		value: func(v *view) float64 { return float64(v.Totals.Writes) },
	},
	{
		name: "redis_io_threaded_reads_processed", kind: counter,
		help:  "Reads by reactors with threads of their own.",
		value: func(v *view) float64 { return v.threaded(v.Totals.Reads) },
	},
	{
		name: "redis_io_threaded_writes_processed", kind: counter,
		help:  "Writes by reactors with threads of their own.",
		value: func(v *view) float64 { return v.threaded(v.Totals.Writes) },
	},
}

// threaded is n where reactors have threads of their own, else 0.
func (v *view) threaded(n int64) float64 {
	if v.Instance.IOThreads > 1 {
		return float64(n)
	}
	return 0
}
