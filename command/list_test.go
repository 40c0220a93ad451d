package command

import (
	"fmt"
	"strings"
	"testing"

	"basalt/db"
	"basalt/internal/invariants"
)

// TestListsAllocateNothing runs commands of small and large lists once warm.
func TestListsAllocateNothing(t *testing.T) {
	n := newNode(t, 2)
	for i := range 3000 {
		n.do("RPUSH", "large", fmt.Sprintf("element:%d", i))
		n.do("RPUSH", "other", fmt.Sprintf("element:%d", i))
	}
	n.do("RPUSH", "small", "a", "b", "1", "2", "c")
	n.do("RPUSH", "huge", strings.Repeat("h", 100_000), "x", strings.Repeat("i", 9000))
	for _, line := range [][]string{
		{"LPUSH", "small", "x"}, {"LPOP", "small"}, {"RPUSH", "small", "x"}, {"RPOP", "small"}, {"LPUSH", "large", "x"},
		{"LPOP", "large"}, {"RPUSH", "large", "x", "y", "17"}, {"RPOP", "large", "3"}, {"LLEN", "large"}, {"LINDEX", "large", "1500"},
		{"LSET", "large", "100", "short"}, {"LSET", "small", "1", "other"}, {"LRANGE", "large", "0", "-1"}, {"LRANGE", "huge", "0", "-1"},
		{"LRANGE", "small", "-2", "-1"}, {"LMOVE", "large", "other", "LEFT", "RIGHT"}, {"LMOVE", "large", "large", "LEFT", "RIGHT"},
		{"RPOPLPUSH", "huge", "huge"}, {"LPOS", "large", "element:1000", "COUNT", "0"}, {"LREM", "large", "0", "nothing"},
		{"LINSERT", "small", "BEFORE", "b", "x"}, {"LTRIM", "other", "1", "-1"}, {"LMPOP", "2", "none", "other", "LEFT", "COUNT", "3"},
		{"BLPOP", "none", "other", "0"}, {"BLMOVE", "other", "large", "LEFT", "LEFT", "1.5"}, {"LPUSHX", "none", "1"},
		{"RPUSH", "comes", "1"}, {"DEL", "comes"},
	} {
		args := make([][]byte, len(line))
		for i, word := range line {
			args[i] = []byte(word)
		}
		run := func() {
			n.w.Reset(n.first)
			n.run(args)
			n.w.Release(db.Unpin)
		}
		run()
		run()
		if got := testing.AllocsPerRun(50, run); got != 0 && !invariants.Enabled {
			t.Errorf("%v: %v allocations", line, got)
		}
	}
}

// TestListEvents: what commands of lists tell listeners and count as changes is
// what redis-server tells and counts.
func TestListEvents(t *testing.T) {
	n := newFieldNode(t, 2)
	for _, c := range []struct {
		command, events string
		dirty           int64
	}{
		{"RPUSH a 1 2 3", "rpush a", 3},
		{"LPUSH a x", "lpush a", 1},
		{"LPUSHX a y z", "lpush a", 2},
		{"RPUSHX a w", "rpush a", 1},
		{"LPUSHX none 1", "", 0},
		{"LPOP a", "lpop a", 1},
		{"RPOP a 2", "rpop a", 2},
		{"LPOP a 0", "", 0},
		{"LSET a 0 q", "lset a", 1},
		{"LSET a 1 r", "lset a", 1},
		{"LINSERT a BEFORE q p", "linsert a", 1},
		{"LINSERT a AFTER nothing p", "", 0},
		{"LREM a 0 nothing", "", 0},
		{"LREM a 0 p", "lrem a", 1},
		{"RPUSH a q q", "rpush a", 2},
		{"LREM a 0 q", "lrem a", 3},
		{"LTRIM a 0 -1", "ltrim a", 0},
		{"RPUSH a 1 2 3 4", "rpush a", 4},
		{"LTRIM a 1 -2", "ltrim a", 2},
		{"LTRIM a 5 1", "ltrim a, del a", 5},
		{"EXISTS a", "", 0},
		{"RPUSH a 1 2 3", "rpush a", 3},
		{"LMOVE a b LEFT RIGHT", "rpush b, lpop a", 1},
		{"LMOVE a a LEFT RIGHT", "rpush a, lpop a", 1},
		{"RPOPLPUSH a b", "lpush b, rpop a", 1},
		{"LMOVE a b RIGHT LEFT", "lpush b, rpop a, del a", 1},
		{"LMOVE b b LEFT LEFT", "lpush b, lpop b", 1},
		{"LMPOP 2 none b LEFT COUNT 2", "lpop b", 2},
		{"LMPOP 1 b RIGHT COUNT 5", "rpop b, del b", 1},
		{"RPUSH a 1 2", "rpush a", 2},
		{"BLPOP none a 0", "lpop a", 1},
		{"BRPOP a 0", "rpop a, del a", 1},
		{"RPUSH a 1 2", "rpush a", 2},
		{"BLMOVE a c LEFT RIGHT 0", "rpush c, lpop a", 1},
		{"BRPOPLPUSH a c 0", "lpush c, rpop a, del a", 1},
		{"BLMPOP 0 1 c LEFT", "lpop c", 1},
		{"RPOP c", "rpop c, del c", 1},
		{"RPOP c", "", 0},
		{"RPUSH a 1", "rpush a", 1},
		{"LREM a -1 1", "lrem a, del a", 1},
		{"RPUSH a 1", "rpush a", 1},
		{"LPOP a 1", "lpop a, del a", 1},
		{"LRANGE a 0 1", "", 0},
	} {
		n.events = nil
		before := n.keys.Dirty
		reply := n.do(strings.Fields(c.command)...)
		if got := strings.Join(n.events, ", "); got != c.events || n.keys.Dirty-before != c.dirty {
			t.Errorf("%s: %q and %d changes, want %q and %d", c.command, got, n.keys.Dirty-before, c.events, c.dirty)
		}
		if reply[0] == '-' {
			t.Errorf("%s: %s", c.command, reply)
		}
	}
}
