package command

// Key specs of the commands of one key that concern its existence or deadline.
var (
	asksKey     = []KeySpec{keyAt(1, RO)}
	asksKeys    = []KeySpec{keysAt(1, -1, 1, RO)}
	retimesKey  = []KeySpec{keyAt(1, RW|Update)}
	deletesKeys = []KeySpec{keysAt(1, -1, 1, RM|Delete)}
	asksSubKey  = []KeySpec{keyAt(2, RO)} // of a subcommand
)

// expireCondition is what the four commands that set deadlines have in common.
const expireCondition = " [condition<NX:nx|XX:xx|GT:gt|LT:lt>]@7.0.0"

var expireHistory = []Change{{"7.0.0", "`NX`, `XX`, `GT` and `LT` are new."}}

var tipsVarying = []string{"nondeterministic_output"}

var keysRows = []Row{
	{
		Name: "copy", Arity: -3, Flags: Write | DenyOOM, ACL: ACLKeyspace,
		Keys:  []KeySpec{keyAt(1, RO|Access), keyAt(2, OW|Update)},
		Group: GroupGeneric, Since: "6.2.0", Complexity: "O(N) where N is the size of the value.",
		Summary: "Copies a key with its deadline, to another database if asked to.",
		Syntax:  "source:key destination:key#1 [DB destination-db:integer] [REPLACE:replace]",
		Handler: cmdCopy,
	},
	{
		Name: "del", Arity: -2, Flags: Write, ACL: ACLKeyspace,
		Keys:  deletesKeys,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(N) where N is the number of keys; large values are freed later.",
		Summary: "Deletes keys.",
		Syntax:  "key:key...",
		Tips:    tipsSum,
		Handler: cmdDel,
	},
	{
		Name: "exists", Arity: -2, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Keys:  asksKeys,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(N) where N is the number of keys.",
		Summary: "Counts how many of the keys exist; a key named twice counts twice.",
		Syntax:  "key:key...",
		History: []Change{{"3.0.3", "Several keys can be named."}},
		Tips:    tipsSum,
		Handler: cmdExists,
	},
	{
		Name: "expire", Arity: -3, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  retimesKey,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Lets a key expire after some seconds.",
		Syntax:  "key:key seconds:integer" + expireCondition,
		History: expireHistory,
		Handler: cmdExpire,
	},
	{
		Name: "expireat", Arity: -3, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  retimesKey,
		Group: GroupGeneric, Since: "1.2.0", Complexity: "O(1)",
		Summary: "Lets a key expire at a Unix time in seconds.",
		Syntax:  "key:key unix-time-seconds:unix-time" + expireCondition,
		History: expireHistory,
		Handler: cmdExpireAt,
	},
	{
		Name: "expiretime", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Keys:  readsKey,
		Group: GroupGeneric, Since: "7.0.0", Complexity: "O(1)",
		Summary: "Returns the deadline of a key as a Unix time in seconds.",
		Syntax:  "key:key",
		Handler: cmdExpireTime,
	},
	{
		Name: "keys", Arity: 2, Flags: ReadOnly, ACL: ACLKeyspace | ACLDangerous,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(N) where N is the number of keys in the database.",
		Summary: "Returns all keys that match a pattern.",
		Syntax:  "pattern:pattern",
		Tips:    []string{"request_policy:all_shards", "nondeterministic_output_order"},
		Handler: cmdKeys,
	},
	{
		Name: "move", Arity: 3, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  changesKey,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Moves a key to another database.",
		Syntax:  "key:key db:integer",
		Handler: cmdMove,
	},
	objectRow,
	{
		Name: "persist", Arity: 2, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  retimesKey,
		Group: GroupGeneric, Since: "2.2.0", Complexity: "O(1)",
		Summary: "Removes the deadline of a key.",
		Syntax:  "key:key",
		Handler: cmdPersist,
	},
	{
		Name: "pexpire", Arity: -3, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  retimesKey,
		Group: GroupGeneric, Since: "2.6.0", Complexity: "O(1)",
		Summary: "Lets a key expire after some milliseconds.",
		Syntax:  "key:key milliseconds:integer" + expireCondition,
		History: expireHistory,
		Handler: cmdPExpire,
	},
	{
		Name: "pexpireat", Arity: -3, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  retimesKey,
		Group: GroupGeneric, Since: "2.6.0", Complexity: "O(1)",
		Summary: "Lets a key expire at a Unix time in milliseconds.",
		Syntax:  "key:key unix-time-milliseconds:unix-time" + expireCondition,
		History: expireHistory,
		Handler: cmdPExpireAt,
	},
	{
		Name: "pexpiretime", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Keys:  readsKey,
		Group: GroupGeneric, Since: "7.0.0", Complexity: "O(1)",
		Summary: "Returns the deadline of a key as a Unix time in milliseconds.",
		Syntax:  "key:key",
		Handler: cmdPExpireTime,
	},
	{
		Name: "pttl", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Keys:  readsKey,
		Group: GroupGeneric, Since: "2.6.0", Complexity: "O(1)",
		Summary: "Returns how many milliseconds a key has left.",
		Syntax:  "key:key",
		History: []Change{{"2.8.0", "A key that does not exist is told by -2."}},
		Tips:    tipsVarying,
		Handler: cmdPTTL,
	},
	{
		Name: "randomkey", Arity: 1, Flags: ReadOnly | TouchesArbitraryKeys, ACL: ACLKeyspace,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns a key chosen at random.",
		Tips:    []string{"request_policy:all_shards", "response_policy:special", "nondeterministic_output"},
		Handler: cmdRandomKey,
	},
	{
		Name: "rename", Arity: 3, Flags: Write, ACL: ACLKeyspace,
		Keys:  []KeySpec{keyAt(1, RW|Access|Delete), keyAt(2, OW|Update)},
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Gives a key another name, in place of the key that has it.",
		Syntax:  "key:key newkey:key#1",
		Handler: cmdRename,
	},
	{
		Name: "renamenx", Arity: 3, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  []KeySpec{keyAt(1, RW|Access|Delete), keyAt(2, OW|Insert)},
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Gives a key another name unless a key has it.",
		Syntax:  "key:key newkey:key#1",
		History: []Change{{"3.2.0", "Two equal names are no error any more."}},
		Handler: cmdRenameNX,
	},
	{
		Name: "scan", Arity: -2, Flags: ReadOnly | TouchesArbitraryKeys, ACL: ACLKeyspace,
		Group: GroupGeneric, Since: "2.8.0", Complexity: "O(1) a call, O(N) for all N keys of the database.",
		Summary: "Walks the keys of the database, some with each call.",
		Syntax: "cursor:integer [MATCH pattern:pattern] [COUNT count:integer] " +
			"[TYPE type:string]@6.0.0",
		History: []Change{{"6.0.0", "`TYPE` is new."}},
		Tips:    []string{"nondeterministic_output", "request_policy:special", "response_policy:special"},
		Handler: cmdScan,
	},
	{
		Name: "touch", Arity: -2, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Keys:  asksKeys,
		Group: GroupGeneric, Since: "3.2.1", Complexity: "O(N) where N is the number of keys.",
		Summary: "Marks keys as used just now and counts those that exist.",
		Syntax:  "key:key...",
		Tips:    tipsSum,
		Handler: cmdTouch,
	},
	{
		Name: "ttl", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Keys:  readsKey,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns how many seconds a key has left.",
		Syntax:  "key:key",
		History: []Change{{"2.8.0", "A key that does not exist is told by -2."}},
		Tips:    tipsVarying,
		Handler: cmdTTL,
	},
	{
		Name: "type", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLKeyspace,
		Keys:  asksKey,
		Group: GroupGeneric, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns the type of a key's value.",
		Syntax:  "key:key",
		Handler: cmdType,
	},
	{
		Name: "unlink", Arity: -2, Flags: Write | Fast, ACL: ACLKeyspace,
		Keys:  deletesKeys,
		Group: GroupGeneric, Since: "4.0.0", Complexity: "O(N) where N is the number of keys.",
		Summary: "Deletes keys and frees their values in the background.",
		Syntax:  "key:key...",
		Tips:    tipsSum,
		Handler: cmdUnlink,
	},
}

var objectRow = Row{
	Name: "object", Arity: -2,
	Group: GroupGeneric, Since: "2.2.3", Complexity: "By subcommand.",
	Summary: "Looks into how values are stored.",
	Subcommands: []Row{
		{
			Name: "encoding", Arity: 3, Flags: ReadOnly, ACL: ACLKeyspace,
			Keys:  asksSubKey,
			Group: GroupGeneric, Since: "2.2.3", Complexity: "O(1)",
			Summary: "Names the representation of a key's value.",
			Syntax:  "key:key",
			Tips:    tipsVarying,
			Handler: cmdObjectEncoding,
		},
		{
			Name: "freq", Arity: 3, Flags: ReadOnly, ACL: ACLKeyspace,
			Keys:  asksSubKey,
			Group: GroupGeneric, Since: "4.0.0", Complexity: "O(1)",
			Summary: "Returns how often a key is used, on a logarithmic scale.",
			Syntax:  "key:key",
			Tips:    tipsVarying,
			Handler: cmdObjectFreq,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale, ACL: ACLKeyspace,
			Group: GroupGeneric, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "idletime", Arity: 3, Flags: ReadOnly, ACL: ACLKeyspace,
			Keys:  asksSubKey,
			Group: GroupGeneric, Since: "2.2.3", Complexity: "O(1)",
			Summary: "Returns for how many seconds a key was not used.",
			Syntax:  "key:key",
			Tips:    tipsVarying,
			Handler: cmdObjectIdleTime,
		},
		{
			Name: "refcount", Arity: 3, Flags: ReadOnly, ACL: ACLKeyspace,
			Keys:  asksSubKey,
			Group: GroupGeneric, Since: "2.2.3", Complexity: "O(1)",
			Summary: "Returns how many refer to a key's value.",
			Syntax:  "key:key",
			Tips:    tipsVarying,
			Handler: cmdObjectRefCount,
		},
	},
}
