package arena

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
	"unsafe"
)

// residentBytes returns the resident set of the process.
func residentBytes(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(b), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// TestPurgeRuns frees a large blob and looks at the resident set.
func TestPurgeRuns(t *testing.T) {
	a := New()
	purgeEverything(a)
	before := residentBytes(t)
	const size = 96 << 20
	b := NewBlob(size)
	a.AdoptBlob(b, Value)
	for i := 0; i < size; i += pageBytes {
		b.Bytes()[i] = 1
	}
	full := residentBytes(t)
	if full-before < size*9/10 {
		t.Fatalf("filling a blob of %d bytes made the resident set %d larger", size, full-before)
	}
	a.FreeBlob(b, Value)
	if free := a.Stats().Free; free < size {
		t.Fatalf("%d bytes free, want %d at least", free, size)
	}
	var times []time.Duration
	for done := false; !done; {
		start := time.Now()
		done = a.PurgeAll(0)
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	t.Logf("%d slices, median %v, nine in ten %v, longest %v",
		len(times), times[len(times)/2], times[len(times)*9/10], times[len(times)-1])
	if after := residentBytes(t); full-after < size*9/10 {
		t.Fatalf("resident %d before, %d after the purge", full, after)
	}
	if free := a.Stats().Free; free != 0 {
		t.Fatalf("%d bytes still free and resident", free)
	}
	a.checkInvariants()
}

// TestPurgeSlabs frees most of many small blocks, leaving regions partly in
// use, and looks at the resident set and at what is left.
func TestPurgeSlabs(t *testing.T) {
	a := New()
	purgeEverything(a)
	const count, size = 1 << 19, 120
	ptrs := make([]unsafe.Pointer, count)
	before := residentBytes(t)
	for i := range ptrs {
		ptrs[i] = a.Alloc(size, Keyspace)
		*(*int)(ptrs[i]) = i
	}
	full := residentBytes(t)
	perUnit := unitBytes / size
	for i, p := range ptrs {
		if i/perUnit%8 != 0 {
			a.Free(p, size, Keyspace)
		}
	}
	purgeEverything(a)
	after := residentBytes(t)
	t.Logf("resident %d MiB full, %d MiB after", (full-before)>>20, (after-before)>>20)
	if full-after < count*size*7/8*9/10 {
		t.Fatalf("resident %d before, %d full, %d after the purge", before, full, after)
	}
	a.checkInvariants()
	for i, p := range ptrs {
		if i/perUnit%8 == 0 {
			if *(*int)(p) != i {
				t.Fatalf("block %d changed", i)
			}
			a.Free(p, size, Keyspace)
		}
	}
	purgeEverything(a)
	a.checkInvariants()
}
