package command

// The key specs of the subcommands of XGROUP and XINFO.
var (
	insertsSubKey = []KeySpec{keyAt(2, RW|Insert)}
	updatesSubKey = []KeySpec{keyAt(2, RW|Update)}
	deletesSubKey = []KeySpec{keyAt(2, RW|Delete)}
	readsSubKey   = []KeySpec{keyAt(2, RO|Access)}
)

const (
	trimSyntax = "trim{strategy<MAXLEN:maxlen|MINID:minid@6.2.0> [operator<=:equal|~:approximately>] " +
		"threshold:string [LIMIT count:integer@6.2.0]}"
	refsSyntax = "[condition<KEEPREF:keepref|DELREF:delref|ACKED:acked>] IDS ids{numids:integer id:string...}"
)

// streamKeys is the spec of the keys behind STREAMS, looked for from index on.
func streamKeys(index int) []KeySpec {
	return []KeySpec{{
		Flags: RO | Access, Begin: BeginKeyword, Keyword: "STREAMS", Index: index,
		Find: FindRange, Last: -1, Step: 1, Limit: 2,
	}}
}

var streamRows = []Row{
	{
		Name: "xack", Arity: -4, Flags: Write | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Update)},
		Group: GroupStream, Since: "5.0.0", Complexity: "O(log N) for each ID where N is the number of pending entries.",
		Summary: "Acknowledges entries: they are not pending in the group any more.",
		Syntax:  "key:key group:string id:string...",
		Handler: cmdXAck,
	},
	{
		Name: "xackdel", Arity: -6, Flags: Write | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Update|Delete)},
		Group: GroupStream, Since: "8.2.0", Complexity: "O(log N) for each ID where N is the number of pending entries.",
		Summary: "Acknowledges entries and deletes them.",
		Syntax:  "key:key group:string " + refsSyntax,
		Handler: cmdXAckDel,
	},
	{
		Name: "xadd", Arity: -5, Flags: Write | DenyOOM | Fast, ACL: ACLStream,
		Keys:  []KeySpec{noted(keyAt(1, RW|Update), "An update rather than an insert, as it may trim.")},
		Group: GroupStream, Since: "5.0.0", Complexity: "O(1), and O(N) where N is the number of entries trimmed.",
		Summary: "Appends an entry to a stream, which begins empty if the key does not exist.",
		History: []Change{
			{"6.2.0", "Options `NOMKSTREAM`, `MINID` and `LIMIT`."},
			{"7.0.0", "IDs of the form `<ms>-*`."},
		},
		Syntax: "key:key [NOMKSTREAM:nomkstream@6.2.0] [" + trimSyntax + "] id-selector<*:auto-id|id:string> " +
			"data{field:string value:string}...",
		Tips:    tipsVarying,
		Handler: cmdXAdd,
	},
	{
		Name: "xautoclaim", Arity: -6, Flags: Write | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Delete)},
		Group: GroupStream, Since: "6.2.0", Complexity: "O(N log M) where N is `COUNT` and M the number of pending entries.",
		Summary: "Takes over entries that have been pending for long, and says where to go on.",
		History: []Change{{"7.0.0", "The reply names entries that are gone."}},
		Syntax: "key:key group:string consumer:string min-idle-time:string start:string [COUNT count:integer] " +
			"[JUSTID:justid]",
		Tips:    tipsVarying,
		Handler: cmdXAutoClaim,
	},
	{
		Name: "xclaim", Arity: -6, Flags: Write | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Update)},
		Group: GroupStream, Since: "5.0.0", Complexity: "O(log N) for each ID where N is the number of pending entries.",
		Summary: "Takes over pending entries of other consumers.",
		Syntax: "key:key group:string consumer:string min-idle-time:string id:string... [IDLE ms:integer] " +
			"[TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] [FORCE:force] [JUSTID:justid] " +
			"[LASTID lastid:string]",
		Tips:    tipsVarying,
		Handler: cmdXClaim,
	},
	{
		Name: "xdel", Arity: -3, Flags: Write | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Delete)},
		Group: GroupStream, Since: "5.0.0", Complexity: "O(log N) for each ID where N is the length of the stream.",
		Summary: "Deletes entries and returns how many there were.",
		Syntax:  "key:key id:string...",
		Handler: cmdXDel,
	},
	{
		Name: "xdelex", Arity: -5, Flags: Write | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Delete)},
		Group: GroupStream, Since: "8.2.0", Complexity: "O(log N) for each ID where N is the length of the stream.",
		Summary: "Deletes entries with regard to the groups that have them pending.",
		Syntax:  "key:key " + refsSyntax,
		Handler: cmdXDelEx,
	},
	xgroupRow,
	xinfoRow,
	{
		Name: "xlen", Arity: 2, Flags: ReadOnly | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RO)},
		Group: GroupStream, Since: "5.0.0", Complexity: "O(1)",
		Summary: "Returns the number of entries of a stream.",
		Syntax:  "key:key",
		Handler: cmdXLen,
	},
	{
		Name: "xpending", Arity: -3, Flags: ReadOnly, ACL: ACLStream,
		Keys:  readsKey,
		Group: GroupStream, Since: "5.0.0",
		Complexity: "O(N) where N is the number of entries looked at, or of consumers in the short form.",
		Summary:    "Returns what is pending in a group.",
		History:    []Change{{"6.2.0", "Option `IDLE`, and exclusive intervals."}},
		Syntax: "key:key group:string [filters{[IDLE min-idle-time:integer@6.2.0] start:string end:string " +
			"count:integer [consumer:string]}]",
		Tips:    tipsVarying,
		Handler: cmdXPending,
	},
	{
		Name: "xrange", Arity: -4, Flags: ReadOnly, ACL: ACLStream,
		Keys:  readsKey,
		Group: GroupStream, Since: "5.0.0", Complexity: "O(N) where N is the number of entries returned.",
		Summary: "Returns the entries between two IDs.",
		History: []Change{{"6.2.0", "Exclusive intervals."}},
		Syntax:  "key:key start:string end:string [COUNT count:integer]",
		Handler: cmdXRange,
	},
	{
		Name: "xread", Arity: -4, Flags: ReadOnly | Blocking, ACL: ACLStream,
		Keys:  streamKeys(1),
		Group: GroupStream, Since: "5.0.0", Complexity: "O(N) where N is the number of entries returned.",
		Summary: "Returns the entries behind an ID of several streams, and waits for them if asked to.",
		Syntax:  "[COUNT count:integer] [BLOCK milliseconds:integer] STREAMS streams{key:key... id:string...}",
		Handler: cmdXRead,
	},
	{
		Name: "xreadgroup", Arity: -7, Flags: Write | Blocking, ACL: ACLStream,
		Keys:  streamKeys(4),
		Group: GroupStream, Since: "5.0.0", Complexity: "O(N) where N is the number of entries returned.",
		Summary: "Returns entries that no other consumer of a group got, or those that are pending.",
		Syntax: "GROUP group-block{group:string consumer:string} [COUNT count:integer] [BLOCK milliseconds:integer] " +
			"[NOACK:noack] STREAMS streams{key:key... id:string...}",
		Handler: cmdXReadGroup,
	},
	{
		Name: "xrevrange", Arity: -4, Flags: ReadOnly, ACL: ACLStream,
		Keys:  readsKey,
		Group: GroupStream, Since: "5.0.0", Complexity: "O(N) where N is the number of entries returned.",
		Summary: "Returns the entries between two IDs, the last one first.",
		History: []Change{{"6.2.0", "Exclusive intervals."}},
		Syntax:  "key:key end:string start:string [COUNT count:integer]",
		Handler: cmdXRevRange,
	},
	{
		Name: "xsetid", Arity: -3, Flags: Write | DenyOOM | Fast, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Update)},
		Group: GroupStream, Since: "5.0.0", Complexity: "O(1)",
		Summary: "Sets the last ID of a stream, as replication does.",
		History: []Change{{"7.0.0", "Options `ENTRIESADDED` and `MAXDELETEDID`."}},
		Syntax: "key:key last-id:string [ENTRIESADDED entries-added:integer@7.0.0] " +
			"[MAXDELETEDID max-deleted-id:string@7.0.0]",
		Handler: cmdXSetID,
	},
	{
		Name: "xtrim", Arity: -4, Flags: Write, ACL: ACLStream,
		Keys:  []KeySpec{keyAt(1, RW|Delete)},
		Group: GroupStream, Since: "5.0.0", Complexity: "O(N) where N is the number of packs freed.",
		Summary: "Takes out the oldest entries.",
		History: []Change{{"6.2.0", "Options `MINID` and `LIMIT`."}},
		Syntax:  "key:key " + trimSyntax,
		Tips:    tipsVarying,
		Handler: cmdXTrim,
	},
}

var xgroupRow = Row{
	Name: "xgroup", Arity: -2,
	Group: GroupStream, Since: "5.0.0", Complexity: "By subcommand.",
	Summary: "Creates and changes consumer groups.",
	Subcommands: []Row{
		{
			Name: "create", Arity: -5, Flags: Write | DenyOOM, ACL: ACLStream,
			Keys:  insertsSubKey,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Adds a group to a stream.",
			History: []Change{{"7.0.0", "Option `ENTRIESREAD`."}},
			Syntax: "key:key group:string id-selector<id:string|$:new-id> [MKSTREAM:mkstream] " +
				"[ENTRIESREAD entriesread:integer(entries-read)]",
			Handler: cmdXGroupCreate,
		},
		{
			Name: "createconsumer", Arity: 5, Flags: Write | DenyOOM, ACL: ACLStream,
			Keys:  insertsSubKey,
			Group: GroupStream, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Adds a consumer to a group.",
			Syntax:  "key:key group:string consumer:string",
			Handler: cmdXGroupCreateConsumer,
		},
		{
			Name: "delconsumer", Arity: 5, Flags: Write, ACL: ACLStream,
			Keys:  deletesSubKey,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(N log M) where N of M pending entries are the consumer's.",
			Summary: "Removes a consumer with what is pending for it, and returns how much that was.",
			Syntax:  "key:key group:string consumer:string",
			Handler: cmdXGroupDelConsumer,
		},
		{
			Name: "destroy", Arity: 4, Flags: Write, ACL: ACLStream,
			Keys:  deletesSubKey,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(1); memory is freed in the background.",
			Summary: "Removes a group.",
			Syntax:  "key:key group:string",
			Handler: cmdXGroupDestroy,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale, ACL: ACLStream,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "setid", Arity: -5, Flags: Write, ACL: ACLStream,
			Keys:  updatesSubKey,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Sets the ID behind which a group reads on.",
			History: []Change{{"7.0.0", "Option `ENTRIESREAD`."}},
			Syntax: "key:key group:string id-selector<id:string|$:new-id> " +
				"[ENTRIESREAD entriesread:integer(entries-read)]",
			Handler: cmdXGroupSetID,
		},
	},
}

var xinfoRow = Row{
	Name: "xinfo", Arity: -2,
	Group: GroupStream, Since: "5.0.0", Complexity: "By subcommand.",
	Summary: "Looks into streams and their groups.",
	Subcommands: []Row{
		{
			Name: "consumers", Arity: 4, Flags: ReadOnly, ACL: ACLStream,
			Keys:  readsSubKey,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(N) where N is the number of consumers.",
			Summary: "Describes the consumers of a group.",
			History: []Change{{"7.2.0", "Field `inactive`."}},
			Syntax:  "key:key group:string",
			Tips:    tipsVarying,
			Handler: cmdXInfoConsumers,
		},
		{
			Name: "groups", Arity: 3, Flags: ReadOnly, ACL: ACLStream,
			Keys:  readsSubKey,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(N) where N is the number of groups.",
			Summary: "Describes the groups of a stream.",
			History: []Change{{"7.0.0", "Fields `entries-read` and `lag`."}},
			Syntax:  "key:key",
			Handler: cmdXInfoGroups,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale, ACL: ACLStream,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "stream", Arity: -3, Flags: ReadOnly, ACL: ACLStream,
			Keys:  readsSubKey,
			Group: GroupStream, Since: "5.0.0", Complexity: "O(1); with `FULL` O(N) where N is what is shown.",
			Summary: "Describes a stream.",
			History: []Change{
				{"6.0.0", "Option `FULL`."},
				{"7.0.0", "Fields `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag`."},
				{"7.2.0", "Field `active-time`, and `seen-time` means attempts too."},
			},
			Syntax:  "key:key [FULL full-block{[COUNT count:integer]}]",
			Handler: cmdXInfoStream,
		},
	},
}
