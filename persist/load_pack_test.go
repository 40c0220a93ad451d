package persist

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"basalt/db"
	"basalt/db/pack"
)

// TestPacks loads listpacks of all sorts: those that become a collection as
// they are, and those that are not what the keyspace would have made.
func TestPacks(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	element := func() []byte {
		switch rng.IntN(4) {
		case 0:
			return fmt.Appendf(nil, "%d", rng.Int64()>>rng.IntN(64))
		case 1:
			return fmt.Appendf(nil, "%d", rng.IntN(30))
		}
		return bytes.Repeat([]byte{'a' + byte(rng.IntN(26))}, rng.IntN(90))
	}
	k, byElement := newKeyspace(), newKeyspace()
	refused := 0
	for range 3000 {
		t0 := []valueType{typeHashPack, typeSetPack, typeZSetPack, typeQuicklist2}[rng.IntN(4)]
		file := rdbFile(Version72, func(w *encoder) {
			w.buf = append(w.buf, byte(t0), 1, 'k')
			nodes := 1
			if t0 == typeQuicklist2 {
				nodes = 1 + rng.IntN(3)
				w.length(uint64(nodes))
			}
			for range nodes {
				if t0 == typeQuicklist2 {
					w.length(nodePacked)
				}
				w.bytes(randomPack(rng, t0, element))
			}
		})
		k.Limits = db.DefaultLimits()
		if rng.IntN(3) == 0 {
			k.Limits.HashEntries, k.Limits.SetEntries, k.Limits.ZSetEntries = 4, 4, 4
			k.Limits.ListSize = 1 + rng.IntN(5)
		}
		byElement.Limits = k.Limits
		_, err := loadAll(file, k, LoadOptions{})
		_, again := loadAll(file, byElement, LoadOptions{elementwise: true})
		if fmt.Sprint(err) != fmt.Sprint(again) {
			t.Fatalf("%v, element by element %v", err, again)
		}
		if err != nil {
			refused++
		}
		compareLines(t, describe(k), describe(byElement))
		// Where members are found one by one, the pack is as it should be.
		if e := k.DB(0).LoadFind([]byte("k"), db.Hash([]byte("k"))); e != nil && e.Type() == db.TypeHash {
			k.DB(0).HashEach(e, func(name, value db.Element) {
				if got, ok := k.DB(0).HashGet(e, []byte(elementText(name))); !ok || elementText(got) != elementText(value) {
					t.Fatalf("field %q is not found", elementText(name))
				}
			})
		}
		drained(t, k)
		drained(t, byElement)
	}
	if refused == 0 || refused > 2900 {
		t.Errorf("%d of 3000 are refused", refused)
	}
}

// randomPack returns a listpack for a value of that type: with members twice,
// out of order, or in long forms, now and then.
func randomPack(rng *rand.Rand, t valueType, element func() []byte) []byte {
	n := rng.IntN(12)
	var elements []pack.Element
	seen := map[string]bool{}
	for range n {
		m := element()
		if seen[string(m)] && rng.IntN(20) != 0 {
			continue
		}
		seen[string(m)] = true
		elements = append(elements, pack.Of(m))
		switch t {
		case typeHashPack:
			elements = append(elements, pack.Of(element()))
		case typeZSetPack:
			score := fmt.Appendf(nil, "%d", len(elements)/3)
			if rng.IntN(30) == 0 {
				score = element()
			}
			elements = append(elements, pack.Of(score))
		}
	}
	size := pack.EmptyBytes
	for _, e := range elements {
		size += e.Size()
	}
	p := pack.New(make([]byte, size))
	for _, e := range elements {
		p = p.Append(e)
	}
	b := bytes.Clone(p)
	if len(elements) > 0 && rng.IntN(10) == 0 {
		// The first element as an integer of 64 bits, though it is a small one.
		first := pack.Pack(b)
		if e := first.Get(first.First()); e.IsInt && e.Size() == 2 {
			long := append([]byte{0xf4}, make([]byte, 8)...)
			long[1] = byte(e.Int)
			b = slices.Concat(b[:pack.HeaderBytes], long, []byte{9}, b[pack.HeaderBytes+2:])
			binary.LittleEndian.PutUint32(b, uint32(len(b)))
		}
	}
	return b
}
