package pack

import "encoding/binary"

// Gap makes room for count elements of size bytes together before at, which
// Put fills one behind the other; until then the pack is not valid. The pack
// has room for size bytes.
func (p Pack) Gap(at, size, count int) Pack {
	q := p[:len(p)+size]
	copy(q[at+size:], p[at:])
	q.setBytes()
	q.addLen(count)
	return q
}

// Put writes e at at, in a gap, and returns the position behind it.
func (p Pack) Put(at int, e Element) int {
	e.encode(p[at:])
	return at + e.Size()
}

// Prepend puts e before the first element of the pack that begins at
// memory[off], of which everything else stays in place: the header moves to the
// left. off is at least e.Size(), and e is no view of the header. It returns
// where the pack begins then.
func Prepend(memory []byte, off int, e Element) int {
	size := e.Size()
	p := Pack(memory[off:])
	total, count := Bytes(p)+size, binary.LittleEndian.Uint16(p[4:])
	off -= size
	p = Pack(memory[off : off+total])
	binary.LittleEndian.PutUint32(p, uint32(total))
	binary.LittleEndian.PutUint16(p[4:], count)
	p.addLen(1)
	e.encode(p[HeaderBytes:])
	return off
}

// DropFirst takes count elements, which it has, off the front of the pack that
// begins at memory[off], of which everything else stays in place: the header
// moves to the right. It returns where the pack begins then.
func DropFirst(memory []byte, off, count int) int {
	p := Pack(memory[off : off+Bytes(memory[off:])])
	total, at, have := len(p), HeaderBytes, binary.LittleEndian.Uint16(p[4:])
	for i := 0; i < count; i++ {
		at = p.Next(at)
	}
	off += at - HeaderBytes
	p = Pack(memory[off : off+total-(at-HeaderBytes)])
	p.setBytes()
	binary.LittleEndian.PutUint16(p[4:], have)
	p.addLen(-count)
	return off
}

// DeleteEqual takes out the elements that are e, in one pass: at most limit of
// them, behind the first skip. It returns how many those were.
func (p Pack) DeleteEqual(e Element, skip, limit int) (Pack, int) {
	at := p.Find(p.First(), e, 0)
	for ; at >= 0 && skip > 0; skip-- {
		at = p.Find(p.Next(at), e, 0)
	}
	size, removed, to := e.Size(), 0, at
	for at >= 0 && removed < limit {
		removed++
		from := at + size
		if at = -1; removed < limit {
			at = p.Find(from, e, 0)
		}
		end := at
		if at < 0 {
			end = len(p)
		}
		to += copy(p[to:], p[from:end])
	}
	if removed == 0 {
		return p, 0
	}
	q := p[:to]
	q.setBytes()
	q.addLen(-removed)
	return q, removed
}

// CountEqual returns how many elements are e.
func (p Pack) CountEqual(e Element) int {
	n := 0
	for at := p.Find(p.First(), e, 0); at >= 0; at = p.Find(p.Next(at), e, 0) {
		n++
	}
	return n
}

// Insert puts e before at, the end mark for the end. The pack has room for
// e.Size() bytes, and e is no view of it. The position of e is at.
func (p Pack) Insert(at int, e Element) Pack {
	size := e.Size()
	q := p[:len(p)+size]
	copy(q[at+size:], p[at:])
	e.encode(q[at:])
	q.setBytes()
	q.addLen(1)
	return q
}

// Append is Insert at the end.
func (p Pack) Append(e Element) Pack { return p.Insert(p.End(), e) }

// Replace makes e the element at at. The pack has room for e.Size() bytes more,
// and e is no view of it.
func (p Pack) Replace(at int, e Element) Pack {
	have, size := p.Next(at)-at, e.Size()
	q := p
	if have != size {
		q = p[:len(p)-have+size]
		copy(q[at+size:], p[at+have:])
		q.setBytes()
	}
	e.encode(q[at:])
	return q
}

// Delete takes out count elements from at on, or as many as there are. What
// followed is at at afterwards.
func (p Pack) Delete(at, count int) Pack {
	end, n := at, 0
	for ; n < count && !p.IsEnd(end); n++ {
		end = p.Next(end)
	}
	return p.cut(at, end, n)
}

// cut takes out the n elements between two positions.
func (p Pack) cut(from, to, n int) Pack {
	q := p[:len(p)-(to-from)]
	copy(q[from:], p[to:])
	q.setBytes()
	q.addLen(-n)
	return q
}

// AppendPack appends all elements of other, which does not overlap. The pack
// has room for len(other)-EmptyBytes bytes.
func (p Pack) AppendPack(other Pack) Pack {
	n := other.Len()
	end := p.End()
	q := p[:end+len(other)-HeaderBytes]
	copy(q[end:], other[HeaderBytes:])
	q.setBytes()
	q.addLen(n)
	return q
}
