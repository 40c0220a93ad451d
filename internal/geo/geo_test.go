package geo

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"basalt/internal/seeds"
)

func geoRandom(t testing.TB) *rand.Rand {
	seed := seeds.Of(t)
	return rand.New(rand.NewPCG(seed, 11))
}

// place returns one anywhere, or close to edges.
func place(r *rand.Rand) (lon, lat float64) {
	lon, lat = (r.Float64()*2-1)*LonMax, (r.Float64()*2-1)*LatMax
	switch r.IntN(8) {
	case 0:
		lon = math.Copysign(LonMax, lon)
	case 1:
		lat = math.Copysign(LatMax, lat)
	case 2:
		lon = math.Copysign(LonMax-r.Float64()/1000, lon)
	}
	return lon, lat
}

func TestSpread(t *testing.T) {
	r := geoRandom(t)
	for range 1000 {
		y, x := r.Uint32(), r.Uint32()
		bits := interleave(y, x)
		for i := range 32 {
			if bits>>(2*i)&1 != uint64(y>>i&1) || bits>>(2*i+1)&1 != uint64(x>>i&1) {
				t.Fatalf("%#x and %#x became %#x", y, x, bits)
			}
		}
		if gather(bits) != y || gather(bits>>1) != x {
			t.Fatalf("%#x does not come back", bits)
		}
	}
}

func TestDecodeEncodes(t *testing.T) {
	r := geoRandom(t)
	for range 10000 {
		lon, lat := place(r)
		bits := Encode(lon, lat)
		a, b := Decode(bits)
		if math.Abs(a-lon) > 6e-6 || math.Abs(b-lat) > 3e-6 {
			t.Fatalf("%v,%v became %v,%v", lon, lat, a, b)
		}
		if math.Abs(lon) < LonMax && math.Abs(lat) < LatMax && Encode(a, b) != bits {
			t.Fatalf("%v,%v: %#x became %#x", lon, lat, bits, Encode(a, b))
		}
	}
}

// TestRangesCover searches shapes for places that they contain.
func TestRangesCover(t *testing.T) {
	r := geoRandom(t)
	inside := 0
	for range 20000 {
		s := Shape{Unit: 1, Box: r.IntN(2) == 0}
		s.Lon, s.Lat = (r.Float64()*2-1)*170, (r.Float64()*2-1)*75
		size := math.Exp(r.Float64() * math.Log(400_000))
		s.Radius, s.Width, s.Height = size, size*2*r.Float64(), size*2*r.Float64()
		lon := s.Lon + (r.Float64()*2-1)*degrees(size/earthRadius)/math.Cos(radians(s.Lat))
		lat := s.Lat + (r.Float64()*2-1)*degrees(size/earthRadius)
		if !Valid(lon, lat) {
			continue
		}
		bits := Encode(lon, lat)
		lon, lat = Decode(bits)
		_, ok := s.Contains(lon, lat, true)
		if _, same := s.Contains(lon, lat, false); same != ok {
			t.Fatalf("%+v contains %v,%v: %v and %v", s, lon, lat, ok, same)
		}
		if !ok {
			continue
		}
		inside++
		found := false
		ranges, n := s.Ranges()
		for _, g := range ranges[:n] {
			found = found || bits >= g.Min && bits < g.Max
		}
		if !found {
			t.Fatalf("%+v contains %v,%v, the ranges do not", s, lon, lat)
		}
	}
	if inside < 5000 {
		t.Errorf("only %d places were inside", inside)
	}
}

// exactSin is the sine to about 200 bits.
func exactSin(x float64) *big.Float {
	z := new(big.Float).SetPrec(300).SetFloat64(x)
	square := new(big.Float).SetPrec(300).Mul(z, z)
	term, total := new(big.Float).Copy(z), new(big.Float).Copy(z)
	for n := int64(3); n < 80; n += 2 {
		term.Mul(term, square)
		term.Quo(term, new(big.Float).SetInt64(-n*(n-1)))
		total.Add(total, term)
	}
	return total
}

// TestTrigonometry counts results that are not the nearest number.
func TestTrigonometry(t *testing.T) {
	r := geoRandom(t)
	const rounds = 5000
	wrong := 0
	for range rounds {
		x := (r.Float64()*2 - 1) * math.Pi * math.Exp2(-float64(r.IntN(20)))
		if want, _ := exactSin(x).Float64(); sin(x) != want {
			wrong++
		}
		if y := asin(math.Abs(sin(x))); math.Abs(math.Sin(y)-math.Abs(sin(x))) > 3e-16 {
			t.Errorf("asin of %v is not %v", math.Abs(sin(x)), y)
		}
		if got, want := cos(x), math.Cos(x); math.Abs(got-want) > 3e-16 {
			t.Errorf("cos of %v is not %v", x, got)
		}
	}
	if wrong > 2 {
		t.Errorf("%d of %d sines are not the nearest number", wrong, rounds)
	}
}

func TestOfScore(t *testing.T) {
	for score, want := range map[float64]uint64{
		0: 0, 5.9: 5, -1: math.MaxUint64, 1 << 52: 1 << 52, 1 << 63: 1 << 63, math.Inf(1): 0, math.Inf(-1): 1 << 63, 1e300: 0,
	} {
		if got := OfScore(score); got != want {
			t.Errorf("%v: %#x, want %#x", score, got, want)
		}
	}
}

func BenchmarkDistance(b *testing.B) {
	for b.Loop() {
		Distance(13.361389, 38.115556, 15.087269, 37.502669)
	}
}
