package persist

import (
	"container/heap"
	"errors"
	"fmt"
	"io"

	"basalt/db"
)

// assembler is the frameSink that brings a snapshot into the order of a file,
// where keys are whole and the nodes of a list stand in their order:
//
//   - the large key that was opened first is written as it comes; the early
//     parts of a list or stream wait until the walk has reached them, those of
//     other types have no order;
//   - large keys that are opened meanwhile wait, and so do all small ones;
//   - when the key is closed, the small ones are written, then the next large
//     one as far as it has come.
//
// What waits lies in spools.
type assembler struct {
	out keyWriter
	dir string
	// current is the key that is being written, turn its visitor; 0 if none.
	current int
	turn    turn
	// waiting is the other open keys and those closed before their turn, in the
	// order in which they were opened.
	waiting []*waitingKey
	later   *spool // small keys
	// active is the spool that was written to last; only it may be unflushed, as
	// all share one window.
	active *spool
	shared []byte
	err    error
	ended  bool
	// told is called after every key.
	told func()
}

// waitingKey is a large key that cannot be written yet.
type waitingKey struct {
	id     int
	closed bool
	spool  *spool
}

var errOpen = errors.New("keys are open at the end of a snapshot")

func newAssembler(out keyWriter, dir string, told func()) *assembler {
	a := &assembler{out: out, dir: dir, told: told}
	a.later = newSpool(dir, &a.shared)
	a.turn.a = a
	return a
}

// close gives back what the spools hold.
func (a *assembler) close() {
	a.later.close()
	a.turn.reset()
	for _, k := range a.waiting {
		k.spool.close()
	}
}

func (a *assembler) fail(err error) {
	if a.err == nil && err != nil {
		a.err = err
	}
}

// to returns s after it has become the active spool; nil makes none active.
func (a *assembler) to(s *spool) *spool {
	if a.active != s {
		if a.active != nil {
			a.active.flush()
			a.fail(a.active.err)
		}
		a.active = s
	}
	return s
}

// Key implements frameSink.
func (a *assembler) Key(k db.KeyInfo) db.ValueVisitor {
	if a.current != 0 {
		return a.to(a.later).Key(k)
	}
	a.told()
	return a.write(k)
}

// write begins a key in the file. A writer that has failed wants nothing more.
func (a *assembler) write(k db.KeyInfo) db.ValueVisitor {
	if v := a.out.Key(k); v != nil {
		return v
	}
	a.fail(a.out.failed())
	return swallowed
}

// swallowed swallows what comes after an error.
var swallowed db.ValueVisitor = &swallow{}

// Open implements frameSink.
func (a *assembler) Open(id int, k db.KeyInfo) db.ValueVisitor {
	if a.current == 0 {
		a.current = id
		a.turn.ValueVisitor = a.write(k)
		a.turn.early = false
		return &a.turn
	}
	w := &waitingKey{id: id, spool: newSpool(a.dir, &a.shared)}
	a.waiting = append(a.waiting, w)
	return a.to(w.spool).Open(id, k)
}

// Part implements frameSink.
func (a *assembler) Part(id int, early bool) db.ValueVisitor {
	if id == a.current {
		a.turn.early = early
		return &a.turn
	}
	if w := a.waits(id); w != nil {
		return a.to(w.spool).Part(id, early)
	}
	return swallowed
}

// waits returns the key that is open as id.
func (a *assembler) waits(id int) *waitingKey {
	for _, w := range a.waiting {
		if w.id == id && !w.closed {
			return w
		}
	}
	a.fail(fmt.Errorf("part of key %d, which is not open", id))
	return nil
}

// Close implements frameSink.
func (a *assembler) Close(id int) {
	if id != a.current {
		if w := a.waits(id); w != nil {
			w.closed = true
		}
		return
	}
	a.finish()
	a.advance()
}

// finish ends the current key.
func (a *assembler) finish() {
	a.turn.finish()
	a.current = 0
	a.told()
}

// advance writes what waited for the current key, which is finished.
func (a *assembler) advance() {
	a.to(nil)
	if a.later.size() > 0 {
		a.replay(a.later)
		a.later.reset()
	}
	for len(a.waiting) > 0 && a.err == nil {
		w := a.waiting[0]
		a.waiting = a.waiting[1:]
		a.replay(w.spool)
		w.spool.close()
		if !w.closed {
			return
		}
		a.finish()
	}
}

// replay reads a spool from its beginning.
func (a *assembler) replay(s *spool) {
	a.fail((&frameReader{source: &spoolSource{s: s}, db: -1}).run(a))
}

// failed implements frameSink.
func (a *assembler) failed() error {
	if a.err != nil {
		return a.err
	}
	return a.out.failed()
}

// End implements frameSink.
func (a *assembler) End() {
	a.ended = true
	if a.current != 0 || len(a.waiting) > 0 {
		a.fail(errOpen)
	}
}

// turn is the visitor of the current key. Early nodes and packs lie in a spool,
// each at a place of its own; early groups in another, for the end.
type turn struct {
	db.ValueVisitor // of the file
	a               *assembler
	early           bool
	held            heldParts
	parts, groups   *spool
	one             frameReader
}

// heldPart is an early part: its place in the order and in the spool.
type heldPart struct {
	major, minor uint64
	at           int64
}

// heldParts is a heap, the first in the order on top.
type heldParts []heldPart

// Len implements heap.Interface.
func (h heldParts) Len() int { return len(h) }

// Less implements heap.Interface.
func (h heldParts) Less(i, j int) bool { return h[i].before(h[j].major, h[j].minor) }

// Swap implements heap.Interface.
func (h heldParts) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *heldParts) Push(x any) { *h = append(*h, x.(heldPart)) }

// Pop implements heap.Interface.
func (h *heldParts) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (p heldPart) before(major, minor uint64) bool {
	return p.major < major || p.major == major && p.minor < minor
}

// hold returns the spool for an early part.
func (t *turn) hold(major, minor uint64) *spool {
	if t.parts == nil {
		t.parts = newSpool(t.a.dir, &t.a.shared)
	}
	t.a.to(t.parts).flush()
	heap.Push(&t.held, heldPart{major, minor, t.parts.size()})
	return t.parts
}

// release writes the early parts that stand before a place in the order.
func (t *turn) release(major, minor uint64) {
	for len(t.held) > 0 && t.held[0].before(major, minor) {
		t.write(heap.Pop(&t.held).(heldPart))
	}
}

func (t *turn) releaseAll() {
	for len(t.held) > 0 {
		t.write(heap.Pop(&t.held).(heldPart))
	}
}

func (t *turn) write(p heldPart) {
	t.a.to(nil)
	t.one.source, t.one.data, t.one.at = &spoolSource{s: t.parts, at: p.at}, nil, 0
	if t.one.more() {
		t.one.value(t.one.u8(), t.ValueVisitor)
	}
	t.a.fail(t.one.err)
}

// listOrder maps the order of nodes, which may be negative, to that of parts.
func listOrder(order int64) uint64 { return uint64(order) ^ 1<<63 }

// Node implements db.ValueVisitor.
func (t *turn) Node(order int64, b []byte, packed bool) {
	if t.early {
		s := t.hold(listOrder(order), 0)
		s.Node(order, b, packed)
		s.flush()
		return
	}
	t.release(listOrder(order), 0)
	t.ValueVisitor.Node(order, b, packed)
}

// StreamPack implements db.ValueVisitor.
func (t *turn) StreamPack(first db.StreamID, listpack []byte) {
	if t.early {
		s := t.hold(first.Ms, first.Seq)
		s.StreamPack(first, listpack)
		s.flush()
		return
	}
	t.release(first.Ms, first.Seq)
	t.ValueVisitor.StreamPack(first, listpack)
}

// group returns who is told of a group or of what belongs to it.
func (t *turn) group() db.ValueVisitor {
	if !t.early {
		t.releaseAll() // the walk is behind the packs
		return t.ValueVisitor
	}
	if t.groups == nil {
		t.groups = newSpool(t.a.dir, &t.a.shared)
	}
	return t.a.to(t.groups)
}

// Group implements db.ValueVisitor.
func (t *turn) Group(g db.GroupInfo) { t.group().Group(g) }

// Pending implements db.ValueVisitor.
func (t *turn) Pending(id db.StreamID, deliveredMs int64, deliveries uint64) {
	t.group().Pending(id, deliveredMs, deliveries)
}

// Consumer implements db.ValueVisitor.
func (t *turn) Consumer(c db.ConsumerInfo) { t.group().Consumer(c) }

// ConsumerPending implements db.ValueVisitor.
func (t *turn) ConsumerPending(id db.StreamID) { t.group().ConsumerPending(id) }

// finish writes what still waits of the key.
func (t *turn) finish() {
	t.releaseAll()
	if t.groups != nil {
		t.a.to(nil)
		r := frameReader{source: &spoolSource{s: t.groups}}
		for r.more() {
			r.value(r.u8(), t.ValueVisitor)
		}
		if r.err != io.EOF {
			t.a.fail(r.err)
		}
	}
	t.reset()
}

func (t *turn) reset() {
	for _, s := range []*spool{t.parts, t.groups} {
		if s != nil {
			s.close()
		}
	}
	t.parts, t.groups, t.held, t.one = nil, nil, t.held[:0], frameReader{}
}

// swallow is a visitor that forgets everything.
type swallow struct{}

func (*swallow) String([]byte)                      {}
func (*swallow) Integer(int64)                      {}
func (*swallow) Packed(db.Type, []byte)             {}
func (*swallow) Intset([]byte)                      {}
func (*swallow) List(int)                           {}
func (*swallow) Node(int64, []byte, bool)           {}
func (*swallow) Set(int)                            {}
func (*swallow) Member(db.Element)                  {}
func (*swallow) Hash(int, bool)                     {}
func (*swallow) Field(_, _ db.Element, _ int64)     {}
func (*swallow) ZSet(int)                           {}
func (*swallow) Scored(db.Element, float64)         {}
func (*swallow) Stream(db.StreamInfo)               {}
func (*swallow) StreamPack(db.StreamID, []byte)     {}
func (*swallow) Group(db.GroupInfo)                 {}
func (*swallow) Pending(db.StreamID, int64, uint64) {}
func (*swallow) Consumer(db.ConsumerInfo)           {}
func (*swallow) ConsumerPending(db.StreamID)        {}
