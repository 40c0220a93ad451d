package table

import (
	"math/bits"
	"unsafe"

	"basalt/db/arena"
)

const (
	segmentBuckets = 512 // main buckets of a full segment: 32 KiB
	pageSegments   = 512 // descriptors of a full page: 12 KiB
	pageBuckets    = segmentBuckets * pageSegments
	overMax        = 61440 // overflow buckets of a segment; stepped, and fits 16 bits
)

// segment describes a row of main buckets and their overflow buckets. The
// overflow area is dense: a bucket that is freed is replaced by the last one,
// whose predecessor is found through the home index it carries. So there is no
// free list, and what is not used can be given back.
type segment struct {
	main     *[segmentBuckets]bucket
	over     *[overMax]bucket
	capacity uint16 // main buckets there is room for
	overCap  uint16
	overUsed uint16
	_        uint16
}

// page is a row of segment descriptors. Only a page that is not the only one
// has all of them.
type page [pageSegments]segment

var _ [24 - unsafe.Sizeof(segment{})]struct{}
var _ [unsafe.Sizeof(segment{}) - 24]struct{}

const (
	segmentSize = int(unsafe.Sizeof(segment{}))
	pointerSize = int(unsafe.Sizeof(unsafe.Pointer(nil)))
)

// segment returns the descriptor of the segment of main bucket i. It is valid
// until a segment is added or dropped.
func (t *Table) segment(i uint64) *segment {
	p := t.page
	if t.root != nil {
		p = *(**page)(unsafe.Add(unsafe.Pointer(t.root), i/pageBuckets*8))
	}
	return (*segment)(unsafe.Add(unsafe.Pointer(p), i/segmentBuckets%pageSegments*uint64(segmentSize)))
}

// at returns the overflow bucket a link leads to.
func (seg *segment) at(link uint32) *bucket {
	return (*bucket)(unsafe.Add(unsafe.Pointer(seg.over), (uintptr(link)-1)*bucketBytes))
}

// indexOf returns the index of an overflow bucket in its area.
func (seg *segment) indexOf(b *bucket) uint32 {
	return uint32((uintptr(unsafe.Pointer(b)) - uintptr(unsafe.Pointer(seg.over))) / bucketBytes)
}

// stepped rounds a number of buckets up to one that segments and areas are
// allocated with: 1 to 32, then 16 steps per doubling, and whole pages above
// 32 KiB. These are sizes that the arena does not round, and so few that
// growing tables use a bounded number of its classes.
func stepped(n uint64) uint64 {
	if n <= 32 {
		return n
	}
	step := uint64(1) << (bits.Len64(n-1) - 5)
	if n > 512 {
		step = max(step, 64)
	}
	return (n + step - 1) &^ (step - 1)
}

// rebuild moves a row of buckets to a new allocation and returns that.
func rebuild(s Space, row unsafe.Pointer, keep, from, to uint64) unsafe.Pointer {
	var moved unsafe.Pointer
	if to != 0 {
		moved = s.Arena.Alloc(int(to)*bucketBytes, s.Kind.Purpose)
	}
	if keep != 0 {
		copy(unsafe.Slice((*bucket)(moved), keep), unsafe.Slice((*bucket)(row), keep))
	}
	if from != 0 {
		s.Arena.Free(row, int(from)*bucketBytes, s.Kind.Purpose)
	}
	return moved
}

// resizeMain gives a segment with n main buckets room for another number.
func resizeMain(s Space, seg *segment, n, room uint64) {
	row := rebuild(s, unsafe.Pointer(seg.main), n, uint64(seg.capacity), room)
	seg.main = (*[segmentBuckets]bucket)(row)
	seg.capacity = uint16(room)
}

// resizeOver gives the overflow area of a segment another size.
func (t *Table) resizeOver(s Space, seg *segment, room uint64) {
	row := rebuild(s, unsafe.Pointer(seg.over), uint64(seg.overUsed), uint64(seg.overCap), room)
	seg.over = (*[overMax]bucket)(row)
	t.room += room - uint64(seg.overCap)
	seg.overCap = uint16(room)
}

// mainRoom returns the main buckets there is memory for.
func (t *Table) mainRoom() uint64 {
	n := t.buckets()
	if n == 0 {
		return 0
	}
	return (n-1)&^(segmentBuckets-1) + uint64(t.segment(n-1).capacity)
}

// memory returns the bytes that buckets, areas and directory take.
func (t *Table) memory() uint64 {
	if t.page == nil {
		return 0
	}
	segments := t.segments()
	bytes := (t.mainRoom() + t.room) * bucketBytes
	if segments <= pageSegments {
		return bytes + uint64(arena.ClassSize(roundUp(segments)*segmentSize))
	}
	pages := (segments + pageSegments - 1) / pageSegments
	return bytes + pages*uint64(arena.ClassSize(pageSegments*segmentSize)) +
		uint64(arena.ClassSize(roundUp(pages)*pointerSize))
}

// segments returns the number of segments.
func (t *Table) segments() uint64 { return (t.buckets() + segmentBuckets - 1) / segmentBuckets }

func allocPointers(s Space, size int) unsafe.Pointer {
	return s.Arena.AllocZero(size, s.Kind.Purpose)
}

func release(s Space, p unsafe.Pointer, size int) { s.Arena.Free(p, size, s.Kind.Purpose) }

// open gives an empty table its first bucket.
func (t *Table) open(s Space) {
	t.page = (*page)(allocPointers(s, segmentSize))
	t.mask, t.split = 0, 0
	t.addMain(s, 0)
	t.setLimit()
}

// close frees all that a table without entries and with one bucket has left.
func (t *Table) close(s Space) {
	t.dropMain(s, 0)
	release(s, unsafe.Pointer(t.page), segmentSize)
	t.page = nil
	t.limit = 0
}

// roomFor returns the capacity that the last segment gets when it has to take
// one more main bucket than the n it is full with. The table may have buckets
// in all.
func roomFor(n, buckets uint64) uint64 {
	return stepped(min(n+1+buckets/32, segmentBuckets))
}

// addMain appends main bucket i, empty.
func (t *Table) addMain(s Space, i uint64) {
	n := i % segmentBuckets
	if n == 0 && i != 0 {
		t.addSegment(s, i/segmentBuckets)
	}
	seg := t.segment(i)
	if n == uint64(seg.capacity) {
		resizeMain(s, seg, n, roomFor(n, i))
	}
	seg.main[n] = bucket{}
}

// dropMain removes main bucket i, the last one, which is empty.
func (t *Table) dropMain(s Space, i uint64) {
	n := i % segmentBuckets
	seg := t.segment(i)
	room := uint64(0)
	if n != 0 {
		room = min(roomFor(n, i), uint64(seg.capacity))
	}
	// Some room is kept, so that a table that swings between growing and
	// shrinking does not copy each time.
	if c := uint64(seg.capacity); n == 0 || c-room > room/8 {
		resizeMain(s, seg, n, room)
	}
	if n == 0 {
		t.trim(s, seg)
		if i != 0 {
			t.dropSegment(s, i/segmentBuckets)
		}
	}
}

// newOver takes an overflow bucket for main bucket home of seg and returns the
// link to it. The area may move.
func (t *Table) newOver(s Space, seg *segment, home uint32) (link uint32) {
	n := uint64(seg.overUsed)
	if n == uint64(seg.overCap) {
		if n == overMax {
			panic("BUG: table: hash function sends everything to one segment")
		}
		t.resizeOver(s, seg, min(stepped(n+1+n/32), overMax))
	}
	seg.overUsed++
	t.peak = max(t.peak, seg.overUsed)
	t.over++
	seg.over[n] = bucket{link: home << 16}
	return uint32(n) + 1
}

// freeOver gives back an overflow bucket that no chain leads to any more. The
// last one of the area takes its place.
func (t *Table) freeOver(seg *segment, link uint32) {
	last := uint32(seg.overUsed)
	if link != last {
		moved := seg.at(last)
		b := &seg.main[moved.home()]
		for b.next() != last {
			b = seg.at(b.next())
		}
		b.setNext(link)
		*seg.at(link) = *moved
	}
	seg.overUsed--
	t.over--
}

// trim gives back room of an overflow area if it is more than an eighth, and
// reports whether it did.
func (t *Table) trim(s Space, seg *segment) bool {
	used, room := uint64(seg.overUsed), uint64(0)
	if used != 0 {
		room = stepped(used + used/32)
	}
	if c := uint64(seg.overCap); c <= room || c-room <= room/8 {
		return false
	}
	t.resizeOver(s, seg, room)
	return true
}

// roundUp returns the power of two at or above n: the room of directory rows.
func roundUp(n uint64) int { return 1 << bits.Len64(n-1) }

// addSegment appends the descriptor of segment n, which is not the first.
func (t *Table) addSegment(s Space, n uint64) {
	switch {
	case n < pageSegments:
		if n&(n-1) == 0 {
			t.resizePage(s, n, roundUp(n), roundUp(n+1))
		}
	case n%pageSegments == 0:
		t.addPage(s, n/pageSegments)
	}
}

// dropSegment removes the descriptor of segment n, the last one and not the
// first.
func (t *Table) dropSegment(s Space, n uint64) {
	*t.segment(n * segmentBuckets) = segment{}
	switch {
	case n < pageSegments:
		if n&(n-1) == 0 {
			t.resizePage(s, n, roundUp(n+1), roundUp(n))
		}
	case n%pageSegments == 0:
		t.dropPage(s, n/pageSegments)
	}
}

// resizePage moves the n descriptors of the only page.
func (t *Table) resizePage(s Space, n uint64, from, to int) {
	p := allocPointers(s, to*segmentSize)
	copy(unsafe.Slice((*segment)(p), n), unsafe.Slice((*segment)(unsafe.Pointer(t.page)), n))
	release(s, unsafe.Pointer(t.page), from*segmentSize)
	t.page = (*page)(p)
}

// addPage appends page n of the directory; page 0 is full. From two pages on
// there is a root.
func (t *Table) addPage(s Space, n uint64) {
	if n == 1 {
		t.root = (**page)(allocPointers(s, 2*pointerSize))
		*t.root = t.page
	} else if n&(n-1) == 0 {
		t.resizeRoot(s, n, roundUp(n), roundUp(n+1))
	}
	*t.pageSlot(n) = (*page)(allocPointers(s, int(unsafe.Sizeof(page{}))))
}

// dropPage removes page n, the last one and not page 0.
func (t *Table) dropPage(s Space, n uint64) {
	release(s, unsafe.Pointer(*t.pageSlot(n)), int(unsafe.Sizeof(page{})))
	*t.pageSlot(n) = nil
	if n == 1 {
		release(s, unsafe.Pointer(t.root), 2*pointerSize)
		t.root = nil
	} else if n&(n-1) == 0 {
		t.resizeRoot(s, n, roundUp(n+1), roundUp(n))
	}
}

func (t *Table) pageSlot(n uint64) **page {
	return (**page)(unsafe.Add(unsafe.Pointer(t.root), n*uint64(pointerSize)))
}

func (t *Table) resizeRoot(s Space, n uint64, from, to int) {
	p := allocPointers(s, to*pointerSize)
	copy(unsafe.Slice((**page)(p), n), unsafe.Slice(t.root, n))
	release(s, unsafe.Pointer(t.root), from*pointerSize)
	t.root = (**page)(p)
}
