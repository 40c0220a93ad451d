// Package ringbuf hands work from one thread to another: a bounded queue with
// one producer and one consumer (SPSC), without locks and without system calls.
//
// The state is two positions that only grow; position modulo capacity is a slot.
//
//	    tail (consumer)            head (producer)
//	      ▼                          ▼
//	──┬───┬───┬───┬───┬───┬───┬───┬───┬───┬──
//	  │   │ x │ x │ x │ x │ x │ x │ x │   │
//	──┴───┴───┴───┴───┴───┴───┴───┴───┴───┴──
//	 free   filled: head-tail slots     free
//
// Each side has a cache line of its own with the position it writes and its last
// copy of the other's. It looks at the other's line only when the copy says that
// the ring is full (or empty), so in a steady stream a line travels between the
// cores once per round of the ring or burst of work, not once per element. A
// batch publishes its position once. Waiting and waking are the caller's affair.
//
// The positions lie in a struct without pointers, apart from the slots, so that
// the same layout can stand at the start of memory shared with a child process.
package ringbuf

import "sync/atomic"

// lineSize separates what different cores write. Two lines of 64 bytes: Intel's
// prefetcher fetches them in pairs, and Apple's lines are that long.
const lineSize = 128

// positions is the shared state of a ring; it holds no pointers.
type positions struct {
	_ [lineSize]byte

	// head counts elements ever pushed. The producer writes it, after the slots
	// below it; it publishes those slots to the consumer.
	head atomic.Uint64
	// seenTail is the producer's copy of tail; only the producer touches it.
	// Never above tail.
	seenTail uint64

	_ [lineSize - 16]byte

	// tail counts elements ever popped. The consumer writes it, after it has
	// copied and cleared the slots below it; it gives those slots back to the
	// producer.
	tail atomic.Uint64
	// seenHead is the consumer's copy of head; only the consumer touches it.
	// Never above head.
	seenHead uint64

	_ [lineSize - 16]byte
}

// SPSC is a queue of fixed capacity from one producer thread to one consumer
// thread. Which goroutine acts as either may change, if something orders the
// change (a channel, a lock).
type SPSC[T any] struct {
	positions
	slots []T // len is a power of two
}

// New returns a ring with room for capacity elements, a power of two.
func New[T any](capacity int) *SPSC[T] {
	if capacity < 1 || capacity&(capacity-1) != 0 {
		panic("BUG: ringbuf: capacity is not a power of two")
	}
	return &SPSC[T]{slots: make([]T, capacity)}
}

// Cap returns the number of elements that fit.
func (r *SPSC[T]) Cap() int { return len(r.slots) }

// Len returns how many elements are queued. For the producer it is an upper
// bound (the consumer may be taking some), for the consumer a lower one, for
// others a number that was true at some moment, or nearly.
func (r *SPSC[T]) Len() int {
	// tail first: head only grows, so the difference is not negative.
	tail := r.tail.Load()
	return int(min(r.head.Load()-tail, uint64(len(r.slots))))
}

// Push appends v, or returns false if the ring is full. Producer only.
func (r *SPSC[T]) Push(v T) bool {
	head := r.head.Load()
	if head-r.seenTail == uint64(len(r.slots)) {
		r.seenTail = r.tail.Load()
		if head-r.seenTail == uint64(len(r.slots)) {
			return false
		}
	}
	r.slots[head&uint64(len(r.slots)-1)] = v
	r.head.Store(head + 1)
	return true
}

// PushBatch appends as many leading elements of batch as fit and returns their
// number. The consumer sees them all at once. Producer only.
func (r *SPSC[T]) PushBatch(batch []T) int {
	head := r.head.Load()
	free := uint64(len(r.slots)) - (head - r.seenTail)
	if free < uint64(len(batch)) {
		r.seenTail = r.tail.Load()
		free = uint64(len(r.slots)) - (head - r.seenTail)
	}
	count := min(uint64(len(batch)), free)
	if count == 0 {
		return 0
	}
	first := copy(r.slots[head&uint64(len(r.slots)-1):], batch[:count])
	copy(r.slots, batch[first:count])
	r.head.Store(head + count)
	return int(count)
}

// Pop removes the oldest element; false means that the ring is empty. Consumer
// only.
func (r *SPSC[T]) Pop() (v T, ok bool) {
	tail := r.tail.Load()
	if tail == r.seenHead {
		r.seenHead = r.head.Load()
		if tail == r.seenHead {
			return v, false
		}
	}
	slot := &r.slots[tail&uint64(len(r.slots)-1)]
	v = *slot
	clearSlot(slot)
	r.tail.Store(tail + 1)
	return v, true
}

// PopBatch moves up to len(batch) elements, oldest first, into batch and returns
// their number. Consumer only.
func (r *SPSC[T]) PopBatch(batch []T) int {
	tail := r.tail.Load()
	if r.seenHead-tail < uint64(len(batch)) {
		r.seenHead = r.head.Load()
	}
	count := min(uint64(len(batch)), r.seenHead-tail)
	if count == 0 {
		return 0
	}
	start := tail & uint64(len(r.slots)-1)
	first := copy(batch[:count], r.slots[start:])
	second := copy(batch[first:count], r.slots)
	// What is popped is the caller's; the ring must not keep it alive.
	clear(r.slots[start : start+uint64(first)])
	clear(r.slots[:second])
	r.tail.Store(tail + count)
	return int(count)
}

// clearSlot lets the collector have what the slot referred to.
func clearSlot[T any](slot *T) {
	var zero T
	*slot = zero
}
