package command

import (
	"fmt"
	"strings"
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

// TestHashEvents: what commands of hashes tell listeners and count as changes
// is what redis-server tells and counts.
func TestHashEvents(t *testing.T) {
	n := newFieldNode(t, 2)
	for _, c := range []struct {
		command, events string
		dirty           int64
	}{
		{"HSET h a 1 b 2 a 3", "hset h", 3},
		{"HSET h a 1", "hset h", 1},
		{"HMSET h c 1 d 2", "hset h", 2},
		{"HSETNX h a 1", "", 0},
		{"HSETNX h e 1", "hset h", 1},
		{"HINCRBY h a 5", "hincrby h", 1},
		{"HINCRBYFLOAT h a 1.5", "hincrbyfloat h", 1},
		{"HDEL h x", "", 0},
		{"HDEL h a x b", "hdel h", 2},
		{"HDEL h c d e", "hdel h, del h", 3},
		{"HDEL h c", "", 0},
		{"HSET g f v", "hset g", 1},
		{"HINCRBY g n 1", "hincrby g", 1},
		{"HINCRBYFLOAT g m 1", "hincrbyfloat g", 1},
		{"HGETALL g", "", 0},
		{"HRANDFIELD g", "", 0},
		// Deadlines of fields, which the reference of the tests does not have.
		{"HEXPIRE g 100 FIELDS 3 f n x", "hexpire g", 2},
		{"HEXPIRE g 100 NX FIELDS 1 f", "", 0},
		{"HPERSIST g FIELDS 3 f m x", "hpersist g", 1},
		{"HGETEX g FIELDS 1 f", "", 0},
		{"HSETEX g EX 100 FIELDS 2 a 1 b 2", "hset g, hexpire g", 2},
		{"HGETDEL g FIELDS 2 a x", "hdel g", 1},
		{"HPEXPIREAT g 1 FIELDS 4 f n m b", "hdel g, del g", 4},
	} {
		n.events = nil
		before, modified := n.keys.Dirty, n.host.modified
		reply := n.do(strings.Fields(c.command)...)
		if got := strings.Join(n.events, ", "); got != c.events || n.keys.Dirty-before != c.dirty {
			t.Errorf("%s: %q and %d changes, want %q and %d", c.command, got, n.keys.Dirty-before, c.events, c.dirty)
		}
		if (n.host.modified == modified) != (c.dirty == 0) {
			t.Errorf("%s: %d keys were said to have changed", c.command, n.host.modified-modified)
		}
		if reply[0] == '-' {
			t.Errorf("%s: %s", c.command, reply)
		}
	}
}
