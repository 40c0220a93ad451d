package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/command"
	"basalt/db"
	"basalt/internal/ticks"
	"basalt/metrics"
)

// figures publishes and returns what a scrape would see.
func figures(p *pipe) *metrics.Snapshot {
	x := p.server.executor
	p.conn.reactor.takeMail()
	p.conn.reactor.showTimes()
	snap := &metrics.Snapshot{}
	x.fillCommands(snap)
	x.fillThreads(snap)
	x.fillPauses(snap)
	x.fillKeys(snap)
	return snap
}

// TestHotKeys: of many keys the ones that are used most are named, the costly
// and the big ones too, with figures near the truth.
func TestHotKeys(t *testing.T) {
	p := newPipe(t)
	for i := range 120_000 {
		switch {
		case i%3 == 0:
			p.reply(t, "GET", "hot")
		case i%200 == 1:
			p.reply(t, "APPEND", "growing", strings.Repeat("x", 100))
		default:
			p.reply(t, "GET", "key:"+strconv.Itoa(i%20_000))
		}
	}
	snap := figures(p)
	if len(snap.HotKeys) == 0 || snap.HotKeys[0].Key != "hot" {
		t.Fatalf("hot: %v", snap.HotKeys)
	}
	if got, want := snap.HotKeys[0].Value, 40_000*(1-fade); got < want*0.6 || got > want*1.5 {
		t.Errorf("%v calls a second, want about %v", got, want)
	}
	if len(snap.CostlyKeys) == 0 || len(snap.BigKeys) == 0 || snap.BigKeys[0].Key != "growing" || snap.BigKeys[0].Value < 10_000 {
		t.Errorf("costly %v, big %v", snap.CostlyKeys, snap.BigKeys)
	}
	p.reply(t, "DEL", "growing")
	p.server.executor.observeSecond()
	if snap = figures(p); len(snap.BigKeys) != 0 {
		t.Errorf("a key that is gone is big: %v", snap.BigKeys)
	}
	p.reply(t, "CONFIG", "SET", "metrics-key-labels", "0")
	if snap = figures(p); len(snap.HotKeys)+len(snap.CostlyKeys)+len(snap.BigKeys) != 0 {
		t.Error("keys are named though they must not be")
	}
}

// TestPrefixes: the longest prefix counts, and what is not configured does not.
func TestPrefixes(t *testing.T) {
	p := newPipe(t, "--metrics-key-prefixes", "user:", "user:vip:", "none:")
	p.reply(t, "SET", "user:1", "v")
	p.reply(t, "SET", "user:vip:1", "v")
	p.reply(t, "SET", "other", "v")
	p.reply(t, "MGET", "user:1", "user:2", "user:vip:1", "other")
	p.reply(t, "GET", "user:vip:2")
	got := ""
	for _, f := range figures(p).Prefixes {
		got += fmt.Sprintf("%s %d %d %v %v; ", f.Prefix, f.Hits, f.Misses, f.In > 0, f.Out > 0)
	}
	if want := "user:vip: 1 1 true true; user: 1 1 true true; none: 0 0 false false; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for _, wrong := range []string{"a a", strings.Repeat("x", 200), strings.Repeat("a b ", 40)} {
		if r := p.reply(t, "CONFIG", "SET", "metrics-key-prefixes", wrong); !strings.HasPrefix(r, "-ERR") {
			t.Errorf("%q: %q", wrong, r)
		}
	}
	if r := p.reply(t, "CONFIG", "SET", "metrics-key-prefixes", ""); r != "+OK\r\n" || p.server.executor.keys.OnRead != nil {
		t.Errorf("%q", r)
	}
}

// TestCommandLogs: what is large is logged, whatever it took.
func TestCommandLogs(t *testing.T) {
	p := newPipe(t, "--commandlog-request-larger-than", "1000", "--commandlog-reply-larger-than", "2000")
	p.reply(t, "SET", "a", strings.Repeat("x", 900))
	p.reply(t, "SET", "b", strings.Repeat("x", 3000))
	p.reply(t, "GET", "a")
	p.reply(t, "GET", "b")
	for kind, want := range map[string]string{
		"large-request": "*1\r\n*6\r\n:0\r\n", "large-reply": "*1\r\n*6\r\n:0\r\n",
	} {
		if got := p.reply(t, "COMMANDLOG", "GET", "-1", kind); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", kind, got)
		}
		if got := p.reply(t, "COMMANDLOG", "LEN", strings.ToUpper(kind)); got != ":1\r\n" {
			t.Errorf("%s: %q", kind, got)
		}
	}
	if got := p.reply(t, "COMMANDLOG", "GET", "9", "large-reply"); !strings.Contains(got, ":3009\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n") {
		t.Errorf("%q", got)
	}
	for _, c := range [][2]string{
		{"COMMANDLOG RESET large-reply", "+OK\r\n"}, {"COMMANDLOG LEN large-reply", ":0\r\n"},
		{"COMMANDLOG LEN nothing", "-ERR type should be one of the following: slow, large-request, large-reply\r\n"},
		{"COMMANDLOG GET -2 slow", "-ERR count should be greater than or equal to -1\r\n"},
		{"CONFIG SET commandlog-execution-slower-than 0", "+OK\r\n"}, {"PING", "+PONG\r\n"},
		{"CONFIG SET slowlog-log-slower-than -1", "+OK\r\n"},
	} {
		if got := p.reply(t, strings.Fields(c[0])...); got != c[1] {
			t.Errorf("%s: %q", c[0], got)
		}
	}
}

// TestCommandLogsAtOnce: what a directive asks for holds for the rest of the
// pipeline that it came in, and one of another log changes nothing there.
func TestCommandLogsAtOnce(t *testing.T) {
	p := newPipe(t, "--slowlog-log-slower-than", "-1")
	large := encode("SET", "a", strings.Repeat("x", 3000))
	for _, set := range [][]byte{
		encode("CONFIG", "SET", "commandlog-request-larger-than", "1000"), encode("CONFIG", "SET", "slowlog-log-slower-than", "1000000"),
	} {
		p.reply(t, "COMMANDLOG", "RESET", "large-request")
		p.run(t, slices.Concat(set, large, large, large), nil)
		if got := p.reply(t, "COMMANDLOG", "LEN", "large-request"); got != ":3\r\n" {
			t.Errorf("behind %q: %q", set, got)
		}
	}
}

// TestSlowLogHasTwoNames: SLOWLOG and COMMANDLOG read the same entries.
func TestSlowLogHasTwoNames(t *testing.T) {
	p := newPipe(t, "--commandlog-execution-slower-than", "0")
	p.reply(t, "PING")
	p.reply(t, "CONFIG", "SET", "slowlog-log-slower-than", "-1")
	a, b := p.reply(t, "SLOWLOG", "GET", "-1"), p.reply(t, "COMMANDLOG", "GET", "-1", "slow")
	if a != b || !strings.Contains(a, "$4\r\nPING\r\n") {
		t.Errorf("%q and %q", a, b)
	}
}

// TestHotKeysSession is the life of a session as the documents of Redis 8.6 have
// it.
func TestHotKeysSession(t *testing.T) {
	p := newPipe(t)
	ask := func(line, want string) {
		t.Helper()
		if got := p.reply(t, strings.Fields(line)...); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	ask("HOTKEYS GET", "$-1\r\n")
	ask("HOTKEYS STOP", "$-1\r\n")
	ask("HOTKEYS START", "-ERR METRICS parameter is required\r\n")
	ask("HOTKEYS START METRICS 0", "-ERR METRICS count must be > 0 and <= 2\r\n")
	ask("HOTKEYS START METRICS 2 CPU", "-ERR METRICS count does not match number of metric types provided\r\n")
	ask("HOTKEYS START METRICS 1 CPU NET", "-ERR syntax error\r\n")
	ask("HOTKEYS START METRICS 1 GPU", "-ERR METRICS no valid metrics passed. Supported: CPU|NET\r\n")
	ask("HOTKEYS START METRICS 2 NET NET", "-ERR METRICS NET defined more than once!\r\n")
	ask("HOTKEYS START METRICS 1 CPU COUNT 65", "-ERR COUNT must be between 1 and 64\r\n")
	ask("HOTKEYS START METRICS 1 CPU SAMPLE 0", "-ERR SAMPLE ratio must be positive\r\n")
	ask("HOTKEYS START METRICS 1 CPU SLOTS 1 0", "-ERR SLOTS parameter cannot be used in non-cluster mode\r\n")
	ask("HOTKEYS START METRICS 2 GPU NET COUNT 2", "+OK\r\n")
	ask("HOTKEYS START METRICS 1 NET", "-ERR hotkey tracking session already in progress\r\n")
	ask("HOTKEYS RESET", "-ERR hotkey tracking session in progress, stop tracking first\r\n")
	for range 10 {
		p.reply(t, "SET", "a", strings.Repeat("x", 100))
		p.reply(t, "MGET", "b", "c")
	}
	ask("HOTKEYS STOP", "+OK\r\n")
	got := p.reply(t, "HOTKEYS", "GET")
	if !strings.HasPrefix(got, "*1\r\n*18\r\n$15\r\ntracking-active\r\n:0\r\n$12\r\nsample-ratio\r\n:1\r\n$14\r\nselected-slots\r\n") ||
		!strings.Contains(got, "$12\r\nby-net-bytes\r\n*4\r\n$1\r\na\r\n:1330\r\n$1\r\n") || strings.Contains(got, "cpu") {
		t.Errorf("%q", got)
	}
	ask("HOTKEYS RESET", "+OK\r\n")
	ask("HOTKEYS GET", "$-1\r\n")
}

// TestPhases: every command of a batch counts once in every phase.
func TestPhases(t *testing.T) {
	p := newPipe(t)
	in := append(encode("SET", "a", "1"), encode("GET", "a")...)
	in = append(in, encode("SET", "b", "1")...)
	for range 5 {
		p.run(t, in, nil)
	}
	snap := figures(p)
	for i := range snap.Commands {
		c := &snap.Commands[i]
		var in metrics.Phases
		snap.Phases(c, &in)
		for name, d := range map[string]metrics.Distribution{"wait": in.Wait, "execute": in.Execute, "write": in.Write, "total": in.Total} {
			if n := d.Counts.Total(); n != c.Calls {
				t.Errorf("%s %s: %d of %d", c.Name, name, n, c.Calls)
			}
		}
		if in.Total.Nanos < in.Wait.Nanos+in.Write.Nanos {
			t.Errorf("%s: %d ns in all, %d and %d of them waiting and writing", c.Name, in.Total.Nanos, in.Wait.Nanos, in.Write.Nanos)
		}
	}
	p.reply(t, "CONFIG", "RESETSTAT")
	figures(p)
	p.reply(t, "GET", "a")
	snap = figures(p)
	for i := range snap.Commands {
		if snap.Commands[i].Name == "config|resetstat" {
			continue // it counted itself, and its batch was forgotten
		}
		var in metrics.Phases
		if snap.Phases(&snap.Commands[i], &in); in.Total.Counts.Total() != snap.Commands[i].Calls {
			t.Errorf("%s: %d of %d behind a reset", snap.Commands[i].Name, in.Total.Counts.Total(), snap.Commands[i].Calls)
		}
	}
}

// TestPauses: a command that takes more than a millisecond is a pause, by cause.
func TestPauses(t *testing.T) {
	p := newPipe(t, "--enable-debug-command", "yes")
	p.reply(t, "DEBUG", "SLEEP", "0.003")
	snap := figures(p)
	if len(snap.LatestPauses) == 0 || snap.LatestPauses[0].Cause != "command" || snap.LatestPauses[0].What != "debug" ||
		snap.LatestPauses[0].Took < 3e6 {
		t.Fatalf("%+v", snap.LatestPauses)
	}
	p.reply(t, "CONFIG", "SET", "latency-monitor-threshold", "5")
	x := p.server.executor
	x.stalled(stallExpiry, 7_000_000, "")
	if got := p.reply(t, "LATENCY", "HISTORY", "expire-cycle"); !strings.HasSuffix(got, ":7\r\n") {
		t.Errorf("%q", got)
	}
	for range 100 {
		x.stalled(stallGC, 2_000_000, "")
	}
	snap = figures(p)
	if c := snap.Pauses[stallGC]; c.Cause != "gc" || c.Count != 100 || c.Times.Counts.Total() != 100 || c.Longest != 2e6 {
		t.Errorf("%+v", c)
	}
}

// BenchmarkRecording is what metrics cost a GET of a pipeline of 16: its time, the
// distributions of its row and of its batch, and its share of the commands that
// are looked at for hot keys. To be set against the processor time of such a GET.
func BenchmarkRecording(b *testing.B) {
	p := newPipe(b)
	p.reply(b, "SET", "key", "value")
	p.reply(b, "GET", "key")
	x, r := p.server.executor, p.conn.reactor
	s := p.conn.session
	row, fault := x.table.Resolve([][]byte{[]byte("GET"), []byte("key")})
	if fault != command.NoFault {
		b.Fatal(fault)
	}
	batch := &batch{conn: p.conn}
	x.bind(s, batch)
	x.ctx.Begin(row, [][]byte{[]byte("GET"), []byte("key")}, db.Hash([]byte("key")))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += 16 {
		batch.timing.arrived = ticks.Now()
		batch.timing.begun = batch.timing.arrived
		x.bindMeter(batch)
		now := batch.timing.begun
		for i := range 16 {
			if i == 15 || !x.gather(row) {
				now = x.account(s, now)
			}
		}
		batch.timing.ended = now
		r.timed(batch)
		batch.timing.reset()
	}
}

// TestEveryPauseHasAdvice: whatever the cause, LATENCY DOCTOR lists its event and
// says what to do.
func TestEveryPauseHasAdvice(t *testing.T) {
	p := newPipe(t, "--latency-monitor-threshold", "5", "--enable-debug-command", "yes")
	x := p.server.executor
	report := func(event string) {
		t.Helper()
		if got := p.reply(t, "LATENCY", "DOCTOR"); !strings.Contains(got, "1. "+event+": 1 spike (") || !strings.Contains(got, "\n- ") {
			t.Errorf("%s: %q", event, got)
		}
		if got := p.reply(t, "LATENCY", "RESET"); got != ":1\r\n" {
			t.Errorf("%s was not alone: %q", event, got)
		}
	}
	for cause := range stallCauses {
		if event := x.stallEvent(cause); event != "" {
			x.stalled(cause, 7_000_000, "")
			report(event)
		}
	}
	x.persist.always = true
	x.stalled(stallFsync, 7_000_000, "")
	report("aof-fsync-always")
	p.reply(t, "DEBUG", "SLEEP", "0.006")
	report("command")
}
