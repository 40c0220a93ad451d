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
	// ShutdownTimeout is the seconds that SIGTERM gives the clients.
	ShutdownTimeout int
	// ShutdownOnSigint and ShutdownOnSigterm are the options for these signals.
	ShutdownOnSigint, ShutdownOnSigterm ShutdownFlags
}

var shutdownRows = []Directive{
	{
		Name:  "shutdown-timeout",
		value: integer(func(c *Config) *int { return &c.ShutdownTimeout }, 10, 0, maxInt),
		Doc: "Seconds over which SIGTERM drains the server: it is not ready any more and accepts nobody, and its clients are " +
			"disconnected one after the other, each between two commands, before it saves and ends; few clients take less. 0 ends at once, as " +
			"SIGINT, the command SHUTDOWN and a second SIGTERM do; SHUTDOWN ABORT calls it off. (In Redis the time for replicas that lag behind, which this server has none of.)",
	},
	{
		Name: "shutdown-on-sigint", Flags: MultiArg,
		value: shutdownFlags(func(c *Config) *ShutdownFlags { return &c.ShutdownOnSigint }),
		Doc: "What SIGINT does: `save` or `nosave`, `now` without waiting for clients, `force` even if saving fails. Without `force` a server that " +
			"has to save and cannot goes on, says why in the log, and takes the next signal as a new attempt; a second SIGINT before it has " +
			"ended, or one while it saves after SIGTERM, ends it at once, unsaved.",
	},
	{
		Name: "shutdown-on-sigterm", Flags: MultiArg,
		value: shutdownFlags(func(c *Config) *ShutdownFlags { return &c.ShutdownOnSigterm }),
		Doc:   "The same for SIGTERM.",
	},
}
