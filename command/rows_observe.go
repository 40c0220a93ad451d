package command

// observeRows are the commands that tell what goes on, beyond Redis 7.
var observeRows = []Row{
	{
		Name: "commandlog", Arity: -2,
		Group: GroupServer, Since: "8.1.0", Complexity: "By subcommand.",
		Summary: "Reports commands that took long or were large, as in Valkey 8.1.",
		Subcommands: []Row{
			{
				Name: "get", Arity: -4, Flags: Admin | Loading | Stale,
				Group: GroupServer, Since: "8.1.0", Complexity: "O(N) where N is the number of entries returned.",
				Summary: "Returns the newest entries of a command log.",
				Syntax:  "count:integer type:string",
				Tips:    []string{"request_policy:all_nodes", "nondeterministic_output"},
				Handler: cmdCommandLogGet,
			},
			{
				Name: "help", Arity: 2, Flags: Loading | Stale,
				Group: GroupServer, Since: "8.1.0", Complexity: "O(1)",
				Summary: "Lists the subcommands.",
				Handler: cmdHelp,
			},
			{
				Name: "len", Arity: 3, Flags: Admin | Loading | Stale,
				Group: GroupServer, Since: "8.1.0", Complexity: "O(1)",
				Summary: "Counts the entries of a command log.",
				Syntax:  "type:string",
				Tips:    []string{"request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"},
				Handler: cmdCommandLogLen,
			},
			{
				Name: "reset", Arity: 3, Flags: Admin | Loading | Stale,
				Group: GroupServer, Since: "8.1.0", Complexity: "O(N) where N is the number of entries.",
				Summary: "Empties a command log.",
				Syntax:  "type:string",
				Tips:    tipsAllNodes,
				Handler: cmdCommandLogReset,
			},
		},
	},
	{
		Name: "hotkeys", Arity: -2,
		Group: GroupServer, Since: "8.6.0", Complexity: "By subcommand.",
		Summary: "Finds the keys that take the most time and bytes, as in Redis 8.6.",
		Subcommands: []Row{
			{
				Name: "get", Arity: 2, Flags: Admin | NoScript,
				Group: GroupServer, Since: "8.6.0", Complexity: "O(K) where K is the number of keys returned.",
				Summary: "Returns the keys found by the session, and its figures.",
				Handler: cmdHotKeysGet,
			},
			{
				Name: "help", Arity: 2, Flags: Loading | Stale,
				Group: GroupServer, Since: "8.6.0", Complexity: "O(1)",
				Summary: "Lists the subcommands.",
				Handler: cmdHelp,
			},
			{
				Name: "reset", Arity: 2, Flags: Admin | NoScript,
				Group: GroupServer, Since: "8.6.0", Complexity: "O(1)",
				Summary: "Forgets a session that was stopped.",
				Handler: cmdHotKeysReset,
			},
			{
				Name: "start", Arity: -2, Flags: Admin | NoScript,
				Group: GroupServer, Since: "8.6.0", Complexity: "O(1)",
				Summary: "Starts a session.",
				Syntax: "METRICS metrics{count:integer [CPU:cpu] [NET:net]} [COUNT k:integer] [DURATION seconds:integer] " +
					"[SAMPLE ratio:integer] [SLOTS slots{count:integer slot:integer...}]",
				Handler: cmdHotKeysStart,
			},
			{
				Name: "stop", Arity: 2, Flags: Admin | NoScript,
				Group: GroupServer, Since: "8.6.0", Complexity: "O(1)",
				Summary: "Stops the session; what it found stays.",
				Handler: cmdHotKeysStop,
			},
		},
	},
}
