package command

import (
	"fmt"
	"strings"
)

func infoServer(i *info) {
	s, cfg := &i.st.Server, i.c.Host.Config()
	supervised := "no"
	if s.Supervised {
		supervised = "systemd"
	}
	i.lines(
		"redis_version", Version,
		"redis_git_sha1", "00000000",
		"redis_git_dirty", 0,
		"redis_build_id", BuildID,
		"redis_mode", "standalone",
		"os", s.OS,
		"arch_bits", 64,
		"monotonic_clock", "CPU tick counter",
		"multiplexing_api", s.API,
		"atomicvar_api", "go-atomic",
		"gcc_version", "0.0.0",
		"process_id", s.PID,
		"process_supervised", supervised,
		"run_id", s.RunID,
		"tcp_port", s.Port,
		"server_time_usec", s.UnixUs,
		"uptime_in_seconds", s.UptimeS,
		"uptime_in_days", s.UptimeS/86400,
		"hz", cfg.HZ,
		"configured_hz", cfg.HZ,
		"lru_clock", s.UnixUs/1e6&(1<<24-1),
		"executable", s.Executable,
		"config_file", s.ConfigFile,
		"io_threads_active", b2i(s.ThreadsActive),
	)
	for k, l := range s.Listeners {
		i.line(fmt.Sprintf("listener%d", k), l)
	}
	i.lines("server_name", "basalt", "basalt_version", BasaltVersion, "io_threads", s.Threads)
}

func infoClients(i *info) {
	c := &i.st.Clients
	i.lines(
		"connected_clients", c.Connected,
		"cluster_connections", 0,
		"maxclients", i.c.Host.Config().MaxClients,
		"client_recent_max_input_buffer", c.RecentMaxInput,
		"client_recent_max_output_buffer", c.RecentMaxOutput,
		"blocked_clients", c.Blocked,
		"tracking_clients", c.Tracking,
		"clients_in_timeout_table", c.Timed,
		"total_blocking_keys", c.BlockingKeys,
		"total_blocking_keys_on_nokey", c.BlockingKeysGone,
	)
}

func infoPersistence(i *info) {
	p := &i.st.Persistence
	status := func(ok bool) string {
		if ok {
			return "ok"
		}
		return "err"
	}
	i.lines(
		"loading", b2i(p.Loading),
		"async_loading", 0,
		"current_cow_peak", 0,
		"current_cow_size", 0,
		"current_cow_size_age", 0,
		"current_fork_perc", fmt.Sprintf("%.2f", share(p.KeysDone, p.KeysTotal)),
		"current_save_keys_processed", p.KeysDone,
		"current_save_keys_total", p.KeysTotal,
		"rdb_changes_since_last_save", i.c.Keys.Dirty,
		"rdb_bgsave_in_progress", b2i(p.Saving),
		"rdb_last_save_time", p.LastSaveUnixS,
		"rdb_last_bgsave_status", status(p.SaveOK),
		"rdb_last_bgsave_time_sec", p.SaveSeconds,
		"rdb_current_bgsave_time_sec", p.SavingSeconds,
		"rdb_saves", p.Saves,
		"rdb_last_cow_size", 0,
		"rdb_last_load_keys_expired", p.ExpiredKeys,
		"rdb_last_load_keys_loaded", p.LoadedKeys,
		"aof_enabled", b2i(p.Log),
		"aof_rewrite_in_progress", b2i(p.Rewriting),
		"aof_rewrite_scheduled", b2i(p.RewritePending),
		"aof_last_rewrite_time_sec", p.RewriteSeconds,
		"aof_current_rewrite_time_sec", p.RewritingSeconds,
		"aof_last_bgrewrite_status", status(p.RewriteOK),
		"aof_rewrites", p.Rewrites,
		"aof_rewrites_consecutive_failures", p.RewriteFailures,
		"aof_last_write_status", status(p.LogOK),
		"aof_last_cow_size", 0,
		"module_fork_in_progress", 0,
		"module_fork_last_cow_size", 0,
	)
	if p.Log {
		i.lines(
			"aof_current_size", p.LogSize,
			"aof_base_size", p.LogBase,
			"aof_pending_rewrite", 0,
			"aof_buffer_length", p.LogBuffered,
			"aof_pending_bio_fsync", b2i(p.LogSyncing),
			"aof_delayed_fsync", p.LogDelayed,
		)
	}
	if p.Loading {
		infoLoading(i)
	}
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// infoLoading is the lines that there are while the data set is read.
func infoLoading(i *info) {
	p := &i.st.Persistence
	elapsed := i.st.Server.UnixUs/1e6 - p.LoadStartUnixS
	eta := int64(1)
	if p.LoadRead > 0 {
		eta = elapsed * (p.LoadTotal - p.LoadRead) / p.LoadRead
	}
	i.lines(
		"loading_start_time", p.LoadStartUnixS,
		"loading_total_bytes", p.LoadTotal,
		"loading_rdb_used_mem", 0,
		"loading_loaded_bytes", p.LoadRead,
		"loading_loaded_perc", fmt.Sprintf("%.2f", share(p.LoadRead, p.LoadTotal)),
		"loading_eta_seconds", eta,
	)
}

func infoReplication(i *info) {
	id := i.st.Server.RunID
	i.lines(
		"role", "master",
		"connected_slaves", 0,
		"master_failover_state", "no-failover",
		"master_replid", id,
		"master_replid2", strings.Repeat("0", 40),
		"master_repl_offset", 0,
		"second_repl_offset", -1,
		"repl_backlog_active", 0,
		"repl_backlog_size", i.c.Host.Config().ReplBacklogSize,
		"repl_backlog_first_byte_offset", 0,
		"repl_backlog_histlen", 0,
	)
}

func infoCPU(i *info) {
	u := &i.st.CPU
	seconds := func(v float64) string { return fmt.Sprintf("%.6f", v) }
	i.lines(
		"used_cpu_sys", seconds(u.Sys),
		"used_cpu_user", seconds(u.User),
		"used_cpu_sys_children", seconds(u.ChildSys),
		"used_cpu_user_children", seconds(u.ChildUser),
		"used_cpu_sys_main_thread", seconds(u.MainSys),
		"used_cpu_user_main_thread", seconds(u.MainUser),
	)
}

func infoCluster(i *info) { i.line("cluster_enabled", 0) }
