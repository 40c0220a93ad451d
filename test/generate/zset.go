package generate

import "strconv"

// zsetTemplates are the commands of sorted sets that the reference has.
var zsetTemplates = []template{
	{30, "", "ZADD <key> [(NX|XX)] [(GT|LT)] [CH] (<score> <zmember>)..."},
	{6, "", "ZADD <key> [(NX|XX|GT|LT|CH|INCR)...] <score> <zmember>"},
	{14, "", "ZINCRBY <key> <score> <zmember>"},
	{16, "", "ZREM <key> <zmember>..."},
	{6, "", "ZCARD <key>"},
	{10, "", "ZSCORE <key> <zmember>"},
	{6, "", "ZMSCORE <key> <zmember>..."},
	{10, "", "ZRANK <key> <zmember>"},
	{8, "", "ZREVRANK <key> <zmember>"},
	{10, "", "ZCOUNT <key> <scoreend> <scoreend>"},
	{12, "", "ZRANGE <key> <index> <index> [REV] [WITHSCORES]"},
	{12, "", "ZRANGE <key> <scoreend> <scoreend> BYSCORE [REV] [WITHSCORES] [LIMIT <index> <index>]"},
	{6, "", "ZREVRANGE <key> <index> <index> [WITHSCORES]"},
	{6, "", "ZRANGEBYSCORE <key> <scoreend> <scoreend> [WITHSCORES] [LIMIT <small> <index>]"},
	{6, "", "ZREVRANGEBYSCORE <key> <scoreend> <scoreend> [WITHSCORES] [LIMIT <small> <index>]"},
	{6, "", "ZRANGESTORE <key> <key> <index> <index> [REV]"},
	{6, "", "ZRANGESTORE <key> <key> <scoreend> <scoreend> BYSCORE [REV] [LIMIT <small> <small>]"},
	{6, "", "ZREMRANGEBYRANK <key> <index> <index>"},
	{6, "", "ZREMRANGEBYSCORE <key> <scoreend> <scoreend>"},
	{8, "", "ZPOPMIN <key> [<small>]"},
	{8, "", "ZPOPMAX <key> [<small>]"},
	{6, "", "ZMPOP 2 <key> <key> (MIN|MAX) [COUNT <small>]"},
	{6, "", "ZUNION 2 <key> <key> [WEIGHTS <score> <score>] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]"},
	{6, "", "ZINTER 2 <key> <key> [WEIGHTS <score> <score>] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]"},
	{6, "", "ZDIFF 2 <key> <key> [WITHSCORES]"},
	{6, "", "ZUNIONSTORE <key> 2 <key> <key> [WEIGHTS <score> <score>] [AGGREGATE (SUM|MIN|MAX)]"},
	{6, "", "ZINTERSTORE <key> 2 <key> <key> [AGGREGATE (SUM|MIN|MAX)]"},
	{6, "", "ZDIFFSTORE <key> 2 <key> <key>"},
	{4, "", "ZINTERCARD 2 <key> <key> [LIMIT <small>]"},
	// Members of one score only: of others their order is no order of names.
	{12, "", "ZADD <lexkey> 0 <lexmember> (0 <lexmember>)..."},
	{4, "", "ZREM <lexkey> <lexmember>..."},
	{8, "", "ZLEXCOUNT <lexkey> <lexend> <lexend>"},
	{8, "", "ZRANGEBYLEX <lexkey> <lexend> <lexend> [LIMIT <index> <index>]"},
	{8, "", "ZREVRANGEBYLEX <lexkey> <lexend> <lexend> [LIMIT <index> <index>]"},
	{8, "", "ZRANGE <lexkey> <lexend> <lexend> BYLEX [REV] [LIMIT <index> <index>]"},
	{4, "", "ZRANGESTORE <lexkey> <lexkey> <lexend> <lexend> BYLEX [REV] [LIMIT <small> <index>]"},
	{4, "", "ZREMRANGEBYLEX <lexkey> <lexend> <lexend>"},
	{4, "type", "ZRANDMEMBER <key>"},
	{4, "sort", "ZRANDMEMBER <key> 1000"},
	{6, "scan", "ZSCAN <key> 0 COUNT 100000 [MATCH <pattern>]"},
}

// zmember is one of few members, seldom one too long for a pack.
func (g *Generator) zmember() string {
	if g.rng.IntN(15) == 0 {
		return g.value()
	}
	return "m" + strconv.Itoa(g.rng.IntN(16))
}

// score is a number that 7.0 and 7.2 write alike: one that is exact in few
// digits.
func (g *Generator) score() string {
	switch g.rng.IntN(20) {
	case 0:
		return pick(g.rng, []string{"inf", "-inf", "+inf", "nan", "x", "", "1e20", "0x10", "(1", ".5"})
	case 1, 2, 3, 4:
		return strconv.FormatFloat(float64(g.rng.IntN(80)-40)/4, 'f', -1, 64)
	}
	return strconv.Itoa(g.rng.IntN(12) - 4)
}

func (g *Generator) scoreEnd() string {
	switch g.rng.IntN(6) {
	case 0:
		return pick(g.rng, []string{"-inf", "+inf", "inf"})
	case 1, 2:
		return "(" + g.score()
	}
	return g.score()
}

// lexKey is the name of a sorted set whose members all have one score.
func (g *Generator) lexKey() string { return "kz" + strconv.Itoa(g.rng.IntN(3)) }

// lexMember is one of many, some of them a number or the beginning of another.
func (g *Generator) lexMember() string {
	if g.rng.IntN(8) == 0 {
		return g.value()
	}
	return pick(g.rng, []string{"", "a", "ab", "b", "\x00", "\xff", "-"}) + strconv.Itoa(g.rng.IntN(200))
}

func (g *Generator) lexEnd() string {
	switch g.rng.IntN(12) {
	case 0, 1:
		return "-"
	case 2, 3:
		return "+"
	case 4:
		return pick(g.rng, []string{"", "a", "(", "[", "--", "+inf"})
	case 5, 6, 7:
		return "(" + g.lexMember()
	}
	return "[" + g.lexMember()
}
