package arena

import (
	"testing"
	"time"
	"unsafe"
)

func purgeEverything(a *Arena) {
	for !a.PurgeAll(time.Second) {
	}
}

// TestPurgeWaits drives the decay with a clock of its own: only what is free
// for a whole window is surplus.
func TestPurgeWaits(t *testing.T) {
	a := New()
	purgeEverything(a)
	now := time.Now().Add(time.Hour)
	heap.nextWindow(now)
	churn := func() {
		b := NewBlob(1 << 20)
		b.Discard()
	}
	churn()
	heap.nextWindow(now.Add(decayWindow)) // the window in which it was first freed
	churn()
	if heap.nextWindow(now.Add(2 * decayWindow)) {
		t.Fatalf("%d pages are surplus though they are used in every window", heap.surplus)
	}
	heap.nextWindow(now.Add(3 * decayWindow))
	if !heap.nextWindow(now.Add(4*decayWindow)) || heap.surplus < 256 {
		t.Fatalf("%d pages are surplus after a window without use", heap.surplus)
	}
	for !a.Purge(0) {
	}
	if a.Stats().Free != 0 {
		t.Fatalf("%d bytes left", a.Stats().Free)
	}
	heap.windowStart = time.Time{}
}

// TestZeroed asks for zeroed memory where there was other data.
func TestZeroed(t *testing.T) {
	a := New()
	for _, size := range []int{1, 8, 100, 3000, 30_000, 40_000, 3 << 20} {
		for range 3 {
			p := a.AllocZero(size, Other)
			s := unsafe.Slice((*byte)(p), size)
			for i := range s {
				if s[i] != 0 {
					t.Fatalf("byte %d of %d is not zero", i, size)
				}
				s[i] = 0xff
			}
			a.Free(p, size, Other)
		}
		purgeEverything(a)
	}
}

// TestIdleSlabs: what grew and shrank through many sizes leaves no slabs behind,
// and what is in use stays where it is.
func TestIdleSlabs(t *testing.T) {
	a := New()
	for !a.Purge(time.Second) { // begins a window
	}
	kept := unsafe.Slice((*byte)(a.Alloc(100, Other)), 100)
	for i := range kept {
		kept[i] = byte(i)
	}
	for size := 64; size < smallMax; size += 64 {
		a.Free(a.Alloc(size, Other), size, Other)
	}
	if a.Stats().Slabs < 100 {
		t.Fatalf("%d slabs: the test does not do what it is for", a.Stats().Slabs)
	}
	a.Purge(0)
	if a.Stats().Slabs < 100 {
		t.Error("slabs were given back before a window was over")
	}
	a.idleDropped = a.idleDropped.Add(-decayWindow)
	a.Purge(0)
	if s := a.Stats(); s.Slabs != 1 || s.SlabBytes != unitBytes {
		t.Errorf("%d slabs of %d bytes", s.Slabs, s.SlabBytes)
	}
	for i := range kept {
		if kept[i] != byte(i) {
			t.Fatal("a block in use was given back")
		}
	}
	a.Free(unsafe.Pointer(&kept[0]), 100, Other)
}
