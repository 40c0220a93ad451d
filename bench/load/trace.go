package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Trace is the sequence in which a cache's keys are used.
type Trace struct {
	Name string
	Uses []uint32 // numbers of keys; read only
}

// Parts of the traces, as shares of their length.
const (
	// scanParts is of how many parts a trace with scans has: every third one is
	// a scan.
	scanParts = 15
	// shiftParts is how often the popularity of keys moves on.
	shiftParts = 8
	// shiftShare is by which share, one in so many, of the keys it does.
	shiftShare = 400
)

// Exponents are of the Zipf traces: the usual range of what is measured of web
// caches and key-value stores.
var Exponents = [...]float64{0.9, 1.0, 1.1}

// Traces returns the traces by which caches are compared, each of so many uses:
// the plain Zipf ones, one of exponent 1 between scans, which are of keys that
// never come again, and one of exponent 1 whose popular keys change. Keys that
// come again have numbers below keys. The same seed gives the same traces.
func Traces(keys, uses int, seed uint64) []Trace {
	var all []Trace
	for i, exponent := range Exponents {
		next := zipf(rand.New(rand.NewPCG(seed, uint64(i))), keys, exponent)
		all = append(all, makeTrace(fmt.Sprintf("zipf %.1f", exponent), uses, func(int) int { return next() }))
	}
	scanned := zipf(rand.New(rand.NewPCG(seed, 100)), keys, 1)
	shifted := zipf(rand.New(rand.NewPCG(seed, 101)), keys, 1)
	return append(all,
		makeTrace("zipf 1.0, scans", uses, func(i int) int {
			if i*scanParts/uses%3 == 2 {
				return keys + i
			}
			return scanned()
		}),
		makeTrace("zipf 1.0, shifting", uses, func(i int) int {
			return (shifted() + i*shiftParts/uses*(keys/shiftShare)) % keys
		}))
}

func makeTrace(name string, uses int, key func(i int) int) Trace {
	t := Trace{Name: name, Uses: make([]uint32, uses)}
	for i := range t.Uses {
		t.Uses[i] = uint32(key(i))
	}
	return t
}

// zipf returns a source of numbers below n, of which the i-th has a probability
// in proportion to 1/(i+1)^exponent. The one of math/rand is not for exponents
// of 1 and less.
func zipf(r *rand.Rand, n int, exponent float64) func() int {
	sums := make([]float64, n)
	sum := 0.0
	for i := range sums {
		sum += math.Pow(float64(i+1), -exponent)
		sums[i] = sum
	}
	return func() int {
		i, _ := slices.BinarySearch(sums, r.Float64()*sum)
		return min(i, n-1)
	}
}
