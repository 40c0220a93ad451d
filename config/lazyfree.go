package config

// LazyFree chooses between freeing at once and in the background. Freeing
// something big is always done in slices here; the settings tell when the
// command waits for it.
type LazyFree struct {
	LazyFreeLazyEviction  bool
	LazyFreeLazyExpire    bool
	LazyFreeLazyServerDel bool
	// LazyFreeLazyUserDel lets DEL behave as UNLINK.
	LazyFreeLazyUserDel bool
	// LazyFreeLazyUserFlush makes ASYNC the default of FLUSHALL and FLUSHDB.
	LazyFreeLazyUserFlush bool
	ReplicaLazyFlush      bool
}

const alwaysLazy = "what is big is always freed in slices in the background"

var lazyFreeRows = []Directive{
	{
		Name: "lazyfree-lazy-eviction", Inert: alwaysLazy,
		value: yesNo(func(c *Config) *bool { return &c.LazyFreeLazyEviction }, false),
		Doc:   "Free evicted keys in the background.",
	},
	{
		Name: "lazyfree-lazy-expire", Inert: alwaysLazy,
		value: yesNo(func(c *Config) *bool { return &c.LazyFreeLazyExpire }, false),
		Doc:   "Free expired keys in the background.",
	},
	{
		Name: "lazyfree-lazy-server-del", Inert: alwaysLazy,
		value: yesNo(func(c *Config) *bool { return &c.LazyFreeLazyServerDel }, false),
		Doc:   "Free values that a command overwrites in the background.",
	},
	{
		Name: "lazyfree-lazy-user-del", Inert: alwaysLazy,
		value: yesNo(func(c *Config) *bool { return &c.LazyFreeLazyUserDel }, false),
		Doc:   "Let DEL count as UNLINK.",
	},
	{
		Name: "lazyfree-lazy-user-flush", Inert: alwaysLazy,
		value: yesNo(func(c *Config) *bool { return &c.LazyFreeLazyUserFlush }, false),
		Doc:   "Make ASYNC the default of FLUSHALL, FLUSHDB and SCRIPT FLUSH.",
	},
	{
		Name: "replica-lazy-flush", Alias: "slave-lazy-flush", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplicaLazyFlush }, false),
		Doc:   "Empty the data set in the background before a full synchronization.",
	},
}
