package persist

import (
	"sync/atomic"
	"time"
)

// slowSync is how long Redis lets a sync hold up writes before it counts that
// as one delayed.
const slowSync = 2 * time.Second

// logStats is what the writer counts. It writes all of it; others read.
type logStats struct {
	sealed  atomic.Int64 // bytes of base and of the incrs before the current one
	current atomic.Int64 // bytes of the current one
	base    atomic.Int64 // what the whole was after the last rewrite

	writes, writeNs atomic.Int64
	syncs, syncNs   atomic.Int64
	syncMaxNs       atomic.Int64
	syncing         atomic.Int64 // when the sync that runs began, unix ns; 0 if none runs
	delayed         atomic.Int64
	writeLastNs     atomic.Int64
	syncLastNs      atomic.Int64
}

// goOn has s count on from where a log that is off has come to.
func (s *logStats) goOn(from *logStats) {
	s.writes.Store(from.writes.Load())
	s.writeNs.Store(from.writeNs.Load())
	s.syncs.Store(from.syncs.Load())
	s.syncNs.Store(from.syncNs.Load())
	s.syncMaxNs.Store(from.syncMaxNs.Load())
	s.delayed.Store(from.delayed.Load())
}

func (s *logStats) wrote(took time.Duration) {
	s.writes.Add(1)
	s.writeNs.Add(int64(took))
	s.writeLastNs.Store(int64(took))
}

// synced counts a sync. waiting says whether records waited for it.
func (s *logStats) synced(took time.Duration, waiting bool) {
	s.syncing.Store(0)
	s.syncs.Add(1)
	s.syncNs.Add(int64(took))
	s.syncLastNs.Store(int64(took))
	if int64(took) > s.syncMaxNs.Load() {
		s.syncMaxNs.Store(int64(took))
	}
	if took > slowSync && waiting {
		s.delayed.Add(1)
	}
}

// AOFStats is what INFO and the metrics tell of a log.
type AOFStats struct {
	Size     int64 // bytes of all files that would be loaded
	BaseSize int64 // what Size was after the last rewrite; at the start that of the base
	Buffered int64 // bytes appended that are not in a file

	Syncing      bool  // a sync is running
	DelayedSyncs int64 // syncs that held records up for more than two seconds
	Writes       int64 // calls that wrote, and how long they took in all
	WriteTime    time.Duration
	LastWrite    time.Duration
	Syncs        int64 // syncs, and how long they took in all
	SyncTime     time.Duration
	LastSync     time.Duration
	LongestSync  time.Duration
}

// Stats returns the figures of now. The executor's.
func (a *AOF) Stats() AOFStats {
	s := &a.stats
	out := AOFStats{
		Size: a.Size(), BaseSize: a.BaseSize(), Buffered: a.end - a.written.Load(),
		DelayedSyncs: s.delayed.Load(),
		Writes:       s.writes.Load(), WriteTime: time.Duration(s.writeNs.Load()), LastWrite: time.Duration(s.writeLastNs.Load()),
		Syncs: s.syncs.Load(), SyncTime: time.Duration(s.syncNs.Load()), LastSync: time.Duration(s.syncLastNs.Load()),
		LongestSync: time.Duration(s.syncMaxNs.Load()),
	}
	if began := s.syncing.Load(); began != 0 {
		out.Syncing = true
		// One that has not come back yet counts as soon as it is slow.
		if out.Buffered > 0 && a.opts.clock().UnixNano()-began > int64(slowSync) {
			out.DelayedSyncs++
		}
	}
	return out
}

// Memory returns the bytes of the chunks, those that wait to be written and
// those that are kept for more. The executor's.
func (a *AOF) Memory() int64 {
	if a.writer == nil {
		return 0
	}
	return a.made - a.writer.dropped.Load()
}

// Size returns the bytes of all files that would be loaded. Any goroutine.
func (a *AOF) Size() int64 { return a.stats.sealed.Load() + a.stats.current.Load() }

// BaseSize returns what Size was after the last rewrite. Any goroutine.
func (a *AOF) BaseSize() int64 { return a.stats.base.Load() }
