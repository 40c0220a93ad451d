// Package metrics tells Prometheus how the node fares. The executor copies its
// figures into a Snapshot and publishes it through an Exchange; a scrape reads
// that copy and never what the executor owns. What belongs to the process and
// not to the executor, such as its resident memory, is read by the scrape.
//
//	executor ── fills ──► Exchange (three snapshots) ◄── takes ── Collector
//	                                                                  ▲
//	Prometheus ── GET /metrics ──► Server ── registry ────────────────┘
//
// Every metric is one row of a table (catalog.go and the files beside it): the
// collector and docs/metrics.md both come from it. Names and labels are those of
// redis_exporter where it has them, so that its dashboards and alerts work.
package metrics

import (
	"time"

	"basalt/internal/buckets"
)

// Snapshot is the state of a node at one moment. The executor fills it; from
// Publish on nobody changes it until the Exchange hands it out again.
type Snapshot struct {
	// Taken is when the figures were read. Publish needs it.
	Taken time.Time

	Instance Instance
	Clients  Clients
	Totals   Totals
	Memory   Memory
	CPU      CPU
	SlowLog  SlowLog
	// Persistence is the state of files.
	Persistence Persistence
	ExpireLag   time.Duration // how late the most overdue key is
	// ExpiredLate is by how much keys went later than their deadlines, all of
	// them together, ExpiredLatest the most by which one did.
	ExpiredLate, ExpiredLatest time.Duration

	// Databases are those to be shown, in order.
	Databases []Database
	// Arena is the off-heap memory by purpose.
	Arena []Amount
	// Commands are those that were called or refused.
	Commands []Command
	// SlowCalls are the newest entries of the slow log, the newest first, at most
	// SlowCallsMax of them.
	SlowCalls []SlowCall
	// LargeRequests and LargeReplies are those of the other logs, likewise.
	LargeRequests, LargeReplies []LargeCall
	// Percentiles are the quantiles, in percent, that are shown of Command.Times.
	Percentiles []float64
	// Errors are the error replies by code.
	Errors []ErrorCount
	// Spikes are the latest events of the latency monitor.
	Spikes []Spike
	// Timings are the tables of the reactors, read by Phases.
	Timings []TimingTable
	// Pauses are the pauses of the executor by cause, all causes always.
	Pauses []Pause
	// LatestPauses are the last ones, the newest first.
	LatestPauses []PauseEvent
	// Threads are those that work for clients, and Rings what lies between each
	// reactor and the executor.
	Threads []Thread
	Rings   []Ring
	// HotKeys are the keys with the most calls a second, CostlyKeys those with the
	// most seconds of the executor a second, both over the last minute or so, and
	// BigKeys those with the most bytes, the largest figure first. There are as many
	// as metrics-key-labels says.
	HotKeys, CostlyKeys, BigKeys []KeyFigure
	// Prefixes are those of metrics-key-prefixes.
	Prefixes []Prefix
	// Listed are the clients that have been connected longest, as many as
	// metrics-client-labels says; Settings the directives that are no secrets. Both
	// are shared with later snapshots: nobody changes them.
	Listed   []Client
	Settings []Setting
	// ListedBefore says that an earlier snapshot had the same clients: they are
	// looked at for scrapes only.
	ListedBefore bool
	// OutputLimits are the classes of client-output-buffer-limit.
	OutputLimits []OutputLimit
	// Distributions says whether the latency distributions of commands are
	// wanted (latency-tracking).
	Distributions bool
}

// Instance is what the node is.
type Instance struct {
	Version   string // of Redis that it answers to
	Basalt    string // its own version
	BuildID   string
	OS        string
	RunID     string
	Policy    string // maxmemory-policy
	Port      int    // of TCP, 0 for none
	Socket    string // path of the Unix socket, "" for none
	PID       int
	HZ        int
	IOThreads int
	// ThreadsActive says that reactors run on threads of their own.
	ThreadsActive bool
	Backlog       int64 // repl-backlog-size
	Started       time.Time
}

// Clients counts connections.
type Clients struct {
	Connected, Max, Blocked int64
	Draining                bool
	// Timed is those of the blocked ones that wait for a limited time, BlockingKeys
	// the keys that they wait for, WatchedKeys those of WATCH.
	Timed, BlockingKeys, WatchedKeys int64
	// BlockingGone is those of BlockingKeys whose end concerns a client too,
	// Watching the clients of WATCH.
	BlockingGone, Watching int64
	// Memory is what all of them take, in bytes; InputMax and OutputMax are the
	// most that one had waiting in the last seconds.
	Memory, InputMax, OutputMax int64
	AuthDenied                  int64 // wrong passwords
	// Subscribers are those that subscribed to something, Monitors those of MONITOR.
	Subscribers, Monitors int64
	// Channels, Patterns and Shards count what somebody subscribed to.
	Channels, Patterns, Shards int64
	// Tracking is those with CLIENT TRACKING, TrackedKeys the keys that they have
	// read, TrackedItems the readers of all keys together.
	Tracking, TrackedKeys, TrackedItems, TrackedPrefixes int64
}

// Client is one connection, with figures of CLIENT LIST.
type Client struct {
	ID                         int64
	Name, Addr, Flags, User    string
	DB, Proto                  int
	CreatedMs, ActiveMs        int64 // Unix
	QueryBuf, QueryBufFree     int   // bytes
	OutBuf, OutList, OutMem    int   // bytes, but OutList
	Total                      int   // bytes
	Channels, Patterns, Shards int   // subscribed to
	Watched                    int   // keys
}

// Setting is a directive with the text that CONFIG GET shows.
type Setting struct {
	Name, Value string
}

// OutputLimit is how much clients of a class may leave unread, in bytes.
type OutputLimit struct {
	Class       string
	Hard, Soft  uint64
	SoftSeconds int
}

// Totals are counters since the start or the last CONFIG RESETSTAT.
type Totals struct {
	Connections, Rejected, Evictions    int64 // the last are for maxmemory-clients
	AcceptRests, Throttled              int64 // Throttled commands were refused because of overload
	OutputLimitCloses, QueryLimitCloses int64
	Commands, ErrorReplies              int64
	NetIn, NetOut                       int64 // bytes
	Reads, Writes                       int64 // system calls of all reactors
	Hits, Misses, Expired, Evicted      int64
	ExpiredFields                       int64         // of hashes
	LazyFreed                           int64         // keys and large values freed in slices
	Moved, Kept                         int64         // blocks of memory, by activedefrag
	KeysMoved, KeysKept                 int64         // with and without one that was moved
	OverLimit, OverLimitNow             time.Duration // memory was full: in all, and since when it is
	CyclesPerSecond                     int64
	Cycles                              int64 // rounds of the executor's loop that had work
	CycleTime, CommandTime, ExpireTime  time.Duration
}

// Memory is sizes in bytes as far as the executor knows them; see Process.
type Memory struct {
	ArenaUsed     int64 // in use, as class sizes
	ArenaActive   int64 // in slabs and page runs
	ArenaResident int64 // what may be resident
	ArenaOverhead int64 // of the used: tables and deadlines
	Max           int64 // maxmemory, 0 for none
	Peak, Startup int64
	LazyPending   int64 // keys flushed and not freed yet
	DefragPercent int   // share of the executor's time for moving what is stored
	LogBuffers    int64 // of the Go heap, buffers of the append only file
}

// Persistence is the state of snapshots and of the append only file. Times that
// are unknown are negative.
type Persistence struct {
	Loading                     bool
	LoadedKeys, ExpiredKeys     int64 // of the last RDB file loaded
	LoadRead, LoadTotal         int64 // bytes of the files being loaded
	Changes                     int64 // since the last snapshot
	Saving, SaveOK              bool
	LastSaveUnixS               int64
	SaveSeconds, SavingSeconds  int64 // of the last one, of the one that runs
	Saves, SavedBytes           int64
	KeysDone, KeysTotal         int64 // of the snapshot that runs
	Log, LogOK                  bool
	Rewriting, RewritePending   bool
	RewriteOK                   bool
	RewriteSeconds              int64
	RewritingSeconds            int64
	Rewrites                    int64
	LogSize, LogBase            int64 // bytes
	LogBuffered                 int64 // bytes that are not in a file yet
	LogSyncing                  bool
	LogDelayed                  int64 // syncs that held up writes
	LogWrites, LogSyncs         int64
	LogWriteTime, LogSyncTime   time.Duration
	LogSyncMax                  time.Duration
	RepliesHeld                 int64 // batches whose replies wait for the disk
	WritesRefused, WritesBehind bool
}

// CPU is the seconds that the executor's thread ran.
type CPU struct {
	MainSys, MainUser float64
}

// SlowLog is the state of the slow log.
type SlowLog struct {
	Len        int
	LastID     int64 // of the newest entry, 0 without one
	LastMicros int64 // what the newest entry took, 0 without one
	// The entries of the other logs of COMMANDLOG, and the directives of all three.
	LargeRequests, LargeReplies            int
	SlowerThan                             int64 // microseconds, negative for nothing
	RequestsFrom, RepliesFrom              int64 // bytes
	Max, LargeRequestsMax, LargeRepliesMax int64
}

// SlowCallsMax is how many entries of the slow log are shown.
const SlowCallsMax = 32

// LargeCallsMax is the same of the logs of large requests and replies each.
const LargeCallsMax = 8

// SlowCall is one entry of the slow log without what its arguments were, which
// are data of the application and may be secrets.
type SlowCall struct {
	ID, UnixS int64
	Command   string // "get", "config|set"
	ArgCount  int    // with the command's name
	Took      time.Duration
}

// LargeCall is one entry of the logs of large requests and replies, without its
// arguments too.
type LargeCall struct {
	ID, UnixS int64
	Command   string
	ArgCount  int
	Bytes     int64
}

// Database is one numbered database with its table.
type Database struct {
	Index, Keys, Expiring int
	AverageTTL            time.Duration
	Rehashing             bool
	Level, Split          int // buckets are 2^Level + Split
	Steps                 int64
	Buckets, Overflow     int
	Bytes                 int64
}

// Amount is a named number of bytes.
type Amount struct {
	Name  string
	Bytes int64
}

// Command is the counters of one command or subcommand.
type Command struct {
	Name                    string // "get", "config|set"
	ID                      int    // of its row in the command table
	Calls, Failed, Rejected int64
	Nanos                   int64
	// Times counts calls by how long they took to execute; Snapshot.Phases has
	// what they waited too.
	Times buckets.Counts
}

// ErrorCount is the replies with one error code.
type ErrorCount struct {
	Code  string
	Count int64
}

// Spike is the latest event of one kind that the latency monitor sampled.
type Spike struct {
	Event string
	UnixS int64
	Took  time.Duration
}

// Pause is all pauses with one cause.
type Pause struct {
	Cause   string
	Count   int64
	Longest time.Duration
	Times   Distribution
}

// PauseEvent is one pause.
type PauseEvent struct {
	UnixMs int64 // when it ended
	Cause  string
	What   string // the command, "" where there is none
	Took   time.Duration
}

// KeyFigure is a key with what it is named for. The key may be cut, and any bytes.
type KeyFigure struct {
	Space int // number of its database
	Key   string
	Value float64
}

// Prefix is what keys that begin alike were used for.
type Prefix struct {
	Prefix       string
	Hits, Misses int64
	In, Out      int64 // bytes of commands and of replies
	Evicted      int64
}

// Thread is one that works for clients.
type Thread struct {
	Name string // "executor", "reactor0", "log"
	Busy time.Duration
}

// Ring is the rings between one reactor and the executor.
type Ring struct {
	Depth   int           // batches that wait for the executor
	Deepest int           // most that it took at once in the last second
	Batches int64         // that it took
	Replies int           // batches that wait for the reactor
	Busy    time.Duration // of the reactor
}

// Process is what a scrape reads itself: figures of the process and the machine
// that any thread may ask for. CPU is in seconds, the rest in bytes.
type Process struct {
	RSS, System, GoHeap int64
	Sys, User           float64
	ChildSys, ChildUser float64
}

// reset empties s for the next filling and keeps the memory of its lists.
func (s *Snapshot) reset() {
	*s = Snapshot{
		Databases:     s.Databases[:0],
		Arena:         s.Arena[:0],
		Commands:      s.Commands[:0],
		SlowCalls:     s.SlowCalls[:0],
		LargeRequests: s.LargeRequests[:0],
		LargeReplies:  s.LargeReplies[:0],
		Errors:        s.Errors[:0],
		Spikes:        s.Spikes[:0],

		Timings:      s.Timings[:0],
		Pauses:       s.Pauses[:0],
		LatestPauses: s.LatestPauses[:0],
		Threads:      s.Threads[:0],
		Rings:        s.Rings[:0],

		HotKeys:    s.HotKeys[:0],
		CostlyKeys: s.CostlyKeys[:0],
		BigKeys:    s.BigKeys[:0],
		Prefixes:   s.Prefixes[:0],

		OutputLimits: s.OutputLimits[:0],
	}
}
