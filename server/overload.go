package server

import (
	"time"

	"basalt/command"
	"basalt/internal/ticks"
)

// gateOverload is set while some of what comes is refused because of overload.
const gateOverload = gateBehind << 1

const errThrottled = "THROTTLED The server is overloaded, try again later"

// overload keeps the wait of commands below a target. When that is needed is
// CoDel's criterion (Nichols and Jacobson, "Controlling Queue Delay", 2012): a
// wait that is above the target for an interval is no burst but a queue that
// stands. How much is refused then needs no control that finds it by trying, as
// that of a router: whose command is refused gets an answer for a fraction of the
// time, so the rest of a queue can be refused at once.
//
// Work comes in turns: a turn is what stands in line of a reactor at one moment
// (server/probe.go), and takes as long as a command waits that comes meanwhile.
// Of each turn so much is executed, oldest first, as takes half of the target;
// what stands behind is refused. So who is served has waited for the rest of the
// turn in which he came and for a part of his own, which is the target
// together. The executor is never idle for it: there is always a turn's work.
//
// Time counts that commands take, not what reading and writing takes beside
// them on the same thread: refusing saves nothing of that. The executor's.
type overload struct {
	targetTicks, intervalTicks int64 // target 0 is off
	// spent is the ticks that drains took, without the one that runs, which began
	// at drainTick.
	spent, drainTick int64
	// begunTick is when the last batch began to be executed.
	begunTick int64
	// aboveTick is since when waits are above the target, 0 while they are not.
	aboveTick int64
	// neededTick is when something was refused last.
	neededTick int64
	throttled  int64 // commands refused
	since      int64 // throttled when this overload began
}

// turn is where the executor stands in the queue of a reactor.
type turn struct {
	arrivedTick int64 // of all its batches
	spent       int64 // of overload.spent when it began
	waitTicks   int64 // of its last batch
}

// applyOverload takes over the directives.
func (x *executor) applyOverload() {
	cfg, o := x.server.config, &x.overload
	o.targetTicks = ticks.Of(cfg.OverloadTarget * int64(time.Millisecond))
	o.intervalTicks = ticks.Of(cfg.OverloadInterval * int64(time.Millisecond))
	o.aboveTick = 0
	if o.targetTicks == 0 {
		x.gate &^= gateOverload
	}
}

// beginDrain and endDrain count what commands of r take.
func (o *overload) beginDrain() { o.drainTick = ticks.Now() }

func (o *overload) endDrain(r *reactor) {
	o.spent += ticks.Now() - o.drainTick
	r.turn.waitTicks = o.begunTick - r.turn.arrivedTick
}

// takeTurn notes that a batch of r comes to its turn.
func (x *executor) takeTurn(r *reactor, b *batch) {
	o, t := &x.overload, &r.turn
	if b.timing.arrived == t.arrivedTick {
		return
	}
	if x.staged > 0 { // of the turn before, which ends in the middle of a drain
		x.runWindow()
		t.waitTicks = o.begunTick - t.arrivedTick
	}
	now := ticks.Now()
	x.judgeOverload(t.waitTicks, now)
	*t = turn{arrivedTick: b.timing.arrived, spent: o.spent + now - o.drainTick}
}

// judgeOverload takes a wait into account.
func (x *executor) judgeOverload(wait, now int64) {
	o := &x.overload
	if o.observe(wait, now, x.gate&gateOverload != 0) {
		x.gate ^= gateOverload
		if x.gate&gateOverload != 0 {
			o.since = o.throttled
			x.server.log.Warn().Int64("target_ms", x.server.config.OverloadTarget).
				Msg("overloaded: commands wait too long, the newest are refused")
		} else {
			x.server.log.Warn().Int64("throttled", o.throttled-o.since).Msg("not overloaded any more")
		}
	}
}

// observe reports whether a wait begins the overload, or ends it when it is on:
// when nothing had to be refused for an interval.
func (o *overload) observe(wait, now int64, on bool) bool {
	switch {
	case on:
		if now-o.neededTick < o.intervalTicks {
			return false
		}
		o.aboveTick = 0
		return true
	case wait < o.targetTicks:
		o.aboveTick = 0
		return false
	case o.aboveTick == 0:
		o.aboveTick = now
	}
	if now-o.aboveTick < o.intervalTicks {
		return false
	}
	o.neededTick = now
	return true
}

// throttles reports whether a command is refused: one that reads, writes or
// publishes, when its turn has had its time, of a client that is not in the
// middle of something.
func (x *executor) throttles(s *session, w *slot) bool {
	const data = command.Write | command.ReadOnly | command.MayReplicate
	o, now := &x.overload, ticks.Now()
	if o.spent+now-o.drainTick-s.conn.reactor.turn.spent <= o.targetTicks/2 {
		return false
	}
	if w.batch.timing.held || w.row.Flags&data == 0 || w.row.Flags&command.Admin != 0 || s.tx != nil ||
		s.Flags&(command.Subscribed|command.Monitor) != 0 {
		return false
	}
	o.neededTick = now
	o.throttled++
	return true
}
