package db

// StreamTrim says what to trim a stream to.
type StreamTrim struct {
	// ByID keeps the entries from MinID on; else the last MaxLen are kept.
	ByID   bool
	MaxLen int64
	MinID  StreamID
	// Approx trims whole packs only, at most Limit entries unless that is 0.
	Approx bool
	Limit  int64
}

// Trim takes out entries from the beginning and returns how many.
func (s *Stream) Trim(k *Keyspace, t *StreamTrim) int64 {
	deleted := int64(0)
	for pos := s.packs.first(); pos.node != nil; pos = s.packs.first() {
		if !t.ByID && int64(s.length) <= t.MaxLen {
			break
		}
		live, marked := streamCounts(slotOf(pos).pack())
		if t.Limit != 0 && deleted+live > t.Limit {
			break
		}
		if t.whole(s, pos, live) {
			s.dropPack(k, pos)
			s.length -= uint64(live)
			deleted += live
			continue
		}
		if !t.Approx {
			k.savePack(s, pos)
			n := s.trimPack(t, pos)
			s.length -= uint64(n)
			deleted += n
			k.setStreamCounts(slotOf(pos), live-n, marked+n)
		}
		break
	}
	if s.length == 0 {
		s.first = StreamID{}
	} else if deleted > 0 {
		s.first = s.edge(false)
	}
	return deleted
}

// whole reports whether all of the pack at pos, with live entries, is to go.
func (t *StreamTrim) whole(s *Stream, pos treePos, live int64) bool {
	if !t.ByID {
		return int64(s.length)-live >= t.MaxLen
	}
	c := StreamCursor{stream: s, pos: pos}
	c.open()
	return c.idAt(c.before(c.pack.End())).Less(t.MinID)
}

// trimPack marks entries of the pack at pos and returns how many.
func (s *Stream) trimPack(t *StreamTrim, pos treePos) int64 {
	c := StreamCursor{stream: s, pos: pos}
	c.open()
	n := int64(0)
	for !c.pack.IsEnd(c.ahead) {
		c.read(c.ahead)
		if t.ByID && !c.ID.Less(t.MinID) || !t.ByID && int64(s.length)-n <= t.MaxLen {
			break
		}
		if c.flags&streamDeleted == 0 {
			c.markDeleted()
			n++
		}
		c.pass()
	}
	return n
}
