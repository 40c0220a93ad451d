package persist

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestLZF(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var z lzf
	for round := range 3000 {
		b := make([]byte, rng.IntN(1<<rng.IntN(16)))
		letters := 1 + rng.IntN(255)
		for i := range b {
			b[i] = byte(rng.IntN(letters))
			if i > 40 && rng.IntN(3) == 0 { // repeat something
				b[i] = b[i-1-rng.IntN(40)]
			}
		}
		prefix := []byte("in front")
		out, ok := z.compress(bytes.Clone(prefix), b, len(b))
		if !bytes.HasPrefix(out, prefix) {
			t.Fatalf("round %d: what stood in front is gone", round)
		}
		if !ok {
			if len(out) != len(prefix) {
				t.Fatalf("round %d: %d bytes left of a failed compression", round, len(out))
			}
			continue
		}
		got, err := lzfDecompress(bytes.Clone(prefix), out[len(prefix):], len(b))
		if err != nil || !bytes.Equal(got[len(prefix):], b) {
			t.Fatalf("round %d: %d bytes do not come back: %v", round, len(b), err)
		}
	}
	long := bytes.Repeat([]byte("abcd"), 1<<18)
	out, ok := z.compress(nil, long, len(long))
	if !ok || len(out) > len(long)/80 {
		t.Fatalf("%d bytes that repeat take %d", len(long), len(out))
	}
	if len(long) > lzfBound(len(out)) {
		t.Fatalf("%d bytes stand for %d, above the bound %d", len(out), len(long), lzfBound(len(out)))
	}
}

func FuzzLZF(f *testing.F) {
	f.Add([]byte("\x02abc\x20\x00"), uint16(5))
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		out, err := lzfDecompress(nil, b, int(size))
		if err == nil && len(out) != int(size) {
			t.Fatalf("%d bytes instead of %d", len(out), size)
		}
		var z lzf
		if packed, ok := z.compress(nil, b, len(b)); ok {
			if back, err := lzfDecompress(nil, packed, len(b)); err != nil || !bytes.Equal(back, b) {
				t.Fatalf("does not come back: %v", err)
			}
		}
	})
}

// BenchmarkLZF is 64 bytes that do not compress, and 64 that do.
func BenchmarkLZF(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 64<<10)
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	text := bytes.Repeat([]byte(`{"id":1234,"name":"somebody","mail":"somebody@example.com"}     `), 1000)
	for name, data := range map[string][]byte{"random": random, "text": text} {
		b.Run(name, func(b *testing.B) {
			var z lzf
			var dst [128]byte
			for i := range b.N {
				at := i * 64 % (len(data) - 64)
				z.compress(dst[:0], data[at:at+64], 60)
			}
		})
	}
}
