package command

// topicFlags are those of most of these commands.
const topicFlags = PubSub | Loading | Stale

// shardKeys are shard channels, which belong to slots as keys do.
var shardKeys = []KeySpec{keysAt(1, -1, 1, NotKey)}

var pubsubRows = []Row{
	{
		Name: "psubscribe", Arity: -2, Flags: topicFlags | NoScript | Sentinel,
		Group: GroupPubSub, Since: "2.0.0", Complexity: "O(N) where N is the number of patterns.",
		Summary:         "Receives what is published to the channels that match a pattern.",
		Syntax:          "pattern:pattern...",
		WhileSubscribed: true,
		Handler:         cmdPSubscribe,
	},
	{
		Name: "publish", Arity: 3, Flags: topicFlags | Fast | MayReplicate | Sentinel,
		Group: GroupPubSub, Since: "2.0.0",
		Complexity: "O(N) where N is the number of receivers; patterns that do not match cost nothing.",
		Summary:    "Sends a message to the subscribers of a channel.",
		Syntax:     "channel:string message:string",
		Handler:    cmdPublish,
	},
	pubsubRow,
	{
		Name: "punsubscribe", Arity: -1, Flags: topicFlags | NoScript | Sentinel,
		Group: GroupPubSub, Since: "2.0.0", Complexity: "O(N) where N is the number of patterns.",
		Summary:         "Ends subscriptions to patterns, or all of them.",
		Syntax:          "[pattern:pattern...]",
		WhileSubscribed: true,
		Handler:         cmdPUnsubscribe,
	},
	{
		Name: "spublish", Arity: 3, Flags: topicFlags | Fast | MayReplicate,
		Keys:  []KeySpec{keyAt(1, NotKey)},
		Group: GroupPubSub, Since: "7.0.0", Complexity: "O(N) where N is the number of receivers.",
		Summary: "Sends a message to the subscribers of a shard channel.",
		Syntax:  "shardchannel:string message:string",
		Handler: cmdSPublish,
	},
	{
		Name: "ssubscribe", Arity: -2, Flags: topicFlags | NoScript,
		Keys:  shardKeys,
		Group: GroupPubSub, Since: "7.0.0", Complexity: "O(N) where N is the number of shard channels.",
		Summary:         "Receives what is published to shard channels.",
		Syntax:          "shardchannel:string...",
		WhileSubscribed: true,
		Handler:         cmdSSubscribe,
	},
	{
		Name: "subscribe", Arity: -2, Flags: topicFlags | NoScript | Sentinel,
		Group: GroupPubSub, Since: "2.0.0", Complexity: "O(N) where N is the number of channels.",
		Summary:         "Receives what is published to channels.",
		Syntax:          "channel:string...",
		WhileSubscribed: true,
		Handler:         cmdSubscribe,
	},
	{
		Name: "sunsubscribe", Arity: -1, Flags: topicFlags | NoScript,
		Keys:  shardKeys,
		Group: GroupPubSub, Since: "7.0.0", Complexity: "O(N) where N is the number of shard channels.",
		Summary:         "Ends subscriptions to shard channels, or all of them.",
		Syntax:          "[shardchannel:string...]",
		WhileSubscribed: true,
		Handler:         cmdSUnsubscribe,
	},
	{
		Name: "unsubscribe", Arity: -1, Flags: topicFlags | NoScript | Sentinel,
		Group: GroupPubSub, Since: "2.0.0", Complexity: "O(N) where N is the number of channels.",
		Summary:         "Ends subscriptions to channels, or all of them.",
		Syntax:          "[channel:string...]",
		WhileSubscribed: true,
		Handler:         cmdUnsubscribe,
	},
}

var pubsubRow = Row{
	Name: "pubsub", Arity: -2,
	Group: GroupPubSub, Since: "2.8.0", Complexity: "By subcommand.",
	Summary: "Looks at channels and subscriptions.",
	Subcommands: []Row{
		{
			Name: "channels", Arity: -2, Flags: topicFlags,
			Group: GroupPubSub, Since: "2.8.0", Complexity: "O(N) where N is the number of channels.",
			Summary: "Lists the channels that have subscribers, or those of them that match a pattern.",
			Syntax:  "[pattern:pattern]",
			Handler: cmdPubSubChannels,
		},
		{
			Name: "help", Arity: 2, Flags: Loading | Stale,
			Group: GroupPubSub, Since: "6.2.0", Complexity: "O(1)",
			Summary: "Lists the subcommands.",
			Handler: cmdHelp,
		},
		{
			Name: "numpat", Arity: 2, Flags: topicFlags,
			Group: GroupPubSub, Since: "2.8.0", Complexity: "O(1)",
			Summary: "Counts the different patterns that somebody subscribed to.",
			Handler: cmdPubSubNumPat,
		},
		{
			Name: "numsub", Arity: -2, Flags: topicFlags,
			Group: GroupPubSub, Since: "2.8.0", Complexity: "O(N) where N is the number of channels named.",
			Summary: "Counts the subscribers of channels, patterns left out.",
			Syntax:  "[channel:string...]",
			Handler: cmdPubSubNumSub,
		},
		{
			Name: "shardchannels", Arity: -2, Flags: topicFlags,
			Group: GroupPubSub, Since: "7.0.0", Complexity: "O(N) where N is the number of shard channels.",
			Summary: "Lists the shard channels that have subscribers, or those of them that match a pattern.",
			Syntax:  "[pattern:pattern]",
			Handler: cmdPubSubShardChannels,
		},
		{
			Name: "shardnumsub", Arity: -2, Flags: topicFlags,
			Group: GroupPubSub, Since: "7.0.0", Complexity: "O(N) where N is the number of shard channels named.",
			Summary: "Counts the subscribers of shard channels.",
			Syntax:  "[shardchannel:string...]",
			Handler: cmdPubSubShardNumSub,
		},
	},
}
