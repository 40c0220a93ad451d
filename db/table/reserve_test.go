package table

import "testing"

// TestReserve fills a table that was made for its entries: it is as large in the
// end as one that grew, and shrinks like one.
func TestReserve(t *testing.T) {
	const n = 50_000
	grown, reserved := newSet(strongHash), newSet(strongHash)
	calls := 0
	for !reserved.t.Reserve(reserved.s, n, 100) {
		calls++
	}
	if calls < 10 {
		t.Fatalf("%d calls of 100 steps", calls)
	}
	before := reserved.t.Stats().Steps
	for i := range uint64(n) {
		grown.insert(i)
		reserved.insert(i)
	}
	if a, b := grown.t.memory(), reserved.t.memory(); b > a+a/50 {
		t.Errorf("%d bytes, one that grew has %d", b, a)
	}
	if splits, all := reserved.t.Stats().Steps-before, grown.t.Stats().Steps; splits > all/3 {
		t.Errorf("%d of %d splits are left", splits, all)
	}
	reserved.check(t)
	reserved.drop(t)
	grown.drop(t)
}
