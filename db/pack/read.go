package pack

// Text returns the element at at as a string, and the position behind it. A
// string is a view of the pack; an integer is printed into scratch, as
// Element.Text does.
func (p Pack) Text(at int, scratch []byte) (text []byte, next int) {
	if c := p[at]; c >= 0x80 && c < enc13Bit {
		end := at + 1 + int(c&0x3f)
		return p[at+1 : end], end + 1
	}
	return p.Get(at).Text(scratch), p.Next(at)
}

// Int returns the integer at at and the position behind it; the caller knows
// that the element is one.
func (p Pack) Int(at int) (n int64, next int) {
	if c := p[at]; c < 0x80 {
		return int64(c), at + 2
	}
	return p.longInt(at)
}

func (p Pack) longInt(at int) (n int64, next int) { return p.Get(at).Int, p.Next(at) }
