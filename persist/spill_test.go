package persist

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"basalt/internal/seeds"
)

// TestSpillModel puts chunks into a spill and takes them out in random order,
// windows open meanwhile, against a slice of copies.
func TestSpillModel(t *testing.T) {
	seed := seeds.Of(t)
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	const places = 5
	s := spill{max: places*frameChunk + frameChunk/2}
	defer s.close()
	var model [][]byte
	var window []byte
	for range 20_000 {
		switch random.IntN(3) {
		case 0:
			if window = s.window(); (window == nil) != (len(model) == places) {
				t.Fatalf("window of %d bytes with %d of %d places taken", len(window), len(model), places)
			}
		case 1:
			if window == nil {
				continue
			}
			chunk := bytes.Repeat([]byte{byte(random.Uint32())}, 1+random.IntN(64))
			copy(window, chunk)
			s.commit(len(chunk))
			model, window = append(model, chunk), nil
		default:
			if len(model) == 0 {
				if s.first() != nil {
					t.Fatal("a chunk in an empty spill")
				}
				continue
			}
			if !bytes.Equal(s.first(), model[0]) {
				t.Fatalf("chunk %q, want %q", s.first(), model[0])
			}
			s.drop()
			model = model[1:]
		}
	}
}

// TestSpillOfNothing has no room for a chunk.
func TestSpillOfNothing(t *testing.T) {
	for _, most := range []int{-1, 0, frameChunk - 1} {
		s := spill{max: most}
		if s.window() != nil || s.first() != nil {
			t.Errorf("a spill of %d bytes has a place", most)
		}
		s.close()
	}
}
