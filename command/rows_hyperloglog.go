package command

var hyperloglogRows = []Row{
	{
		Name: "pfadd", Arity: -2, Flags: Write | DenyOOM | Fast, ACL: ACLHyperLogLog,
		Keys:  []KeySpec{keyAt(1, RW|Insert)},
		Group: GroupHyperLogLog, Since: "2.8.9", Complexity: "O(1) for each element.",
		Summary: "Adds elements to a HyperLogLog, which begins empty if the key does not exist.",
		Syntax:  "key:key [element:string...]",
		Handler: cmdPFAdd,
	},
	{
		Name: "pfcount", Arity: -2, Flags: ReadOnly | MayReplicate, ACL: ACLHyperLogLog,
		Keys: []KeySpec{noted(keysAt(1, -1, 1, RW|Access),
			"The cardinality that was counted is kept in the value.")},
		Group: GroupHyperLogLog, Since: "2.8.9",
		Complexity: "O(1) for one key that has not changed since, else O(N) where N is the number of keys.",
		Summary:    "Estimates how many distinct elements were added to HyperLogLogs.",
		Syntax:     "key:key...",
		Handler:    cmdPFCount,
	},
	{
		Name: "pfdebug", Arity: 3, Flags: Write | DenyOOM | Admin, ACL: ACLHyperLogLog,
		Keys:  []KeySpec{keyAt(2, RW|Access)},
		Group: GroupHyperLogLog, Since: "2.8.9", Complexity: "O(N) where N is the length of the value.",
		Summary: "Shows the inside of a HyperLogLog.",
		System:  true,
		Syntax:  "subcommand:string key:key",
		Handler: cmdPFDebug,
	},
	{
		Name: "pfmerge", Arity: -2, Flags: Write | DenyOOM, ACL: ACLHyperLogLog,
		Keys:  []KeySpec{keyAt(1, RW|Access|Insert), keysAt(2, -1, 1, RO|Access)},
		Group: GroupHyperLogLog, Since: "2.8.9", Complexity: "O(N) where N is the number of keys.",
		Summary: "Adds to a HyperLogLog all that was added to others.",
		Syntax:  "destkey:key [sourcekey:key#1...]",
		Handler: cmdPFMerge,
	},
	{
		Name: "pfselftest", Arity: 1, Flags: Admin, ACL: ACLHyperLogLog,
		Group: GroupHyperLogLog, Since: "2.8.9", Complexity: "O(1), some hundredths of a second.",
		Summary: "Tests that HyperLogLogs count within their error.",
		System:  true,
		Handler: cmdPFSelfTest,
	},
}
