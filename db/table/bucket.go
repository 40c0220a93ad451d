package table

import (
	"math/bits"
	"unsafe"

	"basalt/db/arena"
)

const (
	bucketBytes = 64
	slots       = 10 // entries in a bucket
	// allSlots has the bit of every slot set, in the order of match.
	allSlots = 0x0101010101010101 | 1<<1 | 1<<9
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// bucket is one cache line. The same type serves as main bucket, which hashes
// address, and as overflow bucket, which stands in a chain behind one.
//
//	 0  tags  10 x 1 byte   from the hash; 0 marks a free slot
//	10  high  10 x 1 byte   bits 32-39 of the references
//	20  low   10 x 4 bytes  bits  0-31
//	60  link  16 bits: index + 1 of the next overflow bucket of the segment;
//	          16 bits: in a main bucket the filter of its chain, in an overflow
//	          bucket the index of its main bucket in the segment
//
// The words of tags are matched as little-endian integers, which is what all
// platforms of the product are.
type bucket struct {
	tags [slots]uint8
	high [slots]uint8
	low  [slots]uint32
	link uint32
}

var _ [bucketBytes - unsafe.Sizeof(bucket{})]struct{}
var _ [unsafe.Sizeof(bucket{}) - bucketBytes]struct{}

// tagOf returns the tag of a hash: its top byte, moved away from 0, which
// marks a free slot, and from 1, so that match may use the cheap test for a
// zero byte: that one takes a 1 above a zero for another zero.
func tagOf(hash uint64) uint64 {
	tag := hash >> 56
	return tag + (tag-2)>>63<<1
}

// spread returns a word with the tag in each byte.
func spread(tag uint64) uint64 { return tag * lowBits }

// match returns the slots whose tag is the one spread over the word tags: bit
// 8i stands for slot i below 8, bits 1 and 9 for slots 8 and 9. Beyond the
// lowest match a slot may be reported whose tag differs in its last bit only,
// never a free one, unless free ones are asked for, and then never another:
// there are no tags 1.
func (b *bucket) match(tags uint64) uint64 {
	x := *(*uint64)(unsafe.Pointer(b)) ^ tags
	y := *(*uint64)(unsafe.Add(unsafe.Pointer(b), 8)) ^ tags
	x = (x - lowBits) &^ x & highBits
	y = (y - lowBits) &^ y & 0x8080
	return x>>7 | y>>6
}

// free returns the slots that hold nothing, as match does.
func (b *bucket) free() uint64 { return b.match(0) }

// used returns the slots that hold an entry, as match does.
func (b *bucket) used() uint64 { return allSlots &^ b.match(0) }

// slotOf returns the slot that the lowest bit of a match stands for.
func slotOf(match uint64) uintptr {
	bit := uintptr(bits.TrailingZeros64(match))
	return bit>>3 + bit&1<<3
}

// ref returns the reference in a slot.
func (b *bucket) ref(slot uintptr) arena.Ref {
	high := *(*uint8)(unsafe.Add(unsafe.Pointer(b), slots+slot))
	low := *(*uint32)(unsafe.Add(unsafe.Pointer(b), 2*slots+4*slot))
	return arena.Ref(high)<<32 | arena.Ref(low)
}

// set fills a slot.
func (b *bucket) set(slot uintptr, tag uint8, r arena.Ref) {
	b.tags[slot] = tag
	b.setRef(slot, r)
}

func (b *bucket) setRef(slot uintptr, r arena.Ref) {
	b.high[slot] = uint8(r >> 32)
	b.low[slot] = uint32(r)
}

// next returns the index of the next overflow bucket plus one, 0 at the end.
func (b *bucket) next() uint32 { return b.link & 0xffff }

func (b *bucket) setNext(next uint32) { b.link = b.link&^0xffff | next }

// home returns the index in the segment of the main bucket that an overflow
// bucket belongs to.
func (b *bucket) home() uint32 { return b.link >> 16 }

// filterBit is the bit of the chain filter that an entry sets. A lookup that
// did not match in the main bucket goes on to the chain only if the bit of its
// own tag is set: the chain holds two or three entries as a rule, so five of
// six misses end here.
func filterBit(tag uint64) uint32 { return 1 << (16 + tag&15) }

// prefetch starts loading the entries in the given slots.
func (b *bucket) prefetch(match uint64) {
	for ; match != 0; match &= match - 1 {
		arena.Prefetch(b.ref(slotOf(match)).Ptr())
	}
}
