package server

import (
	"sync"

	"basalt/resp"
)

// A batch is what reactors and the executor hand to each other: a few commands
// of one connection on the way in, their replies on the way back, or a notice.
// It changes owner with every hand-over: whoever took it from a ring owns it.
type batch struct {
	kind batchKind
	// logged says that its commands logged what they did.
	logged bool
	// end says what becomes of the connection once the replies are written.
	end endMode
	// shared batches come from pushPool rather than a reactor's own.
	shared bool
	conn   *conn
	cmds   resp.Commands
	// err is the protocol error behind the commands, if there was one.
	err error
	out resp.Writer
	// next command to run; not 0 while the rest waits for a blocked or paused
	// client.
	next int
	// bytesIn is what the commands took on the wire, for the counters.
	bytesIn int
	timing  timing
	// chunk is the first memory of out, kept for the batch's whole life.
	chunk []byte
	// part and offset say how much of out was written when the peer did not
	// take all of it.
	part, offset int
	link         *batch
}

// left is how many bytes of out are not written yet. out has been sealed.
func (b *batch) left() int {
	n := -b.offset
	for _, p := range b.out.Parts()[b.part:] {
		n += len(p.Bytes)
	}
	return n
}

// atMost reports whether no more than n bytes are left. It does not look at all
// parts if there are many.
func (b *batch) atMost(n int) bool {
	n += b.offset
	for _, p := range b.out.Parts()[b.part:] {
		if n -= len(p.Bytes); n < 0 {
			return false
		}
	}
	return true
}

// appendLeft appends a copy of them to dst.
func (b *batch) appendLeft(dst []byte) []byte {
	offset := b.offset
	for _, p := range b.out.Parts()[b.part:] {
		dst = append(dst, p.Bytes[offset:]...)
		offset = 0
	}
	return dst
}

// advance notes that n bytes more were written and reports whether those were
// the last.
func (b *batch) advance(n int) bool {
	parts := b.out.Parts()
	for b.part < len(parts) {
		left := len(parts[b.part].Bytes) - b.offset
		if n < left {
			b.offset += n
			return false
		}
		n -= left
		b.part, b.offset = b.part+1, 0
	}
	return true
}

type batchKind uint8

const (
	// kindCommands: reactor → executor and back, with replies.
	kindCommands batchKind = iota
	// kindOpen: reactor → executor, a connection was accepted.
	kindOpen
	// kindClosed: reactor → executor, a connection is gone; the last that is
	// heard of it.
	kindClosed
	// kindHangup: reactor → executor, the peer of a connection whose batch is
	// in flight has sent its last byte.
	kindHangup
	// kindPush: executor → reactor, bytes that answer no batch.
	kindPush
)

// endMode says what becomes of a connection; the larger wins.
type endMode uint8

const (
	endNone  endMode = iota
	endLeave         // close at the next end of a command
	endFlush         // close once everything is written
	endNow           // close without writing
)

const (
	// chunkSize is the memory that the replies of a batch start with.
	chunkSize = 16 << 10
	// pushChunkSize is the same for bytes that answer no batch.
	pushChunkSize = 4 << 10
	// batchCommands bounds the commands of one batch, so that one client's
	// pipeline does not hold up the others for long.
	batchCommands = 1024
	// batchesKept bounds the free batches of an owner.
	batchesKept = 48
)

// batchList is a FIFO of batches through their links.
type batchList struct {
	head, tail *batch
	count      int
}

func (l *batchList) push(b *batch) {
	b.link = nil
	if l.tail == nil {
		l.head = b
	} else {
		l.tail.link = b
	}
	l.tail = b
	l.count++
}

func (l *batchList) pop() *batch {
	b := l.head
	if b != nil {
		l.head = b.link
		if l.head == nil {
			l.tail = nil
		}
		b.link = nil
		l.count--
	}
	return b
}

// pushPool holds the batches that the executor makes and reactors use up.
var pushPool = sync.Pool{New: func() any { return &batch{shared: true} }}

// batchPool is the free list of one owner.
type batchPool struct {
	free  *batch
	count int
	low   int // least count since the last trim
}

func (p *batchPool) get() *batch {
	b := p.free
	if b == nil {
		return &batch{}
	}
	p.free, b.link = b.link, nil
	p.count--
	p.low = min(p.low, p.count)
	return b
}

// trim drops the batches that nobody needed since the last call: a burst of
// ten thousand clients does not hold its buffers for ever. It returns how many
// that were.
func (p *batchPool) trim() int {
	dropped := p.low
	for range dropped {
		b := p.free
		p.free, b.link = b.link, nil
		p.count--
	}
	p.low = p.count
	return dropped
}

// put takes a batch back; its replies have been released.
func (p *batchPool) put(b *batch) {
	b.conn, b.err, b.link = nil, nil, nil
	b.kind, b.end, b.logged = kindCommands, endNone, false
	b.next, b.bytesIn, b.part, b.offset = 0, 0, 0, 0
	b.timing.reset()
	if b.shared {
		pushPool.Put(b)
		return
	}
	if p.count >= batchesKept {
		return
	}
	b.link = p.free
	p.free = b
	p.count++
}
