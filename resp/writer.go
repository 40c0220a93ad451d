package resp

import "sync"

const (
	// chunkSize is what the writer takes from the pool when the caller's chunk is
	// full, in bytes: large enough that a reply of some megabytes needs few parts
	// of a writev, small enough that a pool of them does not show in RSS.
	chunkSize = 64 << 10
	// headerMax is the longest header line: a type byte, 19 digits, CR LF.
	headerMax = 24
)

var chunks = sync.Pool{New: func() any { return new([chunkSize]byte) }}

// Part is a run of reply bytes. A Pin that is not 0 names memory of somebody
// else, which Release unpins once the bytes were written.
type Part struct {
	Bytes []byte
	Pin   uint64
}

// Writer collects the replies of one batch. The zero value speaks RESP2 and
// has no chunk; Reset gives it one. What it holds is a list of sealed parts and
// the current chunk behind them. Not safe for concurrent use.
//
// Memory: the first chunk is the caller's, further ones are pooled, a reply
// larger than a pooled chunk gets memory of its own.
type Writer struct {
	buf     []byte             // the current chunk: written bytes, and room up to its capacity
	parts   []Part             // sealed
	size    int                // bytes in parts
	gaps    int                // bytes reserved for headers not written yet
	open    int                // deferred headers not written yet
	proto   int                // 3, or anything else for 2
	pooled  []*[chunkSize]byte // given back by Release, in the order they were taken
	dropped []uint64           // pins of parts that Rewind dropped
}

// Reset empties the writer and makes first, from its start up to its capacity,
// the first chunk; nil is allowed. The protocol version stays. What was written
// before must have been released.
func (w *Writer) Reset(first []byte) {
	if len(w.pooled) != 0 || len(w.dropped) != 0 {
		panic("BUG: resp.Writer reset before Release")
	}
	w.buf, w.parts = first[:0], w.parts[:0]
	w.size, w.gaps, w.open = 0, 0, 0
}

// Proto is the protocol version, 2 or 3.
func (w *Writer) Proto() int {
	if w.proto == Proto3 {
		return Proto3
	}
	return Proto2
}

// SetProto sets the protocol version of what is written from here.
func (w *Writer) SetProto(proto int) { w.proto = proto }

// need makes room for n bytes behind what is written. It is small enough to be
// inlined into every reply.
func (w *Writer) need(n int) {
	if cap(w.buf)-len(w.buf) < n {
		w.grow(n)
	}
}

// grow seals the current chunk and takes one with room for n bytes.
func (w *Writer) grow(n int) {
	w.seal()
	if n > chunkSize {
		w.buf = make([]byte, 0, n)
		return
	}
	c := chunks.Get().(*[chunkSize]byte)
	w.pooled = append(w.pooled, c)
	w.buf = c[:0]
}

// seal makes a part of what the current chunk holds; the room behind it is the
// new current chunk.
func (w *Writer) seal() {
	if n := len(w.buf); n > 0 {
		w.parts = append(w.parts, Part{Bytes: w.buf})
		w.size += n
		w.buf = w.buf[n:]
	}
}

// Size is the number of bytes written. A deferred header counts once its length
// was set.
func (w *Writer) Size() int { return w.size + len(w.buf) - w.gaps }

// Parts seals the current chunk and returns everything written, in order. The
// slice is the writer's and good until it is written to, reset or released. All
// deferred lengths must be set.
func (w *Writer) Parts() []Part {
	if w.open != 0 {
		panic("BUG: resp.Writer has a deferred header without a length")
	}
	w.seal()
	return w.parts
}

// AppendTo appends a copy of everything written to dst. All deferred lengths
// must be set.
func (w *Writer) AppendTo(dst []byte) []byte {
	if w.open != 0 {
		panic("BUG: resp.Writer has a deferred header without a length")
	}
	for _, p := range w.parts {
		dst = append(dst, p.Bytes...)
	}
	return append(dst, w.buf...)
}

// Release ends the life of what was written: it calls unpin for every pinned
// part, those dropped by Rewind too, and returns the pooled chunks. unpin may be
// nil when nothing was pinned. The writer has no chunk afterwards.
func (w *Writer) Release(unpin func(pin uint64)) {
	for i := range w.parts {
		if pin := w.parts[i].Pin; pin != 0 {
			unpin(pin)
		}
		w.parts[i] = Part{}
	}
	for _, pin := range w.dropped {
		unpin(pin)
	}
	w.releaseChunks(0)
	w.parts, w.dropped = w.parts[:0], w.dropped[:0]
	w.buf, w.size, w.gaps, w.open = nil, 0, 0, 0
}

// releaseChunks gives all pooled chunks but the first keep back.
func (w *Writer) releaseChunks(keep int) {
	for i := keep; i < len(w.pooled); i++ {
		chunks.Put(w.pooled[i])
		w.pooled[i] = nil
	}
	w.pooled = w.pooled[:keep]
}

// Room is how many more bytes fit into the current chunk.
func (w *Writer) Room() int { return cap(w.buf) - len(w.buf) }
