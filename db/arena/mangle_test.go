//go:build invariants

package arena

import (
	"runtime"
	"testing"
	"unsafe"
)

func TestMangled(t *testing.T) {
	a := New()
	p := a.AllocZero(100, Other)
	keep := a.Alloc(100, Other)
	s := unsafe.Slice((*byte)(p), 100)
	a.Free(p, 100, Other)
	for i, c := range s[linkBytes:] {
		if c != mangled {
			t.Fatalf("byte %d of a freed block is %x", i+linkBytes, c)
		}
	}
	mustPanic(t, "double free", func() { a.Free(p, 100, Other) })
	mustPanic(t, "free in a block", func() { a.Free(unsafe.Add(keep, 8), 100, Other) })
	mustPanic(t, "free in another arena", func() { New().Free(keep, 100, Other) })
	s[50] = 1
	mustPanic(t, "write after free", func() { a.Alloc(100, Other) })
}

func TestDoubleFreeOfPages(t *testing.T) {
	a := New()
	p := a.Alloc(100_000, Other)
	a.Free(p, 100_000, Other)
	mustPanic(t, "double free", func() { a.Free(p, 100_000, Other) })
}

func TestOwner(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	a := New()
	a.Claim()
	p := a.Alloc(10, Other)
	done := make(chan struct{})
	go func() {
		defer close(done)
		mustPanic(t, "another thread", func() { a.Free(p, 10, Other) })
	}()
	<-done
	a.Free(p, 10, Other)
}
