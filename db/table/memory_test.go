package table

import (
	"math/rand/v2"
	"testing"

	"basalt/db/arena"
)

// bare is a table whose references are not dereferenced except for their
// hash, which is drawn from the reference: no entries, so that millions are
// cheap.
func bareKind() *Kind {
	return &Kind{Hash: func(r arena.Ref) uint64 { return mix(uint64(r)) }, Purpose: arena.Table}
}

// mix is a bijection that looks like a hash (the finisher of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// TestMemory grows a table to 2 M entries and asserts bytes per entry and
// buckets visited on the way, and again while half of the entries are being
// replaced.
func TestMemory(t *testing.T) {
	s := Space{Arena: arena.New(), Kind: bareKind()}
	var x Table
	var bytesSum, bytesMax, visitsSum, visitsMax, missMax float64
	points := 0
	next := 20
	for n := 1; n <= 2_000_000; n++ {
		r := arena.Ref(n)
		x.Insert(s, mix(uint64(r)), r)
		if n != next && n != 2_000_000 {
			continue
		}
		next = n + n/16 + 1
		if n > 50_000 && n < 1_000_000 {
			next = n + n/4
		}
		used := float64(s.Arena.UsedBy(arena.Table)) / float64(n)
		c := x.Chains()
		if n < 100 || n > 1_000_000 {
			st := x.Stats()
			t.Logf("%8d entries: %5.2f bytes, hit %.3f, miss %.3f, %d buckets, %d overflow", n, used, c.HitVisits, c.MissVisits, st.Buckets, st.Overflow)
		}
		if n < 200 {
			if int(used)*n > 24+n*19/2+2*bucketBytes {
				t.Errorf("%d entries: %.2f bytes each", n, used)
			}
			continue
		}
		bytesSum += used
		visitsSum += c.HitVisits
		points++
		bytesMax, visitsMax, missMax = max(bytesMax, used), max(visitsMax, c.HitVisits), max(missMax, c.MissVisits)
		// A small table has one segment's worth of luck in its chains, and
		// larger steps.
		if used > 10.5 || c.HitVisits > 1.35 || n > 2000 && (used > 10 || c.HitVisits > 1.25) {
			t.Errorf("%d entries: %.2f bytes, %.3f buckets per hit", n, used, c.HitVisits)
		}
	}
	if bytesSum > 9.7*float64(points) || visitsSum > 1.2*float64(points) {
		t.Errorf("%.2f bytes, %.3f buckets per hit on average", bytesSum/float64(points), visitsSum/float64(points))
	}
	t.Logf("200 to 2 M entries: %.2f bytes, %.2f at worst; %.3f buckets per hit, %.3f at worst; %.3f per miss at worst",
		bytesSum/float64(points), bytesMax, visitsSum/float64(points), visitsMax, missMax)
	churn(t, &x, s)
	for !x.Drain(s, 1000, func(arena.Ref) {}) {
	}
}

// churn replaces a million of the entries and asserts that chains stay short.
func churn(t *testing.T, x *Table, s Space) {
	rnd := rand.New(rand.NewPCG(3, 4))
	const n = 2_000_000
	keys := make([]arena.Ref, n)
	for i := range keys {
		keys[i] = arena.Ref(i + 1)
	}
	for k := range n / 2 {
		i := rnd.IntN(n)
		r := keys[i]
		p := x.Find(mix(uint64(r)))
		for p.Next() != r {
		}
		p.Remove()
		keys[i] = arena.Ref(n + k + 1)
		x.Insert(s, mix(uint64(keys[i])), keys[i])
	}
	c := x.Chains()
	used := float64(s.Arena.UsedBy(arena.Table)) / n
	t.Logf("after replacing half: %.2f bytes, hit %.3f, miss %.3f, chains %v", used, c.HitVisits, c.MissVisits, c.ByLength)
	if used > 10 || c.HitVisits > 1.25 {
		t.Errorf("after replacing half: %.2f bytes, %.3f buckets per hit", used, c.HitVisits)
	}
}
