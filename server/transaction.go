package server

import (
	"reflect"

	"basalt/command"
	"basalt/internal/ticks"
	"basalt/resp"
)

// transaction is the commands that a client has queued since MULTI. As long as
// the batch that brought a command is there the command stays in it: a client
// that sends a whole transaction at once has nothing copied. Only what is queued
// when the batch ends is kept.
type transaction struct {
	queue []queued
	// done of them are kept.
	done int
	// kept are the commands of batches that have ended, and store their bytes.
	// Views of what store was before it grew stay good.
	kept  resp.Commands
	store []byte
	// any and all are the flags that one of the commands has, and that all have.
	any, all command.Flags
}

// queued is a command of a transaction.
type queued struct {
	cmds  *resp.Commands
	index int32
	keyed bool
	row   *command.Row
	hash  uint64
}

const (
	// txIdleMax is how many transactions are kept for clients to come.
	txIdleMax = 64
	// txStoreMax and txQueueMax bound what one of them keeps, in bytes and in
	// commands.
	txStoreMax = 16 << 10
	txQueueMax = 256
	// txArgsMax bounds the places of arguments that are kept with it.
	txArgsMax = 8 * txQueueMax
)

// What the queue takes beside the bytes of arguments: for a command its record
// and where it ends, for an argument its place.
var (
	queuedBytes    = int(reflect.TypeFor[queued]().Size() + reflect.TypeFor[int32]().Size())
	queuedArgBytes = int(reflect.TypeFor[[]byte]().Size())
)

// BeginMulti implements command.Host.
func (s *Server) BeginMulti() {
	x := s.executor
	c := x.ctx.Client.Session.(*session)
	if n := len(x.idleTx); n > 0 {
		c.tx, x.idleTx = x.idleTx[n-1], x.idleTx[:n-1]
	} else {
		c.tx = &transaction{}
	}
	c.tx.all = ^command.Flags(0)
	c.Queued = 0
	c.Flags |= command.InMulti
}

// enqueue puts a command into the transaction of s. One that EXEC will refuse
// keeps no more.
func (x *executor) enqueue(s *session, w *slot, args [][]byte) {
	if s.Flags&(command.DirtyCAS|command.DirtyExec) != 0 {
		s.LastRow = w.row
		x.ctx.W.SimpleString("QUEUED")
		return
	}
	size := s.queuedBytes + queuedBytes + len(args)*queuedArgBytes
	for _, arg := range args {
		size += len(arg)
	}
	if limit := x.server.config.ClientQueryBufferLimit; limit > 0 && int64(size) > limit {
		x.server.log.Warn().Str("client", s.Addr).Int("bytes", size).
			Msg("closing client whose transaction reached client-query-buffer-limit")
		x.server.queryLimitClosed.Add(1)
		s.Flags |= command.CloseNow
		return
	}
	tx, row := s.tx, w.row
	tx.queue = append(tx.queue, queued{cmds: &w.batch.cmds, index: w.index, keyed: w.keyed, row: row, hash: w.hash})
	tx.any |= row.Flags
	tx.all &= row.Flags
	x.queuedBytes += int64(size - s.queuedBytes)
	s.Queued, s.queuedBytes, s.LastRow = len(tx.queue), size, row
	x.ctx.W.SimpleString("QUEUED")
}

// keep copies what lies in b, which ends. Arguments with memory of their own are
// taken over.
func (tx *transaction) keep(b *batch) {
	for i := tx.done; i < len(tx.queue); i++ {
		q := &tx.queue[i]
		args := b.cmds.Command(int(q.index))
		first := int(b.cmds.Ends[q.index]) - len(args)
		for j, arg := range args {
			if token := resp.TakeBig(b.cmds.Big, first+j); token != 0 {
				tx.kept.Big = append(tx.kept.Big, resp.BigArg{Arg: int32(len(tx.kept.Args)), Token: token})
			} else {
				start := len(tx.store)
				tx.store = append(tx.store, arg...)
				arg = tx.store[start:len(tx.store):len(tx.store)]
			}
			tx.kept.Args = append(tx.kept.Args, arg)
		}
		q.cmds, q.index = &tx.kept, int32(tx.kept.Len())
		tx.kept.Ends = append(tx.kept.Ends, int32(len(tx.kept.Args)))
	}
	tx.done = len(tx.queue)
}

// Discard implements command.Host.
func (s *Server) Discard(c *command.Client) { s.executor.discard(c.Session.(*session)) }

// discard ends the transaction of s, and what it watched.
func (x *executor) discard(s *session) {
	x.unwatch(s)
	tx := s.tx
	s.Flags &^= command.InMulti | command.DirtyExec
	x.queuedBytes -= int64(s.queuedBytes)
	s.tx, s.Queued, s.queuedBytes = nil, -1, 0
	if tx == nil {
		return
	}
	for i := range tx.kept.Big {
		if token := tx.kept.Big[i].Token; token != 0 {
			x.server.FreeBig(token)
		}
	}
	if len(x.idleTx) == txIdleMax || cap(tx.queue) > txQueueMax || cap(tx.store) > txStoreMax ||
		cap(tx.kept.Args) > txArgsMax {
		return
	}
	clear(tx.queue)
	tx.queue, tx.store, tx.done, tx.any = tx.queue[:0], tx.store[:0], 0, 0
	tx.kept.Reset()
	x.idleTx = append(x.idleTx, tx)
}

// Exec implements command.Host.
func (s *Server) Exec() {
	x := s.executor
	c := &x.ctx
	client := c.Client.Session.(*session)
	if x.watchedExpired(client) {
		client.Flags |= command.DirtyCAS
	}
	switch {
	case client.Flags&command.DirtyExec != 0:
		x.discard(client)
		c.Error("EXECABORT Transaction discarded because of previous errors.")
	case client.Flags&command.DirtyCAS != 0:
		x.discard(client)
		c.W.NullArray()
	default:
		x.unwatch(client)
		x.runQueue(client)
		x.discard(client)
	}
}

// runQueue executes the transaction of s. What it does is one unit of the log,
// but for administrative commands, which may begin, end or rewrite the log and
// stand alone.
func (x *executor) runQueue(s *session) {
	c, tx := &x.ctx, s.tx
	exec, args, big, bigBase, noBlock := c.Row, c.Args, c.Big, c.BigBase, c.NoBlock
	c.Exec, c.NoBlock = exec, true
	if tx.done != 0 {
		x.prefetchQueue(s, tx)
	}
	before := c.W.State()
	c.W.Array(len(tx.queue))
	if s.quiet() {
		c.W.Rewind(before)
	}
	x.expectLarge(x.bound.bytesIn + s.queuedBytes) // what came in earlier batches too
	grouped := false
	now := ticks.Now()
	for i := range tx.queue {
		q := &tx.queue[i]
		if group := c.Logging && q.row.Flags&command.Admin == 0; group != grouped {
			if grouped = group; group {
				c.Log.Group()
			} else {
				c.Log.Ungroup()
			}
		}
		now = x.runQueued(s, q, now)
	}
	if grouped {
		c.Log.Ungroup()
	}
	x.expectLarge(x.bound.bytesIn)
	c.Exec, c.NoBlock, x.replied = nil, noBlock, 0
	c.Big, c.BigBase = big, bigBase
	c.BeginQueued(exec, args, 0)
}

// runQueued executes one command of a transaction.
func (x *executor) runQueued(s *session, q *queued, now int64) int64 {
	c := &x.ctx
	args := q.cmds.Command(int(q.index))
	before, killed := c.W.State(), s.Flags&command.CloseAfterReply != 0
	c.BeginQueued(q.row, args, q.hash)
	x.replied = c.ReplySize()
	c.Big, c.BigBase = q.cmds.Big, int(q.cmds.Ends[q.index])-len(args)
	x.handle(q.row)
	x.remember(s, q.row, args)
	if s.quiet() || killed {
		c.W.Rewind(before)
	}
	now = x.account(s, now)
	if len(x.monitors) != 0 {
		x.feedMonitors(s, q.row, args)
	}
	return now
}

// prefetchQueue asks for the memory of the keys of commands that came in earlier
// batches: nobody has looked at it of late.
func (x *executor) prefetchQueue(s *session, tx *transaction) {
	d := x.keys.DB(s.DB)
	for from := 0; from < len(tx.queue); from += windowSize {
		part := tx.queue[from:min(from+windowSize, len(tx.queue))]
		for i := range part {
			if part[i].keyed {
				d.Prefetch(part[i].hash)
			}
		}
		for i := range part {
			if part[i].keyed {
				d.PrefetchEntry(part[i].hash)
			}
		}
	}
}
