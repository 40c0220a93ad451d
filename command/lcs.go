package command

import (
	"encoding/binary"
	"math/bits"
)

// The longest common subsequence of two strings a and b, 64 cells of the
// classic matrix at a time (Hyyrö, "Bit-parallel LCS-length computation
// revisited", 2004). Let L(i,j) be the length for the first i bytes of a and
// the first j of b. A row of the matrix never steps up by more than one, so a
// bit per cell holds it: bit j-1 of row i is 0 where L(i,j) = L(i,j-1)+1.
//
// The bits are enough to find the subsequence. Walking back from the end, at a
// cell whose bytes differ L(i,j) is the larger of L(i-1,j) and L(i,j-1); the
// step goes up if L(i-1,j) is strictly larger, as Redis steps, and that is the
// case exactly where the bit is 0. The matrix takes 1/32 of the memory and
// about 1/40 of the time of one of 32-bit numbers.

// lcsRow is a row of the matrix with what it takes to compute the next.
type lcsRow struct {
	row   []uint64
	masks []uint64   // for each byte of a: where it stands in b, len(row) words
	mask  [256]int32 // byte: start of its mask in masks, -1 if not in a
}

func newLCSRow(a, b []byte) *lcsRow {
	r := &lcsRow{row: make([]uint64, (len(b)+63)/64)}
	for i := range r.row {
		r.row[i] = ^uint64(0)
	}
	for i := range r.mask {
		r.mask[i] = -1
	}
	distinct := 0
	for _, c := range a {
		if r.mask[c] < 0 {
			r.mask[c] = int32(distinct)
			distinct++
		}
	}
	r.masks = make([]uint64, distinct*len(r.row))
	for j, c := range b {
		if k := r.mask[c]; k >= 0 {
			r.masks[int(k)*len(r.row)+j/64] |= 1 << (j % 64)
		}
	}
	return r
}

// next computes the row below for the byte c of a.
func (r *lcsRow) next(c byte) {
	mask := r.masks[int(r.mask[c])*len(r.row):][:len(r.row)]
	carry := uint64(0)
	for w, v := range r.row {
		var sum uint64
		sum, carry = bits.Add64(v, v&mask[w], carry)
		r.row[w] = sum | v&^mask[w]
	}
}

// length returns L for the row and all of b, which has n bytes.
func (r *lcsRow) length(n int) int {
	zeros := 0
	for w, v := range r.row {
		if left := n - w*64; left < 64 {
			v |= ^uint64(0) << left
		}
		zeros += 64 - bits.OnesCount64(v)
	}
	return zeros
}

// lcsLength returns the length of the longest common subsequence.
func lcsLength(a, b []byte) int {
	r := newLCSRow(a, b)
	for _, c := range a {
		r.next(c)
	}
	return r.length(len(b))
}

// lcsMatrix is all rows, in whole bytes.
type lcsMatrix struct {
	a, b   []byte
	rows   []byte
	stride int
	length int
}

func newLCSMatrix(a, b []byte) *lcsMatrix {
	m := &lcsMatrix{a: a, b: b, stride: (len(b) + 7) / 8}
	// Words are stored whole; what is behind a row is overwritten by the next.
	m.rows = make([]byte, len(a)*m.stride+8)
	r := newLCSRow(a, b)
	for i, c := range a {
		r.next(c)
		for w, v := range r.row {
			binary.LittleEndian.PutUint64(m.rows[i*m.stride+w*8:], v)
		}
	}
	m.length = r.length(len(b))
	return m
}

// walk calls f with the indexes of each byte of the subsequence in a and b,
// from the last to the first.
func (m *lcsMatrix) walk(f func(i, j int)) {
	for i, j := len(m.a)-1, len(m.b)-1; i >= 0 && j >= 0; {
		switch {
		case m.a[i] == m.b[j]:
			f(i, j)
			i, j = i-1, j-1
		case m.rows[i*m.stride+j/8]>>(j%8)&1 == 0:
			i--
		default:
			j--
		}
	}
}
