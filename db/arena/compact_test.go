package arena

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"basalt/internal/seeds"
)

// TestCompaction: after the blocks that are to leave were moved, the slabs of
// their class are nearly full, whether blocks were freed at random or evenly.
func TestCompaction(t *testing.T) {
	const size, count = 104, 100_000
	rng := rand.New(rand.NewPCG(seeds.Of(t), 0))
	for name, stays := range map[string]func(i int) bool{
		"at random": func(int) bool { return rng.IntN(5) == 0 },
		"evenly":    func(i int) bool { return i%2 == 0 },
		"in parts":  func(i int) bool { return rng.IntN(count) < i },
		"nothing":   func(int) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			a := New()
			var blocks []unsafe.Pointer
			for range count {
				blocks = append(blocks, a.Alloc(size, Keyspace))
			}
			kept := blocks[:0]
			for i, p := range blocks {
				if stays(i) {
					kept = append(kept, p)
				} else {
					a.Free(p, size, Keyspace)
				}
			}
			before := a.Stats()
			for !a.Choose(7) {
			}
			won := a.Chosen()
			for i, p := range kept {
				if Leaving(p, size) {
					kept[i] = a.Move(p, size, Keyspace)
				}
			}
			after := a.Stats()
			if after.SlabBytes != before.SlabBytes-won || after.Used != before.Used {
				t.Errorf("%+v, then %+v, %d bytes were to be won", before, after, won)
			}
			if full := after.Used * 10 / 9; after.SlabBytes > full+full/20+slabUnits*unitBytes {
				t.Errorf("%d bytes are used of %d", after.Used, after.SlabBytes)
			}
			for !a.Stay(7) {
			}
			if a.Chosen() != 0 {
				t.Error("something is still to be left")
			}
			a.checkInvariants()
			for _, p := range kept {
				a.Free(p, size, Keyspace)
			}
			a.dropIdle()
			if s := a.Stats(); s.Slabs != 0 {
				t.Errorf("left over: %+v", s)
			}
		})
	}
}
