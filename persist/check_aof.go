package persist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// An append only file is commands in RESP, with annotations between them,
//
//	*<arguments>\r\n ($<bytes>\r\n<bytes>\r\n)...
//	#TS:<Unix time in s>\r\n
//
// and those between MULTI and EXEC are one record: all of it counts, or
// nothing.
const (
	aofLineMax  = 64 << 10
	aofNameMax  = 16
	aofArgsMax  = 1<<31 - 1
	aofBytesMax = stringMax
	aofZeroRead = 64 << 10
)

// errTornEnd says that a file ends within a record.
var errTornEnd = errors.New("it ends within a record")

// aofScan reads an append only file without keeping anything of it.
type aofScan struct {
	in *bufio.Reader
	at int64
	// whole is where the last whole record ended, token where what was read
	// last begins.
	whole, token int64
	commands     int64
	annotations  int64
	first, last  int64 // times of annotations, 0 if there are none
	multi        bool
	name         []byte
}

// newAOFScan reads from in, which begins at byte at of the file.
func newAOFScan(in io.Reader, at int64) *aofScan {
	return &aofScan{in: bufio.NewReaderSize(in, aofLineMax), at: at, whole: at}
}

// run reads all of the file. An error is about what begins at whole.
func (s *aofScan) run() error {
	for {
		err := s.record()
		switch {
		case err == io.EOF && !s.multi:
			return nil
		case err == io.EOF:
			return fmt.Errorf("a transaction without its EXEC: %w", errTornEnd)
		case err != nil:
			return err
		}
		if !s.multi {
			s.whole = s.at
		}
	}
}

// record reads a command or an annotation; io.EOF says that there is none.
func (s *aofScan) record() error {
	kind, rest, err := s.line()
	if err != nil {
		return err
	}
	if kind == '#' {
		s.annotation(rest)
		return nil
	}
	args, ok := s.number(rest)
	if kind != '*' || !ok || args < 1 || args > aofArgsMax {
		return fmt.Errorf("no command: %.40q", append([]byte{kind}, rest...))
	}
	for i := range args {
		if err := s.argument(i == 0); err == io.EOF {
			return errTornEnd
		} else if err != nil {
			return err
		}
	}
	s.commands++
	switch strings.ToUpper(string(s.name)) {
	case "MULTI":
		if s.multi {
			return errors.New("MULTI within a transaction")
		}
		s.multi = true
	case "EXEC":
		if !s.multi {
			return errors.New("EXEC without a transaction")
		}
		s.multi = false
	}
	return nil
}

// line reads a line and cuts off its end; rest dies with the next read.
func (s *aofScan) line() (kind byte, rest []byte, err error) {
	s.token = s.at
	line, err := s.in.ReadSlice('\n')
	s.at += int64(len(line))
	switch {
	case err == io.EOF && len(line) > 0 && line[0] != 0:
		return 0, nil, errTornEnd
	case err == bufio.ErrBufferFull:
		return 0, nil, fmt.Errorf("no command: %.40q", line)
	case err == io.EOF && len(line) > 0:
		return 0, nil, fmt.Errorf("no command: %.40q", line)
	case err != nil:
		return 0, nil, err
	case len(line) < 3 || line[len(line)-2] != '\r':
		return 0, nil, fmt.Errorf("no command: %.40q", line)
	}
	return line[0], line[1 : len(line)-2], nil
}

func (s *aofScan) number(b []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

func (s *aofScan) argument(first bool) error {
	kind, rest, err := s.line()
	if err != nil {
		return err
	}
	n, ok := s.number(rest)
	if kind != '$' || !ok || n < 0 || n > aofBytesMax {
		return fmt.Errorf("no argument: %.40q", append([]byte{kind}, rest...))
	}
	if first {
		s.name = s.name[:0]
		if n <= aofNameMax {
			b, err := s.in.Peek(int(n))
			if err != nil {
				return err
			}
			s.name = append(s.name, b...)
		}
	}
	for left := n; left > 0; {
		skipped, err := s.in.Discard(int(min(left, 1<<30)))
		s.at += int64(skipped)
		left -= int64(skipped)
		if err != nil {
			return err
		}
	}
	s.token = s.at
	end, err := s.in.Peek(2)
	if len(end) < 2 && bytes.HasPrefix([]byte("\r\n"), end) {
		return err
	}
	if string(end) != "\r\n" {
		return fmt.Errorf("%.2q where an argument ends", end)
	}
	s.at += 2
	_, err = s.in.Discard(2)
	return err
}

func (s *aofScan) annotation(text []byte) {
	s.annotations++
	value, ok := bytes.CutPrefix(text, []byte("TS:"))
	if t, valid := s.number(value); ok && valid {
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
