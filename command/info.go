package command

import (
	"fmt"
	"strings"
)

// Status is the figures behind INFO and MEMORY STATS that only the server
// knows. Sizes are bytes, times as the field says.
type Status struct {
	Server struct {
		OS, RunID, Executable, ConfigFile string
		Listeners                         []string // "name=tcp,bind=127.0.0.1,port=6379"
		PID, Port                         int
		UptimeS, UnixUs                   int64
		Threads                           int
		API                               string // multiplexing_api
	}
	Clients struct {
		Connected, Blocked              int
		RecentMaxInput, RecentMaxOutput int64
		Memory                          int64
	}
	Memory struct {
		Used, Peak, Startup, RSS, System int64
		Overhead, Dataset                int64
		Allocated, Active, Resident      int64
		GoHeap                           int64
		LazyPending, LazyFreed           int64
		Purposes                         []Amount // arena memory by purpose
	}
	Stats struct {
		Connections, Rejected, Commands      int64
		OpsPerSecond                         int64
		NetIn, NetOut                        int64
		InKbps, OutKbps                      float64
		ErrorReplies, UnexpectedErrors       int64
		Reads, Writes                        int64
		ThreadedReads, ThreadedWrites        int64
		OutputLimitCloses, QueryLimitCloses  int64
		ExpireMillis, ExpireLagMs            int64
		Cycles, CycleMicros, CommandMicros   int64
		CyclesPerSecond, CycleDurationMicros int64
		AuthDenied                           int64
	}
	CPU struct {
		Sys, User, ChildSys, ChildUser, MainSys, MainUser float64 // seconds
	}
	Persistence struct {
		LastSaveUnixS int64
	}
}

// Amount is a named number of bytes.
type Amount struct {
	Name  string
	Bytes int64
}

// info collects the text of INFO.
type info struct {
	*strings.Builder
	c  *Context
	st Status
}

func (i *info) line(name string, value any) { fmt.Fprintf(i, "%s:%v\r\n", name, value) }

// lines writes pairs of name and value.
func (i *info) lines(pairs ...any) {
	for k := 0; k+1 < len(pairs); k += 2 {
		fmt.Fprintf(i, "%s:%v\r\n", pairs[k], pairs[k+1])
	}
}

// section is one part of INFO. Those that are not standard are shown only when
// asked for by name, or with "all".
type section struct {
	name, title string
	standard    bool
	all         bool
	write       func(*info)
}

var sections = []section{
	{"server", "Server", true, true, infoServer},
	{"clients", "Clients", true, true, infoClients},
	{"memory", "Memory", true, true, infoMemory},
	{"persistence", "Persistence", true, true, infoPersistence},
	{"stats", "Stats", true, true, infoStats},
	{"replication", "Replication", true, true, infoReplication},
	{"cpu", "CPU", true, true, infoCPU},
	{"modules", "Modules", true, false, func(*info) {}},
	{"commandstats", "Commandstats", false, true, infoCommandStats},
	{"errorstats", "Errorstats", true, true, infoErrorStats},
	{"latencystats", "Latencystats", false, true, infoLatencyStats},
	{"cluster", "Cluster", true, true, infoCluster},
	{"keyspace", "Keyspace", true, true, infoKeyspace},
	{"rehash", "Rehash", true, true, infoRehash},
}

func cmdInfo(c *Context) {
	wanted := map[string]bool{}
	for _, arg := range c.Args[1:] {
		wanted[strings.ToLower(string(arg))] = true
	}
	if len(wanted) == 0 {
		wanted["default"] = true
	}
	i := &info{Builder: &strings.Builder{}, c: c}
	c.Host.Status(&i.st)
	for _, s := range sections {
		show := wanted[s.name] || wanted["everything"] || wanted["all"] && s.all || wanted["default"] && s.standard
		if !show {
			continue
		}
		if i.Len() > 0 {
			i.WriteString("\r\n")
		}
		i.WriteString("# " + s.title + "\r\n")
		s.write(i)
	}
	c.W.Verbatim("txt", i.String())
}

func infoServer(i *info) {
	s, cfg := &i.st.Server, i.c.Host.Config()
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
		"process_supervised", "no",
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
		"io_threads_active", b2i(s.Threads > 1),
	)
	for k, l := range s.Listeners {
		i.line(fmt.Sprintf("listener%d", k), l)
	}
	i.lines("server_name", "basalt", "basalt_version", BasaltVersion, "io_threads", s.Threads)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
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
		"tracking_clients", 0,
		"clients_in_timeout_table", 0,
		"total_blocking_keys", 0,
		"total_blocking_keys_on_nokey", 0,
	)
}

// human formats bytes as INFO does: two decimals and a unit.
func human(n int64) string {
	units := []string{"B", "K", "M", "G", "T", "P"}
	v, u := float64(n), 0
	for v >= 1024 && u < len(units)-1 {
		v /= 1024
		u++
	}
	if u == 0 {
		return fmt.Sprintf("%dB", n)
	}
	return fmt.Sprintf("%.2f%s", v, units[u])
}

func ratio(a, b int64) string {
	if b == 0 {
		return "0.00"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

func percent(a, b int64) string {
	if b == 0 {
		return "0.00%"
	}
	return fmt.Sprintf("%.2f%%", 100*float64(a)/float64(b))
}

func infoMemory(i *info) {
	m, cfg := &i.st.Memory, i.c.Host.Config()
	policy, _ := cfg.Value("maxmemory-policy")
	i.lines(
		"used_memory", m.Used, "used_memory_human", human(m.Used),
		"used_memory_rss", m.RSS, "used_memory_rss_human", human(m.RSS),
		"used_memory_peak", m.Peak, "used_memory_peak_human", human(m.Peak),
		"used_memory_peak_perc", percent(m.Used, m.Peak),
		"used_memory_overhead", m.Overhead,
		"used_memory_startup", m.Startup,
		"used_memory_dataset", m.Dataset,
		"used_memory_dataset_perc", percent(m.Dataset, m.Used-m.Startup),
		"allocator_allocated", m.Allocated,
		"allocator_active", m.Active,
		"allocator_resident", m.Resident,
		"total_system_memory", m.System, "total_system_memory_human", human(m.System),
		"used_memory_lua", 0,
		"used_memory_vm_eval", 0,
		"used_memory_lua_human", "0B",
		"used_memory_scripts_eval", 0,
		"number_of_cached_scripts", 0,
		"number_of_functions", 0,
		"number_of_libraries", 0,
		"used_memory_vm_functions", 0,
		"used_memory_vm_total", 0, "used_memory_vm_total_human", "0B",
		"used_memory_functions", 0,
		"used_memory_scripts", 0, "used_memory_scripts_human", "0B",
		"maxmemory", cfg.MaxMemory, "maxmemory_human", human(int64(cfg.MaxMemory)),
		"maxmemory_policy", policy,
		"allocator_frag_ratio", ratio(m.Active, m.Allocated),
		"allocator_frag_bytes", m.Active-m.Allocated,
		"allocator_rss_ratio", ratio(m.Resident, m.Active),
		"allocator_rss_bytes", m.Resident-m.Active,
		"rss_overhead_ratio", ratio(m.RSS, m.Resident),
		"rss_overhead_bytes", m.RSS-m.Resident,
		"mem_fragmentation_ratio", ratio(m.RSS, m.Used),
		"mem_fragmentation_bytes", m.RSS-m.Used,
		"mem_not_counted_for_evict", 0,
		"mem_replication_backlog", 0,
		"mem_total_replication_buffers", 0,
		"mem_clients_slaves", 0,
		"mem_clients_normal", i.st.Clients.Memory,
		"mem_cluster_links", 0,
		"mem_aof_buffer", 0,
		"mem_allocator", "basalt-arena",
		"active_defrag_running", 0,
		"lazyfree_pending_objects", m.LazyPending,
		"lazyfreed_objects", m.LazyFreed,
		"mem_go_heap", m.GoHeap,
	)
	for _, p := range m.Purposes {
		i.line("mem_arena_"+p.Name, p.Bytes)
	}
}

func infoPersistence(i *info) {
	i.lines(
		"loading", 0,
		"async_loading", 0,
		"current_cow_peak", 0,
		"current_cow_size", 0,
		"current_cow_size_age", 0,
		"current_fork_perc", "0.00",
		"current_save_keys_processed", 0,
		"current_save_keys_total", 0,
		"rdb_changes_since_last_save", i.c.Keys.Dirty,
		"rdb_bgsave_in_progress", 0,
		"rdb_last_save_time", i.st.Persistence.LastSaveUnixS,
		"rdb_last_bgsave_status", "ok",
		"rdb_last_bgsave_time_sec", -1,
		"rdb_current_bgsave_time_sec", -1,
		"rdb_saves", 0,
		"rdb_last_cow_size", 0,
		"rdb_last_load_keys_expired", 0,
		"rdb_last_load_keys_loaded", 0,
		"aof_enabled", 0,
		"aof_rewrite_in_progress", 0,
		"aof_rewrite_scheduled", 0,
		"aof_last_rewrite_time_sec", -1,
		"aof_current_rewrite_time_sec", -1,
		"aof_last_bgrewrite_status", "ok",
		"aof_rewrites", 0,
		"aof_rewrites_consecutive_failures", 0,
		"aof_last_write_status", "ok",
		"aof_last_cow_size", 0,
		"module_fork_in_progress", 0,
		"module_fork_last_cow_size", 0,
	)
}

func infoStats(i *info) {
	s, k := &i.st.Stats, i.c.Keys
	i.lines(
		"total_connections_received", s.Connections,
		"total_commands_processed", s.Commands,
		"instantaneous_ops_per_sec", s.OpsPerSecond,
		"total_net_input_bytes", s.NetIn,
		"total_net_output_bytes", s.NetOut,
		"total_net_repl_input_bytes", 0,
		"total_net_repl_output_bytes", 0,
		"instantaneous_input_kbps", fmt.Sprintf("%.2f", s.InKbps),
		"instantaneous_output_kbps", fmt.Sprintf("%.2f", s.OutKbps),
		"instantaneous_input_repl_kbps", "0.00",
		"instantaneous_output_repl_kbps", "0.00",
		"rejected_connections", s.Rejected,
		"sync_full", 0,
		"sync_partial_ok", 0,
		"sync_partial_err", 0,
		"expired_keys", k.Expired,
		"expired_stale_perc", "0.00",
		"expired_time_cap_reached_count", 0,
		"expire_cycle_cpu_milliseconds", s.ExpireMillis,
		"evicted_keys", 0,
		"evicted_clients", 0,
		"total_eviction_exceeded_time", 0,
		"current_eviction_exceeded_time", 0,
		"keyspace_hits", k.Hits,
		"keyspace_misses", k.Misses,
		"pubsub_channels", 0,
		"pubsub_patterns", 0,
		"pubsubshard_channels", 0,
		"latest_fork_usec", 0,
		"total_forks", 0,
		"migrate_cached_sockets", 0,
		"slave_expires_tracked_keys", 0,
		"active_defrag_hits", 0,
		"active_defrag_misses", 0,
		"active_defrag_key_hits", 0,
		"active_defrag_key_misses", 0,
		"total_active_defrag_time", 0,
		"current_active_defrag_time", 0,
		"tracking_total_keys", 0,
		"tracking_total_items", 0,
		"tracking_total_prefixes", 0,
		"unexpected_error_replies", s.UnexpectedErrors,
		"total_error_replies", s.ErrorReplies,
		"dump_payload_sanitizations", 0,
		"total_reads_processed", s.Reads,
		"total_writes_processed", s.Writes,
		"io_threaded_reads_processed", s.ThreadedReads,
		"io_threaded_writes_processed", s.ThreadedWrites,
		"reply_buffer_shrinks", 0,
		"reply_buffer_expands", 0,
		"eventloop_cycles", s.Cycles,
		"eventloop_duration_sum", s.CycleMicros,
		"eventloop_duration_cmd_sum", s.CommandMicros,
		"instantaneous_eventloop_cycles_per_sec", s.CyclesPerSecond,
		"instantaneous_eventloop_duration_usec", s.CycleDurationMicros,
		"acl_access_denied_auth", s.AuthDenied,
		"acl_access_denied_cmd", 0,
		"acl_access_denied_key", 0,
		"acl_access_denied_channel", 0,
		"client_output_buffer_limit_disconnections", s.OutputLimitCloses,
		"client_query_buffer_limit_disconnections", s.QueryLimitCloses,
		"expire_lag_milliseconds", s.ExpireLagMs,
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

func infoCommandStats(i *info) {
	i.c.Host.Table().each(func(r *Row) {
		s := i.c.Host.RowStats(r.ID)
		if s.Calls == 0 && s.Rejected == 0 && s.Failed == 0 {
			return
		}
		perCall := 0.0
		if s.Calls > 0 {
			perCall = float64(s.Nanos) / 1000 / float64(s.Calls)
		}
		fmt.Fprintf(i, "cmdstat_%s:calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d\r\n",
			r.FullName, s.Calls, s.Nanos/1000, perCall, s.Rejected, s.Failed)
	})
}

func infoErrorStats(i *info) {
	i.c.Host.ErrorStats(func(code string, count int64) {
		fmt.Fprintf(i, "errorstat_%s:count=%d\r\n", code, count)
	})
}

func infoLatencyStats(i *info) {
	cfg := i.c.Host.Config()
	if !cfg.LatencyTracking {
		return
	}
	i.c.Host.Table().each(func(r *Row) {
		s := i.c.Host.RowStats(r.ID)
		if s.Calls == 0 {
			return
		}
		fmt.Fprintf(i, "latency_percentiles_usec_%s:", r.FullName)
		for k, p := range cfg.LatencyTrackingInfoPercentiles {
			if k > 0 {
				i.WriteByte(',')
			}
			fmt.Fprintf(i, "p%g=%.3f", p, s.Percentile(p)/1000)
		}
		i.WriteString("\r\n")
	})
}

func infoCluster(i *info) { i.line("cluster_enabled", 0) }

func infoKeyspace(i *info) {
	for n := range i.c.Keys.Count() {
		d := i.c.Keys.DB(n)
		if d.Len() > 0 {
			fmt.Fprintf(i, "db%d:keys=%d,expires=%d,avg_ttl=%d\r\n", n, d.Len(), d.Volatile(), d.AverageTTL())
		}
	}
}

// infoRehash shows how far each database's table is: buckets below the split
// pointer are divided already, those behind it wait for their turn.
func infoRehash(i *info) {
	for n := range i.c.Keys.Count() {
		if i.c.Keys.DB(n).Len() == 0 {
			continue
		}
		s := i.c.Keys.Stats(n)
		fmt.Fprintf(i, "db%d_rehash:active=%d,level=%d,split=%d,steps=%d,buckets=%d,overflow=%d,bytes=%d\r\n",
			n, b2i(s.Rehashing), s.Level, s.Split, s.Steps, s.Buckets, s.Overflow, s.Bytes)
	}
}
