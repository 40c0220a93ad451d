package server

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"basalt/metrics"
	"basalt/netpoll"
	"basalt/resp"
)

const (
	// eventsPerPoll bounds how many ready connections one look at the poller
	// brings: their segments should still be in the cache when they are
	// executed and answered.
	eventsPerPoll = 64
	// groupCommands is how many parsed commands a thread that is reactor and
	// executor in one collects before it executes them.
	groupCommands = 128
	// readsPerTurn bounds how often one connection is read from while the
	// others wait, when its command does not get complete.
	readsPerTurn = 16
	// pausedOut is how much may wait for a client, in bytes, before it is not
	// read from any more. Generous, because clients exist that send a whole
	// pipeline of a million commands before they read the first reply: they
	// would wait for us for ever.
	pausedOut = 64 << 20
	// writeParts bounds the parts of one writev.
	writeParts = 64
	// joinMax is up to how many bytes parts are copied together to be written.
	joinMax = 16 << 10
	// coalesceMax is the longest reply that is copied behind one that waits
	// already, rather than keep its batch.
	coalesceMax = 4 << 10
	// segmentsKept bounds the idle segments of a reactor's pool.
	segmentsKept = 48
	// queuedMax is how many batches may wait for the executor before a reactor
	// stops reading; each holds a segment and a chunk.
	queuedMax = 32
)

// reactor owns connections: it reads and parses, hands batches to the executor
// and writes replies. With one thread the executor runs it between batches;
// with more each has a thread of its own.
type reactor struct {
	index  int
	server *Server
	poller *netpoll.Poller
	events [eventsPerPoll]netpoll.Event

	// inline says that the executor runs the reactor now, called that it is to look
	// at the poller. The rest is how it changes hands; see crew.go.
	inline, called bool
	turns          chan struct{} // the thread may run it
	recalled       atomic.Bool   // the thread is to give it back
	home           atomic.Bool   // it has

	// slots holds connections by the low half of their token.
	slots    []*conn
	freeSlot []uint32
	seq      uint32

	sources []source // what it accepts from
	// acceptAfterMs holds back accepting when descriptors or the budget ran out.
	acceptAfterMs int64
	budget        acceptBudget
	acceptLog     zerolog.Logger // a line a second at most

	segments *netpoll.SegmentPool
	pool     batchPool
	ready    []*conn // connections with bytes waiting and nothing in flight
	spare    []*conn
	iov      netpoll.Vec
	vec      [][]byte
	joined   []byte // room for short parts that are written together

	toExec   lane // producer: reactor
	fromExec lane // producer: executor
	taken    taken
	turn     turn // the executor's
	// commands sent since the executor last ran, in the one-thread mode.
	group int

	// parked is set while the reactor sleeps or is about to; whoever clears it
	// has to wake the poller.
	parked atomic.Bool
	nowMs  int64
	// sweptMs is when sweep ran last.
	sweptMs int64

	// headers are the connections that have not said who they are; see proxy.go.
	headers map[*conn]unnamed

	mailMu sync.Mutex
	mail   []func(*reactor) // what other threads want done here
	mailed atomic.Bool

	// buffered is the bytes in the buffers of all its connections.
	buffered atomic.Int64
	// mostIn and mostOut are the most that one connection had in its buffers in this
	// second; recentIn and recentOut tell that of the last one.
	mostIn, mostOut     int
	recentIn, recentOut atomic.Int64
	// readCount and writeCount count system calls; reads and writes publish
	// them once a poll, for INFO.
	readCount, writeCount int64
	reads, writes         atomic.Int64
	probed                bool // overload-target is set
	probe                 probe
	found                 int // events of the last look, with probed
	// polled is the tick at which the poller, or the list of connections that had
	// more to say, was looked at last: what is read then has arrived by then.
	// arrived is that or, where the probe tells more, since when it has waited.
	polled, arrived int64
	// busy is for how many ns the reactor had work, with a thread of its own.
	busy atomic.Int64
	// times is what batches took, by row, and timings what others see of it.
	times         []*rowTimes
	timings       metrics.TimingTable
	input         *inputLimit
	limits, tight resp.Limits
}

type accepted struct {
	fd            int
	remote, local netpoll.Addr
	proxied       bool // a PROXY header comes first
}

const listenerToken = 1 << 31 // low half of a listener's token: index | this

func newReactor(s *Server, index int) (*reactor, error) {
	p, err := netpoll.OpenPoller()
	if err != nil {
		return nil, err
	}
	r := &reactor{index: index, server: s, poller: p, toExec: newLane(), fromExec: newLane(),
		segments: netpoll.NewSegmentPool(segmentsKept)}
	r.turns, r.inline = make(chan struct{}, 1), true
	r.timings = make(metrics.TimingTable, s.executor.table.IDs())
	r.times = make([]*rowTimes, s.executor.table.IDs())
	r.acceptLog = s.log.Sample(&zerolog.BurstSampler{Burst: 1, Period: time.Second})
	r.vec = make([][]byte, 0, writeParts)
	r.joined = make([]byte, 0, joinMax)
	return r, nil
}

// poll waits up to timeoutMs for events, reads and parses. It reports whether
// anything happened.
func (r *reactor) poll(timeoutMs int) (bool, error) {
	if r.acceptAfterMs != 0 {
		r.acceptAgain()
	}
	n, err := r.poller.Wait(r.events[:], timeoutMs)
	if err != nil {
		return false, err
	}
	r.refreshLimits()
	r.look()
	if r.inline {
		r.server.executor.stalls.waits.mark(r.polled)
	}
	r.reads.Store(r.readCount)
	r.writes.Store(r.writeCount)
	if r.probed {
		r.markRound(n)
	}
	for i := range r.events[:n] {
		r.handle(&r.events[i])
		if r.group >= groupCommands {
			r.server.runInline(r)
		}
	}
	if r.mailed.Load() {
		r.takeMail()
	}
	return n > 0, nil
}

func (r *reactor) handle(ev *netpoll.Event) {
	index := uint32(ev.Token)
	if index&listenerToken != 0 {
		if index == probeToken {
			r.receiveProbe()
			return
		}
		r.accept(r.sources[index&^listenerToken])
		return
	}
	c := r.slots[index]
	if c == nil || c.token != ev.Token {
		return // a connection that was closed by an earlier event
	}
	if ev.Writable && c.queued() {
		r.flushConn(c)
	}
	if ev.Readable || ev.Hangup {
		c.flags |= connReadable
		if ev.Hangup {
			c.flags |= connHangup
		}
		if ev.Hangup && c.flags&connBusy != 0 {
			// The executor may hold the batch of a client that is blocked: it
			// has to know that nobody waits any more.
			b := r.pool.get()
			b.kind, b.conn = kindHangup, c
			r.toExec.send(b)
			return
		}
		r.serve(c)
	}
}

// serveReady gives a turn to connections that had more to say than one read.
func (r *reactor) serveReady() bool {
	if len(r.ready) == 0 || r.ahead() {
		return false
	}
	r.look()
	queue := r.ready
	r.ready = r.spare[:0]
	for i, c := range queue {
		queue[i] = nil
		c.flags &^= connQueued
		if c == &r.probe.place {
			r.passProbe(len(queue) > 1)
			continue
		}
		r.serve(c)
		if r.group >= groupCommands {
			r.server.runInline(r)
		}
	}
	r.spare = queue
	return true
}

// ahead reports whether enough waits for the executor: reading more would only
// fill memory with segments.
func (r *reactor) ahead() bool { return r.toExec.ring.Len() >= queuedMax }

func (r *reactor) enqueue(c *conn) {
	if c.flags&(connQueued|connDead) == 0 {
		c.flags |= connQueued
		r.ready = append(r.ready, c)
	}
}

// serve parses what is there, or reads once and parses, unless a batch of the
// connection is in flight: the segment is the executor's then.
func (r *reactor) serve(c *conn) {
	if c.flags&(connBusy|connEnding|connDead) != 0 || c.outBytes > pausedOut {
		return
	}
	if c.flags&connLingering != 0 {
		r.discard(c)
		return
	}
	if r.ahead() {
		r.enqueue(c)
		return
	}
	if c.have > 0 && c.parser.BigTarget() == nil && r.parse(c) {
		return
	}
	for reads := 0; c.flags&connReadable != 0 && c.flags&(connDead|connEnding) == 0; reads++ {
		if reads == readsPerTurn {
			r.enqueue(c)
			return
		}
		if r.read(c) && r.parse(c) {
			return
		}
	}
	if c.flags&(connEOF|connBusy|connDead) == connEOF {
		r.finish(c)
	} else if c.flags&connLeaving != 0 {
		r.leave(c)
	}
}

// read reads once. It reports whether there is something to parse.
func (r *reactor) read(c *conn) bool {
	target := c.parser.BigTarget()
	if target == nil {
		if c.in == nil {
			c.in = r.segments.Get()
		} else if c.have == len(c.in) {
			if !r.growSegment(c) {
				return false
			}
		}
		target = c.in[c.have:]
	}
	n, err := netpoll.Read(c.fd, target)
	r.readCount++
	if err != nil {
		r.readFailed(c, err)
		return false
	}
	if n < len(target) && c.flags&connHangup == 0 {
		// A short read has drained the socket; what comes later, or the
		// peer's end, makes a new event.
		c.flags &^= connReadable
	}
	if c.parser.BigTarget() != nil {
		c.parser.BigFilled(n)
		c.publishIn()
		return c.parser.BigTarget() == nil
	}
	c.have += n
	return true
}

func (r *reactor) readFailed(c *conn, err error) {
	c.flags &^= connReadable
	switch {
	case errors.Is(err, netpoll.ErrAgain):
		r.dropSegment(c)
	case err == io.EOF:
		c.flags |= connEOF
		if c.flags&connUnnamed != 0 && c.have > 0 {
			r.server.noteRefused(c.remote, errHeaderCut.Error())
		}
	default:
		r.close(c)
	}
}

// dropSegment gives an empty segment back.
func (r *reactor) dropSegment(c *conn) {
	if c.in != nil && c.have == 0 && c.flags&connBusy == 0 {
		if len(c.in) == netpoll.SegmentSize {
			r.segments.Put(c.in)
		}
		c.in = nil
	}
}

// growSegment doubles the segment for a command that does not fit. It closes
// the connection and reports false at client-query-buffer-limit.
func (r *reactor) growSegment(c *conn) bool {
	limit := r.limits.MaxQuery
	if limit > 0 && c.have >= limit {
		r.server.log.Warn().Str("client", c.remote).Int("bytes", c.have).
			Msg("closing client that reached client-query-buffer-limit")
		r.server.queryLimitClosed.Add(1)
		r.close(c)
		return false
	}
	size := len(c.in) * 2
	if limit > 0 {
		size = min(size, max(limit, c.have+1))
	}
	bigger := make([]byte, size)
	copy(bigger, c.in[:c.have])
	if len(c.in) == netpoll.SegmentSize {
		r.segments.Put(c.in)
	}
	c.in = bigger
	return true
}

// parse turns the segment's bytes into a batch and sends it. It reports
// whether one is in flight now.
func (r *reactor) parse(c *conn) bool {
	if c.flags&connUnnamed != 0 && !r.readHeader(c) {
		return false
	}
	limits, most := &r.limits, batchCommands
	if c.unauthenticated.Load() {
		limits, most = &r.tight, 1
	}
	b := r.pool.get()
	used, err := c.parser.Parse(c.in[:c.have], &b.cmds, most, limits)
	if b.cmds.Len() == 0 && err == nil {
		r.pool.put(b)
		c.used = used
		r.compact(c)
		return false
	}
	if errors.Is(err, resp.ErrQueryLimit) {
		r.server.log.Warn().Str("client", c.remote).Msg("closing client that reached client-query-buffer-limit")
		r.server.queryLimitClosed.Add(1)
		err = nil
		b.end = endNow
	}
	b.conn, b.err, b.bytesIn = c, err, used
	b.timing.arrived = r.arrived
	if b.chunk == nil { // it has only carried notices so far
		b.chunk = make([]byte, 0, chunkSize)
	}
	b.out.Reset(b.chunk)
	c.used = used
	c.flags |= connBusy
	r.group += b.cmds.Len() + 1
	r.toExec.send(b)
	return true
}

// compact drops the bytes that were used. What is left, the start of a
// command, moves to the front.
func (r *reactor) compact(c *conn) {
	if c.used > 0 {
		c.have = copy(c.in, c.in[c.used:c.have])
		c.used = 0
	}
	if c.have == 0 && c.in != nil {
		if len(c.in) == netpoll.SegmentSize {
			r.segments.Put(c.in)
		}
		c.in = nil
	}
	c.publishIn()
}

// flush writes the replies that the executor has sent back.
func (r *reactor) flush() bool {
	did := false
	for {
		b, ok := r.fromExec.ring.Pop()
		if !ok {
			return did
		}
		did = true
		r.deliver(b)
	}
}

// deliver writes one batch's replies and lets its connection go on.
func (r *reactor) deliver(b *batch) {
	c := b.conn
	answered := b.kind == kindCommands
	end := b.end
	if c.flags&connDead != 0 {
		r.recycle(b)
		return
	}
	if answered {
		c.flags &^= connBusy
		r.compact(c)
	}
	if end == endNow {
		r.recycle(b)
		r.close(c)
		return
	}
	switch end {
	case endFlush:
		c.flags |= connEnding
	case endLeave:
		c.flags |= connLeaving
	}
	r.write(c, b)
	if c.flags&connDead != 0 {
		return
	}
	switch {
	case c.flags&connEnding != 0:
		r.finish(c)
	case c.flags&connLeaving != 0:
		r.lookOnce(c)
	case !answered:
	case c.have > 0 || c.flags&connReadable != 0:
		r.enqueue(c)
	case c.flags&connEOF != 0:
		r.finish(c)
	}
}

// lookOnce looks for what a connection that is to go has sent, before it does.
func (r *reactor) lookOnce(c *conn) {
	c.flags |= connReadable
	r.enqueue(c)
}

// finish closes a connection that has nothing more to say, once everything is
// written. In a drain its peer may still be sending: no reset then.
func (r *reactor) finish(c *conn) {
	switch {
	case c.queued() || c.flags&connBusy != 0:
	case c.flags&connEOF == 0 && r.server.draining.Load():
		c.flags &^= connEnding
		c.used = c.have
		r.compact(c)
		r.linger(c)
		r.lookOnce(c)
	default:
		r.close(c)
	}
}

// recycle takes a batch back.
func (r *reactor) recycle(b *batch) {
	b.out.Release(r.server.unpin)
	b.cmds.Reset()
	r.pool.put(b)
}

// takeMail does what other threads asked for.
func (r *reactor) takeMail() {
	r.mailMu.Lock()
	mail := r.mail
	r.mail = nil
	r.mailed.Store(false)
	r.mailMu.Unlock()
	for _, do := range mail {
		do(r)
	}
}

// post has the reactor call do on its thread. Any thread.
func (r *reactor) post(do func(*reactor)) {
	r.mailMu.Lock()
	r.mail = append(r.mail, do)
	r.mailed.Store(true)
	r.mailMu.Unlock()
	r.wake()
}

// wake ends the reactor's sleep, if it sleeps. Any thread.
func (r *reactor) wake() {
	if r.parked.Load() && r.parked.CompareAndSwap(true, false) {
		r.poller.Wake()
	}
}

// open starts a connection.
func (r *reactor) open(a accepted) {
	var index uint32
	if n := len(r.freeSlot); n > 0 {
		index = r.freeSlot[n-1]
		r.freeSlot = r.freeSlot[:n-1]
	} else {
		index = uint32(len(r.slots))
		r.slots = append(r.slots, nil)
	}
	if r.seq++; r.seq > netpoll.TokenSequenceMax {
		r.seq = 1
	}
	c := &conn{reactor: r, fd: a.fd, remote: a.remote.String(), local: a.local.String(), token: netpoll.Token(r.seq, index)}
	if a.remote.IsUnix() {
		c.unix = true
	}
	c.unauthenticated.Store(r.server.needsPassword.Load())
	if err := r.poller.Add(a.fd, c.token); err != nil {
		r.server.log.Warn().Err(err).Msg("watching client connection")
		r.freeSlot = append(r.freeSlot, index)
		netpoll.Close(a.fd)
		r.server.connected.Add(-1)
		return
	}
	r.slots[index] = c
	if a.proxied {
		r.awaitHeader(c, a.remote)
		return
	}
	r.introduce(c)
}

// introduce tells the executor of a connection.
func (r *reactor) introduce(c *conn) {
	b := r.pool.get()
	b.kind, b.conn = kindOpen, c
	r.toExec.send(b)
}

// close ends a connection at once. A batch in flight comes back to a dead
// connection.
func (r *reactor) close(c *conn) {
	if c.flags&connDead != 0 {
		return
	}
	c.flags |= connDead
	r.poller.Remove(c.fd)
	netpoll.Close(c.fd)
	index := uint32(c.token)
	r.slots[index] = nil
	r.freeSlot = append(r.freeSlot, index)
	r.server.connected.Add(-1)
	if c.flags&connLingering != 0 {
		r.server.lingering.Add(-1)
	}
	for b := c.out.pop(); b != nil; b = c.out.pop() {
		r.recycle(b)
	}
	c.outBytes, c.outHeld = 0, 0
	c.publishOut()
	c.publish(&c.stat.queryBuf, 0)
	c.parser.Abort()
	if c.flags&connBusy == 0 {
		c.have = 0
		r.dropSegment(c)
	}
	c.in = nil
	if c.flags&connUnnamed != 0 {
		delete(r.headers, c)
		return // the executor never heard of it
	}
	b := r.pool.get()
	b.kind, b.conn = kindClosed, c
	r.toExec.send(b)
}
