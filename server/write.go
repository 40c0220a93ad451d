package server

import (
	"errors"

	"basalt/netpoll"
)

// write sends the replies of b as far as the peer takes them; the rest waits.
// The batch is recycled, now or later.
func (r *reactor) write(c *conn, b *batch) {
	if len(b.out.Parts()) == 0 {
		r.timed(b)
		r.recycle(b)
		return
	}
	if !c.queued() {
		_, all, err := r.send(c, b)
		switch {
		case err != nil:
			r.recycle(b)
			r.close(c)
			return
		case all:
			r.timed(b)
			r.recycle(b)
			return
		}
	}
	r.queue(c, b)
}

// send writes what the peer takes of b and returns how many bytes that is, and
// whether it is all. An error means that the peer is gone.
func (r *reactor) send(c *conn, b *batch) (written int, all bool, err error) {
	for {
		parts := b.out.Parts()[b.part:]
		var n, size int
		switch {
		case len(parts) == 1:
			size = len(parts[0].Bytes) - b.offset
			n, err = netpoll.Write(c.fd, parts[0].Bytes[b.offset:])
		case b.atMost(cap(r.joined)):
			// Short parts are cheaper to copy than to name one by one.
			joined := b.appendLeft(r.joined[:0])
			size = len(joined)
			n, err = netpoll.Write(c.fd, joined)
		default:
			vec, offset := r.vec[:0], b.offset
			for i := 0; i < len(parts) && i < writeParts; i++ {
				vec = append(vec, parts[i].Bytes[offset:])
				size += len(parts[i].Bytes) - offset
				offset = 0
			}
			n, err = netpoll.Writev(c.fd, vec, &r.iov)
			clear(vec)
		}
		r.writeCount++
		if err != nil {
			if errors.Is(err, netpoll.ErrAgain) {
				err = nil
			}
			return written, false, err
		}
		written += n
		if b.advance(n) || n < size {
			return written, b.part == len(b.out.Parts()), nil
		}
	}
}

// queue lets b wait behind what waits already. A short reply is copied behind
// the last one, if there is room, so that a slow reader of many short replies
// does not hold a chunk for each.
func (r *reactor) queue(c *conn, b *batch) {
	size := b.left()
	c.outBytes += size
	last := c.out.tail
	if last != nil && size <= coalesceMax && last.out.Room() >= size {
		for _, p := range b.out.Parts() {
			last.out.Raw(p.Bytes)
		}
		c.outHeld += size
		r.timed(b)
		r.recycle(b)
	} else {
		r.unshare(b, size)
		c.outHeld += b.out.Size()
		c.out.push(b)
	}
	c.publishOut()
	r.checkOutput(c)
}

// unshare copies what is left of b, so many bytes, if it is short pieces of
// memory that is shared with others: each could keep as much as a sheet of
// messages alive for as long as its reader is slow.
func (r *reactor) unshare(b *batch, size int) {
	parts := b.out.Parts()[b.part:]
	pinned := 0
	for i := range parts {
		if parts[i].Pin != 0 {
			pinned++
		}
	}
	if pinned == 0 || size > len(parts)*coalesceMax {
		return
	}
	if b.chunk == nil && size <= pushChunkSize {
		b.chunk = make([]byte, 0, pushChunkSize)
	}
	room := b.chunk
	if cap(room) < size || pinned < len(b.out.Parts()) {
		room = make([]byte, 0, size) // the chunk is too small, or holds other parts
	}
	room = b.appendLeft(room[:0])
	b.out.Release(r.server.unpin)
	b.out.Reset(room)
	b.out.Raw(room)
	b.part, b.offset = 0, 0
}

// flushConn writes what waits until the peer takes no more.
func (r *reactor) flushConn(c *conn) {
	for c.flags&connDead == 0 && c.queued() {
		b := c.out.head
		written, all, err := r.send(c, b)
		if err != nil {
			r.close(c)
			return
		}
		c.outBytes -= written
		if !all {
			break
		}
		c.outHeld -= c.out.pop().out.Size()
		r.timed(b)
		r.recycle(b)
	}
	if c.flags&connDead != 0 {
		return
	}
	c.publishOut()
	if c.softSinceMs != 0 {
		r.checkOutput(c)
	}
	if !c.queued() {
		r.drained(c)
	}
}

// drained goes on with a connection whose replies are all written.
func (r *reactor) drained(c *conn) {
	if c.flags&connEnding != 0 {
		r.finish(c)
		return
	}
	if c.flags&connBusy != 0 {
		return
	}
	if c.flags&connLeaving != 0 {
		r.lookOnce(c)
		return
	}
	if c.have > 0 || c.flags&connReadable != 0 {
		r.enqueue(c)
	} else if c.flags&connEOF != 0 {
		r.finish(c)
	}
}

// checkOutput closes a connection that is over client-output-buffer-limit: at
// once over the hard limit, after its time over the soft one.
func (r *reactor) checkOutput(c *conn) {
	l := &r.server.outputLimits.Load().normal
	if c.subscribed.Load() {
		l = &r.server.outputLimits.Load().pubsub
	}
	over := ""
	switch {
	case l.hard > 0 && c.outBytes >= l.hard:
		over = "hard"
	case l.soft > 0 && c.outBytes >= l.soft:
		if c.softSinceMs == 0 {
			c.softSinceMs = r.nowMs
		} else if r.nowMs-c.softSinceMs > l.softMs {
			over = "soft"
		}
	default:
		c.softSinceMs = 0
	}
	if over != "" {
		r.server.log.Warn().Str("client", c.remote).Str("limit", over).Int("bytes", c.outBytes).
			Msg("closing client that reached client-output-buffer-limit")
		r.server.outputLimitClosed.Add(1)
		r.close(c)
	}
}

// sweep looks at connections whose time may run out while nothing happens: to
// send a PROXY header, and to be above a soft limit. It is called about once a second.
func (r *reactor) sweep() {
	r.dropSilent()
	if l := r.server.outputLimits.Load(); l.normal.soft <= 0 && l.pubsub.soft <= 0 {
		return
	}
	for _, c := range r.slots {
		if c != nil && c.softSinceMs != 0 {
			r.checkOutput(c)
		}
	}
}
