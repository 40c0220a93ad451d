package persist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	aofPeek     = 4 << 10
	aofZeroRead = 64 << 10
)

// errTornEnd says that a file ends within a record.
var errTornEnd = errors.New("it ends within a record")

// aofScan has an append only file read as it is read to be loaded, and keeps
// nothing of it. It is stricter in what Redis never writes: a transaction within
// another one, an EXEC that ends none, an annotation without CR.
type aofScan struct {
	scanner *scanner
	// whole is where the last whole record ended, those of a transaction being
	// one; token where what is wrong was found.
	whole, token int64
	commands     int64
	annotations  int64
	first, last  int64 // times of annotations, 0 if there are none
	multi        bool
}

// newAOFScan reads from in, which begins at byte at of the file. A reader that
// has a size is not asked for more, and a length that goes beyond it costs no
// memory.
func newAOFScan(in io.Reader, at int64) *aofScan {
	s := &aofScan{whole: at, token: at}
	size := int64(-1)
	if sized, ok := in.(interface{ Size() int64 }); ok {
		size = at + sized.Size()
	}
	s.scanner = scanFor(s, in, at, size)
	return s
}

// run reads all of the file. An error is about what begins at whole.
func (s *aofScan) run() error {
	var last batch
	for b := range s.scanner.full {
		last = *b
		s.scanner.recycle(b)
	}
	var bad *DamagedError
	switch {
	case errors.As(last.err, &bad):
		s.token = bad.Offset
		return errors.New(bad.Reason)
	case last.err != nil:
		return last.err
	case last.torn >= 0 && s.multi:
		return fmt.Errorf("a transaction without its EXEC: %w", errTornEnd)
	case last.torn >= 0:
		return errTornEnd
	}
	return nil
}

// look is told of a record, or an annotation without arguments, that begins at
// start. The arguments lie in buf. It runs in the scanner's goroutine.
func (s *aofScan) look(record []byte, start int64, buf []byte, args []argument) error {
	reason := ""
	if len(args) == 0 {
		s.annotations++
		if reason = "an annotation must end with CR LF"; bytes.HasSuffix(record, []byte("\r\n")) {
			reason = ""
		}
		s.annotation(record)
	} else {
		s.commands++
		switch name := buf[args[0].from:args[0].to]; {
		case isWord(name, "multi"):
			if s.multi {
				reason = "MULTI within a transaction"
			}
			s.multi = true
		case isWord(name, "exec"):
			if !s.multi {
				reason = "EXEC without a transaction"
			}
			s.multi = false
		}
	}
	if reason != "" {
		return &DamagedError{Offset: start, Reason: reason}
	}
	if !s.multi {
		s.whole = start + int64(len(record))
	}
	return nil
}

func (s *aofScan) annotation(line []byte) {
	value, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("#TS:"))
	if t, err := strconv.ParseInt(string(value), 10, 64); ok && err == nil {
		if s.first == 0 {
			s.first = t
		}
		s.last = t
	}
}

// withoutZeros returns the size of a file without the zeros at its end, down to
// byte from: a file system leaves them that has made a file longer and not
// written it.
func withoutZeros(f io.ReaderAt, from, size int64) (int64, error) {
	b := make([]byte, aofZeroRead)
	for size > from {
		at := max(from, size-int64(len(b)))
		part := b[:size-at]
		if _, err := readFull(f, part, at, size); err != nil {
			return 0, err
		}
		part = bytes.TrimRight(part, "\x00")
		if size = at + int64(len(part)); len(part) > 0 {
			break
		}
	}
	return size, nil
}
