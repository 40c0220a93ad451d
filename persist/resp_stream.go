package persist

import (
	"sort"

	"basalt/db"
	"basalt/db/pack"
	"basalt/internal/decimal"
)

// respGroups is the stream that is being written, and the consumer group.
type respGroups struct {
	info     db.StreamInfo
	group    []byte
	consumer []byte
	// pending is what is pending in the group, in the order of the IDs: XCLAIM
	// needs it together with the consumer, whom the visitor is told of later.
	pending []respPending
}

type respPending struct {
	id         db.StreamID
	ms         int64
	deliveries uint64
}

// Stream implements db.ValueVisitor.
func (w *respWriter) Stream(s db.StreamInfo) {
	w.groups.info = s
	w.left = s.Packs + int64(s.Groups)
	if s.Len == 0 {
		// A stream without entries is one that has lost them.
		w.command(7, "XADD")
		w.bytes(w.key)
		w.text("MAXLEN")
		w.text("0")
		w.text("0-1")
		w.text("x")
		w.text("y")
	}
	if s.Packs == 0 {
		w.streamTail()
	}
}

// StreamPack implements db.ValueVisitor.
func (w *respWriter) StreamPack(first db.StreamID, listpack []byte) {
	if !pack.Check(listpack) || !w.entries(first, pack.Pack(listpack)) {
		w.fail(errDamagedPack)
	}
	w.left--
	if w.groups.info.Packs--; w.groups.info.Packs == 0 {
		w.streamTail()
	}
}

// entries writes the entries of a pack that are not deleted. It reports whether
// the pack could be read.
func (w *respWriter) entries(first db.StreamID, p pack.Pack) bool {
	e := newStreamEntries(first, p)
	for e.next() {
		if e.gone {
			e.skip()
		} else {
			w.command(3+2*e.fields, "XADD")
			w.bytes(w.key)
			w.streamID(e.id)
			for i := range e.fields {
				w.element(e.fieldName(i))
				w.element(e.element())
			}
		}
		e.finish()
	}
	return e.sound()
}

func (w *respWriter) streamID(id db.StreamID) {
	var scratch [2*decimal.MaxLen + 1]byte
	b := decimal.AppendUint(scratch[:0], id.Ms)
	w.bytes(decimal.AppendUint(append(b, '-'), id.Seq))
}

// streamTail writes what is known of the stream besides its entries.
func (w *respWriter) streamTail() {
	s := &w.groups.info
	w.command(7, "XSETID")
	w.bytes(w.key)
	w.streamID(s.LastID)
	w.text("ENTRIESADDED")
	w.integer(int64(s.Added))
	w.text("MAXDELETEDID")
	w.streamID(s.DeletedMax)
	w.streamDone()
}

// streamDone looks whether the stream is complete.
func (w *respWriter) streamDone() {
	if w.left == 0 {
		w.done()
	}
}

// Group implements db.ValueVisitor.
func (w *respWriter) Group(g db.GroupInfo) {
	w.left += g.Pending + int64(g.Consumers) - 1
	w.groups.group = append(w.groups.group[:0], g.Name...)
	w.groups.pending = w.groups.pending[:0]
	w.command(7, "XGROUP")
	w.text("CREATE")
	w.bytes(w.key)
	w.bytes(g.Name)
	w.streamID(g.LastID)
	w.text("ENTRIESREAD")
	w.integer(g.Read)
	w.streamDone()
}

// Pending implements db.ValueVisitor.
func (w *respWriter) Pending(id db.StreamID, deliveredMs int64, deliveries uint64) {
	w.left--
	w.groups.pending = append(w.groups.pending, respPending{id, deliveredMs, deliveries})
	w.streamDone()
}

// Consumer implements db.ValueVisitor.
func (w *respWriter) Consumer(c db.ConsumerInfo) {
	w.left += c.Pending - 1
	w.groups.consumer = append(w.groups.consumer[:0], c.Name...)
	w.command(5, "XGROUP")
	w.text("CREATECONSUMER")
	w.bytes(w.key)
	w.bytes(w.groups.group)
	w.bytes(c.Name)
	w.streamDone()
}

// ConsumerPending implements db.ValueVisitor.
func (w *respWriter) ConsumerPending(id db.StreamID) {
	w.left--
	list := w.groups.pending
	i := sort.Search(len(list), func(i int) bool { return !list[i].id.Less(id) })
	if i == len(list) || list[i].id != id {
		w.fail(errParts)
		return
	}
	w.command(12, "XCLAIM")
	w.bytes(w.key)
	w.bytes(w.groups.group)
	w.bytes(w.groups.consumer)
	w.text("0")
	w.streamID(id)
	w.text("TIME")
	w.integer(list[i].ms)
	w.text("RETRYCOUNT")
	w.integer(int64(list[i].deliveries))
	w.text("JUSTID")
	w.text("FORCE")
	w.streamDone()
}
