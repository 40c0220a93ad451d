package command

// trackingRows are the subcommands of CLIENT for client side caching.
var trackingRows = []Row{
	{
		Name: "caching", Arity: 3, Flags: NoScript | Loading | Stale, ACL: ACLConnection,
		Group: GroupConnection, Since: "6.0.0", Complexity: "O(1)",
		Summary: "Says whether the keys of the next command, or transaction, are tracked.",
		Syntax:  "mode<YES:yes|NO:no>",
		Handler: cmdClientCaching,
	},
	{
		Name: "getredir", Arity: 2, Flags: NoScript | Loading | Stale, ACL: ACLConnection,
		Group: GroupConnection, Since: "6.0.0", Complexity: "O(1)",
		Summary: "Returns the number of the connection that is told of changes instead of this one.",
		Handler: cmdClientGetRedir,
	},
	{
		Name: "tracking", Arity: -3, Flags: NoScript | Loading | Stale, ACL: ACLConnection,
		Group: GroupConnection, Since: "6.0.0", Complexity: "O(1), and O(N log N) for N prefixes.",
		Summary: "Lets the connection be told of changes of the keys that it reads.",
		Syntax: "status<ON:on|OFF:off> [REDIRECT client-id:integer] [PREFIX+ prefix:string...] [BCAST:bcast] [OPTIN:optin] " +
			"[OPTOUT:optout] [NOLOOP:noloop]",
		Handler: cmdClientTracking,
	},
	{
		Name: "trackinginfo", Arity: 2, Flags: NoScript | Loading | Stale, ACL: ACLConnection,
		Group: GroupConnection, Since: "6.2.0", Complexity: "O(1)",
		Summary: "Describes how the connection tracks keys.",
		Handler: cmdClientTrackingInfo,
	},
}
