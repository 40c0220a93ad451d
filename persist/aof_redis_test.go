package persist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"basalt/internal/reference"
	"basalt/internal/vfs"
)

// strings and lists by "db/key", as far as these tests write them.
type dataset map[string]string

func (d dataset) apply(db int, args [][]byte) error {
	key := fmt.Sprintf("%d/%s", db, args[min(1, len(args)-1)])
	switch name := strings.ToLower(string(args[0])); name {
	case "set":
		d[key] = string(args[2])
	case "append":
		d[key] += string(args[2])
	case "rpush":
		for _, v := range args[2:] {
			d[key] += "," + string(v)
		}
	case "del":
		delete(d, key)
	default:
		return errors.New("unknown command " + name)
	}
	return nil
}

// ready waits until a server has loaded its data.
func ready(t *testing.T, s *reference.Server) {
	t.Helper()
	for {
		reply, err := s.Do("PING")
		if loading, ok := reply.(reference.Error); ok && strings.HasPrefix(string(loading), "LOADING") {
			continue
		}
		if reply != "PONG" || err != nil {
			t.Fatal(reply, err)
		}
		return
	}
}

// ofRedis reads the same out of a real server.
func ofRedis(t *testing.T, s *reference.Server) dataset {
	t.Helper()
	d := dataset{}
	for db := range 4 {
		mustDo(t, s, "SELECT", fmt.Sprint(db))
		for _, key := range mustDo(t, s, "KEYS", "*").([]any) {
			name := key.(string)
			at := fmt.Sprintf("%d/%s", db, name)
			if mustDo(t, s, "TYPE", name) == "list" {
				for _, v := range mustDo(t, s, "LRANGE", name, "0", "-1").([]any) {
					d[at] += "," + v.(string)
				}
			} else {
				d[at] = mustDo(t, s, "GET", name).(string)
			}
		}
	}
	return d
}

func loadDir(t *testing.T, dir string, d dataset) *AOF {
	t.Helper()
	a, err := OpenAOF(vfs.OS{}, dir, AOFOptions{LoadTruncated: true, Policy: SyncAlways, Timestamps: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Replay(ReplayOptions{Preamble: func(_ vfs.File, path string, size int64) (Preamble, error) {
		if end := preambleEnds[filepath.Base(path)]; end > 0 {
			size = end
		}
		return &fakePreamble{end: size}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Step(0, d.apply); err != nil {
		t.Fatal(err)
	}
	return a
}

// preambleEnds is where the RDB part of a file ends, for files that have more.
var preambleEnds = map[string]int64{}

// checkAOF has redis-check-aof look at a folder's log.
func checkAOF(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("redis-check-aof", filepath.Join(dir, "appendonlydir", "appendonly.aof.manifest")).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("All AOF files and manifest are valid")) {
		t.Errorf("redis-check-aof: %v\n%s", err, out)
	}
}

// TestOpensFoldersOfRedis: a real server writes, we read, go on, rewrite; it
// reads what we wrote.
func TestOpensFoldersOfRedis(t *testing.T) {
	s := reference.StartPlain(t, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", "no", "--aof-timestamp-enabled", "yes")
	mustDo(t, s, "SET", "a", "1")
	mustDo(t, s, "RPUSH", "l", "x", "y\r\n\x00")
	mustDo(t, s, "BGREWRITEAOF")
	waitRewrite(t, s)
	mustDo(t, s, "SELECT", "3")
	mustDo(t, s, "MULTI")
	mustDo(t, s, "SET", "b", strings.Repeat("v", 5000))
	mustDo(t, s, "APPEND", "b", "")
	mustDo(t, s, "SELECT", "1")
	mustDo(t, s, "SET", "c", "2")
	mustDo(t, s, "EXEC")
	mustDo(t, s, "DEL", "nothing")
	want := ofRedis(t, s)
	if len(want) != 4 {
		t.Fatal(want)
	}
	dir := t.TempDir()
	copyFolder(t, filepath.Join(s.Dir, "appendonlydir"), filepath.Join(dir, "appendonlydir"))
	got := dataset{}
	a := loadDir(t, dir, got)
	if !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if err := a.Start(false, nil); err != nil {
		t.Fatal(err)
	}
	a.SetTime(1700000000)
	write := func(db, key, value string) {
		a.Append(appendCommand(appendCommand(nil, "SELECT", db), "SET", key, value))
		want[db+"/"+key] = value
	}
	write("2", "ours", "1")
	r, err := a.BeginRewrite(false)
	if err != nil {
		t.Fatal(err)
	}
	var base []byte
	for _, key := range slices.Sorted(maps.Keys(want)) {
		base = appendCommand(appendCommand(base, "SELECT", key[:1]), "SET", key[2:], want[key])
		if strings.HasPrefix(want[key], ",") {
			base = appendCommand(appendCommand(base, "DEL", key[2:]), append([]string{"RPUSH", key[2:]}, strings.Split(want[key][1:], ",")...)...)
		}
	}
	a.SetTime(1700000001)
	write("0", "ours", "2")
	if err := os.WriteFile(r.Final, base, 0o644); err != nil {
		t.Fatal(err)
	}
	a.CommitRewrite()
	a.Append([]byte("*1\r\n$5\r\nMULTI\r\n"))
	write("1", "ours", "3")
	a.Append([]byte("*1\r\n$4\r\nEXEC\r\n"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if m := a.manifest.Load(); m.baseSeq != 3 || m.incrSeq != 3 || len(m.incrs) != 1 {
		t.Errorf("%s", m.appendTo(nil))
	}
	checkAOF(t, dir)
	theirs := reference.StartPlain(t, "--dir", dir, "--save", "", "--appendonly", "yes")
	ready(t, theirs)
	if got := ofRedis(t, theirs); !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	// And back, with what it writes in our folder.
	mustDo(t, theirs, "SELECT", "3")
	mustDo(t, theirs, "SET", "theirs", "1")
	want["3/theirs"] = "1"
	got = dataset{}
	loadDir(t, dir, got)
	if !maps.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestNewFolderForRedis: a folder that we began, with an RDB base, is one that
// a real server goes on with.
func TestNewFolderForRedis(t *testing.T) {
	s := reference.StartPlain(t, "--save", "", "--appendonly", "yes")
	ready(t, s)
	empty, err := os.ReadFile(filepath.Join(s.Dir, "appendonlydir", "appendonly.aof.1.base.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(filepath.Join(s.Dir, "appendonlydir", "appendonly.aof.manifest"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	a := loadDir(t, dir, dataset{})
	if !a.Empty() {
		t.Error("not empty")
	}
	if err := a.Start(true, func(w io.Writer) error {
		_, err := w.Write(empty)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	a.Append(appendCommand(nil, "SET", "a", "1"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join(dir, "appendonlydir", "appendonly.aof.manifest"))
	if err != nil || !bytes.Equal(ours, theirs) {
		t.Errorf("%v %q, theirs %q", err, ours, theirs)
	}
	checkAOF(t, dir)
	next := reference.StartPlain(t, "--dir", dir, "--save", "", "--appendonly", "yes")
	ready(t, next)
	if mustDo(t, next, "GET", "a") != "1" {
		t.Error("lost")
	}
	mustDo(t, next, "SET", "b", "2")
	mustDo(t, next, "BGREWRITEAOF")
	waitRewrite(t, next)
	mustDo(t, next, "SET", "c", "3")
	got := dataset{}
	loadDir(t, dir, got)
	if !maps.Equal(got, dataset{"0/c": "3"}) { // a and b are in the RDB file, which is not read here
		t.Error(got)
	}
}

// TestUpgrade takes over the single file of an older server as a real one does,
// with an RDB file in front and without.
func TestUpgrade(t *testing.T) {
	tail := string(appendCommand(nil, "SET", "b", "2"))
	s := reference.StartPlain(t, "--save", "", "--appendonly", "yes")
	ready(t, s)
	rdb, err := os.ReadFile(filepath.Join(s.Dir, "appendonlydir", "appendonly.aof.1.base.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	for _, preamble := range []string{"", string(rdb)} {
		ours, theirs := t.TempDir(), t.TempDir()
		for _, dir := range []string{ours, theirs} {
			if err := os.WriteFile(filepath.Join(dir, "appendonly.aof"), []byte(preamble+tail), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		preambleEnds["appendonly.aof"] = int64(len(preamble))
		got := dataset{}
		a := loadDir(t, ours, got)
		if !maps.Equal(got, dataset{"0/b": "2"}) {
			t.Error(got)
		}
		if err := a.Start(true, nil); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		s := reference.StartPlain(t, "--dir", theirs, "--save", "", "--appendonly", "yes")
		ready(t, s)
		a1, b1 := tree(t, ours), tree(t, theirs)
		if !maps.Equal(a1, b1) {
			t.Errorf("ours %q\ntheirs %q", a1, b1)
		}
		checkAOF(t, ours)
	}
}

// tree returns the files below a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestUpgradeCrashes stops the upgrade at each call: it is finished the next
// time, or what was there before is.
func TestUpgradeCrashes(t *testing.T) {
	begin := func() *vfs.Mem {
		m := vfs.NewMem()
		if err := writeFile(m, "/appendonly.aof", func(w io.Writer) error {
			_, err := w.Write(appendCommand(nil, "R", "1"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := m.SyncDir("/"); err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := begin()
	faults := vfs.NewFaults(m)
	check := func(m *vfs.Mem, when string) {
		t.Helper()
		if _, n, err := load(m); n != 1 || err != nil {
			t.Errorf("%s: %d %v", when, n, err)
		}
	}
	faults.Hook(func(c vfs.Call) error {
		check(m.CrashClone(nil), fmt.Sprint("crash at call ", c.N))
		return nil
	})
	check2 := func(fsys vfs.FS) error { _, _, err := load(fsys); return err }
	if err := check2(faults); err != nil {
		t.Fatal(err)
	}
	for n := range faults.Calls() {
		m := begin()
		faults := vfs.NewFaults(m)
		faults.FailAt(n, os.ErrPermission)
		err := check2(faults)
		if err == nil && n < 5 {
			t.Error("call", n, "may fail")
		}
		check(m, fmt.Sprint("after call failed ", n))
		check(m.CrashClone(nil), fmt.Sprint("crash after ", n))
	}
}

// TestTornTailAsRedis cuts a log at many places and has both load it: the same
// data is left, and the same file. The file differs where the cut is in a
// transaction: Redis then leaves the beginning of it, and what it writes next
// becomes part of a transaction that never ends; and in annotations before the
// cut, which Redis takes along with the record that follows.
func TestTornTailAsRedis(t *testing.T) {
	var b []byte
	b = appendCommand(b, "SET", "a", "1")
	b = append(b, "#TS:1700000000\r\n"...)
	b = appendCommand(b, "MULTI")
	b = appendCommand(b, "SET", "b", "1")
	b = appendCommand(b, "SELECT", "2")
	b = appendCommand(b, "SET", "c", "1")
	b = appendCommand(b, "EXEC")
	b = appendCommand(b, "APPEND", "c", "22")
	annotation, end := bytes.IndexByte(b, '#'), bytes.Index(b, []byte("*1\r\n$4\r\nEXEC"))+14
	for n := 0; n <= len(b); n += 1 + n%11 {
		if n > annotation && n < annotation+16 {
			continue // Redis leaves half an annotation, and writes behind it
		}
		var left []map[string]string
		var data []dataset
		for _, ours := range []bool{true, false} {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "appendonlydir"), 0o755); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"manifest": "file appendonly.aof.1.incr.aof seq 1 type i\n", "1.incr.aof": string(b[:n])} {
				if err := os.WriteFile(filepath.Join(dir, "appendonlydir", "appendonly.aof."+name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			d := dataset{}
			if ours {
				loadDir(t, dir, d)
			} else {
				s := reference.StartPlain(t, "--dir", dir, "--save", "", "--appendonly", "yes")
				ready(t, s)
				d = ofRedis(t, s)
			}
			left, data = append(left, tree(t, dir)), append(data, d)
		}
		same := maps.Equal(left[0], left[1]) || n > annotation && n < end
		if !same || !maps.Equal(data[0], data[1]) {
			t.Errorf("cut at %d: ours %q %q\ntheirs %q %q", n, left[0], data[0], left[1], data[1])
		}
	}
}
