package geo

import "math"

// Shape is what a search covers: a circle if Box is false, else a box whose
// sides run along the meridians and parallels. Lengths are in a unit of Unit
// metres.
type Shape struct {
	Lon, Lat      float64 // the middle
	Box           bool
	Radius        float64
	Width, Height float64
	Unit          float64
}

// Contains reports whether the shape contains a place, and the metres to its
// middle if it does and exact is set. Most places that a search looks at are
// inside or outside by so much that a cheap distance shows it.
func (s *Shape) Contains(lon, lat float64, exact bool) (distance float64, ok bool) {
	alongMeridian := latDistance(lat, s.Lat)
	if s.Box {
		if alongMeridian > s.Height*s.Unit/2 || !within(lon, lat, s.Lon, lat, s.Width*s.Unit/2) {
			return 0, false
		}
		if exact {
			distance = Distance(s.Lon, s.Lat, lon, lat)
		}
		return distance, true
	}
	radius := s.Radius * s.Unit
	if alongMeridian > radius*(1+slack)+slack {
		return 0, false
	}
	if !exact {
		return 0, within(s.Lon, s.Lat, lon, lat, radius)
	}
	if roughDistance(s.Lon, s.Lat, lon, lat) > radius*(1+slack)+slack {
		return 0, false
	}
	distance = Distance(s.Lon, s.Lat, lon, lat)
	return distance, !(distance > radius)
}

// within reports whether the distance of two places is at most limit.
func within(lon1, lat1, lon2, lat2, limit float64) bool {
	rough := roughDistance(lon1, lat1, lon2, lat2)
	if math.Abs(rough-limit) > limit*slack+slack {
		return rough < limit
	}
	return !(Distance(lon1, lat1, lon2, lat2) > limit)
}

// slack is far more than the error of roughDistance, relative and in metres.
const slack = 1e-3

// Range is a range of numbers; Max is not part of it.
type Range struct {
	Min, Max uint64
}

// Ranges returns the ranges of numbers of all places in the shape, and others,
// in the order in which they are searched. n is how many there are.
func (s *Shape) Ranges() (ranges [9]Range, n int) {
	cells := s.cells()
	last := -1
	for i, c := range cells {
		// Around a large shape neighbours may be the same. The comparison is
		// with the one before only, and not with the middle.
		if c.step == 0 || last > 0 && c == cells[last] {
			continue
		}
		shift := 2 * (stepMax - c.step)
		ranges[n] = Range{c.bits << shift, (c.bits + 1) << shift}
		n++
		last = i
	}
	return ranges, n
}

// cell is a cell of the grid of a step; step 0 stands for none.
type cell struct {
	bits uint64
	step uint
}

// move returns the cell dx to the east and dy to the north, around the edges
// of the map if need be. At the eastern and northern edges itself a place is in
// a cell behind the last one, until it is moved from there.
func (c cell) move(dx, dy int) cell {
	mask := uint32(1)<<c.step - 1
	x, y := gather(c.bits>>1), gather(c.bits)
	if dx != 0 {
		x = (x + uint32(dx)) & mask
	}
	if dy != 0 {
		y = (y + uint32(dy)) & mask
	}
	return cell{interleave(y, x), c.step}
}

// area is the part of the map that a cell covers.
type area struct {
	lonMin, lonMax, latMin, latMax float64
}

func areaOf(c cell) area {
	scale := float64(uint64(1) << c.step)
	y, x := gather(c.bits), gather(c.bits>>1)
	return area{
		lonMin: float64(float64(x)/scale*(2*LonMax)) - LonMax, lonMax: float64(float64(x+1)/scale*(2*LonMax)) - LonMax,
		latMin: float64(float64(y)/scale*(2*LatMax)) - LatMax, latMax: float64(float64(y+1)/scale*(2*LatMax)) - LatMax,
	}
}

// bounds returns a box around the shape.
func (s *Shape) bounds() area {
	height, width := s.Unit*s.Radius, s.Unit*s.Radius
	if s.Box {
		height, width = s.Unit*(s.Height/2), s.Unit*(s.Width/2)
	}
	latDelta := degrees(height / earthRadius)
	// The parallel that is nearer to a pole is the shorter one.
	near := s.Lat + latDelta
	if s.Lat < 0 {
		near = s.Lat - latDelta
	}
	lonDelta := degrees(width / earthRadius / cos(radians(near)))
	return area{
		lonMin: s.Lon - lonDelta, lonMax: s.Lon + lonDelta,
		latMin: s.Lat - latDelta, latMax: s.Lat + latDelta,
	}
}

// reach returns the metres from the middle to the farthest point.
func (s *Shape) reach() float64 {
	if !s.Box {
		return s.Radius * s.Unit
	}
	w, h := s.Width/2, s.Height/2
	return math.Sqrt(float64(w*w)+float64(h*h)) * s.Unit
}

// steps estimates the finest grid of which nine cells cover what is within
// reach of a place.
func steps(reach, lat float64) uint {
	if reach == 0 {
		return stepMax
	}
	step := 1
	for ; reach < mercatorMax; step++ {
		reach *= 2
	}
	step -= 2
	// Cells are narrower towards the poles.
	if math.Abs(lat) > 66 {
		step--
		if math.Abs(lat) > 80 {
			step--
		}
	}
	return uint(max(1, min(step, stepMax)))
}

// The places of the neighbours in the order of a search.
const (
	center = iota
	north
	south
	east
	west
	northEast
	northWest
	southEast
	southWest
)

var moves = [9][2]int{
	north: {0, 1}, south: {0, -1}, east: {1, 0}, west: {-1, 0},
	northEast: {1, 1}, northWest: {-1, 1}, southEast: {1, -1}, southWest: {-1, -1},
}

// cells returns the cell of the middle and its neighbours, without those that
// the shape does not reach.
func (s *Shape) cells() (cells [9]cell) {
	box := s.bounds()
	step := steps(s.reach(), s.Lat)
	around := func() {
		middle := cell{encode(s.Lon, s.Lat, LatMax, step), step}
		for i, m := range moves {
			cells[i] = middle.move(m[0], m[1])
		}
	}
	around()
	if step > 1 && s.tooFine(&cells, box) {
		step--
		around()
	}
	if step < 2 {
		return cells
	}
	drop := func(useless bool, which ...int) {
		if useless {
			for _, i := range which {
				cells[i] = cell{}
			}
		}
	}
	a := areaOf(cells[center])
	drop(a.latMin < box.latMin, south, southWest, southEast)
	drop(a.latMax > box.latMax, north, northEast, northWest)
	drop(a.lonMin < box.lonMin, west, southWest, northWest)
	drop(a.lonMax > box.lonMax, east, southEast, northEast)
	return cells
}

// tooFine reports whether the cells do not cover the box around the shape.
func (s *Shape) tooFine(cells *[9]cell, box area) bool {
	return areaOf(cells[north]).latMax < box.latMax || areaOf(cells[south]).latMin > box.latMin ||
		areaOf(cells[east]).lonMax < box.lonMax || areaOf(cells[west]).lonMin > box.lonMin
}
