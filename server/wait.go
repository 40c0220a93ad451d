package server

import (
	"container/heap"
	"slices"

	"basalt/command"
	"basalt/db"
	"basalt/internal/ticks"
)

// A client of a blocking command waits in the queue of each key that it named.
// Whoever changes such a key makes its queue ready; behind the command, before
// anybody else's, the clients of ready queues try again in the order in which
// they came. A client keeps its place until it got something.

// wait is why a client is blocked.
type wait struct {
	session    *session
	kind       db.Type
	missing    bool          // a key that goes away concerns it too
	from       []db.StreamID // Wait.From
	nullArray  bool
	silent     bool  // CLIENT REPLY: what it gets is not sent
	nanos      int64 // what its attempts took
	deadlineMs int64 // 0: none
	index      int   // in the heap of deadlines; -1 for none
	places     []place
}

// place is a wait's place in the queue of one key.
type place struct {
	wait       *wait
	queue      *queue
	prev, next *place
}

// queue is the clients that wait for one key, the first one first.
type queue struct {
	db         int
	key        string
	ready      bool // in waits.ready
	missing    int  // of its clients, those whom its end concerns
	head, tail *place
}

// waits is all blocked clients.
type waits struct {
	count     int
	queues    []map[string]*queue // by database
	missing   int                 // queues of a client whom the end of the key concerns
	ready     []*queue
	deadlines deadlines
}

// Block implements command.Host. The command that runs is suspended: with the
// rest of its batch it waits until it can be served. A client that tried again
// and got nothing keeps its wait.
func (s *Server) Block(w *command.Wait) {
	x := s.executor
	c := x.ctx.Client.Session.(*session)
	b := x.bound
	index, ok := slices.BinarySearch(b.cmds.Ends, int32(x.ctx.BigBase+len(x.ctx.Args)))
	if !ok {
		panic("BUG: server: the command that blocks is none of its batch")
	}
	if x.ctx.Logging && x.ctx.LogSoFar() {
		b.logged = true
	}
	x.suspend(c, b, index)
	c.Flags |= command.Blocked
	c.LastRow = x.ctx.Row
	if c.wait == nil {
		x.waits.begin(c, w)
		x.watch(1)
	}
}

// watch changes the number of reasons for which commands report what they
// change.
func (x *executor) watch(by int) { x.ctx.Watching += by }

// begin puts the client into the queues.
func (q *waits) begin(s *session, w *command.Wait) {
	wt := &wait{session: s, kind: w.Type, missing: w.Missing, from: w.From, nullArray: w.NullArray, deadlineMs: w.DeadlineMs, index: -1,
		silent: s.Flags&(command.ReplyOff|command.ReplySkip) != 0}
	wt.places = make([]place, 0, len(w.Keys))
	for _, key := range w.Keys {
		list := q.queue(s.DB, key)
		if list.tail != nil && list.tail.wait == wt {
			continue // the key was named twice
		}
		wt.places = append(wt.places, place{wait: wt, queue: list, prev: list.tail})
		if wt.missing {
			if list.missing++; list.missing == 1 {
				q.missing++
			}
		}
		p := &wt.places[len(wt.places)-1]
		if list.tail == nil {
			list.head = p
		} else {
			list.tail.next = p
		}
		list.tail = p
	}
	if wt.deadlineMs != 0 {
		heap.Push(&q.deadlines, wt)
	}
	s.wait = wt
	q.count++
}

// queue returns the queue of a key, made if there is none.
func (q *waits) queue(number int, key []byte) *queue {
	for len(q.queues) <= number {
		q.queues = append(q.queues, nil)
	}
	if q.queues[number] == nil {
		q.queues[number] = make(map[string]*queue)
	}
	list := q.queues[number][string(key)]
	if list == nil {
		list = &queue{db: number, key: string(key)}
		q.queues[number][list.key] = list
	}
	return list
}

// find returns the queue of a key, nil if nobody waits for it.
func (q *waits) find(number int, key []byte) *queue {
	if number >= len(q.queues) {
		return nil
	}
	return q.queues[number][string(key)]
}

// keys returns how many keys are waited for, and of how many the end concerns a
// client too.
func (q *waits) keys() (all, gone int) {
	for _, queues := range q.queues {
		all += len(queues)
	}
	return all, q.missing
}

// end takes a client out of all queues.
func (q *waits) end(wt *wait) {
	for i := range wt.places {
		p := &wt.places[i]
		if p.prev == nil {
			p.queue.head = p.next
		} else {
			p.prev.next = p.next
		}
		if p.next == nil {
			p.queue.tail = p.prev
		} else {
			p.next.prev = p.prev
		}
		if wt.missing {
			if p.queue.missing--; p.queue.missing == 0 {
				q.missing--
			}
		}
		if p.queue.head == nil {
			delete(q.queues[p.queue.db], p.queue.key)
		}
	}
	if wt.index >= 0 {
		heap.Remove(&q.deadlines, wt.index)
	}
	wt.session.wait = nil
	q.count--
}

// makeReady notes that the clients of a queue may be served now.
func (q *waits) makeReady(list *queue) {
	if !list.ready {
		list.ready = true
		q.ready = append(q.ready, list)
	}
}

// KeyModified implements command.Host.
func (s *Server) KeyModified(d *db.DB, key []byte) {
	x := s.executor
	if x.waits.count != 0 {
		if list := x.waits.find(d.Index(), key); list != nil {
			x.waits.makeReady(list)
		}
	}
	if x.watched.count != 0 {
		x.touchWatched(d, key)
	}
	if x.track.clients != 0 {
		x.keyChanged(key)
	}
}

// AllModified implements command.Host. The queues are made ready in the order
// of their first clients.
func (s *Server) AllModified(d *db.DB) {
	q := &s.executor.waits
	if d.Index() >= len(q.queues) {
		return
	}
	from := len(q.ready)
	for _, list := range q.queues[d.Index()] {
		q.makeReady(list)
	}
	slices.SortFunc(q.ready[from:], func(a, b *queue) int {
		return int(a.head.wait.session.ID - b.head.wait.session.ID)
	})
}

// serveReady lets the clients of ready queues try again. It is called between
// commands; b, whose commands are being run, is the context's again afterwards.
func (x *executor) serveReady(b *batch) {
	q := &x.waits
	for len(q.ready) > 0 && x.gate&gatePaused == 0 {
		list := q.ready[0]
		q.ready = slices.Delete(q.ready, 0, 1)
		list.ready = false
		d := x.keys.DB(list.db)
		hash := db.Hash([]byte(list.key))
		// A client that was served leaves the queue; nobody else does
		// meanwhile, and who comes is behind the last one of now.
		last := list.tail
		for p := list.head; p != nil; {
			next, wt := p.next, p.wait
			e := d.Peek([]byte(list.key), hash)
			if wt.missing || e != nil && e.Type() == wt.kind {
				x.tryAgain(wt)
			}
			if p == last {
				break
			}
			p = next
		}
	}
	if b != nil {
		s := b.conn.session
		x.bind(s, b)
		if s.suspended == b {
			s.batch = nil
		}
		return
	}
	x.ctx.W, x.ctx.Client = nil, nil
	x.bound = nil
}

// tryAgain runs the command of a blocked client. If it gets something, or an
// error, the rest of its batch follows when the current window is through.
func (x *executor) tryAgain(wt *wait) {
	s := wt.session
	b := s.suspended
	x.bind(s, b)
	args := b.cmds.Command(b.next)
	row, fault := x.table.Resolve(args)
	if fault != command.NoFault {
		panic("BUG: server: a blocked command does not exist any more")
	}
	s.suspended = nil
	s.Flags &^= command.Blocked
	hash := uint64(0)
	if row.FirstKey > 0 {
		hash = db.Hash(args[row.FirstKey])
	}
	before := b.out.State()
	x.ctx.Begin(row, args, hash)
	x.ctx.BigBase = int(b.cmds.Ends[b.next]) - len(args)
	start := ticks.Now()
	x.ctx.From = wt.from
	x.handle(row)
	x.ctx.From = nil
	x.remember(s, row, args)
	if len(x.track.ownEnds) != 0 {
		x.tellOwn(s)
	}
	x.account(s, start)
	blocked := s.Flags&command.Blocked != 0
	if wt.silent && !blocked {
		b.out.Rewind(before)
	}
	if x.own.Size() != 0 {
		x.sendOwn(s)
	}
	if blocked {
		return
	}
	endCaching(s, row)
	x.endWait(s, b)
}

// endWait lets a client that got its reply go on.
func (x *executor) endWait(s *session, b *batch) {
	x.waits.end(s.wait)
	x.watch(-1)
	s.Flags &^= command.Blocked
	s.suspended = b
	b.next++
	x.resuming = append(x.resuming, s)
}

// dropWait forgets the wait of a client that is going away.
func (x *executor) dropWait(s *session) {
	if s.wait != nil {
		x.waits.end(s.wait)
		x.watch(-1)
	}
}

// giveUp ends a wait without a result: with the reply of a time-out, or with an
// error. The command counts as one that ran.
func (x *executor) giveUp(wt *wait, failure string) {
	s := wt.session
	b := s.suspended
	args := b.cmds.Command(b.next)
	row, _ := x.table.Resolve(args)
	stats := &x.stats[row.ID]
	stats.Add(wt.nanos, 1)
	x.logSlow(s, row, args, wt.nanos, x.nowMs/1000)
	x.turn(s, b)
	b.out.SetProto(s.Proto)
	before := b.out.State()
	switch {
	case failure != "":
		stats.Failed++
		x.server.CountError(failure)
		b.out.Error(failure)
	case wt.nullArray:
		b.out.NullArray()
	default:
		b.out.Null()
	}
	if wt.silent {
		b.out.Rewind(before)
	}
	x.endWait(s, b)
}

// endWaits ends the waits whose time is over.
func (x *executor) endWaits() {
	for len(x.waits.deadlines) > 0 && x.waits.deadlines[0].deadlineMs <= x.nowMs {
		x.giveUp(x.waits.deadlines[0], "")
	}
}

// Unblock implements command.Host.
func (s *Server) Unblock(c *command.Client, withError bool) bool {
	wt := c.Session.(*session).wait
	if wt == nil {
		return false
	}
	failure := ""
	if withError {
		failure = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
	}
	s.executor.giveUp(wt, failure)
	return true
}

// deadlines is a heap of waits, the first to end on top.
type deadlines []*wait

func (h deadlines) Len() int           { return len(h) }
func (h deadlines) Less(i, j int) bool { return h[i].deadlineMs < h[j].deadlineMs }

func (h deadlines) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *deadlines) Push(v any) {
	wt := v.(*wait)
	wt.index = len(*h)
	*h = append(*h, wt)
}

func (h *deadlines) Pop() any {
	old := *h
	wt := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	wt.index = -1
	return wt
}
