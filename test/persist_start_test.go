package test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"basalt/test/harness"
)

// TestWhatIsLoaded: which of the files in a folder a server starts from is
// Redis's choice.
func TestWhatIsLoaded(t *testing.T) {
	t.Parallel()
	session := func(t *testing.T, start func(dir string, args ...string) *harness.Server) (replies []string) {
		dir := dataFolder(t)
		look := func(args ...string) {
			s := start(dir, args...)
			c := dial(t, s)
			replies = append(replies, strings.Join(args, " ")+": "+do(t, c, "GET", "a")+do(t, c, "DBSIZE"))
			end(t, s)
		}
		off, on := []string{"--appendonly", "no"}, []string{"--appendonly", "yes"}
		s := start(dir, off...)
		c := dial(t, s)
		do(t, c, "SET", "a", "of the snapshot")
		do(t, c, "SAVE")
		end(t, s)
		look(off...)
		look(on...) // there is no log, so there is nothing
		s = start(dir, on...)
		c = dial(t, s)
		do(t, c, "SET", "a", "of the log")
		do(t, c, "SET", "b", "of the log")
		end(t, s)
		look(on...)
		look(off...)
		look(append(on, "--appenddirname", "other")...)
		look(append(on, "--appendfilename", "other.aof")...)
		look(append(off, "--dbfilename", "other.rdb")...)
		for _, name := range []string{"appendonlydir", "other"} {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		// A single file, as older servers have it.
		old := harness.AppendRequest(harness.AppendRequest(nil, "SELECT", "0"), "SET", "a", "of old")
		write(t, dir, "appendonly.aof", old)
		look(on...)
		if read(t, dir, "appendonly.aof") != nil {
			t.Error("the file of old is where it was")
		}
		look(on...)
		// With a snapshot at its beginning.
		if err := os.RemoveAll(filepath.Join(dir, "appendonlydir")); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "appendonly.aof", append(read(t, dir, "dump.rdb"), harness.AppendRequest(nil, "APPEND", "a", ", and more")...))
		look(on...)
		look(on...)
		return replies
	}
	wanted := session(t, func(dir string, args ...string) *harness.Server { return redisIn(t, dir, args...) })
	inModes(t, func(t *testing.T, threads int) {
		got := session(t, func(dir string, args ...string) *harness.Server {
			return basaltIn(t, threads, dir, append([]string{"--rdb-version", "10"}, args...)...)
		})
		for i := range got {
			if got[i] != wanted[i] {
				t.Errorf("%q, of the reference %q", got[i], wanted[i])
			}
		}
	})
}

// TestFormats: what only this server's files have comes back from them:
// deadlines of fields, compression by zstd, the current version.
func TestFormats(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	for name, args := range map[string][]string{
		"snapshot":        {"--save", "3600 1"},
		"zstd snapshot":   {"--save", "3600 1", "--rdb-compression-format", "zstd"},
		"log":             {"--appendonly", "yes"},
		"zstd log":        {"--appendonly", "yes", "--rdb-compression-format", "zstd"},
		"log of commands": {"--appendonly", "yes", "--aof-use-rdb-preamble", "no"},
		"zstd commands":   {"--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--rdb-compression-format", "zstd"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataFolder(t)
			s := basaltIn(t, 2, dir, args...)
			c := dial(t, s)
			fillAll(t, c)
			fields := func(from, to int) (list []string) {
				for i := from; i < to; i++ {
					list = append(list, "f"+itoa(i))
				}
				return list
			}
			expire := func(key string, list []string) {
				t.Helper()
				call := append([]string{"HPEXPIREAT", key, "9900000000123", "FIELDS", itoa(len(list))}, list...)
				if reply := do(t, c, call...); strings.Contains(reply, "-") || strings.Contains(reply, ":0") {
					t.Fatalf("%q: %q", call, reply)
				}
			}
			for _, key := range []string{"short", "long"} {
				n := 10
				if key == "long" {
					n = 2000
				}
				call := []string{"HSET", key}
				for _, f := range fields(0, n) {
					call = append(call, f, "v"+f)
				}
				want(t, c, ":"+itoa(n)+"\r\n", call...)
				expire(key, fields(0, n/2))
			}
			look := func() string {
				return do(t, c, "DEBUG", "DIGEST") + do(t, c, append([]string{"HPEXPIRETIME", "short", "FIELDS", "10"}, fields(0, 10)...)...) +
					do(t, c, append([]string{"HPEXPIRETIME", "long", "FIELDS", "2000"}, fields(0, 2000)...)...)
			}
			for range 2 {
				wanted := look()
				end(t, s)
				s = basaltIn(t, 2, dir, args...)
				c = dial(t, s)
				if got := look(); got != wanted {
					t.Fatalf("what was loaded differs\n%s", s.Output())
				}
				if args[0] == "--appendonly" {
					rewrites(t, c)
				}
				expire("long", fields(1000, 1500))
				want(t, c, "*1\r\n:1\r\n", "HPERSIST", "short", "FIELDS", "1", "f1")
				want(t, c, ":1\r\n", "HDEL", "short", "f2")
				want(t, c, ":1\r\n", "HSET", "short", "f2", "again")
				expire("short", []string{"f1"})
			}
			if strings.HasPrefix(name, "zstd") {
				magic := []byte{0x28, 0xb5, 0x2f, 0xfd}
				files, _ := filepath.Glob(filepath.Join(dir, "*.rdb"))
				bases, _ := filepath.Glob(filepath.Join(dir, "appendonlydir", "*.base.*"))
				for _, path := range append(files, bases...) {
					if b, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(b, magic) {
						t.Errorf("%s is not compressed (%v)", path, err)
					}
				}
			}
		})
	}
}

// TestEndWhileBusy: SIGTERM while a file is written or loaded leaves nothing
// behind and spoils nothing.
func TestEndWhileBusy(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		args := []string{"--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--save", "3600 1", "--rdb-version", "10"}
		s := basaltIn(t, threads, dir, args...)
		c := dial(t, s)
		want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "100000", "key", "100")
		rewrites(t, c)
		for _, command := range []string{"BGREWRITEAOF", "BGSAVE"} {
			want(t, c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "1000")
			want(t, c, "+OK\r\n", "SET", "last", command)
			if reply := do(t, c, command); reply[0] != '+' {
				t.Fatalf("%s: %q", command, reply)
			}
			want(t, c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
			end(t, s)
			noTemporaries(t, dir)
			accepts(t, "redis-check-rdb", filepath.Join(dir, "dump.rdb"))
			s = basaltIn(t, threads, dir, args...)
			c = dial(t, s)
			want(t, c, "$"+itoa(len(command))+"\r\n"+command+"\r\n", "GET", "last")
			want(t, c, ":100001\r\n", "DBSIZE")
		}
		end(t, s)
		// While it loads, memory has less than the files.
		for _, log := range []string{"yes", "no"} {
			before := read(t, dir, "dump.rdb")
			s, err := harness.Launch(harness.Options{Binary: basaltBinary, Dir: dir, Args: append(append(basaltArgs(threads), args...), "--appendonly", log)})
			if err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the beginning", func() bool { return strings.Contains(s.Output(), "ready to accept") })
			if err := s.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			wantExit(t, s, 0)
			if !strings.Contains(s.Output(), "loaded the") && !bytes.Equal(before, read(t, dir, "dump.rdb")) {
				t.Errorf("appendonly %s: the end while loading has changed the snapshot\n%s", log, s.Output())
			}
		}
		c = dial(t, basaltIn(t, threads, dir, args...))
		want(t, c, ":100001\r\n", "DBSIZE")
	})
}

// TestReloadWhileBusy: the data set is replaced by itself while a file is made
// of it.
func TestReloadWhileBusy(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	for name, calls := range map[string][2]string{
		"rewrite, reload":  {"BGREWRITEAOF", "DEBUG RELOAD"},
		"snapshot, reload": {"BGSAVE", "DEBUG RELOAD"},
		"rewrite, log":     {"BGREWRITEAOF", "DEBUG LOADAOF"},
		"snapshot, log":    {"BGSAVE", "DEBUG LOADAOF"},
		"rewrite, save":    {"BGREWRITEAOF", "SAVE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reloadWhileBusy(t, calls[0], calls[1])
		})
	}
}

func reloadWhileBusy(t *testing.T, job, reload string) {
	dir := dataFolder(t)
	args := []string{"--appendonly", "yes", "--rdb-version", "10", "--auto-aof-rewrite-percentage", "0"}
	s := basaltIn(t, 1, dir, args...)
	c := dial(t, s)
	changer := &changer{rng: rand.New(rand.NewPCG(7, 8))}
	pour(t, changer.fill(), c)
	rewrites(t, c)
	// The job takes the delay with it.
	calls := [][]string{{"CONFIG", "SET", "rdb-key-save-delay", "1"}, {job}, {"CONFIG", "SET", "rdb-key-save-delay", "0"}}
	calls = append(append(calls, changer.changes(300)...), strings.Fields(reload))
	calls = append(calls, changer.changes(300)...)
	replies := pour(t, calls, c)
	for i, reply := range replies {
		if call := calls[i][0]; reply[0] == '-' && (call == job || call == "CONFIG" || strings.HasPrefix(reload, call)) {
			t.Errorf("%q: %q", calls[i], reply)
		}
	}
	jobsEnd(t, c)
	for _, field := range []string{"aof_last_bgrewrite_status", "rdb_last_bgsave_status"} {
		if got := persistence(t, c, field); got != "ok" {
			t.Errorf("%s is %s\n%s", field, got, s.Output())
		}
	}
	saves(t, c)
	wanted := do(t, c, "DEBUG", "DIGEST")
	waitFor(t, "the log to be written", func() bool { return persistence(t, c, "aof_buffer_length") == "0" })
	s.Kill()
	for _, log := range []string{"yes", "no"} {
		again := basaltIn(t, 1, dir, append(args, "--appendonly", log)...)
		if got := do(t, dial(t, again), "DEBUG", "DIGEST"); got != wanted {
			t.Errorf("with appendonly %s the digest is %s, it was %s\n%s", log, got, wanted, s.Output())
		}
		end(t, again)
	}
	noTemporaries(t, dir)
}
