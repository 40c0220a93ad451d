package vfs

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file File, offset int64, text string) {
	t.Helper()
	if n, err := file.WriteAt([]byte(text), offset); n != len(text) || err != nil {
		t.Fatal(n, err)
	}
}

// content returns what a file holds, "-" if there is none.
func content(t *testing.T, fsys FS, path string) string {
	t.Helper()
	f, err := fsys.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "-"
	}
	must(t, err)
	defer f.Close()
	size, err := f.Size()
	must(t, err)
	b, err := io.ReadAll(io.NewSectionReader(f, 0, size))
	must(t, err)
	return string(b)
}

// TestContract holds the file systems to the same behaviour.
func TestContract(t *testing.T) {
	for name, fsys := range map[string]FS{"os": OS{}, "mem": NewMem(), "faults": NewFaults(NewMem())} {
		t.Run(name, func(t *testing.T) {
			root := "/"
			if name == "os" {
				root = t.TempDir()
			}
			contract(t, fsys, root)
		})
	}
}

func contract(t *testing.T, fsys FS, root string) {
	dir := filepath.Join(root, "d")
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if _, err := fsys.Append(a); !errors.Is(err, fs.ErrNotExist) {
		t.Error("made a file where there is no folder:", err)
	}
	must(t, fsys.Mkdir(dir))
	if err := fsys.Mkdir(dir); !errors.Is(err, fs.ErrExist) {
		t.Error("made a folder twice:", err)
	}
	for _, err := range []error{fsys.Remove(a), fsys.Rename(a, b), second(fsys.Open(a)), second(fsys.Stat(a)), second(fsys.List(a))} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), a) {
			t.Error("want that it is missing, with the path:", err)
		}
	}
	file, err := fsys.Append(a)
	must(t, err)
	write(t, file, 0, "hello")
	write(t, file, 7, "world")
	must(t, file.Truncate(9))
	must(t, file.Sync())
	if size, err := file.Size(); size != 9 || err != nil {
		t.Error(size, err)
	}
	var buf [16]byte
	if n, err := file.ReadAt(buf[:], 3); n != 6 || err != io.EOF || string(buf[:n]) != "lo\x00\x00wo" {
		t.Errorf("%q %v", buf[:n], err)
	}
	must(t, file.Close())
	if _, err := file.WriteAt([]byte("x"), 0); err == nil {
		t.Error("wrote to a closed file")
	}

	reader, err := fsys.Open(a)
	must(t, err)
	if _, err := reader.WriteAt([]byte("x"), 0); err == nil {
		t.Error("wrote to a file opened for reading")
	}
	must(t, reader.Close())
	file, err = fsys.Append(a)
	must(t, err)
	write(t, file, 9, "!")
	must(t, file.Close())
	must(t, fsys.Rename(a, b))
	if got := content(t, fsys, b); got != "hello\x00\x00wo!" {
		t.Errorf("%q", got)
	}
	file, err = fsys.Create(a)
	must(t, err)
	must(t, file.Close())
	if names, err := fsys.List(dir); err != nil || !slices.Equal(names, []string{"a", "b"}) {
		t.Error(names, err)
	}
	must(t, fsys.SyncDir(dir))
	if info, err := fsys.Stat(b); err != nil || info.Dir || info.Size != 10 {
		t.Error(info, err)
	}
	if info, err := fsys.Stat(dir); err != nil || !info.Dir {
		t.Error(info, err)
	}
	file, err = fsys.Create(b)
	must(t, err)
	must(t, file.Close())
	if got := content(t, fsys, b); got != "" {
		t.Errorf("%q", got)
	}
	must(t, fsys.Remove(b))
	locks(t, fsys, filepath.Join(dir, "lock"))
}

func locks(t *testing.T, fsys FS, path string) {
	file, err := fsys.Lock(path)
	must(t, err)
	if _, err := fsys.Lock(path); !errors.Is(err, ErrLocked) {
		t.Error("locked twice:", err)
	}
	must(t, file.Close())
	file, err = fsys.Lock(path)
	must(t, err)
	must(t, file.Close())
}

func second[T any](_ T, err error) error { return err }

func TestCrashKeepsWhatWasSynced(t *testing.T) {
	m := NewMem()
	must(t, m.Mkdir("/d"))
	file, err := m.Create("/d/a")
	must(t, err)
	write(t, file, 0, "one")
	must(t, file.Sync())
	if got := content(t, m.CrashClone(nil), "/d/a"); got != "-" {
		t.Errorf("a name that was never synced: %q", got)
	}
	must(t, m.SyncDir("/d"))
	if got := content(t, m.CrashClone(nil), "/d/a"); got != "-" {
		t.Errorf("a folder that was never synced: %q", got)
	}
	must(t, m.SyncDir("/"))
	write(t, file, 3, "two")
	if got := content(t, m.CrashClone(nil), "/d/a"); got != "one" {
		t.Errorf("%q", got)
	}
	must(t, m.Rename("/d/a", "/d/b"))
	must(t, file.Sync())
	clone := m.CrashClone(nil)
	if a, b := content(t, clone, "/d/a"), content(t, clone, "/d/b"); a != "onetwo" || b != "-" {
		t.Errorf("%q %q", a, b)
	}
	must(t, m.SyncDir("/d"))
	must(t, m.Remove("/d/b"))
	must(t, file.Truncate(2))
	if got := content(t, m.CrashClone(nil), "/d/b"); got != "onetwo" {
		t.Errorf("%q", got)
	}
	must(t, file.Sync())
	if got := content(t, m.CrashClone(nil), "/d/b"); got != "on" {
		t.Errorf("%q", got)
	}
}

// TestCrashMayKeepMore: with chance, files end anywhere behind what was
// synced, and folders are as they were at some moment since.
func TestCrashMayKeepMore(t *testing.T) {
	m := NewMem()
	file, err := m.Create("/a")
	must(t, err)
	write(t, file, 0, "one")
	must(t, file.Sync())
	must(t, m.SyncDir("/"))
	write(t, file, 3, "two")
	must(t, m.Rename("/a", "/b"))
	must(t, m.Rename("/b", "/c"))
	seen := map[string]int{}
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		clone := m.CrashClone(random)
		names, err := clone.List("/")
		must(t, err)
		if len(names) != 1 {
			t.Fatal(names)
		}
		seen[names[0]+content(t, clone, "/"+names[0])]++
	}
	if len(seen) != 3*4 {
		t.Error(seen)
	}
}

// TestFailedSyncLosesBytes: what a failed sync left is not made durable by one
// that succeeds later, unless it is written again.
func TestFailedSyncLosesBytes(t *testing.T) {
	m := NewMem()
	faults := NewFaults(m)
	file, err := faults.Create("/a")
	must(t, err)
	must(t, faults.SyncDir("/"))
	write(t, file, 0, "ab")
	faults.FailAt(0, syscall.EIO)
	if err := file.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	write(t, file, 2, "cd")
	must(t, file.Sync())
	if got := content(t, m.CrashClone(nil), "/a"); got != "\x00\x00cd" {
		t.Errorf("%q", got)
	}
	write(t, file, 0, "ab")
	must(t, file.Sync())
	if got := content(t, m.CrashClone(nil), "/a"); got != "abcd" {
		t.Errorf("%q", got)
	}
}

func TestFaults(t *testing.T) {
	m := NewMem()
	faults := NewFaults(m)
	file, err := faults.Create("/a")
	must(t, err)
	faults.FailAt(1, syscall.EIO)
	write(t, file, 0, "abcd")
	if n, err := file.WriteAt([]byte("efgh"), 4); n != 2 || !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "/a") {
		t.Error(n, err)
	}
	write(t, file, 4, "efgh") // only one call fails

	faults.Hook(nil)
	faults.SetRoom(3)
	if n, err := file.WriteAt([]byte("01234567"), 4); n != 7 || !errors.Is(err, syscall.ENOSPC) {
		t.Error(n, err)
	}
	must(t, file.Truncate(9))
	if n, err := file.WriteAt([]byte("xyz"), 9); n != 2 || !errors.Is(err, syscall.ENOSPC) {
		t.Error(n, err)
	}
	must(t, faults.Remove("/a"))
	file, err = faults.Create("/b")
	must(t, err)
	write(t, file, 0, "0123456789a")
	if _, err := file.WriteAt([]byte("b"), 11); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	faults.SetRoom(-1)
	write(t, file, 11, "bc")
}
