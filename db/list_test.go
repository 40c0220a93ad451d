package db

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/decimal"
	"basalt/internal/seeds"
)

// checkList is the part of checkInvariants that walks lists.
func checkList(e *Entry, parts *partBytes) {
	if e.encoding() == encPack {
		s := packSlot(*e.slot())
		parts.pack += int64(s.capacity())
		must(pack.Check(s.pack()) && s.pack().Len() > 0, "list %q: pack is broken or empty", e.Key())
		return
	}
	l := e.list()
	parts.node += int64(arena.ClassSize(listSize))
	var prev *listNode
	count, number := uint64(0), uint64(0)
	for n := nodeAt(l.head); n != nil; n = nodeAt(n.next) {
		own := int64(arena.ClassSize(listNodeSize))
		parts.node += own
		must(prev == nil || prev.order < n.order, "list %q: order does not rise", e.Key())
		must(nodeAt(n.prev) == prev && n.count > 0, "list %q: a node does not lead back, or is empty", e.Key())
		if n.plain() {
			parts.value += int64(n.size()) - own
			must(n.count == 1, "list %q: plain node of %d", e.Key(), n.count)
		} else {
			parts.pack += int64(n.size()) - own
			p := n.pack()
			must(pack.Check(p) && p.Len() == int(n.count), "list %q: a node's pack is broken", e.Key())
		}
		prev = n
		count += uint64(n.count)
		number++
	}
	must(nodeAt(l.tail) == prev && count == l.count && number == l.nodes && count > 0,
		"list %q: end, %d of %d elements or %d of %d nodes", e.Key(), count, l.count, number, l.nodes)
}

// listHistory is a random life of two lists beside two slices.
type listHistory struct {
	*rand.Rand
	t     *testing.T
	keys  *Keyspace
	model [2][]string
	log   []string
}

var listKeys = [2][]byte{[]byte("one"), []byte("two")}

func (h *listHistory) entry(i int) *Entry {
	return h.keys.DB(0).Peek(listKeys[i], Hash(listKeys[i]))
}

// open returns the list, a new one if it is not there.
func (h *listHistory) open(i int) *Entry {
	if e := h.entry(i); e != nil {
		return e
	}
	return h.keys.DB(0).NewList(listKeys[i], Hash(listKeys[i]))
}

// settle follows a change: it removes an empty list.
func (h *listHistory) settle(i int) {
	if e := h.entry(i); e == nil {
		return
	} else if e.ListLen() == 0 {
		h.keys.DB(0).Remove(Hash(listKeys[i]), e)
	} else {
		h.keys.DB(0).ListShrink(e)
	}
}

func (h *listHistory) value() string {
	switch h.IntN(12) {
	case 0:
		return strconv.FormatInt(int64(h.Uint64())>>h.IntN(64), 10)
	case 1, 2, 3, 4:
		return strconv.Itoa(h.IntN(10))
	case 5:
		return ""
	case 6:
		return strings.Repeat(string(rune('a'+h.IntN(26))), h.IntN(3000))
	case 7:
		if h.IntN(8) == 0 {
			return strings.Repeat("L", 4000+h.IntN(70000))
		}
	}
	return strings.Repeat(string(rune('a'+h.IntN(3))), h.IntN(20))
}

func (h *listHistory) values() (text []string, raw [][]byte) {
	for range 1 + h.IntN(1+h.IntN(60)) {
		v := h.value()
		text, raw = append(text, v), append(raw, []byte(v))
	}
	return text, raw
}

func elementText(v pack.Element) string { return string(v.Text(make([]byte, decimal.MaxLen))) }

func (h *listHistory) step() {
	d := h.keys.DB(0)
	i := h.IntN(2)
	m := &h.model[i]
	e := h.entry(i)
	what := h.IntN(16)
	h.log = append(h.log, fmt.Sprintf("list %d of %d: operation %d", i, len(*m), what))
	switch what {
	case 0, 1, 2, 3:
		text, raw := h.values()
		left := h.IntN(2) == 0
		e = h.open(i)
		d.ListGrow(e, raw)
		if h.IntN(3) == 0 {
			for _, v := range raw {
				token := uint64(0)
				if len(v) > 1000 {
					b := arena.NewBlob(len(v))
					copy(b.Bytes(), v)
					token = uint64(b.Ref())
				}
				d.ListPushElement(e, pack.Of(v), token, left)
			}
		} else {
			d.ListPush(e, raw, left)
		}
		if left {
			slices.Reverse(text)
			*m = append(text, *m...)
		} else {
			*m = append(*m, text...)
		}
	case 4, 5, 6:
		if e == nil {
			return
		}
		n, left := min(len(*m), 1+h.IntN(1+h.IntN(80))), h.IntN(2) == 0
		if h.IntN(20) == 0 {
			n = len(*m) - h.IntN(2)
		}
		if n == len(*m) {
			d.Remove(Hash(listKeys[i]), e)
		} else if n > 0 {
			d.ListDrop(e, n, left)
		}
		if left {
			*m = slices.Clone((*m)[n:])
		} else {
			*m = (*m)[:len(*m)-n]
		}
	case 7, 8, 9:
		if e == nil {
			return
		}
		v, at := h.value(), h.IntN(2*len(*m)+2)-len(*m)-1
		d.ListGrow(e, [][]byte{[]byte(v)})
		want := at >= -len(*m) && at < len(*m)
		if got := d.ListSet(e, at, []byte(v)); got != want {
			h.t.Fatalf("set %d: %v, want %v", at, got, want)
		}
		if want {
			(*m)[(at+len(*m))%len(*m)] = v
		}
	case 10, 11:
		if e == nil {
			return
		}
		pivot, v, after := h.value(), h.value(), h.IntN(2)
		if h.IntN(2) == 0 {
			pivot = (*m)[h.IntN(len(*m))]
		}
		d.ListGrow(e, [][]byte{[]byte(v)})
		at := slices.Index(*m, pivot)
		if got := d.ListInsert(e, []byte(pivot), []byte(v), after == 1); got != (at >= 0) {
			h.t.Fatalf("insert: %v, want %v", got, at >= 0)
		}
		if at >= 0 {
			*m = slices.Insert(*m, at+after, v)
		}
	case 12:
		h.remove(e, m)
	case 13, 14:
		h.move(i, h.IntN(2))
	case 15:
		h.keys.Limits.ListSize = [...]int{-2, -2, -1, -5, 4, 100, 0, 1, -9}[h.IntN(9)]
	}
	h.settle(i)
}

func (h *listHistory) remove(e *Entry, m *[]string) {
	if e == nil {
		return
	}
	v, count := h.value(), h.IntN(9)-4
	var at []int
	for i := range *m {
		if (*m)[i] == v {
			at = append(at, i)
		}
	}
	if count > 0 {
		at = at[:min(len(at), count)]
	} else if count < 0 {
		at = at[max(0, len(at)+count):]
	}
	if got := h.keys.DB(0).ListRemove(e, count, pack.Of([]byte(v))); got != len(at) {
		h.t.Fatalf("removed %d, want %d", got, len(at))
	}
	for i := len(at) - 1; i >= 0; i-- {
		*m = slices.Delete(*m, at[i], at[i]+1)
	}
}

func (h *listHistory) move(i, j int) {
	from := h.entry(i)
	if from == nil {
		return
	}
	to := h.open(j)
	fromLeft, toLeft := h.IntN(2) == 0, h.IntN(2) == 0
	h.keys.DB(0).ListMove(from, to, fromLeft, toLeft)
	a := h.model[i]
	var v string
	if fromLeft {
		v, a = a[0], a[1:]
	} else {
		v, a = a[len(a)-1], a[:len(a)-1]
	}
	h.model[i] = slices.Clone(a)
	if toLeft {
		h.model[j] = slices.Insert(h.model[j], 0, v)
	} else {
		h.model[j] = append(h.model[j], v)
	}
	h.settle(j)
}

// compare walks both lists in both directions.
func (h *listHistory) compare() {
	h.t.Helper()
	for i, want := range h.model {
		e := h.entry(i)
		if e == nil || len(want) == 0 {
			if e != nil || len(want) != 0 {
				h.t.Fatalf("list %d: there %v, want %d elements", i, e != nil, len(want))
			}
			continue
		}
		var got []string
		at := h.IntN(len(want))
		for it := e.ListAt(at); !it.Done(); {
			var elements [7]Element
			if n := it.Fill(elements[:h.IntN(8)]); n > 0 {
				for _, v := range elements[:n] {
					got = append(got, elementText(v))
				}
				continue
			}
			got = append(got, elementText(it.Element()))
			it.Next()
		}
		slices.Reverse(got)
		got = slices.Grow(got, len(want))
		slices.Reverse(got)
		var left []string
		for it := e.ListAt(at - len(want)); !it.Done(); it.Prev() {
			if !it.Equal(pack.Of([]byte(want[at-len(left)]))) {
				h.t.Fatalf("list %d: element %d of %d is %.50q, not %.50q\n%s", i, at-len(left), len(want), elementText(it.Element()),
					want[at-len(left)], strings.Join(h.log[max(0, len(h.log)-10):], "\n"))
			}
			left = append(left, elementText(it.Element()))
		}
		slices.Reverse(left)
		if all := append(left[:at], got...); !slices.Equal(all, want) {
			h.t.Fatalf("list %d differs: %d elements, want %d\n%s", i, len(all), len(want),
				strings.Join(h.log[max(0, len(h.log)-10):], "\n"))
		}
		if e.ListLen() != len(want) {
			h.t.Fatalf("list %d: length %d, want %d", i, e.ListLen(), len(want))
		}
		if it := e.ListAt(len(want)); !it.Done() {
			h.t.Fatal("an element behind the end")
		}
		if it := e.ListAt(-len(want) - 1); !it.Done() {
			h.t.Fatal("an element before the start")
		}
	}
}

func TestListModel(t *testing.T) {
	for i := range 6 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			seed := seeds.Of(t)
			h := &listHistory{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, keys: New(1, modelEpoch)}
			for i := range 4000 {
				stir(h.keys)
				h.step()
				if i%4 == 0 {
					h.compare()
				}
				if i%32 == 0 {
					h.keys.checkInvariants()
				}
				if i%500 == 0 {
					h.copies()
				}
			}
			h.keys.DB(0).Flush()
			h.keys.Reclaim(time.Second)
			h.keys.checkInvariants()
		})
	}
}

// copies compares a copy of each list with it.
func (h *listHistory) copies() {
	d := h.keys.DB(0)
	for i, want := range h.model {
		e := h.entry(i)
		if e == nil {
			continue
		}
		key := []byte("copy")
		d.Copy(e, d, key, Hash(key))
		c := d.Peek(key, Hash(key))
		if c.ListLen() != len(want) || c.EncodingName() != e.EncodingName() {
			h.t.Fatalf("the copy has %d elements, want %d", c.ListLen(), len(want))
		}
		n := 0
		for it := c.ListAt(0); !it.Done(); it.Next() {
			if elementText(it.Element()) != want[n] {
				h.t.Fatalf("the copy differs at %d", n)
			}
			n++
		}
		h.keys.checkInvariants()
		d.Delete(key, Hash(key))
	}
	h.keys.Reclaim(time.Second)
}

// TestListEncoding holds the rule by which a list changes its encoding.
func TestListEncoding(t *testing.T) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	key := []byte("list")
	is := func(want string) {
		t.Helper()
		if e := d.Peek(key, Hash(key)); e.EncodingName() != want {
			t.Errorf("%s, want %s", e.EncodingName(), want)
		}
	}
	push := func(n, size int) {
		e := d.Peek(key, Hash(key))
		if e == nil {
			e = d.NewList(key, Hash(key))
		}
		for range n {
			v := [][]byte{bytes.Repeat([]byte("x"), size)}
			d.ListGrow(e, v)
			d.ListPush(e, v, true)
		}
	}
	push(1, 8185)
	is("listpack")
	push(1, 1)
	is("quicklist")
	d.Delete(key, Hash(key))
	push(1, 8186)
	is("quicklist")
	d.Delete(key, Hash(key))
	k.Limits.ListSize = 10
	push(10, 1)
	is("listpack")
	push(1, 1)
	is("quicklist")
	d.ListDrop(d.Peek(key, Hash(key)), 5, true)
	is("quicklist")
	d.ListDrop(d.Peek(key, Hash(key)), 1, true)
	is("listpack")
	k.Reclaim(time.Second)
	k.checkInvariants()
}

// TestListMemory holds the memory that an element of a long list takes.
func TestListMemory(t *testing.T) {
	for _, left := range []bool{false, true} {
		k := New(1, modelEpoch)
		d := k.DB(0)
		key := []byte("list")
		e := d.NewList(key, Hash(key))
		const count = 200_000
		for i := range count {
			v := [][]byte{fmt.Appendf(nil, "element%05d", i%100_000)}
			d.ListGrow(e, v)
			d.ListPush(e, v, left)
		}
		per := float64(k.arena.UsedBy(arena.Pack)+k.arena.UsedBy(arena.Node)) / count
		t.Logf("%.2f bytes per element of 12", per)
		if per > 15 {
			t.Errorf("%.2f bytes per element", per)
		}
		if estimate := float64(e.MemoryUsage()) / count; estimate < per*0.95 || estimate > per*1.05 {
			t.Errorf("estimated at %.2f", estimate)
		}
	}
}

// TestListDropsInSlices takes almost all of a long list away at once.
func TestListDropsInSlices(t *testing.T) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	key := []byte("list")
	e := d.NewList(key, Hash(key))
	for range 1000 {
		v := [][]byte{bytes.Repeat([]byte("x"), 5000)}
		d.ListGrow(e, v)
		d.ListPush(e, v, false)
	}
	d.ListDrop(e, 990, true)
	if k.Dying() == 0 {
		t.Error("all was freed at once")
	}
	for k.Dying() > 0 {
		k.Reclaim(time.Millisecond)
	}
	k.checkInvariants()
}

func BenchmarkList(b *testing.B) {
	value := [][]byte{[]byte("element00000")}
	key := []byte("list")
	for _, left := range []bool{false, true} {
		b.Run(fmt.Sprintf("push/left=%v", left), func(b *testing.B) {
			d := New(1, modelEpoch).DB(0)
			e := d.NewList(key, Hash(key))
			b.ReportAllocs()
			for b.Loop() {
				d.ListGrow(e, value)
				d.ListPush(e, value, left)
			}
		})
		b.Run(fmt.Sprintf("queue/left=%v", left), func(b *testing.B) {
			d := New(1, modelEpoch).DB(0)
			e := d.NewList(key, Hash(key))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.ListGrow(e, value)
				d.ListPush(e, value, left)
				if i > 2000 {
					d.ListDrop(e, 1, !left)
				}
			}
		})
	}
	b.Run("range100", func(b *testing.B) {
		d := New(1, modelEpoch).DB(0)
		e := d.NewList(key, Hash(key))
		for range 450 {
			d.ListPush(e, value, false)
		}
		var elements [25]Element
		for b.Loop() {
			it, n := e.ListAt(0), 0
			for n < 100 && !it.Done() {
				n += it.Fill(elements[:])
			}
		}
	})
}
