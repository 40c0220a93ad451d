// Package command holds the commands: one row of a table and one handler each.
// Handlers see the keyspace (db), write replies (resp) and reach everything
// else through the Context that they are handed.
package command

import (
	"basalt/config"
	"basalt/db"
	"basalt/resp"
)

// Handler executes one command. It parses everything, checks type and limits,
// then mutates, then replies; it writes exactly one reply to c.W (or none, for
// the few commands that say so). Views in c.Args die when it returns.
type Handler func(c *Context)

// Context is what a handler works with. The executor owns one and reuses it
// for every command, so that a command allocates nothing.
type Context struct {
	// Args is the command with its name first. The bytes belong to the
	// connection's input segment; handlers copy what they keep.
	Args [][]byte
	// Row is the row that matched, of the subcommand where there is one.
	Row *Row
	// Hash is db.Hash of Args[Row.FirstKey], computed before the handler runs
	// so that the entry's memory is on its way. It is meaningless for rows
	// without a first key.
	Hash uint64
	// DB is the database that the client selected.
	DB *db.DB
	// Keys is the whole keyspace: all databases, clock and counters.
	Keys *db.Keyspace
	// W takes the replies.
	W *resp.Writer
	// Client is the executor's half of the connection.
	Client *Client
	// Host is the server around the commands.
	Host Host
	// Big lists the arguments of this batch that own their memory; handlers
	// use TakeBig.
	Big []resp.BigArg
	// BigBase is the index of Args[0] in the batch's flattened arguments.
	BigBase int
	// NoBlock says that blocking commands do not wait.
	NoBlock bool
	// From is Wait.From of a command that waited, while it is run again.
	From []db.StreamID
	// Exec is the row of EXEC while the commands of a transaction run.
	Exec *Row
	// Watching counts the reasons for which Host.KeyModified is called: keys
	// that somebody waits for.
	Watching int
	// Expiring says that the key that Host.KeyModified is called for, or a field
	// of it, expired: no client changed it.
	Expiring bool
	// OnEvent, if set, is told of keyspace events.
	OnEvent func(class EventClass, event string, d *db.DB, key []byte)
	// views and digits are room for the values of several strings, kept from
	// one command to the next.
	views  [][]byte
	digits []byte
	// ids is memory for stream IDs that a command has to remember.
	ids []db.StreamID
	// points is room for what a search found, likewise.
	points []geoPoint
	dump   []byte // of DUMP, kept from one to the next
	// Logging says that what commands did goes to Log, which is set then.
	Logging bool
	// Replaying says that the current command comes from a log; see Replay.
	Replaying bool
	// logged says that the handler logged what it did.
	logged bool
	Log    *Log
	// pinned is the memory of arguments that is needed until the command is
	// logged.
	pinned []uint64
	// replyStart is where the reply of the current command begins in W.
	replyStart int
	// failed is set by the error writers; the executor counts by it.
	failed bool
}

// Begin prepares c for the next command. The executor calls it.
func (c *Context) Begin(row *Row, args [][]byte, hash uint64) {
	c.Row, c.Args, c.Hash, c.failed = row, args, hash, false
	c.replyStart = c.W.Size()
}

// BeginQueued is Begin for a command of a transaction: its reply is a part of
// EXEC's.
func (c *Context) BeginQueued(row *Row, args [][]byte, hash uint64) {
	start := c.replyStart
	c.Begin(row, args, hash)
	c.replyStart = start
}

// ReplySize returns how many bytes the current command has replied with, in a
// transaction together with the commands before it.
func (c *Context) ReplySize() int { return c.W.Size() - c.replyStart }

// Failed reports whether the current command replied with an error.
func (c *Context) Failed() bool { return c.failed }

// KeyHash returns the hash of the key at Args[i], without computing it again
// for the first key.
func (c *Context) KeyHash(i int) uint64 {
	if i == c.Row.FirstKey {
		return c.Hash
	}
	return db.Hash(c.Args[i])
}

// LookupRead returns the entry of the key at Args[i] for reading, or nil. It
// counts a hit or a miss and refreshes the entry's access bits unless the
// client asked for NO-TOUCH.
func (c *Context) LookupRead(i int) *db.Entry {
	return c.DB.LookupRead(c.Args[i], c.KeyHash(i), c.Client.Flags&NoTouch == 0)
}

// LookupWrite returns the entry of the key at Args[i] for a command that may
// change it, or nil. It counts neither hit nor miss.
func (c *Context) LookupWrite(i int) *db.Entry {
	return c.DB.LookupWrite(c.Args[i], c.KeyHash(i), c.Client.Flags&NoTouch == 0)
}

// TakeBig returns the token of the memory that holds Args[i] alone, and takes
// it over from the batch: the caller now owns it. It returns 0 for arguments
// that live in the input segment.
func (c *Context) TakeBig(i int) uint64 {
	token := resp.TakeBig(c.Big, c.BigBase+i)
	if c.Logging && token != 0 {
		c.pin(token)
	}
	return token
}

// Error replies with the error line s, which starts with its code, such as
// "ERR syntax error".
func (c *Context) Error(s string) {
	c.failed = true
	c.Host.CountError(s)
	c.W.Error(s)
}

// Modified records that a write command changed the key: it feeds the dirty
// counter and whoever watches keys.
func (c *Context) Modified(d *db.DB, key []byte) {
	c.Keys.Dirty++
	c.touched(d, key)
}

// touched is Modified for another key of the same change.
func (c *Context) touched(d *db.DB, key []byte) {
	if c.Watching != 0 {
		c.Host.KeyModified(d, key)
	}
}

// ClientFlags is a set of states of a connection.
type ClientFlags uint32

const (
	// NoTouch: reading does not refresh access bits (CLIENT NO-TOUCH).
	NoTouch ClientFlags = 1 << iota
	// NoEvict: the connection is not evicted for memory (CLIENT NO-EVICT).
	NoEvict
	// Monitor: the connection receives all commands.
	Monitor
	// ReplyOff: no replies are sent (CLIENT REPLY OFF).
	ReplyOff
	// ReplySkipNext: the reply of the next command is not sent.
	ReplySkipNext
	// ReplySkip: the reply of the current command is not sent.
	ReplySkip
	// CloseAfterReply: the connection closes when its replies are written;
	// commands behind the current one are dropped.
	CloseAfterReply
	// CloseNow: the connection closes without waiting for replies.
	CloseNow
	// Unix: the connection came over a Unix socket.
	Unix
	// Blocked: the connection waits in a blocking command.
	Blocked
	// Paused: its next command waits for the end of CLIENT PAUSE.
	Paused
	// ProtocolFailed: the connection sent a protocol error.
	ProtocolFailed
	// InMulti: commands are queued until EXEC.
	InMulti
	// DirtyCAS: a key that the connection watches has changed.
	DirtyCAS
	// DirtyExec: a command was refused that would have been queued.
	DirtyExec
	// Subscribed: the connection receives messages of a channel, a pattern or
	// a shard channel.
	Subscribed
	// Tracking: the connection, or the one that it named, is told of changes of
	// what it read (CLIENT TRACKING). The flags behind it say how.
	Tracking
	// TrackingBCast: it is told of all keys with its prefixes, read or not.
	TrackingBCast
	// TrackingOptIn: of the keys of commands behind CLIENT CACHING yes.
	TrackingOptIn
	// TrackingOptOut: of those of all others than behind CLIENT CACHING no.
	TrackingOptOut
	// TrackingNoLoop: not of what it changed itself.
	TrackingNoLoop
	// TrackingCaching: CLIENT CACHING was given for the next command.
	TrackingCaching
	// TrackingBroken: the connection that was to be told is gone.
	TrackingBroken
)

// Client is the executor's half of a connection: what commands read and change.
// Only the executor touches it.
type Client struct {
	ID        int64
	Name      string // CLIENT SETNAME; "" for none
	LibName   string // CLIENT SETINFO LIB-NAME
	LibVer    string // CLIENT SETINFO LIB-VER
	User      string // "default" once known
	Addr      string // peer, as CLIENT LIST prints it
	LocalAddr string // own side, as CLIENT LIST prints it
	// Distant says that Addr is of another machine although it may be a loopback
	// address: a load balancer there named it.
	Distant       bool
	FD            int
	DB            int // selected database
	Proto         int // 2 or 3
	Authenticated bool
	Flags         ClientFlags
	CreatedMs     int64 // Unix time
	ActiveMs      int64 // Unix time of the last command
	LastRow       *Row  // last command, nil before the first
	TotalCommands int64
	// Sub, PSub and SSub count the channels, patterns and shard channels.
	Sub, PSub, SSub int
	// Queued counts the commands of a transaction, -1 outside one.
	Queued int
	// Redirect is the ID of the connection that is told in place of this one
	// what Tracking brings, 0 if it is this one. It outlives Tracking: what a
	// transaction changed before it ended that is told to the same connection.
	Redirect int64
	// Session is the server's own record of the connection.
	Session any
}

// ClientUsage is what the server knows about a connection's buffers, in bytes,
// for CLIENT LIST and MEMORY STATS.
type ClientUsage struct {
	QueryBuf     int   // qbuf: bytes waiting in the input segment
	QueryBufFree int   // qbuf-free
	ArgvMem      int   // argv-mem
	MultiMem     int   // multi-mem: what is queued
	ReplyBuf     int   // rbs: memory the replies start in
	ReplyPeak    int   // rbp: most of it used of late
	OutBuf       int   // obl: bytes of the current reply chunk
	OutList      int   // oll: reply chunks waiting behind it
	OutMem       int   // omem: bytes of those
	Total        int   // tot-mem
	NetIn        int64 // bytes received in all
	NetOut       int64 // bytes sent in all
}

// Host is the server as the commands see it. All methods are called on the
// executor.
type Host interface {
	// Table is the command table, with renames applied.
	Table() *Table
	// Config is the live configuration; commands read fields and use
	// ConfigSet to change them.
	Config() *config.Config
	// ConfigSet applies pairs (name, value, name, value, ...) atomically; the
	// error is what the client sees, without the "ERR " code.
	ConfigSet(c *Client, pairs [][]byte) error
	// ConfigResetStat clears the counters that CONFIG RESETSTAT clears.
	ConfigResetStat()

	// Clients calls f for all connections in the order of their ids until f
	// returns false.
	Clients(f func(*Client) bool)
	// ClientByID returns a connection or nil.
	ClientByID(id int64) *Client
	// Usage returns the buffer sizes of a connection.
	Usage(c *Client) ClientUsage
	// Kill closes a connection: at once, or after its current replies when it
	// is the caller itself.
	Kill(c *Client, self bool)
	// Unblock ends the blocking command that c waits in, by time-out or with
	// an error; false if it is not blocked.
	Unblock(c *Client, withError bool) bool
	// Pause holds back commands until the Unix time untilMs: all, or those
	// that write. Unpause ends it.
	Pause(untilMs int64, all bool)
	Unpause()
	// StartTracking makes the server tell c of changes, in the modes of o, which
	// fit to those that are on already; prefixes are added to those it has.
	StartTracking(c *Client, o TrackingOptions)
	// StopTracking ends that, if it is on.
	StopTracking(c *Client)
	// TrackingPrefixes returns the prefixes of c in BCAST mode, in order.
	TrackingPrefixes(c *Client) []string
	// StartMonitor makes c receive every command from the next one on.
	StartMonitor(c *Client)
	// ResetClient ends what RESET ends beyond the Client's own fields.
	ResetClient(c *Client)
	// AuthChanged is called when the client has become, or is no longer,
	// authenticated.
	AuthChanged(c *Client)
	// Subscribe makes c receive what is published on a topic, and Unsubscribe
	// ends that; the name is copied. Both keep the counts and the flag of c.
	Subscribe(c *Client, k TopicKind, name []byte)
	Unsubscribe(c *Client, k TopicKind, name []byte)
	// UnsubscribeOne ends a subscription of that kind and returns its name;
	// false if there is none.
	UnsubscribeOne(c *Client, k TopicKind) (name string, ok bool)
	// Publish sends a message to the subscribers of a channel, and of the
	// patterns that it matches, and returns how many times it was sent.
	Publish(k TopicKind, channel, message []byte) int
	// Topics calls f for the topics of a kind that have subscribers, in no
	// order; TopicCount is how many there are, Subscribers how many one has.
	Topics(k TopicKind, f func(name string))
	TopicCount(k TopicKind) int
	Subscribers(k TopicKind, name []byte) int
	// Aside returns the writer of what c gets beside its replies, good for one
	// message.
	Aside(c *Client) *resp.Writer
	// Sleep stops the executor for DEBUG SLEEP, in nanoseconds.
	Sleep(ns int64)
	// Purge gives free memory back to the system.
	Purge()
	// Shutdown stops the server; an error is shown to the client.
	Shutdown(opts ShutdownOptions) error
	// Log writes a line to the server's log at level "debug", "verbose",
	// "notice" or "warning".
	Log(level, msg string)

	// Status returns the figures that INFO and MEMORY report.
	Status(s *Status)
	// RowStats returns the counters of the row with that ID.
	RowStats(id int) *RowStats
	// CommandLog and Latency are the monitors behind SLOWLOG, COMMANDLOG and
	// LATENCY.
	CommandLog(kind LogKind) *SlowLog
	Latency() *LatencyMonitor
	// HotKeys is the session of HOTKEYS, nil before the first one and behind a
	// reset; SetHotKeys makes h that session.
	HotKeys() *HotKeys
	SetHotKeys(h *HotKeys)

	// CountError counts an error reply by its code, for INFO errorstats.
	CountError(line string)
	// ErrorStats calls f for every error code counted, sorted by code.
	ErrorStats(f func(code string, count int64))
	// KeyModified is called for each key that a write command changed, while
	// Context.Watching is not 0.
	KeyModified(d *db.DB, key []byte)
	// AllModified is KeyModified for all keys of a database, after SWAPDB or
	// FLUSHDB.
	AllModified(d *db.DB)
	// Flushing is called before d, or all databases if it is nil, are emptied,
	// and Swapping before a and b change places, while Context.Watching is not 0.
	Flushing(d *db.DB)
	Swapping(a, b *db.DB)

	// BeginMulti begins a transaction of the client of the current command, Exec
	// executes it and replies, Discard ends one without.
	BeginMulti()
	Exec()
	Discard(c *Client)
	// Watch makes the next Exec of the client of the current command depend on
	// that the keys of its database stay as they are; Unwatch forgets all of c.
	// The keys are views; the host copies them.
	Watch(keys [][]byte)
	Unwatch(c *Client)
	// Block makes the client of the current command wait; see Context.Block.
	Block(w *Wait)
	// Dump appends the serialized value of e, an entry of d, to dst.
	Dump(dst []byte, d *db.DB, e *db.Entry) []byte
	// Restore makes the value of a payload in a database of its own and returns
	// its entry, to be renamed at once, or one of ErrRestoreChecksum and
	// ErrRestoreFormat.
	Restore(key []byte, hash uint64, payload []byte) (*db.Entry, error)

	// Save saves the data set to disk before it returns; ErrSaving if that is
	// being done in the background.
	Save() error
	// BackgroundSave begins to save in the background. If another child is at
	// work it is scheduled for later, where schedule allows it, and not started;
	// else it is refused with ErrOtherChild, or ErrSaving if the child saves
	// already.
	BackgroundSave(schedule bool) (started bool, err error)
	// CancelSave gives up a save in the background, or one that was scheduled,
	// which is what scheduled says; ErrNotSaving if there is none.
	CancelSave() (scheduled bool, err error)
	// LastSave returns the Unix time in seconds of the last save that succeeded,
	// or of the start.
	LastSave() int64
	// RewriteAOF begins to rewrite the append only file, or schedules it while
	// another child is at work; ErrRewriting or ErrRewriteFails if it does not.
	RewriteAOF() (scheduled bool, err error)
	// Reload saves the data set and loads it back in place of what is in memory,
	// or less of that; ErrReloadFails if the file cannot be loaded.
	Reload(o ReloadOptions) error
	// LoadAOF loads what the log says in place of what is in memory;
	// ErrLoadAOFFails if it cannot.
	LoadAOF() error
	// Flushed is called when FLUSHALL has emptied all databases.
	Flushed()

	// FreeBig releases memory obtained from TakeBig that was not adopted.
	FreeBig(token uint64)
	// UnixNowUs is the wall clock in microseconds, read now.
	UnixNowUs() int64
}

// ShutdownOptions are the options of SHUTDOWN.
type ShutdownOptions struct {
	Save, NoSave, Now, Force, Abort bool
}
