package pack

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

// TestFind compares with looking at one element after the other.
func TestFind(t *testing.T) {
	seed := seeds.Of(t)
	rng := rand.New(rand.NewPCG(seed, 3))
	text := func() []byte {
		switch rng.IntN(5) {
		case 0:
			return fmt.Append(nil, int64(rng.Uint64())>>rng.IntN(64))
		case 1:
			return []byte(strings.Repeat("x", rng.IntN(70)))
		}
		return fmt.Appendf(nil, "%.*s%c", rng.IntN(12), "abcdefghijkl", 'a'+rng.IntN(3))
	}
	for range 3000 {
		p := New(make([]byte, 4096))
		for range rng.IntN(20) {
			p = p.Append(Of(text()))
		}
		for range 20 {
			e, skip := Of(text()), rng.IntN(3)
			want := -1
			for at := p.First(); !p.IsEnd(at) && want < 0; {
				if p.Equal(at, e) {
					want = at
				}
				for i := 0; i <= skip && !p.IsEnd(at); i++ {
					at = p.Next(at)
				}
			}
			// The pack may end with its memory.
			if got := Pack(append(make([]byte, 0, len(p)), p...)).Find(p.First(), e, skip); got != want {
				t.Fatalf("%.80q with skip %d is at %d, want %d, in %.500q", e.Text(nil), skip, got, want, []byte(p))
			}
		}
	}
}

// BenchmarkFind looks for what is not there.
func BenchmarkFind(b *testing.B) {
	for _, format := range []string{"m:%012d", "%d", "field%d"} {
		b.Run(format, func(b *testing.B) {
			p := New(make([]byte, 8192))
			for i := range 100 {
				p = p.Append(Of(fmt.Appendf(nil, format, i)))
			}
			e := Of(fmt.Appendf(nil, format, 999))
			for b.Loop() {
				if p.Find(p.First(), e, 0) >= 0 {
					b.Fatal("found")
				}
			}
		})
	}
}
