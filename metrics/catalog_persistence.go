package metrics

const persistenceIntro = "Snapshots and rewrites of the append only file are written by a child process from a keyspace that is walked in slices; nothing is copied, so what Redis tells of copies on write is 0."

var persistenceMetrics = []metric{
	{
		name: "redis_loading_dump_file", kind: gauge,
		help:  "1 while the data set is being read.",
		value: func(v *view) float64 { return truth(v.Persistence.Loading) },
	},
	{
		name: "redis_async_loading", kind: gauge,
		help:  "0: loading never goes on beside serving.",
		value: func(*view) float64 { return 0 },
	},
	{
		name: "redis_rdb_changes_since_last_save", kind: gauge,
		help:  "Changes since the last snapshot.",
		value: func(v *view) float64 { return float64(v.Persistence.Changes) },
	},
	{
		name: "redis_rdb_bgsave_in_progress", kind: gauge,
		help:  "1 while a snapshot is being written.",
		value: func(v *view) float64 { return truth(v.Persistence.Saving) },
	},
	{
		name: "redis_rdb_last_save_timestamp_seconds", kind: gauge,
		help:  "Unix time of the last snapshot that succeeded, or of the start.",
		value: func(v *view) float64 { return float64(v.Persistence.LastSaveUnixS) },
	},
	{
		name: "redis_rdb_last_bgsave_status", kind: gauge,
		help:  "1 if the last snapshot succeeded, or there was none.",
		value: func(v *view) float64 { return truth(v.Persistence.SaveOK) },
	},
	{
		name: "redis_rdb_last_bgsave_duration_sec", kind: gauge,
		help:  "How long the last snapshot took, -1 if there was none.",
		value: func(v *view) float64 { return float64(v.Persistence.SaveSeconds) },
	},
	{
		name: "redis_rdb_current_bgsave_duration_sec", kind: gauge,
		help:  "For how long a snapshot has been written, -1 if none is.",
		value: func(v *view) float64 { return float64(v.Persistence.SavingSeconds) },
	},
	{
		name: "redis_rdb_saves_total", kind: counter,
		help:  "Snapshots that succeeded.",
		value: func(v *view) float64 { return float64(v.Persistence.Saves) },
	},
	{
		name: "redis_rdb_last_cow_size_bytes", kind: gauge,
		help:  "0: a snapshot copies nothing.",
		value: func(*view) float64 { return 0 },
	},
	{
		name: "redis_rdb_current_size_bytes", kind: gauge,
		help:  "Size of the last snapshot that was written.",
		value: func(v *view) float64 { return float64(v.Persistence.SavedBytes) },
	},
	{
		name: "redis_rdb_last_load_loaded_keys", kind: gauge,
		help:  "Keys of the last snapshot that was loaded.",
		value: func(v *view) float64 { return float64(v.Persistence.LoadedKeys) },
	},
	{
		name: "redis_rdb_last_load_expired_keys", kind: gauge,
		help:  "Keys of the last snapshot that was loaded that had expired and were left out.",
		value: func(v *view) float64 { return float64(v.Persistence.ExpiredKeys) },
	},
	{
		name: "basalt_snapshot_keys_done", kind: gauge,
		help:  "Keys that the snapshot or rewrite that runs has come to.",
		value: func(v *view) float64 { return float64(v.Persistence.KeysDone) },
	},
	{
		name: "basalt_snapshot_keys", kind: gauge,
		help:  "Keys that it began with.",
		value: func(v *view) float64 { return float64(v.Persistence.KeysTotal) },
	},
	{
		name: "redis_aof_enabled", kind: gauge,
		help:  "1 if the append only file is on.",
		value: func(v *view) float64 { return truth(v.Persistence.Log) },
	},
	{
		name: "redis_aof_rewrite_in_progress", kind: gauge,
		help:  "1 while the append only file is rewritten.",
		value: func(v *view) float64 { return truth(v.Persistence.Rewriting) },
	},
	{
		name: "redis_aof_rewrite_scheduled", kind: gauge,
		help:  "1 if a rewrite follows what runs.",
		value: func(v *view) float64 { return truth(v.Persistence.RewritePending) },
	},
	{
		name: "redis_aof_last_rewrite_duration_sec", kind: gauge,
		help:  "How long the last rewrite took, -1 if there was none.",
		value: func(v *view) float64 { return float64(v.Persistence.RewriteSeconds) },
	},
	{
		name: "redis_aof_current_rewrite_duration_sec", kind: gauge,
		help:  "For how long a rewrite has run, -1 if none does.",
		value: func(v *view) float64 { return float64(v.Persistence.RewritingSeconds) },
	},
	{
		name: "redis_aof_last_bgrewrite_status", kind: gauge,
		help:  "1 if the last rewrite succeeded, or there was none.",
		value: func(v *view) float64 { return truth(v.Persistence.RewriteOK) },
	},
	{
		name: "redis_aof_last_write_status", kind: gauge,
		help:  "1 if the append only file can be written.",
		value: func(v *view) float64 { return truth(!v.Persistence.Log || v.Persistence.LogOK) },
	},
	{
		name: "redis_aof_last_cow_size_bytes", kind: gauge,
		help:  "0: a rewrite copies nothing.",
		value: func(*view) float64 { return 0 },
	},
	{
		name: "redis_aof_current_size_bytes", kind: gauge,
		help:  "Size of all files of the append only file.",
		value: func(v *view) float64 { return float64(v.Persistence.LogSize) },
	},
	{
		name: "redis_aof_base_size_bytes", kind: gauge,
		help:  "Size after the last rewrite.",
		value: func(v *view) float64 { return float64(v.Persistence.LogBase) },
	},
	{
		name: "redis_aof_buffer_length", kind: gauge,
		help:  "Bytes that are in no file yet.",
		value: func(v *view) float64 { return float64(v.Persistence.LogBuffered) },
	},
	{
		name: "redis_aof_pending_bio_fsync", kind: gauge,
		help:  "1 while a sync runs.",
		value: func(v *view) float64 { return truth(v.Persistence.LogSyncing) },
	},
	{
		name: "redis_aof_delayed_fsync", kind: gauge,
		help:  "Syncs that held up writes for more than two seconds.",
		value: func(v *view) float64 { return float64(v.Persistence.LogDelayed) },
	},
	{
		name: "redis_aof_pending_rewrite", kind: gauge,
		help:  "0: there is no rewrite that waits for clients.",
		value: func(*view) float64 { return 0 },
	},
	{
		name: "redis_aof_rewrite_buffer_length", kind: gauge,
		help:  "0: what is written during a rewrite goes to a file of its own.",
		value: func(*view) float64 { return 0 },
	},
	{
		name: "redis_mem_aof_buffer_bytes", kind: gauge,
		help:  "Memory of the buffers of the append only file, however full they are.",
		value: func(v *view) float64 { return float64(v.Memory.LogBuffers) },
	},
	{
		name: "basalt_aof_rewrites_total", kind: counter,
		help:  "Rewrites that succeeded.",
		value: func(v *view) float64 { return float64(v.Persistence.Rewrites) },
	},
	{
		name: "basalt_aof_writes_total", kind: counter,
		help:  "Writes to the append only file.",
		value: func(v *view) float64 { return float64(v.Persistence.LogWrites) },
	},
	{
		name: "basalt_aof_write_seconds_total", kind: counter,
		help:  "Time that they took.",
		value: func(v *view) float64 { return seconds(v.Persistence.LogWriteTime) },
	},
	{
		name: "basalt_aof_syncs_total", kind: counter,
		help:  "Syncs of the append only file.",
		value: func(v *view) float64 { return float64(v.Persistence.LogSyncs) },
	},
	{
		name: "basalt_aof_sync_seconds_total", kind: counter,
		help:  "Time that they took.",
		value: func(v *view) float64 { return seconds(v.Persistence.LogSyncTime) },
	},
	{
		name: "basalt_aof_sync_longest_seconds", kind: gauge,
		help:  "Time that the longest of them took.",
		value: func(v *view) float64 { return seconds(v.Persistence.LogSyncMax) },
	},
	{
		name: "basalt_replies_held", kind: gauge,
		help:  "Batches of commands whose replies wait for the disk (appendfsync always).",
		value: func(v *view) float64 { return float64(v.Persistence.RepliesHeld) },
	},
	{
		name: "basalt_writes_refused", kind: gauge,
		help:  "1 while writes are refused because they could not be kept.",
		value: func(v *view) float64 { return truth(v.Persistence.WritesRefused) },
	},
	{
		name: "basalt_writes_behind", kind: gauge,
		help:  "1 while writes wait because the disk does not keep up.",
		value: func(v *view) float64 { return truth(v.Persistence.WritesBehind) },
	},
}
