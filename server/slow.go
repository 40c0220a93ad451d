package server

import (
	"time"

	"basalt/command"
)

// setSlowThreshold makes account call slow for what the slow log or the latency
// monitor wants to hear of, and for what counts as a pause.
func (x *executor) setSlowThreshold() {
	cfg := x.server.config
	x.slowNanos = stallNanos
	if t := cfg.SlowlogLogSlowerThan; t >= 0 {
		x.slowNanos = min(x.slowNanos, nanos(t, time.Microsecond))
	}
	if t := cfg.LatencyMonitorThreshold; t > 0 {
		x.slowNanos = min(x.slowNanos, nanos(t, time.Millisecond))
	}
	x.expectLarge(x.meter.bytes) // what runs may have more behind it
	x.untimed = !cfg.LatencyTracking
}

// nanos is n units in ns, or the most there is.
func nanos(n int64, unit time.Duration) int64 {
	if n > (1<<63-1)/int64(unit) {
		return 1<<63 - 1
	}
	return n * int64(unit)
}

// slow records a command that took long, and returns what it took of the
// processor. The clock is read anew: the round's may be as old as the command took.
func (x *executor) slow(s *session, row *command.Row, args [][]byte, took int64, reply int) int64 {
	cfg, now := x.server.config, time.Now().Unix()
	x.logSlow(s, row, args, took, now)
	ran := took
	if took >= stallNanos && x.ctx.Exec == nil { // else EXEC is the pause
		cause := stallCommand
		if reply >= bigReply {
			cause = stallReply
		}
		ran -= x.worked(cause, took, row.FullName)
	}
	if t := cfg.LatencyMonitorThreshold; t > 0 && took/1e6 >= t {
		event := command.EventCommand
		if row.Flags&command.Fast != 0 {
			event = command.EventFastCommand
		}
		x.latency.Add(event, now, took/1e6)
	}
	return ran
}

// logSlow puts a command into the slow log if it took long enough.
func (x *executor) logSlow(s *session, row *command.Row, args [][]byte, took, unixS int64) {
	threshold := x.server.config.SlowlogLogSlowerThan
	if row.Flags&command.SkipSlowlog == 0 && threshold >= 0 && took/1000 >= threshold {
		x.logs[command.LogSlow].Add(unixS, took/1000, row.FullName, args, s.Addr, s.Name)
	}
}
