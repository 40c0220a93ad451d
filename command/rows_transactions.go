package command

// transactionFlags are those of the commands around a transaction.
const transactionFlags = NoScript | Loading | Stale | Fast | AllowBusy

var transactionRows = []Row{
	{
		Name: "discard", Arity: 1, Flags: transactionFlags, ACL: ACLTransaction, Unqueued: true,
		Group: GroupTransactions, Since: "2.0.0", Complexity: "O(N) where N is the number of commands queued.",
		Summary: "Ends a transaction without executing it.",
		Handler: cmdDiscard,
	},
	{
		Name: "exec", Arity: 1, Flags: NoScript | Loading | Stale | SkipSlowlog, ACL: ACLTransaction, Unqueued: true,
		Group: GroupTransactions, Since: "1.2.0", Complexity: "By the commands queued.",
		Summary: "Executes the commands of a transaction, unless a key that was watched has changed.",
		Handler: cmdExec,
	},
	{
		Name: "multi", Arity: 1, Flags: transactionFlags, ACL: ACLTransaction, Unqueued: true,
		Group: GroupTransactions, Since: "1.2.0", Complexity: "O(1)",
		Summary: "Begins a transaction: commands are queued until EXEC.",
		Handler: cmdMulti,
	},
	{
		Name: "unwatch", Arity: 1, Flags: transactionFlags, ACL: ACLTransaction,
		Group: GroupTransactions, Since: "2.2.0", Complexity: "O(N) where N is the number of keys watched.",
		Summary: "Forgets all keys that the connection watches.",
		Handler: cmdUnwatch,
	},
	{
		Name: "watch", Arity: -2, Flags: transactionFlags, ACL: ACLTransaction, Unqueued: true,
		Keys:  []KeySpec{keysAt(1, -1, 1, RO)},
		Group: GroupTransactions, Since: "2.2.0", Complexity: "O(1) for every key.",
		Summary: "Makes the next EXEC depend on that nobody changes the keys meanwhile.",
		Syntax:  "key:key...",
		Handler: cmdWatch,
	},
}
