package db

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
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

// checkSet walks a set: it has members, all of them once, in an encoding that
// its members allow.
func checkSet(e *Entry, parts *partBytes) {
	v := e.set()
	must(v.len() > 0, "key %q: an empty set", e.Key())
	if v.enc != encObject {
		parts.pack += int64(packSlot(v.slot).capacity())
	}
	seen := map[string]bool{}
	integers := true
	v.each(func(m Element) {
		var scratch [decimal.MaxLen]byte
		text := string(m.Text(scratch[:]))
		must(!seen[text], "key %q: member %q twice", e.Key(), text)
		must(v.hasMember(m), "key %q: member %q is not found", e.Key(), text)
		seen[text] = true
		integers = integers && m.IsInt
	})
	must(len(seen) == v.len(), "key %q: %d members, counted %d", e.Key(), len(seen), v.len())
	switch v.enc {
	case encIntset:
		must(integers && pack.CheckIntset(v.intset()), "key %q: not an intset: %x", e.Key(), v.intset())
	case encPack:
		must(pack.Check(v.pack()), "key %q: not a pack: %x", e.Key(), v.pack())
	case encObject:
		t := v.table()
		parts.table += t.Stats().Bytes
		parts.node += int64(arena.ClassSize(int(unsafe.Sizeof(*t))))
		eachMember(t, func(r arena.Ref) {
			n := len(memberBytes(r))
			parts.node += int64(arena.ClassSize(memberHeader(n) + n))
		})
	}
}

type modelSet = map[string]bool

// setHistory is a random life of sets beside Go maps.
type setHistory struct {
	*rand.Rand
	t     *testing.T
	keys  *Keyspace
	d     *DB
	model map[string]modelSet
}

func newSetHistory(t *testing.T, seed uint64) *setHistory {
	k := New(1, modelEpoch)
	// Small limits, so that sets pass from one encoding to the other.
	k.Limits.SetIntset, k.Limits.SetEntries, k.Limits.SetValue = 24, 16, 20
	return &setHistory{rand.New(rand.NewPCG(seed, 2)), t, k, k.DB(0), map[string]modelSet{}}
}

func (h *setHistory) key() string { return "s" + strconv.Itoa(h.IntN(6)) }

func (h *setHistory) find(key string) *Entry { return h.d.Peek([]byte(key), Hash([]byte(key))) }

func (h *setHistory) member() string {
	switch h.IntN(12) {
	case 0:
		return []string{"", "-0", "007", "9223372036854775808", "-9223372036854775808"}[h.IntN(5)]
	case 1:
		return strings.Repeat("m", []int{19, 20, 21, 253, 254, 65535, 65536}[h.IntN(7)])
	case 2:
		return strconv.FormatInt(int64(h.Uint64())>>h.IntN(64), 10)
	case 3, 4:
		return "m" + strconv.Itoa(h.IntN(60))
	}
	return strconv.Itoa(h.IntN(60))
}

func (h *setHistory) members() (list [][]byte) {
	n := 1 + h.IntN(4)
	if h.IntN(8) == 0 {
		n = h.IntN(60) + 1
	}
	integers := h.IntN(2) == 0
	for range n {
		m := h.member()
		if integers {
			m = strconv.Itoa(h.IntN(100))
		}
		list = append(list, []byte(m))
	}
	return list
}

func text(m Element) string { return string(m.Text(nil)) }

func (h *setHistory) check(key string) *Entry {
	h.t.Helper()
	e, want := h.find(key), h.model[key]
	if (e == nil) != (len(want) == 0) {
		h.t.Fatalf("%s: there %v, want %d members", key, e != nil, len(want))
	}
	if e == nil {
		return nil
	}
	got := modelSet{}
	e.SetEach(func(m Element) { got[text(m)] = true })
	if !maps.Equal(got, want) || e.SetLen() != len(want) {
		h.t.Fatalf("%s: %.500v (%d)\nwant %.500v", key, short(got), e.SetLen(), short(want))
	}
	return e
}

// short is the members for the message of a failure.
func short(set modelSet) (list []string) {
	for _, m := range slices.Sorted(maps.Keys(set)) {
		list = append(list, fmt.Sprintf("%.30q", m))
	}
	return list
}

func (h *setHistory) add(key string) {
	e, members := h.find(key), h.members()
	want := 0
	if h.model[key] == nil {
		h.model[key] = modelSet{}
	}
	for _, m := range members {
		if !h.model[key][string(m)] {
			h.model[key][string(m)] = true
			want++
		}
	}
	if got := h.d.SetAdd([]byte(key), Hash([]byte(key)), e, members); got != want {
		h.t.Fatalf("%d added, want %d", got, want)
	}
}

func (h *setHistory) remove(key string) {
	e, members := h.find(key), h.members()
	if e == nil {
		return
	}
	want := 0
	for _, m := range members {
		if h.model[key][string(m)] {
			delete(h.model[key], string(m))
			want++
		}
	}
	got, gone := h.d.SetRemove(Hash([]byte(key)), e, members)
	if got != want || gone != (len(h.model[key]) == 0) {
		h.t.Fatalf("%d removed, gone %v, want %d of %v", got, gone, want, short(h.model[key]))
	}
}

func (h *setHistory) ask(key string) {
	e, members := h.find(key), h.members()
	if e == nil {
		return
	}
	i := 0
	e.SetHasEach(members, func(is bool) {
		if m := string(members[i]); is != h.model[key][m] || is != e.SetHas(members[i]) {
			h.t.Fatalf("%s has %q: %v", key, m, is)
		}
		i++
	})
	if i != len(members) {
		h.t.Fatalf("%d answers for %d members", i, len(members))
	}
}

func (h *setHistory) pop(key string) {
	e := h.find(key)
	if e == nil {
		return
	}
	want, size := 1+h.IntN(3), e.SetLen()
	if h.IntN(3) == 0 {
		want = 1 + h.IntN(size+1)
	}
	want = min(want, size)
	got := 0
	gone := h.d.SetPop(Hash([]byte(key)), e, want, func(m Element) {
		if !h.model[key][text(m)] {
			h.t.Fatalf("%s: popped %q", key, text(m))
		}
		delete(h.model[key], text(m))
		got++
	})
	if got != want || gone != (want == size) {
		h.t.Fatalf("%s: popped %d of %d, want %d, gone %v", key, got, size, want, gone)
	}
}

func (h *setHistory) sample(key string) {
	e := h.find(key)
	if e == nil {
		return
	}
	if m := text(e.SetRandom()); !h.model[key][m] {
		h.t.Fatalf("%s: random %q", key, m)
	}
	drawn := 0
	e.SetDraw(5, func(m Element) {
		if drawn++; !h.model[key][text(m)] {
			h.t.Fatalf("%s: random %q", key, text(m))
		}
	})
	if drawn != 5 {
		h.t.Fatalf("%d drawn", drawn)
	}
	if e.SetLen() == 1 {
		return
	}
	n, got := 1+h.IntN(e.SetLen()-1), modelSet{}
	h.keys.SetSample(e, n, func(m Element) {
		if !h.model[key][text(m)] || got[text(m)] {
			h.t.Fatalf("%s: sampled %q", key, text(m))
		}
		got[text(m)] = true
	})
	if len(got) != n {
		h.t.Fatalf("%s: sampled %d, want %d", key, len(got), n)
	}
}

func (h *setHistory) combine(key string) {
	var sets []*Entry
	var models []modelSet
	for range 1 + h.IntN(8) {
		other := h.key()
		if e := h.find(other); e != nil {
			sets = append(sets, e)
			models = append(models, h.model[other])
		}
	}
	if len(sets) == 0 {
		return
	}
	way := h.IntN(3)
	want := combined(way, models)
	got, n := modelSet{}, 0
	emit := func(m Element) { got[text(m)] = true; n++ }
	b := h.keys.NewSet()
	switch way {
	case 0:
		Intersect(slices.Clone(sets), func(m Element) bool { emit(m); b.Add(m); return true })
	case 1:
		h.keys.Union(slices.Clone(sets), emit)
		b = h.keys.BuildUnion(slices.Clone(sets))
	case 2:
		h.keys.Difference(sets[0], slices.Clone(sets[1:]), emit)
		b = h.keys.BuildDifference(sets[0], sets[1:])
	}
	if !maps.Equal(got, want) || n != len(want) || b.Len() != n || b.Empty() != (n == 0) {
		h.t.Fatalf("way %d of %d sets: %q (%d, built %d)\nwant %q", way, len(sets), short(got), n, b.Len(), short(want))
	}
	if n == 0 || h.IntN(4) == 0 {
		b.Discard()
		return
	}
	h.d.StoreSet([]byte(key), Hash([]byte(key)), &b)
	h.model[key] = want
}

// combined is the intersection, union or difference of models.
func combined(way int, models []modelSet) modelSet {
	out := maps.Clone(models[0])
	for _, m := range models[1:] {
		switch way {
		case 0:
			maps.DeleteFunc(out, func(s string, _ bool) bool { return !m[s] })
		case 1:
			maps.Copy(out, m)
		case 2:
			maps.DeleteFunc(out, func(s string, _ bool) bool { return m[s] })
		}
	}
	return out
}

func (h *setHistory) copy(key string) {
	e, to := h.check(key), h.key()
	if e == nil || to == key {
		return
	}
	h.d.Delete([]byte(to), Hash([]byte(to)))
	h.d.Copy(e, h.d, []byte(to), Hash([]byte(to)))
	h.model[to] = maps.Clone(h.model[key])
	if e.MemoryUsage() <= 0 {
		h.t.Fatal("a set takes no memory")
	}
}

func (h *setHistory) drop(key string) {
	h.d.Delete([]byte(key), Hash([]byte(key)))
	delete(h.model, key)
	h.keys.Reclaim(time.Second)
}

func TestSetModel(t *testing.T) {
	seed := seeds.Of(t)
	h := newSetHistory(t, seed)
	for i := range 20000 {
		stir(h.keys)
		key := h.key()
		switch h.IntN(16) {
		case 0, 1, 2, 3, 4, 5:
			h.add(key)
		case 6, 7, 8:
			h.remove(key)
		case 9:
			h.ask(key)
		case 10, 11:
			h.pop(key)
		case 12:
			h.sample(key)
		case 13:
			h.combine(key)
		case 14:
			h.copy(key)
		case 15:
			if h.IntN(4) == 0 {
				h.drop(key)
			}
		}
		h.check(key)
		if i%50 == 0 {
			h.keys.checkInvariants()
		}
	}
	for key := range h.model {
		h.drop(key)
	}
	h.keys.checkInvariants()
}

// names returns n members of 16 bytes.
func names(n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = slices.Clone(sized(new([16]byte), i))
	}
	return list
}

func makeSet(k *Keyspace, key string, members [][]byte) *Entry {
	d := k.DB(0)
	for len(members) > 0 {
		n := min(len(members), 100)
		d.SetAdd([]byte(key), Hash([]byte(key)), d.Peek([]byte(key), Hash([]byte(key))), members[:n])
		members = members[n:]
	}
	return d.Peek([]byte(key), Hash([]byte(key)))
}

// TestSetMemory holds the promise of 36 bytes for a member of 16, over a
// doubling, and that all of it comes back.
func TestSetMemory(t *testing.T) {
	for _, n := range []int{100_000, 130_000, 160_000, 200_000} {
		k := New(1, modelEpoch)
		empty := k.arena.Used()
		e := makeSet(k, "set", names(n))
		per := float64(k.arena.Used()-empty) / float64(n)
		t.Logf("%d members: %.1f bytes each", n, per)
		if per > 36 {
			t.Errorf("%d members: %.1f bytes each", n, per)
		}
		used := float64(k.arena.UsedBy(arena.Node) + k.arena.UsedBy(arena.Table))
		if size := float64(e.collectionSize()); math.Abs(size-used) > used/10 {
			t.Errorf("size %v, used %v", size, used)
		}
		// Members that leave one by one give their memory back.
		k.DB(0).SetPop(Hash([]byte("set")), e, n/2, func(Element) {})
		k.DB(0).SetPop(Hash([]byte("set")), e, n/2-n/20, func(Element) {})
		left := k.arena.UsedBy(arena.Node) + k.arena.UsedBy(arena.Table)
		if per := float64(left) / float64(n/20); per > 45 {
			t.Errorf("%d members left: %.1f bytes each", n/20, per)
		}
		k.DB(0).Delete([]byte("set"), Hash([]byte("set")))
		for k.Dying() > 0 {
			k.Reclaim(time.Second)
		}
		if k.arena.UsedBy(arena.Node) != 0 {
			t.Errorf("%d bytes of nodes left", k.arena.UsedBy(arena.Node))
		}
	}
}

// TestSetRecode walks a set through its encodings.
func TestSetRecode(t *testing.T) {
	k := New(1, modelEpoch)
	integers := func(n int) (list [][]byte) {
		for i := range n {
			list = append(list, strconv.AppendInt(nil, int64(i), 10))
		}
		return list
	}
	for _, c := range []struct {
		members [][]byte
		more    string
		first   string
		then    string
	}{
		{integers(1), "a", "intset", "listpack"},
		{integers(127), "a", "intset", "listpack"},
		{integers(128), "a", "intset", "hashtable"},
		{integers(512), "512", "intset", "hashtable"},
		{integers(5), strings.Repeat("x", 64), "intset", "listpack"},
		{integers(5), strings.Repeat("x", 65), "intset", "hashtable"},
		{[][]byte{[]byte("a")}, "b", "listpack", "listpack"},
		{append(integers(127), []byte("a")), "b", "listpack", "hashtable"},
	} {
		d := k.DB(0)
		var e *Entry
		for _, m := range c.members {
			d.SetAdd([]byte("set"), Hash([]byte("set")), e, [][]byte{m})
			e = d.Peek([]byte("set"), Hash([]byte("set")))
		}
		first := e.EncodingName()
		d.SetAdd([]byte("set"), Hash([]byte("set")), e, [][]byte{[]byte(c.more)})
		if first != c.first || e.EncodingName() != c.then {
			t.Errorf("%d members: %s, with %.10s %s, want %s and %s", len(c.members), first, c.more, e.EncodingName(), c.first, c.then)
		}
		d.Delete([]byte("set"), Hash([]byte("set")))
	}
}

// TestSetFair draws members by all ways and looks whether each comes as often
// as the others: chi-squared stays within six standard deviations.
func TestSetFair(t *testing.T) {
	for _, kind := range []string{"intset", "listpack", "hashtable"} {
		k := New(1, modelEpoch)
		var members [][]byte
		prefix := map[string]string{"intset": "", "listpack": "m", "hashtable": strings.Repeat("h", 70)}[kind]
		for i := range 40 {
			members = append(members, []byte(prefix+strconv.Itoa(i)))
		}
		e := makeSet(k, "set", members)
		if e.EncodingName() != kind {
			t.Fatalf("%s is %s", kind, e.EncodingName())
		}
		spread := func(way string, perRound, rounds int, f func(count func(Element))) {
			counts := map[string]int{}
			for range rounds {
				f(func(m Element) { counts[text(m)]++ })
			}
			want := float64(perRound*rounds) / float64(len(members))
			chi := 0.0
			for _, m := range members {
				diff := float64(counts[string(m)]) - want
				chi += diff * diff / want
			}
			free := float64(len(members) - 1)
			if chi > free+6*math.Sqrt(2*free) {
				t.Errorf("%s, %s: chi-squared %.1f for %v degrees: %v", kind, way, chi, free, counts)
			}
		}
		spread("random", 1, 20000, func(count func(Element)) { count(e.SetRandom()) })
		spread("draw", 10, 2000, func(count func(Element)) { e.SetDraw(10, count) })
		for _, n := range []int{2, 5, 20, 39} {
			spread(fmt.Sprint("sample ", n), n, 20000/n, func(count func(Element)) { k.SetSample(e, n, count) })
			spread(fmt.Sprint("pop ", n), n, 20000/n, func(count func(Element)) {
				var back [][]byte
				k.DB(0).SetPop(Hash([]byte("set")), e, n, func(m Element) { count(m); back = append(back, []byte(text(m))) })
				makeSet(k, "set", back)
			})
		}
	}
}

// TestSampleMany draws from a large set, where neither comparing nor walking is
// the way.
func TestSampleMany(t *testing.T) {
	k := New(1, modelEpoch)
	members := names(4000)
	e := makeSet(k, "set", members)
	counts := map[string]int{}
	const rounds = 100
	for _, n := range []int{3, 200, 400} {
		for range rounds {
			got := modelSet{}
			k.SetSample(e, n, func(m Element) {
				got[text(m)] = true
				counts[text(m)]++
			})
			if len(got) != n {
				t.Fatalf("%d different ones of %d", len(got), n)
			}
		}
	}
	want := float64(603*rounds) / float64(len(members))
	chi := 0.0
	for _, m := range members {
		diff := float64(counts[string(m)]) - want
		chi += diff * diff / want
	}
	if free := float64(len(members)); chi > free+6*math.Sqrt(2*free) {
		t.Errorf("chi-squared %.0f for %v degrees", chi, free)
	}
	k.checkInvariants()
}

// TestSetScan: what stays is seen, however the table changes in between.
func TestSetScan(t *testing.T) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	stay := names(3000)
	e := makeSet(k, "set", stay)
	rng := rand.New(rand.NewPCG(1, 1))
	for round := range 4 {
		seen := modelSet{}
		extra := 0
		for cursor, steps := uint64(0), 0; ; steps++ {
			if cursor = e.SetScan(cursor, func(m Element) { seen[text(m)] = true }); cursor == 0 {
				break
			}
			if steps%5 == 0 && steps < 2000 {
				var list [][]byte
				for range 200 {
					list = append(list, []byte("extra"+strconv.Itoa(rng.IntN(4000))))
					extra++
				}
				if round%2 == 0 {
					d.SetAdd([]byte("set"), Hash([]byte("set")), e, list)
				} else {
					d.SetRemove(Hash([]byte("set")), e, list)
				}
			}
		}
		for _, m := range stay {
			if !seen[string(m)] {
				t.Fatalf("round %d: %x was there all the time and not seen", round, m)
			}
		}
	}
}

// TestLargeSetGoesInSlices deletes a set of many members.
func TestLargeSetGoesInSlices(t *testing.T) {
	k := New(1, modelEpoch)
	makeSet(k, "set", names(100_000))
	start := time.Now()
	k.DB(0).Delete([]byte("set"), Hash([]byte("set")))
	if took := time.Since(start); k.Dying() != 1 {
		t.Errorf("nothing is left after %v", took)
	}
	slices := 0
	for k.Dying() > 0 {
		k.Reclaim(100 * time.Microsecond)
		slices++
	}
	if slices < 5 || k.arena.UsedBy(arena.Node) != 0 {
		t.Errorf("%d slices, %d bytes left", slices, k.arena.UsedBy(arena.Node))
	}
}

// TestSetAllocatesNothing: what hot commands do to a set.
func TestSetAllocatesNothing(t *testing.T) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	key := []byte("set")
	hash := Hash(key)
	large := makeSet(k, "set", names(5000))
	one, many := names(1), names(5100)[5000:]
	small, smallHash := []byte("small"), Hash([]byte("small"))
	first := [][]byte{[]byte("a"), []byte("1"), []byte("b"), []byte("2")}
	kept := makeSet(k, "other", names(100))
	sum := 0
	count := func(Element) { sum++ }
	for name, f := range map[string]func(){
		"add and remove": func() { d.SetAdd(key, hash, large, many); d.SetRemove(hash, large, many) },
		"has":            func() { large.SetHas(one[0]) },
		"pop":            func() { d.SetAdd(key, hash, large, many[:1]); d.SetPop(hash, large, 1, count) },
		"random":         func() { large.SetRandom() },
		"sample":         func() { k.SetSample(large, 10, count); k.SetSample(large, 100, count); k.SetSample(large, 4000, count) },
		"scan":           func() { large.SetScan(0, count) },
		"small": func() {
			d.SetAdd(small, smallHash, nil, first[1:2])
			e := d.Peek(small, smallHash)
			d.SetAdd(small, smallHash, e, first)
			d.SetHasSmall(e, first)
			d.SetPop(smallHash, e, 3, count)
			d.SetPop(smallHash, e, 1, count)
		},
		"algebra": func() {
			two := [2]*Entry{large, kept}
			Intersect(two[:], func(Element) bool { sum++; return true })
			k.Union(two[:], count)
			k.Difference(kept, two[1:], count)
		},
	} {
		f()
		if n := testing.AllocsPerRun(100, f); n != 0 && !invariants.Enabled {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// SetHasSmall asks for all of members.
func (d *DB) SetHasSmall(e *Entry, members [][]byte) {
	for _, m := range members {
		e.SetHas(m)
	}
}

func BenchmarkSets(b *testing.B) {
	for _, n := range []int{100, 1_000_000} {
		k := New(1, modelEpoch)
		members := names(n)
		e := makeSet(k, "set", members)
		d, key, hash := k.DB(0), []byte("set"), Hash([]byte("set"))
		i := 0
		b.Run(fmt.Sprintf("has/%d", n), func(b *testing.B) {
			for b.Loop() {
				i = (i + 7919) % n
				e.SetHas(members[i])
			}
		})
		b.Run(fmt.Sprintf("remove+add/%d", n), func(b *testing.B) {
			for b.Loop() {
				i = (i + 7919) % n
				d.SetRemove(hash, e, members[i:i+1])
				d.SetAdd(key, hash, e, members[i:i+1])
			}
		})
		b.Run(fmt.Sprintf("random/%d", n), func(b *testing.B) {
			for b.Loop() {
				e.SetRandom()
			}
		})
	}
}

func BenchmarkSetStore(b *testing.B) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	var sets []*Entry
	for i := range 3 {
		var members [][]byte
		for j := range 30 {
			members = append(members, []byte("m"+strconv.Itoa(i*7+j)))
		}
		sets = append(sets, makeSet(k, "s"+strconv.Itoa(i), members))
	}
	key := []byte("to")
	for b.Loop() {
		built := k.BuildUnion(sets)
		d.StoreSet(key, Hash(key), &built)
	}
}
