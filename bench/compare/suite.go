package main

import (
	"errors"

	"basalt/bench/client"
	"basalt/bench/load"
)

// suiteTest is one of redis-benchmark's default tests besides GET and SET.
type suiteTest struct {
	name   string
	words  []string // what redis-benchmark is told
	needs  []string
	weight int                         // how many times the work of a GET, roughly; divides the requests
	key    string                      // deleted before each round; empty: the strings stay
	fill   []string                    // command that makes each of the elements, its number behind it
	queue  func(c *client.Conn, i int) // the same in other forms
	count  int                         // of elements; 0: one for each request, for what takes elements away
}

// goalSuite is the processor time against the reference's that each test may
// take.
const goalSuite = 0.6

// heavyWeight is that of a command which handles several elements.
const heavyWeight = 5

// suite is redis-benchmark's own, in its order. The four ranges of a list are
// spelled out: its test of them counts the filling of the list as well.
var suite = []suiteTest{
	{name: "PING_INLINE", words: []string{"-t", "ping_inline"}, needs: []string{"PING"}},
	{name: "PING_MBULK", words: []string{"-t", "ping_mbulk"}, needs: []string{"PING"}},
	{name: "INCR", words: []string{"-t", "incr"}, needs: []string{"INCR"}},
	{name: "LPUSH", words: []string{"-t", "lpush"}, needs: []string{"LPUSH"}, key: "mylist"},
	{name: "RPUSH", words: []string{"-t", "rpush"}, needs: []string{"RPUSH"}, key: "mylist"},
	{
		name: "LPOP", words: []string{"-t", "lpop"}, needs: []string{"LPOP", "RPUSH"},
		key: "mylist", fill: []string{"RPUSH", "mylist", "element:"},
	},
	{
		name: "RPOP", words: []string{"-t", "rpop"}, needs: []string{"RPOP", "RPUSH"},
		key: "mylist", fill: []string{"RPUSH", "mylist", "element:"},
	},
	{name: "SADD", words: []string{"-t", "sadd"}, needs: []string{"SADD"}, key: "myset"},
	{name: "HSET", words: []string{"-t", "hset"}, needs: []string{"HSET"}, key: "myhash"},
	{
		name: "SPOP", words: []string{"-t", "spop"}, needs: []string{"SPOP", "SADD"},
		key: "myset", fill: []string{"SADD", "myset", "element:"},
	},
	{name: "ZADD", words: []string{"-t", "zadd"}, needs: []string{"ZADD"}, weight: 2, key: "myzset"},
	{
		name: "ZPOPMIN", words: []string{"-t", "zpopmin"}, needs: []string{"ZPOPMIN", "ZADD"}, weight: 2,
		key: "myzset", fill: []string{"ZADD", "myzset", "1", "element:"},
	},
	rangeTest("LRANGE_100", "99", 10),
	rangeTest("LRANGE_300", "299", 25),
	rangeTest("LRANGE_500", "499", 40),
	rangeTest("LRANGE_600", "599", 50),
	{name: "MSET (10 keys)", words: []string{"-t", "mset"}, needs: []string{"MSET"}, weight: 5},
	largeTest("ZADD, 1 M members", 2, "ZADD", "large", randomInt, "element:"+randomInt),
	largeTest("ZINCRBY, 1 M members", 2, "ZINCRBY", "large", "7", "element:"+randomInt),
	largeTest("ZRANK, 1 M members", 2, "ZRANK", "large", "element:"+randomInt),
	largeTest("ZRANGE by rank", 3, "ZRANGE", "large", "400000", "400009"),
	largeTest("ZRANGE by score", 3, "ZRANGE", "large", randomInt, "+inf", "BYSCORE", "LIMIT", "0", "10", "WITHSCORES"),
	streamTest("XADD", 2, "XADD", "log", "MAXLEN", "~", "100000", "*", "level", "info", "text", "something happened"),
	streamTest("XRANGE 10", 3, "XRANGE", "log", "-", "+", "COUNT", "10"),
	streamTest("XREAD 10", 3, "XREAD", "COUNT", "10", "STREAMS", "log", "0"),
}

// randomInt is what redis-benchmark replaces by a number below keyCount.
const randomInt = "__rand_int__"

// largeCount is the members of the sorted set that largeTest reads and changes.
const largeCount = 1_000_000

// largeTest is of a sorted set of a million members.
func largeTest(name string, weight int, words ...string) suiteTest {
	return suiteTest{
		name: name, words: words, needs: words[:1], weight: weight, key: "large",
		queue: each("ZADD large # element:%012d"), count: largeCount,
	}
}

// streamTest is of a stream of 100,000 entries.
func streamTest(name string, weight int, words ...string) suiteTest {
	return suiteTest{
		name: name, words: words, needs: []string{words[0], "XADD"}, weight: weight, key: "log",
		queue: each("XADD log * level info text happened:%09d"), count: 100_000,
	}
}

// rangeTest reads the head of a list of a thousand elements.
func rangeTest(name, last string, weight int) suiteTest {
	return suiteTest{
		name: name, words: []string{"LRANGE", "mylist", "0", last}, needs: []string{"LRANGE", "RPUSH"},
		weight: weight, key: "mylist", fill: []string{"RPUSH", "mylist", "element:"}, count: 1000,
	}
}

func (t suiteTest) workload(o options, p programs) workload {
	requests := requestCount(o, suitePipeline) / max(t.weight, 1)
	w := workload{
		name: t.name, pipeline: suitePipeline, requests: requests, needs: t.needs,
		goal:  goalSuite,
		setup: setupStrings, run: redisBenchmark(p, suitePipeline, requests, t.words...),
		heavy: t.weight >= heavyWeight,
	}
	if t.key == "" {
		return w
	}
	count := t.count
	if count == 0 {
		count = requests
	}
	w.setup = empty
	w.renew = func(n *node) error {
		_, err := n.Do("DEL", t.key)
		queue := t.queue
		if len(t.fill) != 0 {
			queue = numbered(t.fill...)
		}
		if queue == nil {
			return err
		}
		return errors.Join(err, load.Fill(n.address, count, queue))
	}
	return w
}
