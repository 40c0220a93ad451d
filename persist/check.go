package persist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"
)

// ErrDamaged says that a file that was checked is damaged, or cannot be read.
var ErrDamaged = errors.New("damaged")

// Check looks at RDB files, append only files and manifests with the files that
// they name, and writes what is in them and where they are damaged to out, a few
// lines each. With fix an append only file whose end is torn is cut off behind
// its last whole record, in a manifest only the last file; what is damaged
// before its end is left alone. The error is ErrDamaged if a file is damaged
// that was not fixed, or one of writing.
func Check(paths []string, fix bool, out io.Writer) error {
	c := &checker{out: out}
	for _, path := range paths {
		c.path(path, fix)
	}
	if c.err != nil {
		return c.err
	}
	if c.damaged {
		return ErrDamaged
	}
	return nil
}

type checker struct {
	out     io.Writer
	err     error // of out
	damaged bool
	// inner says that other files follow the one that is being checked in its
	// log: its end is never cut off.
	inner bool
}

func (c *checker) say(format string, args ...any) {
	if _, err := fmt.Fprintf(c.out, format+"\n", args...); err != nil && c.err == nil {
		c.err = err
	}
}

// refuse says why a file is damaged, or what is wrong with reading it.
func (c *checker) refuse(format string, args ...any) {
	c.damaged = true
	c.say("  DAMAGED "+format, args...)
}

func (c *checker) unreadable(path string, err error) {
	c.damaged = true
	c.say("%s: %v", path, err)
}

// path checks a file of whatever kind.
func (c *checker) path(path string, fix bool) {
	f, size, err := openFile(path, fix)
	if err != nil {
		c.unreadable(path, err)
		return
	}
	defer f.Close()
	var head [headerBytes]byte
	n, err := readFull(f, head[:], 0, size)
	switch {
	case err != nil:
		c.unreadable(path, err)
	case filepath.Ext(path) == ".manifest" || hasPrefix(head[:n], "file "):
		c.manifest(path, f, size, fix)
	case hasPrefix(head[:n], magicZstd) && c.compressedLog(path, f, size):
	case beginsRDB(head[:n]):
		c.rdb(path, f, size, fix)
	case n == 0 || head[0] == '*' || head[0] == '#':
		c.aof(path, f, size, 0, fix)
	default:
		c.say("%s: %d bytes", path, size)
		c.refuse("at byte 0: neither RDB file nor append only file nor manifest: it begins with %.9q", head[:n])
	}
}

// openFile opens a file of ordinary kind, for writing as well if it has to.
func openFile(path string, write bool) (*os.File, int64, error) {
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	f, err := os.OpenFile(path, flag, 0)
	var failed *os.PathError
	if errors.As(err, &failed) {
		err = failed.Err // the path is said anyway
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("no regular file")
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// rdb checks an RDB file, and what follows it if that is a preamble.
func (c *checker) rdb(path string, f *os.File, size int64, fix bool) {
	src, err := newSource(f, 0, size, true, chunkBytes)
	if err != nil {
		c.unreadable(path, err)
		return
	}
	found := newRDBCheck()
	r := rdbReader{sink: found, databases: math.MaxInt32, checksum: true}
	end, err := r.run(src, 0, "")
	src.close()
	kind := "RDB version " + fmt.Sprint(r.version)
	if r.valkey {
		kind = "RDB of Valkey"
	}
	if src.compressed {
		kind = "compressed " + kind
		end = size
	}
	c.say("%s: %s, %d bytes", path, kind, size)
	found.report(c.say)
	var bad *FormatError
	switch {
	case errors.As(err, &bad):
		c.refuse("%v", err)
	case err != nil:
		c.unreadable(path, err)
	case end < size:
		c.say("  sound up to byte %d, an append only file behind it", end)
		c.aof(path, f, size, end, fix)
	default:
		c.say("  sound")
	}
}

// aof checks what is behind byte from of an append only file.
func (c *checker) aof(path string, f *os.File, size, from int64, fix bool) {
	s := newAOFScan(io.NewSectionReader(f, from, size-from), from)
	err := s.run()
	line := fmt.Sprintf("%s: append only file, %d commands in %d bytes", path, s.commands, size-from)
	if s.first != 0 {
		line += fmt.Sprintf(", from %s to %s", stamp(s.first), stamp(s.last))
	}
	c.say("%s", line)
	var failed *os.PathError
	switch {
	case err == nil:
		c.say("  sound")
		return
	case errors.As(err, &failed):
		c.unreadable(path, failed)
		return
	}
	torn, reason := errors.Is(err, errTornEnd), err.Error()
	if !torn {
		written, err := withoutZeros(f, s.whole, size)
		if err != nil {
			c.unreadable(path, err)
			return
		}
		if written < size {
			// What was written is whole or torn, or damaged in earnest.
			before := newAOFScan(io.NewSectionReader(f, s.whole, written-s.whole), s.whole)
			if err := before.run(); err == nil || errors.Is(err, errTornEnd) {
				torn, reason = true, fmt.Sprintf("nothing but zeros from byte %d on", written)
			}
		}
	}
	switch {
	case torn && fix && !c.inner:
		c.cut(path, f, s.whole, size, reason)
	case torn && c.inner:
		c.refuse("at byte %d: %s, and other files follow", s.whole, reason)
	case torn:
		c.refuse("at its end, the last %d bytes from byte %d on: %s; --fix cuts them off", size-s.whole, s.whole, reason)
	default:
		var found [40]byte // the reason is said without it if it cannot be read
		n, _ := readFull(f, found[:], s.token, size)
		c.refuse("in the record at byte %d, found at byte %d: %s: %q; %d bytes follow, it is no torn end", s.whole, s.token, reason,
			found[:n], size-s.whole)
	}
}

// compressedLog checks a base that was compressed and is no RDB file; it reports
// whether it is one.
func (c *checker) compressedLog(path string, f *os.File, size int64) bool {
	unzipped, err := Decompress(io.NewSectionReader(f, 0, size))
	if err != nil {
		return false
	}
	defer unzipped.Close()
	in := bufio.NewReaderSize(unzipped, aofPeek)
	head, _ := in.Peek(1)
	if len(head) == 0 || head[0] != '*' && head[0] != '#' {
		return false
	}
	s := newAOFScan(in, 0)
	err = s.run()
	c.say("%s: compressed append only file, %d commands in %d bytes", path, s.commands, size)
	if err != nil {
		c.refuse("in the record at byte %d of what it decompresses to: %v", s.whole, err)
	} else {
		c.say("  sound")
	}
	return true
}

func stamp(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.DateTime) }

// cut cuts a torn end off.
func (c *checker) cut(path string, f *os.File, whole, size int64, reason string) {
	err := f.Truncate(whole)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		c.unreadable(path, err)
		return
	}
	c.say("  fixed: cut off the last %d bytes, from byte %d on: %s", size-whole, whole, reason)
}
