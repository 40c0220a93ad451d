package server

import (
	"golang.org/x/sys/unix"

	"basalt/internal/ticks"
	"basalt/netpoll"
)

// probe tells since when connections wait that the reactor hears of: under load
// the queue is in the kernel. It is a socket to oneself: a byte is written when a
// look at the poller is over, and stands in line behind all connections that are
// ready by then. Whoever comes before it next time has waited since. There is one
// only while overload-target is set.
type probe struct {
	in, out int
	open    bool
	// sentTick is when the byte that is on its way was written, 0 for none.
	sentTick int64
	// place stands for it in the list of connections that have more to say.
	place conn
}

// probeByte is what is sent.
var probeByte [1]byte

// probeToken is the low half of its token.
const probeToken = 1<<32 - 1

// openProbe makes the sockets; without them the wait in the kernel is not seen.
func (r *reactor) openProbe() {
	var ends [2]int
	err := netpoll.Pair(&ends)
	if err == nil {
		if err = r.poller.Add(ends[0], netpoll.Token(0, probeToken)); err != nil {
			unix.Close(ends[0])
			unix.Close(ends[1])
		}
	}
	if err != nil {
		r.server.log.Warn().Err(err).Msg("opening a socket pair: the wait of commands in the kernel is not measured")
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

// look notes when the reactor looked at what there is to do, and since when that
// has waited.
func (r *reactor) look() {
	r.polled = ticks.Now()
	r.arrived = r.polled
	if sent := r.probe.sentTick; sent != 0 {
		r.arrived = sent
	}
}

// sendProbe puts a byte into the line behind all that are ready.
func (r *reactor) sendProbe() {
	p := &r.probe
	if p.open && p.sentTick == 0 {
		// One byte at a time has room.
		if _, err := netpoll.Write(p.in, probeByte[:]); err != nil {
			r.server.log.Error().Err(err).Msg("the wait of commands in the kernel is not measured any more")
			r.closeProbe()
			return
		}
		p.sentTick = r.polled
	}
}

// markRound sends the byte if it is not on its way, and there is work: of n
// events that the poller brought others than its own, which would call itself.
func (r *reactor) markRound(n int) {
	if r.found = n; n > 1 || n == 1 && uint32(r.events[0].Token) != probeToken {
		r.sendProbe()
	}
}

// receiveProbe takes the byte that came through the poller. Connections that came
// before it may have a place in the list of those that have more to say; it takes
// the next one there.
func (r *reactor) receiveProbe() {
	var b [8]byte
	if _, err := netpoll.Read(r.probe.out, b[:]); err != nil {
		return // the poller may tell of it twice
	}
	if len(r.ready) > 0 {
		r.enqueue(&r.probe.place)
		return
	}
	r.passProbe(r.found > 1)
}

// passProbe begins anew where the byte has passed all who came before it: what
// comes behind came later. With more of that it is sent again at once.
func (r *reactor) passProbe(more bool) {
	r.probe.sentTick = 0
	r.arrived = r.polled
	if more {
		r.sendProbe()
	}
}
