package pack

// Appender puts several elements at the end of a pack and brings the pack's
// header and end mark up to date once, when all are there.
type Appender struct {
	p     Pack
	at, n int
}

// Appender begins to append to p, which has room for all that is put. p is not
// valid again before Done.
func (p Pack) Appender() Appender { return Appender{p: p, at: p.End()} }

// Put appends e, which is no view of the pack.
func (a *Appender) Put(e Element) {
	size := e.Size()
	e.encode(a.p[a.at : a.at+size : cap(a.p)][:size])
	a.at += size
	a.n++
}

// PutInt is Put for an integer.
func (a *Appender) PutInt(n int64) {
	if n >= 0 && n <= 127 {
		q := a.p[: a.at+2 : cap(a.p)]
		q[a.at], q[a.at+1] = byte(n), 1
		a.at += 2
		a.n++
		return
	}
	a.Put(OfInt(n))
}

// Done ends appending and returns the pack.
func (a *Appender) Done() Pack {
	q := a.p[:a.at+1]
	q[a.at] = endMark
	q.setBytes()
	q.addLen(a.n)
	return q
}
