package server

import (
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"golang.org/x/sys/unix"

	"basalt/command"
	"basalt/db/arena"
)

// counters is what the executor counts. Only it touches them.
type counters struct {
	connections, commands  int64
	netIn, netOut          int64
	errors, protocolErrors int64
	cycles                 int64
	cycleNanos             int64
	expireNanos            int64

	// Of the last sampled second.
	last                          sampled
	opsPerSecond, cyclesPerSecond int64
	inKbps, outKbps               float64
	peakBytes, startupBytes       int64
}

// sampled is the counters at the last sample.
type sampled struct {
	atMs                            int64
	commands, netIn, netOut, cycles int64
}

// sample takes the figures per second. It is called about once a second.
func (x *executor) sample() {
	c := &x.counters
	if elapsed := x.nowMs - c.last.atMs; c.last.atMs != 0 && elapsed > 0 {
		c.opsPerSecond = (c.commands - c.last.commands) * 1000 / elapsed
		c.cyclesPerSecond = (c.cycles - c.last.cycles) * 1000 / elapsed
		c.inKbps = float64(c.netIn-c.last.netIn) / 1.024 / float64(elapsed)
		c.outKbps = float64(c.netOut-c.last.netOut) / 1.024 / float64(elapsed)
	}
	c.last = sampled{x.nowMs, c.commands, c.netIn, c.netOut, c.cycles}
	c.peakBytes = max(c.peakBytes, x.usedMemory())
}

// usedMemory is what the process allocated: the arena exactly, and the Go
// heap.
func (x *executor) usedMemory() int64 { return x.keys.Arena().Used() + goHeap() }

// goHeap is the bytes of live and not yet collected objects of the Go heap.
func goHeap() int64 {
	s := [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s[:])
	return int64(s[0].Value.Uint64())
}

// resetCounters is CONFIG RESETSTAT.
func (x *executor) resetCounters() {
	startup := x.counters.startupBytes
	x.counters = counters{startupBytes: startup}
	x.keys.Hits, x.keys.Misses, x.keys.Expired = 0, 0, 0
	clear(x.stats)
	clear(x.errorCodes)
	x.server.rejected.Store(0)
	x.server.outputLimitClosed.Store(0)
	x.server.queryLimitClosed.Store(0)
	x.counters.peakBytes = x.usedMemory()
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
	s.memoryStatus(st)
	x, c := s.executor, &s.executor.counters
	st.Clients.Connected = int(s.connected.Load())
	for id := x.sessions.head; id != nil; id = id.next {
		u := s.Usage(&id.Client)
		st.Clients.Memory += int64(u.Total)
		st.Clients.RecentMaxInput = max(st.Clients.RecentMaxInput, int64(u.QueryBuf+u.QueryBufFree))
		st.Clients.RecentMaxOutput = max(st.Clients.RecentMaxOutput, int64(u.OutMem))
		if id.suspended != nil {
			st.Clients.Blocked++
		}
	}
	n := &st.Stats
	n.Connections, n.Rejected, n.Commands = c.connections, s.rejected.Load(), c.commands
	n.OpsPerSecond, n.CyclesPerSecond = c.opsPerSecond, c.cyclesPerSecond
	n.NetIn, n.NetOut, n.InKbps, n.OutKbps = c.netIn, c.netOut, c.inKbps, c.outKbps
	n.ErrorReplies, n.UnexpectedErrors = c.errors, c.protocolErrors
	n.OutputLimitCloses, n.QueryLimitCloses = s.outputLimitClosed.Load(), s.queryLimitClosed.Load()
	n.ExpireMillis, n.ExpireLagMs = c.expireNanos/1e6, x.keys.ExpireLag()
	n.Cycles, n.CycleMicros = c.cycles, c.cycleNanos/1000
	for _, r := range s.reactors {
		reads, writes := r.reads.Load(), r.writes.Load()
		n.Reads += reads
		n.Writes += writes
		if len(s.reactors) > 1 {
			n.ThreadedReads += reads
			n.ThreadedWrites += writes
		}
	}
	for i := range x.stats {
		n.CommandMicros += x.stats[i].Nanos / 1000
	}
	st.Persistence.LastSaveUnixS = s.started.Unix()
	cpuStatus(st)
}

func (s *Server) serverStatus(st *command.Status) {
	v := &st.Server
	v.OS, v.RunID, v.ConfigFile = osName(), s.runID, s.config.File
	v.Executable, _ = os.Executable()
	v.PID, v.Port = os.Getpid(), s.config.Port
	now := time.Now()
	v.UptimeS, v.UnixUs = int64(now.Sub(s.started).Seconds()), now.UnixMicro()
	v.Threads = len(s.reactors)
	v.API = "kqueue"
	if runtime.GOOS == "linux" {
		v.API = "epoll"
	}
	for _, b := range s.bound {
		v.Listeners = append(v.Listeners, b.name)
	}
}

func (s *Server) memoryStatus(st *command.Status) {
	m, x := &st.Memory, s.executor
	a := x.keys.Arena()
	stats := a.Stats()
	m.GoHeap = goHeap()
	m.Used = stats.Used + m.GoHeap
	x.counters.peakBytes = max(x.counters.peakBytes, m.Used)
	m.Peak, m.Startup = x.counters.peakBytes, x.counters.startupBytes
	m.RSS, m.System = residentBytes(), systemBytes()
	m.Allocated, m.Active, m.Resident = stats.Used, stats.SlabBytes+stats.Large, stats.Committed
	m.Overhead = m.GoHeap + a.UsedBy(arena.Table) + a.UsedBy(arena.Wheel)
	m.Dataset = m.Used - m.Overhead
	m.LazyPending = int64(x.keys.Dying())
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
