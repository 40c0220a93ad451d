package persist

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"basalt/internal/reference"
)

// checked writes a file, checks it and returns what the checker says, whether
// it is content, and the file afterwards.
func checked(t testing.TB, name string, content []byte, fix bool) (said string, ok bool, after []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	said, ok = check(t, fix, path)
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return said, ok, after
}

func check(t testing.TB, fix bool, paths ...string) (said string, ok bool) {
	t.Helper()
	var out bytes.Buffer
	err := Check(paths, fix, &out)
	if err != nil && !errors.Is(err, ErrDamaged) {
		t.Fatal(err)
	}
	if damaged := strings.Contains(out.String(), "DAMAGED"); damaged && err == nil {
		t.Fatalf("content with\n%s", out.String())
	}
	return out.String(), err == nil
}

func respCommand(args ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

// smallAOF returns an append only file and where its records end.
func smallAOF() (file []byte, ends []int) {
	file = stringsFile(2, false)
	ends = []int{len(file)}
	for _, record := range []string{
		"#TS:1700000000\r\n",
		respCommand("SELECT", "0"),
		respCommand("SET", "key", "value\r\nin two lines"),
		respCommand("MULTI") + respCommand("INCR", "a") + respCommand("DEL", "b", "") + respCommand("exec"),
		"#TS:1700000005\r\n",
		respCommand("a command with a long name", "x"),
		respCommand("SET", "b", "1"),
	} {
		file = append(file, record...)
		ends = append(ends, len(file))
	}
	return file, ends
}

// TestCheckAOF cuts an append only file everywhere: what is fixed has all whole
// records and nothing else.
func TestCheckAOF(t *testing.T) {
	file, ends := smallAOF()
	said, ok, _ := checked(t, "a.aof", file, false)
	if !ok || !strings.Contains(said, "8 commands") || !strings.Contains(said, "from 2023-11-14 22:13:20 to 2023-11-14 22:13:25") ||
		!strings.Contains(said, "db0: 2 keys") {
		t.Errorf("content %v with\n%s", ok, said)
	}
	log := []byte(respCommand("SET", "a", "1"))
	if said, ok, _ := checked(t, "a.aof", compressed(t, log), false); !ok || !strings.Contains(said, "1 commands") {
		t.Errorf("content %v with\n%s", ok, said)
	}
	if said, ok, _ := checked(t, "a.aof", compressed(t, log[:20]), true); ok || !strings.Contains(said, "decompresses") {
		t.Errorf("content %v with\n%s", ok, said)
	}
	for n := range file {
		whole := 0
		for _, end := range ends {
			if end <= n {
				whole = end
			}
		}
		for _, fix := range []bool{false, true} {
			for _, tail := range []string{"", strings.Repeat("\x00", 5000)} {
				said, ok, after := checked(t, "a.aof", append(file[:n:n], tail...), fix)
				sound := n == whole && n != 0 && tail == ""
				switch {
				case n == 0 && tail == "": // an empty file is an append only one
				case n >= ends[0]-checksumBytes && n < ends[0] && tail != "": // zeros are no checksum
				case n < ends[0]: // the preamble is damaged, and that is for good
					if ok || len(after) != n+len(tail) {
						t.Fatalf("cut to %d bytes: content %v, %d bytes left\n%s", n, ok, len(after), said)
					}
				case sound && (!ok || len(after) != n):
					t.Fatalf("cut to %d bytes, which is whole: content %v, %d bytes left\n%s", n, ok, len(after), said)
				case !sound && (ok != fix || fix && len(after) != whole):
					t.Fatalf("cut to %d bytes and %d zeros, %d of them whole: fix %v, content %v, %d bytes left\n%s", n, len(tail),
						whole, fix, ok, len(after), said)
				}
			}
		}
	}
}

// TestCheckAOFFlips changes every byte. Whatever is said, only an end that is
// torn is cut off, and what is left is sound.
func TestCheckAOFFlips(t *testing.T) {
	file, ends := smallAOF()
	file = file[ends[0]:]
	for i := range file {
		for _, x := range []byte{1, 2, 4, 8, 16, 32, 64, 128, file[i]} {
			bad := bytes.Clone(file)
			bad[i] ^= x
			_, ok, after := checked(t, "a.aof", bad, true)
			if !bytes.HasPrefix(bad, after) || len(after) < len(bad) && !ok {
				t.Fatalf("byte %d changed by %#x: content %v, %d bytes left", i, x, ok, len(after))
			}
			if _, again, _ := checked(t, "a.aof", after, false); ok && !again {
				t.Fatalf("byte %d changed by %#x: what was fixed is damaged", i, x)
			}
		}
	}
}

// TestCheckMiddle leaves alone what is damaged before its end.
func TestCheckMiddle(t *testing.T) {
	for _, bad := range []string{
		respCommand("SET", "a", "1") + "garbage\r\n" + respCommand("SET", "b", "2"),
		respCommand("SET", "a", "1") + "\x00\x00\x00" + respCommand("SET", "b", "2"),
		respCommand("EXEC") + respCommand("SET", "a", "1"),
		respCommand("MULTI") + respCommand("MULTI") + respCommand("SET", "a", "1"),
		"*2\r\n$3\r\nSETx\r\n$1\r\na\r\n",
		"*0\r\n", "*-1\r\n", "*x\r\n", "*1\r\n$-1\r\n", "*1\n$1\na\n", "*99999999999\r\n", "*1\r\n$99999999999999\r\n",
		"*1" + strings.Repeat("1", 100_000) + "\r\n",
	} {
		said, ok, after := checked(t, "a.aof", []byte(bad), true)
		if ok || string(after) != bad || !strings.Contains(said, "DAMAGED in the record") {
			t.Errorf("%.60q: content %v, %d bytes left:\n%s", bad, ok, len(after), said)
		}
	}
}

// TestCheckRDB says what is in a file, and where it is damaged.
func TestCheckRDB(t *testing.T) {
	for _, c := range goldenCases(t) {
		k := newKeyspace()
		l, err := loadAll(c.file, k, LoadOptions{Checksum: true})
		said, ok, after := checked(t, "dump.rdb", c.file, true)
		if c.name == "database there is not" || strings.HasPrefix(c.name, "no RDB") || strings.HasPrefix(c.name, "another") {
			continue // nobody knows how many there should be; other kinds of files
		}
		if ok != (err == nil) || !bytes.Equal(after, c.file) {
			t.Errorf("%s: content %v with %v\n%s", c.name, ok, err, said)
		}
		var bad *FormatError
		switch {
		case errors.As(err, &bad):
			// The loader knows of what is there twice where the record began.
			if !strings.Contains(said, fmt.Sprintf("at byte %d: ", bad.Offset)) && !strings.Contains(bad.Reason, "twice") {
				t.Errorf("%s: %v, but\n%s", c.name, err, said)
			}
		case err == nil:
			n, _ := l.Stats()
			keys := int64(0)
			for _, line := range strings.Split(said, "\n") {
				var index int
				var more int64
				if _, err := fmt.Sscanf(line, "  db%d: %d keys", &index, &more); err == nil {
					keys += more
				}
			}
			if keys != n {
				t.Errorf("%s: %d keys, but\n%s", c.name, n, said)
			}
		}
	}
	said, ok, _ := checked(t, "dump.rdb", compressed(t, stringsFile(100, true)), false)
	if !ok || !strings.Contains(said, "compressed RDB version 10") || !strings.Contains(said, "100 keys, 100 with a deadline: 100 string") {
		t.Errorf("content %v with\n%s", ok, said)
	}
	if said, ok, _ = checked(t, "x", []byte("something else"), false); ok {
		t.Errorf("content with\n%s", said)
	}
}

func TestCheckedManifest(t *testing.T) {
	for text, want := range map[string]string{
		"file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\n": "[{a.1.base.rdb 1 98} {a.1.incr.aof 1 105}]",
		"# comment\nfile a seq 7 type i\nfile b seq 9 type i\n":            "[{a 7 105} {b 9 105}]",
		"file old seq 1 type h\nfile a seq 2 type b startoffset 5\n":       "[{a 2 98}]",
		"file \"with blanks and \\x01\" seq 2 type b\n":                    "[{with blanks and \x01 2 98}]",
		"":                         "it is empty",
		"file a seq 1 type b":      "line 1 has no end",
		"file a seq 1\n":           `line 1: no entry: "file a seq 1"`,
		"file a seq 1 type x\n":    `line 1: type "x"`,
		"file a seq 0 type b\n":    `line 1: sequence number "0"`,
		"file ../a seq 1 type b\n": `line 1: file name "../a", which is a path`,
		"file a seq 1 type b\nfile b seq 2 type b\n": "line 2: a base that is not the first file",
		"file a seq 2 type i\nfile b seq 2 type i\n": "line 2: sequence number 2 behind 2",
		"file \"a seq 1 type b\n":                    `line 1: unbalanced quotes: "\"a seq 1 type b"`,
		"file a seq 1 type b\n\n":                    `line 2: no entry: ""`,
	} {
		files, err := checkedManifest(text)
		got := fmt.Sprint(files)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestCheckManifest checks the files that a manifest names; only the last may be
// torn.
func TestCheckManifest(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "appendonly.aof.manifest")
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("appendonly.aof.manifest", "file base seq 1 type b\nfile one seq 1 type i\nfile two seq 2 type i\n")
	write("base", string(stringsFile(5, false)))
	write("one", respCommand("SET", "a", "1"))
	write("two", respCommand("SET", "b", "2")+"*2\r\n")
	if said, ok := check(t, false, path); ok || !strings.Contains(said, "--fix") {
		t.Errorf("content %v with\n%s", ok, said)
	}
	if said, ok := check(t, true, path); !ok || !strings.Contains(said, "fixed: cut off the last 4 bytes") {
		t.Errorf("content %v with\n%s", ok, said)
	}
	if said, ok := check(t, false, path); !ok {
		t.Errorf("damaged:\n%s", said)
	}
	write("one", respCommand("SET", "a", "1")+"*2\r\n")
	if said, ok := check(t, true, path); ok || !strings.Contains(said, "other files follow") {
		t.Errorf("content %v with\n%s", ok, said)
	}
	os.Remove(filepath.Join(dir, "one"))
	if said, ok := check(t, true, path); ok || !strings.Contains(said, "one: no such file") {
		t.Errorf("content %v with\n%s", ok, said)
	}
}

// TestCheckReference checks what a redis-server wrote, whole and torn, and has
// what was fixed checked by redis-check-aof.
func TestCheckReference(t *testing.T) {
	for _, preamble := range []string{"yes", "no"} {
		s := reference.StartPlain(t, "--appendonly", "yes", "--aof-use-rdb-preamble", preamble, "--aof-timestamp-enabled", "yes",
			"--appendfsync", "no", "--save", "")
		mustDo(t, s, "SET", "before", "1")
		mustDo(t, s, "BGREWRITEAOF")
		waitRewrite(t, s)
		fill(t, s)
		mustDo(t, s, "MULTI")
		mustDo(t, s, "INCR", "counter")
		mustDo(t, s, "INCR", "counter")
		mustDo(t, s, "EXEC")
		manifest := filepath.Join(s.Dir, "appendonlydir", "appendonly.aof.manifest")
		said, ok := check(t, false, manifest)
		if !ok || strings.Count(said, "sound") != 3 {
			t.Fatalf("preamble %s: content %v with\n%s", preamble, ok, said)
		}
		incr, err := filepath.Glob(filepath.Join(s.Dir, "appendonlydir", "*.incr.aof"))
		if err != nil || len(incr) != 1 {
			t.Fatalf("files %q, %v", incr, err)
		}
		file, err := os.ReadFile(incr[0])
		if err != nil {
			t.Fatal(err)
		}
		// The cut lies within the transaction.
		if err := os.WriteFile(incr[0], file[:len(file)-20], 0o644); err != nil {
			t.Fatal(err)
		}
		if said, ok := check(t, true, manifest); !ok || !strings.Contains(said, "fixed") {
			t.Fatalf("content %v with\n%s", ok, said)
		}
		fixed, err := os.ReadFile(incr[0])
		if err != nil || !bytes.HasPrefix(file, fixed) || bytes.Contains(fixed, []byte("counter")) {
			t.Fatalf("%d bytes of %d are left, %v", len(fixed), len(file), err)
		}
		if out, err := exec.Command("redis-check-aof", manifest).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

func FuzzCheckAOF(f *testing.F) {
	file, ends := smallAOF()
	f.Add(file[ends[0]:])
	f.Fuzz(func(t *testing.T, file []byte) {
		s := newAOFScan(bytes.NewReader(file), 0)
		err := s.run()
		if s.whole > int64(len(file)) || err == nil && s.whole != int64(len(file)) {
			t.Fatalf("%d of %d bytes are whole: %v", s.whole, len(file), err)
		}
		// What is whole is whole by itself as well.
		if err := newAOFScan(bytes.NewReader(file[:s.whole]), 0).run(); err != nil {
			t.Fatalf("the whole part: %v", err)
		}
	})
}

func FuzzCheckManifest(f *testing.F) {
	f.Add("file a.1.base.rdb seq 1 type b\nfile \"b c\" seq 1 type i\n")
	f.Fuzz(func(t *testing.T, text string) {
		files, err := checkedManifest(text)
		if err == nil && slices.ContainsFunc(files, func(f logFile) bool { return f.name == "" || strings.Contains(f.name, "/") }) {
			t.Fatalf("files %v", files)
		}
	})
}
