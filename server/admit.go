package server

import (
	"basalt/command"
)

// specialFlags are the states of a client in which a command needs a closer
// look before and after it runs.
const specialFlags = command.ReplyOff | command.ReplySkip | command.ReplySkipNext

// pause is the state of CLIENT PAUSE.
type pause struct {
	untilMs int64
	all     bool
	waiting []*session // clients whose next command waits for the end
}

// callSlowly is call for everything that is not the ordinary case: commands
// that are refused, clients without authentication or without replies,
// monitors and pauses.
func (x *executor) callSlowly(s *session, w *slot, args [][]byte, now int64) int64 {
	c := &x.ctx
	row := w.row
	if w.fault == command.NoFault && x.pauses(row) && (s.Authenticated || row.Flags&command.NoAuth != 0) {
		x.suspend(s, w)
		s.Flags |= command.Paused
		x.pause.waiting = append(x.pause.waiting, s)
		return now
	}
	before := c.W.State()
	if s.Flags&command.ReplySkipNext != 0 {
		s.Flags = s.Flags&^command.ReplySkipNext | command.ReplySkip
	}
	c.Begin(row, args, w.hash)
	c.BigBase = int(w.batch.cmds.Ends[w.index]) - len(args)
	switch {
	case w.fault != command.NoFault:
		x.refuse(row, string(command.AppendFault(nil, w.fault, row, args)))
	case !s.Authenticated && row.Flags&command.NoAuth == 0:
		x.refuse(row, "NOAUTH Authentication required.")
	default:
		row.Handler(c)
		now = x.account(s, row, args, now)
		if len(x.monitors) > 0 {
			x.feedMonitors(s, row, args)
		}
	}
	// The reply goes if the client asked for none, and that of the command
	// that asked stays.
	if s.Flags&(command.ReplyOff|command.ReplySkip) != 0 {
		c.W.Rewind(before)
	}
	s.Flags &^= command.ReplySkip
	return now
}

// refuse replies with the error of a command that does not get to its handler.
func (x *executor) refuse(row *command.Row, line string) {
	x.ctx.Error(line)
	if row != nil {
		x.stats[row.ID].Rejected++
	}
}

// suspend makes the batch wait with command w as its next one.
func (x *executor) suspend(s *session, w *slot) {
	s.suspended = w.batch
	w.batch.next = int(w.index)
}

// pauses reports whether CLIENT PAUSE holds this command back.
func (x *executor) pauses(row *command.Row) bool {
	return x.gate&gatePaused != 0 &&
		(x.pause.all || row.Flags&(command.Write|command.MayReplicate) != 0)
}

// setPause starts or prolongs a pause. A weaker or shorter one never cuts a
// stronger or longer one.
func (x *executor) setPause(untilMs int64, all bool) {
	x.pause.untilMs = max(x.pause.untilMs, untilMs)
	x.pause.all = x.pause.all || all
	x.gate |= gatePaused
}

// endPause lets everybody go on.
func (x *executor) endPause() {
	if x.gate&gatePaused == 0 {
		return
	}
	x.gate &^= gatePaused
	x.pause.untilMs, x.pause.all = 0, false
	x.resuming = append(x.resuming, x.pause.waiting...)
	x.pause.waiting = x.pause.waiting[:0]
}

// resumeAll runs the batches of clients that may go on. It is called between
// windows, never from within a command.
func (x *executor) resumeAll() {
	for len(x.resuming) > 0 {
		list := x.resuming
		x.resuming = nil
		for _, s := range list {
			if s.suspended != nil {
				x.resume(s)
			}
		}
	}
}
