package command

import (
	"math"
	"math/bits"
	"strconv"

	"basalt/db"
	"basalt/internal/decimal"
	"basalt/internal/geo"
)

// geoPoint is a place that a search found.
type geoPoint struct {
	member             db.Element
	score              float64
	distance, lon, lat float64 // distance in metres
}

// place returns the longitude and latitude at Args[i] and Args[i+1]; otherwise
// it replies what is wrong with them.
func (c *Context) place(i int) (lon, lat float64, ok bool) {
	if lon, ok = c.float(i, errNotFloat); !ok {
		return 0, 0, false
	}
	if lat, ok = c.float(i+1, errNotFloat); !ok {
		return 0, 0, false
	}
	if !geo.Valid(lon, lat) {
		c.Error("ERR invalid longitude,latitude pair " + sixDecimals(lon) + "," + sixDecimals(lat))
		return 0, 0, false
	}
	return lon, lat, true
}

// sixDecimals writes f as %f does in C.
func sixDecimals(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
}

// geoUnit returns the metres of the unit at Args[i]; otherwise it replies that
// there is none of that name.
func (c *Context) geoUnit(i int) (float64, bool) {
	switch name := c.Args[i]; {
	case equalFold(name, "m"):
		return 1, true
	case equalFold(name, "km"):
		return 1000, true
	case equalFold(name, "ft"):
		return 0.3048, true
	case equalFold(name, "mi"):
		return 1609.34, true
	}
	c.Error(errGeoUnit)
	return 0, false
}

func cmdGeoAdd(c *Context) {
	var flags db.ZFlags
	changed := false
	first := 2
options:
	for ; first < len(c.Args); first++ {
		switch {
		case equalFold(c.Args[first], "nx"):
			flags |= db.ZNX
		case equalFold(c.Args[first], "xx"):
			flags |= db.ZXX
		case equalFold(c.Args[first], "ch"):
			changed = true
		default:
			break options
		}
	}
	if rest := len(c.Args) - first; rest == 0 || rest%3 != 0 || flags == db.ZNX|db.ZXX {
		c.Error(errSyntax)
		return
	}
	points := c.points[:0]
	for i := first; i < len(c.Args); i += 3 {
		lon, lat, ok := c.place(i)
		if !ok {
			return
		}
		points = append(points, geoPoint{score: float64(geo.Encode(lon, lat))})
	}
	c.points = points
	e := c.LookupWrite(1)
	if !c.isZSet(e) {
		return
	}
	added, updated := 0, 0
	if e != nil || flags&db.ZXX == 0 {
		added, updated = c.addPoints(e, first, flags)
	}
	if added+updated > 0 {
		c.Changed(EventZSet, "zadd", c.DB, c.Args[1], added+updated)
	}
	if changed {
		added += updated
	}
	c.W.Int(int64(added))
}

// addPoints gives the members at Args[first+2] and every third behind it the
// scores of c.points. e is the entry of the key at Args[1], or nil.
func (c *Context) addPoints(e *db.Entry, first int, flags db.ZFlags) (added, updated int) {
	if e == nil {
		e = c.DB.ZCreate(c.Args[1], c.KeyHash(1), len(c.points), len(c.Args[first+2]))
	}
	for i := range c.points {
		switch outcome, _ := c.DB.ZAdd(e, c.points[i].score, c.Args[first+3*i+2], flags); outcome {
		case db.ZAdded:
			added++
		case db.ZUpdated:
			updated++
		}
	}
	return added, updated
}

func cmdGeoDist(c *Context) {
	unit, ok := 1.0, true
	if len(c.Args) > 5 {
		c.Error(errSyntax)
		return
	}
	if len(c.Args) == 5 {
		if unit, ok = c.geoUnit(4); !ok {
			return
		}
	}
	e := c.LookupRead(1)
	if e == nil {
		c.W.Null()
		return
	}
	if !c.isZSet(e) {
		return
	}
	first, ok := e.ZScore(c.Args[2])
	second, both := e.ZScore(c.Args[3])
	if !ok || !both {
		c.W.Null()
		return
	}
	lon1, lat1 := geo.Decode(geo.OfScore(first))
	lon2, lat2 := geo.Decode(geo.OfScore(second))
	c.replyDistance(geo.Distance(lon1, lat1, lon2, lat2) / unit)
}

func cmdGeoHash(c *Context) {
	e := c.LookupRead(1)
	if !c.isZSet(e) {
		return
	}
	c.W.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		if score, ok := geoScore(e, member); ok {
			var text [16]byte
			c.W.Bulk(geo.AppendHash(text[:0], geo.OfScore(score)))
		} else {
			c.W.Null()
		}
	}
}

func cmdGeoPos(c *Context) {
	e := c.LookupRead(1)
	if !c.isZSet(e) {
		return
	}
	c.W.Array(len(c.Args) - 2)
	for _, member := range c.Args[2:] {
		if score, ok := geoScore(e, member); ok {
			c.replyPlace(geo.Decode(geo.OfScore(score)))
		} else {
			c.W.NullArray()
		}
	}
}

// geoScore returns the score of a member of e, which may be nil.
func geoScore(e *db.Entry, member []byte) (float64, bool) {
	if e == nil {
		return 0, false
	}
	return e.ZScore(member)
}

// replyPlace replies with a longitude and a latitude.
func (c *Context) replyPlace(lon, lat float64) {
	c.W.Array(2)
	c.replyCoordinate(lon)
	c.replyCoordinate(lat)
}

// replyCoordinate replies with a number of degrees.
func (c *Context) replyCoordinate(f float64) {
	var room [48]byte
	if c.W.Proto() == 2 {
		c.W.Bulk(appendCoordinate(room[:0], f))
		return
	}
	c.W.Raw(append(appendCoordinate(append(room[:0], ','), f), '\r', '\n'))
}

// appendCoordinate appends f, of at most some hundred, with 17 decimals but
// without zeros at the end. What lies behind the point is a fraction of 53 bits,
// so its decimals are exact in 128.
func appendCoordinate(b []byte, f float64) []byte {
	const scale = 1e17
	whole := uint64(math.Abs(f))
	mantissa, exponent := math.Frexp(math.Abs(f) - float64(whole))
	high, low := bits.Mul64(uint64(mantissa*(1<<53)), scale)
	decimals := shiftRounded(high, low, uint(53-exponent))
	if decimals == scale {
		whole, decimals = whole+1, 0
	}
	if f < 0 && whole|decimals != 0 {
		b = append(b, '-')
	}
	b = decimal.AppendInt(b, int64(whole))
	if decimals == 0 {
		return b
	}
	b = append(b, '.')
	for part := uint64(scale / 10); decimals != 0; part /= 10 {
		b = append(b, '0'+byte(decimals/part))
		decimals %= part
	}
	return b
}

// shiftRounded returns a number of 128 bits divided by 2^shift, 53 or more, to
// the nearest and even.
func shiftRounded(high, low uint64, shift uint) uint64 {
	switch {
	case shift >= 128:
		return 0
	case shift >= 64:
		// The bits that fall out of the lower word only break ties.
		sticky := uint64(0)
		if low != 0 {
			sticky = 1
		}
		if shift == 64 {
			return roundBit(high, low>>63 == 1, low<<1 != 0)
		}
		s := shift - 64
		return roundBit(high>>s, high>>(s-1)&1 == 1, high<<(65-s)|sticky != 0)
	}
	return roundBit(high<<(64-shift)|low>>shift, low>>(shift-1)&1 == 1, low<<(65-shift) != 0)
}

// roundBit rounds n, behind which there is half if half is set, and more if
// more is set.
func roundBit(n uint64, half, more bool) uint64 {
	if half && (more || n&1 == 1) {
		n++
	}
	return n
}

// replyDistance replies with a distance in four decimals.
func (c *Context) replyDistance(f float64) {
	var room [32]byte
	n := int64(math.RoundToEven(f * 1e4))
	b := decimal.AppendInt(room[:0], n/1e4)
	b = append(b, '.')
	for part := int64(1e3); part > 0; part /= 10 {
		b = append(b, '0'+byte(n/part%10))
	}
	c.W.Bulk(b)
}
