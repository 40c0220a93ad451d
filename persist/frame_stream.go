package persist

import (
	"math"

	"basalt/db"
)

// Scored implements db.ValueVisitor.
func (w *frameWriter) Scored(m db.Element, score float64) {
	w.begin(frameScored, frameFixed+inline(m.Bytes))
	w.element(m)
	w.room(frameFixed) // a long member leaves no window
	w.u64(math.Float64bits(score))
}

// Stream implements db.ValueVisitor.
func (w *frameWriter) Stream(s db.StreamInfo) {
	w.begin(frameStream, frameFixed)
	w.number(uint64(s.Packs))
	w.number(uint64(s.Len))
	w.id(s.LastID)
	w.id(s.FirstID)
	w.id(s.DeletedMax)
	w.number(s.Added)
	w.number(uint64(s.Groups))
}

// StreamPack implements db.ValueVisitor.
func (w *frameWriter) StreamPack(first db.StreamID, listpack []byte) {
	w.begin(frameStreamPack, inline(listpack))
	w.id(first)
	w.bytes(listpack)
}

// Group implements db.ValueVisitor.
func (w *frameWriter) Group(g db.GroupInfo) {
	w.begin(frameGroup, frameFixed+inline(g.Name))
	w.bytes(g.Name)
	w.room(frameFixed)
	w.id(g.LastID)
	w.signed(g.Read)
	w.number(uint64(g.Pending))
	w.number(uint64(g.Consumers))
}

// Pending implements db.ValueVisitor.
func (w *frameWriter) Pending(id db.StreamID, deliveredMs int64, deliveries uint64) {
	w.begin(framePending, 0)
	w.id(id)
	w.signed(deliveredMs)
	w.number(deliveries)
}

// Consumer implements db.ValueVisitor.
func (w *frameWriter) Consumer(c db.ConsumerInfo) {
	w.begin(frameConsumer, frameFixed+inline(c.Name))
	w.bytes(c.Name)
	w.room(frameFixed)
	w.signed(c.SeenMs)
	w.signed(c.ActiveMs)
	w.number(uint64(c.Pending))
}

// ConsumerPending implements db.ValueVisitor.
func (w *frameWriter) ConsumerPending(id db.StreamID) {
	w.begin(frameConsumerPending, 0)
	w.id(id)
}
