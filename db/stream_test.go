package db

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"basalt/db/arena"
	"basalt/db/pack"
	"basalt/internal/seeds"
)

// check walks a tree and returns the bytes of its nodes.
func (t *idTree) check() int64 {
	if t.root == 0 {
		must(t.count == 0 && t.height == 0 && t.last == 0, "empty tree of %d IDs, %d high", t.count, t.height)
		return 0
	}
	var ids, bytes int64
	var last *treeNode
	var walk func(n *treeNode, height int, low StreamID, high *StreamID)
	walk = func(n *treeNode, height int, low StreamID, high *StreamID) {
		bytes += int64(arena.ClassSize(n.size()))
		must(n.count > 0 && n.count <= n.capacity, "node of %d keys with room for %d", n.count, n.capacity)
		for i := range int(n.count) {
			from, to := low, high
			if height == 1 || i > 0 {
				from = n.key(i)
				must(!from.Less(low) && (high == nil || from.Less(*high)), "key %v not from %v to %v", from, low, high)
			}
			if i+1 < int(n.count) {
				next := n.key(i + 1)
				must(height > 1 && i == 0 || n.key(i).Less(next), "keys %v, %v", n.key(i), next)
				to = &next
			}
			if height > 1 {
				walk(n.child(i), height-1, from, to)
			} else {
				ids++
			}
		}
		if height == 1 {
			last = n
		}
	}
	walk(treeNodeAt(t.root), int(t.height), StreamID{}, nil)
	must(last.ref() == t.last && last.words == t.words, "the last leaf is another one")
	must(ids == t.count, "tree of %d IDs has %d", t.count, ids)
	return bytes
}

// checkStream is checkCollection for streams.
func checkStream(e *Entry, parts *partBytes) {
	s := e.Stream()
	parts.node += int64(arena.ClassSize(streamSize)) + s.packs.check() + int64(s.groups.size())
	length, before := int64(0), StreamID{}
	for pos := s.packs.first(); pos.node != nil; pos = s.packs.next(pos) {
		slot := *slotOf(pos)
		parts.pack += int64(slot.capacity())
		must(pack.Check(slot.pack()), "a broken pack")
		c := StreamCursor{stream: s, pos: pos}
		c.open()
		must(c.pack.Get(c.body-2).Int == 0, "the master entry has no end")
		live, deleted := streamCounts(c.pack)
		for end := c.body; !c.pack.IsEnd(end); end = c.ahead {
			c.read(end)
			must(before.Less(c.ID) || before.IsZero(), "%v behind %v", c.ID, before)
			must(end != c.body || c.ID == c.master, "pack of %v begins with %v", c.master, c.ID)
			before = c.ID
			if c.flags&streamDeleted != 0 {
				deleted--
			} else {
				live--
				length++
			}
			c.pass()
			must(c.before(c.ahead) == end, "entry %v is not found backwards", c.ID)
		}
		must(live == 0 && deleted == 0, "counts of a pack are wrong by %d and %d", live, deleted)
	}
	must(length == s.Len(), "%d entries, the stream says %d", length, s.Len())
	must(!s.last.Less(before), "last ID %v, entry %v", s.last, before)
	must(s.first == s.edge(false), "first ID %v, entry %v", s.first, s.edge(false))
	for i := range s.Groups() {
		s.GroupAt(i).check(parts)
		must(i == 0 || string(s.GroupAt(i-1).Name()) < string(s.GroupAt(i).Name()), "groups are out of order")
	}
}

func (g *Group) check(parts *partBytes) {
	parts.node += int64(arena.ClassSize(g.named.size())) + g.pending.check() + int64(g.consumers.size())
	n := int64(0)
	for i := range g.Consumers() {
		c := g.ConsumerAt(i)
		parts.node += int64(arena.ClassSize(c.named.size())) + c.pending.check()
		for cur := g.PendingFrom(StreamID{}, c); cur.Next(); n++ {
			p := cur.Pending()
			must(p != nil && p.Consumer() == c, "%v is not pending for its consumer", cur.ID)
		}
		must(i == 0 || string(g.ConsumerAt(i-1).Name()) < string(c.Name()), "consumers are out of order")
	}
	must(n == g.PendingLen(), "%d pending, of consumers %d", g.PendingLen(), n)
}

// TestStreamTree holds the tree against a sorted slice.
func TestStreamTree(t *testing.T) {
	seed := seeds.Of(t)
	for _, span := range []int{40, 3000, 20000} {
		for _, words := range []uint16{0, 1, 3} {
			r := rand.New(rand.NewPCG(seed, uint64(span)*4+uint64(words)))
			a := arena.New()
			tree := idTree{words: words}
			model := map[StreamID]uint64{}
			frozen := frozenModel{}
			for i := range 6 * span {
				if r.IntN(4) == 0 {
					frozen.read(t, a)
				}
				if frozen.done() && r.IntN(1+span/10) == 0 {
					frozen = freezeTree(&tree, model)
				}
				id := StreamID{uint64(1 + r.IntN(span)/7), uint64(r.IntN(7))}
				if i < span {
					id = StreamID{uint64(i / 7), uint64(i % 7)} // begins by appending
				}
				switch x := r.IntN(10); {
				case x < 5 || i < span:
					value, found := tree.insert(a, id)
					if _, ok := model[id]; ok != found {
						t.Fatalf("insert of %v: found %v", id, found)
					}
					model[id] = uint64(i)
					if words > 0 {
						*(*uint64)(value) = uint64(i)
					}
				case x == 5 && words > 0:
					if value := (*uint64)(tree.findToWrite(a, id)); value != nil {
						*value = uint64(i)
						model[id] = uint64(i)
					}
				case x < 9 || i > 4*span:
					_, ok := model[id]
					if tree.remove(a, id) != ok {
						t.Fatalf("remove of %v: want %v", id, ok)
					}
					delete(model, id)
				case r.IntN(1+span/20) == 0:
					compareTree(t, &tree, model, id)
				}
				if r.IntN(span) == 0 {
					tree.check()
				}
			}
			compareTree(t, &tree, model, StreamID{})
			c := tree.copy(a)
			compareTree(t, &c, model, StreamID{})
			frozen.readAll(t, a)
			frozen = freezeTree(&tree, model)
			for tree.root != 0 {
				tree.drain(a, nil)
				tree.check()
				if r.IntN(3) == 0 {
					frozen.read(t, a)
				}
			}
			frozen.readAll(t, a)
			for id := range model {
				c.remove(a, id)
			}
			c.check()
			if a.Used() != 0 {
				t.Fatalf("%d bytes left", a.Used())
			}
		}
	}
}

// frozenModel is a frozen tree and what is to be read of it yet.
type frozenModel struct {
	frozenTree
	ids    []StreamID
	values map[StreamID]uint64
	words  bool
}

func freezeTree(tree *idTree, model map[StreamID]uint64) frozenModel {
	return frozenModel{tree.freeze(), slices.SortedFunc(maps.Keys(model), compareIDs), maps.Clone(model), tree.words > 0}
}

func (f *frozenModel) done() bool { return f.leaf() == nil }

// read reads a leaf, if there is one.
func (f *frozenModel) read(t *testing.T, a *arena.Arena) {
	t.Helper()
	leaf := f.leaf()
	if leaf == nil {
		if len(f.ids) > 0 {
			t.Fatalf("a frozen tree ends before %v", f.ids[0])
		}
		return
	}
	for i := range int(leaf.count) {
		id := leaf.key(i)
		if len(f.ids) == 0 || id != f.ids[0] || f.words && *(*uint64)(leaf.value(i)) != f.values[id] {
			t.Fatalf("a frozen tree has %v, want the first of %v", id, f.ids[:min(len(f.ids), 3)])
		}
		f.ids = f.ids[1:]
	}
	f.pass(a)
}

func (f *frozenModel) readAll(t *testing.T, a *arena.Arena) {
	for f.read(t, a); !f.done(); f.read(t, a) {
	}
	f.read(t, a)
}

func compareTree(t *testing.T, tree *idTree, model map[StreamID]uint64, from StreamID) {
	t.Helper()
	tree.check()
	var ids []StreamID
	for id := range model {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, compareIDs)
	at, found := slices.BinarySearchFunc(ids, from, compareIDs)
	pos := tree.ceiling(from)
	floor := tree.floor(from)
	switch {
	case found && floor.id() != from, !found && at == 0 && floor.node != nil, !found && at > 0 && floor.id() != ids[at-1]:
		t.Fatalf("floor of %v", from)
	}
	back := treePos{}
	for _, id := range ids[at:] {
		if pos.node == nil || pos.id() != id {
			t.Fatalf("%v is missing", id)
		}
		if tree.words > 0 && *(*uint64)(pos.value()) != model[id] {
			t.Fatalf("value of %v", id)
		}
		if (tree.find(id) == nil) || back.node != nil && tree.prev(pos) != back {
			t.Fatalf("%v is not found", id)
		}
		back, pos = pos, tree.next(pos)
	}
	if pos.node != nil || int64(len(ids)) != tree.count {
		t.Fatalf("%d IDs, want %d, the last %v", tree.count, len(ids), pos)
	}
}

func compareIDs(a, b StreamID) int {
	switch {
	case a.Less(b):
		return -1
	case a == b:
		return 0
	}
	return 1
}

// modelStream is a stream and its groups as Go values.
type modelStream struct {
	ids     []StreamID
	entries map[StreamID][]string
	added   uint64
	groups  map[string]map[StreamID]string // pending, with the consumer
}

// streamHistory is a random life of a stream beside its model.
type streamHistory struct {
	*rand.Rand
	t     *testing.T
	keys  *Keyspace
	d     *DB
	key   []byte
	model modelStream
}

func (h *streamHistory) stream() *Stream { return h.d.Peek(h.key, Hash(h.key)).Stream() }

func (h *streamHistory) fields() (args [][]byte, texts []string) {
	names := []string{"name", "12", "other", "", "a longer name of a field"}
	for range 1 + h.IntN(3) {
		name := names[h.IntN(1+h.IntN(len(names)))]
		value := strconv.Itoa(h.IntN(100000) - 50000)
		switch h.IntN(12) {
		case 0:
			value = string(make([]byte, h.IntN(300)))
		case 1:
			value = string(make([]byte, h.IntN(6000)))
		case 2:
			value = "text"
		}
		args = append(args, []byte(name), []byte(value))
		texts = append(texts, name, value)
	}
	return args, texts
}

func (h *streamHistory) add() {
	s, m := h.stream(), &h.model
	args, texts := h.fields()
	last := s.LastID()
	id := StreamID{last.Ms + uint64(h.IntN(3)), last.Seq + 1}
	if h.IntN(100) == 0 {
		id = StreamID{last.Ms + uint64(h.IntN(1<<40)) + 1, h.Uint64()}
	}
	if !last.Less(id) || id.Ms > 1<<62 {
		return
	}
	s.Append(h.keys, id, args)
	m.ids = append(m.ids, id)
	m.entries[id] = texts
	m.added++
}

func (h *streamHistory) pickID() StreamID {
	if len(h.model.ids) == 0 || h.IntN(10) == 0 {
		return StreamID{uint64(h.IntN(50)), uint64(h.IntN(50))}
	}
	id := h.model.ids[h.IntN(len(h.model.ids))]
	if h.IntN(10) == 0 {
		id, _ = id.Next()
	}
	return id
}

func (h *streamHistory) remove() {
	id, m := h.pickID(), &h.model
	_, ok := m.entries[id]
	if h.stream().Delete(h.keys, id) != ok {
		h.t.Fatalf("delete of %v: want %v", id, ok)
	}
	if ok {
		delete(m.entries, id)
		at, _ := slices.BinarySearchFunc(m.ids, id, compareIDs)
		m.ids = slices.Delete(m.ids, at, at+1)
	}
}

func (h *streamHistory) trim() {
	m := &h.model
	trim := StreamTrim{ByID: h.IntN(2) == 0, MaxLen: int64(len(m.ids) - h.IntN(1+len(m.ids)/8)), MinID: h.pickID()}
	if trim.ByID && len(m.ids) > 0 {
		trim.MinID = m.ids[h.IntN(1+len(m.ids)/8)]
	}
	trim.Approx = h.IntN(2) == 0
	if trim.Approx {
		trim.Limit = int64(h.IntN(200))
	}
	most := max(0, len(m.ids)-int(trim.MaxLen))
	if trim.ByID {
		most, _ = slices.BinarySearchFunc(m.ids, trim.MinID, compareIDs)
	}
	n := int(h.stream().Trim(h.keys, &trim))
	if n > most || n < most && !trim.Approx || trim.Limit > 0 && n > int(trim.Limit) {
		h.t.Fatalf("%+v took out %d of %d", trim, n, most)
	}
	for _, id := range m.ids[:n] {
		delete(m.entries, id)
	}
	m.ids = slices.Delete(m.ids, 0, n)
}

// scan compares a range.
func (h *streamHistory) scan() {
	m := &h.model
	start, end, reverse := h.pickID(), h.pickID(), h.IntN(2) == 0
	if h.IntN(4) == 0 {
		start, end = StreamID{}, StreamIDMax
	}
	from, _ := slices.BinarySearchFunc(m.ids, start, compareIDs)
	to, found := slices.BinarySearchFunc(m.ids, end, compareIDs)
	if found {
		to++
	}
	want := slices.Clone(m.ids[from:max(from, to)])
	if reverse {
		slices.Reverse(want)
	}
	cur := h.stream().Range(start, end, reverse)
	for _, id := range want {
		if !cur.Next() || cur.ID != id {
			h.t.Fatalf("range %v to %v: %v, want %v", start, end, cur.ID, id)
		}
		texts := m.entries[id]
		if cur.Fields != len(texts)/2 {
			h.t.Fatalf("%v: %d fields, want %d", id, cur.Fields, len(texts)/2)
		}
		for i := 0; i < len(texts) && h.IntN(20) > 0; i += 2 {
			if name, value := cur.Field(); string(name) != texts[i] || string(value) != texts[i+1] {
				h.t.Fatalf("%v: %q %.20q, want %q %.20q", id, name, value, texts[i], texts[i+1])
			}
		}
	}
	if cur.Next() {
		h.t.Fatalf("range %v to %v goes on with %v", start, end, cur.ID)
	}
}

// group changes what is pending.
func (h *streamHistory) group() {
	s, k, m := h.stream(), h.keys, &h.model
	name := "group" + strconv.Itoa(h.IntN(3))
	g, pending := s.Group([]byte(name)), m.groups[name]
	if (g == nil) != (pending == nil) {
		h.t.Fatalf("%s: %v", name, g)
	}
	if g == nil {
		s.CreateGroup(k, []byte(name), StreamID{}, 0)
		m.groups[name] = map[StreamID]string{}
		return
	}
	who := "consumer" + strconv.Itoa(h.IntN(5))
	c := g.Consumer([]byte(who))
	if c == nil {
		c = g.CreateConsumer(k, []byte(who))
	}
	id := h.pickID()
	switch x := h.IntN(100); {
	case x < 60:
		g.Deliver(k, id, c, h.keys.now)
		pending[id] = who
	case x < 75:
		if p := g.PendingToWrite(k, id); (p != nil) != (pending[id] != "") {
			h.t.Fatalf("%v pending for %q", id, pending[id])
		} else if p != nil {
			g.Claim(k, id, p, c)
			pending[id] = who
		}
	case x < 95:
		if g.Ack(k, id) != (pending[id] != "") {
			h.t.Fatalf("ack of %v, pending for %q", id, pending[id])
		}
		delete(pending, id)
	case x < 98:
		n, _ := g.DeleteConsumer(k, []byte(who))
		for id, of := range pending {
			if of == who {
				delete(pending, id)
				n--
			}
		}
		if n != 0 {
			h.t.Fatalf("%s had %d more", who, n)
		}
	case h.IntN(20) == 0:
		s.DestroyGroup(k, []byte(name))
		delete(m.groups, name)
	}
}

func (h *streamHistory) compareGroups() {
	for name, pending := range h.model.groups {
		g := h.stream().Group([]byte(name))
		if g.PendingLen() != int64(len(pending)) {
			h.t.Fatalf("%s: %d pending, want %d", name, g.PendingLen(), len(pending))
		}
		for cur := g.PendingFrom(StreamID{}, nil); cur.Next(); {
			if who := string(cur.Pending().Consumer().Name()); who != pending[cur.ID] {
				h.t.Fatalf("%v is pending for %s, not %s", cur.ID, pending[cur.ID], who)
			}
		}
	}
}

// TestStreamModel compares random histories with Go values, over packs of few
// and many entries.
func TestStreamModel(t *testing.T) {
	seed := seeds.Of(t)
	for _, limits := range []Limits{{StreamEntries: 3, StreamBytes: 200}, {StreamEntries: 100, StreamBytes: 4096}, {}} {
		k := New(1, modelEpoch)
		k.Limits = limits
		h := &streamHistory{Rand: rand.New(rand.NewPCG(seed, uint64(limits.StreamEntries))), t: t, keys: k, d: k.DB(0), key: []byte("s")}
		h.model = modelStream{entries: map[StreamID][]string{}, groups: map[string]map[StreamID]string{}}
		h.d.CreateStream(h.key, Hash(h.key))
		for range 12000 {
			stir(k)
			switch x := h.IntN(100); {
			case x < 45:
				h.add()
			case x < 60:
				h.remove()
			case x < 61:
				h.trim()
			case x < 65:
				h.scan()
			default:
				h.group()
			}
			if h.IntN(400) == 0 {
				k.checkInvariants()
				h.compareGroups()
			}
			if h.IntN(2000) == 0 {
				h.swap()
			}
		}
		if s := h.stream(); s.Len() != int64(len(h.model.ids)) || s.Added() != h.model.added {
			t.Fatalf("%d entries of %d, want %d of %d", s.Len(), s.Added(), len(h.model.ids), h.model.added)
		}
		h.compareGroups()
		h.d.Flush()
		for k.Dying() > 0 {
			k.Reclaim(time.Second)
		}
		k.checkInvariants()
	}
}

// swap goes on with a copy.
func (h *streamHistory) swap() {
	other := []byte("copy")
	h.d.Copy(h.d.Peek(h.key, Hash(h.key)), h.d, other, Hash(other))
	h.d.Delete(h.key, Hash(h.key))
	e := h.d.Peek(other, Hash(other))
	h.d.Rename(Hash(other), e, h.d, h.key, Hash(h.key))
	for h.keys.Dying() > 0 {
		h.keys.Reclaim(time.Second)
	}
	h.keys.checkInvariants()
	h.compareGroups()
}

// longStream returns a keyspace with a stream of n small entries under "s".
func longStream(n int) (*Keyspace, *Stream) {
	k := New(1, modelEpoch)
	s := k.DB(0).CreateStream([]byte("s"), Hash([]byte("s")))
	fields := [][]byte{[]byte("field"), nil}
	var text [20]byte
	for i := range n {
		fields[1] = strconv.AppendInt(text[:0], int64(i), 10)
		s.Append(k, StreamID{uint64(modelEpoch + i/3), uint64(i % 3)}, fields)
	}
	return k, s
}

// TestStreamMemory holds the promise of at most 26 bytes for a small entry, and
// 64 for one that is pending.
func TestStreamMemory(t *testing.T) {
	const n = 200_000
	before := arena.ClassSize(streamSize)
	k, s := longStream(n)
	per := float64(k.arena.Used()-int64(before)) / n
	t.Logf("%.1f bytes an entry", per)
	if per > 20 {
		t.Errorf("%.1f bytes an entry", per)
	}
	size, used := s.size(), int(k.arena.Used())
	if size < used*9/10 || size > used*11/10 {
		t.Errorf("size says %d of %d", size, used)
	}
	used = int(k.arena.Used())
	g := s.CreateGroup(k, []byte("g"), StreamID{}, 0)
	c := g.CreateConsumer(k, []byte("c"))
	for cur := s.Range(StreamID{}, StreamIDMax, false); cur.Next(); {
		g.Deliver(k, cur.ID, c, modelEpoch)
	}
	pending := float64(int(k.arena.Used())-used) / n
	t.Logf("%.1f bytes a pending entry", pending)
	if pending > 64 {
		t.Errorf("%.1f bytes a pending entry", pending)
	}
	k.checkInvariants()
}

// TestStreamLargestEntry adds entries about as large as a pack may be.
func TestStreamLargestEntry(t *testing.T) {
	k, s := longStream(10)
	value := make([]byte, packBytesMax-streamPackHead-streamElementMax)
	fields := [][]byte{[]byte("f"), value}
	if !StreamTooLarge(fields) {
		t.Error("too large an entry is none")
	}
	fields[1] = value[:len(value)-100]
	if StreamTooLarge(fields) {
		t.Fatal("an entry is too large")
	}
	large, _ := s.LastID().Next()
	s.Append(k, large, fields)
	fields[1] = value[:10]
	small, _ := large.Next()
	s.Append(k, small, fields)
	if s.Packs() != 3 || !s.Has(large) || !s.Has(small) {
		t.Errorf("%d packs", s.Packs())
	}
	if !s.Delete(k, large) || s.Packs() != 2 {
		t.Errorf("%d packs after a deletion", s.Packs())
	}
	k.checkInvariants()
}

// TestStreamIsFreedInSlices deletes a long stream with a long list of what is
// pending, and a group of it, and looks how much each step frees.
func TestStreamIsFreedInSlices(t *testing.T) {
	k, s := longStream(100_000)
	for _, name := range []string{"g", "h"} {
		g := s.CreateGroup(k, []byte(name), StreamID{}, 0)
		c := g.CreateConsumer(k, []byte("c"))
		for cur := s.Range(StreamID{}, StreamIDMax, false); cur.Next(); {
			g.Deliver(k, cur.ID, c, modelEpoch)
		}
	}
	if !s.DestroyGroup(k, []byte("h")) || k.Dying() != 1 {
		t.Fatalf("%d dying", k.Dying())
	}
	k.DB(0).Delete([]byte("s"), Hash([]byte("s")))
	steps := 0
	for ; len(k.dying) > 0; steps++ {
		before := k.arena.UsedBy(arena.Node)
		if k.dying[0].drain(k) {
			k.dying = k.dying[1:]
		}
		if freed := before - k.arena.UsedBy(arena.Node); freed > 64<<10 {
			t.Fatalf("%d bytes of nodes in one step", freed)
		}
	}
	if steps < 1000 {
		t.Errorf("%d steps", steps)
	}
	if left := k.arena.UsedBy(arena.Node) + k.arena.UsedBy(arena.Pack); left != 0 {
		t.Errorf("%d bytes left", left)
	}
}

// TestStreamObjectsHoldNoPointers asserts what the arena asks of objects.
func TestStreamObjectsHoldNoPointers(t *testing.T) {
	for _, v := range []any{Stream{}, Group{}, Consumer{}, Pending{}, treeNode{}} {
		if arena.HasPointers(reflect.TypeOf(v)) {
			t.Errorf("%T has pointers", v)
		}
	}
	if size := unsafe.Sizeof(Pending{}); size != 24 {
		t.Errorf("%d bytes of a pending entry", size)
	}
}

func BenchmarkStreamAppend(b *testing.B) {
	k, s := longStream(1)
	fields := [][]byte{[]byte("field"), []byte("value of some length")}
	for i := 0; b.Loop(); i++ {
		s.Append(k, StreamID{uint64(modelEpoch + 1 + i/3), uint64(i % 3)}, fields)
	}
}

func BenchmarkStreamRange(b *testing.B) {
	_, s := longStream(100_000)
	n := 0
	for b.Loop() {
		cur := s.Range(StreamID{modelEpoch + 20000, 0}, StreamIDMax, false)
		for range 100 {
			cur.Next()
			for range cur.Fields {
				_, value := cur.Field()
				n += len(value)
			}
		}
	}
	b.ReportMetric(100, "entries/op")
}
