package arena

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// BenchmarkPair allocates and frees one small block: the same block each time.
func BenchmarkPair(b *testing.B) {
	a := New()
	keep := a.Alloc(96, Keyspace)
	for b.Loop() {
		a.Free(a.Alloc(96, Keyspace), 96, Keyspace)
	}
	a.Free(keep, 96, Keyspace)
}

// BenchmarkReplace frees a random one of 50,000 blocks of mixed sizes and
// allocates another: what a store with a steady size does.
func BenchmarkReplace(b *testing.B) {
	a := New()
	var ptrs [1 << 16]unsafe.Pointer
	var sizes [1 << 16]int
	r := rand.New(rand.NewPCG(1, 2))
	for i := range ptrs {
		sizes[i] = 40 + r.IntN(128)
		ptrs[i] = a.Alloc(sizes[i], Keyspace)
	}
	n := uint32(1)
	for b.Loop() {
		n = n*1664525 + 1013904223
		i := n >> 16
		a.Free(ptrs[i], sizes[i], Keyspace)
		ptrs[i] = a.Alloc(sizes[i], Keyspace)
	}
	for i := range ptrs {
		a.Free(ptrs[i], sizes[i], Keyspace)
	}
}

// BenchmarkFill allocates many blocks, then frees them all: bump allocation,
// slabs from and to the page heap.
func BenchmarkFill(b *testing.B) {
	a := New()
	var ptrs [1 << 14]unsafe.Pointer
	for b.Loop() {
		for i := range ptrs {
			ptrs[i] = a.Alloc(96, Keyspace)
		}
		for _, p := range ptrs {
			a.Free(p, 96, Keyspace)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ptrs)), "ns/pair")
}

func BenchmarkBlob(b *testing.B) {
	a := New()
	for b.Loop() {
		blob := NewBlob(100_000)
		a.AdoptBlob(blob, Value)
		a.FreeBlob(blob, Value)
	}
}

func BenchmarkPrefetch(b *testing.B) {
	a := New()
	p := a.Alloc(64, Other)
	for b.Loop() {
		Prefetch(p)
	}
}
