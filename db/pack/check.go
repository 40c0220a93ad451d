package pack

import "encoding/binary"

// Check reports whether b is a valid pack, every element and the counts
// included. It looks at every element.
func Check(b []byte) bool {
	if len(b) < EmptyBytes || len(b) > BytesMax || Bytes(b) != len(b) || b[len(b)-1] != endMark {
		return false
	}
	p, end, n := Pack(b), len(b)-1, 0
	for at := HeaderBytes; at < end; n++ {
		size := p.checkElement(at, end)
		if size == 0 {
			return false
		}
		at += size
	}
	count := int(binary.LittleEndian.Uint16(b[4:]))
	return count == countUnknown || count == n
}

// checkElement returns the size of the element at at, 0 if it is none that ends
// by end.
func (p Pack) checkElement(at, end int) int {
	left := end - at
	c := p[at]
	need := 1
	switch {
	case c > int64Enc:
		return 0
	case c >= str12Bit && c < str32Bit:
		need = 2
	case c == str32Bit:
		need = 5
	}
	if left < need {
		return 0
	}
	body := p.bodyAt(at)
	size := body + lengthSize(body)
	if body < 0 || size > left {
		return 0
	}
	var length [5]byte
	encodeLength(length[:], body)
	if string(p[at+body:at+size]) != string(length[:size-body]) {
		return 0
	}
	return size
}
