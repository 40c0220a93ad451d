package glob

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"basalt/internal/reference"
	"basalt/internal/seeds"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		nocase     bool
		want       bool
	}{
		{"", "", false, true},
		{"", "a", false, false},
		{"*", "", false, false}, // as the original; KEYS * does not ask
		{"*", "a", false, true},
		{"***", "abc", false, true},
		{"a*", "a", false, true},
		{"a**", "a", false, true},
		{"a*?", "a", false, false},
		{"*a", "banana", false, true},
		{"*an?", "banana", false, true},
		{"*an??", "bananas", false, true},
		{"*bn?", "banana", false, false},
		{"*n?", "banana", false, true},
		{"b*n*a", "banana", false, true},
		{"?", "", false, false},
		{"h[ae]llo", "hello", false, true},
		{"h[^ae]llo", "hello", false, false},
		{"h[^ae]llo", "hillo", false, true},
		{"[a-c]", "b", false, true},
		{"[c-a]", "b", false, true},
		{"[A-C]", "b", true, true},
		{"[a-c", "b", false, true},
		{"[", "[", false, false},
		{"[^", "a", false, true},
		{"[]", "]", false, false},
		{"[\\]]", "]", false, true},
		{"[\\B]", "b", true, false},
		{"[a-]", "-", false, false}, // the range a to ], never closed
		{"[a-]", "^", false, true},
		{"\\*", "*", false, true},
		{"\\*", "a", false, false},
		{"a\\", "a\\", false, true},
		{"ABC*", "abcd", true, true},
		{"ABC*", "abcd", false, false},
		{"[a-\xff]", "A", false, true}, // signed: -1..97
		{"[a-\xff]", "b", false, false},
	} {
		if got := Match([]byte(c.pattern), []byte(c.s), c.nocase); got != c.want {
			t.Errorf("Match(%q, %q, %v) = %v", c.pattern, c.s, c.nocase, got)
		}
	}
}

// TestMatchPathological would take longer than the universe with backtracking.
func TestMatchPathological(t *testing.T) {
	s := []byte(strings.Repeat("a", 10000))
	pattern := []byte(strings.Repeat("a*", 2000) + "b")
	start := time.Now()
	if Match(pattern, s, false) {
		t.Error("matched")
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	pattern, s := []byte("*[a-f]*\\*?x*"), []byte("user:1000:profile*yx")
	if n := testing.AllocsPerRun(100, func() { Match(pattern, s, true) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestIsLiteral(t *testing.T) {
	for pattern, want := range map[string]bool{
		"": true, "maxmemory": true, "a]": true, "a*": false, "?": false, "[a": false, "\\a": false,
	} {
		if IsLiteral([]byte(pattern)) != want {
			t.Errorf("IsLiteral(%q) = %v", pattern, !want)
		}
	}
}

// model is the definition by recursion: exponential, but plainly right.
func model(p, s []byte, nocase bool) bool {
	if len(p) == 0 || len(s) == 0 {
		return len(p) == 0 && len(s) == 0
	}
	if p[0] == '*' {
		for len(p) > 0 && p[0] == '*' {
			p = p[1:]
		}
		if len(p) == 0 {
			return true
		}
		for ; len(s) > 0; s = s[1:] {
			if model(p, s, nocase) {
				return true
			}
		}
		return false
	}
	ok, next := element(p, 0, s[0], nocase)
	if !ok {
		return false
	}
	p, s = p[next:], s[1:]
	if len(s) == 0 {
		p = p[skipStars(p, 0):]
	}
	return model(p, s, nocase)
}

// alphabet makes random patterns meet the special bytes and random strings
// meet the patterns.
const alphabet = "**??[]^-\\abcABz \xff\x80"

func randomBytes(r *rand.Rand, longest int) []byte {
	b := make([]byte, r.IntN(longest+1))
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return b
}

func TestMatchModel(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300000 {
		p, s, nocase := randomBytes(r, 9), randomBytes(r, 7), r.IntN(2) == 0
		if got, want := Match(p, s, nocase), model(p, s, nocase); got != want {
			t.Fatalf("seed %d: Match(%q, %q, %v) = %v", seed, p, s, nocase, got)
		}
	}
}

// TestMatchRedis lets redis-server answer KEYS over random keys and patterns.
func TestMatchRedis(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 1))
	redis := reference.Start(t)
	keys := map[string]bool{"": true}
	for range 400 {
		keys[string(randomBytes(r, 6))] = true
	}
	for k := range keys {
		if v, err := redis.Do("SET", k, "1"); v != "OK" {
			t.Fatal(v, err)
		}
	}
	for range 3000 {
		p := randomBytes(r, 8)
		if string(p) == "*" {
			continue // KEYS does not match at all then
		}
		v, err := redis.Do("KEYS", string(p))
		reply, ok := v.([]any)
		if !ok {
			t.Fatal(v, err)
		}
		var want, got []string
		for _, k := range reply {
			want = append(want, k.(string))
		}
		for k := range keys {
			if Match(p, []byte(k), false) {
				got = append(got, k)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: pattern %q\n got %q\nwant %q", seed, p, got, want)
		}
	}
}

// TestMatchRedisNocase asks COMMAND LIST, which filters names with letter case
// ignored.
func TestMatchRedisNocase(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 2))
	redis := reference.Start(t)
	ask := func(args ...string) (names []string) {
		v, err := redis.Do(append([]string{"COMMAND", "LIST"}, args...)...)
		reply, ok := v.([]any)
		if !ok {
			t.Fatal(v, err)
		}
		for _, n := range reply {
			names = append(names, n.(string))
		}
		slices.Sort(names)
		return names
	}
	all := ask()
	const letters = "**??[]^-\\aesgtAESGTzZ"
	for range 2000 {
		p := make([]byte, r.IntN(9))
		for i := range p {
			p[i] = letters[r.IntN(len(letters))]
		}
		want := ask("FILTERBY", "PATTERN", string(p))
		var got []string
		for _, n := range all {
			if Match(p, []byte(n), true) {
				got = append(got, n)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: pattern %q\n got %q\nwant %q", seed, p, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte("a*[b-c]?\\*"), []byte("axxb.*"), true)
	f.Add([]byte("[^"), []byte("a"), false)
	f.Fuzz(func(t *testing.T, p, s []byte, nocase bool) {
		if len(p) > 12 || len(s) > 12 {
			Match(p, s, nocase) // must end and must not panic
			return
		}
		if got, want := Match(p, s, nocase), model(p, s, nocase); got != want {
			t.Fatalf("Match(%q, %q, %v) = %v", p, s, nocase, got)
		}
	})
}
