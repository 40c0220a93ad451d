package sketch

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"
)

var seed = maphash.MakeSeed()

func add(t *Top, space int, name string, weight float64) {
	t.Add(maphash.String(seed, name), space, []byte(name), weight)
}

// check compares heap and table with the counters.
func (t *Top) check(tb testing.TB) {
	tb.Helper()
	for i, n := range t.heap {
		c := &t.counters[n]
		if int(c.place) != i || t.table[t.find(c.hash)] != n+1 {
			tb.Fatalf("counter %d is at %d of the heap, its place says %d", n, i, c.place)
		}
		if i > 0 && t.less(i, (i-1)/2) {
			tb.Fatalf("the heap is out of order at %d", i)
		}
	}
	used := 0
	for _, n := range t.table {
		if n != 0 {
			used++
		}
	}
	if used != len(t.counters) {
		tb.Fatalf("%d slots for %d counters", used, len(t.counters))
	}
}

// TestRandomStream: bounds hold, and no key with more than its share is missed.
func TestRandomStream(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	top := New(64)
	zipf := rand.NewZipf(rnd, 1.2, 1, 1<<20)
	truth := map[string]float64{}
	for i := range 200_000 {
		name := fmt.Sprint(zipf.Uint64())
		weight := float64(1 + rnd.IntN(3))
		add(top, 0, name, weight)
		truth[name] += weight
		if i%10_000 == 0 {
			top.check(t)
		}
	}
	top.check(t)
	seen := map[string]bool{}
	for _, k := range top.Heaviest(nil, 64, false) {
		n := truth[string(k.Name)]
		if n > k.Weight || n < k.Sure {
			t.Errorf("%s: %v is not between %v and %v", k.Name, n, k.Sure, k.Weight)
		}
		if k.Hash != maphash.Bytes(seed, k.Name) {
			t.Errorf("%s: another hash", k.Name)
		}
		seen[string(k.Name)] = true
	}
	for name, n := range truth {
		if n > top.Total()/64 && !seen[name] {
			t.Errorf("%s was missed with %v of %v", name, n, top.Total())
		}
	}
}

func TestSpacesAndScale(t *testing.T) {
	top := New(4)
	add(top, 0, "a", 4)
	add(top, 1, "a", 6)
	add(top, 1, "b", 1)
	top.Scale(0.5)
	list := top.Heaviest(nil, 2, true)
	if len(list) != 2 || list[0].Space != 1 || list[0].Weight != 3 || list[1].Space != 0 || list[1].Weight != 2 || top.Total() != 5.5 {
		t.Errorf("%+v", list)
	}
	top.Reset()
	if len(top.Heaviest(nil, 9, false)) != 0 || top.Total() != 0 {
		t.Error("not forgotten")
	}
}

// TestNewcomersAreNotSure: one that took over a counter is not shown as hot.
func TestNewcomersAreNotSure(t *testing.T) {
	top := New(2)
	add(top, 0, "a", 100)
	add(top, 0, "b", 50)
	add(top, 0, "c", 1)
	if list := top.Heaviest(nil, 9, true); len(list) != 1 || string(list[0].Name) != "a" {
		t.Errorf("%+v", list)
	}
	if list := top.Heaviest(nil, 9, false); len(list) != 2 || list[1].Sure != 1 {
		t.Errorf("%+v", list)
	}
}

func TestLargest(t *testing.T) {
	l := NewLargest(3)
	sizes := map[string]int64{"a": 10, "b": 30, "c": 20, "d": 5, "e": 40}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		l.Note(maphash.String(seed, name), 0, []byte(name), sizes[name])
	}
	if l.Wants(20) || !l.Wants(21) {
		t.Errorf("the least is %d", l.least)
	}
	show := func() (text string) {
		l.Each(3, func(space int, name []byte, size int64) { text += fmt.Sprintf("%s=%d ", name, size) })
		return text
	}
	if got := show(); got != "e=40 b=30 c=20 " {
		t.Error(got)
	}
	sizes["b"] = -1
	sizes["c"] = 99
	l.Refresh(func(hash uint64, space int, name []byte) int64 { return sizes[string(name)] })
	if got := show(); got != "c=99 e=40 " || !l.Wants(1) {
		t.Error(got)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	top, l := New(16), NewLargest(16)
	names := make([][]byte, 256)
	for i := range names {
		names[i] = fmt.Appendf(nil, "key:%05d", i)
	}
	i := 0
	step := func() {
		name := names[i%len(names)]
		hash := maphash.Bytes(seed, name)
		top.Add(hash, 0, name, 1)
		l.Note(hash, 0, name, int64(i))
		i++
	}
	for range 4 * len(names) {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	top := New(128)
	names := make([][]byte, 1<<16)
	for i := range names {
		names[i] = fmt.Appendf(nil, "key:%05d", i)
	}
	for i := range b.N {
		name := names[i*7919%len(names)]
		top.Add(maphash.Bytes(seed, name), 0, name, 1)
	}
}
