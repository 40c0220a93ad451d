package persist

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A file is read, decompressed and summed up by a goroutine of its own, which
// hands chunks of it to the decoder.
//
//	chunk   headroom | data
//
// What the decoder has left of a chunk when it needs bytes of the next one is
// copied into that one's headroom, so that short strings are always in one
// piece. Longer ones get memory of their own.
const (
	chunkBytes    = 256 << 10
	chunkHeadroom = 4 << 10
	// chunksAhead is how many chunks are read ahead.
	chunksAhead = 4
	// zstdWindowMax bounds the memory that decompressing takes: what
	// `zstd -d` allows as well.
	zstdWindowMax = 128 << 20
)

// magicZstd is how compressed files begin.
const magicZstd = "\x28\xb5\x2f\xfd"

type chunk struct {
	buf  []byte
	data []byte // behind the headroom of buf
	// at is where data begins in what is read, crc the checksum of all before,
	// if it is asked for, fileAt how much of the file was read to have it.
	at, fileAt int64
	crc        uint64
}

// behind returns the data of the chunk with rest before it.
func (c *chunk) behind(rest []byte) []byte {
	at := chunkHeadroom - len(rest)
	copy(c.buf[at:], rest)
	return c.buf[at : chunkHeadroom+len(c.data)]
}

// source is a file in chunks. Its methods are the decoder's.
type source struct {
	file io.ReaderAt
	size int64 // of the file
	// compressed says that the file is, by zstd.
	compressed bool
	checksum   bool
	chunkBytes int

	full, free    chan *chunk
	quit          chan struct{}
	done          sync.WaitGroup
	current, last *chunk
	// ended is why there are no more chunks; the goroutine's until full is
	// closed.
	ended error
}

// newSource begins to read file, which has size bytes, from byte from on. The
// caller calls close at the end.
func newSource(file io.ReaderAt, from, size int64, checksum bool, chunkSize int) (*source, error) {
	s := &source{
		file: file, size: size, checksum: checksum, chunkBytes: chunkSize,
		full: make(chan *chunk, chunksAhead), free: make(chan *chunk, chunksAhead+2), quit: make(chan struct{}),
	}
	in := &fileReader{file: file, at: from, size: size}
	var magic [len(magicZstd)]byte
	n, err := readFull(file, magic[:], from, size)
	if err != nil {
		return nil, err
	}
	r := io.Reader(in)
	if string(magic[:n]) == magicZstd {
		s.compressed = true
		dec, err := Decompress(in)
		if err != nil {
			return nil, err
		}
		s.done.Go(func() {
			s.read(dec, in, 0)
			dec.Close()
		})
		return s, nil
	}
	s.done.Go(func() { s.read(r, in, from) })
	return s, nil
}

// Decompress returns what r, which begins with a zstd frame, stands for. The
// caller closes it; r stays the caller's. It takes as much memory as the frame
// asks for, and refuses what `zstd -d` refuses as well.
func Decompress(r io.Reader) (io.ReadCloser, error) {
	dec, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(zstdWindowMax))
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return dec.IOReadCloser(), nil
}

// readFull reads what there is of len(b) bytes at from.
func readFull(file io.ReaderAt, b []byte, from, size int64) (int, error) {
	n := int(max(0, min(int64(len(b)), size-from)))
	got, err := file.ReadAt(b[:n], from)
	if got == n {
		err = nil
	}
	return got, err
}

// fileReader reads a file from one end to the other.
type fileReader struct {
	file     io.ReaderAt
	at, size int64
	err      error // of the file itself
}

func (f *fileReader) Read(b []byte) (int, error) {
	if f.at >= f.size {
		return 0, io.EOF
	}
	n, err := f.file.ReadAt(b[:min(int64(len(b)), f.size-f.at)], f.at)
	f.at += int64(n)
	if err == io.EOF && n > 0 {
		err = nil
	}
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// read is the goroutine: at is where what r has begins for the decoder.
func (s *source) read(r io.Reader, in *fileReader, at int64) {
	defer close(s.full)
	crc := uint64(0)
	for err := error(nil); err == nil; {
		var c *chunk
		select {
		case c = <-s.free:
		default:
			c = &chunk{buf: make([]byte, chunkHeadroom+s.chunkBytes)}
		}
		n := 0
		for n < s.chunkBytes && err == nil {
			var more int
			more, err = r.Read(c.buf[chunkHeadroom+n:])
			n += more
		}
		c.data = c.buf[chunkHeadroom : chunkHeadroom+n]
		c.at, c.crc, c.fileAt = at, crc, in.at
		if n > 0 {
			select {
			case s.full <- c:
			case <-s.quit:
				return
			}
		}
		// The decoder is at work on the chunk meanwhile.
		if s.checksum {
			crc = updateCRC(crc, c.data)
		}
		at += int64(n)
		s.ended = s.why(err, in)
	}
}

// why says why reading ended: nil for the end of the file.
func (s *source) why(err error, in *fileReader) error {
	switch {
	case err == nil:
		return nil
	case in.err != nil:
		return &readError{in.err}
	case err == io.EOF:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ErrTruncated
	}
	return fmt.Errorf("zstd: %w", err)
}

// readError is one of the file rather than of what is in it.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// take returns the next chunk, or nil and why there is none, nil for the end.
func (s *source) take() (*chunk, error) {
	c, ok := <-s.full
	if !ok {
		return nil, s.ended
	}
	s.last, s.current = s.current, c
	return c, nil
}

// release gives back the chunk before the current one.
func (s *source) release() {
	if s.last == nil {
		return
	}
	select {
	case s.free <- s.last:
	default: // there are more than are ever used at a time
	}
	s.last = nil
}

// has reports whether n bytes may follow at.
func (s *source) has(at int64, n uint64) bool { return s.compressed || n <= uint64(max(s.size-at, 0)) }

// justified returns how much memory may be taken for bytes that are announced
// before they are seen.
func (s *source) justified() int {
	if s.compressed {
		return scratchKept
	}
	return int(s.size)
}

// sum returns the checksum of all up to at, which is in the current chunk.
func (s *source) sum(at int64) uint64 {
	c := s.current
	return updateCRC(c.crc, c.data[:at-c.at])
}

// close ends the reading and waits for that. The file may be closed then.
func (s *source) close() {
	close(s.quit)
	s.done.Wait()
}
