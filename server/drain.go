package server

import (
	"basalt/command"
	"basalt/netpoll"
)

const (
	// drainGapMs is the time between two clients that are disconnected while
	// there is enough of it, so that they do not all connect elsewhere at once.
	drainGapMs = 5
	// drainStepMs is how often the drain goes on.
	drainStepMs = 5
	// drainQuietMs is how long a transaction has to be without a command before
	// it does not hold up the drain any more.
	drainQuietMs = 1000
	// drainActiveMs is how long ago the last command of a client was that is at
	// work, and drainPatienceMs how long the drain lets such clients go on, so that
	// a pipeline that is still being sent comes to its end.
	drainActiveMs, drainPatienceMs = 20, 1000
	// lingerMs is how long clients have to close their side of the last
	// connections. What they send meanwhile is dropped unexecuted, and no reset
	// overtakes the replies that they have not read.
	lingerMs = 200
)

// drain is the way down that SIGTERM takes: nobody is accepted any more, and
// the clients are disconnected one after the other, each where it stands between
// two commands. The executor's.
type drain struct {
	active  bool
	options command.ShutdownOptions
	why     string
	startMs int64
	endMs   int64 // what is left then is cut off
	stepMs  int64 // the last step
	// spreadMs is the time over which clients are told to go, total how many
	// there were, asked how many were told.
	spreadMs, total, asked int64
	// deaf says that a drain was cancelled and sockets are still closed.
	deaf bool
	// lingering is the connections that waited for their peers when that was
	// looked at last, and quietMs when it changed.
	lingering, quietMs int64
}

// beginDrain starts the drain.
func (x *executor) beginDrain(o command.ShutdownOptions, why string) {
	s, d := x.server, &x.ending
	timeoutMs := int64(s.config.ShutdownTimeout) * 1000
	total := s.connected.Load()
	*d = drain{
		active: true, options: o, why: why, startMs: x.nowMs, endMs: x.nowMs + timeoutMs, quietMs: x.nowMs,
		// The last quarter is left to those that are in the middle of something.
		spreadMs: min(total*drainGapMs, timeoutMs*3/4), total: total,
	}
	s.notifyStopping()
	s.log.Warn().Int64("clients", total).Int64("timeout_ms", timeoutMs).Msg(why + ": draining, no connections are accepted any more")
	s.closeListeners()
}

// drainStep tells those clients to go whose turn has come, and ends the server
// once all are gone or their time is over.
func (x *executor) drainStep() {
	s, d := x.server, &x.ending
	if ago := x.nowMs - d.stepMs; ago >= 0 && ago < drainStepMs {
		return
	}
	d.stepMs = x.nowMs
	refusing := s.refusing.Load() // looked at first: who came before is counted
	left, lingering := s.connected.Load(), s.lingering.Load()
	if lingering != d.lingering {
		d.lingering, d.quietMs = lingering, x.nowMs
	}
	if x.nowMs >= d.endMs || refusing && (left == 0 || left == lingering && x.nowMs-d.quietMs >= lingerMs) {
		x.endDrain()
		return
	}
	due := int64(1<<63 - 1)
	if elapsed := x.nowMs - d.startMs; elapsed < d.spreadMs {
		due = d.total * elapsed / d.spreadMs
	}
	for c := x.sessions.head; c != nil && d.asked < due; {
		next := c.next
		if !c.leaving && !x.midway(c) {
			c.leaving = true
			d.asked++
			x.askToLeave(c)
		}
		c = next
	}
}

// midway reports whether a client is in the middle of what only it can end.
func (x *executor) midway(s *session) bool {
	d := &x.ending
	if x.nowMs-s.ActiveMs < drainActiveMs && x.nowMs-d.startMs < min(drainPatienceMs, (d.endMs-d.startMs)/4) {
		return s.Flags&command.Blocked == 0
	}
	return s.tx != nil && x.nowMs-s.ActiveMs < drainQuietMs || s.Flags&command.Paused != 0
}

// askToLeave disconnects a client at the next end of a command. Who is blocked
// waits for nothing any more, and what it sent behind is not executed.
func (x *executor) askToLeave(s *session) {
	if s.Flags&command.Blocked != 0 {
		s.Flags |= command.CloseAfterReply
		x.release(s)
		return
	}
	b := pushPool.Get().(*batch)
	b.kind, b.conn, b.end = kindPush, s.conn, endLeave
	b.out.Reset(b.chunk)
	s.conn.reactor.fromExec.send(b)
}

// endDrain ends the server. If it cannot save it goes on, as it would without
// the drain.
func (x *executor) endDrain() {
	s, d := x.server, &x.ending
	d.active = false
	s.log.Warn().Int64("took_ms", x.nowMs-d.startMs).Int64("clients", d.total).
		Int64("cut", s.connected.Load()-s.lingering.Load()).Msg("drained")
	if s.end(d.options, d.why) != nil {
		x.cancelDrain()
	}
}

// cancelDrain takes clients again.
func (x *executor) cancelDrain() {
	s := x.server
	x.ending.active = false
	s.signalled.Store(0)
	for c := x.sessions.head; c != nil; c = c.next {
		c.leaving = false
	}
	x.relisten()
	s.notifyGoesOn()
}

// relisten opens the sockets again that the drain closed. What cannot be opened,
// as a Unix socket in a folder that is gone, is tried again by the cron: the data
// is worth more than that.
func (x *executor) relisten() {
	s, d := x.server, &x.ending
	had := d.deaf
	next, err := s.openSockets(s.bound, true)
	s.rebindTo(next)
	switch d.deaf = err != nil; {
	case !d.deaf:
		s.log.Warn().Msg("listening again")
	case !had:
		s.log.Error().Err(err).Msg("listening again failed, and is tried until it succeeds")
	}
}

// closeListeners stops accepting. Sockets that a service manager handed over are
// left open: who connects to them waits for the next server.
func (s *Server) closeListeners() {
	var dropped []*netpoll.Listener
	var kept []bound
	for _, b := range s.bound {
		if b.inherited {
			kept = append(kept, b)
		} else {
			dropped = append(dropped, b.listener)
		}
	}
	s.bound = kept
	s.refusing.Store(false)
	queue := s.config.TCPBacklog
	s.reactors[0].post(func(r *reactor) {
		// The kernel has accepted those that wait in its queues already.
		for _, l := range r.sources {
			for n := 0; n <= queue && r.accept(l); n += int(s.newPerCycle.Load()) {
			}
		}
		s.fail(r.setListeners(nil, dropped))
		s.refusing.Store(true)
	})
}

// leave ends a connection that was told to go, if it stands between two
// commands: the peer gets the end of the stream behind the last reply. It is
// called when nothing was left to read a moment ago.
func (r *reactor) leave(c *conn) {
	const not = connBusy | connReadable | connEOF | connEnding | connDead | connLingering
	if c.flags&connLeaving == 0 || c.flags&not != 0 || c.have > 0 || c.queued() || c.parser.BigTarget() != nil {
		return
	}
	if !r.server.draining.Load() {
		c.flags &^= connLeaving // the drain was called off
		return
	}
	r.linger(c)
}

// linger tells the peer the end of the stream and waits for the peer's.
func (r *reactor) linger(c *conn) {
	c.flags |= connLingering
	r.server.lingering.Add(1)
	if netpoll.ShutdownWrite(c.fd) != nil {
		r.close(c)
	}
}

// discard drops what came behind the end that the peer was told.
func (r *reactor) discard(c *conn) {
	scratch := r.segments.Get()
	defer r.segments.Put(scratch)
	for range readsPerTurn {
		_, err := netpoll.Read(c.fd, scratch)
		if err == netpoll.ErrAgain {
			c.flags &^= connReadable
			return
		}
		if err != nil {
			r.close(c)
			return
		}
	}
	r.enqueue(c)
}
