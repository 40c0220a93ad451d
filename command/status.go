package command

import "basalt/db"

// Status is the figures behind INFO and MEMORY STATS that only the server
// knows. Sizes are bytes, times as the field says.
type Status struct {
	Server struct {
		OS, RunID, Executable, ConfigFile string
		Listeners                         []string // "name=tcp,bind=127.0.0.1,port=6379"
		PID, Port                         int
		UptimeS, UnixUs                   int64
		Threads                           int
		ThreadsActive                     bool
		API                               string // multiplexing_api
		Supervised                        bool   // by systemd
	}
	Clients struct {
		Connected, Blocked              int
		Tracking                        int // with CLIENT TRACKING
		Timed                           int // of the blocked ones, those that wait no longer than some time
		BlockingKeys, BlockingKeysGone  int // keys waited for; of these, for their end as well
		RecentMaxInput, RecentMaxOutput int64
		Memory                          int64
	}
	Memory struct {
		// Grown is Used without Startup, 1 at least: the heap may become smaller than
		// it began.
		Grown                                   int64
		Used, Peak, Startup, RSS, System, Limit int64
		Overhead, Dataset                       int64
		Allocated, Active, Resident             int64
		GoHeap, LogBuffers                      int64 // these are part of it
		LazyPending, LazyFreed                  int64
		// DefragPercent is the share of time that goes into moving what is stored, 0
		// while nothing has to be; the times are for how long it did, in ms.
		DefragPercent             int
		DefragMillis, DefragNowMs int64
		Defrag                    db.CompactStats
		Purposes                  []Amount // arena memory by purpose
	}
	Stats struct {
		Connections, Rejected, Commands      int64
		EvictedClients                       int64
		OpsPerSecond                         int64
		NetIn, NetOut                        int64
		InKbps, OutKbps                      float64
		ErrorReplies, UnexpectedErrors       int64
		Reads, Writes                        int64
		ThreadedReads, ThreadedWrites        int64
		OutputLimitCloses, QueryLimitCloses  int64
		ExpireMillis, ExpireLagMs            int64
		OverLimitMs, OverLimitNowMs          int64 // memory was full: in all, and since when it is
		Cycles, CycleMicros, CommandMicros   int64
		CyclesPerSecond, CycleDurationMicros int64
		AuthDenied                           int64
		TrackedKeys, TrackedItems            int // keys, and the clients of all of them together
		TrackedPrefixes                      int
	}
	CPU struct {
		Sys, User, ChildSys, ChildUser, MainSys, MainUser float64 // seconds
	}
	Persistence struct {
		Loading                        bool
		LoadStartUnixS                 int64
		LoadTotal, LoadRead            int64 // bytes
		LoadedKeys, ExpiredKeys        int64 // of the last RDB file
		Saving, SaveOK                 bool
		LastSaveUnixS                  int64
		SaveSeconds, SavingSeconds     int64 // of the last one, of the one that runs; -1 if there is none
		Saves, SavedBytes              int64
		KeysDone, KeysTotal            int64 // of the snapshot that runs
		Log, Rewriting, RewritePending bool
		RewriteOK, LogOK               bool
		RewriteSeconds                 int64 // as SaveSeconds
		RewritingSeconds               int64
		Rewrites, RewriteFailures      int64
		LogSize, LogBase, LogBuffered  int64 // bytes
		LogSyncing                     bool
		LogDelayed                     int64 // syncs that held up writes
	}
}

// Amount is a named number of bytes.
type Amount struct {
	Name  string
	Bytes int64
}
