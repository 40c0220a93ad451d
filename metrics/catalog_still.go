package metrics

const stillIntro = "What Redis counts and this server has none of, or only one of: dashboards and alerts ask for it."

// stillMetrics do not move here. They are there because dashboards and alerts
// take a missing series for a broken node.
var stillMetrics = []metric{
	still("redis_connected_slaves", gauge, "Replicas.", 0),
	still("redis_master_repl_offset", gauge, "Offset of replication.", 0),
	still("redis_second_repl_offset", gauge, "Offset up to which a second replication id holds: -1, there is none.", -1),
	still("redis_slave_expires_tracked_keys", gauge, "Keys with a deadline that a writable replica made.", 0),
	still("redis_replica_resyncs_full", gauge, "Full syncs of replicas.", 0),
	still("redis_replica_partial_resync_accepted", gauge, "Partial syncs of replicas.", 0),
	still("redis_replica_partial_resync_denied", gauge, "Partial syncs that became full ones.", 0),
	still("redis_repl_backlog_is_active", gauge, "1 while there is a backlog for replicas.", 0),
	still("redis_repl_backlog_first_byte_offset", gauge, "Offset at which the backlog begins.", 0),
	still("redis_repl_backlog_history_bytes", gauge, "Bytes in the backlog.", 0),
	still("redis_net_repl_input_bytes_total", counter, "Bytes received from a master.", 0),
	still("redis_net_repl_output_bytes_total", counter, "Bytes sent to replicas.", 0),
	still("redis_mem_clients_slaves", gauge, "Memory of connections of replicas.", 0),
	still("redis_mem_replication_backlog_bytes", gauge, "Memory of the backlog.", 0),
	still("redis_mem_total_replication_buffers_bytes", gauge, "Memory of all that waits for replicas.", 0),
	still("redis_unexpected_error_replies", counter, "Errors of a master to its replica.", 0),
	still("redis_cluster_enabled", gauge, "1 for a node of a cluster.", 0),
	still("redis_cluster_connections", gauge, "Connections to other nodes of a cluster.", 0),
	still("redis_mem_cluster_links_bytes", gauge, "Memory of these.", 0),
	still("redis_migrate_cached_sockets_total", gauge, "Connections that MIGRATE keeps.", 0),
	still("redis_latest_fork_seconds", gauge, "Time that the last fork took: there is none, the data is never forked.", 0),
	still("redis_number_of_cached_scripts", gauge, "Scripts.", 0),
	still("redis_number_of_functions", gauge, "Functions.", 0),
	still("redis_number_of_libraries", gauge, "Libraries of functions.", 0),
	still("redis_memory_used_lua_bytes", gauge, "Memory of scripts.", 0),
	still("redis_memory_used_scripts_bytes", gauge, "The same, as Redis 7 counts it.", 0),
	still("redis_memory_used_scripts_eval_bytes", gauge, "Of it, scripts of EVAL.", 0),
	still("redis_memory_used_functions_bytes", gauge, "Of it, functions.", 0),
	still("redis_memory_used_vm_eval_bytes", gauge, "Memory of the interpreter of scripts.", 0),
	still("redis_memory_used_vm_functions_bytes", gauge, "Memory of the interpreter of functions.", 0),
	still("redis_memory_used_vm_total", gauge, "Memory of both.", 0),
	still("redis_module_fork_in_progress", gauge, "1 while a module has a child process.", 0),
	still("redis_module_fork_last_cow_size", gauge, "What the last of them copied on write.", 0),
	still("redis_acl_access_denied_cmd_total", counter, "Commands that a user may not run.", 0),
	still("redis_acl_access_denied_key_total", counter, "Keys that a user may not use.", 0),
	still("redis_acl_access_denied_channel_total", counter, "Channels that a user may not use.", 0),
	still("redis_mem_overhead_db_hashtable_rehashing_bytes", gauge, "Memory of tables that are being copied: none ever is.", 0),
	still("redis_reply_buffer_expands_total", counter, "Reply buffers that grew: clients keep none.", 0),
	still("redis_reply_buffer_shrinks_total", counter, "Reply buffers that shrank.", 0),
	still("redis_expired_stale_percentage", gauge, "Percent of the keys that may be expired already: none, expiry is on time.", 0),
	still("redis_expired_time_cap_reached_total", counter, "Times that sampling for expired keys was cut short: nothing is sampled.", 0),
	still("redis_dump_payload_sanitizations", counter, "Values of RESTORE that were checked deeply in addition: all are, always.", 0),
}

func still(name string, k kind, help string, value float64) metric {
	return metric{name: name, kind: k, help: help, value: func(*view) float64 { return value }}
}
