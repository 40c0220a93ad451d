package server

import (
	"math"
	"time"

	"basalt/command"
	"basalt/internal/ticks"
)

// gateOverload is set while some of what comes is refused because of overload.
const gateOverload = gateBehind << 1

const errThrottled = "THROTTLED The server is overloaded, try again later"

const (
	// shareWhole is all of what comes, in the parts that are counted with.
	shareWhole = 32
	// shareStep is how much more is refused each time that what was refused did
	// not help; shareMax leaves something to be served.
	shareStep, shareMax = 2, 30
)

// overload keeps the wait of commands near a target, after the idea of CoDel
// (Nichols and Jacobson, "Controlling Queue Delay", 2012): a wait that is above
// it for an interval is no burst but a queue that stands. Then a share of what
// came last is refused, and more of it at growing speed, in interval/√n, as
// long as the wait stays above. It is refused with an answer, not dropped:
// clients would only wait longer. Whoever came first is served, for he has
// waited most. The executor's.
type overload struct {
	targetTicks, intervalTicks int64 // target 0 is off
	// aboveSince is when the wait went over the target, 0 while it is below it;
	// changed when the share was changed last.
	aboveSince, changed int64
	raised              float64 // times that the share was raised in a row
	// share of shareWhole is refused; carry is what remained of the last group.
	share, carry int
	throttled    int64 // commands refused
	since        int64 // throttled when this overload began
}

// applyOverload takes over the directives.
func (x *executor) applyOverload() {
	cfg, o := x.server.config, &x.overload
	o.targetTicks = ticks.Of(cfg.OverloadTarget * int64(time.Millisecond))
	o.intervalTicks = ticks.Of(cfg.OverloadInterval * int64(time.Millisecond))
	o.aboveSince = 0
	if o.targetTicks == 0 && o.share > 0 {
		o.share = 0
		x.gate &^= gateOverload
	}
}

// shed marks those of a group of batches of one reactor, oldest first, that are
// to be refused: a share of them, at its end. It returns the index of the newest
// one, whose wait is to be measured, or -1.
func (x *executor) shed(group []*batch) int {
	o := &x.overload
	newest, count := -1, 0
	for i, b := range group {
		if b.kind == kindCommands && b.arrived != 0 {
			newest = i
			count++
		}
	}
	o.carry += count * o.share
	refused := o.carry / shareWhole
	o.carry %= shareWhole
	for i := newest; i >= 0 && refused > 0; i-- {
		if b := group[i]; b.kind == kindCommands && b.arrived != 0 {
			b.shed = true
			refused--
		}
	}
	return newest
}

// measureWait takes into account how long a batch has waited whose turn it is.
func (x *executor) measureWait(b *batch) {
	o := &x.overload
	was, now := o.share, ticks.Now()
	o.observe(now-b.arrived, now)
	if was != o.share {
		x.shareChanged(was)
	}
}

// observe takes a wait, in ticks, into account.
func (o *overload) observe(wait, now int64) {
	if wait < o.targetTicks {
		o.aboveSince, o.raised = 0, 0
		if o.share > 0 && now-o.changed >= o.intervalTicks {
			o.share -= (o.share + 1) / 2
			o.changed = now
		}
		return
	}
	if o.aboveSince == 0 {
		o.aboveSince = now
	}
	from := max(o.aboveSince, o.changed)
	if now-from < int64(float64(o.intervalTicks)/math.Sqrt(o.raised+1)) || now-o.aboveSince < o.intervalTicks {
		return
	}
	o.share = min(o.share+shareStep, shareMax)
	o.raised++
	o.changed = now
}

// shareChanged follows a change of the share.
func (x *executor) shareChanged(was int) {
	o := &x.overload
	switch {
	case was == 0:
		x.gate |= gateOverload
		o.since = o.throttled
		x.server.log.Warn().Int64("target_ms", x.server.config.OverloadTarget).
			Msg("overloaded: commands wait too long, the newest are refused")
	case o.share == 0:
		x.gate &^= gateOverload
		o.carry = 0
		x.server.log.Warn().Int64("throttled", o.throttled-o.since).Msg("not overloaded any more")
	}
}

// throttles reports whether a command of a batch that is marked is refused: one
// that reads, writes or publishes, of a client that is not in the middle of
// something.
func (x *executor) throttles(s *session, w *slot) bool {
	const data = command.Write | command.ReadOnly | command.MayReplicate
	if !w.batch.shed || w.row.Flags&data == 0 || w.row.Flags&command.Admin != 0 || s.tx != nil ||
		s.Flags&(command.Subscribed|command.Monitor) != 0 {
		return false
	}
	x.overload.throttled++
	return true
}
