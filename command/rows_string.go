package command

// readsKey, setsKey and changesKey are the key specs of most commands of one
// key.
var (
	readsKey   = []KeySpec{keyAt(1, RO|Access)}
	setsKey    = []KeySpec{keyAt(1, OW|Update)}
	changesKey = []KeySpec{keyAt(1, RW|Access|Update)}
)

// Answers of many commands to routers that send a command to several nodes.
var (
	tipsSum     = []string{"request_policy:multi_shard", "response_policy:agg_sum"}
	tipsSucceed = []string{"request_policy:multi_shard", "response_policy:all_succeeded"}
)

var stringRows = []Row{
	{
		Name: "append", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  []KeySpec{keyAt(1, RW|Insert)},
		Group: GroupString, Since: "2.0.0", Complexity: "O(1), amortized: room is left for more appends.",
		Summary: "Adds bytes to the end of a string, which begins empty if the key does not exist.",
		Syntax:  "key:key value:string",
		Handler: cmdAppend,
	},
	{
		Name: "decr", Arity: 2, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  changesKey,
		Group: GroupString, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Subtracts one from an integer, which begins at 0.",
		Syntax:  "key:key",
		Handler: cmdDecr,
	},
	{
		Name: "decrby", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  changesKey,
		Group: GroupString, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Subtracts a number from an integer, which begins at 0.",
		Syntax:  "key:key decrement:integer",
		Handler: cmdDecrBy,
	},
	{
		Name: "get", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLString,
		Keys:  readsKey,
		Group: GroupString, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns a string.",
		Syntax:  "key:key",
		Handler: cmdGet,
	},
	{
		Name: "getdel", Arity: 2, Flags: Write | Fast, ACL: ACLString,
		Keys:  []KeySpec{keyAt(1, RW|Access|Delete)},
		Group: GroupString, Since: "6.2.0", Complexity: "O(1)",
		Summary: "Returns a string and deletes its key.",
		Syntax:  "key:key",
		Handler: cmdGetDel,
	},
	{
		Name: "getex", Arity: -2, Flags: Write | Fast, ACL: ACLString,
		Keys:  []KeySpec{noted(keyAt(1, RW|Access|Update), "The update is of the deadline.")},
		Group: GroupString, Since: "6.2.0", Complexity: "O(1)",
		Summary: "Returns a string and sets or removes its deadline.",
		Syntax: "key:key [expiration<EX seconds:integer|PX milliseconds:integer|" +
			"EXAT unix-time-seconds:unix-time|PXAT unix-time-milliseconds:unix-time|PERSIST:persist>]",
		Handler: cmdGetEX,
	},
	{
		Name: "getrange", Arity: 4, Flags: ReadOnly, ACL: ACLString,
		Keys:  readsKey,
		Group: GroupString, Since: "2.4.0", Complexity: "O(N) where N is the length of the reply.",
		Summary: "Returns a part of a string.",
		Syntax:  "key:key start:integer end:integer",
		Handler: cmdGetRange,
	},
	{
		Name: "getset", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  changesKey,
		Group: GroupString, Since: "1.0.0", Complexity: "O(1)",
		Deprecated: "6.2.0", ReplacedBy: "`SET` with `GET`",
		Summary: "Sets a string and returns the one before.",
		Syntax:  "key:key value:string",
		Handler: cmdGetSet,
	},
	{
		Name: "incr", Arity: 2, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  changesKey,
		Group: GroupString, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Adds one to an integer, which begins at 0.",
		Syntax:  "key:key",
		Handler: cmdIncr,
	},
	{
		Name: "incrby", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  changesKey,
		Group: GroupString, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Adds a number to an integer, which begins at 0.",
		Syntax:  "key:key increment:integer",
		Handler: cmdIncrBy,
	},
	{
		Name: "incrbyfloat", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  changesKey,
		Group: GroupString, Since: "2.6.0", Complexity: "O(1)",
		Summary: "Adds a number to a decimal fraction, which begins at 0.",
		Syntax:  "key:key increment:double",
		Handler: cmdIncrByFloat,
	},
	{
		Name: "lcs", Arity: -3, Flags: ReadOnly, ACL: ACLString,
		Keys:  []KeySpec{keysAt(1, 1, 1, RO|Access)},
		Group: GroupString, Since: "7.0.0", Complexity: "O(N*M) where N and M are the lengths of the strings.",
		Summary: "Finds the longest common subsequence of two strings.",
		Syntax: "key1:key key2:key [LEN:len] [IDX:idx] [MINMATCHLEN min-match-len:integer] " +
			"[WITHMATCHLEN:withmatchlen]",
		Handler: cmdLCS,
	},
	{
		Name: "mget", Arity: -2, Flags: ReadOnly | Fast, ACL: ACLString,
		Keys:  []KeySpec{keysAt(1, -1, 1, RO|Access)},
		Group: GroupString, Since: "1.0.0", Complexity: "O(N) where N is the number of keys.",
		Summary: "Returns several strings.",
		Syntax:  "key:key...",
		Tips:    []string{"request_policy:multi_shard"},
		Handler: cmdMGet,
	},
	{
		Name: "mset", Arity: -3, Flags: Write | DenyOOM, ACL: ACLString,
		Keys:  []KeySpec{keysAt(1, -1, 2, OW|Update)},
		Group: GroupString, Since: "1.0.1", Complexity: "O(N) where N is the number of keys.",
		Summary: "Sets several strings at once.",
		Syntax:  "data{key:key value:string}...",
		Tips:    tipsSucceed,
		Handler: cmdMSet,
	},
	{
		Name: "msetex", Arity: -4, Flags: Write | DenyOOM, ACL: ACLString,
		Keys: []KeySpec{{
			Flags: OW | Update, Begin: BeginIndex, Index: 1,
			Find: FindCount, Count: 0, First: 1, Step: 2,
		}},
		Group: GroupString, Since: "8.4.0", Complexity: "O(N) where N is the number of keys.",
		Summary: "Sets several strings at once with one deadline, if all or none of the keys exist.",
		Syntax: "numkeys:integer data{key:key value:string}... [condition<NX:nx|XX:xx>] " +
			"[expiration<EX seconds:integer|PX milliseconds:integer|EXAT unix-time-seconds:unix-time|" +
			"PXAT unix-time-milliseconds:unix-time|KEEPTTL:keepttl>]",
		Tips:    tipsSucceed,
		Handler: cmdMSetEX,
	},
	{
		Name: "msetnx", Arity: -3, Flags: Write | DenyOOM, ACL: ACLString,
		Keys:  []KeySpec{keysAt(1, -1, 2, OW|Insert)},
		Group: GroupString, Since: "1.0.1", Complexity: "O(N) where N is the number of keys.",
		Summary: "Sets several strings at once, or none if one of the keys exists.",
		Syntax:  "data{key:key value:string}...",
		Handler: cmdMSetNX,
	},
	{
		Name: "psetex", Arity: 4, Flags: Write | DenyOOM, ACL: ACLString,
		Keys:  setsKey,
		Group: GroupString, Since: "2.6.0", Complexity: "O(1)",
		Deprecated: "2.6.12", ReplacedBy: "`SET` with `PX`",
		Summary: "Sets a string that expires after some milliseconds.",
		Syntax:  "key:key milliseconds:integer value:string",
		Handler: cmdPSetEX,
	},
	{
		Name: "set", Arity: -3, Flags: Write | DenyOOM, ACL: ACLString,
		Brief: true,
		Keys: []KeySpec{noted(keyAt(1, RW|Access|Update|VariableFlags),
			"The old value is read only for `GET` and `IFEQ`.")},
		GetKeys: setKeys,
		Group:   GroupString, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Sets a string, whatever the key held, under conditions and with a deadline if asked to.",
		Syntax: "key:key value:string " +
			"[condition<NX:nx|XX:xx|IFEQ comparison-value:string@8.1.0>]@2.6.12 [GET:get]@6.2.0 " +
			"[expiration<EX seconds:integer@2.6.12|PX milliseconds:integer@2.6.12|" +
			"EXAT unix-time-seconds:unix-time@6.2.0|PXAT unix-time-milliseconds:unix-time@6.2.0|" +
			"KEEPTTL:keepttl@6.0.0>]",
		History: []Change{
			{"2.6.12", "`EX`, `PX`, `NX` and `XX` are new."},
			{"6.0.0", "`KEEPTTL` is new."},
			{"6.2.0", "`GET`, `EXAT` and `PXAT` are new."},
			{"7.0.0", "`NX` and `GET` go together."},
			{"8.1.0", "`IFEQ` is new."},
		},
		Handler: cmdSet,
	},
	{
		Name: "setex", Arity: 4, Flags: Write | DenyOOM, ACL: ACLString,
		Keys:  setsKey,
		Group: GroupString, Since: "2.0.0", Complexity: "O(1)",
		Deprecated: "2.6.12", ReplacedBy: "`SET` with `EX`",
		Summary: "Sets a string that expires after some seconds.",
		Syntax:  "key:key seconds:integer value:string",
		Handler: cmdSetEX,
	},
	{
		Name: "setnx", Arity: 3, Flags: Write | DenyOOM | Fast, ACL: ACLString,
		Keys:  []KeySpec{keyAt(1, OW|Insert)},
		Group: GroupString, Since: "1.0.0", Complexity: "O(1)",
		Deprecated: "2.6.12", ReplacedBy: "`SET` with `NX`",
		Summary: "Sets a string unless the key exists.",
		Syntax:  "key:key value:string",
		Handler: cmdSetNX,
	},
	{
		Name: "setrange", Arity: 4, Flags: Write | DenyOOM, ACL: ACLString,
		Keys:  []KeySpec{keyAt(1, RW|Update)},
		Group: GroupString, Since: "2.2.0", Complexity: "O(N) where N is the length of the value.",
		Summary: "Overwrites a part of a string, padding it with zero bytes as needed.",
		Syntax:  "key:key offset:integer value:string",
		Handler: cmdSetRange,
	},
	{
		Name: "strlen", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLString,
		Keys:  []KeySpec{keyAt(1, RO)},
		Group: GroupString, Since: "2.2.0", Complexity: "O(1)",
		Summary: "Returns the length of a string in bytes.",
		Syntax:  "key:key",
		Handler: cmdStrlen,
	},
	{
		Name: "substr", Arity: 4, Flags: ReadOnly, ACL: ACLString,
		Keys:  readsKey,
		Group: GroupString, Since: "1.0.0", Complexity: "O(N) where N is the length of the reply.",
		Deprecated: "2.0.0", ReplacedBy: "`GETRANGE`",
		Summary: "Returns a part of a string, by the older name of GETRANGE.",
		Syntax:  "key:key start:integer end:integer",
		Handler: cmdGetRange,
	},
}

// setKeys is GetKeys of SET: whether the key is read depends on the options.
func setKeys(args [][]byte, refs []KeyRef) ([]KeyRef, bool) {
	if len(args) < 3 {
		return refs, false
	}
	flags := OW | Update
	for _, option := range args[3:] {
		if equalFold(option, "get") || equalFold(option, "ifeq") {
			flags = RW | Access | Update
		}
	}
	return append(refs, KeyRef{Index: 1, Flags: flags}), true
}
