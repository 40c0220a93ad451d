package table

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"basalt/db/arena"
)

// filled returns a table of n items and their hashes in random order.
func filled(n int) (*set, []uint64) {
	x := newSet(strongHash)
	hashes := make([]uint64, n)
	for key := range uint64(n) {
		hashes[key] = x.hash(key)
		x.t.Insert(x.s, hashes[key], newItem(x.s.Arena, hashes[key], key))
	}
	rand.Shuffle(n, func(i, j int) { hashes[i], hashes[j] = hashes[j], hashes[i] })
	return x, hashes
}

var sink arena.Ref

// BenchmarkFind looks up hits one after the other, candidate iteration and the
// look at the entry included.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{100, 1000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			x, hashes := filled(n)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				h := hashes[i]
				if i++; i == n {
					i = 0
				}
				p := x.t.Find(h)
				for r := p.Next(); r != 0; r = p.Next() {
					if itemAt(r).hash == h {
						sink = r
						break
					}
				}
			}
		})
	}
}

// BenchmarkFindBatch does it as the executor does: 16 hashes at a time, in
// passes.
func BenchmarkFindBatch(b *testing.B) {
	const batch = 16
	for _, n := range []int{1000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			x, hashes := filled(n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += batch {
				from := i % (n - batch)
				some := hashes[from : from+batch]
				for _, h := range some {
					x.t.Prefetch(h)
				}
				for _, h := range some {
					x.t.PrefetchEntry(h)
				}
				for _, h := range some {
					r := x.t.First(h)
					if r == 0 || itemAt(r).hash != h {
						p := x.t.Find(h)
						for r = p.Next(); r != 0 && itemAt(r).hash != h; {
							r = p.Next()
						}
					}
					sink = r
				}
			}
		})
	}
}

// BenchmarkMiss looks up hashes that are not there.
func BenchmarkMiss(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			x, _ := filled(n)
			h := uint64(1)
			for b.Loop() {
				h = mix(h)
				p := x.t.Find(h)
				sink = p.Next()
			}
		})
	}
}

// BenchmarkGrow inserts into a table that grows from nothing to n, all splits
// included.
func BenchmarkGrow(b *testing.B) {
	const n = 1 << 20
	a := arena.New()
	refs := make([]arena.Ref, n)
	for key := range refs {
		refs[key] = newItem(a, strongHash(uint64(key)), uint64(key))
	}
	s := Space{Arena: a, Kind: &itemKind}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; {
		var x Table
		for k := 0; k < n && i < b.N; k++ {
			x.Insert(s, itemAt(refs[k]).hash, refs[k])
			i++
		}
		b.StopTimer()
		for !x.Drain(s, 1000, func(arena.Ref) {}) {
		}
		b.StartTimer()
	}
}

// BenchmarkReplace removes and inserts in a table that keeps its size.
func BenchmarkReplace(b *testing.B) {
	x, hashes := filled(100_000)
	i := 0
	for b.Loop() {
		h := hashes[i]
		if i++; i == len(hashes) {
			i = 0
		}
		p := x.t.Find(h)
		r := p.Next()
		for itemAt(r).hash != h {
			r = p.Next()
		}
		p.Remove()
		x.t.Insert(x.s, h, r)
	}
}

func BenchmarkScan(b *testing.B) {
	x, _ := filled(1_000_000)
	seen, cursor := 0, uint64(0)
	for b.Loop() {
		for before := seen; seen == before; {
			cursor = x.t.Scan(cursor, func(r arena.Ref) { sink = r; seen++ })
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(seen), "ns/entry")
}

func BenchmarkRandom(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			x, _ := filled(n)
			for b.Loop() {
				sink = x.t.Random(rand.Uint64)
			}
		})
	}
}
