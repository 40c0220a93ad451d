package metrics

const stillIntro = "What Redis counts and this server has none of, or only one of: dashboards and alerts ask for it."

// stillMetrics do not move here. They are there because dashboards and alerts
// take a missing series for a broken node.
var stillMetrics = []metric{
	still("redis_connected_slaves", gauge, "Replicas.", 0),
	still("redis_master_repl_offset", gauge, "Offset of replication.", 0),
	still("redis_cluster_enabled", gauge, "1 for a node of a cluster.", 0),
	still("redis_latest_fork_seconds", gauge, "Time that the last fork took: there is none, the data is never forked.", 0),
	still("redis_replica_resyncs_full", gauge, "Full syncs of replicas.", 0),
	still("redis_replica_partial_resync_accepted", gauge, "Partial syncs of replicas.", 0),
	still("redis_replica_partial_resync_denied", gauge, "Partial syncs that became full ones.", 0),
	still("redis_repl_backlog_is_active", gauge, "1 while there is a backlog for replicas.", 0),
	still("redis_number_of_cached_scripts", gauge, "Scripts.", 0),
	still("redis_memory_used_lua_bytes", gauge, "Memory of scripts.", 0),
	still("redis_unexpected_error_replies", counter, "Errors of a master to its replica.", 0),
	still("redis_active_defrag_running", gauge, "1 while memory is being moved: the arena does not need it.", 0),
	still("redis_expired_stale_percentage", gauge, "Percent of the keys that may be expired already: none, expiry is on time.", 0),
}

func still(name string, k kind, help string, value float64) metric {
	return metric{name: name, kind: k, help: help, value: func(*view) float64 { return value }}
}
