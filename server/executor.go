package server

import (
	"sync/atomic"

	"basalt/command"
	"basalt/db"
	"basalt/internal/ticks"
	"basalt/metrics"
	"basalt/netpoll"
	"basalt/resp"
)

const (
	// windowSize is how many commands go through hashing and prefetching
	// together: enough to cover the latency of memory, few enough that what
	// was fetched is still in the first-level cache when its turn comes.
	windowSize = 32
	// roundBatches bounds the batches taken from one ring at once.
	roundBatches = 64
)

// executor owns the keyspace, all sessions, the clock and all timers. One
// goroutine on its own OS thread runs it.
type executor struct {
	server *Server
	keys   *db.Keyspace
	table  *command.Table
	stats  []command.RowStats
	ctx    command.Context

	sessions  sessions
	monitors  []*session
	pushing   []*session // sessions with bytes in push
	gate      gate
	pause     pause
	publisher publisher
	memory    memory
	defrag    defrag
	waits     waits
	watched   watchedKeys
	idleTx    []*transaction // of clients that have none now
	// queuedBytes is the memory of all transactions that are being queued.
	queuedBytes int64
	track       track
	crowd       crowd
	serializer  serializer
	persist     persistence
	ending      drain
	overload    overload
	bound       *batch      // whose commands the context runs
	replied     int         // bytes of EXEC's reply in front of the command's, 0 outside of one
	own         resp.Writer // pushes to the client whose command runs

	batches [roundBatches]*batch
	window  [windowSize]slot
	staged  int
	// collections says that a command of the window is of a collection.
	collections bool

	// poller is what the executor sleeps on when reactors have threads of
	// their own.
	poller *netpoll.Poller
	parked atomic.Bool

	logs       [command.LogKinds]command.SlowLog
	observer   observer
	latency    command.LatencyMonitor
	errorCodes map[string]*int64 // replies by error code
	slowNanos  int64             // somebody wants to hear of a command that takes longer
	untimed    bool              // nobody wants to know what commands take (latency-tracking)
	stalls     stalls
	meter      meter
	counters   counters
	census     census
	settings   []metrics.Setting // as metrics show them; nil after a change
	crew       crew
	timers
}

// slot is one command of the window.
type slot struct {
	batch *batch
	index int32 // of the command in its batch; -1 for none
	last  bool  // nothing of the batch comes behind it
	keyed bool
	fault command.Fault
	row   *command.Row
	hash  uint64
}

// alike reports whether the command behind w is one of the same row and batch.
func (w *slot) alike(next *slot) bool {
	return next.row == w.row && next.batch == w.batch && next.fault == command.NoFault
}

// gate is a set of states in which commands need a closer look.
type gate uint8

const (
	gatePaused gate = 1 << iota
	gateMonitors
)

// drain executes what waits in a reactor's ring and reports whether there was
// anything.
func (x *executor) drain(r *reactor) bool {
	n := r.toExec.ring.PopBatch(x.batches[:])
	if n == 0 {
		return false
	}
	limited := x.overload.targetTicks != 0
	if limited {
		x.overload.beginDrain()
	}
	r.taken.note(n)
	for i, b := range x.batches[:n] {
		x.batches[i] = nil
		if b.kind == kindCommands {
			if limited {
				x.takeTurn(r, b)
			}
			x.stage(b, 0)
			continue
		}
		x.runWindow()
		x.notice(r, b)
	}
	x.runWindow()
	if limited {
		x.overload.endDrain(r)
	}
	return true
}

// stage puts the commands of b, from number first on, into the window, and
// starts loading the buckets of their keys. A full window is executed.
func (x *executor) stage(b *batch, first int) {
	s := b.conn.session
	n := b.cmds.Len()
	if n == first {
		x.put(slot{batch: b, index: -1, last: true})
		return
	}
	for i := first; i < n; i++ {
		if x.staged == windowSize {
			x.runWindow()
			if s.suspended == b {
				return // the rest waits with the client
			}
		}
		args := b.cmds.Command(i)
		w := &x.window[x.staged]
		x.staged++
		w.batch, w.index, w.last, w.keyed = b, int32(i), i == n-1, false
		w.row, w.fault = x.table.Resolve(args)
		if w.fault == command.NoFault && w.row.FirstKey > 0 {
			w.keyed = true
			x.collections = x.collections || w.row.Collection
			w.hash = db.Hash(args[w.row.FirstKey])
			x.keys.DB(s.DB).Prefetch(w.hash)
		}
	}
}

func (x *executor) put(w slot) {
	if x.staged == windowSize {
		x.runWindow()
	}
	x.window[x.staged] = w
	x.staged++
}

// runWindow executes the staged commands in order.
func (x *executor) runWindow() {
	n := x.staged
	if n == 0 {
		return
	}
	for i := range x.window[:n] {
		if w := &x.window[i]; w.keyed {
			x.keys.DB(w.batch.conn.session.DB).PrefetchEntry(w.hash)
		}
	}
	if x.collections {
		x.collections = false
		x.fetchCollections(n)
	}
	x.crew.executed += n
	now := ticks.Now()
	var b *batch
	var s *session
	for i := range x.window[:n] {
		w := &x.window[i]
		if w.batch != b {
			b = w.batch
			s = b.conn.session
			x.bind(s, b)
			if b.timing.begun == 0 {
				b.timing.begun = now
				x.overload.begunTick = now
			}
		}
		if w.index >= 0 && !s.halted() {
			now = x.call(s, w, now, i+1 < n && w.alike(&x.window[i+1]))
			if x.own.Size() != 0 {
				x.sendOwn(s)
			}
			if len(x.waits.ready) != 0 {
				x.serveReady(b)
				now = ticks.Now()
			}
		}
		if w.last && s.suspended != b {
			b.timing.ended = now
			x.finish(s, b)
		}
		w.batch = nil
	}
	x.staged = 0
	x.ctx.W, x.ctx.Client = nil, nil
	x.bound = nil
}

// bind makes the session and its batch those of the context.
func (x *executor) bind(s *session, b *batch) {
	c := &x.ctx
	x.bound = b
	x.bindMeter(b)
	x.turn(s, b)
	c.Client = &s.Client
	c.DB = x.keys.DB(s.DB)
	c.W = &b.out
	c.W.SetProto(s.Proto)
	c.Big = b.cmds.Big
	s.ActiveMs = x.nowMs
}

// call executes one command. now is the reading of the tick counter at its
// start; the one at its end is returned, which is the next one's start. alike
// says that the next one may be counted together with it.
func (x *executor) call(s *session, w *slot, now int64, alike bool) int64 {
	c := &x.ctx
	b := w.batch
	args := b.cmds.Command(int(w.index))
	row := w.row
	if w.fault != command.NoFault || !s.Authenticated || x.gate != 0 || s.Flags&specialFlags != 0 {
		return x.callSlowly(s, w, args, now)
	}
	c.Begin(row, args, w.hash)
	c.BigBase = int(b.cmds.Ends[w.index]) - len(args)
	dirty := x.keys.Dirty
	row.Handler(c)
	if c.Logging && row.Flags&logged != 0 {
		if c.LogVerbatim(dirty) {
			b.logged = true
		}
	}
	if alike && row.Brief && x.gather(row) {
		return now
	}
	return x.account(s, now)
}

// logged are the flags of commands whose effects go to the log.
const logged = command.Write | command.MayReplicate

// handle is the part of call that executes the command, for those who need no
// haste.
func (x *executor) handle(row *command.Row) {
	dirty := x.keys.Dirty
	row.Handler(&x.ctx)
	if x.ctx.Logging && row.Flags&logged != 0 && x.ctx.LogVerbatim(dirty) {
		x.bound.logged = true
	}
}

// finish hands the batch back to its reactor: all its commands ran, or those
// behind the one that closes the connection were dropped.
func (x *executor) finish(s *session, b *batch) {
	if b.err != nil && !s.halted() {
		s.Flags |= command.ProtocolFailed | command.CloseAfterReply
		x.counters.protocolErrors++
		b.out.Error("ERR " + b.err.Error())
	}
	if s.Flags&command.CloseAfterReply != 0 {
		b.end = max(b.end, endFlush)
	}
	if s.Flags&command.CloseNow != 0 {
		b.end = endNow
	}
	if s.tx != nil {
		s.tx.keep(b)
	}
	for i := range b.cmds.Big {
		if token := b.cmds.Big[i].Token; token != 0 {
			x.server.FreeBig(token)
		}
	}
	b.timing.held = b.timing.held || x.untimed
	size := int64(b.out.Size())
	s.netIn += int64(b.bytesIn)
	s.netOut += size
	s.batch = nil
	x.counters.netIn += int64(b.bytesIn)
	x.counters.netOut += size
	x.deliver(b)
}

// notice handles what is not commands.
func (x *executor) notice(r *reactor, b *batch) {
	c := b.conn
	switch b.kind {
	case kindOpen:
		x.openSession(c)
	case kindClosed:
		x.closeSession(c.session)
	case kindHangup:
		if s := c.session; s != nil && s.suspended != nil {
			s.Flags |= command.CloseNow
			x.release(s)
		}
	default:
		panic("BUG: batch of unknown kind")
	}
	// Back to the reactor's pool, with nothing to write.
	b.kind, b.end = kindPush, endNone
	r.fromExec.send(b)
}

// release ends the suspension of a session without running the rest.
func (x *executor) release(s *session) {
	x.dropWait(s)
	b := s.suspended
	s.suspended = nil
	s.Flags &^= command.Blocked | command.Paused
	x.finish(s, b)
}

// resume runs the rest of a suspended batch.
func (x *executor) resume(s *session) {
	b := s.suspended
	s.suspended = nil
	s.Flags &^= command.Blocked | command.Paused
	x.stage(b, b.next)
	x.runWindow()
}
