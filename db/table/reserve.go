package table

// reservedNum/reservedDen of the main buckets that entries need are made ahead
// by Reserve: what chains take instead shows only when the entries are there,
// and the rest is split off as usual.
const reservedNum, reservedDen = 5, 8

// Reserve makes main buckets for a table of n entries before they come, up to
// steps of them, and reports whether it is done. Insertions then split little. A
// table that does not get its entries shrinks with Step. Probes become invalid.
func (t *Table) Reserve(s Space, n uint64, steps int) bool {
	goal := n / (bucketBytes * bytesPerKeyDen) * bytesPerKeyNum / reservedDen * reservedNum
	if goal < segmentBuckets {
		return true // it grows in no time
	}
	if t.page == nil {
		t.open(s)
	}
	for ; steps > 0 && t.buckets() < goal; steps-- {
		t.splitOne(s)
	}
	t.setLimit()
	return t.buckets() >= goal
}
