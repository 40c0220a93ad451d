package pubsub

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"basalt/internal/glob"
	"basalt/internal/seeds"
)

// model is a registry as plain as can be.
type model map[Kind]map[string]map[int]bool

func (m model) receivers(k Kind, name string) []int {
	var out []int
	for id := range m[k][name] {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (m model) count(k Kind, id int) int {
	n := 0
	for _, members := range m[k] {
		if members[id] {
			n++
		}
	}
	return n
}

func newModel() model {
	m := model{}
	for k := range kinds {
		m[k] = map[string]map[int]bool{}
	}
	return m
}

func sorted(owners []int) []int {
	out := slices.Clone(owners)
	slices.Sort(out)
	return out
}

func (r *Registry[O]) receivers(k Kind, name []byte) []O {
	if t := r.Find(k, name); t != nil {
		return t.Receivers()
	}
	return nil
}

func TestAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(seeds.Of(t), 1))
	r, m := New[int](), newModel()
	subscribers := make([]Subscriber[int], 40)
	for i := range subscribers {
		subscribers[i].Owner = i
	}
	for step := range 60000 {
		k, id := Kind(rng.IntN(int(kinds))), rng.IntN(len(subscribers))
		s := &subscribers[id]
		name := randomGlob(rng)
		had := m[k][name][id]
		switch what := rng.IntN(100); {
		case what < 55:
			if r.Subscribe(s, k, []byte(name)) == had {
				t.Fatalf("step %d: subscribe %d %q: was there: %v", step, id, name, had)
			}
			if m[k][name] == nil {
				m[k][name] = map[int]bool{}
			}
			m[k][name][id] = true
		case what < 98:
			if s.Count(k) > 0 && rng.IntN(2) == 0 {
				name = s.First(k)
				had = true
			}
			if r.Unsubscribe(s, k, []byte(name)) != had {
				t.Fatalf("step %d: unsubscribe %d %q: was there: %v", step, id, name, had)
			}
			if delete(m[k][name], id); len(m[k][name]) == 0 {
				delete(m[k], name)
			}
		default:
			r.Drop(s)
			for _, topics := range m {
				for name, members := range topics {
					if delete(members, id); len(members) == 0 {
						delete(topics, name)
					}
				}
			}
		}
		if got, want := sorted(r.receivers(k, []byte(name))), m.receivers(k, name); !slices.Equal(got, want) {
			t.Fatalf("step %d: receivers of %q: %v, want %v", step, name, got, want)
		}
		if got, want := s.Count(k), m.count(k, id); got != want {
			t.Fatalf("step %d: %d has %d subscriptions, want %d", step, id, got, want)
		}
		if got, want := r.Len(k), len(m[k]); got != want {
			t.Fatalf("step %d: %d topics, want %d", step, got, want)
		}
		checkMatching(t, r, m[Patterns], randomChannel(rng))
	}
	for i := range subscribers {
		r.Drop(&subscribers[i])
	}
	if len(r.index.heads)+len(r.index.pairs)+len(r.index.at)+r.index.prefixes.longest+r.index.suffixes.longest != 0 {
		t.Errorf("the index keeps something of no pattern: %+v", r.index.pairs)
	}
}

// checkMatching compares the index with a look at all patterns.
func checkMatching(t *testing.T, r *Registry[int], patterns map[string]map[int]bool, channel string) {
	t.Helper()
	var got, want []string
	for _, topic := range r.Matching([]byte(channel), nil) {
		got = append(got, topic.Name())
	}
	for pattern := range patterns {
		if glob.Match([]byte(pattern), []byte(channel), false) {
			want = append(want, pattern)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("patterns of %q: %q, want %q", channel, got, want)
	}
}

// randomGlob makes a pattern of few different bytes, most of them special.
func randomGlob(rng *rand.Rand) string {
	const alphabet = `ab*?[]\^-aab`
	b := make([]byte, rng.IntN(6))
	for i := range b {
		b[i] = alphabet[rng.IntN(len(alphabet))]
	}
	return string(b)
}

func randomChannel(rng *rand.Rand) string {
	const alphabet = `ab[]\-*`
	b := make([]byte, rng.IntN(7))
	for i := range b {
		b[i] = alphabet[min(rng.IntN(len(alphabet)), rng.IntN(len(alphabet)))]
	}
	return string(b)
}

func TestLongEnds(t *testing.T) {
	r, m := New[int](), newModel()
	s := &Subscriber[int]{}
	long := make([]byte, 3*endMax)
	for i := range long {
		long[i] = 'a' + byte(i%7)
	}
	for _, n := range []int{0, 1, endMax - 1, endMax, endMax + 1, 2 * endMax} {
		for _, pattern := range []string{string(long[:n]) + "*", "*" + string(long[n:]), string(long[:n])} {
			r.Subscribe(s, Patterns, []byte(pattern))
			m[Patterns][pattern] = map[int]bool{0: true}
		}
	}
	for n := range len(long) + 1 {
		checkMatching(t, r, m[Patterns], string(long[:n]))
		checkMatching(t, r, m[Patterns], string(long[n:]))
	}
}

func FuzzMatching(f *testing.F) {
	f.Add("user:*", "*:inbox", `a\*b[^c]d`, "user:1:inbox")
	f.Add("[a-", `\`, `\\*`, `\a`)
	f.Fuzz(func(t *testing.T, a, b, c, channel string) {
		r, m := New[int](), newModel()
		s := &Subscriber[int]{}
		for _, pattern := range []string{a, b, c} {
			r.Subscribe(s, Patterns, []byte(pattern))
			m[Patterns][pattern] = map[int]bool{0: true}
		}
		checkMatching(t, r, m[Patterns], channel)
		checkMatching(t, r, m[Patterns], a)
		r.Unsubscribe(s, Patterns, []byte(b))
		delete(m[Patterns], b)
		checkMatching(t, r, m[Patterns], channel)
	})
}

func TestLookingUpDoesNotAllocate(t *testing.T) {
	r := manyPatterns()
	channel := []byte("user:4711:a-rather-long-name-of-a-channel-that-no-buffer-on-the-stack-has-room-for")
	dst := make([]*Topic[int], 0, 8)
	if n := testing.AllocsPerRun(100, func() {
		r.Find(Channels, channel)
		dst = r.Matching(channel, dst[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if len(dst) != 1 {
		t.Errorf("%d patterns match", len(dst))
	}
}

// manyPatterns is a registry with 10,000 patterns of three shapes.
func manyPatterns() *Registry[int] {
	r := New[int]()
	s := &Subscriber[int]{}
	for i := range 10000 {
		for _, shape := range []string{"user:%d:*", "*:%d", "a%d*b"}[i%3 : i%3+1] {
			r.Subscribe(s, Patterns, fmt.Appendf(nil, shape, i))
		}
	}
	r.Subscribe(s, Patterns, []byte("user:4711:*"))
	return r
}

func BenchmarkMatching10000(b *testing.B) {
	r := manyPatterns()
	for _, channel := range []string{"user:4711:x", "news", "a7b", "some:other:channel:5"} {
		b.Run(channel, func(b *testing.B) {
			name, dst := []byte(channel), make([]*Topic[int], 0, 8)
			for b.Loop() {
				dst = r.Matching(name, dst[:0])
			}
		})
	}
}

func BenchmarkSubscribe(b *testing.B) {
	r := New[int]()
	s := &Subscriber[int]{}
	var name []byte
	for i := 0; b.Loop(); i++ {
		name = fmt.Appendf(name[:0], "channel:%d", i%100000)
		r.Subscribe(s, Channels, name)
		r.Unsubscribe(s, Channels, name)
	}
}
