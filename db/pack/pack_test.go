package pack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/decimal"
	"basalt/internal/seeds"
)

// build makes a pack of the elements with room for room bytes more.
func build(room int, elements ...string) Pack {
	size := EmptyBytes + room
	for _, e := range elements {
		size += Of([]byte(e)).Size()
	}
	p := New(make([]byte, size))
	for _, e := range elements {
		p = p.Append(Of([]byte(e)))
	}
	return p
}

func textAt(p Pack, at int) string { return string(p.Get(at).Text(make([]byte, decimal.MaxLen))) }

// compare holds p against the model in every way there is to read it.
func compare(t *testing.T, p Pack, model []string) {
	t.Helper()
	if !Check(p) {
		t.Fatalf("%d elements: not valid", len(model))
	}
	if p.Len() != len(model) {
		t.Fatalf("%d elements, want %d", p.Len(), len(model))
	}
	at := p.First()
	var positions []int
	for i, want := range model {
		if got := textAt(p, at); got != want {
			t.Fatalf("element %d: %.40q, want %.40q", i, got, want)
		}
		e := Of([]byte(want))
		filled := [2]Element{{Bytes: []byte("stale"), Int: 9}}
		_, next := p.Fill(at, filled[:1])
		read := filled[0]
		if !p.Equal(at, e) || p.Get(at).TextLen() != len(want) || next != p.Next(at) || next != at+e.Size() ||
			read.IsInt != e.IsInt || read.IsInt && read.Int != e.Int || !bytes.Equal(read.Bytes, e.Bytes) {
			t.Fatalf("element %d, %.40q: read as %v, next %d of %d", i, want, read, next, p.Next(at))
		}
		positions = append(positions, at)
		at = p.Next(at)
	}
	if !p.IsEnd(at) || at != p.End() {
		t.Fatalf("end at %d, want %d", at, p.End())
	}
	for i := len(model) - 1; i >= 0; i-- {
		if at = p.Prev(at); at != positions[i] {
			t.Fatalf("element %d lies at %d, want %d", i, at, positions[i])
		}
	}
	if p.Prev(p.First()) != -1 || p.Seek(len(model)) != -1 || p.Seek(-len(model)-1) != -1 {
		t.Fatal("something before the first or behind the last")
	}
	for _, i := range []int{0, 1, len(model) / 2, len(model)/2 + 1, len(model) - 1} {
		if i >= 0 && i < len(model) && (p.Seek(i) != positions[i] || p.Seek(i-len(model)) != positions[i]) {
			t.Fatalf("element %d is not found by its index", i)
		}
	}
}

var boundaries = func() (all []string) {
	for _, n := range []int64{0, 127, 128, 4095, 4096, math.MaxInt16, math.MaxInt16 + 1, 1<<23 - 1, 1 << 23,
		math.MaxInt32, math.MaxInt32 + 1, math.MaxInt64, -1, -4096, -4097, math.MinInt16, math.MinInt16 - 1, -1 << 23,
		-1<<23 - 1, math.MinInt32, math.MinInt32 - 1, math.MinInt64} {
		all = append(all, strconv.FormatInt(n, 10))
	}
	// Bodies of 127 and 128, 16382 to 16384 bytes lie 2 and 5 behind.
	for _, n := range []int{0, 1, 62, 63, 64, 65, 124, 125, 126, 127, 128, 4093, 4094, 4095, 4096, 4097, 16376, 16377, 16378, 16379, 16380, 1<<21 - 7, 1<<21 - 6, 1<<21 - 5} {
		all = append(all, strings.Repeat("s", n))
	}
	return append(all, "-0", "00", "+1", " 1", "9223372036854775808", "-9223372036854775809", "1.0")
}()

func TestBoundaries(t *testing.T) {
	for _, a := range boundaries {
		compare(t, build(0, a), []string{a})
		e := Of([]byte(a))
		want := len(build(0, a)) - EmptyBytes
		if e.Size() != want {
			t.Errorf("%.20q: size %d, want %d", a, e.Size(), want)
		}
	}
	compare(t, build(0, boundaries...), boundaries)
	p := build(0, boundaries...)
	for i, a := range boundaries {
		e := Of([]byte(a))
		if at := p.Find(p.First(), e, 0); at != p.Seek(i) {
			t.Errorf("%.20q is found at %d, want %d", a, at, p.Seek(i))
		}
		skip := p.Find(p.First(), e, 1)
		if i%2 == 0 && skip != p.Seek(i) || i%2 == 1 && skip != -1 {
			t.Errorf("%.20q, skipping one: %d", a, skip)
		}
	}
	if OfInt(1).Size() != Of([]byte("1")).Size() {
		t.Error("integers differ")
	}
}

// TestGolden holds the bytes of packs against those that redis-server writes.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		elements []string
		want     string
	}{
		{nil, "07000000 0000 ff"},
		{[]string{"a"}, "0a000000 0100 816102 ff"},
		{[]string{"1", "-1", "127", "128"}, "11000000 0400 0101 dfff02 7f01 c08002 ff"},
		{[]string{"5000", "70000", "3000000000"}, "1a000000 0300 f1881303 f270110104 f4005ed0b20000000009 ff"},
		{[]string{strings.Repeat("x", 64)}, "4a000000 0100 e040" + strings.Repeat("78", 64) + "42 ff"},
		{[]string{"f1", "v1", "n", "-4097", "big", "9223372036854775807", "m", "-8388608"},
			"2d000000 0800 82663103 82763103 816e02 f1ffef03 8362696704 f4ffffffffffffff7f09 816d02 f200008004 ff"},
	} {
		got := fmt.Sprintf("%x", []byte(build(0, c.elements...)))
		if want := strings.ReplaceAll(c.want, " ", ""); got != want {
			t.Errorf("%.40q\ngot  %s\nwant %s", c.elements, got, want)
		}
	}
}

// TestCount goes past the count that the header can hold, and back.
func TestCount(t *testing.T) {
	const many = 70_000
	p := New(make([]byte, EmptyBytes+2*many))
	var model []string
	for i := range many {
		p = p.Append(OfInt(int64(i % 100)))
		model = append(model, strconv.Itoa(i%100))
		if p.Len() != len(model) {
			t.Fatalf("%d elements, want %d", p.Len(), len(model))
		}
		if i > 65530 && i < 65540 {
			compare(t, p, model)
		}
	}
	for len(model) > 65530 {
		cut := 1 + len(model)%3
		p = p.Delete(p.Seek(-cut), cut)
		model = model[:len(model)-cut]
		compareEnds(t, p, model)
	}
	compare(t, p, model)
	memory := make([]byte, len(p)+100)
	copy(memory, p)
	off := DropFirst(memory, 0, 40_000)
	compare(t, Pack(memory[off:off+Bytes(memory[off:])]), model[40_000:])
}

func compareEnds(t *testing.T, p Pack, model []string) {
	t.Helper()
	if p.Len() != len(model) || p.Seek(len(model)-1) != p.Prev(p.End()) {
		t.Fatalf("%d elements, want %d", p.Len(), len(model))
	}
}

func randomElement(r *rand.Rand) string {
	switch r.IntN(5) {
	case 0:
		return boundaries[r.IntN(len(boundaries)-10)][:]
	case 1:
		return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
	case 2:
		return strings.Repeat("b", r.IntN(5000))
	}
	return strings.Repeat(string(rune('a'+r.IntN(3))), r.IntN(8))
}

// life runs operations that the bytes choose, beside a slice.
func life(t *testing.T, ops []byte) {
	r := rand.New(rand.NewPCG(uint64(len(ops)), 7))
	var model []string
	memory, off := make([]byte, 1<<22), 1<<20
	p := New(memory[off:])
	fresh := func() string {
		for {
			if s := randomElement(r); len(s) < 1<<15 {
				return s
			}
		}
	}
	for i := 0; i+1 < len(ops) && len(p) < 1<<19 && off > 1<<17 && off < 3<<20; i += 2 {
		n := int(ops[i+1])
		at := 0
		if len(model) > 0 {
			at = n % len(model)
		}
		switch ops[i] % 10 {
		case 0, 1:
			s := fresh()
			p = p.Append(Of([]byte(s)))
			model = append(model, s)
		case 2:
			s := fresh()
			pos := p.End()
			if at < len(model) {
				pos = p.Seek(at)
			}
			p = p.Insert(pos, Of([]byte(s)))
			model = slices.Insert(model, at, s)
		case 3, 4:
			s := fresh()
			off = Prepend(memory, off, Of([]byte(s)))
			p = Pack(memory[off:])[:Bytes(memory[off:])]
			model = slices.Insert(model, 0, s)
		case 5:
			if len(model) > 0 {
				s := fresh()
				p = p.Replace(p.Seek(at), Of([]byte(s)))
				model[at] = s
			}
		case 6:
			if len(model) > 0 {
				count := min(1+n%3, len(model)-at)
				p = p.Delete(p.Seek(at), 1+n%3)
				model = slices.Delete(model, at, at+count)
			}
		case 7:
			count := min(n%4, len(model))
			off = DropFirst(memory, off, count)
			p = Pack(memory[off:])[:Bytes(memory[off:])]
			model = model[count:]
		case 8:
			p, model = deleteEqual(t, p, model, fresh(), n%3, 1+n%5)
		case 9:
			a, b := fresh(), fresh()
			ea, eb := Of([]byte(a)), Of([]byte(b))
			pos := p.First()
			if len(model) > 0 {
				pos = p.Seek(at)
			}
			if n%2 == 0 {
				p = p.AppendPack(build(0, a, b))
				model = append(model, a, b)
				break
			}
			p = p.Gap(pos, ea.Size()+eb.Size(), 2)
			p.Put(p.Put(pos, ea), eb)
			model = slices.Insert(model, at, a, b)
		}
		compare(t, p, model)
	}
}

func deleteEqual(t *testing.T, p Pack, model []string, s string, skip, limit int) (Pack, []string) {
	t.Helper()
	e := Of([]byte(s))
	var kept []string
	seen, removed := 0, 0
	for _, m := range model {
		if m == s {
			if seen++; seen > skip && removed < limit {
				removed++
				continue
			}
		}
		kept = append(kept, m)
	}
	if got := p.CountEqual(e); got != seen {
		t.Fatalf("%d are %.20q, want %d", got, s, seen)
	}
	p, got := p.DeleteEqual(e, skip, limit)
	if got != removed {
		t.Fatalf("%d were removed, want %d", got, removed)
	}
	return p, kept
}

func TestModel(t *testing.T) {
	start := seeds.Of(t)
	for i := range uint64(30) {
		seed := start + i
		r := rand.New(rand.NewPCG(seed, 0))
		ops := make([]byte, 2*(50+r.IntN(300)))
		for i := range ops {
			ops[i] = byte(r.Uint32())
		}
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { life(t, ops) })
	}
}

func FuzzModel(f *testing.F) {
	f.Add([]byte{0, 1, 3, 2, 6, 1, 8, 0})
	f.Fuzz(life)
}

// walk reads everything in a pack that Check has passed.
func walk(p Pack) (elements []string) {
	for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
		elements = append(elements, textAt(p, at))
	}
	for at := p.Prev(p.End()); at >= 0; at = p.Prev(at) {
		p.Get(at)
	}
	return elements
}

// TestCheckRefuses changes valid packs: what Check still takes has to be one
// that can be read and gives the same bytes when it is made again, but for
// integers that could be shorter.
func TestCheckRefuses(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 0))
	whole := build(0, "1", "", "abc", strings.Repeat("m", 100), "-5000", "70000", strings.Repeat("l", 5000), "9999999999", "-3000000")
	for range 20_000 {
		b := slices.Clone(whole)
		for range 1 + r.IntN(3) {
			switch r.IntN(4) {
			case 0:
				b[r.IntN(len(b))] = byte(r.Uint32())
			case 1:
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			case 2:
				b = b[:r.IntN(len(b))+1]
			case 3:
				i := r.IntN(len(b))
				b = slices.Insert(b, i, byte(r.Uint32()))
			}
		}
		if r.IntN(2) == 0 && len(b) >= HeaderBytes {
			binary.LittleEndian.PutUint32(b, uint32(len(b)))
		}
		if Check(b) {
			if n := len(walk(b)); n != Pack(b).Len() {
				t.Fatalf("%d elements, Len says %d", n, Pack(b).Len())
			}
		}
	}
	for n := range whole {
		if Check(whole[:n]) {
			t.Fatalf("cut to %d bytes it is valid", n)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(build(0)))
	f.Add([]byte(build(0, boundaries[:20]...)))
	f.Add([]byte(build(0, strings.Repeat("x", 70), "-1", "abc")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if Check(b) {
			walk(b)
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	var elements []string
	for i := range 128 {
		elements = append(elements, fmt.Sprintf("field:%d", i))
	}
	p := build(0, elements...)
	last := Of([]byte("field:127"))
	b.Run("string", func(b *testing.B) {
		for b.Loop() {
			p.Find(p.First(), last, 0)
		}
	})
	b.Run("next", func(b *testing.B) {
		for b.Loop() {
			for at := p.First(); !p.IsEnd(at); at = p.Next(at) {
			}
		}
	})
}
