package metrics

// Live is the state of a node at one moment as the page for people draws it,
// served as JSON. Counters run from the start or the last CONFIG RESETSTAT: who
// looks takes the difference of two moments. Names of fields end in their
// unit; times are of the Unix clock where they say so.
type Live struct {
	// TakenMs is when the figures were read, in Unix time; AgeMs how long ago
	// that was. It is much only while the executor is busy with something long.
	TakenMs int64 `json:"taken_unix_ms"`
	AgeMs   int64 `json:"age_ms"`

	Node        LiveNode        `json:"node"`
	Clients     LiveClients     `json:"clients"`
	Totals      LiveTotals      `json:"totals"`
	Memory      LiveMemory      `json:"memory"`
	Latency     LiveLatency     `json:"latency"`
	Commands    []LiveCommand   `json:"commands"`
	Errors      []LiveError     `json:"errors"`
	Pauses      LivePauses      `json:"pauses"`
	Threads     []LiveThread    `json:"threads"`
	Rings       []LiveRing      `json:"rings"`
	Slow        LiveSlow        `json:"slow"`
	Requests    LiveLarge       `json:"large_requests"`
	Replies     LiveLarge       `json:"large_replies"`
	Keys        LiveKeys        `json:"keys"`
	Prefixes    []LivePrefix    `json:"prefixes"`
	Databases   []LiveDatabase  `json:"databases"`
	Persistence LivePersistence `json:"persistence"`
}

// LiveNode is what the node is.
type LiveNode struct {
	Version   string `json:"version"`       // its own
	Redis     string `json:"redis_version"` // of Redis that it answers to
	RunID     string `json:"run_id"`        // another one after a restart
	OS        string `json:"os"`
	Port      int    `json:"port"`   // of TCP, 0 for none
	Socket    string `json:"socket"` // path of the Unix socket, "" for none
	PID       int    `json:"pid"`
	IOThreads int    `json:"io_threads"`
	UptimeS   int64  `json:"uptime_s"`
}

// LiveClients counts connections. Max is how many there may be.
type LiveClients struct {
	Connected   int64 `json:"connected"`
	Max         int64 `json:"max"`
	Blocked     int64 `json:"blocked"`
	Subscribers int64 `json:"subscribers"`
	Monitors    int64 `json:"monitors"`
	Tracking    int64 `json:"tracking"`
	Channels    int64 `json:"channels"` // with a subscriber, of all kinds
	Patterns    int64 `json:"patterns"`
}

// LiveTotals are counters.
type LiveTotals struct {
	Commands    int64 `json:"commands"`
	Errors      int64 `json:"errors"`
	Connections int64 `json:"connections"`
	Rejected    int64 `json:"rejected"`
	// Closed are connections that were closed for what they did not read or sent
	// too much of.
	Closed  int64 `json:"closed_over_limits"`
	NetIn   int64 `json:"net_in_bytes"`
	NetOut  int64 `json:"net_out_bytes"`
	Hits    int64 `json:"hits"`
	Misses  int64 `json:"misses"`
	Expired int64 `json:"expired"`
	Evicted int64 `json:"evicted"`
	// Busy is the time of the executor's rounds that had work, Executing what of
	// it was spent in commands, CPU the processor's time of the whole process.
	BusyUs      int64 `json:"busy_us"`
	ExecutingUs int64 `json:"executing_us"`
	CPUUs       int64 `json:"cpu_us"`
}

// LiveMemory is sizes in bytes.
type LiveMemory struct {
	Used     int64        `json:"used_bytes"`
	Dataset  int64        `json:"dataset_bytes"` // of the used, keys and values
	Peak     int64        `json:"peak_bytes"`
	Max      int64        `json:"max_bytes"` // maxmemory, 0 for none
	RSS      int64        `json:"rss_bytes"`
	System   int64        `json:"system_bytes"`
	GoHeap   int64        `json:"go_heap_bytes"`
	Policy   string       `json:"policy"` // maxmemory-policy
	Purposes []LiveAmount `json:"arena"`  // of the used, the arena by purpose
}

// LiveAmount is a named number of bytes.
type LiveAmount struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// LiveLatency is how long commands took, all of them together: from socket to
// socket, and of that waiting in the ring, executing and writing. Of each list of
// counts, the i-th is of those that took less than BoundsUs[i] and not less than
// the bound before. Zeros at the end are left out. What is not Tracked
// (latency-tracking no) is not counted but for executing.
type LiveLatency struct {
	Tracked  bool      `json:"tracked"`
	BoundsUs []float64 `json:"bounds_us"`
	Total    []int64   `json:"total"`
	Wait     []int64   `json:"wait"`
	Execute  []int64   `json:"execute"`
	Write    []int64   `json:"write"`
}

// LiveCommand is the counters of one command or subcommand, with Counts like
// those of LiveLatency of executing it.
type LiveCommand struct {
	Name     string  `json:"name"`
	Calls    int64   `json:"calls"`
	Failed   int64   `json:"failed"`
	Rejected int64   `json:"rejected"`
	Us       int64   `json:"us"` // spent in all calls
	Counts   []int64 `json:"counts"`
}

// LiveError counts replies with one error code.
type LiveError struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// LivePauses is the times of over 1 ms in which commands waited for something
// else: all causes there are, and the latest pauses, the newest first.
type LivePauses struct {
	Causes []LivePauseCause `json:"causes"`
	Latest []LivePause      `json:"latest"`
}

// LivePauseCause is all pauses of one cause.
type LivePauseCause struct {
	Cause     string `json:"cause"`
	Count     int64  `json:"count"`
	Us        int64  `json:"us"` // of all of them
	LongestUs int64  `json:"longest_us"`
}

// LivePause is one pause. Command is the one that caused it, "" for none.
type LivePause struct {
	Cause   string `json:"cause"`
	Command string `json:"command"`
	UnixMs  int64  `json:"unix_ms"` // when it ended
	Us      int64  `json:"us"`
}

// LiveThread is how long a thread had work.
type LiveThread struct {
	Name   string `json:"name"`
	BusyUs int64  `json:"busy_us"`
}

// LiveRing is what lies between a reactor and the executor: batches that wait
// now, the most that were taken at once in the last second, and all that were.
type LiveRing struct {
	Depth   int   `json:"depth"`
	Deepest int   `json:"deepest"`
	Batches int64 `json:"batches"`
}

// LiveSlow is the slow log. Len is how many entries it holds, of which the
// newest are listed, ThresholdUs how long a call must take to get in, negative
// if none does.
type LiveSlow struct {
	Len         int            `json:"len"`
	ThresholdUs int64          `json:"threshold_us"`
	Calls       []LiveSlowCall `json:"calls"`
}

// LiveSlowCall is an entry of the slow log. Its arguments are not told, only
// how many there were, the command's name included.
type LiveSlowCall struct {
	ID      int64  `json:"id"`
	UnixS   int64  `json:"unix_s"`
	Command string `json:"command"`
	Args    int    `json:"args"`
	Us      int64  `json:"us"`
}

// LiveLarge is the log of large requests, or of large replies, like LiveSlow.
type LiveLarge struct {
	Len            int             `json:"len"`
	ThresholdBytes int64           `json:"threshold_bytes"`
	Calls          []LiveLargeCall `json:"calls"`
}

// LiveLargeCall is an entry of these.
type LiveLargeCall struct {
	ID       int64  `json:"id"`
	UnixS    int64  `json:"unix_s"`
	Command  string `json:"command"`
	ArgCount int    `json:"args"`
	Bytes    int64  `json:"bytes"`
}

// LivePrefix is what keys with one of metrics-key-prefixes were used for.
type LivePrefix struct {
	Prefix  string `json:"prefix"`
	Hits    int64  `json:"hits"`
	Misses  int64  `json:"misses"`
	In      int64  `json:"in_bytes"`
	Out     int64  `json:"out_bytes"`
	Evicted int64  `json:"evicted"`
}

// LiveKeys is keys that stand out, of each kind as many as metrics-key-labels
// says, the largest figure first: those with the most calls a second, those with
// the largest share of the executor's time, from 0 to 1, and those with the most
// bytes.
type LiveKeys struct {
	Hot    []LiveKey `json:"hot"`
	Costly []LiveKey `json:"costly"`
	Big    []LiveKey `json:"big"`
}

// LiveKey is a key with its figure. The key is text: it may be cut or quoted.
type LiveKey struct {
	DB    int     `json:"db"`
	Key   string  `json:"key"`
	Value float64 `json:"value"`
}

// LiveDatabase is a database that holds keys. Its table has 2^Level + Split
// buckets and is Rehashing while it has fewer or more than its keys call for.
type LiveDatabase struct {
	Index     int   `json:"index"`
	Keys      int   `json:"keys"`
	Expiring  int   `json:"expiring"`
	Rehashing bool  `json:"rehashing"`
	Level     int   `json:"level"`
	Split     int   `json:"split"`
	Steps     int64 `json:"steps"`
	Buckets   int   `json:"buckets"`
	Overflow  int   `json:"overflow"`
	Bytes     int64 `json:"table_bytes"`
}

// LivePersistence is the state of snapshots and of the append only file. Times
// of what never was or does not run are negative.
type LivePersistence struct {
	Loading       bool  `json:"loading"`
	LoadRead      int64 `json:"load_read_bytes"` // of LoadTotal
	LoadTotal     int64 `json:"load_total_bytes"`
	Changes       int64 `json:"changes"` // since the last snapshot
	Saving        bool  `json:"saving"`
	SaveOK        bool  `json:"save_ok"`
	LastSaveUnixS int64 `json:"last_save_unix_s"`
	SaveSeconds   int64 `json:"save_s"`   // what the last one took
	SavingSeconds int64 `json:"saving_s"` // for how long one runs
	Saves         int64 `json:"saves"`
	SavedBytes    int64 `json:"saved_bytes"`
	// KeysDone of KeysTotal keys are in the snapshot or the base of the append
	// only file that is being written.
	KeysDone         int64 `json:"keys_done"`
	KeysTotal        int64 `json:"keys_total"`
	Log              bool  `json:"aof"`
	LogOK            bool  `json:"aof_ok"`
	Rewriting        bool  `json:"rewriting"`
	RewriteOK        bool  `json:"rewrite_ok"`
	RewritingSeconds int64 `json:"rewriting_s"`
	Rewrites         int64 `json:"rewrites"`
	LogBytes         int64 `json:"aof_bytes"`
	LogBaseBytes     int64 `json:"aof_base_bytes"`
	LogBufferedBytes int64 `json:"aof_buffered_bytes"`
	LogSyncs         int64 `json:"aof_syncs"`
	LogSyncUs        int64 `json:"aof_sync_us"` // spent in all of them
	LogSyncMaxUs     int64 `json:"aof_sync_max_us"`
	WritesRefused    bool  `json:"writes_refused"`
	WritesBehind     bool  `json:"writes_behind"`
}
