package command

const (
	// clientFlags are those of most subcommands of CLIENT.
	clientFlags = NoScript | Loading | Stale | Sentinel
	// handshakeFlags are those of the commands that precede a session.
	handshakeFlags = NoScript | Loading | Stale | Fast | NoAuth | AllowBusy
)

var tipsAllNodes = []string{"request_policy:all_nodes", "response_policy:all_succeeded"}

var connectionRows = []Row{
	{
		Name: "auth", Arity: -2, Flags: handshakeFlags | Sentinel, ACL: ACLConnection,
		Group: GroupConnection, Since: "1.0.0", Complexity: "O(N) where N is the number of passwords of the user.",
		Summary: "Authenticates the connection.",
		Syntax:  "[username:string]@6.0.0 password:string",
		History: []Change{{"6.0.0", "A user can be named."}},
		Handler: cmdAuth,
	},
	clientRow,
	{
		Name: "echo", Arity: 2, Flags: Loading | Stale | Fast, ACL: ACLConnection,
		Group: GroupConnection, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns its argument.",
		Syntax:  "message:string",
		Handler: cmdEcho,
	},
	{
		Name: "hello", Arity: -1, Flags: handshakeFlags | Sentinel, ACL: ACLConnection,
		Group: GroupConnection, Since: "6.0.0", Complexity: "O(1)",
		Summary: "Chooses the protocol, authenticates and names the connection, and describes the server.",
		Syntax: "[arguments{protover:integer [AUTH auth{username:string password:string}] " +
			"[SETNAME clientname:string]}]",
		History: []Change{{"6.2.0", "Without arguments it describes the connection as it is."}},
		Handler: cmdHello,
	},
	{
		Name: "ping", Arity: -1, Flags: Fast | Sentinel, ACL: ACLConnection,
		Group: GroupConnection, Since: "1.0.0", Complexity: "O(1)",
		Summary:         "Answers, to show that the server is there.",
		Syntax:          "[message:string]",
		Tips:            []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		WhileSubscribed: true,
		Handler:         cmdPing,
	},
	{
		Name: "quit", Arity: -1, Flags: handshakeFlags, ACL: ACLConnection, Unqueued: true,
		Group: GroupConnection, Since: "1.0.0", Complexity: "O(1)",
		Deprecated: "7.2.0", ReplacedBy: "closing the connection",
		Summary:         "Closes the connection after its replies.",
		WhileSubscribed: true,
		Handler:         cmdQuit,
	},
	{
		Name: "reset", Arity: 1, Flags: handshakeFlags, ACL: ACLConnection, Unqueued: true,
		Group: GroupConnection, Since: "6.2.0", Complexity: "O(1)",
		Summary:         "Brings the connection back to how it was when it was new.",
		WhileSubscribed: true,
		Handler:         cmdReset,
	},
	{
		Name: "select", Arity: 2, Flags: Loading | Stale | Fast, ACL: ACLConnection,
		Group: GroupConnection, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Selects the database of the connection.",
		Syntax:  "index:integer",
		Handler: cmdSelect,
	},
}

var clientRow = Row{
	Name: "client", Arity: -2, Flags: Sentinel,
	Group: GroupConnection, Since: "2.4.0", Complexity: "By subcommand.",
	Summary: "Looks at connections and controls them.",
	Subcommands: append([]Row{
		{
			Name: "getname", Arity: 2, Flags: clientFlags, ACL: ACLConnection,
			Group: GroupConnection, Since: "2.6.9", Complexity: "O(1)",
			Summary: "Returns the name of the connection.",
			Handler: cmdClientGetName,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale | Sentinel, ACL: ACLConnection,
			Group: GroupConnection, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "id", Arity: 2, Flags: clientFlags, ACL: ACLConnection,
			Group: GroupConnection, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Returns the number of the connection, never used twice.",
			Handler: cmdClientID,
		},
		{
			Name: "info", Arity: 2, Flags: clientFlags, ACL: ACLConnection,
			Group: GroupConnection, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Describes the connection in a line of CLIENT LIST.",
			Tips:    tipsVarying,
			Handler: cmdClientInfo,
		},
		{
			Name: "kill", Arity: -3, Flags: clientFlags | Admin, ACL: ACLConnection,
			Group: GroupConnection, Since: "2.4.0", Complexity: "O(N) where N is the number of connections.",
			Summary: "Closes the connections that fit all filters.",
			Syntax: "filter<old-format:string(ip:port)!2.8.12|new-format<[ID client-id:integer]@2.8.12|" +
				"[TYPE client-type<NORMAL:normal|MASTER:master@3.2.0|SLAVE:slave|REPLICA:replica@5.0.0|" +
				"PUBSUB:pubsub>]@2.8.12|[USER username:string]|[ADDR addr:string(ip:port)]|" +
				"[LADDR laddr:string(ip:port)]@6.2.0|[SKIPME skipme<YES:yes|NO:no>]>...>",
			History: []Change{
				{"2.8.12", "Filters are given as pairs of a name and a value."},
				{"2.8.12", "`ID` is new."},
				{"3.2.0", "`TYPE` knows `master`."},
				{"5.0.0", "`TYPE` knows `replica`, as `slave` before."},
				{"6.2.0", "`LADDR` is new."},
			},
			Handler: cmdClientKill,
		},
		{
			Name: "list", Arity: -2, Flags: clientFlags | Admin, ACL: ACLConnection,
			Group: GroupConnection, Since: "2.4.0", Complexity: "O(N) where N is the number of connections.",
			Summary: "Describes the connections, a line each.",
			Syntax: "[TYPE client-type<NORMAL:normal|MASTER:master|REPLICA:replica|PUBSUB:pubsub>]@5.0.0 " +
				"[ID client-id:integer...]@6.2.0",
			History: []Change{
				{"2.8.12", "`id` is shown."},
				{"5.0.0", "`TYPE` is new."},
				{"6.0.0", "`user` is shown."},
				{"6.2.0", "`ID` is new; `argv-mem`, `tot-mem`, `laddr` and `redir` are shown."},
				{"7.0.0", "`resp`, `multi-mem`, `rbs` and `rbp` are shown."},
				{"7.0.3", "`ssub` is shown."},
			},
			Tips:    tipsVarying,
			Handler: cmdClientList,
		},
		{
			Name: "no-evict", Arity: 3, Flags: clientFlags | Admin, ACL: ACLConnection,
			Group: GroupConnection, Since: "7.0.0", Complexity: "O(1)",
			Summary: "Exempts the connection from being closed for lack of memory.",
			Syntax:  "enabled<ON:on|OFF:off>",
			Handler: cmdClientNoEvict,
		},
		{
			Name: "no-touch", Arity: 3, Flags: NoScript | Loading | Stale, ACL: ACLConnection,
			Group: GroupConnection, Since: "7.2.0", Complexity: "O(1)",
			Summary: "Lets the connection read keys without marking them as used.",
			Syntax:  "enabled<ON:on|OFF:off>",
			Handler: cmdClientNoTouch,
		},
		{
			Name: "pause", Arity: -3, Flags: clientFlags | Admin, ACL: ACLConnection,
			Group: GroupConnection, Since: "3.0.0", Complexity: "O(1)",
			Summary: "Holds back the commands of all clients for some milliseconds, or only those that write.",
			Syntax:  "timeout:integer [mode<WRITE:write|ALL:all>]@6.2.0",
			History: []Change{{"6.2.0", "`WRITE` and `ALL` are new."}},
			Handler: cmdClientPause,
		},
		{
			Name: "reply", Arity: 3, Flags: clientFlags, ACL: ACLConnection,
			Group: GroupConnection, Since: "3.2.0", Complexity: "O(1)",
			Summary: "Turns the replies to the connection on or off, or off for one command.",
			Syntax:  "action<ON:on|OFF:off|SKIP:skip>",
			Handler: cmdClientReply,
		},
		{
			Name: "setinfo", Arity: 4, Flags: clientFlags, ACL: ACLConnection,
			Group: GroupConnection, Since: "7.2.0", Complexity: "O(1)",
			Summary: "Records the client library of the connection.",
			Syntax:  "attr<LIB-NAME libname:string|LIB-VER libver:string>",
			Tips:    tipsAllNodes,
			Handler: cmdClientSetInfo,
		},
		{
			Name: "setname", Arity: 3, Flags: clientFlags, ACL: ACLConnection,
			Group: GroupConnection, Since: "2.6.9", Complexity: "O(1)",
			Summary: "Gives the connection a name.",
			Syntax:  "connection-name:string",
			Tips:    tipsAllNodes,
			Handler: cmdClientSetName,
		},
		{
			Name: "unblock", Arity: -3, Flags: clientFlags | Admin, ACL: ACLConnection,
			Group: GroupConnection, Since: "5.0.0", Complexity: "O(log N) where N is the number of connections.",
			Summary: "Ends the blocking command of another connection.",
			Syntax:  "client-id:integer [unblock-type<TIMEOUT:timeout|ERROR:error>]",
			Handler: cmdClientUnblock,
		},
		{
			Name: "unpause", Arity: 2, Flags: clientFlags | Admin, ACL: ACLConnection,
			Group: GroupConnection, Since: "6.2.0", Complexity: "O(N) where N is the number of connections held back.",
			Summary: "Ends CLIENT PAUSE.",
			Handler: cmdClientUnpause,
		},
	}, trackingRows...),
}
