package command

import (
	"fmt"
	"testing"

	"basalt/internal/invariants"
)

// TestSortedSetsAllocateNothing runs commands of small and large sorted sets
// once warm.
func TestSortedSetsAllocateNothing(t *testing.T) {
	n := newNode(t, 3)
	for i := range 2000 {
		n.do("ZADD", "large", fmt.Sprint(i), fmt.Sprintf("member:%d", i))
		n.do("SADD", "set", fmt.Sprintf("member:%d", i*3))
	}
	n.do("ZADD", "small", "1", "a", "2.5", "b", "3", "c")
	for _, line := range [][]string{
		{"ZADD", "small", "7", "a"}, {"ZADD", "small", "7.25", "a", "1", "b"}, {"ZADD", "large", "17", "member:3"},
		{"ZADD", "large", "GT", "CH", "18", "member:3"}, {"ZINCRBY", "small", "1.5", "b"}, {"ZINCRBY", "large", "3", "member:9"},
		{"ZSCORE", "small", "b"}, {"ZSCORE", "large", "member:7"}, {"ZMSCORE", "large", "member:7", "x"},
		{"ZRANK", "small", "b"}, {"ZRANK", "large", "member:7"}, {"ZREVRANK", "large", "member:7", "WITHSCORE"}, {"ZCARD", "large"},
		{"ZRANGE", "small", "0", "-1", "WITHSCORES"}, {"ZRANGE", "large", "5", "100", "REV"},
		{"ZRANGEBYSCORE", "large", "100", "(200", "LIMIT", "3", "10"}, {"ZRANGEBYLEX", "large", "-", "+", "LIMIT", "0", "3"},
		{"ZCOUNT", "large", "100", "+inf"}, {"ZCOUNT", "small", "(1.5", "3"}, {"ZREM", "large", "absent"},
		{"ZRANDMEMBER", "large"}, {"ZRANDMEMBER", "large", "5", "WITHSCORES"}, {"ZRANDMEMBER", "small", "-5"},
		{"ZSCAN", "small", "0"}, {"ZSCAN", "large", "0"}, {"ZINTERCARD", "2", "large", "set", "LIMIT", "10"},
		{"ZADD", "pop", "1", "a", "2", "b"}, {"ZPOPMIN", "large"}, {"ZMPOP", "1", "large", "MAX", "COUNT", "2"},
		{"BZPOPMIN", "large", "0"}, {"ZREMRANGEBYRANK", "large", "3", "4"}, {"ZUNION", "2", "small", "pop"},
		{"ZINTER", "2", "small", "pop", "WITHSCORES"}, {"ZDIFF", "2", "small", "pop"},
	} {
		args := make([][]byte, len(line))
		for i, word := range line {
			args[i] = []byte(word)
		}
		run := func() {
			n.w.Reset(n.first)
			n.run(args)
		}
		run()
		if got := testing.AllocsPerRun(50, run); got != 0 && !invariants.Enabled {
			t.Errorf("%v: %v allocations", line, got)
		}
	}
}
