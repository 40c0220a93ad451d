package persist

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"
)

// TestCRCAgainstLibrary compares with the standard library's, which inverts
// before and after and has no fast way for this polynomial.
func TestCRCAgainstLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	table := crc64.MakeTable(crcPolynomial)
	for range 500 {
		b := make([]byte, rng.IntN(200))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		start := rng.Uint64()
		if got, want := updateCRC(start, b), ^crc64.Update(^start, table, b); got != want {
			t.Fatalf("%d bytes: %#x, want %#x", len(b), got, want)
		}
	}
}

func BenchmarkCRC(b *testing.B) {
	data := make([]byte, 128<<10)
	b.SetBytes(int64(len(data)))
	for range b.N {
		updateCRC(1, data)
	}
}
