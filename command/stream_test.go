package command

import (
	"strings"
	"testing"

	"basalt/db"
	"basalt/internal/invariants"
)

// streamOfFive is a node with a stream of five entries and two groups, of which
// the first has read three and acknowledged one.
func streamOfFive(t *testing.T) *node {
	n := newNode(t, 2)
	for _, line := range []string{
		"XADD s 1-1 a 1", "XADD s 1-2 a 2", "XADD s 1-3 a 3", "XADD s 1-4 a 4", "XADD s 1-5 a 5",
		"XGROUP CREATE s g 0", "XREADGROUP GROUP g c COUNT 3 STREAMS s >", "XACK s g 1-1",
		"XGROUP CREATE s h 0", "XREADGROUP GROUP h d COUNT 2 STREAMS s >",
	} {
		n.do(strings.Fields(line)...)
	}
	return n
}

// TestXDelEx fixes what Redis 8.2 documents; redis-server 7 does not know the
// command.
func TestXDelEx(t *testing.T) {
	n := streamOfFive(t)
	n.want("*2\r\n:-1\r\n:-1\r\n", "XDELEX none IDS 2 1-1 1-2")
	n.want("*3\r\n:2\r\n:2\r\n:-1\r\n", "XDELEX s ACKED IDS 3 1-1 1-4 9-9")
	n.want(":1\r\n", "XACK s h 1-1")
	n.want("*1\r\n:1\r\n", "XDELEX s acked IDS 1 1-1")
	n.want("*2\r\n:1\r\n:-1\r\n", "XDELEX s IDS 2 1-2 1-2")
	n.want("*4\r\n:1\r\n"+bulk("1-2")+bulk("1-2")+"*1\r\n*2\r\n"+bulk("d")+bulk("1"), "XPENDING s h")
	n.want("*1\r\n:-1\r\n", "XDELEX s DELREF IDS 1 1-2")
	n.want("*4\r\n:0\r\n"+null+null+"*-1\r\n", "XPENDING s h")
	n.want("*1\r\n:1\r\n", "XDELEX s IDS 1 1-3 DELREF")
	n.want("*4\r\n:0\r\n"+null+null+"*-1\r\n", "XPENDING s g")
	n.want(":2\r\n", "XLEN s")
	n.want("+OK\r\n", "SET str x")
	for line, reply := range map[string]string{
		"XDELEX s IDS 0 1-1":               errXNumIDs,
		"XDELEX s IDS x 1-1":               errXNumIDs,
		"XDELEX s IDS 2 1-1":               errXNumIDsWant,
		"XDELEX s IDS 1 x":                 errStreamID,
		"XDELEX s IDS 1 1-1 1-2":           errSyntax,
		"XDELEX s KEEPREF ACKED IDS 1 1-1": errSyntax,
		"XDELEX s KEEPREF 1 1-1":           errSyntax,
		"XDELEX str IDS 1 1-1":             errWrongType,
	} {
		n.want("-"+reply+"\r\n", line)
	}
}

// TestXAckDel fixes what Redis 8.2 documents.
func TestXAckDel(t *testing.T) {
	n := streamOfFive(t)
	n.want("*1\r\n:-1\r\n", "XACKDEL none g IDS 1 1-1")
	n.want("*2\r\n:-1\r\n:-1\r\n", "XACKDEL s none IDS 2 1-1 1-2")
	n.want("*2\r\n:-1\r\n:2\r\n", "XACKDEL s g ACKED IDS 2 1-1 1-2")
	n.want("*1\r\n:1\r\n", "XACKDEL s h ACKED IDS 1 1-2")
	n.want("*1\r\n:2\r\n", "XACKDEL s g ACKED IDS 1 1-3")
	n.want("*1\r\n:1\r\n", "XACKDEL s h KEEPREF IDS 1 1-1")
	n.want("*4\r\n:0\r\n"+null+null+"*-1\r\n", "XPENDING s h")
	n.want(":3\r\n", "XLEN s")
	n.do(strings.Fields("XREADGROUP GROUP g c STREAMS s >")...)
	n.do(strings.Fields("XREADGROUP GROUP h d STREAMS s >")...)
	n.want("*1\r\n:1\r\n", "XACKDEL s g DELREF IDS 1 1-4")
	n.want("*4\r\n:2\r\n"+bulk("1-3")+bulk("1-5")+"*1\r\n*2\r\n"+bulk("d")+bulk("2"), "XPENDING s h")
	n.want("*1\r\n:1\r\n", "XACKDEL s g IDS 1 1-5")
	n.want("*1\r\n:1\r\n", "XACKDEL s h IDS 1 1-5")
	n.want(":1\r\n", "XLEN s")
}

// TestStreamEvents: what commands of streams tell listeners and count as
// changes is what redis-server tells and counts.
func TestStreamEvents(t *testing.T) {
	n := newNode(t, 2)
	var events []string
	n.c.OnEvent = func(class EventClass, event string, _ *db.DB, key []byte) {
		if class != EventStream {
			t.Errorf("%s is of class %d", event, class)
		}
		events = append(events, event+" "+string(key))
	}
	for _, c := range []struct {
		command, events string
		dirty           int64
	}{
		{"XADD s 1-1 a 1", "xadd s", 1},
		{"XADD s MAXLEN 5 1-2 a 1", "xadd s", 1},
		{"XADD s MAXLEN 1 1-3 a 1", "xadd s, xtrim s", 1},
		{"XADD s NOMKSTREAM 1-4 a 1", "xadd s", 1},
		{"XADD none NOMKSTREAM 1-4 a 1", "", 0},
		{"XADD s 1-5 a 1", "xadd s", 1},
		{"XADD s 1-6 a 1", "xadd s", 1},
		{"XDEL s 1-3 1-4", "xdel s", 2},
		{"XDEL s 1-3", "", 0},
		{"XTRIM s MAXLEN 5", "", 0},
		{"XTRIM s MAXLEN 1", "xtrim s", 1},
		{"XSETID s 2-0", "xsetid s", 1},
		{"XGROUP CREATE s g 0", "xgroup-create s", 1},
		{"XGROUP CREATE s g 0", "", 0},
		{"XGROUP CREATE m g 0 MKSTREAM", "xgroup-create m", 1},
		{"XGROUP CREATECONSUMER s g c", "xgroup-createconsumer s", 1},
		{"XGROUP CREATECONSUMER s g c", "", 0},
		{"XGROUP SETID s g 0", "xgroup-setid s", 1},
		{"XREADGROUP GROUP g d COUNT 1 STREAMS s >", "xgroup-createconsumer s", 2},
		{"XREADGROUP GROUP g d STREAMS s >", "", 0},
		{"XREADGROUP GROUP g d STREAMS s 0", "", 1},
		{"XADD s 3-1 a 1", "xadd s", 1},
		{"XADD s 3-2 a 1", "xadd s", 1},
		{"XREADGROUP GROUP g d STREAMS s >", "", 1},
		{"XADD s 3-3 a 1", "xadd s", 1},
		{"XREADGROUP GROUP g d NOACK STREAMS s >", "", 1},
		{"XACK s g 1-6 3-1", "", 2},
		{"XACK s g 1-6", "", 0},
		{"XCLAIM s g e 0 3-2", "xgroup-createconsumer s", 2},
		{"XCLAIM s g e 0 3-3 FORCE", "", 1},
		{"XCLAIM s g e 0 9-9", "", 0},
		{"XCLAIM s g e 0 9-9 LASTID 9-9", "", 1},
		{"XAUTOCLAIM s g f 0 0", "xgroup-createconsumer s", 3},
		{"XDEL s 3-2", "xdel s", 1},
		{"XAUTOCLAIM s g f 0 0", "", 2},
		{"XCLAIM s g f 0 3-2", "", 0},
		{"XGROUP DELCONSUMER s g f", "xgroup-delconsumer s", 1},
		{"XGROUP DELCONSUMER s g f", "", 0},
		{"XGROUP DESTROY s g", "xgroup-destroy s", 1},
		{"XGROUP DESTROY s g", "", 0},
		{"XTRIM s MAXLEN 0", "xtrim s", 3},
	} {
		events = nil
		before := n.keys.Dirty
		n.do(strings.Fields(c.command)...)
		if got := strings.Join(events, ", "); got != c.events || n.keys.Dirty-before != c.dirty {
			t.Errorf("%s: %q and %d changes, want %q and %d", c.command, got, n.keys.Dirty-before, c.events, c.dirty)
		}
	}
}

// TestStreamCommandsAllocateNothing holds what the design promises.
func TestStreamCommandsAllocateNothing(t *testing.T) {
	n := streamOfFive(t)
	n.realTime = false
	n.do(strings.Fields("XGROUP CREATE s all 0")...)
	for _, line := range []string{
		"XADD s * field value other 12345", "XADD s MAXLEN ~ 1000 * field value", "XADD s MAXLEN 50 * other 1", "XLEN s",
		"XRANGE s - + COUNT 10", "XREVRANGE s + - COUNT 10", "XREAD COUNT 10 STREAMS s 0", "XREAD STREAMS s $",
		"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XREADGROUP GROUP g c COUNT 10 STREAMS s 0",
		"XREADGROUP GROUP all c NOACK STREAMS s >", "XACK s g 1-2", "XPENDING s g", "XPENDING s g - + 10",
		"XCLAIM s g c 0 1-3 JUSTID", "XAUTOCLAIM s g c 0 0 COUNT 3", "XDEL s 1-1", "XTRIM s MAXLEN 40", "XINFO STREAM s",
		"XINFO GROUPS s", "XINFO CONSUMERS s g",
	} {
		var args [][]byte
		for _, word := range strings.Fields(line) {
			args = append(args, []byte(word))
		}
		run := func() {
			n.w.Reset(n.first)
			n.run(args)
			n.w.Release(nil)
		}
		run()
		run()
		if got := testing.AllocsPerRun(50, run); got != 0 && !invariants.Enabled {
			t.Errorf("%s: %v allocations", line, got)
		}
	}
}

func BenchmarkXAdd(b *testing.B) {
	n := newNode(b, 2)
	n.realTime = false
	args := [][]byte{[]byte("XADD"), []byte("s"), []byte("MAXLEN"), []byte("~"), []byte("100000"), []byte("*"),
		[]byte("field"), []byte("value of some length")}
	for b.Loop() {
		n.w.Reset(n.first)
		n.run(args)
	}
}

func BenchmarkXRange(b *testing.B) {
	n := newNode(b, 2)
	n.realTime = false
	for range 10000 {
		n.do("XADD", "s", "*", "field", "value of some length")
	}
	args := [][]byte{[]byte("XRANGE"), []byte("s"), []byte("-"), []byte("+"), []byte("COUNT"), []byte("100")}
	for b.Loop() {
		n.w.Reset(n.first)
		n.run(args)
		n.w.Release(nil)
	}
	b.ReportMetric(100, "entries/op")
}
