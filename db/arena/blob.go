package arena

import (
	"sync/atomic"
	"unsafe"

	"basalt/internal/invariants"
)

// Blob is a large value outside the Go heap: a header, then the bytes. Any
// thread may allocate one and fill it; then it is handed to the owner of an
// arena, who adopts it. Pins keep the bytes of a freed blob until the last
// reader, on whatever thread, is done.
type Blob struct {
	length   uint64
	capacity uint64
	refs     atomic.Uint32 // one of the holder, one for each pin
	adopted  uint32        // 1 while an arena accounts for it, 2 when freed; owner's field
	_        uint64
}

const blobHeader = 32

// BlobHeader is the memory of a blob that is not its bytes: one of so many bytes
// less than a power of two wastes nothing.
const BlobHeader = blobHeader

var _ [blobHeader - unsafe.Sizeof(Blob{})]struct{}

// NewBlob returns a blob of length n, not zeroed. It returns nil when the
// system has no memory for it. Any thread may call it; the caller holds the
// blob until AdoptBlob or Discard.
func NewBlob(n int) *Blob {
	if n < 0 {
		panic("BUG: arena: blob of negative length")
	}
	if uintptr(n) > spaceBytes-pageBytes {
		return nil
	}
	pages := uint32(pagesFor(n + blobHeader))
	heap.mu.Lock()
	page, _ := heap.take(pages, 1, true)
	heap.mu.Unlock()
	if page == 0 {
		return nil
	}
	heap.blobs.Add(int64(pages) * pageBytes)
	ptr := pageAddress(page)
	if invariants.Enabled {
		markStart(ptr)
	}
	b := (*Blob)(ptr)
	*b = Blob{length: uint64(n), capacity: uint64(pages)*pageBytes - blobHeader}
	b.refs.Store(1)
	return b
}

// BlobAt returns the blob that r refers to.
func BlobAt(r Ref) *Blob { return (*Blob)(r.Ptr()) }

// Ref returns the reference of the blob.
func (b *Blob) Ref() Ref { return RefOf(unsafe.Pointer(b)) }

// Bytes returns the bytes of the blob, with its capacity behind them. They
// are valid until the blob is freed, or as long as the caller's pin.
func (b *Blob) Bytes() []byte {
	p := (*byte)(unsafe.Add(unsafe.Pointer(b), blobHeader))
	return unsafe.Slice(p, b.capacity)[:b.length]
}

// Len returns the length in bytes.
func (b *Blob) Len() int { return int(b.length) }

// Cap returns the bytes there is room for.
func (b *Blob) Cap() int { return int(b.capacity) }

// Size returns the bytes the blob occupies and is accounted as.
func (b *Blob) Size() int { return int(b.capacity) + blobHeader }

// SetLen changes the length, up to Cap. Only the holder may, and not while
// readers have it pinned.
func (b *Blob) SetLen(n int) {
	if uint64(n) > b.capacity {
		panic("BUG: arena: blob longer than its capacity")
	}
	b.length = uint64(n)
}

// Pin keeps the bytes in place until Unpin, even if the blob is freed. The
// holder calls it; any thread may unpin.
func (b *Blob) Pin() { b.refs.Add(1) }

// PinTimes is Pin called n times.
func (b *Blob) PinTimes(n int) { b.refs.Add(uint32(n)) }

// Pinned reports whether the blob has pins. A pinned blob is not to be
// changed in place.
func (b *Blob) Pinned() bool { return b.refs.Load() > 1 }

// Unpin drops a pin, and the memory if it was the last hold on a freed blob.
func (b *Blob) Unpin() { b.drop() }

// Discard frees a blob that no arena adopted. The holder calls it.
func (b *Blob) Discard() {
	if b.adopted != 0 {
		panic("BUG: arena: adopted blob discarded")
	}
	b.drop()
}

// AdoptBlob makes the arena account for b, as memory of purpose p. The
// arena's owner holds it from here.
func (a *Arena) AdoptBlob(b *Blob, p Purpose) {
	if invariants.Enabled {
		a.owner.Assert()
	}
	if b.adopted != 0 {
		panic("BUG: arena: blob adopted twice")
	}
	b.adopted = 1
	size := int64(b.Size())
	a.large += size
	a.used[p%purposeSlots] += size
	heap.blobs.Add(-size)
}

// GrowBlob makes room for at least n bytes in an adopted blob without moving
// it, if the memory behind it is free, and accounts for that. When it reports
// false the caller has to copy to a new one. Pinned readers are not disturbed.
func (a *Arena) GrowBlob(b *Blob, n int, p Purpose) bool {
	if invariants.Enabled {
		a.owner.Assert()
	}
	if b.adopted != 1 {
		panic("BUG: arena: growth of a blob that was not adopted, or was freed")
	}
	if n <= b.Cap() {
		return true
	}
	if uintptr(n) > spaceBytes-pageBytes {
		return false
	}
	pages, has := uint32(pagesFor(n+blobHeader)), uint32(b.Size()/pageBytes)
	heap.mu.Lock()
	ok := heap.extend(pageOf(unsafe.Pointer(b)), has, pages-has)
	heap.mu.Unlock()
	if ok {
		more := uint64(pages-has) * pageBytes
		b.capacity += more
		a.large += int64(more)
		a.used[p%purposeSlots] += int64(more)
	}
	return ok
}

// FreeBlob gives up an adopted blob. Its memory goes when nobody has it
// pinned; the arena stops accounting for it at once.
func (a *Arena) FreeBlob(b *Blob, p Purpose) {
	if invariants.Enabled {
		a.owner.Assert()
	}
	if b.adopted != 1 {
		panic("BUG: arena: free of a blob that was not adopted, or was freed")
	}
	b.adopted = 2
	size := int64(b.Size())
	a.large -= size
	a.used[p%purposeSlots] -= size
	heap.blobs.Add(size) // until nobody has it pinned
	b.drop()
}

func (b *Blob) drop() {
	switch b.refs.Add(^uint32(0)) {
	case 0:
	case ^uint32(0):
		panic("BUG: arena: blob unpinned more often than pinned")
	default:
		return
	}
	size := b.Size()
	if invariants.Enabled {
		checkFreedPages(unsafe.Pointer(b), size)
	}
	heap.blobs.Add(-int64(size))
	heap.release(pageOf(unsafe.Pointer(b)), uint32(size/pageBytes))
}
