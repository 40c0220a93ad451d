package test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"basalt/test/harness"
)

// TestFolderLocked: what two servers would write to, the second is refused.
func TestFolderLocked(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
				Binary: basaltBinary, Dir: dir, Args: append(basaltArgs(threads), "--appendonly", log, "--enable-debug-command", "no"),
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
				const refusal = "-LOADING Redis is loading the dataset in memory\r\n"
				set := do(t, c, "CONFIG", "SET", "appendonly", log)
				if do(t, c, "GET", "key:1") == refusal {
					if set != refusal {
						t.Errorf("CONFIG SET appendonly while it loads: %q", set)
					}
					if reply := do(t, c, "DEBUG", "SLEEP", "0"); !strings.HasPrefix(reply, "-ERR DEBUG command not allowed.") {
						t.Errorf("DEBUG while it loads: %q", reply)
					}
					listener, err := s.Dial()
					if err != nil {
						t.Fatal(err)
					}
					want(t, listener, "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n", "SUBSCRIBE", "news")
					listener.Close()
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
	t.Parallel()
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
