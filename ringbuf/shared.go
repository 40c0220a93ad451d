package ringbuf

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Shared is a ring of bytes from one producer to one consumer, which may be
// another process: its memory holds no pointers and can be mapped by both. Who
// finds it empty or full can sleep until the other side has done something.
//
// Bytes travel in chunks, each in one piece, so that neither side has to think
// of the place where the ring begins anew:
//
//	chunk   length u64 | bytes | up to 7 unused ones
//	skip    all bits set: the rest of the memory up to its end is unused
//
// The producer asks for a Window, writes into it and commits what it wrote; the
// consumer gets views of the same memory and releases them in order. A chunk is
// published at once, but a sleeping consumer is woken only when a quarter of the
// ring is filled or the producer flushes: a wake is a system call and, on few
// cores, a change of threads.
//
// The same type works over plain memory between two goroutines.
type Shared struct {
	head *sharedHead
	data []byte
	mask uint64

	// window is where the chunk that the producer writes begins, chunk the size
	// of what the consumer has not released.
	window, chunk uint64

	filled, room bell
	memory       []byte // what is mapped, if it is
	fd           int    // of the memory, or -1
}

// sharedHead stands at the start of the memory.
type sharedHead struct {
	magic, capacity uint64
	positions
	// consumerSleeps is set by the consumer before it sleeps and cleared by who
	// wakes it; producerSleeps likewise.
	consumerSleeps atomic.Uint32
	_              [lineSize - 4]byte
	producerSleeps atomic.Uint32
	// aborted says that the producer wants no more.
	aborted atomic.Uint32
	// reports are figures of the consumer.
	reports [Reports]atomic.Uint64
}

const (
	// ChunkMax is the largest chunk.
	ChunkMax = 64 << 10
	// Reports is the number of figures that a consumer can publish.
	Reports = 6

	chunkHead  = 8
	chunkSkip  = ^uint64(0)
	sharedHere = 0x31676e6972627362 // "bsbring1": both sides are the same program
	// headBytes is a page, so that the data begins on one.
	headBytes = 4096
	// sharedMin is the least capacity: a chunk fits wherever the ring stands.
	sharedMin = 4 * ChunkMax
)

var _ [headBytes - unsafe.Sizeof(sharedHead{})]struct{}

// NewShared returns a ring of capacity bytes, a power of two of 256 KiB or more,
// whose memory another process can map: see Inherit and OpenShared.
func NewShared(capacity int) (*Shared, error) {
	checkCapacity(capacity)
	fd, err := memoryFile(headBytes + capacity)
	if err != nil {
		return nil, fmt.Errorf("memory for a ring: %w", err)
	}
	return newShared(fd, capacity)
}

func newShared(fd, capacity int) (*Shared, error) {
	memory, err := unix.Mmap(fd, 0, headBytes+capacity, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("mapping a ring: %w", err)
	}
	r := over(memory, capacity)
	r.memory, r.fd = memory, fd
	if err := r.openBells(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// NewLocal returns a ring within this process.
func NewLocal(capacity int) (*Shared, error) {
	checkCapacity(capacity)
	r := over(make([]byte, headBytes+capacity), capacity)
	if err := r.openBells(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func checkCapacity(capacity int) {
	if capacity < sharedMin || capacity&(capacity-1) != 0 {
		panic("BUG: ringbuf: capacity of a shared ring")
	}
}

func over(memory []byte, capacity int) *Shared {
	r := &Shared{
		head: (*sharedHead)(unsafe.Pointer(&memory[0])), data: memory[headBytes : headBytes+capacity],
		mask: uint64(capacity - 1), fd: -1, filled: noBell, room: noBell,
	}
	r.head.magic, r.head.capacity = sharedHere, uint64(capacity)
	return r
}

func (r *Shared) openBells() (err error) {
	if r.filled, err = newBell(); err == nil {
		r.room, err = newBell()
	}
	if err != nil {
		return fmt.Errorf("waking for a ring: %w", err)
	}
	return nil
}

// Inherit returns the descriptors that a child process needs to be the
// consumer, in the order of OpenShared's arguments. They stay the ring's.
func (r *Shared) Inherit() [3]uintptr {
	return [3]uintptr{uintptr(r.fd), uintptr(r.filled.wait), uintptr(r.room.ring)}
}

// OpenShared is the consumer's end in a child process: memory, filled and room
// are the descriptors that it inherited. They belong to the ring from then on.
func OpenShared(memory, filled, room int) (*Shared, error) {
	var st unix.Stat_t
	if err := unix.Fstat(memory, &st); err != nil {
		return nil, fmt.Errorf("memory of a ring: %w", err)
	}
	if st.Size < headBytes+sharedMin || st.Size > 1<<32 {
		return nil, fmt.Errorf("memory of a ring: %d bytes", st.Size)
	}
	b, err := unix.Mmap(memory, 0, int(st.Size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping a ring: %w", err)
	}
	head := (*sharedHead)(unsafe.Pointer(&b[0]))
	if head.magic != sharedHere || head.capacity != uint64(st.Size)-headBytes {
		_ = unix.Munmap(b)
		return nil, fmt.Errorf("memory of a ring: it holds something else")
	}
	r := over(b, int(head.capacity))
	r.memory, r.fd = b, memory
	r.filled.wait, r.room.ring = filled, room
	return r, nil
}

// Close gives memory and descriptors back. Nobody may use this end afterwards.
func (r *Shared) Close() {
	r.filled.close()
	r.room.close()
	if r.memory != nil {
		_ = unix.Munmap(r.memory)
		r.memory = nil
	}
	if r.fd >= 0 {
		unix.Close(r.fd)
		r.fd = -1
	}
	r.head, r.data = nil, nil
}

// Cap returns the size of the ring in bytes.
func (r *Shared) Cap() int { return len(r.data) }

// Free returns how many bytes are not filled: for the producer a lower bound.
func (r *Shared) Free() int {
	r.head.seenTail = r.head.tail.Load()
	return len(r.data) - int(r.head.head.Load()-r.head.seenTail)
}

// Passed returns the position up to which the consumer has released, for any
// thread: if it stands still while Filled is not 0, the consumer does nothing.
func (r *Shared) Passed() uint64 { return r.head.tail.Load() }

// Filled returns the bytes that the consumer has not released, for any thread.
func (r *Shared) Filled() int {
	tail := r.head.tail.Load()
	return int(r.head.head.Load() - tail)
}

// Window returns memory for a chunk of up to n bytes, at most ChunkMax, or nil
// if there is no room for it. It is good until Commit or the next Window.
// Producer only.
func (r *Shared) Window(n int) []byte {
	if n > ChunkMax {
		panic("BUG: ringbuf: window larger than a chunk")
	}
	h := r.head
	head := h.head.Load()
	at := head & r.mask
	rest := uint64(len(r.data)) - at
	need := uint64(chunkHead + round8(n))
	skip := rest < need
	if skip {
		need += rest
	}
	if uint64(len(r.data))-(head-h.seenTail) < need {
		h.seenTail = h.tail.Load()
		if uint64(len(r.data))-(head-h.seenTail) < need {
			return nil
		}
	}
	r.window = head
	if skip {
		r.putLength(at, chunkSkip)
		r.window += rest
		at = 0
	}
	return r.data[at+chunkHead : at+chunkHead+uint64(n) : at+chunkHead+uint64(n)]
}

// Commit publishes the first n bytes, 1 or more, of the last Window as a chunk.
// Producer only.
func (r *Shared) Commit(n int) {
	r.putLength(r.window&r.mask, uint64(n))
	head := r.window + uint64(chunkHead+round8(n))
	r.head.head.Store(head)
	if r.head.consumerSleeps.Load() != 0 && head-r.head.tail.Load() >= uint64(len(r.data))/4 {
		r.wake(&r.head.consumerSleeps, r.filled)
	}
}

// Flush wakes the consumer if it sleeps. Producer only.
func (r *Shared) Flush() { r.wake(&r.head.consumerSleeps, r.filled) }

// WaitRoom sleeps until the consumer has made room, but no longer than timeout.
// It may return early. Producer only.
func (r *Shared) WaitRoom(timeout time.Duration) {
	r.Flush()
	r.head.producerSleeps.Store(1)
	if r.Free() < roomEnough {
		r.room.sleep(timeout)
	}
	r.head.producerSleeps.Store(0)
}

// roomEnough is the room at which a sleeping producer is woken: a chunk fits
// then, even if the rest of the memory has to be skipped.
const roomEnough = 2 * (ChunkMax + chunkHead)

// WakeProducer makes WaitRoom return early, because the consumer is gone. Any
// thread may call it.
func (r *Shared) WakeProducer() { r.room.strike() }

// Abort tells the consumer that the producer wants no more, and wakes it.
func (r *Shared) Abort() {
	r.head.aborted.Store(1)
	r.filled.strike()
}

// Aborted reports whether Abort was called on the other end.
func (r *Shared) Aborted() bool { return r.head.aborted.Load() != 0 }

// Report publishes figure i. Consumer only.
func (r *Shared) Report(i int, value uint64) { r.head.reports[i].Store(value) }

// Reported returns figure i, for any thread.
func (r *Shared) Reported(i int) uint64 { return r.head.reports[i].Load() }

// Next returns the oldest chunk, a view that is good until Release, or nil if
// there is none. Consumer only.
func (r *Shared) Next() []byte {
	h := r.head
	tail := h.tail.Load()
	if tail == h.seenHead {
		if h.seenHead = h.head.Load(); tail == h.seenHead {
			return nil
		}
	}
	at := tail & r.mask
	n := r.length(at)
	if n == chunkSkip {
		tail += uint64(len(r.data)) - at
		h.tail.Store(tail)
		at = 0
		n = r.length(0)
	}
	if n == 0 || n > ChunkMax || h.seenHead-tail < chunkHead+n {
		panic("BUG: ringbuf: damaged chunk")
	}
	r.chunk = uint64(chunkHead + round8(int(n)))
	return r.data[at+chunkHead : at+chunkHead+n : at+chunkHead+n]
}

// Release gives the memory of the chunk that Next returned back to the producer.
// Consumer only.
func (r *Shared) Release() {
	h := r.head
	tail := h.tail.Load() + r.chunk
	r.chunk = 0
	h.tail.Store(tail)
	if h.producerSleeps.Load() != 0 && uint64(len(r.data))-(h.head.Load()-tail) >= roomEnough {
		r.wake(&h.producerSleeps, r.room)
	}
}

// WaitFilled sleeps until there is a chunk, but no longer than timeout. It may
// return early. Consumer only.
func (r *Shared) WaitFilled(timeout time.Duration) {
	h := r.head
	h.consumerSleeps.Store(1)
	if h.head.Load() == h.tail.Load() && !r.Aborted() {
		r.filled.sleep(timeout)
	}
	h.consumerSleeps.Store(0)
}

func (r *Shared) wake(sleeps *atomic.Uint32, b bell) {
	if sleeps.Load() != 0 && sleeps.CompareAndSwap(1, 0) {
		b.strike()
	}
}

func (r *Shared) putLength(at, n uint64) { *(*uint64)(unsafe.Pointer(&r.data[at])) = n }

func (r *Shared) length(at uint64) uint64 { return *(*uint64)(unsafe.Pointer(&r.data[at])) }

func round8(n int) int { return (n + 7) &^ 7 }

// bell wakes who sleeps in poll(2): descriptors of an eventfd or the ends of a
// pipe, both non-blocking.
type bell struct{ wait, ring int }

var noBell = bell{-1, -1}

// strike wakes the sleeper, or the next one who lies down.
func (b bell) strike() {
	one := [8]byte{1} // an eventfd's number in the byte order of little-endian machines; any but 0 will do
	// A full pipe wakes as well as one byte more would.
	for writeBell(b.ring, &one) == unix.EINTR {
	}
}

func (b bell) sleep(timeout time.Duration) {
	fds := [1]unix.PollFd{{Fd: int32(b.wait), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds[:], int(max(timeout.Milliseconds(), 1))); err != nil || n == 0 {
		return
	}
	var b512 [512]byte
	for {
		n, err := unix.Read(b.wait, b512[:])
		if err != unix.EINTR && n < len(b512) {
			return
		}
	}
}

func (b bell) close() {
	if b.wait >= 0 {
		unix.Close(b.wait)
	}
	if b.ring >= 0 && b.ring != b.wait {
		unix.Close(b.ring)
	}
}

// temporary makes memory of n bytes as a file that has no name any more, where
// the system has nothing better.
func temporary(n int) (int, error) {
	f, err := os.CreateTemp("", "basalt-ring-*")
	if err != nil {
		return -1, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return -1, err
	}
	if err := f.Truncate(int64(n)); err != nil {
		return -1, err
	}
	return unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
}
