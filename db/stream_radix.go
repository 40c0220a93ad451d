package db

import "encoding/binary"

// radixPacks is for how many packs RadixNodes counts; for more it estimates.
const radixPacks = 1024

// RadixNodes returns how many nodes Redis's radix tree has for the packs of the
// stream, which XINFO shows: one for each pack, one where keys part, and one
// for each run of bytes between these.
func (s *Stream) RadixNodes() int64 {
	const depth = 16 // bytes of a key
	nodes, seen := int64(0), int64(0)
	edge := func(from, to int) {
		if to-from > 1 {
			nodes++
		}
	}
	var parts [depth]int // where keys part, on the way to the key before
	n := 0
	pos := s.packs.first()
	for pos.node != nil && seen < radixPacks {
		next := s.packs.next(pos)
		common := -1
		if next.node != nil && seen+1 < radixPacks {
			common = commonBytes(pos.id(), next.id())
		}
		nodes++
		at := depth
		for n > 0 && parts[n-1] > common {
			edge(parts[n-1], at)
			at = parts[n-1]
			n--
		}
		switch {
		case common < 0:
			edge(-1, at)
		case n == 0 || parts[n-1] < common:
			parts[n] = common
			n++
			nodes++
			edge(common, at)
		default:
			edge(common, at)
		}
		pos = next
		seen++
	}
	if seen == 0 {
		return 1
	}
	return nodes * s.packs.count / seen
}

// commonBytes returns how many bytes two different IDs have in common when they
// are written high bytes first.
func commonBytes(a, b StreamID) int {
	var x, y [16]byte
	binary.BigEndian.PutUint64(x[:], a.Ms)
	binary.BigEndian.PutUint64(x[8:], a.Seq)
	binary.BigEndian.PutUint64(y[:], b.Ms)
	binary.BigEndian.PutUint64(y[8:], b.Seq)
	n := 0
	for x[n] == y[n] {
		n++
	}
	return n
}
