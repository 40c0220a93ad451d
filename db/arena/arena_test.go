package arena

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"basalt/internal/seeds"
)

// block is what the model remembers of an allocation.
type block struct {
	ptr  unsafe.Pointer
	size int
	p    Purpose
	seed byte
}

func (b block) bytes() []byte { return unsafe.Slice((*byte)(b.ptr), b.size) }

// pattern is what blocks are filled with, from their seed on.
var pattern = func() []byte {
	b := make([]byte, 1<<20)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}()

func (b block) fill()        { copy(b.bytes(), pattern[b.seed:]) }
func (b block) intact() bool { return bytes.Equal(b.bytes(), pattern[b.seed:][:b.size]) }

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
	seed := seeds.Of(t)
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
			size := b.size
			if r.IntN(2) == 0 {
				size = ClassSize(size) // any size of the class will do
			}
			a.Free(b.ptr, size, b.p)
			used[b.p] -= int64(ClassSize(b.size))
			blocks[j] = blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
		}
		switch r.IntN(40) {
		case 0:
			a.Choose(1 + r.IntN(20_000))
		case 1:
			for j, b := range blocks {
				if Leaving(b.ptr, b.size) {
					blocks[j].ptr = a.Move(b.ptr, b.size, b.p)
				}
				if Leaving(blocks[j].ptr, b.size) {
					t.Fatal("a block was moved to a slab that is to be left")
				}
			}
		case 2:
			if r.IntN(10) == 0 {
				a.Stay(1 + r.IntN(20_000))
			}
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
	for !a.Stay(1000) {
	}
	for !a.PurgeAll(0) {
	}
	used = [NumPurposes]int64{}
	check()
	if s := a.Stats(); s.Slabs != 0 || s.SlabBytes != 0 || s.SlabFree != 0 || s.Large != 0 {
		t.Fatalf("left over: %+v", s)
	}
}

// TestNoGoAllocations holds the promise that nothing here burdens the
// collector, page heap included.
func TestNoGoAllocations(t *testing.T) {
	a := New()
	var ptrs [3000]unsafe.Pointer
	if n := testing.AllocsPerRun(20, func() {
		for i := range ptrs {
			ptrs[i] = a.Alloc(i%700+1, Keyspace)
		}
		large := a.Alloc(100_000, Table)
		b := NewBlob(50_000)
		a.AdoptBlob(b, Value)
		a.FreeBlob(b, Value)
		a.Free(large, 100_000, Table)
		for i, p := range ptrs {
			a.Free(p, i%700+1, Keyspace)
		}
		a.PurgeAll(0)
		a.Stats()
	}); n != 0 {
		t.Fatalf("%v Go allocations", n)
	}
}

func TestAlignment(t *testing.T) {
	a := New()
	for size := 8; size < 100_000; size += size/16 + 3 {
		for range 3 {
			p := a.Alloc(size, Other)
			class := uintptr(ClassSize(size))
			align := min(class&-class, pageBytes)
			if uintptr(p)%align != 0 || uintptr(p)%Align != 0 {
				t.Fatalf("block of %d at %p, want alignment %d", size, p, align)
			}
			if RefOf(p).Ptr() != p || RefOf(p) == 0 || RefOf(p)>>RefBits != 0 {
				t.Fatalf("%p has reference %x", p, RefOf(p))
			}
			defer a.Free(p, size, Other)
		}
	}
}

func TestPurposeNames(t *testing.T) {
	seen := map[string]bool{}
	for p := range Purpose(NumPurposes) {
		if s := p.String(); s == "" || s == "unknown" || seen[s] {
			t.Errorf("purpose %d is called %q", p, s)
		} else {
			seen[s] = true
		}
	}
	if Purpose(200).String() != "unknown" {
		t.Error("a purpose that does not exist has a name")
	}
}

// mustPanic runs f, which is a programmer's error.
func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

func TestWrongSize(t *testing.T) {
	a := New()
	p, large := a.Alloc(100, Other), a.Alloc(100_000, Other)
	mustPanic(t, "block freed with another size", func() { a.Free(p, 200, Other) })
	mustPanic(t, "pages freed with another size", func() { a.Free(large, 200_000, Other) })
	mustPanic(t, "negative size", func() { a.Alloc(-1, Other) })
	b := NewBlob(10)
	mustPanic(t, "blob not adopted", func() { a.FreeBlob(b, Other) })
	a.AdoptBlob(b, Other)
	mustPanic(t, "blob adopted twice", func() { a.AdoptBlob(b, Other) })
	mustPanic(t, "adopted blob discarded", func() { b.Discard() })
	mustPanic(t, "length over capacity", func() { b.SetLen(b.Cap() + 1) })
}
