package test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"basalt/test/harness"
)

// TestTransactionTorn cuts the log at places within and around a transaction:
// what is loaded has all of it or nothing, and the log that is mended takes more
// and pleases Redis's own checker.
func TestTransactionTorn(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	const incr, manifest = "appendonlydir/appendonly.aof.1.incr.aof", "appendonlydir/appendonly.aof.manifest"
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		args := []string{"--appendonly", "yes", "--appendfsync", "always", "--rdb-version", "10", "--aof-load-truncated", "yes"}
		s := basaltIn(t, threads, dir, args...)
		c := dial(t, s)
		want(t, c, "+OK\r\n", "SET", "before", "x")
		first := len(read(t, dir, incr))
		transact(t, c, []string{"SET", "a", "1"}, []string{"SELECT", "2"}, []string{"RPUSH", "b", "1", "2"}, []string{"SELECT", "0"}, []string{"HSET", "c", "f", "v"})
		end(t, s)
		whole := read(t, dir, incr)
		if len(whole) <= first || first == 0 {
			t.Fatalf("the log was %d bytes, and is %d", first, len(whole))
		}
		for cut := first; cut <= len(whole); cut += max(1, min(17, len(whole)-cut)) {
			write(t, dir, incr, whole[:cut])
			s := basaltIn(t, threads, dir, args...)
			c := dial(t, s)
			wanted := "$-1\r\n:0\r\n:0\r\n"
			if cut == len(whole) {
				wanted = "$1\r\n1\r\n:1\r\n:1\r\n"
			}
			got := do(t, c, "GET", "a") + do(t, c, "EXISTS", "c")
			want(t, c, "+OK\r\n", "SELECT", "2")
			if got += do(t, c, "EXISTS", "b"); got != wanted {
				t.Errorf("%d bytes of %d: %q, want %q", cut, len(whole), got, wanted)
			}
			want(t, c, "+OK\r\n", "SET", "more", "x")
			end(t, s)
			accepts(t, "redis-check-aof", filepath.Join(dir, manifest))
		}
	})
}

// transact makes a transaction of the commands, none of which may fail.
func transact(t *testing.T, c *harness.Client, commands ...[]string) {
	t.Helper()
	want(t, c, "+OK\r\n", "MULTI")
	for _, args := range commands {
		want(t, c, "+QUEUED\r\n", args...)
	}
	if reply := do(t, c, "EXEC"); reply[:2] != fmt.Sprintf("*%d", len(commands)) {
		t.Fatalf("EXEC is answered %q", reply)
	}
}

// TestLoadAOFInTransaction: commands behind DEBUG LOADAOF in a transaction do not
// wait either.
func TestLoadAOFInTransaction(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		c := dial(t, basaltIn(t, threads, dataFolder(t), "--appendonly", "yes"))
		want(t, c, "+OK\r\n", "SET", "a", "1")
		want(t, c, "+OK\r\n", "MULTI")
		for _, args := range [][]string{{"DEBUG", "LOADAOF"}, {"BLPOP", "nothing", "0"}, {"GET", "a"}} {
			want(t, c, "+QUEUED\r\n", args...)
		}
		want(t, c, "*3\r\n+OK\r\n*-1\r\n$1\r\n1\r\n", "EXEC")
	})
}

// TestLogOfWhoWaits: a command that changes something and then waits, behind one
// whose reply waits for the disk.
func TestLogOfWhoWaits(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		args := []string{"--appendonly", "yes", "--appendfsync", "always"}
		s := basaltIn(t, threads, dir, args...)
		c, other := dial(t, s), dial(t, s)
		want(t, c, "+OK\r\n", "XGROUP", "CREATE", "stream", "group", "0", "MKSTREAM")
		request := harness.AppendRequest(nil, "SET", "key", "value")
		request = harness.AppendRequest(request, "XREADGROUP", "GROUP", "group", "new", "BLOCK", "0", "STREAMS", "stream", ">")
		if err := c.Write(harness.AppendRequest(request, "PING")); err != nil {
			t.Fatal(err)
		}
		next := func(reply string) {
			t.Helper()
			if got, err := c.Receive(); err != nil || string(got) != reply {
				t.Fatalf("%q %v, want %q", got, err, reply)
			}
		}
		next("+OK\r\n")
		waitFor(t, "it to wait", func() bool { return strings.Contains(do(t, other, "INFO", "clients"), "\r\nblocked_clients:1\r\n") })
		want(t, other, "$3\r\n1-1\r\n", "XADD", "stream", "1-1", "f", "v")
		next("*1\r\n*2\r\n$6\r\nstream\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n")
		next("+PONG\r\n")
		end(t, s)
		c = dial(t, basaltIn(t, threads, dir, args...))
		want(t, c, "$5\r\nvalue\r\n", "GET", "key")
		want(t, c, "*4\r\n:1\r\n$3\r\n1-1\r\n$3\r\n1-1\r\n*1\r\n*2\r\n$3\r\nnew\r\n$1\r\n1\r\n", "XPENDING", "stream", "group")
	})
}
