package server

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"basalt/command"
	"basalt/config"
	"basalt/db/arena"
	"basalt/internal/ticks"
	"basalt/metrics"
	"basalt/pubsub"
)

// databasesShown bounds the databases that metrics tell apart, and so the
// series and what looking at them costs; the first databasesAlways are shown
// even when they are empty, as dashboards expect it.
const (
	databasesShown  = 256
	databasesAlways = 16
)

// reporter is the server's side of the metrics: where the executor publishes
// and who shows it.
type reporter struct {
	exchange *metrics.Exchange
	http     *metrics.Server
	instance metrics.Instance // what does not change in a run
}

// openMetrics opens the HTTP listener for metrics, if there is to be one. A
// failure counts only if somebody asked for that listener: the default port is
// taken as soon as two nodes run on a machine.
func (s *Server) openMetrics() error {
	cfg := s.config
	if cfg.MetricsPort == 0 {
		return nil
	}
	r := &reporter{
		exchange: metrics.NewExchange(s.wakeToPublish),
		instance: metrics.Instance{
			Version: command.Version, Basalt: command.BasaltVersion, BuildID: command.BuildID,
			OS: osName(), RunID: s.runID, PID: os.Getpid(), IOThreads: len(s.reactors), Started: s.started,
		},
	}
	var err error
	r.http, err = metrics.Listen(metrics.Options{
		Bind: cfg.MetricsBind, Port: cfg.MetricsPort, Exchange: r.exchange, Process: processFigures, Log: s.log,
		Stuck: s.Stuck, Unready: s.Unready,
	})
	switch {
	case err == nil:
		s.reporter = r
	case cfg.Configured("metrics-port") || cfg.Configured("metrics-bind"):
		return fmt.Errorf("could not create the listening socket for metrics: %w", err)
	default:
		s.log.Warn().Err(err).Msg("no metrics are served: the default metrics-port is not available")
	}
	return nil
}

// serveMetrics begins to answer scrapes. The executor does not run yet.
func (s *Server) serveMetrics() {
	r := s.reporter
	if r == nil {
		return
	}
	s.executor.publish()
	s.log.Info().Str("listener", "name=metrics,addr="+r.http.Addr()).Msg("listening")
	go func() {
		if err := r.http.Serve(); err != nil {
			s.log.Error().Err(err).Msg("serving metrics")
		}
	}()
}

// closeMetrics ends what openMetrics began.
func (s *Server) closeMetrics() {
	if s.reporter != nil {
		s.reporter.http.Close()
	}
}

// wakeToPublish makes the executor see that a scrape waits. Any thread.
func (s *Server) wakeToPublish() {
	if !s.stopping.Load() {
		s.wakeExecutor()
	}
}

// publishIfWanted publishes a snapshot when a scrape waits for one.
func (x *executor) publishIfWanted() {
	if r := x.server.reporter; r != nil && r.exchange.Wanted() {
		start := ticks.Now()
		if x.listClients() {
			x.publish()
		}
		x.slice(stallMetrics, start)
	}
}

// publish hands a snapshot of the executor's figures to scrapes. With all rows
// of the command table in use it takes some 30 µs; it does not depend on the
// number of keys or clients.
func (x *executor) publish() {
	r := x.server.reporter
	if r == nil {
		return
	}
	snap := r.exchange.Begin()
	snap.Taken = time.Now()
	snap.Instance = r.instance
	x.server.fill(snap)
	x.fillCommands(snap)
	x.fillDatabases(snap)
	x.fillThreads(snap)
	x.fillPauses(snap)
	x.fillKeys(snap)
	x.fillConfig(snap)
	snap.Listed, snap.ListedBefore = x.census.done, x.census.told
	x.census.told = x.census.done != nil
	r.exchange.Publish()
}

// fill copies what is one figure each.
func (s *Server) fill(snap *metrics.Snapshot) {
	x, c, cfg := s.executor, &s.executor.counters, s.config
	i := &snap.Instance
	i.Policy, _ = cfg.Value("maxmemory-policy")
	i.Socket = cfg.UnixSocket
	i.ThreadsActive = len(x.crew.here) == 0
	i.Port, i.HZ, i.Backlog = cfg.Port, cfg.HZ, cfg.ReplBacklogSize
	snap.Clients = metrics.Clients{
		Draining:  s.draining.Load(),
		Connected: s.connected.Load(), Max: s.maxClients.Load(), Blocked: int64(len(x.pause.waiting) + x.waits.count),
		Subscribers: int64(x.publisher.subscribers), Monitors: int64(len(x.monitors)),
		Tracking: int64(x.track.clients), TrackedKeys: int64(x.track.table.Len()),
		TrackedItems: int64(x.track.table.Items()), TrackedPrefixes: int64(x.track.prefixes.Len()),
	}
	snap.Clients.Timed, snap.Clients.AuthDenied = int64(len(x.waits.deadlines)), c.authDenied
	waited, gone := x.waits.keys()
	snap.Clients.BlockingKeys, snap.Clients.BlockingGone = int64(waited), int64(gone)
	snap.Clients.Watching, snap.Clients.Memory = int64(x.watched.clients), x.clientsMemory()
	for _, r := range s.reactors {
		snap.Clients.InputMax = max(snap.Clients.InputMax, r.recentIn.Load())
		snap.Clients.OutputMax = max(snap.Clients.OutputMax, r.recentOut.Load())
	}
	for _, keys := range x.watched.keys {
		snap.Clients.WatchedKeys += int64(len(keys))
	}
	topics := x.publisher.topics
	snap.Clients.Channels, snap.Clients.Patterns = int64(topics.Len(pubsub.Channels)), int64(topics.Len(pubsub.Patterns))
	snap.Clients.Shards = int64(topics.Len(pubsub.Shards))
	n := &snap.Totals
	*n = metrics.Totals{
		Connections: c.connections, Rejected: s.rejected.Load(), Evictions: c.evictedClients,
		AcceptRests: s.acceptRests.Load(), Throttled: x.overload.throttled,
		OutputLimitCloses: s.outputLimitClosed.Load(), QueryLimitCloses: s.queryLimitClosed.Load(),
		Commands: x.commands(), ErrorReplies: c.errors + c.protocolErrors,
		NetIn: c.netIn, NetOut: c.netOut,
		Hits: x.keys.Hits, Misses: x.keys.Misses, Expired: x.keys.Expired, Evicted: x.keys.Evicted,
		ExpiredFields: x.keys.ExpiredFields, LazyFreed: x.keys.LazyFreed,
		CyclesPerSecond: c.cyclesPerSecond,
		Cycles:          c.cycles, CycleTime: time.Duration(c.cycleNanos), ExpireTime: time.Duration(c.expireNanos),
	}
	moved := x.keys.CompactStats()
	n.Moved, n.Kept, n.KeysMoved, n.KeysKept = moved.Moved, moved.Kept, moved.KeysMoved, moved.KeysKept
	total, current := x.memory.overLimit(x.nowMs)
	n.OverLimit, n.OverLimitNow = time.Duration(total)*time.Millisecond, time.Duration(current)*time.Millisecond
	n.Reads, n.Writes = s.ioCalls()
	n.Reads -= c.readsBase
	n.Writes -= c.writesBase
	a := x.keys.Arena()
	stats := a.Stats()
	snap.Memory = metrics.Memory{
		ArenaUsed: stats.Used, ArenaActive: stats.SlabBytes + stats.Large, ArenaResident: stats.Committed,
		ArenaOverhead: a.UsedBy(arena.Table) + a.UsedBy(arena.Wheel) + a.UsedBy(arena.Tracking),
		Max:           x.memory.limit, Peak: c.peakBytes, Startup: c.startupBytes,
		LazyPending: int64(x.keys.Dying()), LogBuffers: x.memory.logBuffers, DefragPercent: x.defrag.percent,
	}
	for p := range arena.Purpose(arena.NumPurposes) {
		snap.Arena = append(snap.Arena, metrics.Amount{Name: p.String(), Bytes: a.UsedBy(p)})
	}
	process := cpuTimes(unix.RUSAGE_SELF)
	snap.CPU.MainSys, snap.CPU.MainUser = threadCPU(process.sys, process.user)
	x.fillPersistence(&snap.Persistence)
	snap.ExpiredLate = time.Duration(x.keys.ExpiredLateMs) * time.Millisecond
	snap.ExpiredLatest = time.Duration(x.keys.ExpiredLatestMs) * time.Millisecond
	snap.ExpireLag = time.Duration(x.keys.ExpireLag()) * time.Millisecond
}

// fillCommands copies the counters of commands, errors and monitors.
func (x *executor) fillCommands(snap *metrics.Snapshot) {
	cfg := x.server.config
	snap.Distributions = cfg.LatencyTracking
	snap.Percentiles = cfg.LatencyTrackingInfoPercentiles
	for id := range x.stats {
		st := &x.stats[id]
		snap.Totals.CommandTime += time.Duration(st.Nanos)
		if st.Calls == 0 && st.Rejected == 0 {
			continue
		}
		snap.Commands = append(snap.Commands, metrics.Command{
			Name: x.table.ByID(id).FullName, ID: id, Calls: st.Calls, Failed: st.Failed, Rejected: st.Rejected,
			Nanos: st.Nanos, Times: st.Times,
		})
	}
	for code, count := range x.errorCodes {
		snap.Errors = append(snap.Errors, metrics.ErrorCount{Code: code, Count: *count})
	}
	x.fillLogs(snap)
	x.latency.Latest(func(event string, unixS, millis int64) {
		took := time.Duration(millis) * time.Millisecond
		snap.Spikes = append(snap.Spikes, metrics.Spike{Event: event, UnixS: unixS, Took: took})
	})
}

// fillLogs copies the state of the logs of commands and the newest entries of
// them, whose arguments stay where they are.
func (x *executor) fillLogs(snap *metrics.Snapshot) {
	cfg, slow := x.server.config, &x.logs[command.LogSlow]
	snap.SlowLog = metrics.SlowLog{
		Len: slow.Len(), LargeRequests: x.logs[command.LogLargeRequest].Len(), LargeReplies: x.logs[command.LogLargeReply].Len(),
		SlowerThan: cfg.SlowlogLogSlowerThan, RequestsFrom: cfg.LargeRequestBytes, RepliesFrom: cfg.LargeReplyBytes,
		Max: cfg.SlowlogMaxLen, LargeRequestsMax: cfg.LargeRequestMaxLen, LargeRepliesMax: cfg.LargeReplyMaxLen,
	}
	slow.Latest(metrics.SlowCallsMax, func(e *command.SlowEntry) {
		snap.SlowCalls = append(snap.SlowCalls, metrics.SlowCall{
			ID: e.ID, UnixS: e.UnixS, Command: e.Command, ArgCount: e.ArgCount,
			Took: time.Duration(nanos(e.Value, time.Microsecond)),
		})
	})
	large := func(to []metrics.LargeCall, kind command.LogKind) []metrics.LargeCall {
		x.logs[kind].Latest(metrics.LargeCallsMax, func(e *command.SlowEntry) {
			to = append(to, metrics.LargeCall{ID: e.ID, UnixS: e.UnixS, Command: e.Command, ArgCount: e.ArgCount, Bytes: e.Value})
		})
		return to
	}
	snap.LargeRequests = large(snap.LargeRequests, command.LogLargeRequest)
	snap.LargeReplies = large(snap.LargeReplies, command.LogLargeReply)
	if len(snap.SlowCalls) > 0 {
		snap.SlowLog.LastID, snap.SlowLog.LastMicros = snap.SlowCalls[0].ID, snap.SlowCalls[0].Took.Microseconds()
	}
}

// fillDatabases copies the state of the databases and their tables.
func (x *executor) fillDatabases(snap *metrics.Snapshot) {
	for i := range min(x.keys.Count(), databasesShown) {
		d := x.keys.DB(i)
		if i >= databasesAlways && d.Len() == 0 {
			continue
		}
		t := x.keys.Stats(i)
		snap.Databases = append(snap.Databases, metrics.Database{
			Index: i, Keys: d.Len(), Expiring: d.Volatile(),
			AverageTTL: time.Duration(d.AverageTTL()) * time.Millisecond,
			Rehashing:  t.Rehashing, Level: t.Level, Split: t.Split, Steps: t.Steps,
			Buckets: t.Buckets, Overflow: t.Overflow, Bytes: t.Bytes,
		})
	}
}

// fillConfig copies directives but for secrets. Their texts are made again only
// when one was set.
func (x *executor) fillConfig(snap *metrics.Snapshot) {
	cfg := x.server.config
	if x.settings == nil {
		for _, p := range cfg.Get([]byte("*")) {
			if !config.IsSensitive([]byte(p.Name)) {
				x.settings = append(x.settings, metrics.Setting{Name: p.Name, Value: p.Value})
			}
		}
	}
	snap.Settings = x.settings
	for class, l := range cfg.ClientOutputBufferLimit {
		snap.OutputLimits = append(snap.OutputLimits, metrics.OutputLimit{
			Class: config.ClientClass(class).String(), Hard: l.Hard, Soft: l.Soft, SoftSeconds: l.SoftSeconds,
		})
	}
}

// fillThreads copies what threads and rings tell. The busy time of a reactor
// without a thread of its own is the executor's.
func (x *executor) fillThreads(snap *metrics.Snapshot) {
	executor := time.Duration(x.counters.cycleNanos)
	snap.Threads = append(snap.Threads, metrics.Thread{Name: "executor", Busy: executor})
	for i, r := range x.server.reactors {
		ring := metrics.Ring{
			Depth: r.toExec.ring.Len(), Deepest: max(r.taken.deepest, r.taken.second), Batches: r.taken.batches,
			Replies: r.fromExec.ring.Len() + r.fromExec.spill.count, Busy: executor,
		}
		if len(x.server.reactors) > 1 {
			ring.Busy = time.Duration(r.busy.Load())
			snap.Threads = append(snap.Threads, metrics.Thread{Name: "reactor" + strconv.Itoa(i), Busy: ring.Busy})
		}
		snap.Rings = append(snap.Rings, ring)
		snap.Timings = append(snap.Timings, r.timings)
	}
	if p := &snap.Persistence; p.Log {
		snap.Threads = append(snap.Threads, metrics.Thread{Name: "log", Busy: p.LogWriteTime + p.LogSyncTime})
	}
}

// fillPauses copies the executor's stalls.
func (x *executor) fillPauses(snap *metrics.Snapshot) {
	s := &x.stalls
	for cause := range s.of {
		c := &s.of[cause]
		snap.Pauses = append(snap.Pauses, metrics.Pause{
			Cause: stallNames[cause].name, Count: c.count, Longest: time.Duration(c.longest),
			Times: metrics.Distribution{Counts: c.times, Nanos: c.nanos},
		})
	}
	for i := range s.latest {
		e := &s.latest[(s.next+len(s.latest)-1-i)%len(s.latest)]
		if e.unixMs == 0 {
			break
		}
		snap.LatestPauses = append(snap.LatestPauses, metrics.PauseEvent{
			UnixMs: e.unixMs, Cause: stallNames[e.cause].name, What: e.what, Took: time.Duration(e.nanos),
		})
	}
}

// processFigures reads what any thread may ask for. It runs in scrapes.
func processFigures(p *metrics.Process) {
	self, children := cpuTimes(unix.RUSAGE_SELF), cpuTimes(unix.RUSAGE_CHILDREN)
	*p = metrics.Process{
		RSS: residentBytes(), System: systemBytes(), GoHeap: goHeap(),
		Sys: self.sys, User: self.user, ChildSys: children.sys, ChildUser: children.user,
	}
}
