package config

// Master is the server to replicate; an empty Host is none.
type Master struct {
	Host string
	Port int
}

// Replication is how this server copies another or is copied.
type Replication struct {
	// ReplicaOf is the master to follow.
	ReplicaOf Master
	// MasterUser and MasterAuth authenticate at the master.
	MasterUser, MasterAuth string
	// ReplicaServeStaleData answers while the link to the master is down.
	ReplicaServeStaleData bool
	// ReplicaReadOnly refuses writes of clients on a replica.
	ReplicaReadOnly bool
	// ReplDisklessSync sends the snapshot straight to the replicas.
	ReplDisklessSync bool
	// ReplDisklessSyncDelay is how many seconds to wait for more replicas.
	ReplDisklessSyncDelay int
	// ReplDisklessSyncMaxReplicas ends that wait at so many replicas; 0 does not.
	ReplDisklessSyncMaxReplicas int
	// ReplDisklessLoad is how a replica loads: disabled, on-empty-db or swapdb.
	ReplDisklessLoad string
	// ReplPingReplicaPeriod is the seconds between pings to replicas.
	ReplPingReplicaPeriod int
	// ReplTimeout is the seconds of silence that end a link.
	ReplTimeout int
	// ReplDisableTCPNoDelay lets the kernel gather small packets.
	ReplDisableTCPNoDelay bool
	// ReplBacklogSize is the bytes kept for replicas that reconnect.
	ReplBacklogSize int64
	// ReplBacklogTTL is the seconds it is kept without replicas; 0 for ever.
	ReplBacklogTTL int64
	// ReplicaPriority is the rank in a failover; 0 is never promoted.
	ReplicaPriority int
	// ReplicaAnnounced lets sentinels know this replica.
	ReplicaAnnounced bool
	// ReplicaAnnounceIP, ReplicaAnnouncePort override what the master sees.
	ReplicaAnnounceIP   string
	ReplicaAnnouncePort int
	// MinReplicasToWrite refuses writes with fewer replicas; 0 does not.
	MinReplicasToWrite int
	// MinReplicasMaxLag is the lag in seconds up to which a replica counts.
	MinReplicasMaxLag int
	// ReplicaIgnoreMaxMemory leaves eviction to the master.
	ReplicaIgnoreMaxMemory bool
	// ReplicaIgnoreDiskWriteErrors goes on after a failed write to the disk.
	ReplicaIgnoreDiskWriteErrors bool
	// PropagationErrorBehavior is ignore, panic or panic-on-replicas.
	PropagationErrorBehavior string
}

const noReplication = "the server neither follows a master nor has replicas"

// noOutgoing: what concerns connections that the server opens.
const noOutgoing = "the server opens no connections"

var replicationRows = []Directive{
	{
		Name: "replicaof", Alias: "slaveof", Flags: Immutable | MultiArg, Inert: noReplication, value: masterAddress,
		Doc: "Copy the server at this host and port.",
	},
	{
		Name: "masterauth", Flags: Sensitive, Inert: noReplication,
		value: optional(func(c *Config) *string { return &c.MasterAuth }),
		Doc:   "Password for the master.",
	},
	{
		Name: "masteruser", Flags: Sensitive, Inert: noReplication,
		value: optional(func(c *Config) *string { return &c.MasterUser }),
		Doc:   "User name for the master.",
	},
	{
		Name: "replica-serve-stale-data", Alias: "slave-serve-stale-data", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplicaServeStaleData }, true),
		Doc:   "Answer clients while the link to the master is down.",
	},
	{
		Name: "replica-read-only", Alias: "slave-read-only", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplicaReadOnly }, true),
		Doc:   "Refuse writes of clients on a replica.",
	},
	{
		Name: "repl-diskless-sync", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplDisklessSync }, true),
		Doc:   "Send the first copy straight to the replicas, without a file.",
	},
	{
		Name: "repl-diskless-sync-delay", Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.ReplDisklessSyncDelay }, 5, 0, maxInt),
		Doc:   "Seconds to wait for more replicas before sending it.",
	},
	{
		Name: "repl-diskless-sync-max-replicas", Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.ReplDisklessSyncMaxReplicas }, 0, 0, maxInt),
		Doc:   "Do not wait any longer once so many replicas are there; 0 waits.",
	},
	{
		Name: "repl-diskless-load", Flags: DenyLoading, Inert: noReplication,
		value: words(func(c *Config) *string { return &c.ReplDisklessLoad }, "disabled", "disabled", "on-empty-db", "swapdb"),
		Doc:   "Load the first copy from the socket: never, into an empty data set only, or beside the old data.",
	},
	{
		Name: "repl-ping-replica-period", Alias: "repl-ping-slave-period", Apply: ApplyReplication, Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.ReplPingReplicaPeriod }, 10, 1, maxInt),
		Doc:   "Seconds between pings to replicas.",
	},
	{
		Name: "repl-timeout", Apply: ApplyReplication, Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.ReplTimeout }, 60, 1, maxInt),
		Doc:   "Seconds of silence after which a replication link is given up.",
	},
	{
		Name: "repl-disable-tcp-nodelay", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplDisableTCPNoDelay }, false),
		Doc:   "Let the kernel gather small packets to replicas: fewer packets, later data.",
	},
	{
		Name: "repl-backlog-size", Apply: ApplyReplication, Inert: noReplication,
		value: numberOf(memory, func(c *Config) *int64 { return &c.ReplBacklogSize }, 1<<20, 1, 1<<63-1).clamped(16<<10, 1<<63-1),
		Doc:   "Bytes of recent writes kept for replicas that reconnect, at least 16 KB.",
	},
	{
		Name: "repl-backlog-ttl", Inert: noReplication,
		value: integer(func(c *Config) *int64 { return &c.ReplBacklogTTL }, 3600, 0, 1<<63-1),
		Doc:   "Seconds without replicas after which these are dropped; 0 keeps them.",
	},
	{
		Name: "replica-priority", Alias: "slave-priority", Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.ReplicaPriority }, 100, 0, maxInt),
		Doc:   "Rank in a failover, lowest first; 0 is never promoted.",
	},
	{
		Name: "replica-announced", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplicaAnnounced }, true),
		Doc:   "Let sentinels know this replica.",
	},
	{
		Name: "replica-announce-ip", Alias: "slave-announce-ip", Inert: noReplication,
		value: optional(func(c *Config) *string { return &c.ReplicaAnnounceIP }),
		Doc:   "Address that the master is to know this replica by.",
	},
	{
		Name: "replica-announce-port", Alias: "slave-announce-port", Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.ReplicaAnnouncePort }, 0, 0, 65535),
		Doc:   "Port that the master is to know this replica by; 0 is the real one.",
	},
	{
		Name: "min-replicas-to-write", Alias: "min-slaves-to-write", Apply: ApplyReplication, Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.MinReplicasToWrite }, 0, 0, maxInt),
		Doc:   "Refuse writes with fewer replicas than this; 0 does not.",
	},
	{
		Name: "min-replicas-max-lag", Alias: "min-slaves-max-lag", Apply: ApplyReplication, Inert: noReplication,
		value: integer(func(c *Config) *int { return &c.MinReplicasMaxLag }, 10, 0, maxInt),
		Doc:   "Seconds of lag up to which a replica counts.",
	},
	{
		Name: "replica-ignore-maxmemory", Alias: "slave-ignore-maxmemory", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplicaIgnoreMaxMemory }, true),
		Doc:   "Leave eviction to the master.",
	},
	{
		Name: "replica-ignore-disk-write-errors", Inert: noReplication,
		value: yesNo(func(c *Config) *bool { return &c.ReplicaIgnoreDiskWriteErrors }, false),
		Doc:   "Go on replicating when the disk fails.",
	},
	{
		Name: "propagation-error-behavior", Inert: noReplication,
		value: words(func(c *Config) *string { return &c.PropagationErrorBehavior }, "ignore", "ignore", "panic", "panic-on-replicas"),
		Doc:   "What to do when a write of the master fails on the replica.",
	},
}
