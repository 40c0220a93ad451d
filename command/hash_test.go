package command

import (
	"fmt"
	"testing"

	"basalt/internal/invariants"
)

// TestHashesAllocateNothing runs commands of small and large hashes once warm.
func TestHashesAllocateNothing(t *testing.T) {
	n := newNode(t, 3)
	for i := range 2000 {
		n.do("HSET", "large", fmt.Sprintf("field:%d", i), "value")
	}
	n.do("HSET", "small", "f", "v", "n", "1", "x", "1.5")
	n.do("HEXPIRE", "large", "1000", "FIELDS", "1", "field:7")
	for _, line := range [][]string{
		{"HSET", "small", "f", "value"}, {"HSET", "large", "field:5", "other"}, {"HSET", "large", "field:5", "longer value"},
		{"HSET", "small", "f", "v", "g", "w"}, {"HGET", "small", "f"}, {"HGET", "large", "field:17"}, {"HGET", "large", "no"},
		{"HMGET", "small", "f", "g", "h"}, {"HDEL", "small", "g"}, {"HSETNX", "small", "f", "v"}, {"HEXISTS", "large", "field:6"},
		{"HLEN", "large"}, {"HSTRLEN", "small", "f"}, {"HINCRBY", "small", "n", "7"}, {"HINCRBY", "large", "n", "7"},
		{"HINCRBYFLOAT", "small", "x", "1.5"}, {"HGETALL", "small"}, {"HKEYS", "small"}, {"HVALS", "small"},
		{"HRANDFIELD", "large"}, {"HRANDFIELD", "large", "5", "WITHVALUES"}, {"HRANDFIELD", "small", "-5"},
		{"HSCAN", "small", "0"}, {"HSCAN", "large", "0"}, {"HGET", "large", "field:7"}, {"HMSET", "large", "a", "1", "b", "2"},
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
