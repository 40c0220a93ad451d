package command

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/internal/seeds"
	"basalt/test/generate"
)

// effectTemplates are commands whose effect depends on the time, on chance or
// on who waits, with what prepares them. [x] is x or nothing, (x|y) one of them,
// <x> a value. No history of a group is read: that counts deliveries, which
// Redis does not log either.
var effectTemplates = []string{
	"SET <k> <v> [(NX|XX|IFEQ <v>)] [GET] [(EX 1|PX <ms>|PXAT <at>|EXAT <sec>|KEEPTTL)]",
	"SET <k> <v> [(NX|XX)] [(KEEPTTL|PXAT <at>)]",
	"SETEX <k> 1 <v>", "PSETEX <k> <ms> <v>", "GETSET <k> <v>", "GETDEL <k>",
	"GETEX <k> (EX 1|PX <ms>|PXAT <at>|EXAT <sec>|PERSIST)",
	"MSET <k> <v> <k> <v> <k> <v>", "MSETEX 2 <k> <v> <k> <v> [(NX|XX)] [(EX 1|PX <ms>|PXAT <at>|KEEPTTL)]",
	"(EXPIRE <k> 1|PEXPIRE <k> <ms>|PEXPIREAT <k> <at>|EXPIREAT <k> <sec>) [(NX|XX|GT|LT)]",
	"(EXPIRE <k> 1|PEXPIRE <k> <ms>)", "(EXPIRE <h> 2|PEXPIRE <h> <ms>)", "(PEXPIRE <s> <ms>|PEXPIRE <x> <ms>)",
	"INCRBYFLOAT <k> 1.25", "INCR <k>", "APPEND <k> x", "APPEND <k> <big>", "SET <k> <big> [EX 2]", "MSET <k> <big> <k> <big>",
	"RPUSH <l> <big> <v>", "DEL <k> <k>", "(RENAME|RENAMENX) <k> <k>", "COPY <k> <k> [DB 1] [REPLACE]", "MOVE <k> 1", "COPY <h> <h> REPLACE",
	"MGET <k> <k> <k>", "EXISTS <h> <k>", "SETRANGE <k> 3 abc", "SWAPDB 0 1", "FLUSHDB", "SELECT (0|1)",
	"SADD <s> <v> <n> <n> <n> <n>", "SPOP <s>", "SPOP <s> <n>", "SPOP <s> 0", "SMOVE <s> <s> <n>", "SUNIONSTORE <s> <s> <s>",
	"SORT <s> BY nosuch*->f ALPHA STORE <l>", "SORT <s> BY h*->f1 ALPHA GET h*->f2 GET # STORE <l>", "SORT <s> BY nosort STORE <l>",
	"RPUSH <l> <v> <n> <v>", "LPUSH <l> <n>", "LMPOP 2 <l> <l> (LEFT|RIGHT) [COUNT <n>]", "RPOP <l>", "DEL <l>",
	"(BLPOP|BRPOP) <l> <l> 0", "BLMOVE <l> <l> (LEFT|RIGHT) (LEFT|RIGHT) 0", "BRPOPLPUSH <l> <l> 0",
	"BLMPOP 0 2 <l> <l> (LEFT|RIGHT) [COUNT <n>]", "LMOVE <l> <l> LEFT LEFT",
	"ZADD <z> <n> <v> <n> <n>", "ZMPOP 2 <z> <z> (MIN|MAX) [COUNT <n>]", "(BZPOPMIN|BZPOPMAX) <z> <z> 0",
	"BZMPOP 0 2 <z> <z> (MIN|MAX) [COUNT <n>]", "(ZPOPMIN|ZPOPMAX) <z> [<n>]", "ZUNIONSTORE <z> 2 <z> <z>",
	"GEOADD <z> 13.3 38.1 <v> 15.0 37.5 <n>", "GEORADIUS <z> 14 38 300 km [(STORE <z>|STOREDIST <z>)]", "GEOSEARCHSTORE <z> <z> FROMLONLAT 14 38 BYRADIUS 300 km COUNT 1 ANY",
	"HSET <h> <f> <v> <f> <n>", "HINCRBYFLOAT <h> <f> 0.5", "HINCRBY <h> <f> 1", "HDEL <h> <f> <f>", "HSETNX <h> <f> <v>",
	"(HEXPIRE <h> 1|HPEXPIRE <h> <ms>|HPEXPIREAT <h> <at>|HEXPIREAT <h> <sec>|HEXPIRE <h> 0) [(NX|XX|GT|LT)] FIELDS 2 <f> <f>",
	"HPEXPIRE <h> <ms> FIELDS 4 f0 f1 f2 f3", "HPERSIST <h> FIELDS 1 <f>", "HGETDEL <h> FIELDS 2 <f> <f>",
	"HGETEX <h> (EX 1|PX <ms>|PXAT <at>|EXAT <sec>|PERSIST) FIELDS 2 <f> <f>",
	"HSETEX <h> [(FNX|FXX)] [(EX 1|PX <ms>|PXAT <at>|EXAT <sec>|KEEPTTL)] FIELDS 2 <f> <v> <f> <n>",
	"PFADD p <v> <n>", "PFCOUNT p", "PFMERGE p p", "PFDEBUG TODENSE p",
	"XADD <x> * a <v>", "XADD <x> * a <v> b <n>", "XADD <x> <sid>-* a <v>", "XADD <x> [NOMKSTREAM] [(MAXLEN|MINID) [(=|~)] <n>] * a <v>",
	"XADD <x> [(MAXLEN ~ <n>|MINID ~ <sid>) LIMIT 5] * a <v>", "XTRIM <x> (MAXLEN|MINID) [(=|~)] <n>", "XTRIM <x> MAXLEN ~ 2 LIMIT 3", "XDEL <x> <oid>",
	"XGROUP CREATE <x> <g> ($|0) [MKSTREAM]", "XGROUP CREATE <x> <g> 0 MKSTREAM", "XGROUP SETID <x> <g> ($|0|<oid>)", "XGROUP DELCONSUMER <x> <g> <c>", "XGROUP DESTROY <x> g2",
	"XREADGROUP GROUP <g> <c> [COUNT <n>] [NOACK] STREAMS <x> >", "XREADGROUP GROUP <g> <c> COUNT <n> STREAMS <x> >",
	"XREADGROUP GROUP <g> <c> BLOCK 0 [NOACK] STREAMS <x> >", "XREADGROUP GROUP g0 <c> [BLOCK 0] STREAMS x0 x1 > >",
	"XCLAIM <x> <g> <c> (0|5) <oid> <oid> [(IDLE <n>|TIME <at>)] [RETRYCOUNT <n>] [FORCE] [JUSTID] [LASTID <oid>]",
	"XAUTOCLAIM <x> <g> <c> (0|5) - [COUNT <n>] [JUSTID]", "XACK <x> <g> <oid>", "XSETID <x> 9999999999999-1",
	"XDELEX <x> (KEEPREF|DELREF|ACKED) IDS 1 <oid>", "XACKDEL <x> <g> DELREF IDS 1 <oid>",
	"DEBUG POPULATE 3 k", "DEBUG POPULATE 2 other 10",
}

// effectCommands makes random commands of effectTemplates.
type effectCommands struct {
	*rand.Rand
	node *loggedNode
	ids  []string // of streams, made lately
}

func (g *effectCommands) next() []string {
	text := effectTemplates[g.IntN(len(effectTemplates))]
	words := strings.Fields(strings.NewReplacer("[", " [ ", "]", " ] ", "(", " ( ", ")", " ) ", "|", " | ").Replace(text))
	args, _ := g.expand(words)
	return args
}

// expand reads words up to a closing mark and returns what it makes of them, and
// what follows from the mark on.
func (g *effectCommands) expand(words []string) (out, rest []string) {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		var inner []string
		switch {
		case word == "]" || word == ")" || word == "|":
			return out, append([]string{word}, words...)
		case word == "[":
			inner, words = g.expand(words)
			words = words[1:]
			if g.IntN(2) == 0 {
				out = append(out, inner...)
			}
		case word == "(":
			var all [][]string
			for mark := "|"; mark == "|"; words = words[1:] {
				inner, words = g.expand(words)
				all = append(all, inner)
				mark = words[0]
			}
			out = append(out, all[g.IntN(len(all))]...)
		case word[0] == '<':
			out = append(out, g.value(word))
		default:
			out = append(out, word)
		}
	}
	return out, nil
}

func (g *effectCommands) value(slot string) string {
	now := g.node.keys.Now()
	switch slot {
	case "<k>":
		return "k:" + strconv.Itoa(g.IntN(6))
	case "<v>":
		return []string{"a", "b", "7", "12.5", "value", ""}[g.IntN(6)]
	case "<n>":
		return strconv.Itoa(1 + g.IntN(9))
	case "<big>":
		return strings.Repeat("big", bigArg/3+g.IntN(4)-1)
	case "<ms>":
		return strconv.Itoa(1 + g.IntN(60))
	case "<at>":
		return strconv.FormatInt(now+int64(g.IntN(100))-20, 10)
	case "<sec>":
		return strconv.FormatInt(now/1000+int64(g.IntN(4))-1, 10)
	case "<f>":
		return "f" + strconv.Itoa(g.IntN(6))
	case "<oid>":
		if len(g.ids) > 0 {
			return g.ids[len(g.ids)-1-g.IntN(min(len(g.ids), 12))]
		}
		return "0-1"
	case "<sid>":
		return strconv.FormatInt(now-int64(g.IntN(60)), 10)
	}
	return strings.Trim(slot, "<>") + strconv.Itoa(g.IntN(3))
}

// TestReplayedLogIsTheSame executes random commands while time passes, and their
// log elsewhere a year later: keys, fields, groups and deadlines are the same
// all along.
func TestReplayedLogIsTheSame(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	start := seeds.Of(t)
	for round := range rounds {
		seed := start + uint64(round)
		g := &effectCommands{Rand: rand.New(rand.NewPCG(seed, 8))}
		replayed := replayRun{t: t, seed: seed}
		replayed.run(1500, func(n *loggedNode) []string {
			g.node = n
			args := g.next()
			return args
		}, func(args []string, reply string) {
			if args[0] == "XADD" && reply[0] == '$' {
				g.ids = append(g.ids, strings.Split(reply, "\r\n")[1])
			}
		})
	}
}

// TestGeneratedLogIsTheSame is TestReplayedLogIsTheSame with the commands that
// servers are compared by.
func TestGeneratedLogIsTheSame(t *testing.T) {
	seed := seeds.Of(t)
	g := generate.New(seed)
	count := 15000
	if testing.Short() {
		count = 5000
	}
	skipped := map[string]bool{"config": true, "client": true, "memory": true, "slowlog": true, "command": true, "xreadgroup": true}
	replayed := replayRun{t: t, seed: seed, rarely: 20}
	replayed.run(count, func(*loggedNode) []string {
		for {
			if args := g.Next().Args; !skipped[strings.ToLower(args[0])] {
				return args
			}
		}
	}, func([]string, string) {})
}

// replayRun executes commands on a node and their log on another.
type replayRun struct {
	t       *testing.T
	seed    uint64
	rarely  int // of so many commands one is compared after; 0: every one
	history []string
}

func (r *replayRun) run(count int, next func(*loggedNode) []string, done func(args []string, reply string)) {
	const yearMs = 365 * 86400 * 1000
	start := int64(1_700_000_000_000)
	n, copied := newLoggedNode(r.t, start), newReplica(r.t, start+yearMs)
	rng := rand.New(rand.NewPCG(r.seed, 9))
	for i := range count {
		if rng.IntN(3) == 0 {
			n.keys.SetNow(n.keys.Now() + int64(rng.IntN(30)))
		}
		if rng.IntN(8) == 0 {
			n.keys.Expire(time.Second)
		}
		if rng.IntN(50) == 0 && len(n.waiting) > 0 {
			n.waiting = n.waiting[1:] // it gave up
		}
		args := next(n)
		before := n.keys.Dirty
		reply := n.call(args...)
		done(args, reply)
		changed := n.keys.Dirty != before
		log := append([]byte(nil), n.log.Take()...)
		r.history = append(r.history, shortened(args)+" => "+shortLog(log))
		if err := copied.replay(log); err != nil {
			r.fail(i, err.Error())
		}
		if r.rarely > 0 && i%r.rarely != 0 && !(len(log) > 0 && !changed) {
			continue
		}
		// What has expired is gone on both sides.
		n.keys.Expire(time.Second)
		if err := copied.replay(n.log.Take()); err != nil {
			r.fail(i, err.Error())
		}
		if want, got := n.state(), copied.state(); got != want {
			r.fail(i, "the replayed log leads elsewhere: "+firstDifference(want, got))
		}
		if want, got := n.call("DEBUG", "DIGEST"), copied.call("DEBUG", "DIGEST"); got != want {
			r.fail(i, fmt.Sprintf("digest %q, want %q", got, want))
		}
	}
}

func shortLog(log []byte) string {
	text := logLines(log)
	if len(text) > 300 {
		text = text[:200] + "..." + text[len(text)-100:]
	}
	return text
}

func (r *replayRun) fail(i int, why string) {
	r.t.Helper()
	last := r.history[max(0, len(r.history)-30):]
	r.t.Fatalf("seed %d, command %d: %s\nbefore:\n%s", r.seed, i, why, strings.Join(last, "\n"))
}

// TestReplayCopesWithBusyExpiry has more fields expire at once than are removed
// before a command: those that it meets are, and say so.
func TestReplayCopesWithBusyExpiry(t *testing.T) {
	start := int64(1_700_000_000_000)
	n, copied := newLoggedNode(t, start), newReplica(t, start+1e9)
	check := func(args ...string) {
		t.Helper()
		n.call(args...)
		log := n.log.Take()
		if err := copied.replay(log); err != nil && !strings.Contains(err.Error(), "HDEL") {
			t.Fatal(err, logLines(log))
		}
	}
	for h := range 3 {
		key := "h" + strconv.Itoa(h)
		for i := range 1500 {
			check("HSET", key, "f"+strconv.Itoa(i), "1")
			check("HPEXPIRE", key, "10", "FIELDS", "1", "f"+strconv.Itoa(i))
		}
		check("HSET", key, "stays", "1", "too", "2")
	}
	n.keys.SetNow(start + 100)
	check("HINCRBY", "h2", "f1400", "5")
	check("HINCRBYFLOAT", "h2", "f1401", "5")
	check("HSETNX", "h2", "f1402", "5")
	check("HSET", "h2", "f1403", "5")
	check("HDEL", "h2", "f1404", "f1403", "f1402")
	check("HGETDEL", "h2", "FIELDS", "2", "f1405", "f1401")
	check("HSETEX", "h2", "FNX", "FIELDS", "1", "f1406", "5")
	check("HPEXPIRE", "h2", "1000", "FIELDS", "2", "f1407", "f1406")
	check("SADD", "s", "2")
	check("SORT", "s", "BY", "nosort", "GET", "h*->f1408", "STORE", "l")
	check("HDEL", "h2", "stays", "too", "f1400", "f1403", "f1406")
	check("SET", "h2", "gone", "NX")
	check("HGETDEL", "h1", "FIELDS", "2", "stays", "too")
	check("SET", "h1", "gone", "NX")
	for !n.keys.Expire(time.Second) {
	}
	check("PING")
	if want, got := n.state(), copied.state(); got != want {
		t.Error(firstDifference(want, got))
	}
}
