package persist

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"basalt/db"
	"basalt/db/arena"
)

// drained frees all that is in k and fails if memory is left.
func drained(t testing.TB, k *db.Keyspace) {
	t.Helper()
	for i := range k.Count() {
		k.DB(i).Flush()
	}
	for k.Dying() > 0 {
		k.Reclaim(-1) // no time for giving memory back to the system
	}
	k.Rehash(1000)
	if n := k.Arena().Used() - k.Arena().UsedBy(arena.Wheel); n != 0 {
		t.Fatalf("%d bytes are left of a flushed keyspace", n)
	}
}

// wantFormatError fails unless err says where in a file of size bytes it is
// damaged.
func wantFormatError(t testing.TB, err error, size int) {
	t.Helper()
	var bad *FormatError
	if !errors.As(err, &bad) {
		t.Fatalf("error is %v", err)
	}
	if bad.Offset < 0 || !bad.Compressed && bad.Offset > int64(size) || bad.Reason == "" {
		t.Fatalf("damage of a file of %d bytes: %v", size, bad)
	}
}

// smallFiles are the golden files that can be read.
func smallFiles(t testing.TB) []goldenCase {
	var good []goldenCase
	for _, c := range goldenCases(t) {
		if _, err := loadAll(c.file, newKeyspace(), LoadOptions{Checksum: true}); err == nil {
			good = append(good, c)
		}
	}
	if len(good) < 15 {
		t.Fatalf("only %d files can be read", len(good))
	}
	return good
}

// TestCuts loads every beginning of a file: none is taken for the whole, and
// what is there afterwards is whole keys of it.
func TestCuts(t *testing.T) {
	for _, c := range smallFiles(t) {
		whole, _ := mustLoad(t, c.file, LoadOptions{})
		lines := describe(whole)
		k := newKeyspace()
		for n := range c.file {
			_, err := loadAll(c.file[:n], k, LoadOptions{Checksum: true, chunkBytes: 1 + n%17})
			wantFormatError(t, err, n)
			for _, line := range describe(k) {
				if !slices.Contains(lines, line) {
					t.Fatalf("%s, cut to %d bytes, has %s", c.name, n, line)
				}
			}
			drained(t, k)
		}
	}
}

// TestFlips changes every byte of a file. The checksum tells in files that have
// one, and say so by their version; otherwise the file is refused or read as something else, and nothing
// breaks.
func TestFlips(t *testing.T) {
	for _, c := range smallFiles(t) {
		k := newKeyspace()
		summed := c.file[len(c.file)-9] == rdbEOF && !bytes.HasSuffix(c.file, make([]byte, 8))
		for i := range c.file {
			for _, x := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 255, c.file[i], ^c.file[i]} {
				if x == 0 {
					continue
				}
				file := bytes.Clone(c.file)
				file[i] ^= x
				_, err := loadAll(file, k, LoadOptions{Checksum: summed, chunkBytes: 1 + i%23})
				if err != nil {
					wantFormatError(t, err, len(file))
				} else if summed && string(file[:headerBytes]) > "REDIS0004" {
					t.Fatalf("%s, byte %d changed by %#x: loaded", c.name, i, x)
				}
				describe(k)
				drained(t, k)
			}
		}
	}
}

// largeFile has keys of all kinds that take more than a chunk, more than a
// batch, or memory of their own.
func largeFile() []byte {
	text := make([]byte, 300_000)
	for i := range text {
		text[i] = byte(i * i >> 7)
	}
	return rdbFile(Version72, func(w *encoder) {
		key := func(t valueType, name string) {
			w.buf = append(w.buf, byte(t))
			w.bytes([]byte(name))
		}
		key(typeString, "text")
		w.bytes(text)
		key(typeList, "list")
		w.length(3)
		w.bytes(text)
		w.bytes(text[:70_000])
		w.bytes([]byte("end"))
		w.compress = true
		key(typeString, "compressed")
		w.bytes(bytes.Repeat([]byte("abc"), 100_000))
		key(typeList, "compressed list")
		w.length(1)
		w.bytes(bytes.Repeat([]byte("abc"), 100_000))
		key(typeSet, "set")
		w.length(20_000)
		for i := range 20_000 {
			w.bytes(fmt.Appendf(nil, "member %d", i))
		}
		key(typeHash, "hash")
		w.length(3000)
		for i := range 3000 {
			w.bytes(fmt.Appendf(nil, "field %d", i))
			w.bytes(text[:i])
		}
		key(typeZSet, "zset")
		w.length(5000)
		for i := range 5000 {
			w.bytes(fmt.Appendf(nil, "m%d", i))
			w.double(float64(5000 - i))
		}
		key(typeString, "end")
		w.bytes(nil)
	})
}

// TestLargeValues cuts a file with values that are read in pieces.
func TestLargeValues(t *testing.T) {
	file := largeFile()
	k, _ := mustLoad(t, file, LoadOptions{})
	lines := describe(k)
	if len(lines) != 8 {
		t.Fatalf("%d keys", len(lines))
	}
	for _, size := range []int{1000, 4096, 65536, 65537} {
		k, _ := mustLoad(t, file, LoadOptions{chunkBytes: size})
		compareLines(t, describe(k), lines)
		drained(t, k)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	drained(t, k)
	for range 60 {
		n := rng.IntN(len(file))
		_, err := loadAll(file[:n], k, LoadOptions{Checksum: true})
		wantFormatError(t, err, n)
		for _, line := range describe(k) {
			if !slices.Contains(lines, line) {
				t.Fatalf("cut to %d bytes, it has %.100s", n, line)
			}
		}
		drained(t, k)
	}
}

// TestClose closes loaders at all moments: the goroutines end, and what is in
// the keyspace is whole.
func TestClose(t *testing.T) {
	file := largeFile()
	whole, _ := mustLoad(t, file, LoadOptions{})
	lines := describe(whole)
	k := newKeyspace()
	before := runtime.NumGoroutine()
	for steps := range 60 {
		l, err := OpenRDB(bytes.NewReader(file), int64(len(file)), k, LoadOptions{chunkBytes: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		for range steps {
			if _, err := l.Step(1); err != nil {
				t.Fatal(err)
			}
		}
		l.Close()
		l.Close()
		for _, line := range describe(k) {
			if !slices.Contains(lines, line) {
				t.Fatalf("closed after %d steps, it has %.100s", steps, line)
			}
		}
		drained(t, k)
	}
	// Close waits for them, so that none is even about to end.
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

func compressed(t testing.TB, file []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(file, nil)
}

// TestLoadZstd loads a compressed file, and damaged ones.
func TestLoadZstd(t *testing.T) {
	plain := largeFile()
	whole, _ := mustLoad(t, plain, LoadOptions{})
	lines := describe(whole)
	file := compressed(t, plain)
	for _, size := range []int{0, 100, 4096} {
		k, l := mustLoad(t, file, LoadOptions{chunkBytes: size})
		compareLines(t, describe(k), lines)
		read, all := l.Progress()
		if !l.Compressed() || l.End() != int64(len(file)) || read != all || all != int64(len(file)) {
			t.Errorf("read %d of %d, end at %d", read, all, l.End())
		}
	}
	rng := rand.New(rand.NewPCG(5, 6))
	k := newKeyspace()
	for i := range 60 {
		bad := bytes.Clone(file)
		n := 4 + rng.IntN(len(file)-4)
		switch i % 3 {
		case 0:
			bad = bad[:n]
		case 1:
			bad[n] ^= 1 << rng.IntN(8)
		default:
			bad = append(bad, compressed(t, []byte("x"))...)
		}
		_, err := loadAll(bad, k, LoadOptions{Checksum: true})
		if err == nil && i%3 == 1 {
			continue // a bit that means nothing
		}
		wantFormatError(t, err, len(bad))
		if !strings.Contains(err.Error(), "decompresses") {
			t.Fatalf("%v", err)
		}
		describe(k)
		drained(t, k)
	}
}

// TestPreamble loads an RDB with more behind it and before it.
func TestPreamble(t *testing.T) {
	rdb := stringsFile(1000, true)
	file := append(append([]byte("before"), rdb...), "*1\r\n$4\r\nPING\r\n"...)
	k, l := mustLoad(t, file, LoadOptions{From: 6})
	if l.End() != int64(6+len(rdb)) || k.Len() != 1000 {
		t.Errorf("%d keys, end at %d of %d", k.Len(), l.End(), 6+len(rdb))
	}
}

// TestReplace loads over what is there.
func TestReplace(t *testing.T) {
	first, second := goldenCase{}, goldenCase{}
	for _, c := range goldenCases(t) {
		switch c.name {
		case "version 10":
			first = c
		case "version 12, fields with deadlines, slots":
			second = c
		}
	}
	k := newKeyspace()
	for _, c := range []goldenCase{second, first, second, first} {
		if _, err := loadAll(c.file, k, LoadOptions{Replace: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := loadAll(first.file, k, LoadOptions{}); err == nil || !strings.Contains(err.Error(), "there twice") {
		t.Errorf("error is %v", err)
	}
	lines := describe(k)
	for _, line := range first.want {
		if !slices.Contains(lines, line) {
			t.Errorf("there is no %s in %q", line, lines)
		}
	}
	drained(t, k)
}

var errDisk = errors.New("the disk is gone")

// failingFile fails behind so many bytes.
type failingFile struct {
	*bytes.Reader
	good int64
}

func (f *failingFile) ReadAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.good {
		return 0, errDisk
	}
	return f.Reader.ReadAt(b, at)
}

// TestReadError tells an error of the disk from one of the file.
func TestReadError(t *testing.T) {
	for _, file := range [][]byte{largeFile(), compressed(t, largeFile())} {
		for _, good := range []int64{0, 4, 9000, int64(len(file) - 1)} {
			k := newKeyspace()
			l, err := OpenRDB(&failingFile{bytes.NewReader(file), good}, int64(len(file)), k, LoadOptions{
				Path: "dump.rdb", chunkBytes: 1000,
			})
			for done := false; err == nil && !done; {
				done, err = l.Step(time.Second)
			}
			var bad *FormatError
			if !errors.Is(err, errDisk) || errors.As(err, &bad) || !strings.Contains(err.Error(), "dump.rdb") {
				t.Errorf("error is %v", err)
			}
			if l != nil {
				l.Close()
			}
			drained(t, k)
		}
	}
}

// stuckFile is one of a disk that does not answer until it is let go.
type stuckFile struct {
	*bytes.Reader
	release chan struct{}
}

func (f *stuckFile) ReadAt(b []byte, at int64) (int, error) {
	if len(b) > len(magicZstd) {
		<-f.release
	}
	return f.Reader.ReadAt(b, at)
}

// TestStuck asks for steps while the disk does not answer.
func TestStuck(t *testing.T) {
	file := stringsFile(10, false)
	f := &stuckFile{bytes.NewReader(file), make(chan struct{})}
	k := newKeyspace()
	l, err := OpenRDB(f, int64(len(file)), k, LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 10 {
		if done, err := l.Step(time.Millisecond); done || err != nil {
			t.Fatalf("done %v, %v", done, err)
		}
	}
	close(f.release)
	if done, err := l.Step(0); !done || err != nil {
		t.Fatalf("done %v, %v", done, err)
	}
	if k.Len() != 10 {
		t.Errorf("%d keys", k.Len())
	}
}

func FuzzLoad(f *testing.F) {
	for _, c := range goldenCases(f) {
		f.Add(c.file, 64)
	}
	f.Add(compressed(f, stringsFile(10, true)), 10)
	k, byElement := newKeyspace(), newKeyspace()
	f.Fuzz(func(t *testing.T, file []byte, size int) {
		o := LoadOptions{chunkBytes: 1 + int(uint(size)%5000)}
		o.Replace = o.chunkBytes%2 == 0
		k.Limits = db.DefaultLimits()
		if o.chunkBytes%3 == 0 {
			k.Limits.HashEntries, k.Limits.SetEntries, k.Limits.ZSetEntries, k.Limits.ListSize = 2, 2, 2, 2
		}
		byElement.Limits = k.Limits
		_, err := loadAll(file, k, o)
		if err != nil {
			wantFormatError(t, err, len(file))
		}
		o.elementwise = true
		_, again := loadAll(file, byElement, o)
		if fmt.Sprint(err) != fmt.Sprint(again) {
			t.Fatalf("%v, element by element %v", err, again)
		}
		compareLines(t, describe(k), describe(byElement))
		drained(t, k)
		drained(t, byElement)
	})
}
