package persist

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"basalt/internal/reference"
	"basalt/internal/vfs"
)

func TestManifestText(t *testing.T) {
	m := &manifest{
		base:    &logFile{"a.aof.2.base.rdb", 2, baseFile},
		history: []logFile{{"a.aof.1.incr.aof", 1, historyFile}, {"a.aof.1.base.rdb", 1, historyFile}},
		incrs:   []logFile{{"a \"\\b\x01\n\xff.aof.2.incr.aof", 2, incrFile}, {"a'.aof.3.incr.aof", 3, incrFile}},
	}
	m.baseSeq, m.incrSeq = 2, 3
	const want = `file a.aof.2.base.rdb seq 2 type b
file a.aof.1.incr.aof seq 1 type h
file a.aof.1.base.rdb seq 1 type h
file "a \"\\b\x01\n\xff.aof.2.incr.aof" seq 2 type i
file "a'.aof.3.incr.aof" seq 3 type i
`
	text := m.appendTo(nil)
	if string(text) != want {
		t.Errorf("got\n%s", text)
	}
	back, err := parseManifest("m", text)
	if err != nil || string(back.appendTo(nil)) != want || back.baseSeq != 2 || back.incrSeq != 3 {
		t.Errorf("%v %+v", err, back)
	}
}

func TestManifestIsReadAsRedisReadsIt(t *testing.T) {
	for _, tc := range []struct{ text, want, err string }{
		{"file a seq 1 type b\n", "file a seq 1 type b\n", ""},
		{"# hello\n  FILE 'it''s' seq 1 type b \r\n", "", "Invalid AOF manifest file format"},
		{"# hello\n  FILE 'it\\'s' Seq 7 TYPE i new thing \r\n", "file \"it's\" seq 7 type i\n", ""},
		{"type b seq 1 file \"\\x61\\tb\"\n", "file \"a\\tb\" seq 1 type b\n", ""},
		{"", "", "Found an empty AOF manifest"},
		{"\n", "", "Invalid AOF manifest file format"},
		{"file a seq 1 type b", "", "too long line"},
		{"file " + strings.Repeat("a", 1100) + " seq 1 type b\n", "", "too long line"},
		{"file a seq 1\n", "", "Invalid AOF manifest file format"},
		{"file a seq 1 type b x\n", "", "Invalid AOF manifest file format"},
		{"file a seq 1 type b\rfile b seq 1 type i\n", "", "Invalid AOF manifest file format"},
		{"file a seq 1 kind b\n", "", "Invalid AOF manifest file format"},
		{"file a seq x type b\n", "", "Invalid AOF manifest file format"},
		{"file a/b seq 1 type b\n", "", "File can't be a path, just a filename"},
		{"file .. seq 1 type b\n", "", "File can't be a path, just a filename"},
		{"file a seq 1 type x\n", "", "Unknown AOF file type"},
		{"file a seq 1 type b\nfile b seq 2 type b\n", "", "line 2: \"file b seq 2 type b\": Found duplicate base file information"},
		{"file a seq 2 type i\nfile b seq 2 type i\n", "", "Found a non-monotonic sequence number"},
		{"file a.1.base.rdb seq 1 type h\nfile b seq 2 type i\n", "", "none in use"},
	} {
		m, err := parseManifest("m", []byte(tc.text))
		var bad *ManifestError
		switch {
		case tc.err == "" && err != nil:
			t.Errorf("%.40q: %v", tc.text, err)
		case tc.err != "" && (!errors.As(err, &bad) || !strings.Contains(err.Error(), tc.err)):
			t.Errorf("%.40q: %v, want %s", tc.text, err, tc.err)
		case err == nil && string(m.appendTo(nil)) != tc.want:
			t.Errorf("%.40q: %s", tc.text, m.appendTo(nil))
		}
	}
}

// TestManifestOfRedis compares what a real server writes, step by step.
func TestManifestOfRedis(t *testing.T) {
	const name = `it's "a" log.aof`
	s := reference.StartPlain(t, "--save", "", "--appendonly", "yes", "--appendfilename", name, "--aof-disable-auto-gc", "yes")
	ours := &manifest{}
	ours.replaceBase(ours.nextBase(name, true), 0)
	ours.add(ours.nextIncr(name))
	path := filepath.Join(s.Dir, "appendonlydir", name+manifestSuffix)
	compare := func(step string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := string(ours.appendTo(nil)); string(text) != want {
			t.Errorf("%s: theirs\n%sours\n%s", step, text, want)
		}
		m, err := readManifest(vfs.OS{}, path)
		if err != nil || string(m.appendTo(nil)) != string(text) {
			t.Errorf("%s: %v", step, err)
		}
	}
	ready(t, s)
	compare("start")
	for _, preamble := range []string{"yes", "no"} {
		mustDo(t, s, "CONFIG", "SET", "aof-use-rdb-preamble", preamble)
		mustDo(t, s, "BGREWRITEAOF")
		waitRewrite(t, s)
		ours.add(ours.nextIncr(name))
		ours.replaceBase(ours.nextBase(name, preamble == "yes"), 1)
		compare("rewrite with preamble " + preamble)
	}
	mustDo(t, s, "CONFIG", "SET", "aof-disable-auto-gc", "no")
	ours.history = nil
	compare("collected")
}

func waitRewrite(t *testing.T, s *reference.Server) {
	t.Helper()
	for {
		info := mustDo(t, s, "INFO", "persistence").(string)
		if strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0") {
			return
		}
	}
}

func TestFolderLock(t *testing.T) {
	dir := t.TempDir()
	lock, err := LockFolder(vfs.OS{}, dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = LockFolder(vfs.OS{}, dir)
	var locked *FolderLockedError
	if !errors.As(err, &locked) || locked.Pid != os.Getpid() || !errors.Is(err, vfs.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Error(err)
	}
	if err := lock.Close(); err != nil {
		t.Error(err)
	}
	lock, err = LockFolder(vfs.OS{}, dir)
	if err != nil {
		t.Fatal(err)
	}
	lock.Close()
	names, _ := vfs.OS{}.List(dir)
	if !slices.Equal(names, []string{lockName}) {
		t.Error(names)
	}
}
