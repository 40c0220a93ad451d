package server

import (
	"errors"

	"basalt/netpoll"
)

// write sends the replies of b as far as the peer takes them; the rest waits.
// The batch is recycled, now or later.
func (r *reactor) write(c *conn, b *batch) {
	parts := b.out.Parts()
	if len(parts) == 0 {
		r.recycle(b)
		return
	}
	if c.queued() {
		r.queue(c, b)
		return
	}
	if len(parts) == 1 {
		n, err := netpoll.Write(c.fd, parts[0].Bytes)
		r.writeCount++
		if n == len(parts[0].Bytes) {
			r.recycle(b)
			return
		}
		if err != nil && !errors.Is(err, netpoll.ErrAgain) {
			r.recycle(b)
			r.close(c)
			return
		}
		b.offset = n
	}
	r.queue(c, b)
	r.flushConn(c)
}

// queue lets b wait behind what waits already. A short reply is copied behind
// the last one, if there is room, so that a slow reader of many short replies
// does not hold a chunk for each.
func (r *reactor) queue(c *conn, b *batch) {
	size := b.out.Size() - b.offset
	c.outBytes += size
	last := c.out.tail
	if last != nil && size <= coalesceMax && last.out.Room() >= size {
		for _, p := range b.out.Parts() {
			last.out.Raw(p.Bytes)
		}
		r.recycle(b)
	} else {
		c.out.push(b)
	}
	c.publishOut()
	r.checkOutput(c)
}

// flushConn writes what waits until the peer takes no more.
func (r *reactor) flushConn(c *conn) {
	for c.flags&connDead == 0 && c.queued() {
		b := c.out.head
		parts := b.out.Parts()
		vec := r.vec[:0]
		offset := b.offset
		for i := b.part; i < len(parts) && len(vec) < writeParts; i++ {
			vec = append(vec, parts[i].Bytes[offset:])
			offset = 0
		}
		n, err := netpoll.Writev(c.fd, vec, &r.iov)
		r.writeCount++
		clear(vec)
		if err != nil {
			if !errors.Is(err, netpoll.ErrAgain) {
				r.close(c)
				return
			}
			break
		}
		r.advance(c, b, n)
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

// advance notes that n bytes of b, the first in the queue, were written.
func (r *reactor) advance(c *conn, b *batch, n int) {
	c.outBytes -= n
	parts := b.out.Parts()
	for b.part < len(parts) {
		left := len(parts[b.part].Bytes) - b.offset
		if n < left {
			b.offset += n
			return
		}
		n -= left
		b.part, b.offset = b.part+1, 0
	}
	c.out.pop()
	r.recycle(b)
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
	if c.have > 0 || c.flags&connReadable != 0 {
		r.enqueue(c)
	} else if c.flags&connEOF != 0 {
		r.finish(c)
	}
}

// checkOutput closes a connection that is over client-output-buffer-limit: at
// once over the hard limit, after its time over the soft one.
func (r *reactor) checkOutput(c *conn) {
	l := r.server.outputLimit.Load()
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

// sweep looks at connections whose soft limit may run out while nothing is
// written. It is called about once a second.
func (r *reactor) sweep() {
	if l := r.server.outputLimit.Load(); l.soft <= 0 {
		return
	}
	for _, c := range r.slots {
		if c != nil && c.softSinceMs != 0 {
			r.checkOutput(c)
		}
	}
}
