package db

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/decimal"
	"basalt/internal/invariants"
	"basalt/internal/seeds"
)

// checkZSet walks a sorted set: it has members, all of them once, in order, in
// an encoding that they allow; links, balances and counts of a tree agree.
func checkZSet(e *Entry, parts *partBytes) {
	must(e.ZLen() > 0, "key %q: an empty sorted set", e.Key())
	it := e.ZRange(0, e.ZLen(), false)
	var before string
	last, count := math.Inf(-1), 0
	var scratch [decimal.MaxLen]byte
	for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
		text := string(m.Text(scratch[:]))
		must(count == 0 || score > last || score == last && text > before, "key %q: %q %v behind %q %v", e.Key(), text, score, before, last)
		found, ok := e.ZScore([]byte(text))
		must(ok && found == score, "key %q: %q is %v, found %v", e.Key(), text, score, found)
		before, last = text, score
		count++
	}
	if e.encoding() == encPack {
		p := packSlot(*e.slot()).pack()
		must(pack.Check(p) && p.Len()%2 == 0, "key %q: not a pack: %x", e.Key(), p)
		parts.pack += int64(packSlot(*e.slot()).capacity())
		return
	}
	z := zsetAt(*e.slot())
	parts.table += z.members.Stats().Bytes
	parts.node += int64(arena.ClassSize(int(unsafe.Sizeof(*z))))
	n, _ := checkSubtree(z.order.root, 0)
	must(n == z.members.Len(), "key %q: %d members in the tree, %d in the table", e.Key(), n, z.members.Len())
	f := func(r arena.Ref) {
		parts.node += int64(arena.ClassSize(scoredSize(len(scoredAt(r).member()))))
	}
	for cursor := z.members.Scan(0, f); cursor != 0; {
		cursor = z.members.Scan(cursor, f)
	}
}

// checkSubtree returns how many members are in the subtree r, and its height.
func checkSubtree(r, up arena.Ref) (count, height int) {
	if r == 0 {
		return 0, 0
	}
	n := scoredAt(r)
	must(n.link(parent) == up, "member %q: another parent", n.member())
	l, lh := checkSubtree(n.link(left), r)
	rt, rh := checkSubtree(n.link(right), r)
	must(int(n.before) == l, "member %q: %d before it, counted %d", n.member(), l, n.before)
	must(int(n.balance) == rh-lh && n.balance >= -1 && n.balance <= 1, "member %q: balance %d, heights %d and %d", n.member(), n.balance, lh, rh)
	return l + rt + 1, max(lh, rh) + 1
}

type zpair struct {
	member string
	score  float64
}

func comparePairs(a, b zpair) int {
	return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(a.member, b.member))
}

// zsetHistory is the life of one sorted set beside a sorted slice.
type zsetHistory struct {
	*rand.Rand
	t     *testing.T
	k     *Keyspace
	d     *DB
	key   []byte
	width int // members are drawn from so many
	want  []zpair
}

func newZSetHistory(t *testing.T, seed uint64, entries int64, width int) *zsetHistory {
	k := New(1, 1)
	k.Limits.ZSetEntries = entries
	return &zsetHistory{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, k: k, d: k.DB(0), key: []byte("z"), width: width}
}

func (h *zsetHistory) entry() *Entry { return h.d.Peek(h.key, Hash(h.key)) }

func (h *zsetHistory) member() string {
	switch n := h.IntN(h.width); {
	case n%50 == 49:
		return strings.Repeat("long", 20) + fmt.Sprint(n)
	case n%200 == 7:
		return strings.Repeat("x", 253+n%4) + fmt.Sprint(n)
	case n%7 == 0:
		return fmt.Sprint(n)
	default:
		return fmt.Sprintf("m%d", n)
	}
}

func (h *zsetHistory) score() float64 {
	switch h.IntN(12) {
	case 0:
		return math.Inf(1 - 2*h.IntN(2))
	case 1:
		return h.NormFloat64() * math.Pow(10, float64(h.IntN(40)-20))
	}
	return float64(h.IntN(20)-10) / 2
}

func (h *zsetHistory) index(member string) int {
	return slices.IndexFunc(h.want, func(p zpair) bool { return p.member == member })
}

func (h *zsetHistory) put(p zpair) {
	at, _ := slices.BinarySearchFunc(h.want, p, comparePairs)
	h.want = slices.Insert(h.want, at, p)
}

func (h *zsetHistory) add() {
	m, score, f := h.member(), h.score(), ZFlags(0)
	if h.IntN(4) == 0 {
		f = []ZFlags{ZNX, ZXX, ZGT, ZLT, ZIncr, ZXX | ZGT, ZIncr | ZLT}[h.IntN(7)]
	}
	i := h.index(m)
	want := ZAdded
	if i >= 0 {
		var after float64
		after, want = f.merge(h.want[i].score, score)
		if want == ZUpdated {
			h.want = slices.Delete(h.want, i, i+1)
			h.put(zpair{m, after})
		}
	} else if f&ZXX != 0 {
		want = ZRefused
	} else {
		h.put(zpair{m, score})
	}
	e := h.entry()
	if e == nil {
		if f&ZXX != 0 {
			return
		}
		e = h.d.ZCreate(h.key, Hash(h.key), 1, len(m))
	}
	if got, _ := h.d.ZAdd(e, score, []byte(m), f); got != want {
		h.t.Fatalf("adding %q %v (%x): %d, want %d", m, score, f, got, want)
	}
}

func (h *zsetHistory) remove(e *Entry) {
	m := h.member()
	if len(h.want) > 0 && h.IntN(2) == 0 {
		m = h.want[h.IntN(len(h.want))].member
	}
	i := h.index(m)
	if got := h.d.ZRemove(e, []byte(m)); got != (i >= 0) {
		h.t.Fatalf("removing %q: %v", m, got)
	}
	if i >= 0 {
		h.want = slices.Delete(h.want, i, i+1)
	}
	if len(h.want) == 0 {
		h.d.Remove(Hash(h.key), e)
	}
}

func (h *zsetHistory) removeRange(e *Entry) {
	from := h.IntN(len(h.want))
	to := from + h.IntN(min(len(h.want)-from, 8)+1)
	if h.IntN(30) == 0 {
		to = from + h.IntN(len(h.want)-from+1)
	}
	gone := h.d.ZRemoveRange(Hash(h.key), e, from, to)
	h.want = slices.Delete(h.want, from, to)
	if gone != (len(h.want) == 0) {
		h.t.Fatalf("gone %v with %d left", gone, len(h.want))
	}
}

func (h *zsetHistory) ask(e *Entry) {
	m := h.member()
	rank, score, ok := e.ZRank([]byte(m))
	if i := h.index(m); ok != (i >= 0) || ok && (i != rank || h.want[i].score != score) {
		h.t.Fatalf("%q: rank %d score %v %v, want %d", m, rank, score, ok, i)
	}
	r := ScoreRange{Min: h.score(), Max: h.score(), MinEx: h.IntN(2) == 0, MaxEx: h.IntN(2) == 0}
	from, to := e.ZScoreSpan(&r)
	n := 0
	for i, p := range h.want {
		in := (p.score > r.Min || p.score == r.Min && !r.MinEx) && (p.score < r.Max || p.score == r.Max && !r.MaxEx)
		if in != (i >= from && i < to) {
			h.t.Fatalf("%+v: %d to %d, %v is at %d", r, from, to, p, i)
		}
		if in {
			n++
		}
	}
	if n != to-from {
		h.t.Fatalf("%+v: %d to %d, want %d", r, from, to, n)
	}
}

// iterate compares a stretch of members, one way or the other.
func (h *zsetHistory) iterate(e *Entry) {
	reverse := h.IntN(2) == 0
	want := slices.Clone(h.want)
	if reverse {
		slices.Reverse(want)
	}
	from := h.IntN(len(want))
	want = want[from:]
	if h.IntN(3) > 0 {
		want = want[:h.IntN(min(len(want), 12)+1)]
	}
	it := e.ZRange(from, len(want), reverse)
	var scratch [decimal.MaxLen]byte
	for i, p := range want {
		m, score, ok := it.Next()
		if text := m.Text(scratch[:]); !ok || string(text) != p.member || score != p.score {
			h.t.Fatalf("%d from %d: %q %v %v, want %v", i, from, text, score, ok, p)
		}
	}
	if _, _, ok := it.Next(); ok {
		h.t.Fatalf("more than %d members", len(want))
	}
}

func (h *zsetHistory) step() {
	e := h.entry()
	if (e == nil) != (len(h.want) == 0) || e != nil && e.ZLen() != len(h.want) {
		h.t.Fatalf("there %v, want %d members", e != nil, len(h.want))
	}
	switch n := h.IntN(100); {
	case e == nil || n < 50:
		h.add()
	case n < 72:
		h.remove(e)
	case n < 76:
		h.removeRange(e)
	case n < 90:
		h.ask(e)
	default:
		h.iterate(e)
	}
}

// copied compares the set with a copy and removes that.
func (h *zsetHistory) copied() {
	e := h.entry()
	if e == nil {
		return
	}
	to := []byte("copy")
	c := h.d.create(TypeZSet, to, Hash(to), e.encoding(), h.k.copyCollection(e))
	h.k.checkInvariants()
	a, b := e.ZRange(0, e.ZLen(), false), c.ZRange(0, c.ZLen(), false)
	for {
		m, score, ok := a.Next()
		n, other, also := b.Next()
		if ok != also || !bytes.Equal(m.Bytes, n.Bytes) || m.Int != n.Int || score != other {
			h.t.Fatal("a copy differs")
		}
		if !ok {
			break
		}
	}
	h.d.Delete(to, Hash(to))
}

func TestZSetModel(t *testing.T) {
	seed := seeds.Of(t)
	for i, sizes := range [][2]int{{0, 12}, {0, 500}, {8, 30}, {128, 150}, {128, 2000}} {
		h := newZSetHistory(t, seed+uint64(i), int64(sizes[0]), sizes[1])
		for n := range 8000 {
			stir(h.k)
			h.step()
			if n%200 == 0 || n < 100 {
				h.k.checkInvariants()
			}
			if n%1000 == 999 {
				h.copied()
			}
		}
		if h.entry() != nil {
			h.d.Delete(h.key, Hash(h.key))
		}
		for h.k.Reclaim(time.Second) {
		}
		h.k.checkInvariants()
	}
}

func TestZSetLex(t *testing.T) {
	seed := seeds.Of(t)
	for _, entries := range []int64{0, 1000} {
		h := newZSetHistory(t, seed, entries, 1)
		var want []string
		e := h.d.ZCreate(h.key, Hash(h.key), 1, 1)
		for i := range 200 {
			m := fmt.Sprint(i * 7 % 1000)
			want = append(want, m)
			h.d.ZAdd(e, 3, []byte(m), 0)
		}
		slices.Sort(want)
		for range 2000 {
			r := LexRange{h.lexEnd(), h.lexEnd()}
			for _, reverse := range []bool{false, true} {
				from, to := e.ZLexSpan(&r, reverse)
				n := 0
				for i, m := range want {
					b := pack.Element{Bytes: []byte(m)}
					in := r.aboveMin(b) && r.belowMax(b)
					if in && (i < from || i >= to) {
						t.Fatalf("%+v: %d to %d, but %q is at %d", r, from, to, m, i)
					}
					if in {
						n++
					}
				}
				if n != to-from {
					t.Fatalf("%+v: %d to %d, want %d", r, from, to, n)
				}
			}
		}
	}
}

func (h *zsetHistory) lexEnd() LexEnd {
	if h.IntN(6) == 0 {
		return LexEnd{Inf: int8(h.IntN(2)*2 - 1)}
	}
	return LexEnd{Bytes: []byte(fmt.Sprint(h.IntN(1000))), Ex: h.IntN(2) == 0}
}

// TestZSetMemory holds members of 16 bytes to what they may take.
func TestZSetMemory(t *testing.T) {
	k := New(1, 1)
	d := k.DB(0)
	key := []byte("z")
	e := d.ZCreate(key, Hash(key), 1000, 16)
	const n = 100_000
	for i := range n {
		d.ZAdd(e, float64(i*7919%n), fmt.Appendf(nil, "member:%09d", i), 0)
	}
	used := k.arena.UsedBy(arena.Node) + k.arena.UsedBy(arena.Table)
	if per := float64(used) / n; per > 58 {
		t.Errorf("%.1f bytes a member", per)
	} else {
		t.Logf("%.1f bytes a member", per)
	}
	if got, want := e.MemoryUsage(), int(used); got < want*9/10 || got > want*11/10 {
		t.Errorf("MEMORY USAGE %d, used %d", got, want)
	}
}

func TestZSetNodes(t *testing.T) {
	if err := arena.CheckNoGoPointers(reflect.TypeFor[scored]()); err != nil {
		t.Error(err)
	}
	if arena.HasPointers(reflect.TypeFor[scored]()) {
		t.Error("members come from Alloc and must have no pointers")
	}
}

func TestZSetAllocatesNothing(t *testing.T) {
	k := New(1, 1)
	d := k.DB(0)
	key := []byte("z")
	e := d.ZCreate(key, Hash(key), 1000, 16)
	members := make([][]byte, 2000)
	for i := range members {
		members[i] = fmt.Appendf(nil, "member:%d", i)
		d.ZAdd(e, float64(i), members[i], 0)
	}
	i := 0
	if n := testing.AllocsPerRun(500, func() {
		m := members[i%len(members)]
		d.ZAdd(e, float64(i*31%97), m, 0)
		e.ZRank(m)
		e.ZScore(m)
		d.ZRemove(e, m)
		d.ZAdd(e, 1.25, m, 0)
		it := e.ZRange(3, 10, i%2 == 0)
		for _, _, ok := it.Next(); ok; _, _, ok = it.Next() {
		}
		i++
	}); n != 0 && !invariants.Enabled {
		t.Errorf("%v allocations", n)
	}
}

func FuzzZSet(f *testing.F) {
	f.Add(uint64(1), uint8(0))
	f.Add(uint64(2), uint8(20))
	f.Fuzz(func(t *testing.T, seed uint64, entries uint8) {
		h := newZSetHistory(t, seed, int64(entries), 1+int(seed%97))
		for range 300 {
			h.step()
		}
		h.k.checkInvariants()
	})
}

// benchZSet is a sorted set of a million members in random order.
func benchZSet() (*DB, *Entry, [][]byte) {
	d := New(1, 1).DB(0)
	key := []byte("z")
	const n = 1_000_000
	e := d.ZCreate(key, Hash(key), n, 16)
	members := make([][]byte, n)
	for i := range members {
		members[i] = fmt.Appendf(nil, "member:%09d", i)
		d.ZAdd(e, float64(i*7919%n), members[i], 0)
	}
	return d, e, members
}

func BenchmarkZSet(b *testing.B) {
	d, e, members := benchZSet()
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func() []byte { return members[rng.IntN(len(members))] }
	b.Run("ZADD", func(b *testing.B) {
		for range b.N {
			d.ZAdd(e, float64(rng.IntN(1000000)), pick(), 0)
		}
	})
	b.Run("ZSCORE", func(b *testing.B) {
		for range b.N {
			e.ZScore(pick())
		}
	})
	b.Run("ZRANK", func(b *testing.B) {
		for range b.N {
			e.ZRank(pick())
		}
	})
	b.Run("ZRANGE100", func(b *testing.B) {
		for range b.N {
			it := e.ZRange(rng.IntN(len(members)-100), 100, false)
			for _, _, ok := it.Next(); ok; _, _, ok = it.Next() {
			}
		}
	})
}
