package server

import (
	"reflect"
	"strings"
	"testing"

	"basalt/command"
)

func TestTransactionAllocatesNothing(t *testing.T) {
	p := newPipe(t)
	at := func(list ...string) (batches [][]byte) {
		for _, commands := range list {
			var in []byte
			for command := range strings.SplitSeq(commands, ";") {
				in = append(in, encode(strings.Fields(command)...)...)
			}
			batches = append(batches, in)
		}
		return batches
	}
	for name, batches := range map[string][][]byte{
		"at once":     at("MULTI;SET a 1;INCR a;GET a;EXEC"),
		"in batches":  at("MULTI", "SET a 1", "INCR a;GET a", "EXEC"),
		"given up":    at("MULTI;SET a 1", "DISCARD"),
		"with errors": at("MULTI;SET a 1", "MULTI", "EXEC"),
	} {
		round := func() {
			for _, in := range batches {
				p.run(t, in, nil)
			}
		}
		for range 16 {
			round() // warm
		}
		// An error is counted under a name of its own.
		if n := testing.AllocsPerRun(200, round); n != 0 {
			t.Errorf("a transaction %s allocates %v times", name, n)
		}
	}
}

// TestQueueMemory: multi-mem is what the queue takes, and nothing is left of it.
func TestQueueMemory(t *testing.T) {
	p := newPipe(t)
	s, x := p.conn.session, p.server.executor
	p.reply(t, "WATCH", "a", "b", "a")
	watched := 2 * watchBytes
	if got := s.standingBytes(); got != watched {
		t.Errorf("two watches: %d bytes, want %d", got, watched)
	}
	p.reply(t, "MULTI")
	for range 100 {
		p.reply(t, "PING")
		p.reply(t, "MSET", "a", "", "b", strings.Repeat("x", 100))
	}
	tx := s.tx
	taken := len(tx.queue)*int(reflect.TypeFor[queued]().Size()) + len(tx.kept.Args)*int(reflect.TypeFor[[]byte]().Size()) +
		4*len(tx.kept.Ends) + len(tx.store)
	if got := s.queuedBytes; got != taken || len(tx.kept.Args) != 600 {
		t.Errorf("%d arguments: %d bytes, the queue takes %d", len(tx.kept.Args), got, taken)
	}
	u := p.server.Usage(&s.Client)
	if all := sessionBytes + taken + watched; u.MultiMem != taken || u.Total < all || s.memory() < int64(all) ||
		x.clientsMemory() < int64(all) {
		t.Errorf("%+v, %d for eviction, %d of all", u, s.memory(), x.clientsMemory())
	}
	p.reply(t, "DISCARD")
	if s.queuedBytes+s.standingBytes() != 0 || x.queuedBytes != 0 || x.watched.count != 0 {
		t.Errorf("%d bytes and %d are left of it, and %d watches", s.queuedBytes+s.standingBytes(), x.queuedBytes, x.watched.count)
	}
}

// TestQueueOfTinyCommands: the limit counts what they take, not only what they
// say.
func TestQueueOfTinyCommands(t *testing.T) {
	p := newPipe(t, "--client-query-buffer-limit", "1mb")
	p.reply(t, "MULTI")
	n := 0
	for ; p.reply(t, "PING") == "+QUEUED\r\n"; n++ {
		if n > 1<<20 {
			t.Fatal("no end")
		}
	}
	if want := 1 << 20 / (len("PING") + queuedBytes + queuedArgBytes); n != want {
		t.Errorf("%d were queued, want %d", n, want)
	}
	if p.conn.session.Flags&command.CloseNow == 0 {
		t.Error("the client stays")
	}
}

// TestTransactionPausesOnce: a command of EXEC and EXEC itself are one pause.
func TestTransactionPausesOnce(t *testing.T) {
	p := newPipe(t, "--enable-debug-command", "yes", "--latency-monitor-threshold", "1")
	for _, line := range []string{"MULTI", "DEBUG SLEEP 0.002", "DEBUG SLEEP 0.002", "EXEC"} {
		p.reply(t, strings.Fields(line)...)
	}
	c := p.server.executor.stalls.of[stallCommand]
	if latest := p.server.executor.stalls.latest[0]; c.count != 1 || c.nanos < 4e6 || latest.what != "exec" {
		t.Errorf("%d pauses of %d ns in all, of %s", c.count, c.nanos, latest.what)
	}
	if got := p.reply(t, "SLOWLOG", "LEN"); got != ":0\r\n" {
		t.Errorf("%q", got)
	}
}

// TestLargeRequestQueued: a large command is found in its transaction, though EXEC
// came in a batch of few bytes.
func TestLargeRequestQueued(t *testing.T) {
	p := newPipe(t, "--commandlog-request-larger-than", "1000")
	p.reply(t, "MULTI")
	p.reply(t, "SET", "k", strings.Repeat("x", 2000))
	p.reply(t, "EXEC")
	if got := p.reply(t, "COMMANDLOG", "LEN", "large-request"); got != ":1\r\n" {
		t.Errorf("%q", got)
	}
}
