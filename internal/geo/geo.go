// Package geo turns places on Earth into numbers of 52 bits, of which close
// ones are often close, and finds the ranges of numbers that cover a circle or
// a box. Numbers, cells and their order are those of Redis, so that an index
// made by one server can be searched by another with the same outcome.
//
// A number interleaves 26 bits of latitude, in the even places, with 26 bits of
// longitude. Its first 2n bits name a cell of a grid of 2^n by 2^n cells.
package geo

import "math"

// The places that can be indexed: latitudes are those of a square map in the
// projection of Mercator.
const (
	LonMax = 180.0
	LatMax = 85.05112878
)

const (
	stepMax = 26
	// earthRadius is in metres.
	earthRadius = 6372797.560856
	// mercatorMax is half of the circumference at the equator, in metres.
	mercatorMax = 20037726.37
	// degree is one in radians, rounded twice as a division of doubles is.
	degree = float64(math.Pi) / 180
)

func radians(deg float64) float64 { return deg * degree }
func degrees(rad float64) float64 { return rad / degree }

// Valid reports whether the place can be indexed.
func Valid(lon, lat float64) bool {
	return lon >= -LonMax && lon <= LonMax && lat >= -LatMax && lat <= LatMax
}

// Encode returns the number of a place, which is Valid.
func Encode(lon, lat float64) uint64 { return encode(lon, lat, LatMax, stepMax) }

// encode returns the cell of a place in the grid of that step, which ranges to
// latMax.
func encode(lon, lat, latMax float64, step uint) uint64 {
	y := (lat + latMax) / (2 * latMax)
	x := (lon + LonMax) / (2 * LonMax)
	scale := float64(uint64(1) << step)
	return interleave(uint32(y*scale), uint32(x*scale))
}

// Decode returns the middle of the smallest cell with that number.
func Decode(bits uint64) (lon, lat float64) {
	a := areaOf(cell{bits, stepMax})
	return middle(a.lonMin, a.lonMax, LonMax), middle(a.latMin, a.latMax, LatMax)
}

func middle(low, high, limit float64) float64 {
	return max(-limit, min((low+high)/2, limit))
}

// OfScore makes a score of a sorted set a number, as a conversion in C on
// common processors does even for what is none.
func OfScore(score float64) uint64 {
	const half = 1 << 63
	switch {
	case score >= 2*half || score != score:
		return 0
	case score >= half:
		return uint64(score-half) + half
	case score < -half:
		return half
	}
	return uint64(int64(score))
}

// alphabet is that of geohash strings.
const alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"

// AppendHash appends the geohash string of the place with that number, in
// eleven characters. The last one is always 0: there are only 52 bits.
func AppendHash(b []byte, bits uint64) []byte {
	lon, lat := Decode(bits)
	// The strings are of a grid that ranges to the poles.
	hash := encode(lon, lat, 90, stepMax)
	for shift := 47; shift >= 0; shift -= 5 {
		b = append(b, alphabet[hash>>shift&31])
	}
	return append(b, alphabet[0])
}

// Distance returns the metres between two places on a sphere, by the haversine
// formula.
func Distance(lon1, lat1, lon2, lat2 float64) float64 {
	v := sin((radians(lon2) - radians(lon1)) / 2)
	if v == 0 {
		return latDistance(lat1, lat2)
	}
	r1, r2 := radians(lat1), radians(lat2)
	u := sin((r2 - r1) / 2)
	a := float64(u*u) + float64(float64(float64(cos(r1)*cos(r2))*v)*v)
	return 2 * earthRadius * asin(math.Sqrt(a))
}

// roughDistance is Distance with the functions of package math.
func roughDistance(lon1, lat1, lon2, lat2 float64) float64 {
	r1, r2 := radians(lat1), radians(lat2)
	u, v := math.Sin((r2-r1)/2), math.Sin(radians(lon2-lon1)/2)
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, u*u+math.Cos(r1)*math.Cos(r2)*v*v)))
}

// latDistance is Distance along a meridian.
func latDistance(lat1, lat2 float64) float64 {
	return earthRadius * math.Abs(float64(radians(lat2))-float64(radians(lat1)))
}

// interleave spreads the bits of y to the even places and those of x to the
// odd ones.
func interleave(y, x uint32) uint64 { return spread(y) | spread(x)<<1 }

func spread(v uint32) uint64 {
	w := uint64(v)
	w = (w | w<<16) & 0x0000ffff0000ffff
	w = (w | w<<8) & 0x00ff00ff00ff00ff
	w = (w | w<<4) & 0x0f0f0f0f0f0f0f0f
	w = (w | w<<2) & 0x3333333333333333
	return (w | w<<1) & 0x5555555555555555
}

// gather is the inverse of spread; bits in odd places are ignored.
func gather(w uint64) uint32 {
	w &= 0x5555555555555555
	w = (w | w>>1) & 0x3333333333333333
	w = (w | w>>2) & 0x0f0f0f0f0f0f0f0f
	w = (w | w>>4) & 0x00ff00ff00ff00ff
	w = (w | w>>8) & 0x0000ffff0000ffff
	return uint32(w | w>>16)
}
