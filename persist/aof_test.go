package persist

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"basalt/internal/vfs"
)

func readAll(t *testing.T, fsys vfs.FS, path string) string {
	t.Helper()
	f, err := fsys.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// open starts a log whose steps the test takes.
func openManual(t *testing.T, m vfs.FS, opts AOFOptions) *AOF {
	t.Helper()
	opts.manual = true
	a, err := OpenAOF(m, "/", opts)
	if err == nil {
		err = a.Start(false, func(io.Writer) error { return nil })
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *AOF) stepForTest() {
	a.Flush()
	a.writer.step(a.opts.clock())
}

// TestAnnotations: one in front of the first record of a second, and of a file.
func TestAnnotations(t *testing.T) {
	m := vfs.NewMem()
	a := openManual(t, m, AOFOptions{Timestamps: true})
	x, y := command("X"), command("Y")
	a.SetTime(100)
	a.SetTime(101)
	a.Append([]byte(x))
	a.Append([]byte(y))
	a.SetTime(102)
	a.SetTime(103)
	a.Append([]byte(x))
	a.SetTime(102) // a clock that was set back
	a.Append([]byte(y))
	if _, err := a.BeginRewrite(false); err != nil {
		t.Fatal(err)
	}
	a.Append([]byte(x))
	a.SetTimestamps(false)
	a.SetTime(110)
	a.Append([]byte(y))
	a.SetTimestamps(true)
	a.SetTime(111)
	if end := a.Append([]byte(x)); end != a.end {
		t.Error(end, a.end)
	}
	a.stepForTest()
	first := readAll(t, m, "/appendonlydir/appendonly.aof.1.incr.aof")
	if want := "#TS:101\r\n" + x + y + "#TS:103\r\n" + x + y; first != want {
		t.Errorf("%q", first)
	}
	second := readAll(t, m, "/appendonlydir/appendonly.aof.2.incr.aof")
	if want := "#TS:102\r\n" + x + y + "#TS:111\r\n" + x; second != want {
		t.Errorf("%q", second)
	}
	if a.Durable() != a.end || int(a.end) != len(first)+len(second) {
		t.Error(a.Durable(), a.end)
	}
}

// TestHistory: kept where that is wanted, and deleted when it no longer is.
func TestHistory(t *testing.T) {
	m := vfs.NewMem()
	a := openManual(t, m, AOFOptions{KeepHistory: true})
	for range 2 {
		r, err := a.BeginRewrite(true)
		if err != nil {
			t.Fatal(err)
		}
		if err := writeFile(m, r.Final, func(io.Writer) error { return nil }); err != nil {
			t.Fatal(err)
		}
		a.CommitRewrite()
		a.stepForTest()
		if running, err := a.RewriteState(); running || err != nil {
			t.Fatal(running, err)
		}
	}
	names := func() []string {
		names, err := m.List("/appendonlydir")
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	last := []string{"appendonly.aof.3.base.rdb", "appendonly.aof.3.incr.aof", "appendonly.aof.manifest"}
	if got := names(); len(got) != len(last)+4 {
		t.Error(got)
	}
	const text = "file appendonly.aof.3.base.rdb seq 3 type b\nfile appendonly.aof.3.incr.aof seq 3 type i\n"
	for _, restart := range []bool{false, true} {
		clone := m.CrashClone(nil)
		if restart { // what is left is deleted by the next process
			b := openManual(t, clone, AOFOptions{})
			b.stepForTest()
			b.stepForTest()
			got, err := clone.List("/appendonlydir")
			if err != nil || !slices.Equal(got, last) || readAll(t, clone, b.manifestPath()) != text {
				t.Error(got, err)
			}
		}
	}
	a.SetKeepHistory(false)
	a.stepForTest()
	a.stepForTest()
	if got := names(); !slices.Equal(got, last) || readAll(t, m, a.manifestPath()) != text {
		t.Error(got)
	}
}

func TestStartRemovesTemporaryFiles(t *testing.T) {
	m := folder(t, map[string]string{"temp-appendonly.aof.incr": "x", "temp-appendonly.aof.manifest": "x", "temp-rewriteaof-bg-1-2.aof": "x", "temp-other": "x"})
	openManual(t, m, AOFOptions{})
	names, err := m.List("/appendonlydir")
	if want := []string{"appendonly.aof.1.base.aof", "appendonly.aof.1.incr.aof", "appendonly.aof.manifest", "temp-other"}; err != nil || !slices.Equal(names, want) {
		t.Error(names, err)
	}
}

// TestMissingFile: a file that the manifest names must be there.
func TestMissingFile(t *testing.T) {
	for _, missing := range []string{"a", "b"} {
		files := map[string]string{"appendonly.aof.manifest": oneIncr, "a": "", "b": ""}
		delete(files, missing)
		got := replay(t, folder(t, files), true, ReplayOptions{}, 0)
		if !errors.Is(got.err, fs.ErrNotExist) || !strings.Contains(got.err.Error(), "/appendonlydir/"+missing) {
			t.Error(got.err)
		}
	}
}

// TestBeginFails: whatever call fails, the log goes on, in its old file or in
// the new one, and a commit that comes without knowing does no harm.
func TestBeginFails(t *testing.T) {
	m := vfs.NewMem()
	faults := vfs.NewFaults(m)
	now := time.Unix(1700000000, 0)
	a := openManual(t, faults, AOFOptions{Policy: SyncAlways, clock: func() time.Time { return now }})
	for n := range int64(12) {
		faults.FailAt(n, fs.ErrPermission)
		a.Append([]byte(command("X")))
		if _, err := a.BeginRewrite(false); err != nil {
			t.Fatal(err)
		}
		a.Append([]byte(command("Y")))
		a.CommitRewrite() // without knowing
		a.stepForTest()
		faults.Hook(nil)
		now = now.Add(time.Minute)
		a.stepForTest()
		if a.Durable() != a.end || a.Err() != nil {
			t.Error(n, a.Durable(), a.end, a.Err())
		}
		running, err := a.RewriteState()
		if !running || err == nil {
			t.Error(n, running, err)
		}
		a.AbortRewrite()
		if running, err := a.RewriteState(); running || err != nil {
			t.Error(n, running, err)
		}
	}
	got := replay(t, m.CrashClone(nil), false, ReplayOptions{}, 0)
	if want := slices.Repeat([]string{"0: X", "0: Y"}, 12); got.err != nil || !slices.Equal(got.commands, want) {
		t.Error(got)
	}
}
