package server

import (
	"strings"

	"basalt/command"
)

// specialFlags are the states of a client in which a command needs a closer
// look before and after it runs.
const specialFlags = command.ReplyOff | command.ReplySkip | command.ReplySkipNext | command.InMulti |
	command.Subscribed | command.Tracking

// The words of refusals that no handler gives. Clients match them.
const (
	errNoAuth  = "NOAUTH Authentication required."
	errNoMulti = "ERR Command not allowed inside a transaction"
	// To Redis a monitor is a kind of replica.
	errMonitor     = "ERR Replica can't interact with the keyspace"
	errOutOfMemory = "OOM command not allowed when used memory > 'maxmemory'."
)

// callSlowly is call for everything that is not the ordinary case: commands
// that are refused, clients without authentication or without replies,
// monitors, pauses, and a limit on memory.
func (x *executor) callSlowly(s *session, w *slot, args [][]byte, now int64) int64 {
	row := w.row
	if x.gate == gateMemory && w.fault == command.NoFault && s.Authenticated && s.Flags&specialFlags == 0 &&
		(row.Flags&command.DenyOOM == 0 || x.makeRoom()) {
		// Nothing but a limit that is not reached: many servers live with one.
		return x.run(s, w, args, now)
	}
	if x.gate == 0 && w.fault == command.NoFault && s.Authenticated && s.Flags&specialFlags == command.InMulti &&
		!row.Unqueued && row.Flags&(command.NoMulti|command.Protected) == 0 {
		x.enqueue(s, w, args)
		return now
	}
	if w.fault == command.UnknownCommand && isHTTP(args[0]) {
		// Anybody can send one: of a flood of them the log takes some.
		x.server.refusals.Warn().Str("client", s.Addr).Msg("possible cross-protocol attack: an HTTP request, connection closed")
		s.Flags |= command.CloseNow
		return now
	}
	x.tellFlushed(s)
	flags := x.effectiveFlags(s, row)
	refusal := x.refusal(s, w, args, flags)
	if len(x.track.ownEnds) != 0 {
		x.tellOwn(s) // of keys that were evicted, in front of the reply
		x.sendOwn(s)
	}
	if refusal == "" {
		if x.pauses(flags) {
			x.hold(s, w)
			return now
		}
		if x.gate&gateMonitors == 0 && s.Flags&specialFlags == 0 {
			return x.run(s, w, args, now)
		}
	}
	if s.Flags&command.ReplySkipNext != 0 {
		s.Flags = s.Flags&^command.ReplySkipNext | command.ReplySkip
	}
	quiet, before := s.quiet(), x.ctx.W.State()
	queued := refusal == "" && s.tx != nil && !row.Unqueued
	switch {
	case refusal != "":
		x.refuse(s, w, refusal)
	case queued:
		x.enqueue(s, w, args)
	default:
		now = x.run(s, w, args, now)
		x.remember(s, row, args)
		if len(x.track.ownEnds) != 0 {
			x.tellOwn(s)
		}
	}
	if s.Flags&command.TrackingCaching != 0 && s.suspended == nil {
		endCaching(s, row)
	}
	// The reply goes if the client asked for none, and that of the command
	// that asked stays.
	if quiet && s.quiet() && s.suspended == nil {
		x.ctx.W.Rewind(before)
	}
	s.Flags &^= command.ReplySkip
	if refusal == "" && !queued {
		x.feedMonitors(s, row, args)
	}
	return now
}

// quiet reports whether the client gets no replies now.
func (s *session) quiet() bool { return s.Flags&(command.ReplyOff|command.ReplySkip) != 0 }

func isExec(row *command.Row) bool { return row != nil && row.Unqueued && row.Name == "exec" }

// endsTransaction reports whether after a command there is no transaction.
func endsTransaction(row *command.Row) bool {
	return row.Unqueued && row.Name != "multi" && row.Name != "watch"
}

// effectiveFlags are those of a command with those of what it executes.
func (x *executor) effectiveFlags(s *session, row *command.Row) command.Flags {
	switch {
	case row == nil:
		return 0
	case s.tx == nil || !isExec(row):
		return row.Flags
	}
	const adds = command.Write | command.DenyOOM | command.MayReplicate
	return (row.Flags | s.tx.any&adds) & (s.tx.all | ^command.Loading)
}

// isHTTP reports whether a command is the start of an HTTP request or its Host
// header: somebody makes a browser send commands inside a request.
func isHTTP(name []byte) bool {
	return strings.EqualFold(string(name), "post") || strings.EqualFold(string(name), "host:")
}

// run executes a command.
func (x *executor) run(s *session, w *slot, args [][]byte, now int64) int64 {
	c := &x.ctx
	c.Begin(w.row, args, w.hash)
	c.BigBase = int(w.batch.cmds.Ends[w.index]) - len(args)
	x.handle(w.row)
	return x.account(s, now)
}

// refusal is the error of a command that must not run, or nothing. The order
// is Redis's: of several reasons the first one counts.
func (x *executor) refusal(s *session, w *slot, args [][]byte, flags command.Flags) string {
	row := w.row
	switch {
	case w.fault != command.NoFault:
		return string(command.AppendFault(nil, w.fault, row, args))
	case !s.Authenticated && row.Flags&command.NoAuth == 0:
		if err := x.ctx.ProtectedError(row); err != "" {
			return err
		}
		return errNoAuth
	case x.gate&gateOverload != 0 && x.throttles(s, w):
		return errThrottled
	case s.tx != nil && row.Flags&command.NoMulti != 0:
		return errNoMulti
	case s.tx != nil && row.Flags&command.Protected != 0:
		// Its handler would say so only at EXEC.
		if err := x.ctx.ProtectedError(row); err != "" {
			return err
		}
	case x.gate&gateMemory != 0 && (flags&command.DenyOOM != 0 || s.tx != nil && !endsTransaction(row)) && !x.makeRoom():
		// What is queued needs memory too.
		return errOutOfMemory
	case x.gate&gateDisk != 0 && (flags&command.Write != 0 || row.Name == "ping"):
		if why := x.diskRefusal(); why != "" {
			return why
		}
	}
	if s.Flags&command.Subscribed != 0 && s.Proto == 2 && !row.WhileSubscribed {
		return "ERR Can't execute '" + row.FullName + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET " +
			"are allowed in this context"
	}
	if x.gate&gateLoading != 0 && flags&command.Loading == 0 {
		return errLoading
	}
	if s.Flags&command.Monitor != 0 && flags&(command.Write|command.ReadOnly|command.MayReplicate) != 0 {
		return errMonitor
	}
	return ""
}

// refuse replies with the error of a command that does not get to its handler.
func (x *executor) refuse(s *session, w *slot, line string) {
	if s.tx != nil {
		s.Flags |= command.DirtyExec
	}
	if isExec(w.row) {
		x.discard(s)
		line = "EXECABORT Transaction discarded because of: " + strings.TrimPrefix(line, "ERR ")
	}
	x.ctx.Error(line)
	// To CLIENT LIST a command was given, unless there is none of that name.
	s.LastRow = nil
	if w.fault == command.UnknownCommand || w.fault == command.UnknownSubcommand {
		return
	}
	s.LastRow = w.row
	x.stats[w.row.ID].Rejected++
}

// suspend makes the batch wait with command number index as its next one.
func (x *executor) suspend(s *session, b *batch, index int) {
	s.suspended, s.batch = b, nil
	b.next = index
	b.timing.held = true
	if b.out.Size() == 0 {
		return
	}
	// What was answered already does not wait with the rest.
	p := pushPool.Get().(*batch)
	p.kind, p.conn = kindPush, s.conn
	p.out, b.out = b.out, p.out
	p.chunk, b.chunk = b.chunk, p.chunk
	b.out.Reset(b.chunk)
	b.out.SetProto(s.Proto)
	// Both wait for the disk if one does, so that they come in order.
	p.logged = b.logged
	x.deliver(p)
}
