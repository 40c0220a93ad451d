package server

import (
	"slices"

	"basalt/command"
)

// openSession makes the executor's half of a new connection.
func (x *executor) openSession(c *conn) {
	s := &session{conn: c}
	s.Session = s
	s.FD = c.fd
	s.Proto = 2
	s.User = "default"
	s.Queued = -1
	s.CreatedMs, s.ActiveMs = x.nowMs, x.nowMs
	if c.unix {
		s.Flags |= command.Unix
	}
	s.Addr, s.LocalAddr, s.Distant = c.remote, c.local, c.distant
	s.Authenticated = !x.server.config.NeedsPassword()
	c.unauthenticated.Store(!s.Authenticated)
	c.session = s
	x.sessions.add(s)
	x.counters.connections++
}

// closeSession forgets a connection that is gone.
func (x *executor) closeSession(s *session) {
	s.gone = true
	x.dropWait(s)
	if b := s.suspended; b != nil {
		s.suspended = nil
		x.finish(s, b)
	}
	x.unhook(s)
	if x.census.next == s {
		x.census.next = s.next
	}
	x.sessions.remove(s)
}

// unhook ends what a session takes part in beyond commands and replies.
func (x *executor) unhook(s *session) {
	x.discard(s)
	if i := slices.Index(x.monitors, s); i >= 0 {
		x.monitors = slices.Delete(x.monitors, i, i+1)
		if len(x.monitors) == 0 {
			x.gate &^= gateMonitors
		}
	}
	s.Flags &^= command.Monitor
	x.unsubscribe(s)
	x.stopTracking(s)
	if i := slices.Index(x.pause.waiting, s); i >= 0 {
		x.pause.waiting = slices.Delete(x.pause.waiting, i, i+1)
	}
}

// cut closes a connection from the executor's side: nothing of it runs any
// more and its replies are not waited for.
func (x *executor) cut(s *session) {
	if s.gone || s.Flags&command.CloseNow != 0 {
		return
	}
	s.Flags |= command.CloseNow
	x.unsubscribe(s) // it is gone to everybody
	if s.suspended != nil {
		x.release(s)
		return
	}
	b := pushPool.Get().(*batch)
	b.kind, b.conn, b.end = kindPush, s.conn, endNow
	b.out.Reset(b.chunk)
	s.conn.reactor.fromExec.send(b)
}

// closeIdle cuts clients that said nothing for longer than the timeout.
// Monitors, subscribers, and clients that wait for something are not idle.
func (x *executor) closeIdle() {
	limit := int64(x.server.config.Timeout) * 1000
	if limit <= 0 {
		return
	}
	for s := x.sessions.head; s != nil; s = s.next {
		if s.Flags&(command.Monitor|command.Blocked|command.Subscribed) == 0 && x.nowMs-s.ActiveMs > limit {
			x.server.log.Debug().Int64("id", s.ID).Str("client", s.Addr).Msg("closing idle client")
			x.cut(s)
		}
	}
}
