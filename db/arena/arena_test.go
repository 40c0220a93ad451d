package arena

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// block is what the model remembers of an allocation.
type block struct {
	ptr  unsafe.Pointer
	size int
	p    Purpose
	seed byte
}

func (b block) bytes() []byte { return unsafe.Slice((*byte)(b.ptr), b.size) }

func (b block) fill() {
	for i, s := 0, b.bytes(); i < len(s); i++ {
		s[i] = b.seed + byte(i*7)
	}
}

func (b block) intact() bool {
	for i, c := range b.bytes() {
		if c != b.seed+byte(i*7) {
			return false
		}
	}
	return true
}

// randomSize favours small sizes and reaches past the largest class.
func randomSize(r *rand.Rand) int {
	switch r.IntN(20) {
	case 0:
		return 1 + r.IntN(200<<10)
	case 1, 2:
		return 1 + r.IntN(smallMax+100)
	default:
		return 1 + r.IntN(1200)
	}
}

func TestModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	a := New()
	var blocks []block
	var used [NumPurposes]int64
	check := func() {
		t.Helper()
		for p := range Purpose(NumPurposes) {
			if a.UsedBy(p) != used[p] {
				t.Fatalf("%v: used %d, want %d", p, a.UsedBy(p), used[p])
			}
		}
		a.checkInvariants()
	}
	for i := range 200_000 {
		grow := i/20_000%2 == 0
		if len(blocks) == 0 || r.IntN(100) < 30 == !grow {
			b := block{size: randomSize(r), p: Purpose(r.IntN(NumPurposes)), seed: byte(i)}
			b.ptr = a.Alloc(b.size, b.p)
			used[b.p] += int64(ClassSize(b.size))
			b.fill()
			blocks = append(blocks, b)
		} else {
			j := r.IntN(len(blocks))
			b := blocks[j]
			if !b.intact() {
				t.Fatalf("block of %d bytes changed", b.size)
			}
			a.Free(b.ptr, b.size, b.p)
			used[b.p] -= int64(ClassSize(b.size))
			blocks[j] = blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
		}
		if i%5000 == 0 {
			check()
			a.PurgeAll(0)
			check()
		}
	}
	for _, b := range blocks {
		if !b.intact() {
			t.Fatalf("block of %d bytes changed", b.size)
		}
		a.Free(b.ptr, b.size, b.p)
	}
	for !a.PurgeAll(0) {
	}
	used = [NumPurposes]int64{}
	check()
	if s := a.Stats(); s.Slabs != 0 || s.SlabBytes != 0 || s.SlabFree != 0 || s.Large != 0 {
		t.Fatalf("left over: %+v", s)
	}
}

func BenchmarkAllocFree(b *testing.B) {
	a := New()
	for b.Loop() {
		a.Free(a.Alloc(96, Keyspace), 96, Keyspace)
	}
}
