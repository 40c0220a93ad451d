package server

import (
	"runtime/metrics"
	"time"

	"basalt/command"
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
	stallDefrag
	stallMetrics
	stallCron
	stallCommand
	stallReply
	stallProcessor
	stallCauses
)

// stallNames are the causes with the events of the latency monitor that they
// are. Commands are their own events.
var stallNames = [stallCauses]struct{ name, event string }{
	stallGC:       {"gc", command.EventGC},
	stallFsync:    {"fsync", command.EventFsyncAlways},
	stallExpiry:   {"expiry", command.EventExpire},
	stallEviction: {"eviction", command.EventEvict},
	stallRehash:   {"rehash", command.EventRehash},
	stallSnapshot: {"snapshot", command.EventSnapshot},
	stallFree:     {"free", command.EventFree},
	stallDefrag:   {"defrag", command.EventDefrag},
	stallMetrics:  {"metrics", command.EventMetrics},
	stallCron:     {"cron", command.EventCron},
	stallCommand:  {"command", ""},
	stallReply:    {"reply", ""},
	// Whatever it was, most of the time the thread had no processor.
	stallProcessor: {"processor", command.EventProcessor},
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
	waits           cpuWaits
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
	if t := x.server.config.LatencyMonitorThreshold; t > 0 && nanos/1e6 >= t {
		if event := x.stallEvent(cause); event != "" {
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

// worked is stalled for what the executor did itself. It returns how much of
// nanos its thread waited for a processor.
func (x *executor) worked(cause stallCause, nanos int64, what string) (waited int64) {
	waited = x.stalls.waits.in(nanos)
	if waited >= nanos/4*3 {
		cause = stallProcessor
	}
	x.stalled(cause, nanos, what)
	return waited
}

// stallEvent is what a cause is to the latency monitor. The disk has two ways to
// hold things up: replies wait for it, or writes.
func (x *executor) stallEvent(cause stallCause) string {
	if cause == stallFsync && !x.persist.always {
		return command.EventFsyncPending
	}
	return stallNames[cause].event
}

// slice ends a slice of background work that began at the tick start, and
// returns the tick at which the next one begins.
func (x *executor) slice(cause stallCause, start int64) int64 {
	now := ticks.Now()
	if took := ticks.Nanos(now - start); took >= stallNanos {
		x.worked(cause, took, "")
	}
	return now
}

// delayed notes that clients waited for something else than the executor since
// the tick start.
func (x *executor) delayed(cause stallCause, start int64) {
	if took := ticks.Since(start); took >= stallNanos {
		x.stalled(cause, took, "")
	}
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
