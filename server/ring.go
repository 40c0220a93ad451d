package server

import (
	"basalt/ringbuf"
)

// ringSize is the capacity of a ring in batches. With one batch in flight a
// connection it is rarely the limit; what does not fit waits in a list of the
// producer's, so neither side ever blocks on the other.
const ringSize = 1024

// lane is one direction between a reactor and the executor: a lock-free ring
// and, on the producer's side, what did not fit.
type lane struct {
	ring  *ringbuf.SPSC[*batch]
	spill batchList // producer only
}

func newLane() lane { return lane{ring: ringbuf.New[*batch](ringSize)} }

// taken is what the executor took from the ring of a reactor. Only it touches it.
type taken struct {
	batches int64
	deepest int // most at once since the last look
	second  int // the same of the second before
}

func (t *taken) note(n int) {
	t.batches += int64(n)
	t.deepest = max(t.deepest, n)
}

// send hands b to the consumer. Producer only.
func (l *lane) send(b *batch) {
	if l.spill.head == nil && l.ring.Push(b) {
		return
	}
	l.spill.push(b)
}

// retry moves spilled batches into the ring and reports whether all went.
// Producer only.
func (l *lane) retry() bool {
	for l.spill.head != nil {
		// Off the list first: once pushed, the batch is the consumer's.
		b := l.spill.pop()
		if !l.ring.Push(b) {
			b.link, l.spill.head = l.spill.head, b
			if l.spill.tail == nil {
				l.spill.tail = b
			}
			l.spill.count++
			return false
		}
	}
	return true
}
