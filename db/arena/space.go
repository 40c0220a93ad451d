package arena

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The units memory is handed around in.
const (
	pageBytes   = 4 << 10  // what large blocks are rounded to; the system's pages may be larger
	unitBytes   = 64 << 10 // what slabs are made of
	regionBytes = 2 << 20  // what slab units are cut from: a huge page

	unitPages   = unitBytes / pageBytes
	regionPages = regionBytes / pageBytes
	regionUnits = regionBytes / unitBytes

	spaceMax  = Align << RefBits // 8 TiB: what a Ref can address
	spaceMin  = 1 << 30          // below this there is no point in starting
	growBytes = 64 << 20         // made accessible at a time; touched only as it is used
	tableGrow = 64 << 10         // the same for side tables, a multiple of every system page size
)

// systemPages is the size of the system's pages in ours, a power of two up
// to unitPages.
var systemPages = uint32(max(1, unix.Getpagesize()/pageBytes))

// base is the start of the address space that every Ref counts from,
// spaceBytes its length. It is reserved once and never given back, so an
// address in it never becomes one of the Go heap.
var base, spaceBytes = reserveSpace()

// The side tables describe the space and lie outside the Go heap as well.
// They are indexed by slab unit, by page and by region.
var (
	slabs    = newTable[slab](spaceBytes / unitBytes)
	runs     = newTable[run](spaceBytes / pageBytes)
	regions  = newTable[region](spaceBytes / regionBytes)
	resident = newTable[uint64](spaceBytes / pageBytes / 64)
	touched  = newTable[uint64](spaceBytes / regionBytes / 64)
	starts   = newTable[uint64](spaceBytes / Align / 64) // used in invariant builds only
)

func reserveSpace() (unsafe.Pointer, uintptr) {
	for size := uintptr(spaceMax); size >= spaceMin; size /= 2 {
		p, err := reserve(size + regionBytes)
		if err != nil {
			continue
		}
		p = unsafe.Add(p, -uintptr(p)&(regionBytes-1))
		return p, size
	}
	panic("arena: the system refuses to reserve 1 GiB of address space; is there a limit on virtual memory (ulimit -v)?")
}

// reserve maps size bytes that nobody can touch yet.
func reserve(size uintptr) (unsafe.Pointer, error) {
	return unix.MmapPtr(-1, 0, nil, size, unix.PROT_NONE, reserveFlags)
}

// commit makes n bytes at p accessible.
func commit(p unsafe.Pointer, n uintptr) error {
	return unix.Mprotect(unsafe.Slice((*byte)(p), n), unix.PROT_READ|unix.PROT_WRITE)
}

// table is an array outside the Go heap of which a prefix is accessible. Its
// elements start as zeroes and hold no Go pointers.
type table[T any] struct {
	start     unsafe.Pointer
	committed uintptr // bytes
}

func newTable[T any](count uintptr) table[T] {
	var e T
	p, err := reserve(count*unsafe.Sizeof(e) + tableGrow)
	if err != nil {
		panic("arena: the system refuses to reserve address space for side tables: " + err.Error())
	}
	return table[T]{start: p}
}

func (t *table[T]) at(i uint32) *T {
	var e T
	return (*T)(unsafe.Add(t.start, uintptr(i)*unsafe.Sizeof(e)))
}

// ensure makes the first count elements accessible.
func (t *table[T]) ensure(count uintptr) error {
	var e T
	need := (count*unsafe.Sizeof(e) + tableGrow - 1) / tableGrow * tableGrow
	if need <= t.committed {
		return nil
	}
	if err := commit(unsafe.Add(t.start, t.committed), need-t.committed); err != nil {
		return err
	}
	t.committed = need
	return nil
}
