package server

import (
	"math"
	"sync/atomic"

	"basalt/resp"
)

// conn is the reactor's half of a connection. Only its reactor touches it, but
// for the fields that say otherwise. An idle one holds no buffers.
type conn struct {
	reactor *reactor
	// session is the executor's half; only the executor reads and writes it.
	session *session
	parser  resp.Parser

	// in is the input segment, borrowed while bytes wait; have of them are
	// there, the first used of which belong to the batch in flight.
	in         []byte
	have, used int

	// out holds batches whose replies the peer has not taken yet.
	out      batchList
	outBytes int
	// outHeld is the size of all of them: the memory of one that is partly written
	// is held to the end.
	outHeld int
	// softSinceMs is when outBytes went over the soft limit, 0 when under it.
	softSinceMs int64

	fd    int
	token uint64
	flags connFlags

	// Set before the executor hears of the connection, then left alone.
	remote, local string // addresses, as CLIENT LIST prints them
	unix          bool   // came over the Unix socket
	// distant says that remote, be it a loopback address, is of another machine:
	// a load balancer there said so.
	distant bool

	// Written by the reactor, read by the executor for CLIENT LIST and limits.
	stat struct {
		queryBuf, outMem, outHeld, outCount atomic.Int32
	}
	// unauthenticated is written by the executor: the parser's limits are
	// tighter until the client has said who it is.
	unauthenticated atomic.Bool
	// subscribed is written by the executor too: another limit holds for what
	// such a client does not read.
	subscribed atomic.Bool
}

type connFlags uint16

const (
	connBusy      connFlags = 1 << iota // a batch is in flight
	connReadable                        // bytes may wait in the socket
	connQueued                          // stands in the reactor's ready list
	connEOF                             // the peer sent its last byte
	connEnding                          // closes when all is written
	connDead                            // closed; batches in flight find nothing
	connHangup                          // the peer's end was announced: a short read is not the last
	connUnnamed                         // its PROXY header is not complete
	connLeaving                         // goes at the next end of a command
	connLingering                       // its peer was told the end and has to close
)

// queued says whether replies wait for the peer.
func (c *conn) queued() bool { return c.out.head != nil }

// publishOut lets the executor see how much waits for the peer.
func (c *conn) publishOut() {
	c.stat.outMem.Store(int32(min(c.outBytes, math.MaxInt32)))
	c.publish(&c.stat.outHeld, c.outHeld)
	c.reactor.mostOut = max(c.reactor.mostOut, c.outBytes)
	c.stat.outCount.Store(int32(c.out.count))
}

// publishIn lets the executor see how much has come that is not executed.
func (c *conn) publishIn() {
	bytes := c.have + c.parser.BigBytes()
	c.publish(&c.stat.queryBuf, bytes)
	c.reactor.mostIn = max(c.reactor.mostIn, bytes)
}

// publish lets the executor see the size of a buffer, and counts it in what all
// connections of the reactor have.
func (c *conn) publish(size *atomic.Int32, bytes int) {
	after := int32(min(bytes, math.MaxInt32))
	if before := size.Load(); before != after {
		size.Store(after)
		c.reactor.buffered.Add(int64(after) - int64(before))
	}
}
