package generate

import "strconv"

// geoTemplates are the commands of places. Places at the same distance come in
// any order, so what is cut off by COUNT is not asked for.
var geoTemplates = []template{
	{14, "", "GEOADD <key> [(NX|XX)] [CH] (<longitude> <latitude> <city>)..."},
	{4, "", "GEODIST <key> <city> <city> [<unit>]"},
	{3, "", "GEOHASH <key> <city>..."},
	{3, "", "GEOPOS <key> <city>..."},
	{10, "", "GEOSEARCH <key> (FROMMEMBER <city>|FROMLONLAT <longitude> <latitude>) (BYRADIUS <size> <unit>|BYBOX <size> <size> <unit>) [(ASC|DESC)] [WITHDIST] [WITHCOORD] [WITHHASH]"},
	{6, "", "GEOSEARCHSTORE <key> <key> (FROMMEMBER <city>|FROMLONLAT <longitude> <latitude>) (BYRADIUS <size> <unit>|BYBOX <size> <size> <unit>) [(ASC|DESC)]"},
	{3, "", "GEORADIUS <key> <longitude> <latitude> <size> <unit> [WITHDIST] [(ASC|DESC)] [STORE <key>]"},
	{3, "", "GEORADIUSBYMEMBER <key> <city> <size> <unit> [WITHCOORD] [(ASC|DESC)] [STORE <key>]"},
	{2, "", "GEORADIUS_RO <key> <longitude> <latitude> <size> <unit> [WITHHASH] [ASC]"},
	{2, "", "GEORADIUSBYMEMBER_RO <key> <city> <size> <unit> [DESC]"},
}

var units = []string{"m", "km", "ft", "mi", "KM", "Mi"}

func (g *Generator) longitude() string {
	if g.rng.IntN(30) == 0 {
		return pick(g.rng, numbers)
	}
	return strconv.FormatFloat((g.rng.Float64()*2-1)*181, 'f', g.rng.IntN(8), 64)
}

func (g *Generator) latitude() string {
	return strconv.FormatFloat((g.rng.Float64()*2-1)*85.5, 'f', g.rng.IntN(8), 64)
}

// extent is the size of a shape, from metres to all of the Earth.
func (g *Generator) extent() string {
	return strconv.Itoa(1 << g.rng.IntN(25))
}
