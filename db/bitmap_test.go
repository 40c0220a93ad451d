package db

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"basalt/internal/seeds"
)

// bitRandom returns a source of random numbers and prints its seed.
func bitRandom(t testing.TB) *rand.Rand {
	seed := seeds.Of(t)
	return rand.New(rand.NewPCG(seed, 3))
}

// randomBitmap is often of one bit for long stretches.
func randomBitmap(r *rand.Rand, max int) []byte {
	b := make([]byte, r.IntN(max+1))
	for i := range b {
		b[i] = byte(r.Uint32() & r.Uint32() & r.Uint32())
	}
	for range r.IntN(4) {
		if from := r.IntN(len(b) + 1); from < len(b) {
			part := b[from : from+r.IntN(len(b)-from)]
			for i, c := 0, byte(r.IntN(2)*255); i < len(part); i++ {
				part[i] = c
			}
		}
	}
	return b
}

func bitAt(b []byte, i int) bool { return i>>3 < len(b) && b[i>>3]>>(7-i&7)&1 == 1 }

func TestBitsAgainstLoops(t *testing.T) {
	r := bitRandom(t)
	for range 5000 {
		b := randomBitmap(r, 200)
		total := 0
		for i := range len(b) * 8 {
			if bitAt(b, i) {
				total++
			}
		}
		if n := CountBits(b); n != total {
			t.Fatalf("%x: counted %d, has %d", b, n, total)
		}
		if len(b) == 0 {
			continue
		}
		from := r.IntN(len(b) * 8)
		to := from + r.IntN(len(b)*8-from)
		count, first := 0, [2]int{-1, -1}
		for i := to; i >= from; i-- {
			if bitAt(b, i) {
				count++
				first[1] = i
			} else {
				first[0] = i
			}
		}
		if n := CountBitRange(b, from, to); n != count {
			t.Fatalf("%x from %d to %d: counted %d, has %d", b, from, to, n, count)
		}
		for i, set := range []bool{false, true} {
			if at := FindBit(b, from, to, set); at != first[i] {
				t.Fatalf("%x from %d to %d: first %v at %d, is at %d", b, from, to, set, at, first[i])
			}
		}
	}
}

func TestBitFieldsAgainstLoops(t *testing.T) {
	r := bitRandom(t)
	for range 20000 {
		b := randomBitmap(r, 40)
		at, width := r.IntN(len(b)*8+80), uint(1+r.IntN(64))
		want := uint64(0)
		for i := range int(width) {
			want <<= 1
			if bitAt(b, at+i) {
				want |= 1
			}
		}
		if got := BitField(b, uint64(at), width); got != want {
			t.Fatalf("%x at %d, %d bits: %x, is %x", b, at, width, got, want)
		}
		if at+int(width) > len(b)*8 {
			continue
		}
		value := r.Uint64()
		changed := bytes.Clone(b)
		SetBitField(changed, uint64(at), width, value)
		for i := range len(b) * 8 {
			want := bitAt(b, i)
			if i >= at && i < at+int(width) {
				want = value>>(at+int(width)-1-i)&1 == 1
			}
			if bitAt(changed, i) != want {
				t.Fatalf("%x at %d, %d bits of %x: became %x, wrong in bit %d", b, at, width, value, changed, i)
			}
		}
	}
}

// bitOpModel says whether the outcome has the bit that the sources have like
// this.
func bitOpModel(op BitOp, x bool, rest []bool) bool {
	any, count := false, 0
	for _, y := range rest {
		if y {
			any = true
			count++
		}
	}
	all := count
	if x {
		all++
	}
	switch op {
	case BitAnd:
		return all == len(rest)+1
	case BitOr:
		return all > 0
	case BitXor:
		return all%2 == 1
	case BitNot:
		return !x
	case BitDiff:
		return x && !any
	case BitDiff1:
		return !x && any
	case BitAndOr:
		return x && any
	}
	return all == 1
}

func TestCombineAgainstLoops(t *testing.T) {
	r := bitRandom(t)
	for i := range 600 {
		limit := 150
		if i%10 == 0 {
			limit = 3 * combineStep
		}
		op := BitOp(r.IntN(int(BitOne) + 1))
		sources := make([][]byte, 2+r.IntN(5))
		if op == BitNot {
			sources = sources[:1]
		}
		length := 0
		for i := range sources {
			if r.IntN(6) > 0 {
				sources[i] = randomBitmap(r, limit)
			}
			length = max(length, len(sources[i]))
		}
		target := bytes.Repeat([]byte{0xa5}, length)
		combine(op, target, sources)
		rest := make([]bool, len(sources)-1)
		for i := range length * 8 {
			for k := range rest {
				rest[k] = bitAt(sources[k+1], i)
			}
			if bitAt(target, i) != bitOpModel(op, bitAt(sources[0], i), rest) {
				t.Fatalf("operation %d, %d sources, bit %d of %d bytes is wrong", op, len(sources), i, length)
			}
		}
	}
}

// TestWritableKeepsPins writes to a long string while a reader has it.
func TestWritableKeepsPins(t *testing.T) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	key := []byte("key")
	long := bytes.Repeat([]byte("x"), 100_000)
	d.SetString(key, Hash(key), long, NoDeadline)
	view, token := d.Peek(key, Hash(key)).Pin()
	b := d.Writable(key, Hash(key), d.Peek(key, Hash(key)), 10, 11)
	b[10] = 'y'
	if !bytes.Equal(view, long) {
		t.Error("a reader sees the change")
	}
	Unpin(token)
	if b := d.Peek(key, Hash(key)).Bytes(nil); b[10] != 'y' || len(b) != len(long) {
		t.Error("the change is lost")
	}
	// The target of an operation is one of its sources.
	d.PutCombined(key, Hash(key), d.Peek(key, Hash(key)), BitNot, [][]byte{d.Peek(key, Hash(key)).Bytes(nil)})
	if b := d.Peek(key, Hash(key)).Bytes(nil); b[10] != ^byte('y') || b[11] != ^byte('x') || len(b) != len(long) {
		t.Error("NOT in place is wrong")
	}
}

func BenchmarkBits(b *testing.B) {
	one, two := bytes.Repeat([]byte{0x5a}, 1<<20), bytes.Repeat([]byte{0x3c}, 1<<20)
	target := make([]byte, 1<<20)
	sources := [][]byte{one, two}
	b.Run("count", func(b *testing.B) {
		b.SetBytes(1 << 20)
		for b.Loop() {
			CountBits(one)
		}
	})
	for op, name := range []string{"and", "or", "xor", "not", "diff", "diff1", "andor", "one"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(1 << 20)
			for b.Loop() {
				combine(BitOp(op), target, sources)
			}
		})
	}
}
