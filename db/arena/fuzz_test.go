package arena

import (
	"testing"
	"unsafe"
)

// FuzzArena reads operations of three bytes and runs them on an arena and on
// a list of what should be in it.
func FuzzArena(f *testing.F) {
	f.Add([]byte{0, 1, 2, 1, 0, 0, 2, 9, 9, 3, 0, 0})
	f.Add([]byte{0, 200, 200, 0, 200, 200, 4, 1, 1, 5, 0, 0, 1, 0, 0, 3, 0, 0, 6, 1, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		a := New()
		var blocks []block
		var blobs []*Blob
		for i := 0; i+2 < len(ops); i += 3 {
			arg := int(ops[i+1])<<8 | int(ops[i+2])
			switch ops[i] % 7 {
			case 0, 6: // small
				b := block{size: 1 + arg%smallMax, p: Purpose(arg % NumPurposes), seed: byte(i)}
				b.ptr = a.Alloc(b.size, b.p)
				b.fill()
				blocks = append(blocks, b)
			case 1: // free
				if len(blocks) == 0 {
					continue
				}
				j := arg % len(blocks)
				b := blocks[j]
				if !b.intact() {
					t.Fatalf("block of %d bytes changed", b.size)
				}
				a.Free(b.ptr, b.size, b.p)
				blocks = append(blocks[:j], blocks[j+1:]...)
			case 2: // pages
				b := block{size: smallMax + 1 + arg, p: Value, seed: byte(i)}
				b.ptr = a.AllocZero(b.size, b.p)
				for _, c := range unsafe.Slice((*byte)(b.ptr), b.size) {
					if c != 0 {
						t.Fatal("not zeroed")
					}
				}
				b.fill()
				blocks = append(blocks, b)
			case 3:
				a.PurgeAll(0)
			case 4:
				b := NewBlob(arg * 4)
				a.AdoptBlob(b, Value)
				blobs = append(blobs, b)
			case 5:
				if len(blobs) > 0 {
					b := blobs[len(blobs)-1]
					a.GrowBlob(b, b.Cap()+arg, Value)
					if arg%2 == 0 {
						a.FreeBlob(b, Value)
						blobs = blobs[:len(blobs)-1]
					}
				}
			}
		}
		a.checkInvariants()
		for _, b := range blobs {
			a.FreeBlob(b, Value)
		}
		for _, b := range blocks {
			if !b.intact() {
				t.Fatalf("block of %d bytes changed", b.size)
			}
			a.Free(b.ptr, b.size, b.p)
		}
		for !a.PurgeAll(0) {
		}
		a.checkInvariants()
		if s := a.Stats(); s.Used != 0 || s.Slabs != 0 {
			t.Fatalf("left over: %+v", s)
		}
	})
}
