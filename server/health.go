package server

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A process is dead to /healthz, and whoever asks there will end it, if it
// would be better off started anew. One that is slow is not: a command on a
// large collection, or a snapshot that everybody waits for, comes to its end,
// and what is in memory would be lost. So it counts what the executor does
// while its loop does not turn. Who waits for what never comes uses no CPU.
const (
	// idleMax is how long it may do nothing in one round of its loop.
	idleMax = 30 * time.Second
	// workMax is how long it may compute for one command, or wait for the disk
	// between two writes of a snapshot; longer, and it will not end by itself.
	workMax = 10 * time.Minute
	// workShare is the share of a CPU that it has at least who computes, on a
	// crowded machine too.
	workShare = 20
)

// beat is the last sign of life of the executor. It writes, any thread reads.
type beat struct {
	// at is when it came, in ns since the server started: no setting of the
	// clock changes that.
	at atomic.Int64
	// cpu is the CPU time in ns that the executor's thread had used by then.
	cpu atomic.Int64
	// thread is the executor's, as the system numbers them; 0 before it runs.
	thread atomic.Int64
	// saving says that it writes a file and waits for the disk.
	saving atomic.Bool
}

// sign gives a sign of life.
func (s *Server) sign() {
	s.beat.cpu.Store(int64(threadTime(s.beat.thread.Load())))
	s.beat.at.Store(int64(time.Since(s.started)))
}

// health is what keeps a node from being ready.
type health uint32

const (
	healthLoading health = 1 << iota
	healthMemory
	healthDisk
	healthPersistence
	healthDraining
)

// healthWords are the lines of /readyz, by bit.
var healthWords = [...]string{
	"loading: the data set is being read",
	"memory: maxmemory is reached and nothing may be evicted",
	"disk: writes are refused or held back",
	"persistence: the last snapshot, rewrite or write of the log failed",
	"draining: the server ends",
}

// judgeHealth publishes what /readyz tells, and that the loop turns. It is called
// with each run of the cron.
func (x *executor) judgeHealth() {
	s, p := x.server, &x.persist
	s.sign()
	var h health
	if p.loading != nil {
		h |= healthLoading
	}
	if m := &x.memory; x.gate&gateMemory != 0 && x.full() && !(m.evicts && x.keys.Evictable(m.victims)) {
		h |= healthMemory
	}
	if x.gate&(gateDisk|gateBehind) != 0 {
		h |= healthDisk
	}
	if !p.save.ok || !p.rewrite.ok || p.failing {
		h |= healthPersistence
	}
	s.health.Store(uint32(h))
}

// Unready returns what keeps the node from being ready, a line each, nothing if
// it is. Any thread.
func (s *Server) Unready() []string {
	h := health(s.health.Load())
	if s.draining.Load() || s.stopping.Load() {
		h |= healthDraining
	}
	var lines []string
	for i, words := range healthWords {
		if h&(1<<i) != 0 {
			lines = append(lines, words)
		}
	}
	if why := s.Stuck(); why != "" {
		lines = append(lines, "stuck: "+why)
	}
	return lines
}

// Stuck returns why the process is better off started anew, nothing while it is
// not. Any thread.
func (s *Server) Stuck() string {
	b := &s.beat
	at, cpu := b.at.Load(), b.cpu.Load()
	silent := time.Since(s.started) - time.Duration(at)
	worked := threadTime(b.thread.Load()) - time.Duration(cpu)
	return stuck(silent, worked, b.saving.Load())
}

// stuck judges an executor that has given no sign of life for a while, in which
// its thread used worked of CPU time.
func stuck(silent, worked time.Duration, saving bool) string {
	limit := idleMax
	if saving || worked >= silent/workShare {
		limit = workMax
	}
	if silent < limit {
		return ""
	}
	return fmt.Sprintf("the loop has not turned for %d s, in which it used %d s of CPU time", int(silent.Seconds()), int(worked.Seconds()))
}
