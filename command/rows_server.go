package command

// diagnosisFlags are those of the subcommands of CONFIG and LATENCY.
const diagnosisFlags = Admin | NoScript | Loading | Stale

// flushSyntax and flushHistory are shared by FLUSHALL and FLUSHDB.
const flushSyntax = "[flush-type<ASYNC:async@4.0.0|SYNC:sync@6.2.0>]"

var flushHistory = []Change{{"4.0.0", "`ASYNC` is new."}, {"6.2.0", "`SYNC` is new."}}

var (
	tipsShardsSucceed = []string{"request_policy:all_shards", "response_policy:all_succeeded"}
	tipsShardsReport  = []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"}
	tipsNodesReport   = []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"}
)

var serverRows = []Row{
	configRow,
	{
		Name: "dbsize", Arity: 1, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Group: GroupServer, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Counts the keys of the database.",
		Tips:    []string{"request_policy:all_shards", "response_policy:agg_sum"},
		Handler: cmdDBSize,
	},
	{
		Name: "debug", Arity: -2, Flags: Admin | NoScript | Loading | Stale | Protected,
		Group: GroupServer, Since: "1.0.0", Complexity: "By subcommand.",
		System:  true,
		Summary: "Serves those who test the server.",
		Handler: cmdDebug,
	},
	{
		Name: "flushall", Arity: -1, Flags: Write, ACL: ACLKeyspace | ACLDangerous,
		Group: GroupServer, Since: "1.0.0", Complexity: "O(N) where N is the number of keys in all databases.",
		Summary: "Deletes all keys of all databases.",
		Syntax:  flushSyntax,
		History: flushHistory,
		Tips:    tipsShardsSucceed,
		Handler: cmdFlushAll,
	},
	{
		Name: "flushdb", Arity: -1, Flags: Write, ACL: ACLKeyspace | ACLDangerous,
		Group: GroupServer, Since: "1.0.0", Complexity: "O(N) where N is the number of keys in the database.",
		Summary: "Deletes all keys of the database.",
		Syntax:  flushSyntax,
		History: flushHistory,
		Tips:    tipsShardsSucceed,
		Handler: cmdFlushDB,
	},
	{
		Name: "info", Arity: -1, Flags: Loading | Stale | Sentinel, ACL: ACLDangerous,
		Group: GroupServer, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Reports the state and the counters of the server.",
		Syntax:  "[section:string...]",
		History: []Change{{"7.0.0", "Several sections can be named."}},
		Tips:    tipsShardsReport,
		Handler: cmdInfo,
	},
	latencyRow,
	{
		Name: "lolwut", Arity: -1, Flags: ReadOnly | Fast,
		Group: GroupServer, Since: "5.0.0",
		Summary: "Draws a picture and tells the version.",
		Syntax:  "[VERSION version:integer]",
		Handler: cmdLolwut,
	},
	memoryRow,
	{
		Name: "monitor", Arity: 1, Flags: Admin | NoScript | Loading | Stale,
		Group: GroupServer, Since: "1.0.0",
		Summary: "Shows the commands of all clients as they are executed.",
		Handler: cmdMonitor,
	},
	{
		Name: "shutdown", Arity: -1,
		Flags: Admin | NoScript | Loading | Stale | NoMulti | Sentinel | AllowBusy,
		Group: GroupServer, Since: "1.0.0",
		Complexity: "O(N) when saving, where N is the number of keys in all databases, else O(1).",
		Summary:    "Saves what there is to save and ends the server.",
		Syntax: "[save-selector<NOSAVE:nosave|SAVE:save>] [NOW:now]@7.0.0 [FORCE:force]@7.0.0 " +
			"[ABORT:abort]@7.0.0",
		History: []Change{{"7.0.0", "`NOW`, `FORCE` and `ABORT` are new."}},
		Handler: cmdShutdown,
	},
	slowlogRow,
	{
		Name: "swapdb", Arity: 3, Flags: Write | Fast, ACL: ACLKeyspace | ACLDangerous,
		Group: GroupServer, Since: "4.0.0",
		Complexity: "O(N) where N is the number of clients that watch or wait for keys of the two databases.",
		Summary:    "Exchanges two databases.",
		Syntax:     "index1:integer index2:integer",
		Handler:    cmdSwapDB,
	},
	{
		Name: "time", Arity: 1, Flags: Loading | Stale | Fast,
		Group: GroupServer, Since: "2.6.0", Complexity: "O(1)",
		Summary: "Returns the server's Unix time in seconds, and the microseconds of the second.",
		Tips:    tipsVarying,
		Handler: cmdTime,
	},
}

var configRow = Row{
	Name: "config", Arity: -2,
	Group: GroupServer, Since: "2.0.0", Complexity: "By subcommand.",
	Summary: "Reads and changes the configuration.",
	Subcommands: []Row{
		{
			Name: "get", Arity: -3, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.0.0", Complexity: "O(N) where N is the number of directives.",
			Summary: "Returns the directives that match a pattern.",
			Syntax:  "parameter:string...",
			History: []Change{{"7.0.0", "Several patterns can be given."}},
			Handler: cmdConfigGet,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale,
			Group: GroupServer, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "resetstat", Arity: 2, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.0.0", Complexity: "O(1)",
			Summary: "Sets the counters of INFO to zero.",
			Tips:    tipsAllNodes,
			Handler: cmdConfigResetStat,
		},
		{
			Name: "rewrite", Arity: 2, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.8.0", Complexity: "O(1)",
			Summary: "Writes the configuration back to its file.",
			Tips:    tipsAllNodes,
			Handler: cmdConfigRewrite,
		},
		{
			Name: "set", Arity: -4, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.0.0", Complexity: "O(N) where N is the number of directives given.",
			Summary: "Changes directives, all or none.",
			Syntax:  "data{parameter:string value:string}...",
			History: []Change{{"7.0.0", "Several directives can be given."}},
			Tips:    tipsAllNodes,
			Handler: cmdConfigSet,
		},
	},
}

var latencyRow = Row{
	Name: "latency", Arity: -2,
	Group: GroupServer, Since: "2.8.13", Complexity: "By subcommand.",
	Summary: "Reports what took long.",
	Subcommands: []Row{
		{
			Name: "doctor", Arity: 2, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.8.13", Complexity: "O(1)",
			Summary: "Tells in words what took long and what to do about it.",
			Tips:    tipsNodesReport,
			Handler: cmdLatencyDoctor,
		},
		{
			Name: "graph", Arity: 3, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.8.13", Complexity: "O(1)",
			Summary: "Draws the samples of an event.",
			Syntax:  "event:string",
			Tips:    tipsNodesReport,
			Handler: cmdLatencyGraph,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale,
			Group: GroupServer, Since: "2.8.13", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "histogram", Arity: -2, Flags: diagnosisFlags,
			Group: GroupServer, Since: "7.0.0", Complexity: "O(N) where N is the number of commands reported.",
			Summary: "Returns how many calls of each command took how long.",
			Syntax:  "[command:string...]",
			Tips:    tipsNodesReport,
			Handler: cmdLatencyHistogram,
		},
		{
			Name: "history", Arity: 3, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.8.13", Complexity: "O(1)",
			Summary: "Returns the samples of an event with their times.",
			Syntax:  "event:string",
			Tips:    tipsNodesReport,
			Handler: cmdLatencyHistory,
		},
		{
			Name: "latest", Arity: 2, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.8.13", Complexity: "O(1)",
			Summary: "Returns the newest and the worst sample of every event.",
			Tips:    tipsNodesReport,
			Handler: cmdLatencyLatest,
		},
		{
			Name: "reset", Arity: -2, Flags: diagnosisFlags,
			Group: GroupServer, Since: "2.8.13", Complexity: "O(1)",
			Summary: "Forgets the samples of some events, or of all.",
			Syntax:  "[event:string...]",
			Tips:    []string{"request_policy:all_nodes", "response_policy:agg_sum"},
			Handler: cmdLatencyReset,
		},
	},
}

var memoryRow = Row{
	Name: "memory", Arity: -2,
	Group: GroupServer, Since: "4.0.0", Complexity: "By subcommand.",
	Summary: "Reports what takes memory.",
	Subcommands: []Row{
		{
			Name: "doctor", Arity: 2,
			Group: GroupServer, Since: "4.0.0", Complexity: "O(1)",
			Summary: "Tells in words whether memory is used well.",
			Tips:    tipsShardsReport,
			Handler: cmdMemoryDoctor,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale,
			Group: GroupServer, Since: "4.0.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "malloc-stats", Arity: 2,
			Group: GroupServer, Since: "4.0.0", Complexity: "O(N) where N is the number of size classes.",
			Summary: "Returns the figures of the allocator.",
			Tips:    tipsShardsReport,
			Handler: cmdMemoryMallocStats,
		},
		{
			Name: "purge", Arity: 2,
			Group: GroupServer, Since: "4.0.0", Complexity: "O(N) where N is the free memory.",
			Summary: "Gives free memory back to the operating system.",
			Tips:    tipsShardsSucceed,
			Handler: cmdMemoryPurge,
		},
		{
			Name: "stats", Arity: 2,
			Group: GroupServer, Since: "4.0.0", Complexity: "O(1)",
			Summary: "Returns what memory is used for.",
			Tips:    tipsShardsReport,
			Handler: cmdMemoryStats,
		},
		{
			Name: "usage", Arity: -3, Flags: ReadOnly,
			Keys:  asksSubKey,
			Group: GroupServer, Since: "4.0.0", Complexity: "O(N) where N is the number of samples.",
			Summary: "Returns how many bytes a key takes.",
			Syntax:  "key:key [SAMPLES count:integer]",
			Handler: cmdMemoryUsage,
		},
	},
}

var slowlogRow = Row{
	Name: "slowlog", Arity: -2,
	Group: GroupServer, Since: "2.2.12", Complexity: "By subcommand.",
	Summary: "Reports commands that took long.",
	Subcommands: []Row{
		{
			Name: "get", Arity: -2, Flags: Admin | Loading | Stale,
			Group: GroupServer, Since: "2.2.12", Complexity: "O(N) where N is the number of entries returned.",
			Summary: "Returns the newest entries of the slow log.",
			Syntax:  "[count:integer]",
			History: []Change{{"4.0.0", "Entries tell the address and the name of the client."}},
			Tips:    []string{"request_policy:all_nodes", "nondeterministic_output"},
			Handler: cmdSlowlogGet,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale,
			Group: GroupServer, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "len", Arity: 2, Flags: Admin | Loading | Stale,
			Group: GroupServer, Since: "2.2.12", Complexity: "O(1)",
			Summary: "Counts the entries of the slow log.",
			Tips:    []string{"request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"},
			Handler: cmdSlowlogLen,
		},
		{
			Name: "reset", Arity: 2, Flags: Admin | Loading | Stale,
			Group: GroupServer, Since: "2.2.12", Complexity: "O(N) where N is the number of entries.",
			Summary: "Empties the slow log.",
			Tips:    tipsAllNodes,
			Handler: cmdSlowlogReset,
		},
	},
}
