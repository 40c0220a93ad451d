package geo

import "math"

// The functions of package math are right to about a unit in the last place,
// which shows in distances that are stored. These are right to half a unit but
// for rare cases, as those of the common C libraries are: they calculate with
// pairs of floating point numbers, the second of which is the rounding error of
// the first (T. J. Dekker, "A floating-point technique for extending the
// available precision", 1971).

// pair is the sum of two numbers, the second far smaller than the first.
type pair struct{ hi, lo float64 }

func twoSum(a, b float64) pair {
	s := a + b
	t := s - a
	return pair{s, (a - (s - t)) + (b - t)}
}

func quickTwoSum(a, b float64) pair {
	s := a + b
	return pair{s, b - (s - a)}
}

func twoProduct(a, b float64) pair {
	p := float64(a * b)
	return pair{p, math.FMA(a, b, -p)}
}

func (a pair) add(b pair) pair {
	s := twoSum(a.hi, b.hi)
	return quickTwoSum(s.hi, s.lo+(a.lo+b.lo))
}

func (a pair) mul(b pair) pair {
	p := twoProduct(a.hi, b.hi)
	return quickTwoSum(p.hi, p.lo+(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
}

const (
	// seriesTerms are enough for angles up to a quarter of a right angle,
	// pairTerms of them as pairs: the others are so small that their own
	// rounding does not matter.
	seriesTerms = 11
	pairTerms   = 5
)

// inverse holds 1/n! with alternating signs: of odd n for the sine, of even n
// for the cosine.
var sineSeries, cosineSeries = series(1), series(0)

func series(n int) (terms [seriesTerms]pair) {
	factorial, sign := 1.0, 1.0
	for i := range terms {
		hi := sign / factorial
		terms[i] = pair{hi, math.FMA(-hi, factorial, sign) / factorial}
		factorial *= float64((n + 1) * (n + 2))
		n += 2
		sign = -sign
	}
	return terms
}

// sum evaluates a series in z by Horner's rule.
func sum(terms *[seriesTerms]pair, z pair) pair {
	tail := 0.0
	for i := seriesTerms - 1; i >= pairTerms; i-- {
		tail = float64(tail*z.hi) + terms[i].hi
	}
	s := pair{tail, 0}
	for i := pairTerms - 1; i >= 0; i-- {
		s = s.mul(z).add(terms[i])
	}
	return s
}

const (
	halfPi    = 0x1.921fb54442d18p+0
	halfPiLow = math.Pi/2 - halfPi
)

// sinPair returns the sine of x plus quarter right angles. x is of the size of
// an angle, not of many turns.
func sinPair(x float64, quarter int) pair {
	turns := math.RoundToEven(x / halfPi)
	r := twoProduct(-turns, halfPi)
	s := twoSum(x, r.hi)
	r = quickTwoSum(s.hi, s.lo+r.lo-float64(turns*halfPiLow))
	z := r.mul(r)
	var out pair
	switch quarter += int(turns); quarter & 1 {
	case 0:
		out = sum(&sineSeries, z).mul(r)
	default:
		out = sum(&cosineSeries, z)
	}
	if quarter&2 != 0 {
		return pair{-out.hi, -out.lo}
	}
	return out
}

func sin(x float64) float64 {
	if !(math.Abs(x) < 1e6) {
		return math.Sin(x)
	}
	if math.Abs(x) < 1e-9 {
		return x
	}
	return sinPair(x, 0).hi
}

func cos(x float64) float64 {
	if !(math.Abs(x) < 1e6) {
		return math.Cos(x)
	}
	return sinPair(x, 1).hi
}

// asin returns the angle of the sine x, by one step of Newton's method from
// what package math has.
func asin(x float64) float64 {
	y := math.Asin(x)
	if x < 1e-9 || !(x < 1) {
		return y
	}
	s := sinPair(y, 0)
	return y + ((x-s.hi)-s.lo)/math.Cos(y)
}
