package server

import (
	"errors"

	"basalt/netpoll"
)

// headerMs is how long a load balancer may take to send its PROXY header: it
// is the first thing that it sends, and a packet that was lost is sent again by
// then.
const headerMs = 5000

var (
	errHeaderLate = errors.New("no PROXY header came in time")
	errHeaderCut  = errors.New("the connection ended within its PROXY header")
)

// unnamed is a connection of a load balancer that has not said whose it is.
type unnamed struct {
	remote  netpoll.Addr // of the socket
	sinceMs int64
}

// trusts reports whether a is an address of proxy-protocol-networks; the Unix
// socket's permissions speak for who comes over it. Any thread.
func (s *Server) trusts(a netpoll.Addr) bool {
	if a.IsUnix() {
		return true
	}
	ip := a.IP()
	for _, network := range *s.trusted.Load() {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}

// awaitHeader keeps a fresh connection from the executor until it has named
// itself.
func (r *reactor) awaitHeader(c *conn, remote netpoll.Addr) {
	c.flags |= connUnnamed
	if r.headers == nil {
		r.headers = make(map[*conn]unnamed)
	}
	r.headers[c] = unnamed{remote: remote, sinceMs: r.nowMs}
}

// readHeader reads the header at the start of what came. It reports whether
// commands may follow; what is behind the header stays in the segment. A
// connection whose header is wrong is closed.
func (r *reactor) readHeader(c *conn) bool {
	header, used, err := netpoll.ParseProxy(c.in[:c.have])
	if err != nil {
		r.server.noteRefused(c.remote, err.Error())
		r.close(c)
		return false
	}
	if used == 0 {
		return false
	}
	from := r.headers[c].remote
	distant := !from.IsLoopback()
	if who := header.Source; who.IsValid() {
		c.remote, c.unix = who.String(), false
		c.distant = distant
		distant = distant || !who.IsLoopback()
	}
	if r.server.protected.Load() && distant {
		r.server.noteRefused(c.remote, "protected mode is on")
		netpoll.Dismiss(c.fd, []byte(protectedError))
		r.close(c)
		return false
	}
	delete(r.headers, c)
	c.flags &^= connUnnamed
	r.introduce(c)
	c.used = used
	r.compact(c)
	return c.have > 0
}

// dropSilent closes the connections whose header is overdue. It is called about
// once a second.
func (r *reactor) dropSilent() {
	limit := int64(headerMs)
	if r.server.draining.Load() {
		limit = drainPatienceMs
	}
	for c, u := range r.headers {
		if r.nowMs-u.sinceMs > limit {
			r.server.noteRefused(c.remote, errHeaderLate.Error())
			r.close(c)
		}
	}
}
