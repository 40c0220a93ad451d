package generate

import (
	"slices"
	"strconv"
	"strings"
)

// streamTemplates are the commands of streams. No ID is made from the clock,
// and idle times are of hours or none, or two servers would differ. Since 7.2
// claiming makes the consumer even if there is nothing to claim, so consumers
// are not counted.
var streamTemplates = []template{
	{40, "", "XADD <streamkey> [NOMKSTREAM] <newstreamid> (<member> <value>)..."},
	{12, "", "XADD <streamkey> [NOMKSTREAM] [(MAXLEN|MINID) [(=|~)] <small> [LIMIT <small>]] <newstreamid> (<member> <value>)..."},
	{8, "", "XTRIM <streamkey> MAXLEN [(=|~)] <small> [LIMIT <small>]"},
	{8, "", "XTRIM <streamkey> MINID [(=|~)] <streamid> [LIMIT <small>]"},
	{10, "", "XDEL <streamkey> <streamid>..."},
	{8, "", "XLEN <streamkey>"},
	{14, "", "XRANGE <streamkey> <streambound> <streambound> [COUNT <small>]"},
	{14, "", "XREVRANGE <streamkey> <streambound> <streambound> [COUNT <small>]"},
	{10, "", "XREAD [COUNT <small>] STREAMS <streamkey> <streamid>"},
	{6, "", "XREAD [COUNT <small>] STREAMS <streamkey> <streamkey> <streamid> <streamid>"},
	{4, "", "XGROUP CREATE <streamkey> <group> (<streamid>|$) [MKSTREAM] [ENTRIESREAD <small>]"},
	{3, "", "XGROUP SETID <streamkey> <group> (<streamid>|$) [ENTRIESREAD <small>]"},
	{1, "", "XGROUP DESTROY <streamkey> <group>"},
	{2, "type", "XGROUP (CREATECONSUMER|DELCONSUMER) <streamkey> <group> <consumer>"},
	{20, "", "XREADGROUP GROUP <group> <consumer> [COUNT <small>] [NOACK] STREAMS <streamkey> (>|<streamid>)"},
	{12, "", "XACK <streamkey> <group> <streamid>..."},
	{8, "", "XPENDING <streamkey> <group>"},
	{8, "near 120000", "XPENDING <streamkey> <group> [IDLE 0] <streambound> <streambound> <small> [<consumer>]"},
	{10, "", "XCLAIM <streamkey> <group> <consumer> 0 <streamid>... [(FORCE|JUSTID|RETRYCOUNT <small>|LASTID <streamid>)...]"},
	{8, "", "XAUTOCLAIM <streamkey> <group> <consumer> (0|100000000) <streambound> [COUNT <small>] [JUSTID]"},
	{4, "", "XINFO STREAM <streamkey>"},
	{4, "mask ^[0-9]$", "XINFO GROUPS <streamkey>"},
}

// streamKey is a key that mostly holds a stream.
func (g *Generator) streamKey() string {
	if g.rng.IntN(20) == 0 {
		return g.key()
	}
	return "kx" + strconv.Itoa(g.rng.IntN(5))
}

// newStreamID grows with the commands made, so that most entries can be added.
func (g *Generator) newStreamID() string {
	g.entries++
	ms := strconv.Itoa(1 + g.entries/20)
	switch g.rng.IntN(12) {
	case 0:
		return ms
	case 1, 2:
		return ms + "-*"
	case 3:
		return g.streamID()
	}
	return ms + "-" + strconv.Itoa(g.rng.IntN(4))
}

// streamID is one of few that were added lately, so that entries are found
// again.
func (g *Generator) streamID() string {
	ms := strconv.Itoa(max(0, 1+g.entries/20-g.rng.IntN(12)))
	switch g.rng.IntN(8) {
	case 0:
		return ms
	case 1:
		return pick(g.rng, []string{"0", "0-0", "0-1", "99999-0", "18446744073709551615-18446744073709551615"})
	}
	return ms + "-" + strconv.Itoa(g.rng.IntN(4))
}

// unlikeStream says whether a broken command has an ID that is made from the
// clock, or an error that 7.0 words in another way.
func unlikeStream(args []string) bool {
	if strings.EqualFold(args[0], "XADD") {
		return slices.Contains(args[1:], "*")
	}
	for i, arg := range args {
		if strings.EqualFold(arg, "STREAMS") && (len(args)-i)%2 == 0 {
			return true
		}
	}
	return false
}

// streamBound is the end of an interval.
func (g *Generator) streamBound() string {
	switch g.rng.IntN(6) {
	case 0:
		return "-"
	case 1, 2:
		return "+"
	case 3:
		return "(" + g.streamID()
	}
	return g.streamID()
}
