package db

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// snapHistory is a random life of a keyspace with values of all types, many of
// them large by the small limits that it has, while snapshots are taken.
type snapHistory struct {
	*rand.Rand
	t    *testing.T
	keys *Keyspace
	log  []string

	sink  *testSink
	want  map[string]string // what the snapshot is to have
	began int64
	stall bool // the sink is not ready
	pace  int  // how many slices of the snapshot come with 60 commands
	// last is the greatest ID of any stream, for new entries.
	last StreamID
	done int // snapshots that came to their end
}

func newSnapHistory(t *testing.T, seed uint64) *snapHistory {
	h := &snapHistory{Rand: rand.New(rand.NewPCG(seed, 17)), t: t, keys: New(3, modelEpoch)}
	k := h.keys
	k.Limits = Limits{
		HashEntries: 4, HashValue: 100, ListSize: []int{1, 3, 8, -1}[h.IntN(4)], SetIntset: 6, SetEntries: 4, SetValue: 100,
		ZSetEntries: 4, ZSetValue: 100, HLLSparse: 60, StreamBytes: 4096, StreamEntries: int64(1 + h.IntN(4)),
	}
	k.snapLimits = snapLimits{elements: []int{0, 8, 40, 256}[h.IntN(4)], nodes: h.IntN(6)}
	h.last = StreamID{1, 0}
	h.pace = []int{2, 8, 30}[h.IntN(3)]
	return h
}

func (h *snapHistory) note(format string, args ...any) {
	if h.log = append(h.log, fmt.Sprintf(format, args...)); len(h.log) > 2000 {
		h.log = h.log[1000:]
	}
}

func (h *snapHistory) db() *DB { return h.keys.DB(h.IntN(3)) }

// key is one of few names for each type, some of them long.
func (h *snapHistory) key(kind string) ([]byte, uint64) {
	name := fmt.Sprintf("%s%d", kind, h.IntN(4))
	if h.IntN(8) == 0 {
		name += strings.Repeat("k", 300)
	}
	return []byte(name), Hash([]byte(name))
}

// text is the name of an element, from a small or a large pool, an integer or not.
func (h *snapHistory) text() []byte {
	n := h.IntN([]int{5, 30, 1000}[h.IntN(3)])
	switch h.IntN(6) {
	case 0, 1:
		return fmt.Append(nil, n)
	case 2:
		return fmt.Append(nil, "m", n, strings.Repeat("x", []int{50, 60, 120, 130, 300}[n%5]))
	}
	return fmt.Append(nil, "m", n)
}

// many is how many elements a command has: mostly one, sometimes more than are
// freed at once.
func (h *snapHistory) many() int { return []int{1, 1, 1, 2, 5, 20, 150}[h.IntN(7)] }

func (h *snapHistory) texts() (list [][]byte) {
	for range h.many() {
		list = append(list, h.text())
	}
	return list
}

func (h *snapHistory) deadline() int64 {
	switch h.IntN(4) {
	case 0:
		return KeepDeadline
	case 1:
		return h.keys.now + int64(h.IntN([]int{200, 3000}[h.IntN(2)])) - 20
	}
	return NoDeadline
}

func (h *snapHistory) stringOp(d *DB) {
	key, hash := h.key("str")
	e := d.Peek(key, hash)
	value := []byte(strings.Repeat(string(rune('a'+h.IntN(26))), []int{3, 44, 500, 5000, 40000}[h.IntN(5)]))
	if h.IntN(3) == 0 {
		value = fmt.Append(nil, h.IntN(1000))
	}
	h.note("string %d %.10s %d", d.index, key, len(value))
	switch n := h.IntN(7); {
	case e == nil || n < 2:
		d.SetString(key, hash, value, h.deadline())
	case n == 2:
		d.Append(key, hash, e, value)
	case n == 3:
		d.SetRange(key, hash, e, h.IntN(600), value)
	case n == 4:
		d.Writable(key, hash, e, h.IntN(e.StringLen()), 1+h.IntN(700))[0] ^= 1
	case n == 5:
		if i, ok := e.Int(); ok {
			d.StoreInt(e, i+1)
		}
	default:
		d.PutCombined(key, hash, e, BitOr, [][]byte{value, []byte("other")})
	}
}

func (h *snapHistory) hllOp(d *DB) {
	key, hash := h.key("hll")
	e := d.Peek(key, hash)
	if e == nil {
		e = d.HLLCreate(key, hash)
	}
	h.note("hll %d %.10s", d.index, key)
	for range h.many() {
		e, _, _ = d.HLLAdd(key, hash, e, h.text())
	}
	if h.IntN(2) == 0 {
		d.HLLCount(key, hash, e)
	}
}

func (h *snapHistory) hashOp(d *DB) {
	key, hash := h.key("hash")
	e := d.Peek(key, hash)
	if e != nil {
		e = d.LiveHash(key, hash, e)
	}
	h.note("hash %d %.10s", d.index, key)
	switch n := h.IntN(6); {
	case e == nil || n < 2:
		for range h.many() {
			pair := [][]byte{h.text(), h.text()}
			e = d.HashPrepare(key, hash, e, pair)
			if h.IntN(2) == 0 {
				d.HashPut(e, pair[0], pair[1])
			} else {
				d.HashUpdate(e, pair[0], pair[1])
			}
		}
	case n == 2:
		d.HashAdd(e, h.text(), 5)
	case n == 3:
		for range h.many() {
			d.HashDelete(e, h.text())
		}
		if d.HashEmpty(e) {
			d.Remove(hash, e)
		}
	default:
		for range h.many() {
			name := h.text()
			if _, ok := d.HashDeadline(e, name); ok {
				d.HashSetDeadline(e, name, max(h.deadline(), NoDeadline))
			}
		}
	}
}

func (h *snapHistory) setOp(d *DB) {
	key, hash := h.key("set")
	e := d.Peek(key, hash)
	h.note("set %d %.10s", d.index, key)
	switch n := h.IntN(7); {
	case e == nil || n < 2:
		d.SetAdd(key, hash, e, h.texts())
	case n == 2:
		d.SetRemove(hash, e, h.texts())
	case n == 3:
		d.SetPop(hash, e, 1+h.IntN(e.SetLen()), func(Element) {})
	case n == 4:
		other, otherHash := h.key("set")
		if string(other) != string(key) {
			member := [][]byte{[]byte(elementString(e.SetRandom()))}
			d.SetRemove(hash, e, member)
			d.SetAdd(other, otherHash, d.Peek(other, otherHash), member)
		}
	default:
		other, otherHash := h.key("set")
		if o := d.Peek(other, otherHash); o != nil {
			b := h.keys.BuildUnion([]*Entry{e, o})
			if n == 5 {
				b.Discard()
				b = h.keys.BuildDifference(e, []*Entry{o})
			}
			if b.Empty() {
				b.Discard()
			} else {
				d.StoreSet(key, hash, &b)
			}
		}
	}
}

func (h *snapHistory) listOp(d *DB) {
	key, hash := h.key("list")
	e := d.Peek(key, hash)
	n := h.IntN(11)
	h.note("list %d %.10s %d", d.index, key, n)
	if e == nil || n < 2 {
		if e == nil {
			e = d.NewList(key, hash)
		}
		values := h.texts()
		if h.IntN(4) == 0 {
			values = append(values, []byte(strings.Repeat("L", 5000+h.IntN(40000))))
		}
		d.ListGrow(e, values)
		d.ListPush(e, values, h.IntN(2) == 0)
		return
	}
	index := h.IntN(e.ListLen())
	switch n {
	case 2, 3:
		h.settle(d, hash, e, func() {
			if count := min(h.many(), e.ListLen()); count == e.ListLen() {
				d.Remove(hash, e)
			} else {
				d.ListDrop(e, count, h.IntN(2) == 0)
			}
		})
	case 4:
		v := h.text()
		if it := e.ListAt(index); h.IntN(4) == 0 || len(elementString(it.Element())) > 5000 && h.IntN(2) == 0 {
			v = []byte(strings.Repeat("S", 9000))
		}
		d.ListGrow(e, [][]byte{v})
		d.ListSet(e, index, v)
		d.ListShrink(e)
	case 5, 6:
		it := e.ListAt(index)
		pivot := []byte(elementString(it.Element()))
		for range h.many() {
			v := h.text()
			d.ListGrow(e, [][]byte{v})
			d.ListInsert(e, pivot, v, h.IntN(2) == 0)
		}
	case 7:
		it := e.ListAt(index)
		v := ElementOf([]byte(elementString(it.Element())))
		h.settle(d, hash, e, func() { d.ListRemove(e, h.IntN(5)-2, v) })
	case 8:
		other, otherHash := h.key("list")
		to := d.Peek(other, otherHash)
		if to == nil {
			to = d.NewList(other, otherHash)
		}
		d.ListMove(e, to, h.IntN(2) == 0, h.IntN(2) == 0)
		h.settle(d, hash, e, func() {})
	case 9: // LINSERT without its pivot
		d.ListGrow(e, [][]byte{[]byte(strings.Repeat("S", 9000))})
	case 10: // LTRIM that takes nothing
		d.ListShrink(e)
	}
}

// settle removes the list if f leaves none of it.
func (h *snapHistory) settle(d *DB, hash uint64, e *Entry, f func()) {
	key := string(e.Key())
	f()
	if e = d.Peek([]byte(key), hash); e == nil {
		return
	}
	if e.ListLen() == 0 {
		d.Remove(hash, e)
	} else {
		d.ListShrink(e)
	}
}

func (h *snapHistory) zsetOp(d *DB) {
	key, hash := h.key("zset")
	e := d.Peek(key, hash)
	h.note("zset %d %.10s", d.index, key)
	switch n := h.IntN(7); {
	case e == nil || n < 3:
		members := h.texts()
		if e == nil {
			e = d.ZCreate(key, hash, len(members), 1)
		}
		d.ZExpect(e, len(members))
		for _, m := range members {
			d.ZAdd(e, float64(h.IntN(50))/2, m, 0)
		}
	case n == 3:
		for range h.many() {
			if d.ZRemove(e, h.text()); e.ZLen() == 0 {
				d.Remove(hash, e)
				return
			}
		}
	case n == 4:
		from := h.IntN(e.ZLen())
		d.ZRemoveRange(hash, e, from, from+h.IntN(e.ZLen()-from+1))
	case n == 5:
		d.ZRemoveRange(hash, e, 0, e.ZLen()*9/10)
	default:
		b := h.keys.NewZSet()
		e.ScoredEach(func(m Element, score float64) bool { b.Merge(m, score+1, AggregateSum); return true })
		d.StoreZSet(key, hash, &b)
	}
}

func (h *snapHistory) streamOp(d *DB) {
	k := h.keys
	key, hash := h.key("stream")
	var s *Stream
	n := h.IntN(12)
	h.note("stream %d %.10s %d", d.index, key, n)
	if e := d.Peek(key, hash); e != nil {
		s = d.StreamToWrite(e)
	} else {
		s = d.CreateStream(key, hash)
	}
	id := StreamID{h.last.Ms - min(h.last.Ms-1, uint64(h.IntN(60))), 0}
	switch {
	case n < 3:
		for range h.many() {
			if last := s.LastID(); h.last.Less(last) {
				h.last = last
			}
			h.last.Ms++
			next := h.last
			if h.IntN(2) == 0 {
				next = StreamID{s.LastID().Ms + 1, 0}
			}
			s.Append(k, next, [][]byte{[]byte("f"), h.text()})
		}
	case n < 5:
		for range h.many() {
			if at := (StreamID{h.last.Ms - min(h.last.Ms-1, uint64(h.IntN(60))), 0}); s.Delete(k, at) && s.DeletedMax().Less(at) {
				s.SetDeletedMax(at)
			}
		}
	case n == 5:
		t := StreamTrim{MaxLen: int64(h.IntN(30)), Approx: h.IntN(2) == 0}
		if h.IntN(2) == 0 {
			t = StreamTrim{ByID: true, MinID: id, Approx: h.IntN(2) == 0}
		}
		s.Trim(k, &t)
	case n == 6:
		if s.packs.count == 0 {
			h.last = StreamID{1, 0} // IDs go back, behind no entry that was deleted by name
			s.SetLastID(h.last)
		} else if s.Len() > 0 && k.Limits.StreamEntries == 1 {
			// IDs go back behind entries that were the last ones.
			for range h.many() {
				if id := s.LastEntryID(); s.Len() > 1 {
					s.Delete(k, id)
				}
			}
			s.SetLastID(s.LastEntryID())
		}
		s.SetAdded(s.Added() + 1)
	default:
		h.groupOp(s, n, id)
	}
}

func (h *snapHistory) groupOp(s *Stream, n int, id StreamID) {
	k := h.keys
	name := fmt.Append(nil, "g", h.IntN(3))
	if n == 9 && h.IntN(2) == 0 {
		for range h.many() {
			s.Unreference(k, StreamID{h.last.Ms - min(h.last.Ms-1, uint64(h.IntN(200))), 0})
		}
		return
	}
	if n == 11 && h.IntN(2) == 0 {
		s.DestroyGroup(k, name)
		return
	}
	g := s.GroupToWrite(k, name)
	if g == nil {
		g = s.CreateGroup(k, name, id, 3)
	}
	c := g.Consumer([]byte{byte('a' + h.IntN(3))})
	if c == nil {
		c = g.CreateConsumer(k, []byte{byte('a' + h.IntN(3))})
	}
	switch n {
	case 7, 8:
		if c != nil && h.IntN(8) == 0 {
			// More than some leaves, in one go.
			for i := range uint64(h.IntN(1500)) {
				g.Deliver(k, StreamID{h.last.Ms - min(h.last.Ms-1, i/2), i % 2}, c, k.now)
			}
			return
		}
		for range h.many() {
			if c == nil {
				return
			}
			at := StreamID{h.last.Ms - min(h.last.Ms-1, uint64(h.IntN(200))), 0}
			if p := g.PendingToWrite(k, at); p != nil {
				p.DeliveredMs = k.now
				p.Deliveries++
				g.Claim(k, at, p, c)
			} else {
				g.Deliver(k, at, c, k.now)
			}
		}
	case 9:
		if h.IntN(6) == 0 {
			for range 700 {
				g.Ack(k, StreamID{h.last.Ms - min(h.last.Ms-1, uint64(h.IntN(800))), uint64(h.IntN(2))})
			}
		}
		for range h.many() {
			g.Ack(k, StreamID{h.last.Ms - min(h.last.Ms-1, uint64(h.IntN(200))), 0})
		}
	case 10:
		g.LastID, g.Read = id, int64(h.IntN(100))
		if c != nil {
			c.SeenMs = k.now
		}
	case 11:
		g.DeleteConsumer(k, []byte{byte('a' + h.IntN(3))})
	}
}

// keyOp does something to a whole key.
func (h *snapHistory) keyOp(d *DB) {
	key, hash := h.key([]string{"str", "hll", "hash", "set", "list", "zset", "stream"}[h.IntN(7)])
	e := d.Peek(key, hash)
	if e == nil {
		return
	}
	to := h.db()
	target := []byte(fmt.Sprintf("%s%d", strings.TrimRight(string(key), "0123456789k"), h.IntN(4)))
	targetHash := Hash(target)
	same := to == d && string(target) == string(key)
	n := h.IntN(6)
	h.note("key %d %.10s %d", d.index, key, n)
	switch {
	case n == 0:
		d.Delete(key, hash)
	case n < 3:
		d.SetDeadline(hash, e, max(h.deadline(), NoDeadline))
	case n == 3 && !same:
		d.Rename(hash, e, to, target, targetHash)
	case n == 4 && !same:
		to.Delete(target, targetHash)
		d.Copy(d.Peek(key, hash), to, target, targetHash)
	case n == 5:
		d.SetString(key, hash, []byte("another type"), NoDeadline)
		d.Delete(key, hash)
	}
}

func (h *snapHistory) keyspaceOp() {
	k := h.keys
	n := h.IntN(12)
	h.note("keyspace %d", n)
	switch n {
	case 0:
		h.db().Flush()
	case 1, 2:
		k.Swap(h.IntN(3), h.IntN(3))
	case 3, 4, 5:
		k.SetNow(k.now + int64(h.IntN([]int{20, 200, 1200}[h.IntN(3)])))
		k.Expire(time.Hour)
	case 6:
		k.SetNow(k.now + int64(h.IntN(300)))
	case 7:
		k.Rehash(100)
	case 8:
		k.ActiveExpire = h.IntN(3) > 0
	default:
		k.Reclaim(0)
	}
}

func (h *snapHistory) step() {
	d := h.db()
	switch h.IntN(13) {
	case 0:
		h.stringOp(d)
	case 11, 12:
		h.streamOp(d)
	case 1:
		if h.IntN(3) == 0 {
			h.hllOp(d)
		}
	case 2, 3:
		h.hashOp(d)
	case 4:
		h.setOp(d)
	case 5:
		h.zsetOp(d)
	case 6, 7:
		h.listOp(d)
	case 8:
		h.streamOp(d)
	case 9:
		h.keyOp(d)
	default:
		if h.IntN(2) == 0 {
			h.keyspaceOp()
		}
	}
}
