package persist

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// spool keeps frames that have to wait for their turn: chunks, each behind its
// length (u32 LE), in memory as far as spoolMemory goes and then in a file
// without a name in the folder of the file that is being written. What waits may be as large as the
// data set, if everything is written to meanwhile, and the child's memory is not
// to grow with it.
type spool struct {
	frameWriter
	dir    string
	shared *[]byte // the window, lent by who keeps the spools
	memory []byte  // the last chunks
	file   *os.File
	filed  int64 // bytes in the file, before those in memory
	err    error
	block  []byte // what was read of the file last
	at     int64  // where that began
}

const (
	spoolMemory = 256 << 10
	spoolBlock  = frameChunk + 4
)

func newSpool(dir string, shared *[]byte) *spool {
	s := &spool{dir: dir, shared: shared}
	s.frameWriter = newFrameWriter(s)
	return s
}

// window implements chunkDest. The window is the same for all spools: who turns
// to another one flushes this one before.
func (s *spool) window() []byte {
	if *s.shared == nil {
		*s.shared = make([]byte, frameChunk)
	}
	return *s.shared
}

// commit implements chunkDest.
func (s *spool) commit(n int) {
	s.memory = binary.LittleEndian.AppendUint32(s.memory, uint32(n))
	s.memory = append(s.memory, (*s.shared)[:n]...)
	if len(s.memory) < spoolMemory || s.err != nil {
		return
	}
	if s.file == nil {
		if s.file, s.err = unnamed(s.dir); s.err != nil {
			return
		}
	}
	if _, err := s.file.WriteAt(s.memory, s.filed); err != nil {
		s.err = fmt.Errorf("keeping what has to wait: %w", err)
		return
	}
	s.filed += int64(len(s.memory))
	s.memory = s.memory[:0]
}

func unnamed(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "temp-wait-*")
	if err != nil {
		return nil, fmt.Errorf("keeping what has to wait: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("keeping what has to wait: %w", err)
	}
	return f, nil
}

// size returns where the next chunk will stand, if nothing is unflushed.
func (s *spool) size() int64 { return s.filed + int64(len(s.memory)) }

// chunk returns the chunk at a position, a view until the next call, and the
// position behind it; io.EOF at the end.
func (s *spool) chunk(at int64) ([]byte, int64, error) {
	switch {
	case s.err != nil:
		return nil, at, s.err
	case at >= s.size():
		return nil, at, io.EOF
	case at >= s.filed:
		b := s.memory[at-s.filed:]
		n := int64(binary.LittleEndian.Uint32(b))
		return b[4 : 4+n], at + 4 + n, nil
	}
	b := s.cached(at)
	if len(b) < 4 || len(b) < 4+int(binary.LittleEndian.Uint32(b)) {
		if err := s.fill(at); err != nil {
			return nil, at, err
		}
		b = s.block
	}
	n := int64(binary.LittleEndian.Uint32(b))
	return b[4 : 4+n], at + 4 + n, nil
}

// cached returns what is known of the file from a position on.
func (s *spool) cached(at int64) []byte {
	if at < s.at || at >= s.at+int64(len(s.block)) {
		return nil
	}
	return s.block[at-s.at:]
}

// fill reads as much of the file as the largest chunk takes.
func (s *spool) fill(at int64) error {
	if s.block == nil {
		s.block = make([]byte, spoolBlock)
	}
	s.block = s.block[:min(spoolBlock, s.filed-at)]
	s.at = at
	if _, err := s.file.ReadAt(s.block, at); err != nil {
		s.err = fmt.Errorf("reading what had to wait: %w", err)
	}
	return s.err
}

// reset forgets all chunks, close gives everything back.
func (s *spool) reset() {
	s.flush()
	s.memory, s.filed, s.block, s.at = s.memory[:0], 0, s.block[:0], 0
	s.db = -1
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
	s.memory, s.block = nil, nil
}

// spoolSource reads a spool from a position on.
type spoolSource struct {
	s  *spool
	at int64
}

func (r *spoolSource) next() (b []byte, err error) {
	b, r.at, err = r.s.chunk(r.at)
	return b, err
}
