package test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
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
	if *self {
		return // it is about this server only
	}
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
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

// TestFolderLocked: what two servers would write to, the second is refused.
func TestFolderLocked(t *testing.T) {
	if *self {
		return // it is about this server only
	}
	dir := dataFolder(t)
	first := basaltIn(t, 1, dir, "--appendonly", "yes")
	for _, args := range [][]string{{"--appendonly", "yes"}, {"--save", "60 1"}} {
		second, err := harness.Launch(harness.Options{
			Binary: basaltBinary, Dir: dir, Bare: true,
			Args: append(append(basaltArgs(1), "--port", "0", "--dir", dir, "--unixsocket", filepath.Join(dir, "s2"), "--save", ""), args...),
		})
		if err != nil {
			t.Fatal(err)
		}
		wantExit(t, second, 1)
		for _, word := range []string{dir, strconv.Itoa(first.Pid())} {
			if !strings.Contains(second.Output(), word) {
				t.Errorf("the refusal does not say %s:\n%s", word, second.Output())
			}
		}
	}
	c := dial(t, first)
	want(t, c, "+OK\r\n", "SET", "still", "here")
	other := startBasalt(t, 1, harness.Options{Args: []string{"--appendonly", "yes"}})
	o := dial(t, other)
	if reply := do(t, o, "CONFIG", "SET", "dir", dir); reply[0] != '-' {
		t.Errorf("CONFIG SET dir: %q", reply)
	}
	want(t, o, "+OK\r\n", "SET", "still", "here")
	first.Kill()
	want(t, dial(t, basaltIn(t, 1, dir, "--appendonly", "yes")), "$4\r\nhere\r\n", "GET", "still")
}

// TestLoading: while a large file is loaded commands are refused, and INFO says
// how far it is.
func TestLoading(t *testing.T) {
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		for _, log := range []string{"no", "yes"} {
			dir := dataFolder(t)
			s := basaltIn(t, threads, dir, "--appendonly", log, "--aof-use-rdb-preamble", "no")
			c := dial(t, s)
			want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "300000", "key", "100")
			if log == "yes" {
				rewrites(t, c)
			} else {
				saves(t, c)
			}
			end(t, s)
			s, err := harness.Launch(harness.Options{
				Binary: basaltBinary, Dir: dir, Args: append(basaltArgs(threads), "--appendonly", log),
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Stop() })
			waitFor(t, "the socket", func() bool { _, err := os.Stat(s.Socket); return err == nil })
			waitFor(t, "a connection", func() bool {
				k, err := s.Dial()
				if err == nil {
					c = k
				}
				return err == nil
			})
			defer c.Close()
			seen := false
			waitFor(t, "the end of loading", func() bool {
				info := do(t, c, "INFO", "persistence")
				if !strings.Contains(info, "loading:1\r\n") {
					return true
				}
				reply := do(t, c, "GET", "key:1")
				if reply == "-LOADING Redis is loading the dataset in memory\r\n" {
					for _, field := range []string{"loading_start_time:", "loading_total_bytes:", "loading_loaded_bytes:", "loading_loaded_perc:", "loading_eta_seconds:"} {
						if !strings.Contains(info, "\r\n"+field) {
							t.Errorf("while it loads INFO has no %s", field)
						}
					}
					seen = true
				}
				return false
			})
			if !seen {
				t.Errorf("appendonly %s: nothing was refused while it was loaded", log)
			}
			want(t, c, ":300000\r\n", "DBSIZE")
		}
	})
}

// TestDamaged: a file that is damaged is refused with its name, the place and
// the reason. A log that ends too early is cut, if that is allowed.
func TestDamaged(t *testing.T) {
	if *self {
		return // it is about this server only
	}
	dir := dataFolder(t)
	s := basaltIn(t, 1, dir, "--appendonly", "yes", "--aof-use-rdb-preamble", "no")
	c := dial(t, s)
	for _, call := range valuesToDump() {
		do(t, c, call...)
	}
	saves(t, c)
	rewrites(t, c)
	want(t, c, "+OK\r\n", "SET", "before", "x")
	want(t, c, "+OK\r\n", "SET", "last", "word")
	end(t, s)
	const incr, manifest = "appendonlydir/appendonly.aof.2.incr.aof", "appendonlydir/appendonly.aof.manifest"
	base := "appendonlydir/appendonly.aof.2.base.aof"
	refused := func(t *testing.T, log, name string, words ...string) {
		t.Helper()
		s, err := harness.Launch(harness.Options{
			Binary: basaltBinary, Dir: dir, Args: append(basaltArgs(1), "--appendonly", log, "--aof-load-truncated", "no"),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Kill() })
		wantExit(t, s, 1)
		for _, word := range append(words, filepath.Base(name)) {
			if !strings.Contains(strings.ToLower(s.Output()), word) {
				t.Errorf("the log of a start with a damaged %s does not say %q:\n%s", name, word, s.Output())
			}
		}
	}
	for name, log := range map[string]string{"dump.rdb": "no", base: "yes", manifest: "yes", incr: "yes"} {
		whole := read(t, dir, name)
		if whole == nil {
			t.Fatalf("there is no %s", name)
		}
		// A log has no checksum: it is what is around the words that can be seen to be wrong.
		bent := bytes.Clone(whole)
		if at := bytes.LastIndex(bent, []byte("\r\n*")); strings.HasSuffix(name, ".aof") {
			bent[at+2] = '?'
		} else {
			copy(bent[len(bent)/2:], "\xff\xfe\x00\x80")
		}
		for _, damaged := range [][]byte{whole[:len(whole)*2/3], append([]byte("nonsense"), whole...), bent} {
			write(t, dir, name, damaged)
			place := "at offset"
			switch name {
			case manifest:
				place = "line"
			case "dump.rdb":
				place = "at byte"
			}
			refused(t, log, name, place)
		}
		write(t, dir, name, whole)
	}
	// The end of the last file is torn.
	whole := read(t, dir, incr)
	write(t, dir, incr, whole[:len(whole)-3])
	refused(t, "yes", incr, "at offset", "aof-load-truncated")
	s = basaltIn(t, 1, dir, "--appendonly", "yes", "--aof-load-truncated", "yes")
	c = dial(t, s)
	want(t, c, "$1\r\nx\r\n", "GET", "before")
	want(t, c, "$-1\r\n", "GET", "last")
	want(t, c, "+OK\r\n", "SET", "last", "again")
	end(t, s)
	accepts(t, "redis-check-aof", filepath.Join(dir, manifest))
	want(t, dial(t, basaltIn(t, 1, dir, "--appendonly", "yes")), "$5\r\nagain\r\n", "GET", "last")
}

// TestSaveOnSignal: what the configuration says about saving at the end.
func TestSaveOnSignal(t *testing.T) {
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
