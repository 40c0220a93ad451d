package table

import (
	"math/rand/v2"
	"testing"

	"basalt/db/arena"
	"basalt/internal/seeds"
)

// scanner follows one scan: which keys have been there all along, and which of
// them were seen.
type scanner struct {
	cursor  uint64
	always  map[uint64]bool // present since the first call
	calls   int
	repeats int
	seen    map[uint64]bool
}

func newScanner(x *set) *scanner {
	sc := &scanner{always: map[uint64]bool{}, seen: map[uint64]bool{}}
	for key := range x.model {
		sc.always[key] = true
	}
	return sc
}

// step makes one call and reports whether the scan is over.
func (sc *scanner) step(t testing.TB, x *set) bool {
	sc.cursor = x.t.Scan(sc.cursor, func(r arena.Ref) {
		key := itemAt(r).key
		if x.model[key] != r {
			t.Fatalf("scan saw key %d, which is not there", key)
		}
		if sc.seen[key] {
			sc.repeats++
		}
		sc.seen[key] = true
	})
	sc.calls++
	if sc.cursor != 0 {
		return false
	}
	for key := range sc.always {
		if !sc.seen[key] {
			t.Fatalf("key %d was there all along and not seen in %d calls", key, sc.calls)
		}
	}
	return true
}

func (sc *scanner) removed(key uint64) { delete(sc.always, key) }

// TestScanStill scans tables that do not change: every entry once, and one
// call for each bucket.
func TestScanStill(t *testing.T) {
	for _, n := range []int{1, 5, 10, 11, 100, 777, 5000} {
		x := newSet(strongHash)
		for key := range uint64(n) {
			x.insert(key)
		}
		sc := newScanner(x)
		for !sc.step(t, x) {
			if sc.cursor > 4*x.t.mask+3 {
				t.Fatalf("cursor %d with %d buckets", sc.cursor, x.t.buckets())
			}
		}
		if sc.repeats != 0 || sc.calls != x.t.Stats().Buckets {
			t.Errorf("%d entries: %d repeats in %d calls of %d", n, sc.repeats, sc.calls, x.t.Stats().Buckets)
		}
	}
}

// TestScanMoving scans while the table grows, shrinks and turns around, in
// steps of all sizes.
func TestScanMoving(t *testing.T) {
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 2))
	for round := range 60 {
		x := newSet(strongHash)
		size := 1 << rnd.IntN(13)
		key, oldest := uint64(0), uint64(0)
		for range size {
			x.insert(key)
			key++
		}
		sc := newScanner(x)
		grow := round%2 == 0
		for done := false; !done; {
			if rnd.IntN(20) == 0 {
				grow = !grow
			}
			for range rnd.IntN(size/16 + 4) {
				if grow {
					x.insert(key)
					key++
				} else if len(x.model) > size/50 && oldest < key {
					x.remove(oldest)
					sc.removed(oldest)
					oldest++
					x.t.Step(x.s, rnd.IntN(4))
				}
			}
			// A table that grows without end would be chased forever.
			grow = grow && len(x.model) < 4*size
			done = sc.step(t, x)
		}
		x.drop(t)
	}
}

// TestScanAnyCursor accepts what a client may make up.
func TestScanAnyCursor(t *testing.T) {
	x := newSet(strongHash)
	for key := range uint64(1000) {
		x.insert(key)
	}
	for _, cursor := range []uint64{1, 1 << 63, 1<<64 - 1, 0x123456789abcdef, 511, 512} {
		calls := 0
		for c := cursor; ; calls++ {
			if c = x.t.Scan(c, func(arena.Ref) {}); c == 0 {
				break
			}
		}
		if calls > x.t.Stats().Buckets {
			t.Errorf("cursor %x: %d calls", cursor, calls)
		}
	}
}

// history interprets bytes as operations on a table, with a scan going on all
// the time, and compares with the model.
func history(t testing.TB, x *set, draw func(int) int) {
	var keys []uint64
	sc := newScanner(x)
	for steps := draw(200) + 20; steps > 0; steps-- {
		switch op := draw(10); {
		case op < 4:
			for range draw(40) {
				key := uint64(draw(1 << 14))
				if _, ok := x.model[key]; !ok {
					x.insert(key)
					keys = append(keys, key)
				}
			}
		case op < 7:
			for range min(draw(40), len(keys)) {
				i := draw(len(keys))
				sc.removed(keys[i])
				x.remove(keys[i])
				keys[i] = keys[len(keys)-1]
				keys = keys[:len(keys)-1]
			}
		case op == 7:
			x.t.Step(x.s, draw(20))
		case op == 8 && len(keys) > 0:
			x.move(keys[draw(len(keys))])
			r := x.t.Random(func() uint64 { return uint64(draw(256)) << 56 })
			if x.model[itemAt(r).key] != r {
				t.Fatal("random entry is not in the model")
			}
		default:
			if sc.step(t, x) {
				sc = newScanner(x)
			}
		}
	}
	x.t.checkInvariants(x.s)
	if x.t.Len() != len(x.model) {
		t.Fatalf("%d entries, model has %d", x.t.Len(), len(x.model))
	}
	for key, r := range x.model {
		if got, _ := x.find(key); got != r {
			t.Fatalf("key %d: found %x, model has %x", key, got, r)
		}
		if first := x.t.First(x.hash(key)); first != 0 {
			if p := x.t.Find(x.hash(key)); p.Next() != first {
				t.Fatal("First is not what Find begins with")
			}
		}
	}
	for !sc.step(t, x) {
	}
	for range 1 << 20 {
		if !x.t.Step(x.s, 16) {
			break
		}
	}
	if x.t.Stats().Rehashing {
		t.Fatalf("steps do not end: %+v", x.t.Stats())
	}
}

func FuzzTable(f *testing.F) {
	f.Add([]byte("some operations, decided by the bytes of a sentence that is long enough to fill a bucket"), uint8(64))
	f.Add([]byte{255, 0, 39, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 39, 7, 30, 9, 9, 5, 39, 1, 7, 19, 9}, uint8(3))
	a := arena.New() // one for all: arenas keep slabs
	f.Fuzz(func(t *testing.T, data []byte, entropy uint8) {
		// A hash with few bits makes long chains.
		x := newSet(func(key uint64) uint64 { return mix(key) >> (64 - entropy%65) * 0x9e3779b97f4a7c15 })
		x.s.Arena = a
		pos := 0
		history(t, x, func(n int) int {
			if pos >= len(data) {
				pos++
				return int(mix(uint64(pos)) % uint64(n))
			}
			v := int(data[pos])
			pos++
			if n > 256 && pos < len(data) {
				v = v<<8 | int(data[pos])
				pos++
			}
			return v % n
		})
		for !x.t.Drain(x.s, 37, x.freeItem) {
		}
		if used := a.Used(); used != 0 {
			t.Fatalf("%d bytes in use after draining", used)
		}
	})
}
