package arena

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
)

func TestBlob(t *testing.T) {
	a := New()
	before := a.Stats()
	b := NewBlob(100_000)
	if b.Len() != 100_000 || b.Cap() < b.Len() || b.Size() != b.Cap()+blobHeader {
		t.Fatalf("len %d cap %d size %d", b.Len(), b.Cap(), b.Size())
	}
	if got := a.Stats().Blobs - before.Blobs; got != int64(b.Size()) {
		t.Fatalf("%d bytes in blobs, want %d", got, b.Size())
	}
	copy(b.Bytes(), "first")
	a.AdoptBlob(b, Value)
	if a.UsedBy(Value) != int64(b.Size()) || a.Stats().Blobs != before.Blobs {
		t.Fatalf("adopted: used %d", a.UsedBy(Value))
	}
	if BlobAt(b.Ref()) != b {
		t.Fatal("reference")
	}
	b.SetLen(5)
	b.Pin()
	a.FreeBlob(b, Value)
	if a.Used() != 0 || !bytes.Equal(b.Bytes(), []byte("first")) {
		t.Fatalf("freed while pinned: used %d, holds %q", a.Used(), b.Bytes())
	}
	if got := a.Stats().Blobs - before.Blobs; got != int64(b.Size()) {
		t.Fatalf("%d bytes in blobs, want %d", got, b.Size())
	}
	b.Unpin()
	if a.Stats().Blobs != before.Blobs {
		t.Fatal("memory of an unpinned blob did not go")
	}
	NewBlob(0).Discard()
	a.checkInvariants()
}

func TestBlobRefused(t *testing.T) {
	if b := NewBlob(int(spaceBytes)); b != nil {
		t.Fatal("a blob as large as the space")
	}
	if b := NewBlob(int(^uint(0) >> 1)); b != nil {
		t.Fatal("a blob larger than everything")
	}
}

func TestGrowBlob(t *testing.T) {
	a := New()
	b := NewBlob(10 << 20)
	a.AdoptBlob(b, Value)
	copy(b.Bytes(), "head")
	a.FreeBlob(b, Value)
	again := NewBlob(5 << 20) // half of the run that was just freed
	a.AdoptBlob(again, Value)
	if again == b {
		if !a.GrowBlob(again, 9<<20, Value) {
			t.Fatal("no growth into free memory")
		}
	} else if !a.GrowBlob(again, again.Cap(), Value) {
		t.Fatal("no growth within the capacity")
	}
	if again.Len() != 5<<20 || a.UsedBy(Value) != int64(again.Size()) {
		t.Fatalf("len %d, used %d, size %d", again.Len(), a.UsedBy(Value), again.Size())
	}
	a.checkInvariants()
	if a.GrowBlob(again, int(spaceBytes), Value) {
		t.Fatal("growth over the space")
	}
	a.FreeBlob(again, Value)
	a.checkInvariants()
	if a.Used() != 0 {
		t.Fatalf("used %d", a.Used())
	}
}

// TestBlobThreads lets threads allocate, fill and hand over blobs while the
// arena's owner allocates blocks, and readers unpin after the owner freed.
func TestBlobThreads(t *testing.T) {
	a := New()
	const threads, count = 4, 300
	filled := make(chan *Blob, 16)
	pinned := make(chan *Blob, 16)
	var writers, readers sync.WaitGroup
	for i := range threads {
		writers.Add(1)
		go func() {
			defer writers.Done()
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for range count {
				b := NewBlob(32<<10 + r.IntN(300<<10))
				seed := byte(r.Uint32())
				copy(b.Bytes(), pattern[seed:])
				if r.IntN(8) == 0 {
					b.Discard()
					continue
				}
				filled <- b
			}
		}()
	}
	readers.Add(1)
	go func() {
		defer readers.Done()
		for b := range pinned {
			seed := bytes.IndexByte(pattern, b.Bytes()[0])
			if !bytes.Equal(b.Bytes(), pattern[seed:][:b.Len()]) {
				t.Error("a pinned blob changed")
			}
			b.Unpin()
		}
	}()
	go func() { writers.Wait(); close(filled) }()
	for b := range filled {
		a.AdoptBlob(b, Value)
		p := a.Alloc(5000, Node)
		b.Pin()
		a.FreeBlob(b, Value)
		pinned <- b
		a.Free(p, 5000, Node)
		a.PurgeAll(0)
	}
	close(pinned)
	readers.Wait()
	a.checkInvariants()
	if a.Used() != 0 {
		t.Fatalf("used %d", a.Used())
	}
}
