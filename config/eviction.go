package config

// MaxMemoryPolicy chooses the keys to evict at maxmemory.
type MaxMemoryPolicy uint8

// The policies.
const (
	NoEviction MaxMemoryPolicy = iota
	VolatileLRU
	VolatileLFU
	VolatileRandom
	VolatileTTL
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
	AllKeysTinyLFU
)

// UsesAccess reports whether the policy chooses by when, or how often, keys
// were used.
func (p MaxMemoryPolicy) UsesAccess() bool {
	switch p {
	case VolatileLRU, VolatileLFU, AllKeysLRU, AllKeysLFU, AllKeysTinyLFU:
		return true
	}
	return false
}

// Eviction is what happens as memory fills up.
type Eviction struct {
	// MaxMemory is the limit in bytes; 0 is none.
	MaxMemory uint64
	// MaxMemoryPercent, if not 0, is the limit in percent of the memory that the
	// process may use; MaxMemory is 0 then.
	MaxMemoryPercent int
	// MaxMemoryPolicy chooses what goes when the limit is reached.
	MaxMemoryPolicy MaxMemoryPolicy
	// MaxMemorySamples is how many keys are compared to choose one.
	MaxMemorySamples int
	// MaxMemoryEvictionTenacity, 0 to 100, is how long eviction may go on before
	// commands have their turn; 100 is without limit.
	MaxMemoryEvictionTenacity int
	// LFULogFactor slows the access counter of LFU down.
	LFULogFactor int
	// LFUDecayTime is the minutes after which that counter is halved.
	LFUDecayTime int
	// ActiveExpireEffort, 1 to 10, has no meaning here.
	ActiveExpireEffort int
	// ActiveRehashing lets idle time be spent on growing and shrinking tables.
	ActiveRehashing bool

	ActiveDefrag               bool
	ActiveDefragIgnoreBytes    int64
	ActiveDefragThresholdLower int
	ActiveDefragThresholdUpper int
	ActiveDefragCycleMin       int
	ActiveDefragCycleMax       int
	ActiveDefragMaxScanFields  int64
	JemallocBGThread           bool
}

var evictionRows = []Directive{
	{
		Name: "maxmemory", Apply: ApplyMaxMemory,
		value: newMemoryLimit(),
		Doc: "Bytes of data at which the server stops growing, or a percentage of the memory that it may use: " +
			"the container's limit, if it has one, else the machine's. 0 is no limit.",
	},
	{
		Name: "maxmemory-policy", Apply: ApplyMaxMemory,
		value: enum(func(c *Config) *MaxMemoryPolicy { return &c.MaxMemoryPolicy }, NoEviction,
			named[MaxMemoryPolicy]{"volatile-lru", VolatileLRU}, named[MaxMemoryPolicy]{"volatile-lfu", VolatileLFU},
			named[MaxMemoryPolicy]{"volatile-random", VolatileRandom}, named[MaxMemoryPolicy]{"volatile-ttl", VolatileTTL},
			named[MaxMemoryPolicy]{"allkeys-lru", AllKeysLRU}, named[MaxMemoryPolicy]{"allkeys-lfu", AllKeysLFU},
			named[MaxMemoryPolicy]{"allkeys-random", AllKeysRandom},
			named[MaxMemoryPolicy]{"allkeys-tinylfu", AllKeysTinyLFU}, named[MaxMemoryPolicy]{"noeviction", NoEviction}),
		Doc: "What is removed at `maxmemory`: of all keys, or of those with a time to live, the one that was not used for the longest time (`lru`), " +
			"least often (`lfu`), any (`random`), or the one that expires next (`ttl`); `noeviction` removes nothing and refuses commands that need memory. " +
			"`allkeys-tinylfu` weighs how often and when keys were used, and remembers keys that it removed: it has the most hits on most loads.",
	},
	{
		Name: "maxmemory-samples", Apply: ApplyMaxMemory,
		value: integer(func(c *Config) *int { return &c.MaxMemorySamples }, 5, 1, maxInt),
		Doc:   "Keys that are compared to choose the one to evict; more than 64 are taken as 64.",
	},
	{
		Name: "maxmemory-eviction-tenacity", Apply: ApplyMaxMemory,
		value: integer(func(c *Config) *int { return &c.MaxMemoryEvictionTenacity }, 10, 0, 100),
		Doc:   "How long eviction may delay a command: 20 microseconds for each step up to 10, 15 % longer for each step beyond, 100 for as long as it takes.",
	},
	{
		Name: "lfu-log-factor", Apply: ApplyMaxMemory,
		value: integer(func(c *Config) *int { return &c.LFULogFactor }, 10, 0, maxInt),
		Doc:   "The higher, the more accesses fill the counter of the `lfu` policies.",
	},
	{
		Name: "lfu-decay-time", Apply: ApplyMaxMemory,
		value: integer(func(c *Config) *int { return &c.LFUDecayTime }, 1, 0, maxInt),
		Doc:   "Minutes without access after which that counter falls; 0 lets it stand.",
	},
	{
		Name: "activerehashing", Apply: ApplyKeyspace,
		value: yesNo(func(c *Config) *bool { return &c.ActiveRehashing }, true),
		Doc:   "Spend idle time on growing and shrinking the hash tables, not only the commands that change them.",
	},
	{
		Name: "active-expire-effort", Apply: ApplyKeyspace, Inert: "deadlines are kept in a timing wheel: keys expire on time without being searched for",
		value: integer(func(c *Config) *int { return &c.ActiveExpireEffort }, 1, 1, 10),
		Doc:   "How hard to look for expired keys.",
	},
	{
		Name:  "activedefrag",
		value: yesNo(func(c *Config) *bool { return &c.ActiveDefrag }, false),
		Doc:   "Move data to close the gaps that deleted and changed values leave in memory, so that it goes back to the system: for a cache whose values change in size. Tables and the groups of streams are not moved, and nothing is while a snapshot or the log is being written.",
	},
	{
		Name:  "active-defrag-ignore-bytes",
		value: byteCount(func(c *Config) *int64 { return &c.ActiveDefragIgnoreBytes }, 100<<20, 1, 1<<63-1),
		Doc:   "Bytes of gaps below which memory is not moved.",
	},
	{
		Name:  "active-defrag-threshold-lower",
		value: integer(func(c *Config) *int { return &c.ActiveDefragThresholdLower }, 10, 0, 1000),
		Doc:   "Gaps in percent of what is used from which on data is moved.",
	},
	{
		Name:  "active-defrag-threshold-upper",
		value: integer(func(c *Config) *int { return &c.ActiveDefragThresholdUpper }, 100, 0, 1000),
		Doc:   "Gaps in percent of what is used from which on it is moved with `active-defrag-cycle-max`.",
	},
	{
		Name:  "active-defrag-cycle-min",
		value: integer(func(c *Config) *int { return &c.ActiveDefragCycleMin }, 1, 1, 99),
		Doc:   "Share of the executor's time, in percent, for moving at the lower threshold.",
	},
	{
		Name:  "active-defrag-cycle-max",
		value: integer(func(c *Config) *int { return &c.ActiveDefragCycleMax }, 25, 1, 99),
		Doc:   "The same at the upper threshold. A slice of 0.2 ms in a millisecond is the most that an idle server spends.",
	},
	{
		Name: "active-defrag-max-scan-fields", Inert: "what is moved at once is bounded by time",
		value: integer(func(c *Config) *int64 { return &c.ActiveDefragMaxScanFields }, 1000, 1, 1<<63-1),
		Doc:   "Elements from which a key is moved in parts.",
	},
	{
		Name: "jemalloc-bg-thread", Inert: "the allocator is our own and needs no thread",
		value: yesNo(func(c *Config) *bool { return &c.JemallocBGThread }, true),
		Doc:   "Let the allocator clean up in a thread.",
	},
}
