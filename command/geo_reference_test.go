package command

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/internal/seeds"
)

// geoWorld makes places of which many are close to each other, to the edges of
// the map and to a pole.
type geoWorld struct{ r *rand.Rand }

func (g geoWorld) place() (lon, lat string) {
	x, y := (g.r.Float64()*2-1)*180, (g.r.Float64()*2-1)*85
	switch g.r.IntN(4) {
	case 0:
		x, y = 13+g.r.NormFloat64()/10, 52+g.r.NormFloat64()/10
	case 1:
		x = math.Copysign(180-g.r.Float64()/10, x)
	case 2:
		y = math.Copysign(84+g.r.Float64(), y)
	}
	return strconv.FormatFloat(x, 'f', g.r.IntN(15), 64), strconv.FormatFloat(y, 'f', g.r.IntN(15), 64)
}

func (g geoWorld) member() string {
	return fmt.Sprint([]string{"m", "place:", ""}[g.r.IntN(3)], g.r.IntN(60))
}

func (g geoWorld) size() string {
	return strconv.FormatFloat(math.Exp(g.r.Float64()*math.Log(3e7)), 'f', g.r.IntN(4), 64)
}

func (g geoWorld) unit() string { return []string{"m", "km", "FT", "mi"}[g.r.IntN(4)] }

// search returns the arguments that GEOSEARCH and GEOSEARCHSTORE share. Results
// at equal distance come in any order when some are left out, so there is no
// COUNT without ANY here.
func (g geoWorld) search() []string {
	var args []string
	if g.r.IntN(2) == 0 {
		args = append(args, "FROMMEMBER", g.member())
	} else {
		lon, lat := g.place()
		args = append(args, "FROMLONLAT", lon, lat)
	}
	if g.r.IntN(2) == 0 {
		args = append(args, "BYRADIUS", g.size(), g.unit())
	} else {
		args = append(args, "BYBOX", g.size(), g.size(), g.unit())
	}
	switch g.r.IntN(5) {
	case 0:
		args = append(args, "ASC")
	case 1:
		args = append(args, "DESC")
	case 2:
		args = append(args, "COUNT", fmt.Sprint(1+g.r.IntN(20)), "ANY")
	}
	return args
}

func (g geoWorld) with() (args []string) {
	for _, option := range []string{"WITHDIST", "WITHCOORD", "WITHHASH"} {
		if g.r.IntN(2) == 0 {
			args = append(args, option)
		}
	}
	return args
}

// TestGeoAgainstReference compares indexes and searches, their order too.
func TestGeoAgainstReference(t *testing.T) {
	seed := seeds.Of(t)
	g := geoWorld{rand.New(rand.NewPCG(seed, 13))}
	for _, proto := range []int{2, 3} {
		p := newPair(t, proto)
		for range 8 {
			p.same("FLUSHALL")
			limit := []int{128, 10}[g.r.IntN(2)]
			p.theirs.do("CONFIG", "SET", "zset-max-listpack-entries", fmt.Sprint(limit))
			p.ours.keys.Limits.ZSetEntries = int64(limit)
			for range 250 {
				p.geoStep(g)
			}
		}
		p.theirs.do("CONFIG", "SET", "zset-max-listpack-entries", "128")
		p.same("FLUSHALL")
	}
}

func (p *pair) geoStep(g geoWorld) {
	lon, lat := g.place()
	switch g.r.IntN(8) {
	case 0, 1, 2:
		args := []string{"GEOADD", "g"}
		args = append(args, [][]string{nil, {"NX"}, {"XX"}, {"CH"}, {"NX", "CH"}}[g.r.IntN(5)]...)
		for range 1 + g.r.IntN(6) {
			lon, lat := g.place()
			args = append(args, lon, lat, g.member())
		}
		p.same(args...)
	case 3:
		p.same("GEODIST", "g", g.member(), g.member(), g.unit())
		p.same("GEOHASH", "g", g.member(), g.member())
		p.same("GEOPOS", "g", g.member(), g.member())
	case 4:
		p.same(append([]string{"GEORADIUS", "g", lon, lat, g.size(), g.unit()}, g.with()...)...)
		p.same(append([]string{"GEORADIUSBYMEMBER_RO", "g", g.member(), g.size(), g.unit(), "ASC"}, g.with()...)...)
	case 5:
		p.same(append([]string{"GEOSEARCHSTORE", "to", "g"}, g.search()...)...)
		p.same("GEOSEARCH", "to", "FROMLONLAT", "0", "0", "BYRADIUS", "30000", "km", "ASC", "WITHHASH")
		p.same("TYPE", "to")
		p.same("OBJECT", "ENCODING", "to")
	default:
		p.same(append(append([]string{"GEOSEARCH", "g"}, g.search()...), g.with()...)...)
	}
}

// TestCoordinates compares the text of numbers with that of package strconv.
func TestCoordinates(t *testing.T) {
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 17))
	for i := range 100_000 {
		f := (r.Float64()*2 - 1) * 180 * math.Exp2(-float64(r.IntN(80)))
		if i < 400 {
			f = []float64{0, math.Copysign(0, -1), 180, -180, 0.5, 1e-17, -4e-18, 5e-18, 5e-324, 179.99999999999997}[i%10]
		}
		want := strings.TrimRight(strings.TrimRight(strconv.FormatFloat(f, 'f', 17, 64), "0"), ".")
		if want == "-0" || want == "-" || want == "" {
			want = "0"
		}
		if f == 180 || f == -180 {
			want = strconv.FormatFloat(f, 'f', 0, 64)
		}
		if got := string(appendCoordinate(nil, f)); got != want {
			t.Fatalf("%v: %s, want %s", f, got, want)
		}
	}
}

// FuzzGeo hands the searches anything for numbers and scores.
func FuzzGeo(f *testing.F) {
	f.Add(13.3, 52.5, 100.0, 50.0, 3665470000000000.0)
	f.Add(180.0, -85.05112878, 0.0, 1e300, -1.0)
	f.Add(-180.0, 85.05112878, math.Inf(1), 1e-300, math.Inf(1))
	n := newNode(f, 3)
	f.Fuzz(func(t *testing.T, lon, lat, size, other, score float64) {
		n.t = t
		text := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
		n.do("FLUSHALL")
		n.do("GEOADD", "g", text(lon), text(lat), "a", "1", "1", "b")
		n.do("ZADD", "g", text(score), "c")
		for _, from := range []string{"a", "c"} {
			n.do("GEOSEARCH", "g", "FROMMEMBER", from, "BYRADIUS", text(size), "km", "WITHDIST", "WITHCOORD", "WITHHASH")
			n.do("GEOSEARCHSTORE", "to", "g", "FROMMEMBER", from, "BYBOX", text(size), text(other), "mi", "STOREDIST")
			n.do("GEODIST", "g", from, "b")
		}
		n.do("GEORADIUS", "g", text(lon), text(lat), text(size), "m", "COUNT", "2")
		n.do("GEOHASH", "g", "a", "b", "c")
		n.do("GEOPOS", "g", "a", "b", "c")
	})
}
