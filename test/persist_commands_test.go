package test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// TestReload: DEBUG RELOAD with its options, and DEBUG LOADAOF, as Redis does
// them.
func TestReload(t *testing.T) {
	t.Parallel()
	session := func(t *testing.T, s *harness.Server) (replies []string) {
		c := dial(t, s)
		say := func(args ...string) { replies = append(replies, strings.Join(args, " ")+": "+do(t, c, args...)) }
		look := func() {
			say("DEBUG", "DIGEST")
			say("DBSIZE")
		}
		for _, call := range valuesToDump() {
			do(t, c, call...)
		}
		say("DEBUG", "RELOAD")
		look()
		say("SET", "new", "1")
		say("DEBUG", "RELOAD", "NOSAVE")
		look()
		say("SET", "new", "2")
		say("DEBUG", "RELOAD", "MERGE", "NOFLUSH", "NOSAVE")
		look()
		say("RPUSH", "k11", "one more")
		say("DEBUG", "RELOAD", "NOFLUSH", "MERGE")
		look()
		say("FLUSHALL")
		say("DEBUG", "RELOAD", "NOSAVE")
		look()
		say("DEBUG", "RELOAD", "NONSENSE")
		say("CONFIG", "SET", "appendonly", "yes")
		jobsEnd(t, c)
		say("SET", "new", "3")
		say("DEBUG", "LOADAOF")
		look()
		say("SET", "new", "4")
		say("SELECT", "9")
		say("SET", "new", "5")
		say("DEBUG", "LOADAOF")
		look()
		say("GET", "new")
		return replies
	}
	args := []string{"--enable-debug-command", "yes", "--save", ""}
	wanted := session(t, startRedis(t, harness.Options{Args: args}))
	inModes(t, func(t *testing.T, threads int) {
		got := session(t, startBasalt(t, threads, harness.Options{Args: args}))
		for i := range got {
			if got[i] != wanted[i] {
				t.Errorf("%q, of the reference %q", got[i], wanted[i])
			}
		}
	})
}

// TestCancelSave: BGSAVE CANCEL, which Redis 7.0 has not.
func TestCancelSave(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		c := dial(t, basaltIn(t, threads, dir))
		want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "1000", "key", "10")
		saves(t, c)
		before, last := read(t, dir, "dump.rdb"), do(t, c, "LASTSAVE")
		want(t, c, "-ERR Background saving is currently not in progress or scheduled\r\n", "BGSAVE", "CANCEL")
		want(t, c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "20000")
		want(t, c, "+OK\r\n", "SET", "more", "data")
		want(t, c, "+Background saving started\r\n", "BGSAVE")
		want(t, c, "+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
		jobsEnd(t, c)
		if got := persistence(t, c, "rdb_last_bgsave_status"); got != "ok" {
			t.Errorf("after CANCEL rdb_last_bgsave_status is %s", got)
		}
		if !bytes.Equal(before, read(t, dir, "dump.rdb")) {
			t.Error("CANCEL has changed the file")
		}
		want(t, c, last, "LASTSAVE")
		noTemporaries(t, dir)
		waitFor(t, "a rewrite", func() bool {
			return do(t, c, "BGREWRITEAOF") == "+Background append only file rewriting started\r\n" || persistence(t, c, "aof_rewrite_in_progress") == "1"
		})
		want(t, c, "+Background saving scheduled\r\n", "BGSAVE", "SCHEDULE")
		want(t, c, "+Scheduled background saving cancelled\r\n", "BGSAVE", "CANCEL")
	})
}

// TestSavePoints: enough changes in enough time are saved by themselves, and
// what the server is told about its end.
func TestSavePoints(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		start := func(args ...string) (*harness.Server, *harness.Client) {
			s := basaltIn(t, threads, dir, args...)
			return s, dial(t, s)
		}
		s, c := start("--save", "1 10")
		last := do(t, c, "LASTSAVE")
		for i := range 9 {
			do(t, c, "SET", itoa(i), "x")
		}
		if got := persistence(t, c, "rdb_changes_since_last_save"); got != "9" {
			t.Errorf("%s changes", got)
		}
		want(t, c, ":1\r\n", "HSET", "h", "f", "v")
		waitFor(t, "the save point", func() bool { return persistence(t, c, "rdb_changes_since_last_save") == "0" })
		if do(t, c, "LASTSAVE") == last {
			t.Error("LASTSAVE stands still")
		}
		// One change is not enough for the save point, but for the end.
		want(t, c, "+OK\r\n", "SET", "one", "more")
		end(t, s)

		s, c = start("--save", "3600 1000")
		want(t, c, ":11\r\n", "DBSIZE")
		want(t, c, ":1\r\n", "DEL", "one")
		if err := c.Send("SHUTDOWN", "NOSAVE"); err != nil {
			t.Fatal(err)
		}
		wantExit(t, s, 0)

		s, c = start("--save", "")
		want(t, c, ":11\r\n", "DBSIZE")
		want(t, c, ":1\r\n", "DEL", "one")
		end(t, s) // without save points nothing is saved
		s, c = start("--save", "")
		want(t, c, ":11\r\n", "DBSIZE")
		want(t, c, ":1\r\n", "DEL", "one")
		if err := c.Send("SHUTDOWN", "SAVE"); err != nil {
			t.Fatal(err)
		}
		wantExit(t, s, 0)

		// FLUSHALL saves that there is nothing.
		s, c = start("--save", "3600 1000")
		want(t, c, ":10\r\n", "DBSIZE")
		want(t, c, "+OK\r\n", "FLUSHALL")
		waitFor(t, "the empty snapshot", func() bool {
			return persistence(t, c, "rdb_changes_since_last_save") == "0"
		})
		s.Kill()
		_, c = start()
		want(t, c, ":0\r\n", "DBSIZE")
	})
}

// wantExit waits for the end of a server.
func wantExit(t *testing.T, s *harness.Server, code int) {
	t.Helper()
	if got, err := s.Wait(); err != nil || got != code {
		t.Fatalf("exit code %d, %v; want %d\n%s", got, err, code, s.Output())
	}
}

// TestLogSwitched turns the log on and off while it is written to.
func TestLogSwitched(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				logSwitched(t, threads, policy)
			})
		})
	}
}

func logSwitched(t *testing.T, threads int, policy string) {
	seed := seeds.Of(t)
	dir := dataFolder(t)
	args := []string{"--appendfsync", policy, "--auto-aof-rewrite-percentage", "0"}
	s := basaltIn(t, threads, dir, args...)
	c := dial(t, s)
	want(t, c, "+OK\r\n", "SELECT", "5")
	want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "5000", "key", "50")
	var writers []*writer
	var stop atomic.Bool
	var wg sync.WaitGroup
	for id := range 3 {
		w := newWriter(id+1, seed)
		w.stop = &stop
		writers = append(writers, w)
		wg.Go(func() { w.write(s) })
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	for range *crashRounds {
		want(t, c, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
		jobsEnd(t, c)
		if got := persistence(t, c, "aof_enabled"); got != "1" {
			t.Errorf("aof_enabled:%s", got)
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "appendonly", "no")
		// Before the last one has come to its end, at any moment of it.
		for range rng.IntN(5) {
			want(t, c, "+OK\r\n", "CONFIG", "SET", "appendonly", pickOne(rng, "yes", "no"))
			time.Sleep(time.Duration(rng.IntN(20_000)) * time.Microsecond)
			if rng.IntN(3) == 0 {
				do(t, c, pickOne(rng, "BGSAVE", "BGREWRITEAOF")) // which may be refused
			}
		}
	}
	want(t, c, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
	jobsEnd(t, c)
	stop.Store(true)
	wg.Wait()
	if policy != "always" {
		waitFor(t, "the log to be written", func() bool { return persistence(t, c, "aof_buffer_length") == "0" })
	}
	s.Kill()
	output := s.Output()
	defer func() {
		if t.Failed() {
			t.Log(output)
		}
	}()
	s = basaltIn(t, threads, dir, append(args, "--appendonly", "yes")...)
	c = dial(t, s)
	count := 5000
	for _, w := range writers {
		w.settle(t, c, w.acked)
		count += len(w.names())
	}
	if found := keysOf(t, c); found != count {
		t.Errorf("%d keys, want %d", found, count)
	}
	noTemporaries(t, dir)
}

// TestSaveOnSignal: what the configuration says about saving at the end.
func TestSaveOnSignal(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	dir := dataFolder(t)
	s := basaltIn(t, 2, dir, "--shutdown-on-sigterm", "save")
	do(t, dial(t, s), "SET", "a", "b")
	end(t, s)
	s = basaltIn(t, 2, dir, "--save", "3600 1", "--shutdown-on-sigint", "nosave")
	c := dial(t, s)
	want(t, c, "$1\r\nb\r\n", "GET", "a")
	do(t, c, "SET", "a", "c")
	if err := s.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	wantExit(t, s, 0)
	want(t, dial(t, basaltIn(t, 2, dir)), "$1\r\nb\r\n", "GET", "a")
}
