package tracking

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"basalt/db"
	"basalt/db/arena"
	"basalt/internal/seeds"
)

// model is a Table as plain maps: what it must remember, those included who
// have gone since they read.
type model struct {
	keys  map[string]map[int64]bool
	alive map[int64]bool
}

// check compares the table with the model: everybody who is alive and has read
// a key is in its entry, and nobody who has not.
func (m *model) check(t *testing.T, tab *Table) {
	t.Helper()
	items, bytes, seen := 0, 0, 0
	each := func(r arena.Ref) {
		e := entryAt(r)
		key := string(e.key())
		seen++
		readers, ok := m.keys[key]
		if !ok {
			t.Fatalf("key %q is in the table", key)
		}
		ids := e.list()
		if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Fatalf("clients %v of %q", ids, key)
		}
		for _, id := range ids {
			if !readers[int64(id)] {
				t.Fatalf("client %d has not read %q", id, key)
			}
		}
		for id := range readers {
			if _, found := slices.BinarySearch(ids, uint64(id)); !found && m.alive[id] {
				t.Fatalf("client %d is missing in %q: %v", id, key, ids)
			}
		}
		items += len(ids)
		bytes += arena.ClassSize(entryHead + len(key))
		if len(ids) > 1 || e.count() > 1 {
			bytes += arena.ClassSize(8 * e.room())
			if living := m.living(readers); e.room() > 4 && e.room() >= 3*max(living, len(ids)) {
				t.Fatalf("%q has room for %d, of which %d are there", key, e.room(), living)
			}
		}
	}
	for cursor := tab.live.Scan(0, each); cursor != 0; {
		cursor = tab.live.Scan(cursor, each)
	}
	if seen != len(m.keys) || tab.Len() != seen || tab.Items() != items || tab.bytes != bytes {
		t.Fatalf("%d keys of %d, %d items of %d, %d bytes of %d", seen, len(m.keys), tab.Items(), items, tab.bytes, bytes)
	}
}

func (m *model) living(readers map[int64]bool) int {
	n := 0
	for id := range readers {
		if m.alive[id] {
			n++
		}
	}
	return n
}

func TestTableAgainstModel(t *testing.T) {
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 1))
	m := &model{keys: map[string]map[int64]bool{}, alive: map[int64]bool{}}
	a := arena.New()
	tab := New(a, func(id int64) bool { return m.alive[id] })
	last, clients := int64(0), []int64{}
	limit := 0
	evicted := func(key []byte, id int64) {
		if !m.keys[string(key)][id] {
			t.Fatalf("client %d is told of %q, which it has not read", id, key)
		}
	}
	// What was forgotten by eviction is taken out of the model by its keys.
	sync := func() {
		for key := range m.keys {
			if e, _ := tab.find([]byte(key), db.Hash([]byte(key))); e == nil {
				delete(m.keys, key)
			}
		}
	}
	for step := range 60000 {
		key := fmt.Appendf(nil, "key:%d", int(300*rnd.Float64()*rnd.Float64()))
		hash := db.Hash(key)
		switch op := rnd.IntN(100); {
		case op < 4 || len(clients) == 0:
			last += int64(1 + rnd.IntN(3))
			m.alive[last] = true
			clients = append(clients, last)
		case op < 7 && len(clients) > 3:
			i := rnd.IntN(len(clients))
			delete(m.alive, clients[i])
			clients = slices.Delete(clients, i, i+1)
		case op < 85:
			id := clients[rnd.IntN(len(clients))]
			if !tab.Remember(key, hash, id) {
				t.Fatal("a short key was not remembered")
			}
			if m.keys[string(key)] == nil {
				m.keys[string(key)] = map[int64]bool{}
			}
			m.keys[string(key)][id] = true
		case op < 99:
			told := map[int64]bool{}
			tab.Forget(key, hash, func(id int64) { told[id] = true })
			for id := range m.keys[string(key)] {
				if m.alive[id] && !told[id] {
					t.Fatalf("client %d was not told of %q", id, key)
				}
			}
			for id := range told {
				if !m.keys[string(key)][id] {
					t.Fatalf("client %d was told of %q", id, key)
				}
			}
			delete(m.keys, string(key))
		default:
			limit = rnd.IntN(300)
			tab.SetMax(limit)
			for tab.Step(time.Millisecond, evicted) {
			}
			if limit != 0 && tab.Len() > limit {
				t.Fatalf("%d keys, limit %d", tab.Len(), limit)
			}
			sync()
			if rnd.IntN(30) == 0 {
				tab.Flush()
				clear(m.keys)
			}
		}
		if step%500 == 0 {
			m.check(t, tab)
		}
	}
	m.check(t, tab)
	tab.Flush()
	for tab.Step(time.Millisecond, evicted) {
	}
	if tab.Len() != 0 || tab.Items() != 0 || tab.bytes != 0 || a.Used() != 0 {
		t.Errorf("%d keys, %d items, %d bytes, %d in the arena left", tab.Len(), tab.Items(), tab.bytes, a.Used())
	}
}

// TestCrowdOfReaders lets a key that never changes be read by clients that come
// and go: its entry stays small.
func TestCrowdOfReaders(t *testing.T) {
	first := int64(0)
	const there = 10
	a := arena.New()
	tab := New(a, func(id int64) bool { return id >= first })
	key := []byte("key")
	for id := int64(1); id < 100000; id++ {
		first = id - there + 1
		tab.Remember(key, db.Hash(key), id)
	}
	if n := tab.Items(); n < there || n > 3*there {
		t.Errorf("%d of %d clients are remembered", n, there)
	}
	if used := a.UsedBy(arena.Tracking); used > 1500 {
		t.Errorf("%d bytes for one key", used)
	}
}

func TestLongKeys(t *testing.T) {
	a := arena.New()
	tab := New(a, func(int64) bool { return true })
	key := make([]byte, KeyMax+1)
	if tab.Remember(key, db.Hash(key), 1) || tab.Len() != 0 {
		t.Error("a key that is too long was remembered")
	}
	tab.SetMax(100)
	for i := range 100 {
		key[0] = byte(i)
		tab.Remember(key[:KeyMax], db.Hash(key[:KeyMax]), 1)
		for tab.Over() {
			tab.Evict(func([]byte, int64) {})
		}
		if used := a.UsedBy(arena.Tracking); used > 2*bytesMin {
			t.Fatalf("%d bytes after %d keys", used, i+1)
		}
	}
}

// TestBytesPerKey holds the documentation of the package to what it says.
func TestBytesPerKey(t *testing.T) {
	a := arena.New()
	tab := New(a, func(int64) bool { return true })
	const count = 200000
	for i := range count {
		key := fmt.Appendf(nil, "key:%012d", i)
		tab.Remember(key, db.Hash(key), 7)
	}
	if per := float64(a.UsedBy(arena.Tracking)) / count; per > 42.5 {
		t.Errorf("%.1f bytes for a key of 16", per)
	}
}

func TestRememberDoesNotAllocate(t *testing.T) {
	tab := New(arena.New(), func(int64) bool { return true })
	key := []byte("some key")
	hash := db.Hash(key)
	id := int64(0)
	told := func(int64) {}
	if n := testing.AllocsPerRun(1000, func() {
		id++
		tab.Remember(key, hash, id%10)
		tab.Remember(key, hash, id%7)
		if id%20 == 0 {
			tab.Forget(key, hash, told)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
