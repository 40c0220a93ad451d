package test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"basalt/test/harness"
)

// smallDisk is a folder on a file system of its own, of so many bytes. It
// returns "" where a test must not mount one.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := dataFolder(t)
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+itoa(size))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENODEV) {
		t.Logf("no disk can be mounted here (%v): files are limited in size instead", err)
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// smallFiles is a server that cannot write files of more than so many bytes,
// and how that comes to an end.
func smallFiles(t *testing.T, binary string, dir string, size uint64, args []string) (s *harness.Server, more func()) {
	t.Helper()
	script := `trap "" XFSZ && ulimit -S -f ` + itoa(int(size/512)) + ` && exec "$0" "$@"`
	all := []string{"-c", script, binary, "--port", "0", "--dir", dir, "--unixsocket", filepath.Join(dir, "s")}
	s = start(t, harness.Options{Binary: "/bin/sh", Dir: dir, Bare: true, Args: append(all, args...)})
	return s, func() {
		t.Helper()
		limitFiles(t, s.Pid())
	}
}

// noise is text that cannot be compressed.
func noise(rng *rand.Rand, size int) string {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

const diskSize = 4 << 20

// full is a server whose disk gets full.
type full struct {
	*harness.Server
	c    *harness.Client
	dir  string
	room func() // makes some
}

// startFull starts one, on a disk of its own or, where that cannot be and where
// it is not wanted, with a limit on the size of its files.
func startFull(t *testing.T, binary string, mounted bool, args ...string) *full {
	t.Helper()
	f := &full{}
	if mounted {
		f.dir = smallDisk(t, diskSize)
	}
	if f.dir == "" {
		f.dir = dataFolder(t)
		f.Server, f.room = smallFiles(t, binary, f.dir, diskSize/4, args)
	} else {
		write(t, f.dir, "ballast", make([]byte, diskSize*3/4))
		f.room = func() {
			if err := os.Remove(filepath.Join(f.dir, "ballast")); err != nil {
				t.Error(err)
			}
		}
		f.Server = start(t, harness.Options{Binary: binary, Dir: f.dir, Args: args})
	}
	f.c = dial(t, f.Server)
	return f
}

// fill writes until a write is refused, and returns the error and how many
// keys there are. Where replies wait for the disk, the one of the last key
// waits until there is room: last receives it.
func (f *full) fill(t *testing.T) (refusal string, keys int, last func()) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	filler := dial(t, f.Server)
	replies := make(chan string)
	receive := func() {
		reply, err := filler.Receive()
		if err != nil {
			reply = []byte(err.Error())
		}
		replies <- string(reply)
	}
	for ; keys < 2*diskSize/4096; keys++ {
		send(t, filler, "SET", "k"+itoa(keys), noise(rng, 4096))
		go receive()
		for waiting := true; waiting; {
			select {
			case reply := <-replies:
				if reply[0] == '-' {
					return reply, keys, func() {}
				}
				if reply != "+OK\r\n" {
					t.Fatal(reply)
				}
				waiting = false
			case <-time.After(20 * time.Millisecond):
				if reply := do(t, f.c, "DEL", "nothing"); reply[0] == '-' {
					return reply, keys + 1, func() {
						if reply := <-replies; reply != "+OK\r\n" {
							t.Errorf("the write that waited for room is answered with %q", reply)
						}
					}
				}
			}
		}
	}
	t.Fatal("the disk does not get full")
	return
}

// TestDiskFull: while there is no room for the log writes are refused, with
// Redis's words, and all else is served. When there is room it goes on by
// itself, and everything that was acknowledged is there after a crash.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	kinds := []bool{true, false}
	if smallDisk(t, diskSize) == "" {
		kinds = kinds[1:]
	}
	for _, mounted := range kinds {
		// Redis ends with "always"; what it says otherwise holds for all.
		theirs := startFull(t, redisBinary, mounted, "--appendonly", "yes", "--appendfsync", "everysec", "--save", "")
		wanted, _, _ := theirs.fill(t)
		wantedPing := do(t, theirs.c, "PING")
		theirs.room()
		waitFor(t, "the reference to go on", func() bool { return do(t, theirs.c, "PING")[0] == '+' })
		policies := []string{"always", "everysec", "no"}
		if !mounted {
			policies = policies[:1]
			// Redis takes a write that is too short for a full disk, and does not ask.
			wanted = strings.Replace(wanted, "No space left on device", "File too large", 1)
			wantedPing = wanted
		}
		for _, policy := range policies {
			t.Run(fmt.Sprintf("%s mounted=%v", policy, mounted), func(t *testing.T) {
				t.Parallel()
				inModes(t, func(t *testing.T, threads int) {
					diskFull(t, threads, policy, mounted, wanted, wantedPing)
				})
			})
		}
	}
}

func diskFull(t *testing.T, threads int, policy string, mounted bool, wanted, wantedPing string) {
	args := append(basaltArgs(threads), "--appendonly", "yes", "--appendfsync", policy, "--save", "", "--auto-aof-rewrite-percentage", "0")
	f := startFull(t, basaltBinary, mounted, args...)
	got, keys, last := f.fill(t)
	if got != wanted {
		t.Errorf("a write is refused with %q, by the reference with %q", got, wanted)
	}
	if got := do(t, f.c, "PING"); got != wantedPing {
		t.Errorf("PING is answered with %q, by the reference with %q", got, wantedPing)
	}
	if got := do(t, f.c, "STRLEN", "k0"); got != ":4096\r\n" {
		t.Errorf("reads: %q", got)
	}
	want(t, f.c, wanted, "DEL", "k0")
	want(t, f.c, "+OK\r\n", "CONFIG", "SET", "appendfsync", policy)
	if got := persistence(t, f.c, "aof_last_write_status"); got != "err" {
		t.Errorf("aof_last_write_status is %s", got)
	}
	// Perhaps there is no room for a new base either.
	do(t, f.c, "BGREWRITEAOF")
	f.room()
	last()
	waitFor(t, "the server to go on", func() bool { return do(t, f.c, "PING")[0] == '+' })
	if got := persistence(t, f.c, "aof_last_write_status"); got != "ok" {
		t.Errorf("aof_last_write_status is %s", got)
	}
	want(t, f.c, "+OK\r\n", "SET", "then", "on")
	jobsEnd(t, f.c)
	waitFor(t, "the log to be written", func() bool { return persistence(t, f.c, "aof_buffer_length") == "0" })
	found := do(t, f.c, "DBSIZE")
	f.Kill()
	again := startBasalt(t, threads, harness.Options{Dir: f.dir, Args: []string{"--appendonly", "yes", "--appendfsync", policy}})
	c := dial(t, again)
	want(t, c, "$2\r\non\r\n", "GET", "then")
	for i := range keys {
		if got := do(t, c, "STRLEN", "k"+itoa(i)); got != ":4096\r\n" {
			t.Fatalf("k%d of %d, which was acknowledged, has the length %q", i, keys, got)
		}
	}
	want(t, c, found, "DBSIZE")
}

// TestNoRoomForSnapshot: a snapshot for which there is no room is told of,
// stops writes where save points say that they matter, and leaves the old one.
func TestNoRoomForSnapshot(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	session := func(t *testing.T, f *full) (replies []string) {
		say := func(args ...string) { replies = append(replies, do(t, f.c, args...)) }
		say("SET", "first", "snapshot")
		say("SAVE")
		before := read(t, f.dir, "dump.rdb")
		rng := rand.New(rand.NewPCG(3, 4))
		for i := range diskSize / 2 / 4096 {
			do(t, f.c, "SET", "k"+itoa(i), noise(rng, 4096))
		}
		say("SAVE")
		say("SET", "a", "b")
		say("GET", "first")
		say("PING")
		say("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
		say("SET", "a", "b")
		say("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
		say("CONFIG", "SET", "save", "")
		say("SET", "a", "b")
		say("CONFIG", "SET", "save", "3600 100000")
		say("BGSAVE")
		jobsEnd(t, f.c)
		say("DEL", "a")
		say("EXISTS", "a")
		replies = append(replies, persistence(t, f.c, "rdb_last_bgsave_status"))
		if after := read(t, f.dir, "dump.rdb"); string(after) != string(before) {
			t.Error("a snapshot that failed has changed the one that was there")
		}
		noTemporaries(t, f.dir)
		// Half of it goes away, and there is room.
		f.room()
		say("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
		for i := range diskSize / 4 / 4096 {
			do(t, f.c, "DEL", "k"+itoa(i))
		}
		say("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
		say("DEL", "a")
		say("BGSAVE")
		jobsEnd(t, f.c)
		say("DEL", "a")
		replies = append(replies, persistence(t, f.c, "rdb_last_bgsave_status"))
		say("CONFIG", "SET", "save", "") // or SIGTERM saves
		return replies
	}
	args := []string{"--save", "3600 100000"}
	wanted := session(t, startFull(t, redisBinary, true, args...))
	inModes(t, func(t *testing.T, threads int) {
		got := session(t, startFull(t, basaltBinary, true, append(basaltArgs(threads), args...)...))
		if a, b := strings.Join(got, ""), strings.Join(wanted, ""); a != b {
			for i := range got {
				if got[i] != wanted[i] {
					t.Errorf("reply %d is %q, of the reference %q", i, got[i], wanted[i])
				}
			}
		}
	})
}

// limitFiles takes the limit off the size of a process's files.
func limitFiles(t *testing.T, pid int) {
	t.Helper()
	var now unix.Rlimit
	err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &now)
	if errors.Is(err, unix.ESRCH) {
		return // the server has ended, and its limit with it
	}
	if err != nil {
		t.Fatal(err)
	}
	now.Cur = now.Max
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &now, nil); err != nil {
		t.Fatal(err)
	}
}

// TestDiskFullMeanwhile: what else can happen to a server and to the clients
// that wait for a disk that is full.
func TestDiskFullMeanwhile(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	for name, fn := range map[string]func(t *testing.T, f *full, waiting *harness.Client){
		"the client goes": func(t *testing.T, f *full, waiting *harness.Client) {
			waiting.Close()
			if got := do(t, f.c, "SET", "more", "x"); !strings.HasPrefix(got, "-MISCONF Errors writing to the AOF file: ") {
				t.Errorf("a write meanwhile: %q", got)
			}
			f.room()
			waitFor(t, "the server to go on", func() bool { return do(t, f.c, "PING")[0] == '+' })
			want(t, f.c, "+OK\r\n", "SET", "then", "on")
			waitFor(t, "the client's end", func() bool { return strings.Count(do(t, f.c, "CLIENT", "LIST"), " name=") == 1 })
		},
		"the client is killed": func(t *testing.T, f *full, waiting *harness.Client) {
			want(t, f.c, ":1\r\n", "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
			f.room()
			waitFor(t, "the server to go on", func() bool { return do(t, f.c, "PING")[0] == '+' })
			want(t, f.c, "+OK\r\n", "SET", "then", "on")
		},
		"the log is turned off": func(t *testing.T, f *full, waiting *harness.Client) {
			want(t, f.c, "+OK\r\n", "CONFIG", "SET", "appendonly", "no")
			if reply := receive(t, waiting); reply != "+OK\r\n" {
				t.Errorf("the client that waited: %q", reply)
			}
			want(t, f.c, "+PONG\r\n", "PING")
			want(t, f.c, "+OK\r\n", "SET", "then", "on")
			f.room()
			want(t, f.c, "+OK\r\n", "CONFIG", "SET", "appendonly", "yes")
			jobsEnd(t, f.c)
			if got := persistence(t, f.c, "aof_last_bgrewrite_status"); got != "ok" {
				t.Errorf("aof_last_bgrewrite_status is %s", got)
			}
		},
		"the policy changes": func(t *testing.T, f *full, waiting *harness.Client) {
			want(t, f.c, "+OK\r\n", "CONFIG", "SET", "appendfsync", "everysec")
			f.room()
			if reply := receive(t, waiting); reply != "+OK\r\n" {
				t.Errorf("the client that waited: %q", reply)
			}
			waitFor(t, "the server to go on", func() bool { return do(t, f.c, "PING")[0] == '+' })
			want(t, f.c, "+OK\r\n", "SET", "then", "on")
			waitFor(t, "the log to be written", func() bool { return persistence(t, f.c, "aof_buffer_length") == "0" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				args := append(basaltArgs(threads), "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0")
				f := startFull(t, basaltBinary, true, args...)
				waiting := dial(t, f.Server)
				rng := rand.New(rand.NewPCG(5, 6))
				var sent int
				for full := false; !full; sent++ {
					send(t, waiting, "SET", "k"+itoa(sent), noise(rng, 40000))
					waitFor(t, "room or none", func() bool {
						full = do(t, f.c, "PING")[0] == '-'
						return full || do(t, f.c, "EXISTS", "k"+itoa(sent)) == ":1\r\n" && persistence(t, f.c, "aof_buffer_length") == "0"
					})
					if full = full || do(t, f.c, "PING")[0] == '-'; full {
						continue
					}
					if reply := receive(t, waiting); reply != "+OK\r\n" {
						t.Fatal(reply)
					}
				}
				fn(t, f, waiting)
				f.Kill()
				c := dial(t, startBasalt(t, threads, harness.Options{Dir: f.dir, Args: []string{"--appendonly", "yes"}}))
				want(t, c, "$2\r\non\r\n", "GET", "then")
				want(t, c, ":"+itoa(sent+1)+"\r\n", "DBSIZE")
			})
		})
	}
	t.Run("the server ends", func(t *testing.T) {
		t.Parallel()
		inModes(t, func(t *testing.T, threads int) {
			f := startFull(t, basaltBinary, true, append(basaltArgs(threads), "--appendonly", "yes", "--save", "")...)
			f.fill(t)
			if err := f.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			wantExit(t, f.Server, 0)
			f.room()
			c := dial(t, startBasalt(t, threads, harness.Options{Dir: f.dir, Args: []string{"--appendonly", "yes"}}))
			want(t, c, ":4096\r\n", "STRLEN", "k0")
		})
	})
}
