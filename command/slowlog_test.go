package command

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

func callOf(n int, text string) [][]byte {
	args := make([][]byte, n)
	for i := range args {
		args[i] = []byte(text)
	}
	return args
}

// TestSlowLogAgainstModel: additions, shortenings and resets in any order, held
// against a slice.
func TestSlowLogAgainstModel(t *testing.T) {
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 0))
	var log SlowLog
	var model []int64 // ids, newest first
	limit, next := 0, int64(0)
	for range 20000 {
		switch n := rnd.IntN(100); {
		case n < 90:
			log.Add(next, next, "x", callOf(1, "x"), "", "")
			model = slices.Insert(model, 0, next)
			next++
		case n < 98:
			limit = rnd.IntN(12)
			log.Resize(int64(limit))
		default:
			log.Clear()
			model = nil
		}
		model = model[:min(len(model), limit)]
		if log.Len() != len(model) {
			t.Fatalf("%d entries, want %d", log.Len(), len(model))
		}
		var got []int64
		for _, e := range log.Newest(rnd.IntN(14)) {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, model[:len(got)]) {
			t.Fatalf("got %v, want the first of %v", got, model)
		}
	}
}

// TestSlowLogTakesWhatItHolds: a limit without end costs nothing.
func TestSlowLogTakesWhatItHolds(t *testing.T) {
	var log SlowLog
	log.Resize(1<<63 - 1)
	log.Add(1, 2, "x", callOf(1, "x"), "addr", "name")
	if e := log.Newest(10); len(e) != 1 || e[0].Addr != "addr" || e[0].Name != "name" || e[0].UnixS != 1 || e[0].Value != 2 {
		t.Errorf("%+v", e)
	}
	log.Resize(0)
	if log.Len() != 0 {
		t.Error("entries without room")
	}
}

func TestSlowLogShortens(t *testing.T) {
	for _, c := range []struct {
		count, length int
		last          string
		kept          int
	}{
		{1, 1, "x", 1}, {32, 1, "x", 32}, {33, 1, "... (2 more arguments)", 32}, {100, 1, "... (69 more arguments)", 32},
		{1, 128, strings.Repeat("x", 128), 1}, {1, 129, strings.Repeat("x", 128) + "... (1 more bytes)", 1},
		{2, 100000, strings.Repeat("x", 128) + fmt.Sprintf("... (%d more bytes)", 100000-128), 2},
		{40, 1000, "... (9 more arguments)", 32},
	} {
		got := shorten(callOf(c.count, strings.Repeat("x", c.length)))
		if len(got) != c.kept || got[len(got)-1] != c.last {
			t.Errorf("%d of %d: %d, the last %.80q", c.count, c.length, len(got), got[len(got)-1])
		}
	}
}
