package command

import (
	"fmt"
	"strconv"
	"strings"
)

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
		"evicted_keys", k.Evicted,
		"evicted_clients", s.EvictedClients,
		"total_eviction_exceeded_time", s.OverLimitMs,
		"current_eviction_exceeded_time", s.OverLimitNowMs,
		"keyspace_hits", k.Hits,
		"keyspace_misses", k.Misses,
		"pubsub_channels", i.c.Host.TopicCount(Channel),
		"pubsub_patterns", i.c.Host.TopicCount(Pattern),
		"pubsubshard_channels", i.c.Host.TopicCount(ShardChannel),
		"latest_fork_usec", 0,
		"total_forks", 0,
		"migrate_cached_sockets", 0,
		"slave_expires_tracked_keys", 0,
		"active_defrag_hits", i.st.Memory.Defrag.Moved,
		"active_defrag_misses", i.st.Memory.Defrag.Kept,
		"active_defrag_key_hits", i.st.Memory.Defrag.KeysMoved,
		"active_defrag_key_misses", i.st.Memory.Defrag.KeysKept,
		"total_active_defrag_time", i.st.Memory.DefragMillis,
		"current_active_defrag_time", i.st.Memory.DefragNowMs,
		"tracking_total_keys", s.TrackedKeys,
		"tracking_total_items", s.TrackedItems,
		"tracking_total_prefixes", s.TrackedPrefixes,
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
			fmt.Fprintf(i, "p%s=%.3f", percentileName(p), s.Times.Percentile(p)/1000)
		}
		i.WriteString("\r\n")
	})
}

// percentileName is p with up to six decimals, without zeros at the end.
func percentileName(p float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(p, 'f', 6, 64), "0"), ".")
}
