package arena

import "math/bits"

// Size classes. Up to 512 bytes they stand 8 apart, up to 1 KiB 16 apart,
// then 32 to a doubling, so rounding costs 3.5 bytes on average for small
// blocks and at most 1/32 for the others:
//
//	classes   0–63    8, 16, ... 512
//	classes  64–95    528, 544, ... 1024
//	classes  96–255   1056, 1088, ... 2048, 2112, ... 32768
//
// What is larger takes whole pages.
const (
	numClasses = 256
	fineMax    = 1024     // bytes; classes below are found by table
	smallMax   = 32 << 10 // bytes; larger blocks take pages of their own
	noClass    = 0xffff   // class of a unit that is no slab
	slabMin    = 8        // blocks in the smallest slab
	slabUnits  = 12       // units in the largest slab
	slabWaste  = 64       // a slab's tail wastes at most 1/slabWaste if a size allows it
	stepBits   = 5        // log2 of classes per doubling above fineMax
	fineClass  = 96       // classes up to fineMax
	fineLog    = 10       // log2 of fineMax
)

// fineClasses gives the class of a size up to fineMax, by size rounded up to
// Align.
var fineClasses = func() (t [fineMax/Align + 1]uint8) {
	for i := range t {
		switch size := i * Align; {
		case size == 0:
		case size <= 512:
			t[i] = uint8((size - 1) / 8)
		default:
			t[i] = uint8(64 + (size-513)/16)
		}
	}
	return t
}()

// classOf returns the size class of a size from 1 to smallMax.
func classOf(size int) uint8 {
	if i := uint(size+Align-1) / Align; i < uint(len(fineClasses)) {
		return fineClasses[i]
	}
	return coarseClass(size)
}

func coarseClass(size int) uint8 {
	n := uint(size - 1)
	doubling := uint(bits.Len(n)) - 1 - fineLog
	step := n >> (doubling + fineLog - stepBits) & (1<<stepBits - 1)
	return uint8(fineClass + doubling<<stepBits + step)
}

// classSizes holds the block size of every class in bytes, classUnits the
// units of memory its slabs take.
var classSizes, classUnits = func() (sizes [numClasses]uint32, units [numClasses]uint8) {
	for c := range sizes {
		switch {
		case c < 64:
			sizes[c] = uint32(c+1) * 8
		case c < fineClass:
			sizes[c] = 512 + uint32(c-63)*16
		default:
			doubling, step := (c-fineClass)>>stepBits, (c-fineClass)&(1<<stepBits-1)
			sizes[c] = uint32(1<<stepBits+step+1) << (doubling + fineLog - stepBits)
		}
		units[c] = slabUnitsFor(sizes[c])
	}
	return sizes, units
}()

// slabUnitsFor returns how many units a slab of blocks of size takes: the
// fewest that hold slabMin blocks and waste little at the end.
func slabUnitsFor(size uint32) uint8 {
	best, bestWaste := uint32(0), uint32(0)
	for u := uint32(1); u <= slabUnits; u++ {
		length := u * unitBytes
		if length/size < slabMin {
			continue
		}
		waste := length % size * 1024 / length
		if best == 0 || waste < bestWaste {
			best, bestWaste = u, waste
		}
		if bestWaste <= 1024/slabWaste {
			break
		}
	}
	return uint8(best)
}

// ClassSize returns the bytes an allocation of size bytes really occupies,
// and is accounted as.
func ClassSize(size int) int {
	if uint(size-1) < smallMax {
		return int(classSizes[classOf(size)])
	}
	if size <= 0 {
		panic("BUG: arena: allocation of no bytes")
	}
	return pagesFor(size) * pageBytes
}

func pagesFor(size int) int { return (size + pageBytes - 1) / pageBytes }
