package db

// hllSpan is the number of registers of an opcode by its first byte; that of
// an XZERO lacks its second one.
var hllSpan = func() (spans [256]uint16) {
	for op := range spans {
		switch {
		case op&0x80 != 0:
			spans[op] = uint16(op&3) + 1
		case op&0x40 != 0:
			spans[op] = uint16(op&63)<<8 + 1
		default:
			spans[op] = uint16(op) + 1
		}
	}
	return spans
}()

func isVal(op byte) bool   { return op&0x80 != 0 }
func isXZero(op byte) bool { return op>>6 == 1 }

func valOf(op byte) uint8 { return op>>2&31 + 1 }

// valOp is a VAL of that value for n registers.
func valOp(value uint8, n int) byte { return 0x80 | (value-1)<<2 | byte(n-1) }

// appendZeros appends the opcode of n registers that are zero.
func appendZeros(b []byte, n int) []byte {
	if n > hllZeroMax {
		return append(b, 0x40|byte((n-1)>>8), byte(n-1))
	}
	return append(b, byte(n-1))
}

// opAt returns how many registers the opcode at s[p] covers and how many bytes
// it has.
func opAt(s []byte, p int) (span, size int) {
	op := s[p]
	span, size = int(hllSpan[op]), 1
	if isXZero(op) {
		size = 2
		if p+1 < len(s) {
			span += int(s[p+1])
		}
	}
	return span, size
}

// eachVal calls f for the VAL opcodes of s, with the first register of each,
// and reports whether s covers all registers and no more. f is never handed
// registers that there are not.
func eachVal(s []byte, f func(first, n int, value uint8)) bool {
	first := 0
	for p := 0; p < len(s); {
		span, size := opAt(s, p)
		if first+span > HLLRegisters {
			return false
		}
		if isVal(s[p]) {
			f(first, span, valOf(s[p]))
		}
		first += span
		p += size
	}
	return first == HLLRegisters
}

func sparseOK(s []byte) bool { return eachVal(s, func(int, int, uint8) {}) }

func sparseHistogram(s []byte, histogram *[64]int) bool {
	histogram[0] = HLLRegisters
	return eachVal(s, func(_, n int, value uint8) {
		histogram[value] += n
		histogram[0] -= n
	})
}

func sparseUnion(s []byte, registers *[HLLRegisters]uint8) bool {
	return eachVal(s, func(first, n int, value uint8) {
		for i := first; i < first+n; i++ {
			registers[i] = max(registers[i], value)
		}
	})
}

// sparseToDense writes the registers of s, which is whole, to dense, which is
// zero.
func sparseToDense(s, dense []byte) {
	eachVal(s, func(first, n int, value uint8) {
		for i := first; i < first+n; i++ {
			setDenseRegister(dense, i, value)
		}
	})
}

// hllPlace is where the search for a register begins: at the opcode at byte
// offset, whose first register is first. Who sets registers in ascending order
// keeps it from one to the next.
type hllPlace struct {
	offset, first int
}

// hllSparseSet raises a register of the sparse e to count. Results are as for
// HLLAdd.
func (d *DB) hllSparseSet(key []byte, hash uint64, e *Entry, index int, count uint8, at *hllPlace) (*Entry, bool, bool) {
	if count > hllValueMax {
		return d.hllPromote(key, hash, e, index, count)
	}
	s := e.Bytes(nil)[hllHeader:]
	p, first, previous, span, size := at.offset, at.first, at.offset, 0, 0
	for p < len(s) {
		if span, size = opAt(s, p); index < first+span {
			break
		}
		*at = hllPlace{p, first}
		previous = p
		p += size
		first += span
	}
	if p >= len(s) {
		return e, false, false
	}
	if p == at.offset && p > 0 {
		// The opcode where the search began was joined with this one: the one
		// before it is not known.
		*at = hllPlace{}
		return d.hllSparseSet(key, hash, e, index, count, at)
	}
	op := s[p]
	if isVal(op) && valOf(op) >= count {
		return e, false, true
	}
	// What becomes of the opcode: the register by itself, and what was before
	// and behind it.
	var room [5]byte
	sequence := splitOp(room[:0], op, count, index-first, span-1-(index-first))
	grown := len(sequence) - size
	if grown > 0 && hllHeader+len(s)+grown > int(d.keys.Limits.HLLSparse) {
		return d.hllPromote(key, hash, e, index, count)
	}
	if p+size > len(s) {
		// An XZERO without its second byte was counted with it.
		sequence = sequence[:len(sequence)-1]
		size--
	}
	// From the opcode before this one, some opcodes are joined. They reach less
	// than twelve bytes, so a window is all that changes.
	const reach = 16
	drop := min(p+size+reach, len(s)) - previous
	var window [2 + 5 + reach]byte
	n := copy(window[:], s[previous:p])
	n += copy(window[n:], sequence)
	n += copy(window[n:], s[p+size:previous+drop])
	joined := joinVals(window[:n])
	e = d.splice(key, hash, e, hllHeader+previous, drop, joined)
	d.HLLTouch(key, hash, e)
	return e, true, true
}

// splitOp appends the opcodes that say what op said of the before and behind
// registers around one, and that this one is count.
func splitOp(b []byte, op byte, count uint8, before, behind int) []byte {
	if before > 0 {
		if isVal(op) {
			b = append(b, valOp(valOf(op), before))
		} else {
			b = appendZeros(b, before)
		}
	}
	b = append(b, valOp(count, 1))
	if behind > 0 {
		if isVal(op) {
			b = append(b, valOp(valOf(op), behind))
		} else {
			b = appendZeros(b, behind)
		}
	}
	return b
}

// joinVals joins neighbouring VALs of the same value where one opcode can say
// it, in the first five steps over the window, and returns what is left of it.
func joinVals(window []byte) []byte {
	const steps = 5
	p := 0
	for range steps {
		if p >= len(window) {
			break
		}
		op := window[p]
		if isXZero(op) {
			p += 2
			continue
		}
		if isVal(op) && p+1 < len(window) && isVal(window[p+1]) && valOf(op) == valOf(window[p+1]) {
			if n := int(hllSpan[op] + hllSpan[window[p+1]]); n <= hllValMax {
				window[p+1] = valOp(valOf(op), n)
				window = append(window[:p], window[p+1:]...)
				continue
			}
		}
		p++
	}
	return window
}

// hllPromote makes e dense and raises a register of it.
func (d *DB) hllPromote(key []byte, hash uint64, e *Entry, index int, count uint8) (*Entry, bool, bool) {
	if !d.HLLToDense(key, hash, e) {
		return e, false, false
	}
	e = d.Peek(key, hash)
	setDenseRegister(d.Writable(key, hash, e, 0, hllDenseSize)[hllHeader:], index, count)
	return e, true, true
}
