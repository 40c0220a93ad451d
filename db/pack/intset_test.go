package pack

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"basalt/internal/seeds"
)

// intsetModel is an intset in memory with as much room as each step needs,
// beside a sorted slice.
type intsetModel struct {
	set  Intset
	want []int64
}

func newIntsetModel() *intsetModel {
	return &intsetModel{set: NewIntset(make([]byte, IntsetHeader))}
}

func (m *intsetModel) toggle(t *testing.T, n int64) {
	t.Helper()
	at, have := slices.BinarySearch(m.want, n)
	index, found := m.set.Find(n)
	if index != at || found != have {
		t.Fatalf("%d is at %d %v, want %d %v", n, index, found, at, have)
	}
	before := len(m.set)
	if have {
		m.set = m.set.Delete(index)
		m.want = slices.Delete(m.want, at, at+1)
	} else {
		more := m.set.InsertBytes(n)
		room := make([]byte, before, before+more)
		copy(room, m.set)
		m.set = Intset(room).Insert(index, n)
		m.want = slices.Insert(m.want, at, n)
		if len(m.set) != before+more {
			t.Fatalf("%d bytes, %d and %d were asked for", len(m.set), before, more)
		}
	}
	m.check(t)
}

func (m *intsetModel) check(t *testing.T) {
	t.Helper()
	if !CheckIntset(m.set) || IntsetBytes(m.set) != len(m.set) || m.set.Len() != len(m.want) {
		t.Fatalf("invalid or of another length: %x, want %v", []byte(m.set), m.want)
	}
	for i, n := range m.want {
		if m.set.At(i) != n {
			t.Fatalf("member %d is %d, want %d", i, m.set.At(i), n)
		}
	}
}

var edges = []int64{
	0, 1, -1, math.MaxInt16, math.MaxInt16 + 1, math.MinInt16, math.MinInt16 - 1,
	math.MaxInt32, math.MaxInt32 + 1, math.MinInt32, math.MinInt32 - 1, math.MaxInt64, math.MinInt64,
}

func TestIntsetModel(t *testing.T) {
	seed := seeds.Of(t)
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 200 {
		m := newIntsetModel()
		shift := rng.IntN(64)
		for range 100 {
			n := int64(rng.Uint64()) >> shift
			switch rng.IntN(12) {
			case 0:
				n = edges[rng.IntN(len(edges))]
			case 1, 2, 3:
				if len(m.want) > 0 {
					n = m.want[rng.IntN(len(m.want))]
				}
			}
			m.toggle(t, n)
		}
	}
}

// TestIntsetLayout fixes the bytes, which are those of other servers too.
func TestIntsetLayout(t *testing.T) {
	m := newIntsetModel()
	for _, step := range []struct {
		n    int64
		want string
	}{
		{5, "0200000001000000" + "0500"},
		{-2, "0200000002000000" + "feff0500"},
		{65535, "0400000003000000" + "feffffff05000000ffff0000"},
		{-1 << 40, "0800000004000000" + "0000000000ffffff" + "feffffffffffffff" + "0500000000000000" + "ffff000000000000"},
		{-1 << 40, "0800000003000000" + "feffffffffffffff" + "0500000000000000" + "ffff000000000000"},
	} {
		m.toggle(t, step.n)
		if got := hex.EncodeToString(m.set); got != step.want {
			t.Fatalf("after %d\n got %s\nwant %s", step.n, got, step.want)
		}
	}
}

func TestCheckIntset(t *testing.T) {
	m := newIntsetModel()
	for _, n := range []int64{3, 1, 2} {
		m.toggle(t, n)
	}
	for i, change := range []func(b []byte) []byte{
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { return append(b, 0) },
		func(b []byte) []byte { return b[:IntsetHeader-1] },
		func(b []byte) []byte { b[0] = 0; return b },
		func(b []byte) []byte { b[0] = 3; return b },
		func(b []byte) []byte { b[4] = 4; return b },
		func(b []byte) []byte { binary.LittleEndian.PutUint32(b[4:], math.MaxUint32); return b },
		func(b []byte) []byte { b[8] = 2; return b },
		func(b []byte) []byte { b[12] = 0; return b },
	} {
		if b := change(slices.Clone(m.set)); CheckIntset(b) {
			t.Errorf("change %d passes: %x", i, b)
		}
	}
}

// FuzzIntset feeds bytes from outside; what passes the check has to work.
func FuzzIntset(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0, 1, 0, 0, 0, 5, 0}, int64(7))
	f.Add([]byte{8, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, int64(math.MinInt64))
	f.Fuzz(func(t *testing.T, b []byte, n int64) {
		if !CheckIntset(b) {
			return
		}
		m := &intsetModel{set: Intset(slices.Clone(b))}
		for i := range m.set.Len() {
			m.want = append(m.want, m.set.At(i))
		}
		m.check(t)
		m.toggle(t, n)
		m.toggle(t, n)
	})
}
