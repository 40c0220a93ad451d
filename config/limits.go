package config

// ClientClass selects an output buffer limit.
type ClientClass uint8

// The classes.
const (
	ClassNormal ClientClass = iota // also MONITOR
	ClassReplica
	ClassPubSub // clients with at least one subscription
	clientClasses
)

// String returns the name that CONFIG GET shows.
func (c ClientClass) String() string { return classNames[c][0] }

// OutputLimit cuts off clients that do not read their replies.
type OutputLimit struct {
	// Hard is the number of bytes at which the client is closed at once; 0 is no
	// limit.
	Hard uint64
	// Soft is the number of bytes that the client may exceed for no longer than
	// SoftSeconds; 0 is no limit.
	Soft uint64
	// SoftSeconds is the grace of Soft in seconds.
	SoftSeconds int
}

// Limits bounds what clients may ask for.
type Limits struct {
	// ProtoMaxBulkLen is the largest string in a request, in bytes.
	ProtoMaxBulkLen int64
	// ClientQueryBufferLimit is how many bytes of an unfinished request a client
	// may send.
	ClientQueryBufferLimit int64
	// ClientOutputBufferLimit by ClientClass.
	ClientOutputBufferLimit [clientClasses]OutputLimit
	// MaxMemoryClients bounds the memory of all clients together, in bytes; a
	// negative number is a percentage of maxmemory, 0 is no limit.
	MaxMemoryClients int64
	// BusyReplyThreshold is after how many milliseconds of a script other clients
	// are answered BUSY; 0 never.
	BusyReplyThreshold int64
	// TrackingTableMaxKeys bounds the table of client side caching; 0 is no limit.
	TrackingTableMaxKeys int64
}

const noScripts = "there are no scripts that could keep the server busy"

var limitRows = []Directive{
	{
		Name: "proto-max-bulk-len", Apply: ApplyClientLimits,
		value: byteCount(func(c *Config) *int64 { return &c.ProtoMaxBulkLen }, 512<<20, 1<<20, 1<<63-1),
		Doc:   "Largest string that a request may hold.",
	},
	{
		Name: "client-query-buffer-limit", Apply: ApplyClientLimits,
		value: byteCount(func(c *Config) *int64 { return &c.ClientQueryBufferLimit }, 1<<30, 1<<20, 1<<63-1),
		Doc:   "Bytes of an unfinished request, or memory of a transaction that is being queued, after which the client is closed.",
	},
	{
		Name: "client-output-buffer-limit", Flags: MultiArg, Apply: ApplyClientLimits, value: outputLimits,
		Doc: "When to close clients that do not read their replies: at once beyond the hard limit, or when they stay above the soft limit for so many seconds. The classes are `normal`, `replica` (also `slave`) and `pubsub`; a limit of 0 is none. Classes that are not named keep what they had.",
	},
	{
		Name: "maxmemory-clients", Apply: ApplyClientLimits,
		value: numberOf(percent, func(c *Config) *int64 { return &c.MaxMemoryClients }, 0, -100, 1<<63-1),
		Doc:   "Memory that all clients together may use, in bytes or as a percentage of `maxmemory`; those that take most are closed until they do. 0 is no limit; less than 128 KB is taken as that much.",
	},
	{
		Name: "busy-reply-threshold", Alias: "lua-time-limit", Inert: noScripts,
		value: integer(func(c *Config) *int64 { return &c.BusyReplyThreshold }, 5000, 0, 1<<63-1),
		Doc:   "Milliseconds a script may run before other clients are answered BUSY.",
	},
	{
		Name: "tracking-table-max-keys", Apply: ApplyTracking,
		value: integer(func(c *Config) *int64 { return &c.TrackingTableMaxKeys }, 1000000, 0, 1<<63-1),
		Doc:   "Keys that are remembered for client side caching; 0 is no limit.",
	},
}
