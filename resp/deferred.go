package resp

import "slices"

// moveMax is up to how many bytes behind a deferred header are moved to close
// the gap before them; behind more, the chunk is cut in two parts instead.
const moveMax = 2 << 10

// Mark is the place of a header whose length is not known yet.
type Mark struct {
	part  int // parts sealed when it was set: the index its chunk has or will have
	off   int // offset in that chunk
	depth int // open marks, this one included
}

// Deferred keeps room for the header of an aggregate. The elements are written
// next, then SetArrayLen, SetMapLen or SetSetLen is called with the mark. Marks
// nest: the one set last gets its length first.
func (w *Writer) Deferred() Mark {
	w.need(headerMax)
	m := Mark{part: len(w.parts), off: len(w.buf), depth: w.open + 1}
	w.buf = w.buf[:m.off+headerMax]
	w.open++
	w.gaps += headerMax
	return m
}

// SetArrayLen makes the mark the header of an array of n elements.
func (w *Writer) SetArrayLen(m Mark, n int) { w.setLen(m, '*', n) }

// SetMapLen makes the mark the header of a map of n pairs.
func (w *Writer) SetMapLen(m Mark, n int) {
	if w.proto == Proto3 {
		w.setLen(m, '%', n)
	} else {
		w.setLen(m, '*', 2*n)
	}
}

// SetSetLen makes the mark the header of a set of n elements.
func (w *Writer) SetSetLen(m Mark, n int) {
	if w.proto == Proto3 {
		w.setLen(m, '~', n)
	} else {
		w.setLen(m, '*', n)
	}
}

// setLen fills the gap of m. Three cases: little was written since, so it is
// moved up to the header; the chunk is still the current one and is cut; it was
// sealed long ago, and its part is cut in two.
func (w *Writer) setLen(m Mark, kind byte, n int) {
	if m.depth != w.open {
		panic("BUG: resp.Writer: deferred lengths are set innermost first, once")
	}
	w.open--
	w.gaps -= headerMax

	var scratch [headerMax]byte
	header := AppendHeader(scratch[:0], kind, n)
	body := m.off + headerMax
	start := body - len(header)
	if m.part < len(w.parts) {
		p := &w.parts[m.part]
		whole := p.Bytes
		copy(whole[start:], header)
		w.size -= start - m.off
		if m.off == 0 {
			p.Bytes = whole[start:]
			return
		}
		p.Bytes = whole[:m.off]
		w.parts = slices.Insert(w.parts, m.part+1, Part{Bytes: whole[start:]})
		return
	}
	if len(w.buf)-body <= moveMax {
		copy(w.buf[m.off:], header)
		kept := copy(w.buf[m.off+len(header):], w.buf[body:])
		w.buf = w.buf[:m.off+len(header)+kept]
		return
	}
	copy(w.buf[start:], header)
	rest := w.buf[start:]
	w.buf = w.buf[:m.off]
	w.seal()
	w.buf = rest
}

// State is a point in what was written, to come back to.
type State struct {
	buf                             []byte
	parts, pooled, open, gaps, size int
}

// State remembers what is written so far.
func (w *Writer) State() State {
	return State{w.buf, len(w.parts), len(w.pooled), w.open, w.gaps, w.size}
}

// Rewind drops what was written since s. It must not be used across Parts,
// Reset or Release, nor when a header that was open at s got its length since.
// Pins of dropped parts are unpinned by Release.
func (w *Writer) Rewind(s State) {
	if s.parts > len(w.parts) || s.pooled > len(w.pooled) || s.open > w.open {
		panic("BUG: resp.Writer: rewound to a state that is gone")
	}
	for i := s.parts; i < len(w.parts); i++ {
		if pin := w.parts[i].Pin; pin != 0 {
			w.dropped = append(w.dropped, pin)
		}
		w.parts[i] = Part{}
	}
	w.parts = w.parts[:s.parts]
	w.releaseChunks(s.pooled)
	w.buf, w.open, w.gaps, w.size = s.buf, s.open, s.gaps, s.size
}
