package metrics

const memoryIntro = "Keys and values live outside the Go heap in an arena that counts exactly; used memory is that and the Go heap."

var memoryMetrics = []metric{
	{
		name: "redis_memory_used_bytes", kind: gauge,
		help:  "Memory in use: the arena and the Go heap.",
		value: func(v *view) float64 { return float64(v.used()) },
	},
	{
		name: "redis_memory_used_peak_bytes", kind: gauge,
		help:  "Most memory that was in use, looked at once a second.",
		value: func(v *view) float64 { return float64(max(v.Memory.Peak, v.used())) },
	},
	{
		name: "redis_memory_used_startup_bytes", kind: gauge,
		help:  "Memory that was in use after the start.",
		value: func(v *view) float64 { return float64(v.Memory.Startup) },
	},
	{
		name: "redis_memory_used_overhead_bytes", kind: gauge,
		help:  "Of the memory in use, what is neither keys nor values: tables, deadlines, the Go heap.",
		value: func(v *view) float64 { return float64(v.overhead()) },
	},
	{
		name: "redis_memory_used_dataset_bytes", kind: gauge,
		help:  "Of the memory in use, keys and values.",
		value: func(v *view) float64 { return float64(v.used() - v.overhead()) },
	},
	{
		name: "redis_memory_used_rss_bytes", kind: gauge,
		help:  "Resident memory; the most there was on systems that do not tell the current one.",
		value: func(v *view) float64 { return float64(v.RSS) },
	},
	{
		name: "redis_memory_max_bytes", kind: gauge,
		help:  "The directive maxmemory, 0 for no limit.",
		value: func(v *view) float64 { return float64(v.Memory.Max) },
	},
	{
		name: "redis_config_maxmemory", kind: gauge,
		help:  "The same, as redis_exporter names the setting.",
		value: func(v *view) float64 { return float64(v.Memory.Max) },
	},
	{
		name: "redis_total_system_memory_bytes", kind: gauge,
		help:  "Memory of the machine.",
		value: func(v *view) float64 { return float64(v.System) },
	},
	{
		name: "redis_mem_not_counted_for_eviction_bytes", kind: gauge,
		help:  "Memory that maxmemory leaves out: the buffers of the append only file.",
		value: func(v *view) float64 { return float64(v.Memory.LogBuffers) },
	},
	{
		name: "redis_mem_fragmentation_ratio", kind: gauge,
		help:  "Resident memory over memory in use.",
		value: func(v *view) float64 { return ratio(v.RSS, v.used()) },
	},
	{
		name: "redis_mem_fragmentation_bytes", kind: gauge,
		help:  "Resident memory less memory in use.",
		value: func(v *view) float64 { return float64(v.RSS - v.used()) },
	},
	{
		name: "redis_allocator_allocated_bytes", kind: gauge,
		help:  "Of the arena, what is in use.",
		value: func(v *view) float64 { return float64(v.Memory.ArenaUsed) },
	},
	{
		name: "redis_allocator_active_bytes", kind: gauge,
		help:  "Of the arena, slabs and page runs of which something is in use.",
		value: func(v *view) float64 { return float64(v.Memory.ArenaActive) },
	},
	{
		name: "redis_allocator_resident_bytes", kind: gauge,
		help:  "Of the arena, what may be resident.",
		value: func(v *view) float64 { return float64(v.Memory.ArenaResident) },
	},
	{
		name: "redis_allocator_frag_ratio", kind: gauge,
		help:  "Active over allocated memory of the arena.",
		value: func(v *view) float64 { return ratio(v.Memory.ArenaActive, v.Memory.ArenaUsed) },
	},
	{
		name: "redis_allocator_frag_bytes", kind: gauge,
		help:  "Active less allocated memory of the arena.",
		value: func(v *view) float64 { return float64(v.Memory.ArenaActive - v.Memory.ArenaUsed) },
	},
	{
		name: "redis_allocator_rss_ratio", kind: gauge,
		help:  "Resident over active memory of the arena.",
		value: func(v *view) float64 { return ratio(v.Memory.ArenaResident, v.Memory.ArenaActive) },
	},
	{
		name: "redis_allocator_rss_bytes", kind: gauge,
		help:  "Resident less active memory of the arena.",
		value: func(v *view) float64 { return float64(v.Memory.ArenaResident - v.Memory.ArenaActive) },
	},
	{
		name: "basalt_arena_fragmentation_ratio", kind: gauge,
		help:  "What the arena may have resident over what is in use in it.",
		value: func(v *view) float64 { return ratio(v.Memory.ArenaResident, v.Memory.ArenaUsed) },
	},
	{
		name: "basalt_arena_bytes", kind: gauge, labels: []string{"purpose"},
		help: "Memory in use in the arena, by what it is for.",
		each: func(v *view, add func(float64, ...string)) {
			for i := range v.Arena {
				add(float64(v.Arena[i].Bytes), v.Arena[i].Name)
			}
		},
	},
	{
		name: "redis_lazyfree_pending_objects", kind: gauge,
		help:  "Keys that were flushed and are not freed yet.",
		value: func(v *view) float64 { return float64(v.Memory.LazyPending) },
	},
	{
		name: "redis_lazyfreed_objects", kind: gauge,
		help:  "Keys and large values that were freed in slices.",
		value: func(v *view) float64 { return float64(v.Totals.LazyFreed) },
	},
	{
		name: "redis_active_defrag_running", kind: gauge,
		help:  "Percent of the executor's time that moving what is stored may take (`activedefrag`), 0 while nothing has to be moved.",
		value: func(v *view) float64 { return float64(v.Memory.DefragPercent) },
	},
	{
		name: "redis_defrag_hits", kind: gauge,
		help:  "Blocks of memory that were moved.",
		value: func(v *view) float64 { return float64(v.Totals.Moved) },
	},
	{
		name: "redis_defrag_misses", kind: gauge,
		help:  "Blocks of memory that were looked at and lay well.",
		value: func(v *view) float64 { return float64(v.Totals.Kept) },
	},
	{
		name: "redis_defrag_key_hits", kind: gauge,
		help:  "Keys of which something was moved.",
		value: func(v *view) float64 { return float64(v.Totals.KeysMoved) },
	},
	{
		name: "redis_defrag_key_misses", kind: gauge,
		help:  "Keys of which nothing was moved.",
		value: func(v *view) float64 { return float64(v.Totals.KeysKept) },
	},
}

// used is used_memory, in bytes.
func (v *view) used() int64 { return v.Memory.ArenaUsed + v.GoHeap }

// overhead is used_memory_overhead, in bytes.
func (v *view) overhead() int64 { return v.Memory.ArenaOverhead + v.GoHeap }
