package tracking

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

// word returns a short word of few letters, so that many begin alike.
func word(rnd *rand.Rand, most int) string {
	b := make([]byte, rnd.IntN(most+1))
	for i := range b {
		b[i] = "ab"[rnd.IntN(2)]
	}
	return string(b)
}

func TestPrefixesAgainstModel(t *testing.T) {
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 2))
	var p Prefixes[int]
	clients := map[string]map[int]bool{}   // by prefix
	changes := map[string]map[string]int{} // by prefix and key: who did it
	for range 50000 {
		c, text := 1+rnd.IntN(6), word(rnd, 4)
		switch op := rnd.IntN(20); {
		case op < 3:
			if clients[text] == nil {
				clients[text], changes[text] = map[int]bool{}, map[string]int{}
			}
			if p.Add(c, text) == clients[text][c] {
				t.Fatalf("client %d added to %q", c, text)
			}
			clients[text][c] = true
		case op < 6:
			p.Remove(c, text)
			delete(clients[text], c)
			if len(clients[text]) == 0 {
				delete(clients, text)
				delete(changes, text)
			}
		case op < 19:
			key, by := word(rnd, 6), rnd.IntN(7)
			p.Changed([]byte(key), by)
			for prefix := range clients {
				if strings.HasPrefix(key, prefix) {
					changes[prefix][key] = by
				}
			}
		default:
			checkRound(t, &p, clients, changes)
			for _, m := range changes {
				clear(m)
			}
		}
		if p.Len() != len(clients) {
			t.Fatalf("%d prefixes of %d", p.Len(), len(clients))
		}
	}
}

func checkRound(t *testing.T, p *Prefixes[int], clients map[string]map[int]bool, changes map[string]map[string]int) {
	t.Helper()
	var order []string
	p.Round(func(x *Prefix[int]) {
		order = append(order, x.text)
		got := slices.Sorted(slices.Values(x.Clients()))
		if want := slices.Sorted(maps.Keys(clients[x.text])); !slices.Equal(got, want) {
			t.Fatalf("clients of %q: %v, want %v", x.text, got, want)
		}
		for except := range 7 {
			var want []string
			for key, by := range changes[x.text] {
				if except == 0 || by != except {
					want = append(want, key)
				}
			}
			slices.Sort(want)
			var keys []string
			for _, key := range p.AppendKeys(nil, x, except) {
				keys = append(keys, string(key))
			}
			if !slices.Equal(keys, want) {
				t.Fatalf("keys of %q without %d: %q, want %q", x.text, except, keys, want)
			}
		}
	})
	var want []string
	for prefix, m := range changes {
		if len(m) > 0 {
			want = append(want, prefix)
		}
	}
	slices.Sort(want)
	if !slices.Equal(order, want) || p.Pending() {
		t.Fatalf("told of %q, want %q", order, want)
	}
}
