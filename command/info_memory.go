package command

import "fmt"

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
		"used_memory_dataset_perc", percent(m.Dataset, m.Grown),
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
		"maxmemory", m.Limit, "maxmemory_human", human(m.Limit),
		"maxmemory_policy", policy,
		"allocator_frag_ratio", ratio(m.Active, m.Allocated),
		"allocator_frag_bytes", m.Active-m.Allocated,
		"allocator_rss_ratio", ratio(m.Resident, m.Active),
		"allocator_rss_bytes", m.Resident-m.Active,
		"rss_overhead_ratio", ratio(m.RSS, m.Resident),
		"rss_overhead_bytes", m.RSS-m.Resident,
		"mem_fragmentation_ratio", ratio(m.RSS, m.Used),
		"mem_fragmentation_bytes", m.RSS-m.Used,
		"mem_not_counted_for_evict", m.LogBuffers,
		"mem_replication_backlog", 0,
		"mem_total_replication_buffers", 0,
		"mem_clients_slaves", 0,
		"mem_clients_normal", i.st.Clients.Memory,
		"mem_cluster_links", 0,
		"mem_aof_buffer", m.LogBuffers,
		"mem_allocator", "basalt-arena",
		"active_defrag_running", m.DefragPercent,
		"lazyfree_pending_objects", m.LazyPending,
		"lazyfreed_objects", m.LazyFreed,
		"mem_go_heap", m.GoHeap,
	)
	for _, p := range m.Purposes {
		i.line("mem_arena_"+p.Name, p.Bytes)
	}
}
