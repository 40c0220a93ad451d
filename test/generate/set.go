package generate

import (
	"strconv"
	"strings"
)

// setTemplates are commands of sets. What a random command takes is not the
// same on two servers: SPOP takes all there is.
var setTemplates = []template{
	{40, "", "SADD <setkey> <member>..."},
	{8, "", "SADD <setkey> (<number> <number> <number> <number> <number> <number>)..."},
	{20, "", "SREM <setkey> <member>..."},
	{12, "", "SISMEMBER <setkey> <member>"},
	{12, "", "SMISMEMBER <setkey> <member>..."},
	{10, "sort", "SMEMBERS <setkey>"},
	{10, "", "SCARD <setkey>"},
	{16, "", "SMOVE <setkey> <setkey> <member>"},
	{3, "sort", "SPOP <setkey> 1000000"},
	{4, "type", "SRANDMEMBER <setkey>"},
	{4, "length", "SRANDMEMBER <setkey> <index>"},
	{14, "sort", "SINTER <setkey>..."},
	{14, "sort", "SUNION <setkey>..."},
	{14, "sort", "SDIFF <setkey>..."},
	{12, "", "SINTERCARD (1 <setkey>|2 <setkey> <setkey>|3 <setkey> <setkey> <setkey>) [LIMIT <small>]"},
	{6, "", "SINTERSTORE <setkey> <setkey>..."},
	{6, "", "SUNIONSTORE <setkey> <setkey>..."},
	{6, "", "SDIFFSTORE <setkey> <setkey>..."},
	{6, "scan", "SSCAN <setkey> 0 COUNT 100000 [MATCH <pattern>]"},
	{6, "", "OBJECT ENCODING <setkey>"},
	{4, "", "COPY <setkey> <setkey> [DB <db>] [REPLACE]"},
	{2, "", "DEL <setkey>"},
}

// setKey is a key that mostly holds a set.
func (g *Generator) setKey() string {
	if g.rng.IntN(20) == 0 {
		return g.key()
	}
	return "ks" + strconv.Itoa(g.rng.IntN(6))
}

// member is one of few, so that sets have some in common. Half of them are
// numbers.
func (g *Generator) member() string {
	switch g.rng.IntN(20) {
	case 0:
		return g.value()
	case 1:
		return strings.Repeat("member", 10+g.rng.IntN(2)) // around the limit of packed sets
	case 2:
		return pick(g.rng, numbers)
	}
	if g.rng.IntN(2) == 0 {
		return "m" + strconv.Itoa(g.rng.IntN(40))
	}
	return strconv.Itoa(g.rng.IntN(40))
}
