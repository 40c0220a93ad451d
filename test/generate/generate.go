package generate

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// Command is a generated command and how replies to it are compared: the name
// of a norm of package script, empty for byte by byte.
type Command struct {
	Args    []string
	Compare string
}

// Generator makes commands. It is for one goroutine.
type Generator struct {
	rng *rand.Rand

	// Broken is how many commands out of a hundred are broken on purpose.
	Broken int

	entries int // of streams, made so far
}

// New returns a generator; the same seed makes the same commands.
func New(seed uint64) *Generator {
	return &Generator{rng: rand.New(rand.NewPCG(seed, 0x62_61_73_61_6c_74)), Broken: 12}
}

// Next makes the next command.
func (g *Generator) Next() Command {
	for {
		rule := g.rule()
		args := rule.element.generate(g, nil)
		if g.rng.IntN(100) < g.Broken {
			args = g.damage(args)
			if hurried(args) || whole(args, rule.compare) || (rule.fixed && !strings.EqualFold(args[0], rule.name)) {
				continue
			}
		}
		return Command{Args: args, Compare: rule.compare}
	}
}

func (g *Generator) rule() *rule {
	n := g.rng.IntN(weights)
	for i := range rules {
		if n -= rules[i].weight; n < 0 {
			return &rules[i]
		}
	}
	panic("BUG: weights do not add up")
}

// key is one of few, so that commands meet.
func (g *Generator) key() string {
	switch g.rng.IntN(40) {
	case 0:
		return ""
	case 1:
		return "k\x00\r\n\xff"
	case 2:
		return strings.Repeat("long", 70)
	}
	return "k" + strconv.Itoa(g.rng.IntN(12))
}

func (g *Generator) value() string {
	switch g.rng.IntN(14) {
	case 0:
		return ""
	case 1, 2:
		return strconv.Itoa(g.rng.IntN(20000) - 5000)
	case 3:
		return pick(g.rng, numbers)
	case 4:
		return strconv.FormatFloat(g.rng.NormFloat64()*100, 'f', g.rng.IntN(8), 64)
	case 5:
		return strings.Repeat("x", 40+g.rng.IntN(10)) // around the limit of embedded strings
	case 6:
		return strings.Repeat("0123456789", 1+g.rng.IntN(300))
	case 7:
		if g.rng.IntN(10) == 0 {
			return strings.Repeat("big value ", 3200+g.rng.IntN(200)) // around the threshold of large arguments
		}
		return "\x00\xff\r\n"
	}
	return pick(g.rng, words)
}

var words = []string{"a", "b", "value", "hello world", "The quick brown fox", "ohmytext", "mynewtext", "A", "true", "nil"}

// numbers stand at the edges of what counts as an integer or a float.
var numbers = []string{
	"0", "-0", "+1", "01", "1.0", " 1", "1 ", "9223372036854775807", "-9223372036854775808",
	"9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e3", "3.0e3", "nan", "inf", "-inf",
	"0x10", "1_000", "", "--1", "1.5", "-1", "9999", "10000", "2147483648", "4294967296", ".5", "5.", "1e400",
}

func (g *Generator) integer() string {
	if g.rng.IntN(6) == 0 {
		return pick(g.rng, numbers)
	}
	return strconv.Itoa(g.rng.IntN(2000) - 1000)
}

func (g *Generator) float() string {
	if g.rng.IntN(6) == 0 {
		return pick(g.rng, numbers)
	}
	return strconv.FormatFloat(g.rng.NormFloat64()*50, 'f', g.rng.IntN(6), 64)
}

func (g *Generator) future() string { return strconv.Itoa(farSeconds + g.rng.IntN(4)) }

func (g *Generator) futureMillis() string { return strconv.Itoa(farSeconds*1000 + g.rng.IntN(4)) }

// anyCase writes a word as clients do: mostly in capitals.
func (g *Generator) anyCase(word string) string {
	switch g.rng.IntN(8) {
	case 0:
		return strings.ToLower(word)
	case 1:
		b := []byte(strings.ToLower(word))
		for i := range b {
			if g.rng.IntN(2) == 0 && b[i] >= 'a' && b[i] <= 'z' {
				b[i] -= 'a' - 'A'
			}
		}
		return string(b)
	}
	return word
}

// junk replaces arguments. Small positive numbers are not among it: as a time
// to live they would run out during the test.
var junk = []string{
	"", "abc", "-1", "0", "1.5", " ", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
	"-9223372036854775809", "nan", "inf", "1e3", "NX", "XX", "GET", "EX", "KEEPTTL", "PERSIST", "COUNT", "MATCH",
	"\r\n", "\x00", "*", "k1", "9223372036854775", "-9223372036854776",
}

// damage breaks a command in one or two ways.
func (g *Generator) damage(args []string) []string {
	for range 1 + g.rng.IntN(2) {
		if len(args) < 2 {
			return append(args, pick(g.rng, junk))
		}
		at := 1 + g.rng.IntN(len(args)-1)
		switch g.rng.IntN(6) {
		case 0:
			args = append(args[:at:at], args[at+1:]...)
		case 1:
			args = append(args[:at+1:at+1], args[at:]...)
		case 2:
			other := 1 + g.rng.IntN(len(args)-1)
			args[at], args[other] = args[other], args[at]
		case 3:
			args[at] = pick(g.rng, junk)
		case 4:
			args = append(args, pick(g.rng, junk))
		case 5:
			args = args[:at]
		}
	}
	return args
}

// timed are the commands that take a time to live from now on.
var timed = map[string]bool{
	"set": true, "setex": true, "psetex": true, "getex": true, "expire": true, "pexpire": true, "client": true,
}

// hurried says whether a broken command may have set a time to live that ends
// during the test: one of its numbers is positive and small.
func hurried(args []string) bool {
	if !timed[strings.ToLower(args[0])] {
		return false
	}
	for _, arg := range args[1:] {
		if n, err := strconv.ParseInt(strings.TrimSpace(arg), 10, 64); err == nil && n > 0 && n < relativeMin {
			return true
		}
	}
	return false
}

// whole says whether breaking made a command whose answer is by right not the
// same on two servers: a list of all commands or directives, or a part of an
// iteration.
func whole(args []string, compare string) bool {
	switch strings.ToUpper(args[0]) {
	case "ZRANK", "ZREVRANK":
		// 7.2 has an option for the score.
		return len(args) > 3
	case "ZADD":
		// See lexKey.
		return len(args) > 1 && strings.HasPrefix(args[1], "kz")
	case "HRANDFIELD", "HSCAN", "ZRANDMEMBER", "ZSCAN":
		return true
	case "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP":
		// Broken they may wait for ever, and until 7.2 a timeout that is too
		// long counts as negative.
		return true
	case "LPOS":
		// The least rank is an error since 7.2.
		for _, arg := range args {
			if arg == "-9223372036854775808" {
				return true
			}
		}
	case "BITCOUNT", "BITPOS":
		// Before 7.2 a key that is not there was an answer whatever followed.
		return true
	case "SPOP", "SRANDMEMBER", "SSCAN":
		return true
	case "SORT", "SORT_RO":
		return true // see sortTemplates
	case "XADD", "XREAD", "XREADGROUP":
		return unlikeStream(args)
	case "COMMAND":
		// Before 7.2 GETKEYS wanted one argument more than it needs.
		return len(args) < 4
	case "CONFIG":
		// CONFIG SET may have become GET, which answers in any order.
		// Values end at a zero byte there.
		return strings.ContainsAny(strings.Join(args, ""), "*?[\x00") ||
			compare == "" && len(args) > 1 && strings.EqualFold(args[1], "GET")
	case "SCAN":
		if len(args) < 2 {
			return false
		}
		// Anything that may pass for a number: C reads signs and stops at a
		// zero byte.
		if args[1] != "0" && (args[1] == "" || args[1][0] < 'A') {
			return true
		}
		for i, arg := range args {
			if strings.EqualFold(arg, "COUNT") && i+1 < len(args) && args[i+1] == "100000" {
				return false
			}
		}
		return true
	}
	return false
}
