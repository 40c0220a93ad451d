package server

import (
	"fmt"
	"time"

	"basalt/config"
)

// stuckAfter is how long the executor may take for one round before the process
// counts as dead to /healthz: longer than any command on data that fits into
// memory takes.
const stuckAfter = 30 * time.Second

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
	s.beatMs.Store(x.nowMs)
	var h health
	if p.loading != nil {
		h |= healthLoading
	}
	if x.gate&gateMemory != 0 && s.config.MaxMemoryPolicy == config.NoEviction && x.full() {
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
	return lines
}

// Stuck returns why the process does not serve any more, nothing while it does.
// Any thread.
func (s *Server) Stuck() string {
	since := time.Since(time.UnixMilli(s.beatMs.Load()))
	if since < stuckAfter {
		return ""
	}
	return fmt.Sprintf("the loop has not turned for %d s", int(since.Seconds()))
}
