package server

import (
	"fmt"

	"basalt/netpoll"
)

// restMinMs is the shortest rest of the listeners when connections come faster
// than they may: waking for each one would cost more than it serves.
const restMinMs = 5

// acceptBudget is the connections that may be accepted now, in thousandths. It
// grows with time, up to those of a second.
type acceptBudget struct {
	credit  int64
	sinceMs int64
}

// take takes one connection from the budget of so many a second. It returns 0,
// or how many ms to rest before the next one.
func (b *acceptBudget) take(nowMs, perSecond int64) int64 {
	if perSecond <= 0 {
		return 0
	}
	passed := min(max(nowMs-b.sinceMs, 0), 1000)
	b.sinceMs = nowMs
	b.credit = min(b.credit+passed*perSecond, perSecond*1000)
	if b.credit < 1000 {
		return max(restMinMs, (1000-b.credit+perSecond-1)/perSecond)
	}
	b.credit -= 1000
	return 0
}

// accept takes a bounded number of connections from a listener. It reports
// whether there may be more.
func (r *reactor) accept(l source) bool {
	s := r.server
	perSecond := s.newPerSecond.Load()
	if s.draining.Load() {
		perSecond = 0 // who waited on would be reset
	}
	for range s.newPerCycle.Load() {
		if rest := r.budget.take(r.nowMs, perSecond); rest > 0 {
			s.acceptRests.Add(1)
			r.pauseAccept(rest)
			return false
		}
		fd, remote, err := l.Accept()
		if err != nil && perSecond > 0 {
			r.budget.credit += 1000 // for nobody
		}
		switch err {
		case nil:
			s.admit(r, accepted{fd: fd, remote: remote, proxied: l.proxied})
		case netpoll.ErrTransient:
		case netpoll.ErrAgain:
			return false
		case netpoll.ErrExhausted:
			r.acceptLog.Warn().Err(err).Msg("accepting client connection")
			r.pauseAccept(netpoll.ExhaustedPauseMs)
			return false
		default:
			s.fail(fmt.Errorf("accepting on %s: %w", l.Addr(), err))
			return false
		}
	}
	return true
}

// pauseAccept leaves the listeners alone for so many ms: they stay readable all
// the time that connections wait, and asking again at once would spin.
func (r *reactor) pauseAccept(ms int64) {
	r.acceptAfterMs = r.nowMs + ms
	for _, l := range r.sources {
		r.poller.Remove(l.FD())
	}
}

// acceptAgain ends the pause when its time has come.
func (r *reactor) acceptAgain() {
	if r.nowMs < r.acceptAfterMs {
		return
	}
	if err := r.resumeAccept(); err != nil {
		r.server.log.Warn().Err(err).Msg("watching listeners")
	}
}

// resumeAccept watches the listeners, again or for the first time.
func (r *reactor) resumeAccept() error {
	r.acceptAfterMs = 0
	for i, l := range r.sources {
		if err := r.poller.AddListener(l.FD(), uint64(i)|listenerToken); err != nil {
			return err
		}
	}
	return nil
}
