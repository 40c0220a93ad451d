package command

// Status is the figures behind INFO and MEMORY STATS that only the server
// knows. Sizes are bytes, times as the field says.
type Status struct {
	Server struct {
		OS, RunID, Executable, ConfigFile string
		Listeners                         []string // "name=tcp,bind=127.0.0.1,port=6379"
		PID, Port                         int
		UptimeS, UnixUs                   int64
		Threads                           int
		API                               string // multiplexing_api
	}
	Clients struct {
		Connected, Blocked              int
		Timed                           int // of the blocked ones, those that wait no longer than some time
		BlockingKeys, BlockingKeysGone  int // keys waited for; of these, for their end as well
		RecentMaxInput, RecentMaxOutput int64
		Memory                          int64
	}
	Memory struct {
		Used, Peak, Startup, RSS, System int64
		Overhead, Dataset                int64
		Allocated, Active, Resident      int64
		GoHeap                           int64
		LazyPending, LazyFreed           int64
		Purposes                         []Amount // arena memory by purpose
	}
	Stats struct {
		Connections, Rejected, Commands      int64
		OpsPerSecond                         int64
		NetIn, NetOut                        int64
		InKbps, OutKbps                      float64
		ErrorReplies, UnexpectedErrors       int64
		Reads, Writes                        int64
		ThreadedReads, ThreadedWrites        int64
		OutputLimitCloses, QueryLimitCloses  int64
		ExpireMillis, ExpireLagMs            int64
		Cycles, CycleMicros, CommandMicros   int64
		CyclesPerSecond, CycleDurationMicros int64
		AuthDenied                           int64
	}
	CPU struct {
		Sys, User, ChildSys, ChildUser, MainSys, MainUser float64 // seconds
	}
	Persistence struct {
		LastSaveUnixS int64
	}
}

// Amount is a named number of bytes.
type Amount struct {
	Name  string
	Bytes int64
}
