package generate

import "strconv"

// hashTemplates are the commands of hashes that the reference has.
var hashTemplates = []template{
	{30, "", "HSET <key> (<hashfield> <value>)..."},
	{6, "", "HMSET <key> (<hashfield> <value>)..."},
	{8, "", "HSETNX <key> <hashfield> <value>"},
	{20, "", "HGET <key> <hashfield>"},
	{10, "", "HMGET <key> <hashfield>..."},
	{10, "pairs", "HGETALL <key>"},
	{6, "sort", "HKEYS <key>"},
	{6, "sort", "HVALS <key>"},
	{16, "", "HDEL <key> <hashfield>..."},
	{6, "", "HEXISTS <key> <hashfield>"},
	{8, "", "HLEN <key>"},
	{6, "", "HSTRLEN <key> <hashfield>"},
	{14, "", "HINCRBY <key> <hashfield> <integer>"},
	{14, "", "HINCRBYFLOAT <key> <hashfield> <float>"},
	{4, "type", "HRANDFIELD <key>"},
	{6, "shape", "HRANDFIELD <key> <index> [WITHVALUES]"},
	{6, "sort", "HRANDFIELD <key> 1000"},
	{8, "scan", "HSCAN <key> 0 COUNT 100000 [MATCH <pattern>]"},
}

// fieldName is one of few names of fields, seldom one too long for a pack.
func (g *Generator) fieldName() string {
	if g.rng.IntN(12) == 0 {
		return g.value()
	}
	return "k" + strconv.Itoa(g.rng.IntN(20))
}
