package test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// children are the processes that a process has started and not yet buried.
func children(t *testing.T, pid int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The name in parentheses may hold anything. State and parent follow.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if fields[1] == strconv.Itoa(pid) && fields[0] != "Z" {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, child)
		}
	}
	return pids
}

// commandLine returns what a process was started with, nil when it has ended.
func commandLine(pid int) []byte {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return b
}

// TestChildKilled kills the process that writes a file, at random moments: the
// server says so, what it had stays, and the next time it works.
func TestChildKilled(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		seed := seeds.Of(t)
		rng := rand.New(rand.NewPCG(seed, 0))
		dir := dataFolder(t)
		args := []string{"--rdb-version", "10", "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0", "--stop-writes-on-bgsave-error", "no"}
		s := basaltIn(t, threads, dir, args...)
		c := dial(t, s)
		want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "2000", "key", "100")
		saves(t, c)
		rewrites(t, c)
		v := &victim{t: t, s: s, c: c, rng: rng, dir: dir}
		for range max(*crashRounds, 4) {
			want(t, c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "100")
			want(t, c, ":0\r\n", "DEL", "nothing")
			v.snapshot()
			v.rewrite()
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
		do(t, c, "SET", "last", "word")
		saves(t, c)
		rewrites(t, c)
		digest := do(t, c, "DEBUG", "DIGEST")
		noTemporaries(t, dir)
		if v.killed == 0 {
			t.Error("every child was done before it was killed")
		}
		t.Logf("%d of the children were killed while they wrote", v.killed)
		end(t, s)
		want(t, dial(t, basaltIn(t, threads, dir, args...)), digest, "DEBUG", "DIGEST")
	})
}

// victim is a server whose children are killed.
type victim struct {
	t      *testing.T
	s      *harness.Server
	c      *harness.Client
	rng    *rand.Rand
	dir    string
	killed int
}

// kill lets the child begin, then live for a random time.
func (v *victim) kill() (pid int) {
	v.t.Helper()
	waitFor(v.t, "a child", func() bool {
		if pids := children(v.t, v.s.Pid()); len(pids) > 0 {
			pid = pids[0]
		}
		return pid != 0
	})
	time.Sleep(time.Duration(v.rng.IntN(40_000)) * time.Microsecond)
	_ = syscall.Kill(pid, syscall.SIGKILL) // it may be done
	jobsEnd(v.t, v.c)
	return pid
}

// told wants the end of a child to be in the log.
func (v *victim) told(what string, pid int) {
	v.t.Helper()
	v.killed++
	words := fmt.Sprintf("child process %d ended without a result: signal: killed", pid)
	waitFor(v.t, "the line about the end of the "+what, func() bool { return strings.Contains(v.s.Output(), words) })
}

func (v *victim) snapshot() {
	t, c := v.t, v.c
	t.Helper()
	before := read(t, v.dir, "dump.rdb")
	do(t, c, "SET", "changed", itoa(v.rng.IntN(1000)))
	want(t, c, "+Background saving started\r\n", "BGSAVE")
	pid := v.kill()
	switch status := persistence(t, c, "rdb_last_bgsave_status"); {
	case status == "ok": // it was done by then
	case status != "err":
		t.Errorf("rdb_last_bgsave_status is %q", status)
	default:
		v.told("snapshot", pid)
		if !bytes.Equal(before, read(t, v.dir, "dump.rdb")) {
			t.Error("a snapshot that failed has changed the one that was there")
		}
	}
	noTemporaries(t, v.dir)
}

func (v *victim) rewrite() {
	t, c := v.t, v.c
	t.Helper()
	base := func() string {
		for _, line := range strings.Split(string(read(t, v.dir, "appendonlydir/appendonly.aof.manifest")), "\n") {
			if strings.HasSuffix(line, "type b") {
				return line
			}
		}
		return ""
	}
	before := base()
	do(t, c, "SET", "changed", itoa(v.rng.IntN(1000)))
	want(t, c, "+Background append only file rewriting started\r\n", "BGREWRITEAOF")
	pid := v.kill()
	switch status := persistence(t, c, "aof_last_bgrewrite_status"); {
	case status == "ok":
	case status != "err":
		t.Errorf("aof_last_bgrewrite_status is %q", status)
	default:
		v.told("rewrite", pid)
		if after := base(); after != before {
			t.Errorf("after a rewrite that failed the base is %q, before it was %q", after, before)
		}
	}
	noTemporaries(t, v.dir)
	accepts(t, "redis-check-aof", filepath.Join(v.dir, "appendonlydir/appendonly.aof.manifest"))
}

// TestChildStopped: a child that does nothing does not hold up the server, and
// goes when it is cancelled.
func TestChildStopped(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t)
		s := basaltIn(t, threads, dir, "--rdb-version", "10", "--rdb-key-save-delay", "1000")
		c := dial(t, s)
		want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "3000", "key", "1000")
		want(t, c, "+Background saving started\r\n", "BGSAVE")
		// Until it is a program of its own the system has the server wait for it.
		var pids []int
		waitFor(t, "a child", func() bool {
			pids = children(t, s.Pid())
			return len(pids) > 0 && !bytes.Equal(commandLine(pids[0]), commandLine(s.Pid()))
		})
		if err := syscall.Kill(pids[0], syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		for i := range 3000 {
			do(t, c, "SET", fmt.Sprintf("key:%d", i), strings.Repeat("x", 5000))
		}
		want(t, c, "+Background saving cancelled\r\n", "BGSAVE", "CANCEL")
		waitFor(t, "the end of the child", func() bool { return len(children(t, s.Pid())) == 0 })
		noTemporaries(t, dir)
		if read(t, dir, "dump.rdb") != nil {
			t.Error("a snapshot that was cancelled is there")
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
		saves(t, c)
		accepts(t, "redis-check-rdb", filepath.Join(dir, "dump.rdb"))
	})
}

// TestPersistCommands: the words of the commands about files are Redis's.
func TestPersistCommands(t *testing.T) {
	t.Parallel()
	session := func(t *testing.T, s *harness.Server) (replies []string) {
		c := dial(t, s)
		say := func(args ...string) {
			replies = append(replies, strings.Join(args, " ")+": "+do(t, c, args...))
		}
		slow := func(on bool) {
			delay := "0"
			if on {
				delay = "20000"
			}
			want(t, c, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", delay)
		}
		want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "1000", "key", "10")
		say("BGSAVE", "NONSENSE")
		say("BGSAVE", "SCHEDULE", "NOW")
		say("SAVE", "NOW")
		slow(true)
		say("BGSAVE")
		say("BGSAVE")
		say("BGSAVE", "SCHEDULE")
		say("SAVE")
		say("DEBUG", "RELOAD", "NOFLUSH", "NOSENSE")
		say("BGREWRITEAOF")
		say("BGREWRITEAOF")
		replies = append(replies, persistence(t, c, "rdb_bgsave_in_progress"), persistence(t, c, "aof_rewrite_scheduled"))
		// It ends at once on FLUSHALL.
		say("FLUSHALL")
		slow(false)
		jobsEnd(t, c)
		want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "1000", "key", "10")
		slow(true)
		say("BGREWRITEAOF")
		say("BGREWRITEAOF")
		say("BGSAVE")
		say("BGSAVE", "SCHEDULE")
		slow(false)
		say("SAVE")
		say("LASTSAVE", "x")
		// The child would go on, at its pace, behind the end of its server.
		for _, pid := range children(t, s.Pid()) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may be done
		}
		jobsEnd(t, c)
		return replies
	}
	args := []string{"--enable-debug-command", "yes", "--save", "3600 100000000"}
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
