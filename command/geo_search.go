package command

import (
	"cmp"
	"slices"

	"basalt/db"
	"basalt/internal/geo"
)

// geoForm says which of the commands that search a call is.
type geoForm struct {
	source  int  // argument of the key that is searched
	options int  // first argument that can be an option
	store   bool // GEORADIUS may name a key that takes the outcome
	search  bool // GEOSEARCH and GEOSEARCHSTORE: the shape is an option
	target  bool // GEOSEARCHSTORE
}

// geoQuery is what a call asks for.
type geoQuery struct {
	form  geoForm
	e     *db.Entry // that is searched, or nil
	shape geo.Shape

	fromMember, fromPlace, byRadius, byBox bool
	withDistance, withHash, withPlace      bool

	any   bool
	count int64 // 0 for all
	order int   // 1 ascending, -1 descending, 0 as found

	target       int // argument of the key that takes the outcome, or 0
	byDistance   bool
	storeCommand string // the event of the target
}

func cmdGeoSearch(c *Context) {
	c.geoSearch(&geoQuery{form: geoForm{source: 1, options: 2, search: true}})
}

func cmdGeoSearchStore(c *Context) {
	c.geoSearch(&geoQuery{
		form: geoForm{source: 2, options: 3, search: true, target: true}, target: 1, storeCommand: "geosearchstore",
	})
}

func cmdGeoRadius(c *Context)         { c.geoRadius(false, true) }
func cmdGeoRadiusRO(c *Context)       { c.geoRadius(false, false) }
func cmdGeoRadiusMember(c *Context)   { c.geoRadius(true, true) }
func cmdGeoRadiusMemberRO(c *Context) { c.geoRadius(true, false) }

// geoRadius does GEORADIUS or, with member, GEORADIUSBYMEMBER.
func (c *Context) geoRadius(member, store bool) {
	q := geoQuery{form: geoForm{source: 1, options: 6, store: store}, storeCommand: "georadiusstore"}
	if member {
		q.form.options = 5
	}
	c.geoSearch(&q)
}

func (c *Context) geoSearch(q *geoQuery) {
	q.e = c.LookupRead(q.form.source)
	if !c.isZSet(q.e) {
		return
	}
	if !q.form.search && !c.geoCircle(q) || !c.geoOptions(q) || !c.geoCheck(q) {
		return
	}
	if q.e == nil {
		c.points = c.points[:0]
	} else {
		if q.count != 0 && q.order == 0 && !q.any {
			q.order = 1 // those that are next are wanted
		}
		c.geoFind(q)
	}
	sortPoints(c.points, q.order)
	found := c.points
	if q.count != 0 && int64(len(found)) > q.count {
		found = found[:q.count]
	}
	if q.target != 0 {
		c.geoStore(q, found)
	} else {
		c.geoReply(q, found)
	}
	clear(c.points)
}

// geoCircle reads the circle of GEORADIUS and GEORADIUSBYMEMBER.
func (c *Context) geoCircle(q *geoQuery) (ok bool) {
	s := &q.shape
	if q.form.options == 6 {
		if s.Lon, s.Lat, ok = c.place(2); !ok {
			return false
		}
	} else {
		if q.e == nil {
			return true // the radius is not looked at either
		}
		if !c.geoMember(q, 2) {
			return false
		}
	}
	return c.geoByRadius(s, q.form.options-2)
}

// geoMember makes the place of the member at Args[i] the middle.
func (c *Context) geoMember(q *geoQuery, i int) bool {
	score, ok := q.e.ZScore(c.Args[i])
	if !ok {
		c.Error(errGeoMember)
		return false
	}
	q.shape.Lon, q.shape.Lat = geo.Decode(geo.OfScore(score))
	return true
}

// geoByRadius reads a radius and its unit from Args[i] on.
func (c *Context) geoByRadius(s *geo.Shape, i int) (ok bool) {
	if s.Radius, ok = c.float(i, errGeoRadius); !ok {
		return false
	}
	if s.Radius < 0 {
		c.Error(errGeoRadiusNegative)
		return false
	}
	s.Box = false
	s.Unit, ok = c.geoUnit(i + 1)
	return ok
}

// geoByBox reads width, height and their unit from Args[i] on.
func (c *Context) geoByBox(s *geo.Shape, i int) (ok bool) {
	if s.Width, ok = c.float(i, errGeoWidth); !ok {
		return false
	}
	if s.Height, ok = c.float(i+1, errGeoHeight); !ok {
		return false
	}
	if s.Width < 0 || s.Height < 0 {
		c.Error(errGeoBoxNegative)
		return false
	}
	s.Box = true
	s.Unit, ok = c.geoUnit(i + 2)
	return ok
}

func (c *Context) geoOptions(q *geoQuery) bool {
	for i := q.form.options; i < len(c.Args); {
		rest := len(c.Args) - i - 1
		taken, ok := c.geoFlag(q, i), true
		if taken == 0 {
			if q.form.search {
				taken, ok = c.geoShapeOption(q, i, rest)
			} else {
				taken = c.geoStoreOption(q, i, rest)
			}
		}
		if ok && taken == 0 {
			taken, ok = c.geoCount(q, i, rest)
		}
		if !ok {
			return false
		}
		i += taken
	}
	return true
}

// geoFlag reads an option of one word at Args[i] that all forms have, and
// returns how many arguments it took.
func (c *Context) geoFlag(q *geoQuery, i int) int {
	switch option := c.Args[i]; {
	case equalFold(option, "withdist"):
		q.withDistance = true
	case equalFold(option, "withhash"):
		q.withHash = true
	case equalFold(option, "withcoord"):
		q.withPlace = true
	case equalFold(option, "any"):
		q.any = true
	case equalFold(option, "asc"):
		q.order = 1
	case equalFold(option, "desc"):
		q.order = -1
	default:
		return 0
	}
	return 1
}

// geoCount reads COUNT at Args[i], the last that it can be.
func (c *Context) geoCount(q *geoQuery, i, rest int) (taken int, ok bool) {
	if rest < 1 || !equalFold(c.Args[i], "count") {
		c.Error(errSyntax)
		return 0, false
	}
	if q.count, ok = c.integer(i + 1); !ok {
		return 0, false
	}
	if q.count <= 0 {
		c.Error(errGeoCount)
		return 0, false
	}
	return 2, true
}

// geoStoreOption reads STORE or STOREDIST of GEORADIUS at Args[i].
func (c *Context) geoStoreOption(q *geoQuery, i, rest int) int {
	if !q.form.store || rest < 1 {
		return 0
	}
	switch {
	case equalFold(c.Args[i], "store"):
		q.byDistance = false
	case equalFold(c.Args[i], "storedist"):
		q.byDistance = true
	default:
		return 0
	}
	q.target = i + 1
	return 2
}

// geoShapeOption reads an option of GEOSEARCH at Args[i].
func (c *Context) geoShapeOption(q *geoQuery, i, rest int) (taken int, ok bool) {
	s := &q.shape
	switch option := c.Args[i]; {
	case rest >= 1 && !q.fromPlace && equalFold(option, "frommember"):
		q.fromMember = true
		return 2, q.e == nil || c.geoMember(q, i+1)
	case rest >= 2 && !q.fromMember && equalFold(option, "fromlonlat"):
		q.fromPlace = true
		s.Lon, s.Lat, ok = c.place(i + 1)
		return 3, ok
	case rest >= 2 && !q.byBox && equalFold(option, "byradius"):
		q.byRadius = true
		return 3, c.geoByRadius(s, i+1)
	case rest >= 3 && !q.byRadius && equalFold(option, "bybox"):
		q.byBox = true
		return 4, c.geoByBox(s, i+1)
	case q.form.target && equalFold(option, "storedist"):
		q.byDistance = true
		return 1, true
	}
	return 0, true
}

// geoCheck replies if options do not go together, or are missing.
func (c *Context) geoCheck(q *geoQuery) bool {
	switch {
	case q.target != 0 && (q.withDistance || q.withHash || q.withPlace):
		if q.form.search {
			c.Error(errGeoSearchStoreWith)
		} else {
			c.Error(errGeoStoreWith)
		}
	case q.form.search && !q.fromMember && !q.fromPlace:
		c.Error(errGeoFrom + string(c.Args[0]))
	case q.form.search && !q.byRadius && !q.byBox:
		c.Error(errGeoBy + string(c.Args[0]))
	case q.any && q.count == 0:
		c.Error(errGeoAny)
	default:
		return true
	}
	return false
}

// geoFind fills c.points with what lies in the shape: with ANY, with as many as
// are wanted.
func (c *Context) geoFind(q *geoQuery) {
	points := c.points[:0]
	enough := 0
	if q.any {
		enough = int(q.count)
	}
	exact := q.withDistance || q.byDistance || q.order != 0
	ranges, n := q.shape.Ranges()
search:
	for _, r := range ranges[:n] {
		scores := db.ScoreRange{Min: float64(r.Min), Max: float64(r.Max), MaxEx: true}
		from, to := q.e.ZScoreSpan(&scores)
		it := q.e.ZRange(from, to-from, false)
		for m, score, ok := it.Next(); ok; m, score, ok = it.Next() {
			lon, lat := geo.Decode(geo.OfScore(score))
			distance, inside := q.shape.Contains(lon, lat, exact)
			if !inside {
				continue
			}
			points = append(points, geoPoint{m, score, distance, lon, lat})
			if len(points) == enough {
				break search
			}
		}
	}
	c.points = points
}

func sortPoints(points []geoPoint, order int) {
	switch order {
	case 1:
		slices.SortStableFunc(points, func(a, b geoPoint) int { return cmp.Compare(a.distance, b.distance) })
	case -1:
		slices.SortStableFunc(points, func(a, b geoPoint) int { return cmp.Compare(b.distance, a.distance) })
	}
}

func (c *Context) geoReply(q *geoQuery, points []geoPoint) {
	parts := 1
	for _, with := range []bool{q.withDistance, q.withHash, q.withPlace} {
		if with {
			parts++
		}
	}
	c.W.Array(len(points))
	for i := range points {
		p := &points[i]
		if parts > 1 {
			c.W.Array(parts)
		}
		c.replyMember(p.member)
		if q.withDistance {
			c.replyDistance(p.distance / q.shape.Unit)
		}
		if q.withHash {
			c.W.Int(int64(p.score))
		}
		if q.withPlace {
			c.replyPlace(p.lon, p.lat)
		}
	}
}

// geoStore makes the points the value of the key that takes the outcome.
func (c *Context) geoStore(q *geoQuery, points []geoPoint) {
	key, hash := c.Args[q.target], c.KeyHash(q.target)
	if len(points) == 0 {
		if c.DB.Drop(key, hash) {
			c.Changed(EventGeneric, "del", c.DB, key, 1)
		}
		c.W.Int(0)
		return
	}
	b := c.Keys.NewZSet()
	for i := range points {
		p := &points[i]
		score := p.score
		if q.byDistance {
			score = p.distance / q.shape.Unit
		}
		b.Add(p.member, score)
	}
	c.DB.StoreZSet(key, hash, &b)
	c.Changed(EventZSet, q.storeCommand, c.DB, key, len(points))
	c.W.Int(int64(len(points)))
}
