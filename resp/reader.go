package resp

import "io"

// readSize is the reader's buffer: what a socket typically has for one read.
const readSize = 16 << 10

// idleReads is how many reads in a row may bring nothing.
const idleReads = 100

// Reader decodes the replies that come from an io.Reader. Not safe for
// concurrent use.
type Reader struct {
	// Decoder holds the limits; set them before the first Read.
	Decoder Decoder

	source     io.Reader
	buf        []byte
	head, tail int // buf[head:tail] was read and not decoded
	err        error
}

// NewReader returns a Reader of source with the default limits.
func NewReader(source io.Reader) *Reader {
	return &Reader{source: source, buf: make([]byte, readSize)}
}

// Buffered is how many bytes were read from the source and not decoded: when it
// is 0, the next Read waits for the peer.
func (r *Reader) Buffered() int { return r.tail - r.head }

// Read decodes the next reply into v, whose memory it uses again. The error is
// io.EOF when the source ended between two replies, io.ErrUnexpectedEOF when it
// ended within one, a *DecodeError, or the source's. It stays: what follows is
// lost.
func (r *Reader) Read(v *Value) error {
	begun := false
	for r.err == nil {
		n, done, err := r.Decoder.Decode(v, r.buf[r.head:r.tail])
		r.head += n
		if done {
			return nil
		}
		begun = begun || n > 0
		if r.err = err; err == nil {
			r.err = r.fill()
		}
		if r.err == io.EOF && begun {
			r.err = io.ErrUnexpectedEOF
		}
	}
	return r.err
}

// fill reads into the buffer, all of which was decoded.
func (r *Reader) fill() error {
	r.head, r.tail = 0, 0
	for range idleReads {
		n, err := r.source.Read(r.buf)
		r.tail = n
		if n > 0 {
			return nil // an error comes again with the next read
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}
