package server

import (
	"golang.org/x/sys/unix"

	"basalt/netpoll"
)

// probe tells since when connections wait that the reactor hears of: under load
// the queue is in the kernel. It is a pipe to oneself: a byte is written when a
// look at the poller is over, and stands in line behind all connections that are
// ready by then. Whoever comes before it next time has waited since. There is one
// only while overload-target is set.
type probe struct {
	in, out int
	open    bool
	// sentTick is when the byte that is on its way was written, 0 for none.
	sentTick int64
}

// probeToken is the low half of its token.
const probeToken = 1<<32 - 1

// openProbe makes the pipe; without one the wait in the kernel is not seen.
func (r *reactor) openProbe() {
	var ends [2]int
	err := netpoll.Pipe(&ends)
	if err == nil {
		if err = r.poller.Add(ends[0], netpoll.Token(0, probeToken)); err != nil {
			unix.Close(ends[0])
			unix.Close(ends[1])
		}
	}
	if err != nil {
		r.server.log.Warn().Err(err).Msg("opening a pipe: the wait of commands in the kernel is not measured")
		return
	}
	r.probe = probe{in: ends[1], out: ends[0], open: true}
}

// closeProbe ends it.
func (r *reactor) closeProbe() {
	if r.probe.open {
		r.poller.Remove(r.probe.out)
		unix.Close(r.probe.out)
		unix.Close(r.probe.in)
	}
	r.probe = probe{}
}

// markRound notes since when what is handled next has waited. It is called when
// a look at the poller brought n events.
func (r *reactor) markRound(n int) {
	p := &r.probe
	r.sinceTick = r.polled
	if p.sentTick != 0 {
		r.sinceTick = p.sentTick
		return
	}
	alone := n == 1 && uint32(r.events[0].Token) == probeToken
	if !p.open || n == 0 || alone { // it would call itself
		return
	}
	if _, err := netpoll.Write(p.in, []byte{0}); err == nil {
		p.sentTick = r.polled
	}
}

// receiveProbe takes the byte that came through: what comes behind it came
// later.
func (r *reactor) receiveProbe() {
	var b [8]byte
	if _, err := netpoll.Read(r.probe.out, b[:]); err == nil {
		r.probe.sentTick = 0
		r.sinceTick = r.polled
	}
}
