package server

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"basalt/command"
	"basalt/db/arena"
)

// counters is what the executor counts. Only it touches them.
type counters struct {
	connections            int64
	netIn, netOut          int64
	errors, protocolErrors int64
	cycles                 int64
	cycleNanos             int64
	expireNanos            int64
	evictedClients         int64

	// Of the last sampled second.
	last                          sampled
	opsPerSecond, cyclesPerSecond int64
	inKbps, outKbps               float64

	// What CONFIG RESETSTAT leaves alone.
	kept
}

// kept is the counters of a server's whole life.
type kept struct {
	peakBytes, startupBytes int64
	authDenied              int64
	// readsBase and writesBase are what reactors had counted at the last
	// CONFIG RESETSTAT, delayedBase the syncs of the log that were delayed: such
	// counters are their owners'.
	readsBase, writesBase, delayedBase int64
}

// sampled is the counters at the last sample.
type sampled struct {
	atMs                            int64
	commands, netIn, netOut, cycles int64
}

// commands returns how many commands ran.
func (x *executor) commands() int64 {
	n := int64(0)
	for i := range x.stats {
		n += x.stats[i].Calls
	}
	return n
}

// sample takes the figures per second. It is called about once a second.
func (x *executor) sample() {
	c, commands := &x.counters, x.commands()
	if elapsed := x.nowMs - c.last.atMs; c.last.atMs != 0 && elapsed > 0 {
		c.opsPerSecond = (commands - c.last.commands) * 1000 / elapsed
		c.cyclesPerSecond = (c.cycles - c.last.cycles) * 1000 / elapsed
		c.inKbps = float64(c.netIn-c.last.netIn) / 1.024 / float64(elapsed)
		c.outKbps = float64(c.netOut-c.last.netOut) / 1.024 / float64(elapsed)
	}
	c.last = sampled{x.nowMs, commands, c.netIn, c.netOut, c.cycles}
	for _, r := range x.server.reactors {
		r.taken.second, r.taken.deepest = r.taken.deepest, 0
	}
	x.usedMemory() // notes the peak
}

// resetCounters is CONFIG RESETSTAT.
func (x *executor) resetCounters() {
	x.counters = counters{kept: x.counters.kept, last: sampled{atMs: x.nowMs}}
	x.counters.readsBase, x.counters.writesBase = x.server.ioCalls()
	x.keys.Hits, x.keys.Misses, x.keys.Expired, x.keys.Evicted = 0, 0, 0, 0
	x.keys.ExpiredLateMs, x.keys.ExpiredLatestMs = 0, 0
	x.keys.ExpiredFields, x.keys.LazyFreed = 0, 0
	x.memory.exceededMs, x.memory.exceededSince = 0, 0
	x.defrag.totalMs, x.defrag.sinceMs = 0, 0
	x.keys.ResetCompactStats()
	clear(x.stats)
	clear(x.stalls.of[:])
	x.observer.resetPrefixes()
	for _, r := range x.server.reactors {
		r.post((*reactor).resetTimes)
	}
	clear(x.errorCodes)
	x.server.rejected.Store(0)
	x.server.acceptRests.Store(0)
	x.overload.since -= x.overload.throttled // it may be negative: the difference counts
	x.overload.throttled = 0
	x.server.outputLimitClosed.Store(0)
	x.server.queryLimitClosed.Store(0)
	x.persist.save.count, x.persist.rewrite.count = 0, 0
	if log := x.persist.log; log != nil {
		x.counters.delayedBase = log.Stats().DelayedSyncs
	}
}

// ioCalls is the reads and writes of all reactors since the start.
func (s *Server) ioCalls() (reads, writes int64) {
	for _, r := range s.reactors {
		reads += r.reads.Load()
		writes += r.writes.Load()
	}
	return reads, writes
}

// ConfigResetStat implements command.Host.
func (s *Server) ConfigResetStat() { s.executor.resetCounters() }

// Purge implements command.Host: it gives all free memory back, in one go,
// because the client asked for it.
func (s *Server) Purge() {
	s.executor.keys.Arena().PurgeAll(time.Second)
}

// Status implements command.Host.
func (s *Server) Status(st *command.Status) {
	s.serverStatus(st)
	s.clientStatus(st)
	s.memoryStatus(st)
	s.trafficStatus(st)
	s.executor.persistenceStatus(st)
	cpuStatus(st)
}

func (s *Server) clientStatus(st *command.Status) {
	for c := s.executor.sessions.head; c != nil; c = c.next {
		if c.Flags&command.CloseNow != 0 {
			continue
		}
		u := s.Usage(&c.Client)
		st.Clients.Connected++
		st.Clients.Memory += int64(u.Total)
		st.Clients.RecentMaxInput = max(st.Clients.RecentMaxInput, int64(u.QueryBuf+u.QueryBufFree))
		st.Clients.RecentMaxOutput = max(st.Clients.RecentMaxOutput, int64(u.OutMem))
		if c.suspended != nil {
			st.Clients.Blocked++
		}
	}
	st.Clients.Tracking = s.executor.track.clients
	q := &s.executor.waits
	st.Clients.Timed = len(q.deadlines)
	st.Clients.BlockingKeys, st.Clients.BlockingKeysGone = q.keys()
}

func (s *Server) trafficStatus(st *command.Status) {
	x, c, n := s.executor, &s.executor.counters, &st.Stats
	n.EvictedClients = c.evictedClients
	n.Connections, n.Rejected, n.Commands = c.connections, s.rejected.Load(), x.commands()
	n.OpsPerSecond, n.CyclesPerSecond = c.opsPerSecond, c.cyclesPerSecond
	n.NetIn, n.NetOut, n.InKbps, n.OutKbps = c.netIn, c.netOut, c.inKbps, c.outKbps
	n.ErrorReplies, n.AuthDenied = c.errors+c.protocolErrors, c.authDenied
	n.OutputLimitCloses, n.QueryLimitCloses = s.outputLimitClosed.Load(), s.queryLimitClosed.Load()
	n.OverLimitMs, n.OverLimitNowMs = x.memory.overLimit(x.nowMs)
	n.ExpireMillis, n.ExpireLagMs = c.expireNanos/1e6, x.keys.ExpireLag()
	n.Cycles, n.CycleMicros = c.cycles, c.cycleNanos/1000
	if c.cycles > 0 {
		n.CycleDurationMicros = n.CycleMicros / c.cycles
	}
	n.TrackedKeys, n.TrackedItems = x.track.table.Len(), x.track.table.Items()
	n.TrackedPrefixes = x.track.prefixes.Len()
	n.Reads, n.Writes = s.ioCalls()
	n.Reads -= c.readsBase
	n.Writes -= c.writesBase
	if len(s.reactors) > 1 {
		n.ThreadedReads, n.ThreadedWrites = n.Reads, n.Writes
	}
	for i := range x.stats {
		n.CommandMicros += x.stats[i].Nanos / 1000
	}
}

func (s *Server) serverStatus(st *command.Status) {
	v := &st.Server
	v.OS, v.RunID, v.ConfigFile = osName(), s.runID, s.config.File
	v.Executable, _ = os.Executable()
	v.PID, v.Port = os.Getpid(), s.config.Port
	now := time.Now()
	v.UptimeS, v.UnixUs = int64(now.Sub(s.started).Seconds()), now.UnixMicro()
	v.Threads, v.ThreadsActive = len(s.reactors), len(s.executor.crew.here) == 0
	v.Supervised = s.supervisor.address != ""
	v.API = "kqueue"
	if runtime.GOOS == "linux" {
		v.API = "epoll"
	}
	v.Listeners = s.listeners()
}

// listeners is the lines of INFO about where the server listens: all addresses
// of a TCP port in one.
func (s *Server) listeners() []string {
	var lines []string
	for _, b := range s.bound {
		if n := len(lines) - 1; n >= 0 {
			before, port, tcp := strings.Cut(lines[n], ",port=")
			if bind, ok := strings.CutPrefix(b.name, "name=tcp"); tcp && ok && strings.HasSuffix(bind, ",port="+port) {
				lines[n] = before + bind
				continue
			}
		}
		lines = append(lines, b.name)
	}
	return lines
}

func (s *Server) memoryStatus(st *command.Status) {
	m, x := &st.Memory, s.executor
	a := x.keys.Arena()
	stats := a.Stats()
	m.Used = x.usedMemory()
	m.GoHeap, m.LogBuffers = x.memory.goHeap, x.memory.logBuffers
	m.Peak, m.Startup = x.counters.peakBytes, x.counters.startupBytes
	m.Grown = max(1, m.Used-m.Startup)
	m.RSS, m.System, m.Limit = residentBytes(), systemBytes(), x.memory.limit
	m.Allocated, m.Active, m.Resident = stats.Used, stats.SlabBytes+stats.Large, stats.Committed
	m.Overhead = m.GoHeap + a.UsedBy(arena.Table) + a.UsedBy(arena.Wheel) + a.UsedBy(arena.Tracking)
	m.Dataset = m.Used - m.Overhead
	m.LazyPending, m.LazyFreed = int64(x.keys.Dying()), x.keys.LazyFreed
	m.DefragPercent, m.Defrag = x.defrag.percent, x.keys.CompactStats()
	m.DefragMillis, m.DefragNowMs = x.defrag.time(x.nowMs)
	for p := range arena.Purpose(arena.NumPurposes) {
		if n := a.UsedBy(p); n > 0 {
			m.Purposes = append(m.Purposes, command.Amount{Name: p.String(), Bytes: n})
		}
	}
}

func cpuStatus(st *command.Status) {
	self, children := cpuTimes(unix.RUSAGE_SELF), cpuTimes(unix.RUSAGE_CHILDREN)
	c := &st.CPU
	c.Sys, c.User = self.sys, self.user
	c.ChildSys, c.ChildUser = children.sys, children.user
	c.MainSys, c.MainUser = threadCPU(c.Sys, c.User)
}

// cpuSeconds is the time spent in the kernel and outside.
type cpuSeconds struct{ sys, user float64 }

// cpuTimes is what the process, or its children, used; who is one of unix.RUSAGE_*.
func cpuTimes(who int) cpuSeconds {
	var u unix.Rusage
	if unix.Getrusage(who, &u) != nil {
		return cpuSeconds{}
	}
	seconds := func(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return cpuSeconds{seconds(u.Stime), seconds(u.Utime)}
}

// osName is the system's name, release and machine, as uname prints them.
func osName() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return runtime.GOOS + " " + runtime.GOARCH
	}
	return fmt.Sprintf("%s %s %s", unix.ByteSliceToString(u.Sysname[:]), unix.ByteSliceToString(u.Release[:]),
		unix.ByteSliceToString(u.Machine[:]))
}
