package test

import (
	"maps"
	"path/filepath"
	"testing"

	"basalt/test/harness"
)

// fillAll makes keys of all types and forms, some with deadlines, in several
// databases.
func fillAll(t *testing.T, c *harness.Client) {
	t.Helper()
	for _, db := range []string{"0", "3", "15"} {
		want(t, c, "+OK\r\n", "SELECT", db)
		for _, call := range valuesToDump() {
			if reply := do(t, c, call...); reply[0] == '-' {
				t.Fatalf("%.100q: %q", call, reply)
			}
		}
		for _, key := range []string{"k1", "k3", "k11", "k22", "k31", "k41", "k51"} {
			want(t, c, ":1\r\n", "PEXPIREAT", key, "99000000"+db+"00001")
		}
		want(t, c, "+OK\r\n", "SET", "soon", "gone", "PX", "1")
		waitFor(t, "a key to expire", func() bool { return do(t, c, "EXISTS", "soon") == ":0\r\n" })
	}
	want(t, c, "+OK\r\n", "SELECT", "0")
}

// changeAll changes some of it.
func changeAll(t *testing.T, c *harness.Client) {
	t.Helper()
	for _, call := range [][]string{
		{"APPEND", "k4", "more"}, {"INCR", "k2"}, {"LPOP", "k11", "7"}, {"LINSERT", "k10", "BEFORE", "b", "new"}, {"SPOP", "k22", "3"}, {"SREM", "k20", "2"},
		{"HDEL", "k31", "member:0"}, {"HINCRBY", "k30", "g", "5"}, {"ZINCRBY", "k41", "0.1", "member:0"}, {"ZPOPMIN", "k40"}, {"XADD", "k51", "6000-1", "f", "v"},
		{"XREADGROUP", "GROUP", "g2", "carol", "COUNT", "3", "STREAMS", "k51", ">"}, {"XACK", "k51", "g1", "1001-0"}, {"XTRIM", "k51", "MAXLEN", "280"},
		{"XAUTOCLAIM", "k51", "g1", "dave", "0", "0", "COUNT", "2"}, {"PERSIST", "k1"}, {"EXPIRE", "k2", "100000"}, {"RENAME", "k12", "k13"},
		{"MOVE", "k5", "7"}, {"COPY", "k21", "k24", "DB", "3"}, {"SORT", "k23", "LIMIT", "0", "5", "STORE", "k14"}, {"SETRANGE", "k6", "10", "x"}, {"GETEX", "k4", "PX", "1000000"},
		{"SWAPDB", "3", "4"}, {"PFADD", "k60", "e"}, {"SETBIT", "k7", "100", "1"}, {"INCRBYFLOAT", "k8", "0.1"}, {"UNLINK", "k32"},
	} {
		if reply := do(t, c, call...); reply[0] == '-' {
			t.Errorf("%.100q: %q", call, reply)
		}
	}
}

// TestFolders: a folder that one server leaves the other one opens, and finds
// the same in it; twice to and fro, with changes on the way.
func TestFolders(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"snapshot":                 {"--appendonly", "no"},
		"snapshot, not compressed": {"--appendonly", "no", "--rdbcompression", "no", "--rdbchecksum", "no"},
		"log":                      {"--appendonly", "yes", "--aof-use-rdb-preamble", "yes"},
		"log of commands":          {"--appendonly", "yes", "--aof-use-rdb-preamble", "no"},
		"log with times":           {"--appendonly", "yes", "--aof-timestamp-enabled", "yes"},
	} {
		for _, oursFirst := range []bool{true, false} {
			// Threads have little to do with files: one mode each is enough.
			who, threads := "theirs first", 2
			if oursFirst {
				who, threads = "ours first", 1
			}
			t.Run(name+", "+who, func(t *testing.T) {
				t.Parallel()
				folders(t, threads, oursFirst, args)
			})
		}
	}
}

func folders(t *testing.T, threads int, ours bool, args []string) {
	dir := dataFolder(t)
	log := args[1] == "yes"
	var digest string
	var expire map[string]string
	for round := range 4 {
		var s *harness.Server
		if ours {
			s = basaltIn(t, threads, dir, append([]string{"--rdb-version", "10"}, args...)...)
		} else {
			s = redisIn(t, dir, args...)
		}
		c := dial(t, s)
		if round == 0 {
			fillAll(t, c)
		} else {
			if got := do(t, c, "DEBUG", "DIGEST"); got != digest {
				t.Fatalf("round %d, ours %v: digest %s, it was %s\n%s", round, ours, got, digest, s.Output())
			}
			if got := deadlines(t, c); !maps.Equal(got, expire) {
				t.Errorf("round %d, ours %v: keys and deadlines are %v, they were %v", round, ours, got, expire)
			}
			changeOne(t, c, round)
		}
		if log && round < 2 {
			rewrites(t, c)
			// What follows is in the incr file.
			changeOne(t, c, 10+round)
		}
		if round == 1 {
			changeAll(t, c)
		}
		digest, expire = do(t, c, "DEBUG", "DIGEST"), deadlines(t, c)
		if !log {
			saves(t, c)
		}
		end(t, s)
		if log {
			accepts(t, "redis-check-aof", filepath.Join(dir, "appendonlydir/appendonly.aof.manifest"))
		} else {
			accepts(t, "redis-check-rdb", filepath.Join(dir, "dump.rdb"))
		}
		ours = !ours
	}
}

// changeOne makes a small change.
func changeOne(t *testing.T, c *harness.Client, n int) {
	t.Helper()
	want(t, c, ":1\r\n", "HSET", "changes", itoa(n), "x")
}
