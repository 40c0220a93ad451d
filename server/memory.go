package server

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"basalt/config"
	"basalt/db"
)

// gateMemory is set while there is a maxmemory. Without one commands do not
// even look.
const gateMemory = gateMonitors << 1

// memory is what the executor knows of the process's memory, in bytes.
type memory struct {
	limit int64 // maxmemory
	// goHeap is what the Go heap held at the last look: asking costs a
	// microsecond, and it moves little but for logBuffers, which are part of it.
	// They grow while the disk is slow, and are no reason to evict: what is
	// evicted goes through them too.
	goHeap, logBuffers int64
	heapStart          int64 // goHeap of the empty server
	// heapRest is what the Go heap holds beside buffers, as collections left it:
	// the less of the last two counts, for one may have come in the middle of a reply.
	heapRest   [2]atomic.Int64
	collecting atomic.Bool
	// collectedMs is when a collection was asked for last, Unix ms.
	collectedMs int64

	evicts  bool // the policy evicts
	victims db.Victims
	budget  time.Duration // of one command
	behind  bool          // there was not enough time to make room
	// exceededSince is when memory was found full, Unix ms, 0 while it is not;
	// exceededMs is how long it was, before.
	exceededSince, exceededMs int64
}

// exceeded ends a time in which memory was full.
func (m *memory) exceeded(nowMs int64) {
	if m.exceededSince != 0 {
		m.exceededMs += nowMs - m.exceededSince
		m.exceededSince = 0
	}
}

// overLimit is for how many ms memory was full in all, and for how many it has
// been now.
func (m *memory) overLimit(nowMs int64) (total, current int64) {
	if m.exceededSince != 0 {
		current = max(0, nowMs-m.exceededSince)
	}
	return m.exceededMs + current, current
}

// full reports whether the data has outgrown maxmemory.
func (x *executor) full() bool {
	return x.allocated()-x.memory.logBuffers > x.memory.limit
}

// exceeds is full, and keeps the time that memory is.
func (x *executor) exceeds() bool {
	m := &x.memory
	if !x.full() {
		m.exceeded(x.nowMs)
		return false
	}
	if m.exceededSince == 0 {
		m.exceededSince = x.nowMs
	}
	return true
}

// judgeMemory looks whether memory is full though no command asks: buffers grow
// with commands that only read.
func (x *executor) judgeMemory() {
	if x.gate&gateMemory != 0 && !x.keepsAll() {
		x.memory.behind = x.exceeds() && x.memory.evicts
	}
}

// allocated is what is in use, by the last look at the Go heap.
func (x *executor) allocated() int64 { return x.keys.Arena().Used() + x.memory.goHeap }

// applyMemory takes over maxmemory, 0 being no limit, and the policy.
func (x *executor) applyMemory(cfg *config.Config) {
	m := &x.memory
	x.keys.SetPolicy(db.AccessPolicy{LogFactor: cfg.LFULogFactor, DecayTime: cfg.LFUDecayTime,
		Access: accessOf(cfg.MaxMemoryPolicy)})
	m.limit = int64(min(cfg.MaxMemory, 1<<63-1))
	if cfg.MaxMemoryPercent != 0 {
		m.limit = max(1, availableBytes()/100*int64(cfg.MaxMemoryPercent))
	}
	m.evicts, m.victims = cfg.MaxMemoryPolicy != config.NoEviction, victims(cfg)
	m.budget = evictionBudget(cfg.MaxMemoryEvictionTenacity)
	m.behind = false
	x.gate &^= gateMemory
	if m.limit > 0 {
		x.gate |= gateMemory
		x.lookAtHeap()
		// A limit that was lowered is reached without waiting for a command.
		m.behind = m.evicts && x.full()
	} else {
		m.exceeded(x.nowMs)
	}
}

// usedMemory is what the process allocated: the arena exactly, and the Go
// heap.
func (x *executor) usedMemory() int64 {
	x.lookAtHeap()
	used := x.allocated()
	x.counters.peakBytes = max(x.counters.peakBytes, used)
	return used
}

// heapSlack is how much of what is not known the Go heap may hold before it is
// collected: about as much as it does between collections of its own.
const heapSlack = 4 << 20

// collectAfterMs is when the heap is collected again though nothing new is there,
// while it is a reason to evict.
const collectAfterMs = 10_000

func (x *executor) lookAtHeap() {
	m := &x.memory
	m.goHeap, m.logBuffers = goHeap(), 0
	if log := x.persist.log; log != nil {
		m.logBuffers = log.Memory()
	}
	// Buffers that were let go are part of the heap until they are collected, for
	// minutes if nobody asks: no reason to evict.
	buffers := x.buffered() + m.logBuffers + heapSlack
	if m.limit == 0 || m.goHeap <= buffers+m.heapStart || !x.full() {
		return
	}
	most := buffers + max(m.heapStart, min(m.heapRest[0].Load(), m.heapRest[1].Load()))
	if m.goHeap > most || x.nowMs-m.collectedMs >= collectAfterMs {
		x.collectHeap(m.logBuffers)
	}
	m.goHeap = min(m.goHeap, most)
}

// collectHeap measures what the Go heap holds beside buffers; logBuffers are those
// of the log.
func (x *executor) collectHeap(logBuffers int64) {
	m := &x.memory
	if !m.collecting.CompareAndSwap(false, true) {
		return
	}
	m.collectedMs = x.nowMs
	go func() {
		runtime.GC()
		runtime.GC() // what is pooled goes with the second one
		m.heapRest[1].Store(m.heapRest[0].Load())
		m.heapRest[0].Store(goHeap() - x.buffered() - logBuffers)
		m.collecting.Store(false)
	}()
}

// goHeap is the bytes of live and not yet collected objects of the Go heap.
func goHeap() int64 {
	s := [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s[:])
	return int64(s[0].Value.Uint64())
}
