package command

var dumpRows = []Row{
	{
		Name: "dump", Arity: 2, Flags: ReadOnly, ACL: ACLKeyspace,
		Keys:  readsKey,
		Group: GroupGeneric, Since: "2.6.0", Complexity: "O(N) where N is the size of the value.",
		Summary: "Answers the value of a key in a serialized form that RESTORE takes, on this server or another.",
		Syntax:  "key:key",
		Tips:    tipsVarying,
		Handler: cmdDump,
	},
	{
		Name: "restore", Arity: -4, Flags: Write | DenyOOM, ACL: ACLKeyspace | ACLDangerous,
		Keys:  setsKey,
		Group: GroupGeneric, Since: "2.6.0",
		Complexity: "O(N) where N is the size of the value, O(N*log(N)) for sorted sets.",
		Summary:    "Makes a key of what DUMP answered.",
		History: []Change{
			{"3.0.0", "`REPLACE` is new."},
			{"5.0.0", "`ABSTTL` is new."},
			{"5.0.0", "`IDLETIME` and `FREQ` are new."},
		},
		Syntax: "key:key ttl:integer serialized-value:string [REPLACE:replace@3.0.0] [ABSTTL:absttl@5.0.0] " +
			"[IDLETIME seconds:integer@5.0.0] [FREQ frequency:integer@5.0.0]",
		Handler: cmdRestore,
	},
}
