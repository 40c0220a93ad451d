package test

import (
	"strings"
	"testing"

	"basalt/test/harness"
)

// accepted starts another server on a folder that wants to keep snapshots there
// and reports whether it may. It leaves nothing behind.
func accepted(t *testing.T, dir string) bool {
	t.Helper()
	s, err := harness.Launch(harness.Options{
		Binary: basaltBinary, // its socket is in a folder of its own
		Args:   append(basaltArgs(1), "--dir", dir, "--dbfilename", "probe.rdb", "--save", "3600 1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	serves := false
	waitFor(t, "another server to start or give up", func() bool {
		k, err := s.Dial()
		if err == nil {
			k.Close()
			serves = true
		}
		return serves || !s.Alive()
	})
	if !serves && !strings.Contains(s.Output(), "in use by the process with pid") {
		t.Fatal(s.Output())
	}
	return serves
}

// TestFoldersHeld changes the data folder to and fro while the log is on, off
// and turned on elsewhere: others are kept out of the folders that something is
// kept in, and out of no other.
func TestFoldersHeld(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		first, next, taken := dataFolder(t), dataFolder(t), dataFolder(t)
		basaltIn(t, 1, taken, "--save", "3600 1")
		s := basaltIn(t, threads, first, "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0", "--enable-protected-configs", "yes")
		c := dial(t, s)
		set := func(pairs ...string) {
			t.Helper()
			want(t, c, "+OK\r\n", append([]string{"CONFIG", "SET"}, pairs...)...)
		}
		// free says which of first and next others may have, after what is on its
		// way has happened.
		free := func(when, which string) {
			t.Helper()
			for name, dir := range map[string]string{"first": first, "next": next} {
				if strings.Contains(which, name) {
					waitFor(t, name+" to be free: "+when, func() bool { return accepted(t, dir) })
				} else if accepted(t, dir) {
					t.Fatalf("%s: two servers in the %s folder", when, name)
				}
			}
		}
		refused := func() {
			t.Helper()
			if reply := do(t, c, "CONFIG", "SET", "dir", taken); !strings.Contains(reply, "is in use by the process") {
				t.Fatalf("CONFIG SET dir: %q", reply)
			}
		}
		toAndFro := func(last string) {
			t.Helper()
			for range 3 {
				set("dir", first)
				set("dir", next)
			}
			set("dir", last)
		}
		manifest := func(dir string) string { return string(read(t, dir, "appendonlydir/appendonly.aof.manifest")) }

		want(t, c, "+OK\r\n", "SET", "a", "1")
		free("the log is on", "next")
		set("dir", next)
		free("the log stays in its folder", "")
		want(t, c, "+OK\r\n", "SET", "a", "2")
		rewrites(t, c)
		if !strings.Contains(manifest(first), ".2.base.") || manifest(next) != "" {
			t.Fatalf("after a rewrite the manifests are\n%s\nand\n%s", manifest(first), manifest(next))
		}
		refused()
		toAndFro(next)
		free("the log is where it was", "")
		want(t, c, "+OK\r\n", "DEBUG", "LOADAOF")
		want(t, c, "$1\r\n2\r\n", "GET", "a")
		set("appendonly", "no")
		free("nothing is kept", "first next")
		set("dir", taken) // where nothing is kept this is nobody's business
		toAndFro(next)
		free("nothing is kept, to and fro", "first next")
		set("save", "3600 1")
		refused()
		free("save points in next", "first")
		set("dir", first)
		free("save points in first", "next")
		set("save", "")
		free("no save points", "first next")

		set("dir", next)
		was := manifest(first)
		want(t, c, "+OK\r\n", "SET", "a", "3")
		set("appendonly", "yes")
		jobsEnd(t, c)
		want(t, c, "+OK\r\n", "SET", "b", "4")
		free("the log is on in next", "first")
		if !strings.Contains(manifest(next), ".1.base.") || manifest(first) != was {
			t.Fatalf("the manifests are\n%s\nand\n%s, which was\n%s", manifest(next), manifest(first), was)
		}
		toAndFro(first)
		free("the log stays in next", "")
		// Off and on with no time in between.
		set("appendonly", "no")
		set("appendonly", "yes")
		jobsEnd(t, c)
		free("the log is on in first again", "next")
		if manifest(first) == was {
			t.Fatalf("the manifest is still\n%s", was)
		}
		want(t, c, "+OK\r\n", "SET", "b", "5")
		set("dir", next)
		set("appendonly", "no")
		rewrites(t, c)
		free("a rewrite without a log has ended", "first next")
		s.Kill()
		for _, dir := range []string{first, next} {
			k := dial(t, basaltIn(t, threads, dir, "--appendonly", "yes"))
			want(t, k, "*2\r\n$1\r\n3\r\n$1\r\n5\r\n", "MGET", "a", "b")
		}
	})
}

// TestFolderChangedMeanwhile: what is being written when the data folder changes
// ends where it was begun, which is locked until then.
func TestFolderChangedMeanwhile(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	for _, job := range []string{"BGSAVE", "BGREWRITEAOF"} {
		t.Run(job, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				first, next := dataFolder(t), dataFolder(t)
				args := []string{"--rdb-key-save-delay", "1000", "--enable-protected-configs", "yes"}
				if job == "BGSAVE" {
					args = append(args, "--save", "3600 100000000")
				} else {
					args = append(args, "--appendonly", "yes")
				}
				s := basaltIn(t, threads, first, args...)
				c := dial(t, s)
				want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "1500")
				if reply := do(t, c, job); reply[0] != '+' {
					t.Fatalf("%s: %q", job, reply)
				}
				want(t, c, "+OK\r\n", "CONFIG", "SET", "dir", next)
				want(t, c, "+OK\r\n", "SET", "later", "x")
				if accepted(t, first) || accepted(t, next) {
					t.Fatal("two servers in a folder")
				}
				if persistence(t, c, "rdb_bgsave_in_progress")+persistence(t, c, "aof_rewrite_in_progress") == "00" {
					t.Fatal("it has ended already")
				}
				jobsEnd(t, c)
				noTemporaries(t, first)
				noTemporaries(t, next)
				if job == "BGREWRITEAOF" {
					if accepted(t, first) {
						t.Fatal("the folder of the log is free")
					}
					s.Kill()
					want(t, dial(t, basaltIn(t, threads, first, "--appendonly", "yes")), ":1501\r\n", "DBSIZE")
					return
				}
				waitFor(t, "the first folder to be free", func() bool { return accepted(t, first) })
				if read(t, next, "dump.rdb") != nil {
					t.Fatal("the snapshot is in the wrong folder")
				}
				saves(t, c)
				s.Kill()
				for dir, n := range map[string]string{first: ":1500\r\n", next: ":1501\r\n"} {
					want(t, dial(t, basaltIn(t, threads, dir, "--appendonly", "no")), n, "DBSIZE")
				}
			})
		})
	}
}
