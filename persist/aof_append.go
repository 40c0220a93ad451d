package persist

import "strconv"

// Append adds whole records to the log and returns the position behind them.
// It copies b, and never waits: Overloaded says when there is too much.
// Records that belong together (MULTI to EXEC) come in one call. The log must
// be on.
func (a *AOF) Append(b []byte) int64 {
	if a.now > a.stamped {
		a.annotate()
	}
	if len(b) > cap(a.buf)-len(a.buf) {
		a.nextChunk(len(b))
	}
	a.buf = append(a.buf, b...)
	a.end += int64(len(b))
	return a.end
}

// annotate writes the time, for those who want to go back to it.
func (a *AOF) annotate() {
	var text [32]byte
	a.stamped = a.now
	b := strconv.AppendInt(append(text[:0], "#TS:"...), a.now, 10)
	a.Append(append(b, '\r', '\n'))
}

// nextChunk makes room for size bytes in one piece.
func (a *AOF) nextChunk(size int) {
	if !a.on {
		panic("BUG: persist: the log is off")
	}
	a.seal()
	if size > chunkSize {
		// A chunk of its own, which goes to the garbage collector.
		a.buf, a.chunk = make([]byte, 0, size), nil
		return
	}
	chunk, ok := a.chunks.Pop()
	if !ok {
		chunk = new(chunkBody)
		a.made += chunkSize
	}
	a.buf, a.chunk = chunk[:0], chunk
}

// seal hands over what is left of the chunk, and the chunk with it.
func (a *AOF) seal() {
	if len(a.buf) > a.sent || a.chunk != nil {
		a.push(span{b: a.buf[a.sent:], chunk: a.chunk})
	}
	a.buf, a.chunk, a.sent = nil, nil, 0
}

// push hands over a span, after those that did not fit before.
func (a *AOF) push(s span) {
	if len(a.overflow) > 0 || !a.spans.Push(s) {
		a.overflow = append(a.overflow, s)
	}
}

// Flush hands what was appended to the writer, and wakes it if it sleeps. Call
// it once a round.
func (a *AOF) Flush() {
	if len(a.overflow) > 0 {
		if !a.pushOverflow() {
			a.ring()
			return
		}
	}
	if len(a.buf) > a.sent {
		// What does not fit stays in the chunk, and goes with what follows it.
		if !a.spans.Push(span{b: a.buf[a.sent:]}) {
			a.waiting.Store(true)
			if !a.spans.Push(span{b: a.buf[a.sent:]}) {
				a.ring()
				return
			}
		}
		a.sent = len(a.buf)
		a.ring()
	}
}

// pushOverflow moves what waits with the executor into the ring. If not all
// of it fits, OnDurable's function is called when there is room, so that the
// executor comes to flush again.
func (a *AOF) pushOverflow() bool {
	for range 2 {
		n := a.spans.PushBatch(a.overflow)
		rest := copy(a.overflow, a.overflow[n:])
		clear(a.overflow[rest:])
		a.overflow = a.overflow[:rest]
		if rest == 0 {
			return true
		}
		a.waiting.Store(true)
	}
	return false
}

// request sends the writer something to do after all that was appended.
func (a *AOF) request(r *request) {
	if len(a.buf) > a.sent {
		a.push(span{b: a.buf[a.sent:]})
		a.sent = len(a.buf)
	}
	a.push(span{request: r})
	if len(a.overflow) > 0 {
		a.pushOverflow()
	}
	a.ring()
}

// last sends the writer its last request: the log is off afterwards. What does
// not fit into the ring is left where the writer finds it, because nobody
// flushes any more.
func (a *AOF) last(r *request) {
	a.seal()
	a.push(span{request: r})
	if len(a.overflow) > 0 {
		rest := a.overflow
		a.overflow = nil
		a.writer.rest.Store(&rest)
	}
	a.on = false
	a.rewriting.Store(a.rewrite.in(rewriteNone))
	a.writer.stopping.Store(true)
	a.ring()
}

// ring wakes the writer, if it sleeps.
func (a *AOF) ring() {
	if a.writer != nil {
		a.writer.wakeUp()
	}
}
