package config

// ShutdownFlags are the options of a shutdown; none lets the save points decide.
type ShutdownFlags uint8

// The options.
const (
	ShutdownSave ShutdownFlags = 1 << iota
	ShutdownNoSave
	ShutdownNow
	ShutdownForce
)

// Shutdown is how the server ends.
type Shutdown struct {
	// ShutdownTimeout is the seconds to wait for replicas that lag.
	ShutdownTimeout int
	// ShutdownOnSigint and ShutdownOnSigterm are the options for these signals.
	ShutdownOnSigint, ShutdownOnSigterm ShutdownFlags
}

var shutdownRows = []Directive{
	{
		Name: "shutdown-timeout", Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.ShutdownTimeout }, 10, 0, maxInt),
		Doc:   "Seconds to wait for replicas that lag behind before ending.",
	},
	{
		Name: "shutdown-on-sigint", Flags: MultiArg,
		value: shutdownFlags(func(c *Config) *ShutdownFlags { return &c.ShutdownOnSigint }),
		Doc:   "What SIGINT does: `save` or `nosave`, `now` without waiting for replicas, `force` even if saving fails. As nothing can be saved, `save` without `force` keeps the server running.",
	},
	{
		Name: "shutdown-on-sigterm", Flags: MultiArg,
		value: shutdownFlags(func(c *Config) *ShutdownFlags { return &c.ShutdownOnSigterm }),
		Doc:   "The same for SIGTERM.",
	},
}
