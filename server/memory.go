package server

import "runtime/metrics"

// gateMemory is set while there is a maxmemory. Without one commands do not
// even look.
const gateMemory = gateMonitors << 1

// memory is what the executor knows of the process's memory, in bytes.
type memory struct {
	limit int64 // maxmemory
	// goHeap is what the Go heap held at the last look: asking costs a
	// microsecond, and it moves little.
	goHeap int64
}

// full reports whether the data has outgrown maxmemory.
func (x *executor) full() bool { return x.keys.Arena().Used()+x.memory.goHeap > x.memory.limit }

// setMemoryLimit is maxmemory; 0 is no limit.
func (x *executor) setMemoryLimit(bytes uint64) {
	x.memory.limit = int64(min(bytes, 1<<63-1))
	x.gate &^= gateMemory
	if bytes > 0 {
		x.gate |= gateMemory
	}
}

// usedMemory is what the process allocated: the arena exactly, and the Go
// heap.
func (x *executor) usedMemory() int64 {
	x.memory.goHeap = goHeap()
	used := x.keys.Arena().Used() + x.memory.goHeap
	x.counters.peakBytes = max(x.counters.peakBytes, used)
	return used
}

// goHeap is the bytes of live and not yet collected objects of the Go heap.
func goHeap() int64 {
	s := [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s[:])
	return int64(s[0].Value.Uint64())
}
