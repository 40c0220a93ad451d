package db

import (
	"encoding/binary"
	"math"
)

const (
	hllRegisterMask = 63
	// hllRegisterMax is the greatest that a hash of 64 bits can lead to.
	hllRegisterMax = 64 - hllIndexBits + 1
)

// denseRegister returns a register of b, the registers of a dense HyperLogLog.
func denseRegister(b []byte, i int) uint8 {
	at, shift := i*6>>3, i*6&7
	v := uint(b[at])
	if at+1 < len(b) {
		v |= uint(b[at+1]) << 8
	}
	return uint8(v >> shift & hllRegisterMask)
}

func setDenseRegister(b []byte, i int, value uint8) {
	at, shift := i*6>>3, i*6&7
	mask, v := uint(hllRegisterMask)<<shift, uint(value)<<shift
	b[at] = b[at]&^byte(mask) | byte(v)
	if at+1 < len(b) {
		b[at+1] = b[at+1]&^byte(mask>>8) | byte(v>>8)
	}
}

// eightRegisters returns six bytes, eight registers, of b as a number.
func eightRegisters(b []byte) uint64 {
	b = b[:6:6]
	return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint16(b[4:]))<<32
}

func denseHistogram(b []byte, histogram *[64]int) {
	for ; len(b) >= 6; b = b[6:] {
		v := eightRegisters(b)
		for range 8 {
			histogram[v&hllRegisterMask]++
			v >>= 6
		}
	}
}

func denseUnion(b []byte, registers *[HLLRegisters]uint8) {
	for r := registers[:]; len(b) >= 6 && len(r) >= 8; b, r = b[6:], r[8:] {
		v := eightRegisters(b)
		for i := range r[:8] {
			r[i] = max(r[i], uint8(v&hllRegisterMask))
			v >>= 6
		}
	}
}

// estimate returns the cardinality of which this is the histogram of the
// registers, by the estimator of Otmar Ertl, "New cardinality estimation
// algorithms for HyperLogLog sketches", arXiv:1702.01284, algorithm 6. The
// conversions keep processors that could from joining two roundings into one:
// the outcome is part of the value.
func estimate(histogram *[64]int) uint64 {
	const m = float64(HLLRegisters)
	const alpha = 0.721347520444481703680 // 1/(2 ln 2)
	z := float64(m * tau((m-float64(histogram[hllRegisterMax]))/m))
	for k := hllRegisterMax - 1; k >= 1; k-- {
		z = (z + float64(histogram[k])) * 0.5
	}
	z += float64(m * sigma(float64(histogram[0])/m))
	return uint64(math.Round(alpha * m * m / z))
}

// tau is the share of the registers at their greatest value.
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= float64(float64((1-x)*(1-x)) * y)
		if z == before {
			return z / 3
		}
	}
}

// sigma is the share of the registers at zero.
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += float64(x * y)
		y += y
		if z == before {
			return z
		}
	}
}

// murmur64A is MurmurHash64A by Austin Appleby, who gave it to the public.
func murmur64A(b []byte, seed uint64) uint64 {
	const (
		m = 0xc6a4a7935bd1e995
		r = 47
	)
	h := seed ^ uint64(len(b))*m
	for ; len(b) >= 8; b = b[8:] {
		k := binary.LittleEndian.Uint64(b) * m
		k ^= k >> r
		h = (h ^ k*m) * m
	}
	if len(b) > 0 {
		k := uint64(0)
		for i, c := range b {
			k |= uint64(c) << (8 * i)
		}
		h = (h ^ k) * m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}
