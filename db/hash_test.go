package db

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/seeds"
)

// checkHash is checkCollection of hashes.
func checkHash(e *Entry, parts *partBytes) {
	if e.encoding() == encPack {
		s := packSlot(*e.slot())
		p := s.pack()
		must(pack.Check(p) && p.Len() > 0 && p.Len()%2 == 0, "key %q: broken pack", e.Key())
		parts.pack += int64(s.capacity())
		return
	}
	h := hashAt(*e.slot())
	must(h.entry == e.ref(), "key %q: hash leads to another entry", e.Key())
	must(h.fields.Len() > 0, "key %q: a hash without fields", e.Key())
	volatile, count := 0, 0
	h.each(func(f *hashField) {
		count++
		found, _ := h.find(f.name())
		must(found == f, "field %q leads to another", f.name())
		if f.expires() {
			volatile++
			must(*f.owner() == arena.Ref(h.slot()), "field %q: wrong owner", f.name())
		}
		parts.node += int64(arena.ClassSize(f.size()))
	})
	must(count == h.fields.Len(), "key %q: %d fields, table says %d", e.Key(), count, h.fields.Len())
	must(volatile == h.volatile, "key %q: %d deadlines, counted %d", e.Key(), volatile, h.volatile)
	parts.node += int64(arena.ClassSize(hashBytes))
	parts.table += h.fields.Stats().Bytes
}

// checkHashes is checkInvariants with the deadlines of fields.
func (k *Keyspace) checkHashes() {
	k.checkInvariants()
	volatile := 0
	for _, d := range k.dbs {
		for cursor := uint64(0); ; {
			cursor = d.table.Scan(cursor, func(r arena.Ref) {
				if e := entryAt(r); e.kind == kindOf(TypeHash, encObject) {
					h := hashAt(*e.slot())
					must(h.home == d.id, "key %q: hash leads to another database", e.Key())
					volatile += h.volatile
				}
			})
			if cursor == 0 {
				break
			}
		}
	}
	if len(k.dying) == 0 {
		must(volatile == k.fieldWheel.Len(), "%d deadlines of fields, in the wheel %d", volatile, k.fieldWheel.Len())
	}
}

type modelField struct {
	value    string
	deadline int64
}

// hashHistory is a random life of hashes beside a model of Go maps.
type hashHistory struct {
	*rand.Rand
	t     *testing.T
	keys  *Keyspace
	model []map[string]map[string]modelField
	lost  int // fields that OnFieldExpire told of
}

func newHashHistory(t *testing.T, seed uint64) *hashHistory {
	h := &hashHistory{Rand: rand.New(rand.NewPCG(seed, 77)), t: t, keys: New(3, modelEpoch)}
	h.keys.Limits.HashEntries, h.keys.Limits.HashValue = 6, 20
	for range h.keys.Count() {
		h.model = append(h.model, map[string]map[string]modelField{})
	}
	h.keys.OnFieldExpire = func(d *DB, key, field []byte, last bool) { h.lost++ }
	return h
}

func (h *hashHistory) name() string {
	n := h.IntN(30)
	switch {
	case n == 0:
		return ""
	case n == 1:
		return strings.Repeat("n", 125+h.IntN(5))
	case n < 15:
		return strconv.Itoa(n)
	}
	return "field" + strconv.Itoa(n)
}

func (h *hashHistory) value() string {
	switch h.IntN(5) {
	case 0:
		return strconv.FormatInt(int64(h.Uint64())>>h.IntN(63), 10)
	case 1:
		return strings.Repeat("v", 120+h.IntN(15))
	case 2:
		return strings.Repeat("v", h.IntN(3000))
	}
	return strings.Repeat("v", h.IntN(20))
}

// get returns the fields of a key that are left in the model.
func (h *hashHistory) get(n int, key string) map[string]modelField {
	m := h.model[n][key]
	for name, f := range m {
		if f.deadline != NoDeadline && f.deadline < h.keys.now {
			delete(m, name)
		}
	}
	if len(m) == 0 {
		delete(h.model[n], key)
		return nil
	}
	return m
}

// entry returns the entry that commands would use.
func (h *hashHistory) entry(n int, key string) *Entry {
	d, hash := h.keys.DB(n), Hash([]byte(key))
	e := d.Peek([]byte(key), hash)
	if e != nil {
		e = d.LiveHash([]byte(key), hash, e)
	}
	if (e != nil) != (h.get(n, key) != nil) {
		h.t.Fatalf("db %d key %s: there %v, the model has %v", n, key, e != nil, h.get(n, key))
	}
	return e
}

func (h *hashHistory) check(n int, key string) {
	h.t.Helper()
	e, want := h.entry(n, key), h.get(n, key)
	if e == nil {
		return
	}
	d := h.keys.DB(n)
	if got := d.HashLen(e); got != len(want) {
		h.t.Fatalf("db %d key %s: %d fields, want %d", n, key, got, len(want))
	}
	seen := 0
	d.HashEach(e, func(name, value Element) {
		seen++
		if f, ok := want[string(name.Text(nil))]; !ok || f.value != string(value.Text(nil)) {
			h.t.Fatalf("db %d key %s field %q: %.50q, want %.50q %v", n, key, name.Text(nil), value.Text(nil), f.value, ok)
		}
	})
	if seen != len(want) {
		h.t.Fatalf("db %d key %s: saw %d fields, want %d", n, key, seen, len(want))
	}
	for name, f := range want {
		deadline, ok := d.HashDeadline(e, []byte(name))
		if !ok || deadline != f.deadline {
			h.t.Fatalf("db %d key %s field %q: deadline %d %v, want %d", n, key, name, deadline, ok, f.deadline)
		}
	}
	for _, sample := range []int{1, len(want) / 9, len(want) / 2, len(want) - 1} {
		drawn := map[string]bool{}
		d.HashSample(e, sample, func(name, _ Element) { drawn[string(name.Text(nil))] = true })
		for name := range drawn {
			if _, ok := want[name]; !ok {
				h.t.Fatalf("key %s: drew %q", key, name)
			}
		}
		if len(drawn) != sample && sample < len(want) {
			h.t.Fatalf("key %s: drew %d of %d, want %d", key, len(drawn), len(want), sample)
		}
	}
	drawn := 0
	d.HashRandom(e, 7, func(name, _ Element) {
		drawn++
		if _, ok := want[string(name.Text(nil))]; !ok {
			h.t.Fatalf("key %s: drew %q", key, name.Text(nil))
		}
	})
	if drawn != 7 {
		h.t.Fatalf("key %s: drew %d", key, drawn)
	}
}

func (h *hashHistory) put(n int, key string) {
	d, e := h.keys.DB(n), h.entry(n, key)
	var args [][]byte
	for range 1 + h.IntN(4) {
		args = append(args, []byte(h.name()), []byte(h.value()))
	}
	e = d.HashPrepare([]byte(key), Hash([]byte(key)), e, args)
	if h.model[n][key] == nil {
		h.model[n][key] = map[string]modelField{}
	}
	m := h.model[n][key]
	for i := 0; i < len(args); i += 2 {
		name := string(args[i])
		old, there := m[name]
		deadline := NoDeadline
		created := false
		if h.IntN(3) == 0 {
			created = d.HashUpdate(e, args[i], args[i+1])
			if there {
				deadline = old.deadline
			}
		} else {
			created = d.HashPut(e, args[i], args[i+1])
		}
		if created == there {
			h.t.Fatalf("key %s field %q: created %v, was there %v", key, name, created, there)
		}
		m[name] = modelField{string(args[i+1]), deadline}
	}
}

func (h *hashHistory) del(n int, key string) {
	d, e := h.keys.DB(n), h.entry(n, key)
	if e == nil {
		return
	}
	m := h.model[n][key]
	for range 1 + h.IntN(8) {
		name := h.name()
		_, there := m[name]
		if d.HashDelete(e, []byte(name)) != there {
			h.t.Fatalf("key %s field %q: deleted, was there %v", key, name, there)
		}
		delete(m, name)
		if d.HashEmpty(e) {
			d.Remove(Hash([]byte(key)), e)
			delete(h.model[n], key)
			return
		}
	}
}

func (h *hashHistory) expireField(n int, key string) {
	d, e := h.keys.DB(n), h.entry(n, key)
	if e == nil {
		return
	}
	for name, f := range h.model[n][key] {
		f.deadline = h.keys.now + int64(h.IntN(3000))
		if h.IntN(4) == 0 {
			f.deadline = NoDeadline
		}
		if h.IntN(9) == 0 {
			f.deadline = 1<<47 + 5
		}
		d.HashSetDeadline(e, []byte(name), f.deadline)
		h.model[n][key][name] = f
		if h.IntN(3) == 0 {
			return
		}
	}
}

// move does what happens to whole keys.
func (h *hashHistory) move(n int, key string) {
	d, e := h.keys.DB(n), h.entry(n, key)
	hash := Hash([]byte(key))
	to, target := h.IntN(h.keys.Count()), h.key()
	targetHash := Hash([]byte(target))
	if e == nil || to == n && target == key {
		return
	}
	switch h.IntN(4) {
	case 0:
		d.Rename(hash, e, h.keys.DB(to), []byte(target), targetHash)
		delete(h.model[to], target)
		h.model[to][target] = h.model[n][key]
		delete(h.model[n], key)
	case 1:
		h.keys.DB(to).Delete([]byte(target), targetHash)
		if e = h.entry(n, key); e == nil {
			return
		}
		d.Copy(e, h.keys.DB(to), []byte(target), targetHash)
		h.model[to][target] = map[string]modelField{}
		for name, f := range h.model[n][key] {
			h.model[to][target][name] = f
		}
	case 2:
		d.SetDeadline(hash, e, [...]int64{NoDeadline, 1 << 50}[h.IntN(2)])
	case 3:
		if h.IntN(2) == 0 {
			d.PutString([]byte(key), hash, e, []byte("gone"), NoDeadline)
			d.Delete([]byte(key), hash)
		} else {
			d.Delete([]byte(key), hash)
		}
		delete(h.model[n], key)
	}
}

func (h *hashHistory) key() string { return "key" + strconv.Itoa(h.IntN(8)) }

func (h *hashHistory) step() {
	n, key := h.IntN(h.keys.Count()), h.key()
	switch op := h.IntN(20); {
	case op < 8:
		h.put(n, key)
	case op < 10:
		h.del(n, key)
	case op < 13:
		h.expireField(n, key)
	case op < 14:
		h.move(n, key)
	case op < 15:
		h.keys.SetNow(h.keys.now + int64(h.IntN(500)))
	case op < 16:
		h.keys.Expire(time.Millisecond)
	case op < 17:
		h.keys.Reclaim(time.Millisecond)
	case op == 17 && h.IntN(10) == 0:
		h.keys.DB(n).Flush()
		h.model[n] = map[string]map[string]modelField{}
	case op == 18 && h.IntN(4) == 0:
		to := h.IntN(h.keys.Count())
		h.keys.Swap(n, to)
		h.model[n], h.model[to] = h.model[to], h.model[n]
	case op == 19 && h.IntN(10) == 0:
		h.keys.ActiveExpire = !h.keys.ActiveExpire
	}
	h.check(n, key)
}

// TestHashModel compares random lives of hashes with a model of Go maps.
func TestHashModel(t *testing.T) {
	seed := seeds.Of(t)
	for round := range uint64(40) {
		h := newHashHistory(t, seed+round)
		for i := range 1500 {
			stir(h.keys)
			h.step()
			if i%50 == 0 {
				h.keys.checkHashes()
			}
		}
		h.finish()
	}
}

// finish expires and frees everything and asserts that nothing is left.
func (h *hashHistory) finish() {
	h.keys.ActiveExpire = true
	h.keys.SetNow(h.keys.now + 4000)
	for !h.keys.Expire(time.Millisecond) {
	}
	for n := range h.keys.Count() {
		for i := range 8 {
			h.check(n, "key"+strconv.Itoa(i))
		}
		h.keys.DB(n).Flush()
	}
	for h.keys.Reclaim(time.Millisecond) {
	}
	if h.keys.fieldWheel.Len() != 0 {
		h.t.Fatalf("%d deadlines left", h.keys.fieldWheel.Len())
	}
	h.keys.checkHashes()
	for _, p := range []arena.Purpose{arena.Keyspace, arena.Table, arena.Pack, arena.Node} {
		if used := h.keys.arena.UsedBy(p); used != 0 {
			h.t.Fatalf("%d bytes left for %v", used, p)
		}
	}
}

// hashOf makes a hash of count fields, named and valued by format.
func hashOf(d *DB, key string, count int, name, value string) *Entry {
	hash := Hash([]byte(key))
	e := d.Peek([]byte(key), hash)
	for i := range count {
		pair := [][]byte{fmt.Appendf(nil, name, i), fmt.Appendf(nil, value, i)}
		e = d.HashPrepare([]byte(key), hash, e, pair)
		d.HashPut(e, pair[0], pair[1])
	}
	return e
}

// TestHashMemory fixes the bytes that fields take.
func TestHashMemory(t *testing.T) {
	const fields = 1_000_000
	k := New(1, modelEpoch)
	hashOf(k.DB(0), "large", fields, "field:%09d", "value:%09d")
	perField := float64(k.arena.Used()) / fields
	t.Logf("%.1f bytes a field of 15 and 15 bytes", perField)
	if perField > 56 {
		t.Errorf("%.1f bytes a field, want at most 56", perField)
	}
	const hashes = 100_000
	k = New(1, modelEpoch)
	for i := range hashes {
		hashOf(k.DB(0), fmt.Sprintf("hash:%06d", i), 5, "f%d", "value00%d")
	}
	perHash := float64(k.arena.Used()) / hashes
	t.Logf("%.1f bytes a hash of five fields with values of 8 bytes", perHash)
	if perHash > 130 {
		t.Errorf("%.1f bytes a hash of five fields, want at most 130", perHash)
	}
}

// TestHashDrawsAreFair draws often and counts.
func TestHashDrawsAreFair(t *testing.T) {
	for _, count := range []int{40, 700} {
		k := New(1, modelEpoch)
		e := hashOf(k.DB(0), "h", count, "%d", "%d")
		hits := make([]int, count)
		hit := func(name, _ Element) {
			i, _ := strconv.Atoi(string(name.Text(nil)))
			hits[i]++
		}
		const mean = 400
		draws := map[string]func(){
			"one by one": func() { k.DB(0).HashRandom(e, 10, hit) },
			"different":  func() { k.DB(0).HashSample(e, 10, hit) },
		}
		for how, draw := range draws {
			clear(hits)
			for range count * mean / 10 {
				draw()
			}
			for i, n := range hits {
				if n < mean*2/3 || n > mean*4/3 {
					t.Errorf("%d fields, drawn %s: field %d came %d times, want about %d", count, how, i, n, mean)
				}
			}
		}
	}
}

// TestHashDrawsFromFew draws from a hash of which most fields have expired and
// are still there: the others come alike, without looking for them one by one.
func TestHashDrawsFromFew(t *testing.T) {
	const fields, live, draws = 40_000, 20, 8000
	k := New(1, modelEpoch)
	d := k.DB(0)
	e := hashOf(d, "h", fields, "%d", "v")
	for i := live; i < fields; i++ {
		d.HashSetDeadline(e, strconv.AppendInt(nil, int64(i), 10), modelEpoch+10)
	}
	k.Hold = true
	k.SetNow(modelEpoch + 20)
	var hits [live]int
	hit := func(name, _ Element) {
		i, _ := strconv.Atoi(string(name.Text(nil)))
		hits[i]++
	}
	d.HashRandom(e, draws, hit)
	for i, n := range hits {
		if mean := draws / live; n < mean*2/3 || n > mean*4/3 {
			t.Errorf("field %d came %d times, want about %d", i, n, mean)
		}
	}
	clear(hits[:])
	d.HashSample(e, live/2, hit)
	if sum := fmt.Sprint(hits); strings.Count(sum, "1") != live/2 {
		t.Errorf("a sample of %d of %d is %v", live/2, live, hits)
	}
}

func BenchmarkHash(b *testing.B) {
	const fields = 1_000_000
	k := New(1, modelEpoch)
	d := k.DB(0)
	e := hashOf(d, "large", fields, "field:%09d", "value:%09d")
	rnd := rand.New(rand.NewPCG(1, 2))
	names := make([][]byte, 1<<16)
	for i := range names {
		names[i] = fmt.Appendf(nil, "field:%09d", rnd.IntN(fields))
	}
	value := []byte("value:987654321")
	b.Run("Get", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, ok := d.HashGet(e, names[i%len(names)]); !ok {
				b.Fatal("a field is missing")
			}
		}
	})
	b.Run("Put", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			d.HashPut(e, names[i%len(names)], value)
		}
	})
}
