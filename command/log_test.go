package command

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/db"
	"basalt/internal/invariants"
)

// logged executes commands, each parted by spaces, and returns what is in the
// log then.
func (n *loggedNode) logged(commands ...string) string {
	n.t.Helper()
	for _, command := range commands {
		if reply := n.call(strings.Fields(command)...); reply[0] == '-' {
			n.t.Errorf("%s: %s", command, reply)
		}
	}
	return logLines(n.log.Take())
}

func (n *loggedNode) wantLog(want string, commands ...string) {
	n.t.Helper()
	if got := n.logged(commands...); got != want {
		n.t.Errorf("%v\n got %.600q\nwant %.600q", commands, got, want)
	}
}

func TestLogSelects(t *testing.T) {
	n := newLoggedNode(t, 1000)
	n.wantLog("SELECT 0; SET a 1", "SET a 1")
	n.wantLog("SET a 1", "SET a 1")
	n.wantLog("SELECT 3; SET a 1; SET a 2", "SELECT 3", "SET a 1", "SET a 2")
	n.wantLog("", "SELECT 5", "GET a")
	n.wantLog("DEL a", "SELECT 3", "DEL a") // the log stands there still
	n.log.ForgetDB()
	n.wantLog("SELECT 3; SET a 2", "SET a 2")
	n.wantLog("MSET a 1 b 2; SELECT 1; SET a 2 PXAT 1500", "MSET a 1 b 2", "SELECT 1", "PSETEX a 500 2")
	// What expires belongs to no client.
	n.keys.SetNow(3000)
	n.wantLog("SELECT 0; SET x 1; SELECT 1; DEL a", "SELECT 0", "SET x 1", "SELECT 1", "GET a")
}

// TestLogUnits: what one call, or a group, does in several commands is one
// transaction; what expired before it is none of its business.
func TestLogUnits(t *testing.T) {
	n := newLoggedNode(t, 1000)
	n.logged("SET a 1 PX 10", "SET b 1 PX 10", "HSET h f 1", "HPEXPIREAT h 5000 FIELDS 1 f")
	n.keys.SetNow(2000)
	n.wantLog("DEL a; SET a 1", "SET a 1")
	n.wantLog("MULTI; HSET h f 2.5; HPEXPIREAT h 5000 FIELDS 1 f; EXEC", "HINCRBYFLOAT h f 1.5")

	n.log.Group()
	n.call("EXISTS", "b")
	n.call("SET", "a", "2")
	n.call("SELECT", "1")
	n.call("SET", "a", "3")
	n.call("HINCRBYFLOAT", "h", "f", "1.5")
	n.call("SELECT", "0")
	n.log.Ungroup()
	n.wantLog("DEL b; MULTI; SET a 2; SELECT 1; SET a 3; HSET h f 1.5; EXEC")
	n.log.Group()
	n.call("SET", "a", "2")
	n.log.Ungroup()
	n.wantLog("SELECT 0; SET a 2")
	n.log.Group()
	n.log.Ungroup()
	n.wantLog("")
}

// TestLogMemory: the log uses its memory again, but does not keep what one
// large command needed.
func TestLogMemory(t *testing.T) {
	n := newLoggedNode(t, 1000)
	n.call("SET", "a", strings.Repeat("x", 10_000))
	first := n.log.Take()
	n.call("SET", "a", strings.Repeat("y", 100))
	second := n.log.Take()
	if &first[0] != &second[0] {
		t.Error("the memory is not used again")
	}
	n.call("SET", "a", strings.Repeat("x", 2*logKept))
	if b := n.log.Take(); len(b) < 2*logKept || cap(n.log.buf) != 0 {
		t.Errorf("%d bytes logged, %d kept", len(b), cap(n.log.buf))
	}
}

// TestLogOfLargeArguments: the memory of arguments that the keyspace takes over
// is there until they are logged, and is let go then.
func TestLogOfLargeArguments(t *testing.T) {
	one, other := strings.Repeat("one", bigArg), strings.Repeat("other", bigArg)
	edge := strings.Repeat("e", bigArg)
	n := newLoggedNode(t, 1000)
	for _, args := range [][]string{
		{"SET", "k", one}, {"SET", "k", edge}, {"SET", "k", other, "EX", "9"}, {"MSET", "k", one, "k", edge, "k", other},
		{"RPUSH", "l", edge, one, "x", other}, {"GETSET", "k", one}, {"APPEND", "fresh", edge}, {"SETNX", "new", one},
		{"MSETEX", "2", "k", one, "k", edge, "PX", "5"}, {"APPEND", "k", one}, {"SETEX", "k", "5", edge},
	} {
		n.call(args...)
		log := n.log.Take()
		if len(n.c.pinned) != 0 {
			t.Fatalf("%s: memory stays pinned", args[0])
		}
		for len(log) > 0 {
			var logged [][]byte
			logged, log = cutCommand(log)
			for _, arg := range logged {
				if len(arg) >= bigArg && !slices.Contains(args, string(arg)) {
					t.Errorf("%s: an argument of %d bytes, %.20q..., is none of the command's", args[0], len(arg), arg)
				}
			}
		}
	}
}

// TestLogHasDeclaredNames: a command that was renamed is in the log, and found
// again, by the name that all servers know.
func TestLogHasDeclaredNames(t *testing.T) {
	table, err := NewTable([]Rename{{"set", "put"}, {"del", ""}, {"xgroup", "xg"}})
	if err != nil {
		t.Fatal(err)
	}
	n := newLoggedNode(t, 1000)
	n.host.table = table
	n.wantLog("SELECT 0; SET a 1; XGROUP cReate x g $ MKSTREAM", "pUt a 1", "xg cReate x g $ MKSTREAM")
	for _, name := range []string{"set", "DEL", "xgroup", "get"} {
		args := [][]byte{[]byte(name), []byte("create"), []byte("x"), []byte("g"), []byte("$")}
		if row, fault := table.ResolveLogged(args); fault == UnknownCommand || row.logName != logName(strings.ToLower(name)) {
			t.Errorf("%s is not found", name)
		}
	}
	if _, fault := table.ResolveLogged([][]byte{[]byte("put")}); fault != UnknownCommand {
		t.Error("a command of a log is found by its new name")
	}
}

// TestLogOfManyMembers: what takes a long command is several ones.
func TestLogOfManyMembers(t *testing.T) {
	const count = popChunk*2 + 100
	n := newLoggedNode(t, 1000)
	for i := range count + 5 {
		n.call("SADD", "s", "member"+strconv.Itoa(i))
		n.call("XADD", "x", strconv.Itoa(i+1), "a", "b")
	}
	n.call("XGROUP", "CREATE", "x", "g", "0")
	before := newReplica(t, 1e9)
	if err := before.replay(n.log.Take()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		command string
		want    []int // arguments of the commands
	}{
		{"SPOP s " + strconv.Itoa(count), []int{1, 2 + popChunk, 2 + popChunk, 102, 1}},
		{"SPOP s 1000000", []int{2}},
		{"XREADGROUP GROUP g c COUNT " + strconv.Itoa(count) + " STREAMS x >", []int{1, 5, 13 + claimChunk, 13 + claimChunk, 113, 7, 1}},
		{"XREADGROUP GROUP g c NOACK STREAMS x >", []int{7}},
	} {
		n.call(strings.Fields(test.command)...)
		log := slices.Clone(n.log.Take())
		var got []int
		for rest := log; len(rest) > 0; {
			var args [][]byte
			args, rest = cutCommand(rest)
			got = append(got, len(args))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: commands of %v arguments, want %v", test.command, got, test.want)
		}
		if err := before.replay(log); err != nil {
			t.Fatal(err)
		}
		if want, got := n.state(), before.state(); got != want {
			t.Errorf("%s: %s", test.command, firstDifference(want, got))
		}
	}
}

// TestReplayingKnowsNoLimits: commands of a log are not held to what clients are
// held to, and what Redis writes for trimming is read.
func TestReplayingKnowsNoLimits(t *testing.T) {
	r := newReplica(t, 1e12)
	r.host.config.ProtoMaxBulkLen = 8
	for _, command := range []string{
		"SET k 12345", "APPEND k 6789012", "SETRANGE k 20 x", "SETBIT k 800 1", "XADD x MINID = 1-0 LIMIT 10 5-1 a b", "XADD x MAXLEN = 1 LIMIT 10 5-2 a b",
		"SET old 1 PXAT 1000", "APPEND old 1", "PEXPIREAT k 1000", "GETEX k PXAT 2000", "HSET h f 1", "HPEXPIREAT h 1000 FIELDS 1 f", "HINCRBY h f 1",
		"XGROUP CREATE x g 0", "XCLAIM x g c 0 5-2 TIME 9000000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 5-2",
	} {
		if reply := r.call(strings.Fields(command)...); reply[0] == '-' {
			t.Errorf("%s: %s", command, reply)
		}
	}
	if got := r.call("GET", "old"); got != "$2\r\n11\r\n" {
		t.Errorf("old: %q", got)
	}
	if got := r.call("HGET", "h", "f"); got != "$1\r\n2\r\n" {
		t.Errorf("h f: %q", got)
	}
	if got := r.call("XLEN", "x"); got != ":1\r\n" {
		t.Errorf("x: %q", got)
	}
	if got := r.call("BLPOP", "none", "0"); got != "*-1\r\n" {
		t.Errorf("a command of a log waits: %q", got)
	}
	var refused *ReplayError
	replay := func(line string) error {
		r.w.Reset(r.first)
		defer r.w.Release(db.Unpin)
		return r.c.Replay(r.c.DB, bytes.Fields([]byte(line)))
	}
	for _, test := range []struct {
		command, line string
		unknown       bool
	}{
		{"nonsense x", "ERR unknown command 'nonsense', with args beginning with: 'x' ", true},
		{"GET", "ERR wrong number of arguments for 'get' command", true},
		{"LPUSH k x", "WRONGTYPE Operation against a key holding the wrong kind of value", false},
	} {
		err := replay(test.command)
		if !errors.As(err, &refused) || refused.Line != test.line || refused.Unknown != test.unknown {
			t.Errorf("%s: %+v", test.command, err)
		}
	}
	if err := replay("LPUSH fresh x"); err != nil {
		t.Error(err)
	}
	r.c.SetReplaying(false)
	if got := r.call("EXISTS", "old", "h", "k"); got != ":1\r\n" {
		t.Errorf("after the end there are %q", got)
	}
}

// TestLoggingAllocatesNothing runs one command of each kind of effect once warm.
func TestLoggingAllocatesNothing(t *testing.T) {
	n := newLoggedNode(t, 1_700_000_000_000)
	for i := range 3000 {
		n.call("SADD", "s", "m"+strconv.Itoa(i))
		n.call("RPUSH", "l", "e"+strconv.Itoa(i))
		n.call("ZADD", "z", strconv.Itoa(i), "m"+strconv.Itoa(i))
	}
	n.call("XGROUP", "CREATE", "x", "g", "0", "MKSTREAM")
	n.call("SELECT", "1")
	n.call("SELECT", "0")
	for _, line := range []string{
		"SET k v", "SET k v EX 100", "SET k v EX 100 GET", "SETEX k 100 v", "GETSET k v", "INCRBYFLOAT f 1.5", "EXPIRE k 100", "GETEX k EX 10",
		"MSET a 1 b 2 c 3", "MSETEX 2 a 1 b 2 EX 100", "LPUSH l x", "RPUSH l x", "LMPOP 1 l LEFT", "BLPOP l 0", "BLMOVE l l LEFT RIGHT 0", "BZPOPMIN z 0",
		"SPOP s", "SPOP s 3", "HSET h f v", "HINCRBYFLOAT h n 1.5", "HEXPIRE h 100 FIELDS 1 f", "HSETEX h EX 100 FIELDS 1 f v", "HGETEX h EX 100 FIELDS 1 f",
		"XADD x MAXLEN ~ 100 * f v", "XADD x * f v", "XREADGROUP GROUP g c COUNT 1 STREAMS x >", "XAUTOCLAIM x g c 0 0 COUNT 1 JUSTID", "XTRIM x MAXLEN ~ 50",
		"SETRANGE k 0 v", "DEL none",
	} {
		args := make([][]byte, 0, 12)
		for _, word := range strings.Fields(line) {
			args = append(args, []byte(word))
		}
		row, _ := n.host.table.Resolve(args)
		hash := db.Hash(args[max(row.FirstKey, 1)])
		run := func() {
			n.keys.SetNow(n.keys.Now() + 1)
			n.w.Reset(n.first)
			n.execute(row, args, hash)
			n.log.Take()
			n.w.Release(db.Unpin)
		}
		run()
		run()
		if got := testing.AllocsPerRun(50, run); got != 0 && !invariants.Enabled {
			t.Errorf("%s: %v allocations", line, got)
		}
		if n.c.Failed() {
			t.Errorf("%s: %s", line, n.w.AppendTo(nil))
		}
	}
}

func BenchmarkLogSet(b *testing.B) {
	for _, logging := range []bool{false, true} {
		b.Run(fmt.Sprint(logging), func(b *testing.B) {
			n := newLoggedNode(b, 1000)
			n.c.Logging = logging
			args := [][]byte{[]byte("set"), []byte("key:000000000001"), []byte(strings.Repeat("x", 64))}
			row, _ := n.host.table.Resolve(args)
			hash := db.Hash(args[1])
			for b.Loop() {
				n.w.Reset(n.first)
				n.execute(row, args, hash)
				n.log.Take()
			}
		})
	}
}
