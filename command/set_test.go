package command

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"basalt/config"
	"basalt/db"
	"basalt/internal/invariants"
)

// TestSetEvents: what commands of sets tell listeners and count as changes is
// what redis-server tells and counts.
func TestSetEvents(t *testing.T) {
	n := newNode(t, 2)
	var events []string
	n.c.OnEvent = func(class EventClass, event string, _ *db.DB, key []byte) {
		want := EventSet
		switch event {
		case "del", "expire":
			want = EventGeneric
		case "set":
			want = EventString
		}
		if class != want {
			t.Errorf("%s is of class %d", event, class)
		}
		events = append(events, event+" "+string(key))
	}
	for _, c := range []struct {
		command, events string
		dirty           int64
	}{
		{"SADD s a b a c", "sadd s", 3},
		{"SADD s a", "", 0},
		{"SREM s a z", "srem s", 1},
		{"SREM s b c", "srem s, del s", 2},
		{"SREM s b", "", 0},
		{"SADD s a b", "sadd s", 2},
		{"SMOVE s t a", "srem s, sadd t", 2},
		{"SMOVE s t b", "srem s, del s, sadd t", 2},
		{"SADD s a", "sadd s", 1},
		{"SMOVE s t a", "srem s, del s", 1},
		{"SMOVE t t a", "", 0},
		{"SMOVE t t z", "", 0},
		{"SPOP t", "spop t", 1},
		{"SPOP t", "spop t, del t", 1},
		{"SADD t a b c d e f g h", "sadd t", 8},
		{"SPOP t 3", "spop t", 3},
		{"SPOP t 0", "", 0},
		{"SPOP t 50", "spop t, del t", 5},
		{"SADD a 1 2 3", "sadd a", 3},
		{"SADD b 2 3 4", "sadd b", 3},
		{"SINTERSTORE d a b", "sinterstore d", 1},
		{"SINTERSTORE d a no", "del d", 1},
		{"SINTERSTORE d a no", "", 0},
		{"SUNIONSTORE d a b", "sunionstore d", 1},
		{"SUNIONSTORE d no", "del d", 1},
		{"SDIFFSTORE d a b", "sdiffstore d", 1},
		{"SDIFFSTORE d a a", "del d", 1},
		{"SET d x", "set d", 1},
		{"SUNIONSTORE d a", "sunionstore d", 1},
		{"EXPIRE d 1000", "expire d", 1},
		{"SINTERSTORE d a", "sinterstore d", 1},
	} {
		events = nil
		before, modified := n.keys.Dirty, n.host.modified
		reply := n.do(strings.Fields(c.command)...)
		if got := strings.Join(events, ", "); got != c.events || n.keys.Dirty-before != c.dirty {
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

// TestSetCommandsAllocateNothing holds what the design promises.
func TestSetCommandsAllocateNothing(t *testing.T) {
	n := newNode(t, 3)
	n.realTime = false
	large, integers := []string{"SADD", "large"}, []string{"SADD", "integers"}
	for i := range 1000 {
		large = append(large, fmt.Sprintf("member %d", i))
		integers = append(integers, strconv.Itoa(i/2))
	}
	n.do(large...)
	n.do(integers...)
	for i := range 20 {
		n.do("SADD", "small", "m"+strconv.Itoa(i))
	}
	for _, lines := range []string{
		"SADD large member", "SADD large new; SREM large new", "SISMEMBER large new", "SMISMEMBER large new old other",
		"SADD fresh a b 1; SPOP fresh; SPOP fresh 2", "SADD large new; SPOP large", "SADD large new newer; SPOP large 2",
		"SADD integers 700; SREM integers 700", "SISMEMBER integers 7", "SPOP integers; SADD integers 1 2 3 4",
		"SADD small new; SREM small new", "SADD small new; SPOP small; SADD small m1 m2 m3", "SCARD large", "SMEMBERS small",
		"SRANDMEMBER large", "SRANDMEMBER large -20", "SRANDMEMBER large 20", "SRANDMEMBER large 50", "SRANDMEMBER small 5",
		"SRANDMEMBER small -5", "SINTER large small", "SINTER large integers small", "SINTERCARD 2 large small LIMIT 3",
		"SUNION large small", "SDIFF small large", "SMOVE small fresh m1; SMOVE fresh small m1", "SSCAN large 0 COUNT 100 MATCH m*",
		"SINTERSTORE fresh small large", "SUNIONSTORE fresh small small", "SDIFFSTORE fresh small large",
	} {
		var commands [][][]byte
		for _, line := range strings.Split(lines, ";") {
			var args [][]byte
			for _, word := range strings.Fields(line) {
				args = append(args, []byte(word))
			}
			commands = append(commands, args)
		}
		n.c.Big = nil
		run := func() {
			for _, args := range commands {
				n.w.Reset(n.first)
				n.run(args)
				n.w.Release(db.Unpin)
			}
		}
		run()
		run()
		if got := testing.AllocsPerRun(50, run); got != 0 && !invariants.Enabled {
			t.Errorf("%s: %v allocations", lines, got)
		}
	}
}

// TestHTStatsKey: the table of a large set, hash or sorted set is shown, in full
// if asked for.
func TestHTStatsKey(t *testing.T) {
	n := newNode(t, 3)
	n.host.config.EnableDebugCommand = config.AccessYes
	for i := range 600 {
		n.do("SADD", "set", "m"+strconv.Itoa(i))
		n.do("HSET", "hash", "f"+strconv.Itoa(i), "v")
	}
	for _, key := range []string{"set", "hash"} {
		if reply := n.do("DEBUG", "HTSTATS-KEY", key, "full"); !strings.Contains(reply, " number of elements: 600\n") ||
			!strings.Contains(reply, "Overflow buckets behind a bucket") {
			t.Errorf("%s: %q", key, reply)
		}
	}
}
