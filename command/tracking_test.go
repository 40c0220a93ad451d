package command

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPrefixConflict compares with the pairs tried one by one, as Redis does.
func TestPrefixConflict(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		b := make([]byte, 1+rnd.IntN(5))
		for i := range b {
			b[i] = "abc"[rnd.IntN(3)]
		}
		return string(b)
	}
	slowly := func(has []string, given [][]byte) string {
		const end = ". Prefixes for a single client must not overlap."
		for i, p := range given {
			for _, s := range has {
				if overlap(s, string(p)) {
					return "ERR Prefix '" + string(p) + "' overlaps with an existing prefix '" + s + "'" + end
				}
			}
			for _, q := range given[i+1:] {
				if overlap(string(p), string(q)) {
					return "ERR Prefix '" + string(p) + "' overlaps with another provided prefix '" + string(q) + "'" + end
				}
			}
		}
		return ""
	}
	fits, wrong := 0, 0
	for range 20000 {
		var has []string
		for range rnd.IntN(4) {
			if s := word(); !slices.ContainsFunc(has, func(h string) bool { return overlap(h, s) }) {
				has = append(has, s)
			}
		}
		if rnd.IntN(20) == 0 {
			has = append(has, "")
		}
		slices.Sort(has)
		var given [][]byte
		for range rnd.IntN(5) {
			given = append(given, []byte(word()))
		}
		got, want := prefixConflict(has, given), slowly(has, given)
		if got != want {
			t.Fatalf("%q and %q: %s\nwant %s", has, given, got, want)
		}
		if want == "" {
			fits++
		} else {
			wrong++
		}
	}
	if fits < 1000 || wrong < 1000 {
		t.Errorf("%d fit, %d do not", fits, wrong)
	}
}
