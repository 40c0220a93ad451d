// Package generate makes random commands from templates that spell out every
// option, and then, now and then, breaks them: arguments left out, doubled,
// swapped, or replaced by what is not a number, too large, or empty. The same
// seed makes the same commands.
//
// Nothing it makes depends on the time of day: deadlines lie years ahead or in
// the past, so two servers that are asked a moment apart must say the same.
package generate

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A template is a line of words:
//
//	WORD        stands as it is, in upper, lower or mixed case
//	<slot>      a value of its kind, see slots
//	[x y]       x y, or nothing
//	(x|y)       one of them
//	x...        x once or more, up to four times
type element interface {
	generate(g *Generator, out []string) []string
}

type (
	literal  string
	slot     func(g *Generator) string
	sequence []element
	optional struct{ inner element }
	choice   []element
	repeated struct{ inner element }
)

func (e literal) generate(g *Generator, out []string) []string {
	return append(out, g.anyCase(string(e)))
}

func (e slot) generate(g *Generator, out []string) []string { return append(out, e(g)) }

func (e sequence) generate(g *Generator, out []string) []string {
	for _, part := range e {
		out = part.generate(g, out)
	}
	return out
}

func (e optional) generate(g *Generator, out []string) []string {
	if g.rng.IntN(2) == 0 {
		return out
	}
	return e.inner.generate(g, out)
}

func (e choice) generate(g *Generator, out []string) []string {
	return e[g.rng.IntN(len(e))].generate(g, out)
}

func (e repeated) generate(g *Generator, out []string) []string {
	for range 1 + g.rng.IntN(4) {
		out = e.inner.generate(g, out)
	}
	return out
}

// compile turns a template into an element. A mistake in a template is one in
// this package.
func compile(template string) element {
	c := compiler{words: strings.Fields(separate(template))}
	e := c.sequence()
	if c.at != len(c.words) {
		panic("BUG: template " + template)
	}
	return e
}

// separate puts blanks around the marks, so that words are all there is.
func separate(template string) string {
	return strings.NewReplacer("[", " [ ", "]", " ] ", "(", " ( ", ")", " ) ", "|", " | ", "...", " ... ").Replace(template)
}

type compiler struct {
	words []string
	at    int
}

// sequence reads elements up to a closing mark or a bar.
func (c *compiler) sequence() element {
	var seq sequence
	for c.at < len(c.words) {
		word := c.words[c.at]
		switch word {
		case "]", ")", "|":
			return seq
		case "...":
			c.at++
			seq[len(seq)-1] = repeated{seq[len(seq)-1]}
			continue
		}
		c.at++
		seq = append(seq, c.element(word))
	}
	return seq
}

func (c *compiler) element(word string) element {
	switch {
	case word == "[":
		inner := c.sequence()
		c.expect("]")
		return optional{inner}
	case word == "(":
		var alternatives choice
		for {
			alternatives = append(alternatives, c.sequence())
			if c.words[c.at] == ")" {
				c.at++
				return alternatives
			}
			c.expect("|")
		}
	case strings.HasPrefix(word, "<"):
		fn, ok := slots[word]
		if !ok {
			panic("BUG: no slot " + word)
		}
		return slot(fn)
	}
	return literal(word)
}

func (c *compiler) expect(mark string) {
	if c.at == len(c.words) || c.words[c.at] != mark {
		panic(fmt.Sprintf("BUG: template %q lacks %s", c.words, mark))
	}
	c.at++
}

// farSeconds is a day in the year 3021; every absolute deadline lies there or
// in the past.
const farSeconds = 33177117420

// relativeMin is the least relative time to live, in seconds or milliseconds:
// either way longer than any test.
const relativeMin = 100_000_000

// slots are the kinds of arguments.
var slots = map[string]func(g *Generator) string{
	"<key>":         (*Generator).key,
	"<value>":       (*Generator).value,
	"<integer>":     (*Generator).integer,
	"<float>":       (*Generator).float,
	"<setkey>":      (*Generator).setKey,
	"<word>":        (*Generator).word,
	"<listkey>":     (*Generator).listKey,
	"<sortkey>":     (*Generator).sortKey,
	"<member>":      (*Generator).member,
	"<number>":      func(g *Generator) string { return strconv.Itoa(g.rng.IntN(700)) },
	"<index>":       func(g *Generator) string { return strconv.Itoa(g.rng.IntN(25) - 12) },
	"<offset>":      func(g *Generator) string { return strconv.Itoa(g.rng.IntN(60)) },
	"<db>":          func(g *Generator) string { return strconv.Itoa(g.rng.IntN(3)) },
	"<small>":       func(g *Generator) string { return strconv.Itoa(g.rng.IntN(6)) },
	"<pattern>":     func(g *Generator) string { return pick(g.rng, patterns) },
	"<type>":        func(g *Generator) string { return pick(g.rng, typeNames) },
	"<hashfield>":   (*Generator).fieldName,
	"<zmember>":     (*Generator).zmember,
	"<score>":       (*Generator).score,
	"<scoreend>":    (*Generator).scoreEnd,
	"<lexkey>":      (*Generator).lexKey,
	"<lexmember>":   (*Generator).lexMember,
	"<lexend>":      (*Generator).lexEnd,
	"<streamkey>":   func(g *Generator) string { return g.streamKey() },
	"<streamid>":    func(g *Generator) string { return g.streamID() },
	"<newstreamid>": func(g *Generator) string { return g.newStreamID() },
	"<streambound>": func(g *Generator) string { return g.streamBound() },
	"<group>":       func(g *Generator) string { return "g" + strconv.Itoa(g.rng.IntN(3)) },
	"<consumer>":    func(g *Generator) string { return "c" + strconv.Itoa(g.rng.IntN(4)) },
	"<name>":        func(g *Generator) string { return pick(g.rng, names) },
	// No two relative times are alike, or the moment between two commands
	// would decide which is the greater.
	"<relative>": func(g *Generator) string {
		return strconv.Itoa(relativeMin + g.rng.IntN(1_000_000_000))
	},
	"<future>":       (*Generator).future,
	"<futuremillis>": (*Generator).futureMillis,
	"<seconds>": func(g *Generator) string {
		if g.rng.IntN(8) == 0 {
			return strconv.Itoa(1 + g.rng.IntN(1000))
		}
		return g.future()
	},
	"<millis>": func(g *Generator) string {
		if g.rng.IntN(8) == 0 {
			return strconv.Itoa(1 + g.rng.IntN(1000))
		}
		return g.futureMillis()
	},
	"<setting>":   func(g *Generator) string { return pick(g.rng, settings) },
	"<memory>":    func(g *Generator) string { return pick(g.rng, memoryLimits) },
	"<bit>":       func(g *Generator) string { return strconv.Itoa(g.rng.IntN(400)) },
	"<bitindex>":  func(g *Generator) string { return strconv.Itoa(g.rng.IntN(120) - 60) },
	"<field>":     (*Generator).field,
	"<fieldat>":   (*Generator).fieldAt,
	"<wide>":      (*Generator).wide,
	"<longitude>": (*Generator).longitude,
	"<latitude>":  (*Generator).latitude,
	"<size>":      (*Generator).extent,
	"<unit>":      func(g *Generator) string { return pick(g.rng, units) },
	"<city>":      func(g *Generator) string { return "city" + strconv.Itoa(g.rng.IntN(12)) },
	"<setto>":     func(g *Generator) string { return pick(g.rng, settingValues) },
}

var (
	patterns  = []string{"*", "k*", "?", "k?", "[a-k]*", "k[1-3]", "k[^1]", "*1*", "", "\\*", "[", "k[1-", "*\\"}
	typeNames = []string{"string", "list", "hash", "set", "zset", "stream", "nonsense", "STRING"}
	names     = []string{"me", "you", "a-b", "x:y", "with blank", "", "\x7f"}
	settings  = []string{
		"hz", "maxmemory-samples", "tcp-keepalive", "activerehashing", "lazyfree-lazy-expire",
		"maxmemory-policy", "appendfsync", "active-defrag-cycle-min", "lfu-decay-time",
		"hash-max-listpack-entries", "hash-max-ziplist-value", "set-max-intset-entries", "stream-node-max-bytes",
		"repl-timeout", "slowlog-max-len", "nonsense", "databases", "stop-writes-on-bgsave-error",
		"latency-monitor-threshold", "notify-keyspace-events", "proto-max-bulk-len", "list-max-listpack-size",
	}
	settingValues = []string{
		"10", "0", "-1", "yes", "no", "YES", "maybe", "1gb", "2GB", "100000mb", "1.5", "", "abc", "noeviction",
		"allkeys-random", "always", "everysec", "notice", "KEA", "Kx", "9223372036854775808", "3000000000", "50",
	}
	// A limit that is too small would evict or refuse, which the two servers do
	// at different amounts.
	memoryLimits = []string{"0", "1gb", "2GB", "100000mb", "3000000000", "-1", "1.5", "abc", "", "10xb", "9223372036854775808"}
)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }
