package ringbuf

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"basalt/internal/seeds"
)

func TestFullAndEmpty(t *testing.T) {
	for _, capacity := range []int{1, 2, 8} {
		r := New[int](capacity)
		if r.Cap() != capacity {
			t.Fatal(r.Cap())
		}
		for round := range 3 * capacity { // starts at every slot
			if v, ok := r.Pop(); ok {
				t.Fatal("popped from an empty ring:", v)
			}
			for i := range capacity {
				if r.Len() != i || !r.Push(round+i) {
					t.Fatal("no room at", r.Len())
				}
			}
			if r.Push(-1) || r.PushBatch([]int{-1}) != 0 || r.Len() != capacity {
				t.Fatal("pushed into a full ring")
			}
			for i := range capacity {
				if v, ok := r.Pop(); !ok || v != round+i {
					t.Fatal(v, ok, "want", round+i)
				}
			}
			r.Push(0) // shift the start
			r.Pop()
		}
	}
}

func TestCapacityIsAPowerOfTwo(t *testing.T) {
	for _, capacity := range []int{-1, 0, 3, 100} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("made a ring of %d", capacity)
				}
			}()
			New[int](capacity)
		}()
	}
}

// TestAgainstModel does random operations on a ring and on a slice.
func TestAgainstModel(t *testing.T) {
	seed := seeds.Of(t)
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 50 {
		r := New[int](1 << random.IntN(7))
		var model []int
		next := 0
		for range 5000 {
			size := random.IntN(2*r.Cap() + 1)
			switch random.IntN(4) {
			case 0:
				ok := r.Push(next)
				if ok != (len(model) < r.Cap()) {
					t.Fatal("Push", ok, "at", len(model))
				}
				if ok {
					model = append(model, next)
					next++
				}
			case 1:
				batch := make([]int, size)
				for i := range batch {
					batch[i] = next + i
				}
				n := r.PushBatch(batch)
				if n != min(size, r.Cap()-len(model)) {
					t.Fatal("PushBatch", n, "of", size, "at", len(model))
				}
				model = append(model, batch[:n]...)
				next += n
			case 2:
				v, ok := r.Pop()
				if ok != (len(model) > 0) || ok && v != model[0] {
					t.Fatal("Pop", v, ok)
				}
				if ok {
					model = model[1:]
				}
			case 3:
				batch := make([]int, size)
				n := r.PopBatch(batch)
				if n != min(size, len(model)) {
					t.Fatal("PopBatch", n, "of", size, "at", len(model))
				}
				for i, v := range batch[:n] {
					if v != model[i] {
						t.Fatal("PopBatch got", v, "want", model[i])
					}
				}
				model = model[n:]
			}
			if r.Len() != len(model) {
				t.Fatal("Len", r.Len(), "want", len(model))
			}
		}
	}
}

// TestStress has two goroutines move millions of elements in random batches;
// each has to arrive once, in order. The memory that an element points to is
// written before the push and read after the pop, so the race detector checks
// that the ring publishes it.
func TestStress(t *testing.T) {
	const total = 2_000_000
	seed := seeds.Of(t)
	t.Log("seed", seed)
	for _, capacity := range []int{1, 4, 256, 4096} {
		r := New[*int](capacity)
		count := total
		if capacity < 256 {
			count /= 20 // nearly every step waits for the other side
		}
		go produce(r, rand.New(rand.NewPCG(seed, 1)), count)
		if !consume(t, r, rand.New(rand.NewPCG(seed, 2)), count) {
			return
		}
	}
}

func produce(r *SPSC[*int], random *rand.Rand, count int) {
	values := make([]int, count)
	batch := make([]*int, 0, 128)
	for next := 0; next < count; {
		batch = batch[:0]
		for i := range 1 + random.IntN(cap(batch)) {
			if next+i == count {
				break
			}
			values[next+i] = next + i
			batch = append(batch, &values[next+i])
		}
		n := 0
		if len(batch) == 1 {
			if r.Push(batch[0]) {
				n = 1
			}
		} else {
			n = r.PushBatch(batch)
		}
		next += n
		if length := r.Len(); length < 0 || length > r.Cap() {
			panic("BUG: length out of range")
		}
		if n == 0 {
			runtime.Gosched()
		}
	}
}

func consume(t *testing.T, r *SPSC[*int], random *rand.Rand, count int) bool {
	batch := make([]*int, 128)
	deadline := time.Now().Add(2 * time.Minute)
	for next := 0; next < count; {
		n := 0
		if size := random.IntN(len(batch)); size == 0 {
			if v, ok := r.Pop(); ok {
				batch[0], n = v, 1
			}
		} else {
			n = r.PopBatch(batch[:size])
		}
		for i := range n {
			if *batch[i] != next {
				t.Errorf("got %d, want %d", *batch[i], next)
				return false
			}
			next++
		}
		if n == 0 {
			runtime.Gosched()
			if time.Now().After(deadline) {
				t.Errorf("stuck at %d of %d", next, count)
				return false
			}
		}
	}
	if r.Len() != 0 {
		t.Error("elements left over")
		return false
	}
	return true
}

// TestPoppedMemoryIsFreed: the ring keeps nothing alive that was taken out.
func TestPoppedMemoryIsFreed(t *testing.T) {
	r := New[*[64]byte](8)
	freed := make(chan bool, 8)
	for range 6 {
		value := new([64]byte)
		runtime.AddCleanup(value, func(int) { freed <- true }, 0)
		r.Push(value)
	}
	r.Pop()
	func() {
		var batch [5]*[64]byte
		if r.PopBatch(batch[:]) != 5 {
			t.Fatal("lost some")
		}
	}()
	limit := time.After(20 * time.Second)
	for range 6 {
		runtime.GC()
		select {
		case <-freed:
		case <-limit:
			t.Fatal("the ring keeps what was popped")
		}
	}
	runtime.KeepAlive(r)
}

// TestLayout: what the two sides write never shares a pair of cache lines, with
// each other or with what both read, wherever the struct lies.
func TestLayout(t *testing.T) {
	var r SPSC[int]
	head := unsafe.Offsetof(r.positions) + unsafe.Offsetof(r.head)
	seenTail := unsafe.Offsetof(r.seenTail)
	tail := unsafe.Offsetof(r.tail)
	seenHead := unsafe.Offsetof(r.seenHead)
	slots := unsafe.Offsetof(r.slots)
	if seenTail-head != 8 || seenHead-tail != 8 {
		t.Error("a position and its copy of the other lie apart")
	}
	if head < lineSize || tail-seenTail < lineSize-8 || slots-seenHead < lineSize-8 {
		t.Error("lines are shared:", head, seenTail, tail, seenHead, slots)
	}
}

func TestNoAllocations(t *testing.T) {
	r := New[[4]uint64](64)
	batch := make([][4]uint64, 16)
	if n := testing.AllocsPerRun(100, func() {
		r.Push(batch[0])
		r.PushBatch(batch)
		r.Pop()
		r.PopBatch(batch)
	}); n != 0 {
		t.Error(n, "allocations")
	}
}

func BenchmarkPushPop(b *testing.B) {
	r := New[*int](1024)
	for b.Loop() {
		r.Push(nil)
		r.Pop()
	}
}

func BenchmarkBatch16(b *testing.B) {
	r := New[*int](1024)
	batch := make([]*int, 16)
	for b.Loop() {
		r.PushBatch(batch)
		r.PopBatch(batch)
	}
}

// BenchmarkHandOver moves elements between two threads, in batches of 16.
func BenchmarkHandOver(b *testing.B) {
	r := New[*int](1024)
	go func() {
		batch := make([]*int, 16)
		for left := b.N; left > 0; {
			n := r.PushBatch(batch[:min(left, len(batch))])
			if n == 0 {
				runtime.Gosched()
			}
			left -= n
		}
	}()
	batch := make([]*int, 16)
	for got := 0; got < b.N; {
		n := r.PopBatch(batch)
		if n == 0 {
			runtime.Gosched()
		}
		got += n
	}
}
