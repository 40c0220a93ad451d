package server

import (
	"runtime/metrics"
	"time"

	"basalt/internal/buckets"
	"basalt/internal/ticks"
)

// A stall is a time in which the executor did one thing while commands waited;
// users read of it as a pause. (pause.go is about CLIENT PAUSE.)

// stallNanos is from when on a time counts as one.
const stallNanos = int64(time.Millisecond)

// bigReply is from how many bytes on a slow command is slow for its reply.
const bigReply = 1 << 20

// stallCause is what the executor did.
type stallCause uint8

const (
	stallGC stallCause = iota
	stallFsync
	stallExpiry
	stallEviction
	stallRehash
	stallSnapshot
	stallFree
	stallMetrics
	stallCron
	stallCommand
	stallReply
	stallCauses
)

// stallNames are the causes with the events of the latency monitor that they
// are: Redis's names where it has one. Commands are their own events.
var stallNames = [stallCauses]struct{ name, event string }{
	stallGC:       {"gc", "gc"},
	stallFsync:    {"fsync", "aof-fsync-always"},
	stallExpiry:   {"expiry", "expire-cycle"},
	stallEviction: {"eviction", "eviction-cycle"},
	stallRehash:   {"rehash", "rehash"},
	stallSnapshot: {"snapshot", "snapshot"},
	stallFree:     {"free", "lazyfree"},
	stallMetrics:  {"metrics", "metrics"},
	stallCron:     {"cron", "cron"},
	stallCommand:  {"command", ""},
	stallReply:    {"reply", ""},
}

// stalls is what the executor knows of its stalls.
type stalls struct {
	of [stallCauses]struct {
		count, nanos, longest int64
		times                 buckets.Counts
	}
	latest [32]stall
	next   int // in latest
	// logged is the second of the last line, skipped how many stalls there were
	// since then, of short ones and of long ones: those are not to miss.
	logged, skipped [stallCauses][2]int64
	gc              gcPauses
}

type stall struct {
	unixMs int64
	cause  stallCause
	what   string
	nanos  int64
}

// stalled notes that the executor did one thing for nanos, what being the name of
// the command if it was one. Each cause has a line of log a second at most.
func (x *executor) stalled(cause stallCause, nanos int64, what string) {
	now := time.Now()
	c := &x.stalls.of[cause]
	c.count++
	c.nanos += nanos
	c.longest = max(c.longest, nanos)
	c.times.Add(nanos)
	x.stalls.latest[x.stalls.next] = stall{now.UnixMilli(), cause, what, nanos}
	x.stalls.next = (x.stalls.next + 1) % len(x.stalls.latest)
	if event := stallNames[cause].event; event != "" {
		if t := x.server.config.LatencyMonitorThreshold; t > 0 && nanos/1e6 >= t {
			x.latency.Add(event, now.Unix(), nanos/1e6)
		}
	}
	s := &x.stalls
	long := 0
	if nanos >= 10*stallNanos {
		long = 1
	}
	if s.logged[cause][long] == now.Unix() {
		s.skipped[cause][long]++
		return
	}
	e := x.server.log.Debug()
	if long != 0 {
		e = x.server.log.Info()
	}
	e = e.Str("cause", stallNames[cause].name).Dur("took", time.Duration(nanos)).Int64("others", s.skipped[cause][long])
	if what != "" {
		e = e.Str("command", what)
	}
	e.Msg("the executor paused")
	s.logged[cause][long], s.skipped[cause][long] = now.Unix(), 0
}

// slice ends a slice of background work that began at the tick start, and
// returns the tick at which the next one begins.
func (x *executor) slice(cause stallCause, start int64) int64 {
	now := ticks.Now()
	if took := ticks.Nanos(now - start); took >= stallNanos {
		x.stalled(cause, took, "")
	}
	return now
}

// gcPauses follows the runtime's histogram of the times in which the garbage
// collector stopped all threads.
type gcPauses struct {
	sample [1]metrics.Sample
	seen   []uint64
}

// watchGC notes the pauses of the garbage collector since the last call.
func (x *executor) watchGC() {
	g := &x.stalls.gc
	if g.sample[0].Name == "" {
		g.sample[0].Name = "/sched/pauses/total/gc:seconds"
	}
	metrics.Read(g.sample[:])
	if g.sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return
	}
	h := g.sample[0].Value.Float64Histogram()
	if len(g.seen) != len(h.Counts) {
		g.seen = make([]uint64, len(h.Counts))
		copy(g.seen, h.Counts)
		return
	}
	for i, n := range h.Counts {
		// The bounds of the buckets are infinite at the ends.
		if low := h.Buckets[i]; low*1e9 >= float64(stallNanos) {
			for range n - g.seen[i] {
				x.stalled(stallGC, int64(low*1e9), "")
			}
		}
		g.seen[i] = n
	}
}
