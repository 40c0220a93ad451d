package db

import (
	"encoding/binary"
	"math"
	"strconv"
)

// AppendHLLOpcodes appends the opcodes of e, a sparse HyperLogLog, in the
// notation of PFDEBUG DECODE.
func (e *Entry) AppendHLLOpcodes(b []byte) []byte {
	s := e.Bytes(nil)[hllHeader:]
	for p := 0; p < len(s); {
		span, size := opAt(s, p)
		if p > 0 {
			b = append(b, ' ')
		}
		switch {
		case isVal(s[p]):
			b = append(b, "v:"...)
			b = strconv.AppendUint(b, uint64(valOf(s[p])), 10)
			b = append(b, ',')
		case isXZero(s[p]):
			b = append(b, "Z:"...)
		default:
			b = append(b, "z:"...)
		}
		b = strconv.AppendInt(b, int64(span), 10)
		p += size
	}
	return b
}

const (
	// selfTestElements is how many elements PFSELFTEST counts, and
	// selfTestError how many standard errors it may be wrong: once in ten
	// thousand million times at random, but the elements are always the same.
	selfTestElements = 1_000_000
	selfTestError    = 6
)

// HLLSelfTest writes all values to registers and counts known elements, for
// some hundredths of a second. It returns what is wrong, "" for nothing.
func HLLSelfTest() string {
	dense := make([]byte, hllDenseSize-hllHeader)
	value := func(i, round int) uint8 { return uint8(i*7+round*13) & hllRegisterMask }
	for round := range 8 {
		for i := range HLLRegisters {
			setDenseRegister(dense, i, value(i, round))
		}
		for i := range HLLRegisters {
			if got := denseRegister(dense, i); got != value(i, round) {
				return "Register " + strconv.Itoa(i) + " should be " + strconv.Itoa(int(value(i, round))) +
					" but is " + strconv.Itoa(int(got))
			}
		}
	}
	var registers [HLLRegisters]uint8
	relative := 1.04 / math.Sqrt(HLLRegisters)
	checkpoint := 1000
	for n := 1; n <= selfTestElements; n++ {
		var element [8]byte
		binary.LittleEndian.PutUint64(element[:], uint64(n))
		index, count := hllPosition(element[:])
		registers[index] = max(registers[index], count)
		if n != checkpoint {
			continue
		}
		checkpoint *= 10
		got := float64(HLLEstimate(&registers))
		if math.Abs(got-float64(n)) > selfTestError*relative*float64(n) {
			return "Too big error. card:" + strconv.Itoa(n) + " estimate:" + strconv.Itoa(int(got))
		}
	}
	return ""
}
