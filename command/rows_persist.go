package command

// savingFlags are those of the commands that write files.
const savingFlags = Admin | NoScript | NoAsyncLoading

var persistRows = []Row{
	{
		Name: "bgrewriteaof", Arity: 1, Flags: savingFlags,
		Group: GroupServer, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Rewrites the append only file in the background, as short as the data allows.",
		Handler: cmdBGRewriteAOF,
	},
	{
		Name: "bgsave", Arity: -1, Flags: savingFlags,
		Group: GroupServer, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Saves the data set to disk in the background.",
		Syntax:  "[operation<SCHEDULE:schedule@3.2.2|CANCEL:cancel@8.1.0>]",
		History: []Change{{"3.2.2", "`SCHEDULE` is new."}, {"8.1.0", "`CANCEL` is new."}},
		Handler: cmdBGSave,
	},
	{
		Name: "lastsave", Arity: 1, Flags: Loading | Stale | Fast, ACL: ACLAdmin | ACLDangerous,
		Group: GroupServer, Since: "1.0.0", Complexity: "O(1)",
		Summary: "Returns the Unix time in seconds of the last save that succeeded.",
		Tips:    tipsVarying,
		Handler: cmdLastSave,
	},
	{
		Name: "save", Arity: 1, Flags: savingFlags | NoMulti,
		Group: GroupServer, Since: "1.0.0",
		Complexity: "O(N) where N is the number of keys in all databases.",
		Summary:    "Saves the data set to disk while everybody waits.",
		Handler:    cmdSave,
	},
}
