package resp

// Shared appends b, which is protocol already, without a copy. It lies in
// memory that pin, not 0, names, and stays as it is until Release calls unpin
// with pin. It reports whether that will be once more for this call: if b
// begins where the last part of the same pin ends, and the capacity of that
// part reaches over it, the part becomes longer and b needs no pin of its own.
// It must not be used between State and Rewind.
func (w *Writer) Shared(b []byte, pin uint64) (held bool) {
	if len(b) == 0 {
		return false
	}
	w.seal()
	if last := len(w.parts) - 1; last >= 0 {
		p := &w.parts[last]
		if n := len(p.Bytes); p.Pin == pin && cap(p.Bytes) >= n+len(b) && &p.Bytes[:n+1][n] == &b[0] {
			p.Bytes = p.Bytes[:n+len(b)]
			w.size += len(b)
			return false
		}
	}
	w.parts = append(w.parts, Part{Bytes: b, Pin: pin})
	w.size += len(b)
	return true
}

// Take moves what o holds behind what w holds: parts that are pinned with their
// pins, the rest as a copy. o is empty then, and has no chunk. All deferred
// lengths of o must be set.
func (w *Writer) Take(o *Writer) {
	for i, p := range o.Parts() {
		if p.Pin == 0 {
			w.Raw(p.Bytes)
			continue
		}
		w.seal()
		w.parts = append(w.parts, p)
		w.size += len(p.Bytes)
		o.parts[i].Pin = 0
	}
	o.Release(nil)
}
