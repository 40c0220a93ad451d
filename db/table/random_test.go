package table

import (
	"math"
	"math/rand/v2"
	"testing"

	"basalt/db/arena"
)

// TestRandomFair draws from tables of several shapes and compares the counts
// with the uniform distribution by Pearson's chi-square. The seed is fixed, so
// the test passes always or never.
func TestRandomFair(t *testing.T) {
	for _, n := range []int{1, 7, 13, 60, 500, 4000, 9000} {
		x := Table{}
		s := Space{Arena: arena.New(), Kind: bareKind()}
		for r := 1; r <= n; r++ {
			x.Insert(s, mix(uint64(r)), arena.Ref(r))
		}
		fair(t, &x, n, n)
		// The same with half of them gone and not a step made.
		for r := 1; r <= n/2; r++ {
			p := x.Find(mix(uint64(r)))
			for p.Next() != arena.Ref(r) {
			}
			p.Remove()
		}
		fair(t, &x, n, n-n/2)
	}
}

func fair(t *testing.T, x *Table, highest, n int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(uint64(n), 42))
	const each = 50
	counts := make([]int, highest+1)
	for range n * each {
		counts[x.Random(rnd.Uint64)]++
	}
	sum, zeros := 0.0, 0
	for _, c := range counts {
		if c == 0 {
			zeros++
			continue
		}
		sum += float64(c-each) * float64(c-each) / each
	}
	if zeros != highest+1-n {
		t.Errorf("%d of %d entries never drawn", zeros-(highest+1-n), n)
	}
	// By Wilson and Hilferty the cube root of chi-square over its degrees of
	// freedom is normal; 4 standard deviations are one in 16,000.
	if df := float64(n - 1); df > 0 {
		z := (math.Cbrt(sum/df) - (1 - 2/(9*df))) / math.Sqrt(2/(9*df))
		t.Logf("%d entries in %d buckets and %d of overflow: z = %.2f", n, x.buckets(), x.over, z)
		if math.Abs(z) > 4 {
			t.Errorf("%d entries: chi-square %.0f with %.0f degrees of freedom, z = %.2f", n, sum, df, z)
		}
	}
}

// TestRandomSparse empties a table and makes no step.
func TestRandomSparse(t *testing.T) {
	x := newSet(strongHash)
	const n = 100_000
	for key := range uint64(n) {
		x.insert(key)
	}
	for key := range uint64(n - 3) {
		x.remove(key)
	}
	seen := map[arena.Ref]bool{}
	for range 200 {
		r := x.t.Random(rand.Uint64)
		if x.model[itemAt(r).key] != r {
			t.Fatal("random entry is not in the model")
		}
		seen[r] = true
	}
	// An entry is found as often as there is room in front of it: one of them
	// may be too close behind another to be met.
	if len(seen) < 2 {
		t.Errorf("only %d of 3 entries in 200 draws", len(seen))
	}
	draws := 0
	for range 100 {
		x.t.Random(func() uint64 { draws++; return rand.Uint64() })
	}
	if draws > 100*(randomTries+1) {
		t.Errorf("%d draws for 100 entries", draws)
	}
}
