package persist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"basalt/db"
)

// orphanVariable makes the test's binary a parent that waits to be killed.
const orphanVariable = "BASALT_TEST_ORPHAN"

func TestMain(m *testing.M) {
	BecomeChild()
	if dir := os.Getenv(orphanVariable); dir != "" {
		parentToKill(dir)
	}
	os.Exit(m.Run())
}

// toSink tells a sink of whole keys.
type toSink struct{ sink db.Sink }

func (s toSink) Key(k db.KeyInfo) db.ValueVisitor { return s.sink.Key(k) }

// finished polls a child until it has ended.
func finished(t *testing.T, c *Child) (Stats, error) {
	t.Helper()
	for {
		done, stats, err := c.Poll()
		if done {
			return stats, err
		}
		time.Sleep(time.Millisecond)
	}
}

// start starts a child that has time: a slow machine is no stalled child.
func start(t *testing.T, job Job, opts ChildOptions) *Child {
	t.Helper()
	opts.WaitMax, opts.Stall = time.Hour, time.Hour
	c, err := StartChild(job, opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// eachKind runs a test with a process and with a goroutine.
func eachKind(t *testing.T, f func(t *testing.T, opts ChildOptions)) {
	t.Run("process", func(t *testing.T) { f(t, ChildOptions{Ring: 1 << 18}) })
	t.Run("goroutine", func(t *testing.T) { f(t, ChildOptions{Ring: 1 << 18, NoExec: true}) })
}

// TestChild: the file is what Save would have made.
func TestChild(t *testing.T) {
	_, keys := populate(t)
	eachKind(t, func(t *testing.T, opts ChildOptions) {
		for name, change := range map[string]func(*Job){
			"rdb":  func(j *Job) { j.IncrementalSync = true },
			"raw":  func(j *Job) { j.Compress = false },
			"zstd": func(j *Job) { j.ZstdLevel = 1 },
			"resp": func(j *Job) { j.Format = FormatRESP },
		} {
			job := testJob(t)
			job.Sizes = keys.Sizes()
			change(&job)
			if _, err := Save(job, keys, func() {}); err != nil {
				t.Fatal(name, err)
			}
			want, err := os.ReadFile(job.Final)
			if err != nil {
				t.Fatal(err)
			}
			os.Remove(job.Final)
			c := start(t, job, opts)
			keys.Accept(toSink{c.Sink()})
			c.Sink().End()
			stats, err := finished(t, c)
			if err != nil {
				t.Fatal(name, err)
			}
			got, err := os.ReadFile(job.Final)
			if err != nil {
				t.Fatal(err)
			}
			// Strings of over a megabyte come in parts and stay uncompressed.
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes, want the %d of Save", name, len(got), len(want))
			}
			if int(stats.Keys) != keys.Len() || stats.Bytes != int64(len(got)) || !stats.Ended ||
				(stats.Pid != 0) == opts.NoExec || (stats.MaxRSS != 0) == opts.NoExec {
				t.Errorf("%s: %+v", name, stats)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(job.Final), "*")); len(left) != 1 {
				t.Errorf("%s: files left: %q", name, left)
			}
		}
	})
}

// TestChildAssembles: keys that come in parts and out of turn arrive whole, through a ring
// that is far smaller than they are.
func TestChildAssembles(t *testing.T) {
	eachKind(t, func(t *testing.T, opts ChildOptions) {
		job := testJob(t)
		job.Version = Version74
		job.Compress = false
		c := start(t, job, opts)
		told := &teller{values: values{rand.New(rand.NewPCG(31, 32))}, sink: frameSinkOf{&c.sink.frameWriter}}
		told.run(3000)
		c.Sink().End()
		stats, err := finished(t, c)
		if err != nil || int(stats.Keys) != len(told.want.keys) {
			t.Fatalf("%+v, want %d keys: %v", stats, len(told.want.keys), err)
		}
	})
}

// slow is a job that takes longer than any test, with a file that was there.
func slow(t *testing.T) Job {
	job := testJob(t)
	job.KeySaveDelayUs = 5000
	if err := os.WriteFile(job.Final, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	return job
}

// under polls until the child has written a key.
func under(t *testing.T, c *Child) Stats {
	t.Helper()
	tell(c.Sink(), 1000)
	for {
		done, stats, err := c.Poll()
		if done {
			t.Fatalf("ended: %v", err)
		}
		if stats.Keys > 0 {
			return stats
		}
		time.Sleep(time.Millisecond)
	}
}

func tell(s db.Sink, n int) {
	value := make([]byte, 1000)
	for i := range n {
		s.Key(db.KeyInfo{Key: strconv.AppendInt(nil, int64(i), 10), Deadline: db.NoDeadline}).String(value)
	}
}

// lost makes sure that a job left everything as it was, and that its sink takes
// whatever comes.
func lost(t *testing.T, c *Child, job Job, why string) {
	t.Helper()
	tell(c.Sink(), 100000)
	_, err := finished(t, c)
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("error %v, want one with %q", err, why)
	}
	if !c.Failed() {
		t.Error("not failed")
	}
	tell(c.Sink(), 1000)
	c.Sink().Ready()
	c.Sink().End()
	if old, err := os.ReadFile(job.Final); string(old) != "old" {
		t.Errorf("the old file is %q, %v", old, err)
	}
	for c.users.Load() != 0 { // the goroutine that looks after the child
		time.Sleep(time.Millisecond)
	}
	if _, err := os.Stat(job.Temp); !os.IsNotExist(err) {
		t.Error("the unfinished file is still there:", err)
	}
}

func TestChildKilled(t *testing.T) {
	job := slow(t)
	c := start(t, job, ChildOptions{})
	stats := under(t, c)
	if err := syscall.Kill(stats.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	lost(t, c, job, "signal: killed")
}

// TestChildStops: a child that does nothing is given up by the executor when that has to
// wait for it.
func TestChildStops(t *testing.T) {
	job := slow(t)
	c := start(t, job, ChildOptions{Spill: -1})
	stats := under(t, c)
	if err := syscall.Kill(stats.Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c.sink.waitMax = 50 * time.Millisecond // a slow machine is not to be taken for a stopped child before
	lost(t, c, job, ErrStalled.Error())
}

// TestChildStalls: the same found by Poll, when nothing has to be told.
func TestChildStalls(t *testing.T) {
	job := slow(t)
	c := start(t, job, ChildOptions{})
	stats := under(t, c)
	if err := syscall.Kill(stats.Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c.opts.Stall = 50 * time.Millisecond
	tell(c.Sink(), 1000)
	if _, err := finished(t, c); !errors.Is(err, ErrStalled) {
		t.Fatal(err)
	}
	lost(t, c, job, ErrStalled.Error())
}

func TestChildAborted(t *testing.T) {
	eachKind(t, func(t *testing.T, opts ChildOptions) {
		job := slow(t)
		c := start(t, job, opts)
		under(t, c)
		c.Abort()
		lost(t, c, job, errAborted.Error())
	})
	t.Run("at once", func(t *testing.T) {
		job := slow(t)
		c := start(t, job, ChildOptions{})
		c.Abort()
		lost(t, c, job, errAborted.Error())
	})
}

// TestNoFolder: what the file system says reaches the executor.
func TestNoFolder(t *testing.T) {
	eachKind(t, func(t *testing.T, opts ChildOptions) {
		job := slow(t)
		job.Temp, job.Final = filepath.Join(job.Final, "temp"), filepath.Join(job.Final, "final")
		c := start(t, job, opts)
		tell(c.Sink(), 100000)
		if _, err := finished(t, c); err == nil || !strings.Contains(err.Error(), "not a directory") {
			t.Error(err)
		}
	})
}

// TestExecForbidden: the job is done here, and somebody is told.
func TestExecForbidden(t *testing.T) {
	job := testJob(t)
	var mu sync.Mutex
	var log []string
	c := start(t, job, ChildOptions{program: job.Temp + ".none", Nice: 1, Log: func(s string) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, s)
	}})
	tell(c.Sink(), 10000)
	c.Sink().End()
	if stats, err := finished(t, c); err != nil || stats.Pid != 0 || stats.Keys != 10000 {
		t.Errorf("%+v, %v", stats, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(log) != 1 || !strings.Contains(log[0], "no child process") {
		t.Errorf("log: %q", log)
	}
}

// TestChildByAccident: who starts the program as a child by hand is told that
// this is not for him.
func TestChildByAccident(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Path, cmd.Args = os.Args[0], []string{childName, childToken}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "only a server starts this") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestOrphan: a child whose parent is killed ends, and leaves no file.
func TestOrphan(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanVariable+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	// The child is nobody's now: it is gone when signals do not reach it, or only as a zombie.
	for syscall.Kill(pid, 0) == nil && !zombie(pid) {
		time.Sleep(time.Millisecond)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("files left: %q", left)
	}
}

func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || bytes.Contains(stat, []byte(") Z "))
}

// parentToKill starts a child that is never done, and says who it is.
func parentToKill(dir string) {
	c, err := StartChild(Job{
		Temp: filepath.Join(dir, "temp"), Final: filepath.Join(dir, "final"), Version: Version72, KeySaveDelayUs: 1000000,
	}, ChildOptions{})
	if err != nil {
		panic(err)
	}
	tell(c.Sink(), 10000)
	for told := false; ; time.Sleep(time.Millisecond) {
		if _, s, _ := c.Poll(); s.Keys > 0 && !told {
			told = true
			fmt.Println(s.Pid)
		}
	}
}

// TestSnapshot writes a keyspace that changes all the time: what redis-server
// loads is what was there at the beginning.
func TestSnapshot(t *testing.T) {
	for seed := range uint64(3) {
		want, keys := populate(t)
		eachKind(t, func(t *testing.T, opts ChildOptions) {
			job := testJob(t)
			job.Sizes = keys.Sizes()
			want, keys := want, keys
			if opts.NoExec { // the other one has changed everything
				keys = copyOf(t, want)
			}
			c := start(t, job, opts)
			if err := keys.BeginSnapshot(c.Sink()); err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(seed, 41))
			for done := false; !done; done = keys.SnapshotStep(20 * time.Microsecond) {
				for range 3 {
					change(r, keys)
				}
				if _, _, err := c.Poll(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := finished(t, c); err != nil {
				t.Fatal(err)
			}
			compareServers(t, want, loaded(t, job.Final))
		})
	}
}

// change does something to a random key.
func change(r *rand.Rand, keys *db.Keyspace) {
	d := keys.DB([]int{0, 3}[r.IntN(2)])
	e := d.Random()
	if e == nil {
		return
	}
	key := bytes.Clone(e.Key())
	hash := db.Hash(key)
	more := [][]byte{strconv.AppendInt(nil, r.Int64N(1000), 10)}
	switch {
	case r.IntN(40) == 0:
		d.Delete(key, hash)
		return
	case r.IntN(40) == 0:
		d.SetString(key, hash, more[0], db.NoDeadline)
		return
	case r.IntN(20) == 0:
		target := append(more[0], key...)
		if d.Peek(target, db.Hash(target)) == nil {
			d.Rename(hash, e, d, target, db.Hash(target))
		}
		return
	}
	switch e.Type() {
	case db.TypeList:
		d.ListGrow(e, more)
		if r.IntN(2) == 0 {
			d.ListSet(e, r.IntN(e.ListLen()), more[0])
			return
		}
		d.ListPush(e, more, r.IntN(2) == 0)
	case db.TypeSet:
		d.SetAdd(key, hash, e, more)
	case db.TypeHash:
		e = d.HashPrepare(key, hash, e, [][]byte{more[0], more[0]})
		d.HashPut(e, more[0], more[0])
	case db.TypeZSet:
		d.ZAdd(e, r.NormFloat64(), more[0], 0)
	case db.TypeStream:
		s := d.StreamToWrite(e)
		id := s.LastID()
		if r.IntN(2) == 0 {
			id.Seq -= r.Uint64N(min(id.Seq, 3000) + 1)
			s.Delete(keys, id)
			return
		}
		id.Seq++
		s.Append(keys, id, [][]byte{more[0], more[0]})
	}
}

// TestChildKilledAnywhere: whenever a child dies, the file is the old one or the
// new one, whole, and success is said of the new one only.
func TestChildKilledAnywhere(t *testing.T) {
	const seed = 51
	r := rand.New(rand.NewPCG(seed, 52))
	var out bytes.Buffer
	job := testJob(t)
	job.IncrementalSync = true
	w := newRDBWriter(&out, &job)
	w.head()
	tell := func(v db.Visitor) {
		for i := range 20000 {
			v.Key(db.KeyInfo{Key: strconv.AppendInt(nil, int64(i), 10), Deadline: db.NoDeadline, Idle: -1, Freq: -1}).Integer(int64(i))
		}
	}
	tell(w)
	if err := w.foot(); err != nil {
		t.Fatal(err)
	}
	killed := 0
	for round := range 25 {
		if err := os.WriteFile(job.Final, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		c := start(t, job, ChildOptions{})
		go func(delay time.Duration) {
			time.Sleep(delay)
			if p := c.process.Load(); p != nil {
				_ = p.Kill()
			}
		}(time.Duration(r.IntN(40)) * time.Millisecond)
		tell(toSink{c.Sink()})
		c.Sink().End()
		_, err := finished(t, c)
		got, readErr := os.ReadFile(job.Final)
		if readErr != nil {
			t.Fatal(readErr)
		}
		fresh := bytes.Equal(got, out.Bytes())
		if !fresh && string(got) != "old" || err == nil && !fresh {
			t.Fatalf("seed %d, round %d: %d bytes, error %v", seed, round, len(got), err)
		}
		if err != nil {
			killed++
		}
		for c.users.Load() != 0 {
			time.Sleep(time.Millisecond)
		}
		if _, err := os.Stat(job.Temp); !os.IsNotExist(err) {
			t.Fatalf("seed %d, round %d: the unfinished file is still there: %v", seed, round, err)
		}
	}
	t.Logf("%d of 25 ended by the signal", killed)
}
