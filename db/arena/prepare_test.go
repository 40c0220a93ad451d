package arena

import (
	"sync"
	"testing"
	"time"
	"unsafe"
)

// settlePrepared waits until the preparer sleeps and returns how many regions
// it has prepared.
func settlePrepared(t *testing.T) int {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		heap.mu.Lock()
		busy, count := heap.ahead.busy, heap.ahead.count
		heap.mu.Unlock()
		if !busy {
			return count
		}
		if time.Now().After(deadline) {
			t.Fatal("the preparer does not come to rest")
		}
	}
}

// prepareForTest starts the preparer for one test, on one processor as well.
func prepareForTest(t *testing.T) {
	t.Helper()
	heap.startPreparer()
	t.Cleanup(func() {
		settlePrepared(t)
		heap.mu.Lock()
		defer heap.mu.Unlock()
		close(heap.ahead.wake)
		heap.ahead.goal = 0
		heap.unprepare()
		heap.ahead = preparer{}
	})
}

// TestPrepareFollowsDemand fills slabs and looks at what is prepared while that
// goes on and after it has ended.
func TestPrepareFollowsDemand(t *testing.T) {
	a := New()
	purgeEverything(a)
	prepareForTest(t)
	fill := func(bytes int) {
		for range bytes / 1024 {
			*(*int)(a.Alloc(1024, Keyspace)) = 1
		}
	}
	fill(1024)
	if n := settlePrepared(t); n > preparedRest {
		t.Fatalf("%d regions prepared for a server of one", n)
	}
	most := 0
	for range 40 {
		fill(regionBytes)
		most = max(most, settlePrepared(t))
	}
	if most != preparedMax {
		t.Fatalf("%d regions prepared at most while 80 MiB are filled, want %d", most, preparedMax)
	}
	a.checkInvariants()
	s := a.Stats()
	if s.Prepared == 0 || s.Free < s.Prepared || s.Committed < s.Used+s.Prepared {
		t.Fatalf("prepared memory is not counted: %+v", s)
	}
	now := time.Now().Add(time.Hour)
	heap.nextWindow(now)
	heap.nextWindow(now.Add(decayWindow))
	if n := settlePrepared(t); n != preparedRest {
		t.Fatalf("%d regions prepared after a window without demand, want %d", n, preparedRest)
	}
	a.checkInvariants()
	heap.nextWindow(now.Add(2 * decayWindow))
	heap.nextWindow(now.Add(3 * decayWindow))
	for !a.Purge(0) {
	}
	const rest = preparedRest * regionBytes
	if s := a.Stats(); s.Free != rest || s.Prepared != rest {
		t.Fatalf("at rest %d bytes are free and resident, %d of them prepared; want %d", s.Free, s.Prepared, rest)
	}
	purgeEverything(a)
	if s := a.Stats(); s.Free != 0 {
		t.Fatalf("%d bytes left after everything was purged", s.Free)
	}
	heap.windowStart = time.Time{}
	a.checkInvariants()
}

// TestPreparedRuns allocates runs of pages, which should come from one prepared
// region as long as it lasts.
func TestPreparedRuns(t *testing.T) {
	a := New()
	purgeEverything(a)
	prepareForTest(t)
	a.Alloc(40_000, Value)
	settlePrepared(t)
	heap.mu.Lock()
	heap.ahead.taken = 0
	heap.mu.Unlock()
	const count = 200
	for range count {
		p := a.Alloc(40_000, Value)
		*(*int)(p) = 1
		settlePrepared(t)
	}
	heap.mu.Lock()
	taken := heap.ahead.taken
	heap.mu.Unlock()
	if most := count*40_960/regionBytes + 2; taken == 0 || taken > most {
		t.Fatalf("%d regions were taken for %d runs, want %d at most", taken, count, most)
	}
	a.checkInvariants()
}

// TestPrepareRaces has arenas and blobs of several threads, the preparer and
// the purge in each other's way, and looks at every byte written.
func TestPrepareRaces(t *testing.T) {
	prepareForTest(t)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			a := New()
			if g == 0 {
				for range 200 {
					a.PurgeAll(0)
					time.Sleep(100 * time.Microsecond)
				}
				return
			}
			for round := range 4 {
				fillAndCheck(t, a, byte(g<<4|round))
			}
		}()
	}
	wg.Wait()
	settlePrepared(t)
	New().checkInvariants()
}

// fillAndCheck writes mark into many blocks and blobs, looks whether it is
// still there when all are written, and frees them.
func fillAndCheck(t *testing.T, a *Arena, mark byte) {
	sizes := [...]int{100, 1000, 20_000, 50_000, 600_000}
	var blocks [][]byte
	for i := range 600 {
		size := sizes[i%len(sizes)]
		b := unsafe.Slice((*byte)(a.Alloc(size, Value)), size)
		for k := range b {
			b[k] = mark
		}
		blocks = append(blocks, b)
	}
	for _, b := range blocks {
		for k := range b {
			if b[k] != mark {
				t.Errorf("byte %d of a block of %d is %#x, want %#x", k, len(b), b[k], mark)
				return
			}
		}
		a.Free(unsafe.Pointer(&b[0]), len(b), Value)
	}
}
