package table

import (
	"hash/maphash"
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"

	"basalt/db/arena"
	"basalt/internal/seeds"
)

// item is the entry of the tests: 16 bytes in the arena.
type item struct{ hash, key uint64 }

var hashSeed = maphash.MakeSeed()

func strongHash(key uint64) uint64 { return maphash.Comparable(hashSeed, key) }

func itemAt(r arena.Ref) *item { return (*item)(r.Ptr()) }

var itemKind = Kind{
	Hash:    func(r arena.Ref) uint64 { return itemAt(r).hash },
	Purpose: arena.Table,
}

// set is a table with a hash function, used as its owners use it.
type set struct {
	t     Table
	s     Space
	hash  func(uint64) uint64
	model map[uint64]arena.Ref
}

func newSet(hash func(uint64) uint64) *set {
	x := &set{s: Space{Arena: arena.New(), Kind: &itemKind}, hash: hash, model: map[uint64]arena.Ref{}}
	x.t.Init(x.s)
	return x
}

func newItem(a *arena.Arena, hash, key uint64) arena.Ref {
	p := (*item)(a.Alloc(int(unsafe.Sizeof(item{})), arena.Keyspace))
	*p = item{hash, key}
	return arena.RefOf(unsafe.Pointer(p))
}

func (x *set) freeItem(r arena.Ref) {
	x.s.Arena.Free(r.Ptr(), int(unsafe.Sizeof(item{})), arena.Keyspace)
}

func (x *set) find(key uint64) (arena.Ref, Probe) {
	p := x.t.Find(x.hash(key))
	for r := p.Next(); r != 0; r = p.Next() {
		if itemAt(r).key == key {
			return r, p
		}
	}
	return 0, p
}

func (x *set) insert(key uint64) {
	r := newItem(x.s.Arena, x.hash(key), key)
	x.model[key] = r
	x.t.Insert(x.s, x.hash(key), r)
}

func (x *set) remove(key uint64) {
	r, p := x.find(key)
	p.Remove()
	delete(x.model, key)
	x.freeItem(r)
}

// move gives the entry of a key another address.
func (x *set) move(key uint64) {
	r, p := x.find(key)
	n := newItem(x.s.Arena, x.hash(key), key)
	p.Replace(n)
	x.model[key] = n
	x.freeItem(r)
}

// check compares the table with the model.
func (x *set) check(t *testing.T) {
	t.Helper()
	x.t.checkInvariants(x.s)
	if used := x.s.Arena.UsedBy(arena.Table); used != int64(x.t.memory()) {
		t.Fatalf("%d bytes in use, counted %d", used, x.t.memory())
	}
	if x.t.Len() != len(x.model) {
		t.Fatalf("%d entries, model has %d", x.t.Len(), len(x.model))
	}
	for key, r := range x.model {
		if got, _ := x.find(key); got != r {
			t.Fatalf("key %d: found %x, model has %x", key, got, r)
		}
	}
}

// drop frees everything and asserts that nothing is left in the arena.
func (x *set) drop(t *testing.T) {
	t.Helper()
	for !x.t.Drain(x.s, 100, x.freeItem) {
	}
	if used := x.s.Arena.Used(); used != 0 {
		t.Fatalf("%d bytes in use after draining", used)
	}
}

func TestEmpty(t *testing.T) {
	x := newSet(strongHash)
	if r, _ := x.find(1); r != 0 {
		t.Error("found something")
	}
	x.t.Prefetch(1)
	x.t.PrefetchEntry(1)
	if x.t.Scan(0, nil) != 0 || x.t.Scan(77, nil) != 0 {
		t.Error("scan of an empty table does not end")
	}
	if x.t.Random(rand.Uint64) != 0 || x.t.Step(x.s, 1) || x.t.Len() != 0 {
		t.Error("an empty table has something")
	}
	if x.t.Stats() != (Stats{}) {
		t.Errorf("stats %+v", x.t.Stats())
	}
	x.drop(t)
}

// TestModel runs random histories that grow and shrink tables of many sizes.
func TestModel(t *testing.T) {
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for _, size := range []int{1, 8, 12, 100, 1000, 20000} {
		x := newSet(strongHash)
		keys := []uint64{}
		for phase := range 6 {
			grow := 0.8
			if phase%2 == 1 {
				grow = 0.2
			}
			for range 2 * size {
				switch p := rnd.Float64(); {
				case len(keys) == 0 || p < grow:
					key := rnd.Uint64()
					keys = append(keys, key)
					x.insert(key)
				case p < 0.95:
					i := rnd.IntN(len(keys))
					x.remove(keys[i])
					keys[i] = keys[len(keys)-1]
					keys = keys[:len(keys)-1]
					x.t.Step(x.s, rnd.IntN(3))
				default:
					x.move(keys[rnd.IntN(len(keys))])
				}
			}
			x.check(t)
			for range 100 {
				if r, _ := x.find(rnd.Uint64()); r != 0 {
					t.Fatal("found a key that nobody inserted")
				}
			}
		}
		x.drop(t)
	}
}

// TestShrink removes everything and asserts that all memory comes back, and
// that the memory stays in proportion on the way.
func TestShrink(t *testing.T) {
	x := newSet(strongHash)
	const n = 200_000
	for key := range uint64(n) {
		x.insert(key)
	}
	for key := range uint64(n) {
		x.remove(key)
		x.t.Step(x.s, 1)
		if left := n - key - 1; left > 1000 && x.t.Stats().Bytes > int64(left)*29/2 {
			t.Fatalf("%d entries take %d bytes", left, x.t.Stats().Bytes)
		}
	}
	for x.t.Step(x.s, 10) {
	}
	if used := x.s.Arena.Used(); used != 0 {
		t.Fatalf("%d bytes in use", used)
	}
	x.t.checkInvariants(x.s)
	x.insert(1)
	x.check(t)
}

// TestLazyShrink removes nearly everything before the first step.
func TestLazyShrink(t *testing.T) {
	x := newSet(strongHash)
	const n = 50_000
	for key := range uint64(n) {
		x.insert(key)
	}
	for key := range uint64(n - 100) {
		x.remove(key)
	}
	x.check(t)
	steps := 0
	for x.t.Step(x.s, 1) {
		steps++
		if steps%1000 == 0 {
			x.check(t)
		}
	}
	x.check(t)
	if s := x.t.Stats(); s.Buckets > 30 || s.Rehashing {
		t.Errorf("after %d steps: %+v", steps, s)
	}
	x.drop(t)
}

// TestBadHash keeps the table correct where its speed is lost.
func TestBadHash(t *testing.T) {
	for name, hash := range map[string]func(uint64) uint64{
		"constant":  func(uint64) uint64 { return 0x123456789 },
		"low bits":  func(k uint64) uint64 { return k << 40 },
		"high bits": func(k uint64) uint64 { return k },
		"few":       func(k uint64) uint64 { return k % 7 * 0x0123456789abcdef },
	} {
		t.Run(name, func(t *testing.T) {
			x := newSet(hash)
			for key := range uint64(2000) {
				x.insert(key)
			}
			x.check(t)
			for key := range uint64(1500) {
				x.remove(key)
				x.t.Step(x.s, 1)
			}
			x.check(t)
			x.drop(t)
		})
	}
}

// TestTagsAndSlots goes through every tag and slot of a bucket.
func TestTagsAndSlots(t *testing.T) {
	for top := range uint64(256) {
		tag := tagOf(top << 56)
		if tag < 2 || tag > 255 || top >= 2 && tag != top {
			t.Fatalf("tag of %d is %d", top, tag)
		}
	}
	for slot := range uintptr(slots) {
		for tag := 2; tag < 256; tag++ {
			var b bucket
			b.set(slot, uint8(tag), 0xab_1234_5678)
			m := b.match(spread(uint64(tag)))
			if m&(m-1) != 0 || slotOf(m) != slot || b.used() != m || b.free() != allSlots&^m {
				t.Fatalf("slot %d tag %d: match %x", slot, tag, m)
			}
			if b.ref(slot) != 0xab_1234_5678 {
				t.Fatalf("slot %d holds %x", slot, b.ref(slot))
			}
		}
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		var b bucket
		for i := range b.tags {
			b.tags[i] = []uint8{0, 2, 3, 4, 5, 254, 255}[rnd.IntN(7)]
		}
		for _, tag := range []uint8{2, 3, 4, 254, 255} {
			m := b.match(spread(uint64(tag)))
			for i := range uintptr(slots) {
				var one bucket
				one.tags[i] = 2
				bit := one.used()
				if b.tags[i] == tag && m&bit == 0 || b.tags[i] == 0 && m&bit != 0 {
					t.Fatalf("tags %v, match of %d is %x", b.tags, tag, m)
				}
				if (b.tags[i] == 0) != (b.free()&bit != 0) {
					t.Fatalf("tags %v, free %x", b.tags, b.free())
				}
			}
		}
	}
}

// TestDirectory walks the number of segments up and down over the borders of
// pages without the entries that it would take otherwise.
func TestDirectory(t *testing.T) {
	s := Space{Arena: arena.New(), Kind: &itemKind}
	var x Table
	x.open(s)
	const top = 5*pageBuckets + 3
	for i := uint64(1); i < top; i++ {
		x.addMain(s, i)
		if n := i + 1; n%segmentBuckets <= 1 {
			if x.segment(i).main == nil || x.segment(n/2) == nil {
				t.Fatalf("no segment at %d", i)
			}
			pages := i/pageBuckets + 1
			if (x.root != nil) != (pages > 1) {
				t.Fatalf("root %p with %d pages", x.root, pages)
			}
		}
	}
	x.mask, x.split = 1<<20-1, top-1<<20
	if got, buckets := s.Arena.Used(), int64(top*bucketBytes); got != int64(x.memory()) || got > buckets+buckets/256 {
		t.Fatalf("%d bytes in use, counted %d for %d of buckets", got, x.memory(), buckets)
	}
	for i := uint64(top - 1); i > 0; i-- {
		x.dropMain(s, i)
	}
	x.close(s)
	if s.Arena.Used() != 0 || x.memory() != 0 {
		t.Fatalf("%d bytes in use, counted %d", s.Arena.Used(), x.memory())
	}
}

// TestOffHeap keeps a table inside an object in the arena.
func TestOffHeap(t *testing.T) {
	if unsafe.Sizeof(Table{}) > 88 {
		t.Errorf("a table takes %d bytes", unsafe.Sizeof(Table{}))
	}
	err := arena.CheckNoGoPointers(reflect.TypeFor[Table](), reflect.TypeFor[*page](), reflect.TypeFor[page](),
		reflect.TypeFor[[segmentBuckets]bucket](), reflect.TypeFor[[overMax]bucket]())
	if err != nil {
		t.Error(err)
	}
	s := Space{Arena: arena.New(), Kind: &itemKind}
	x := (*Table)(s.Arena.AllocZero(int(unsafe.Sizeof(Table{})), arena.Node))
	for key := range uint64(5000) {
		x.Insert(s, strongHash(key), newItem(s.Arena, strongHash(key), key))
	}
	y := *x // moved by copying
	y.checkInvariants(s)
	for !y.Drain(s, 64, func(r arena.Ref) { s.Arena.Free(r.Ptr(), 16, arena.Keyspace) }) {
	}
	s.Arena.Free(unsafe.Pointer(x), int(unsafe.Sizeof(Table{})), arena.Node)
	if s.Arena.Used() != 0 {
		t.Errorf("%d bytes in use", s.Arena.Used())
	}
}

// TestDrain asserts that a call takes about what it was asked to.
func TestDrain(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11, 5000, 100_000} {
		for _, slice := range []int{1, 7, 256} {
			x := newSet(strongHash)
			for key := range uint64(n) {
				x.insert(key)
			}
			seen := 0
			for done := false; !done; {
				before := seen
				done = x.t.Drain(x.s, slice, func(r arena.Ref) {
					delete(x.model, itemAt(r).key)
					x.freeItem(r)
					seen++
				})
				if seen-before > slice+slots {
					t.Fatalf("slice of %d took %d entries", slice, seen-before)
				}
				if x.t.Len() != n-seen || x.t.Stats().Len != n-seen {
					t.Fatalf("%d entries left, Len is %d", n-seen, x.t.Len())
				}
			}
			if len(x.model) != 0 || x.s.Arena.Used() != 0 {
				t.Fatalf("%d entries, %d bytes left", len(x.model), x.s.Arena.Used())
			}
			x.insert(3)
			x.check(t)
		}
	}
}
