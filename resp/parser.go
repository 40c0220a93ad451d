package resp

// Parser turns the bytes of one connection into commands. The zero value is
// ready. Not safe for concurrent use.
//
// It has two ways through a command. The fast one (fast.go) takes commands that
// are there whole and writes their views at once. Whatever it does not take, be
// it incomplete, wrong or out of the ordinary, goes through the scanner
// (scan.go), which understands a command line by line, can stop at any byte and
// go on there, and writes the views in a second walk when the end has come.
//
// The parser keeps no bytes and no list of arguments, only how far the first
// incomplete command was understood. So an idle connection costs the struct
// (asserted in the tests), and a command of a million arguments costs nothing
// until it is complete.
//
// # Who keeps what
//
// What Parse did not consume is kept by the caller and handed in again from its
// start, with more bytes behind it; in between it may move. A command that
// waits for a big argument keeps its other bytes there: the stream as Parse sees
// it is the connection's bytes without those that went to big memory. They go
// there in two ways. What was read before the parser knew is copied by Parse,
// which takes it out of the stream by moving the command's first bytes up
// against the end of in and counting what is before them as consumed. What
// follows is read by the caller into BigTarget, and does not go through Parse.
// The two bytes behind the argument belong to the stream again.
type Parser struct {
	big   *bigCommand // arguments in big memory of the incomplete command, or nil
	err   error       // what the connection failed with, once it did
	line  int         // offset of the line that is being read, or of the bulk's bytes
	next  int         // offset of the first byte that was not looked at
	size  int         // bytes of the bulk that is being read
	argc  int32       // arguments announced
	seen  int32       // arguments complete
	state state
}

// state is what the scanner reads next of an incomplete command. All offsets
// are from its first byte.
type state uint8

const (
	stateStart  state = iota // nothing: at the start of a command
	stateInline              // an inline command, to the line end
	stateCount               // the number of arguments, to the line end
	stateLength              // the length of a bulk, to the line end
	stateBulk                // a bulk and the two bytes behind it
	stateBig                 // a bulk that is read into big memory
	stateBigEnd              // the two bytes behind it
	stateFailed              // nothing any more
)

// Parse appends the complete commands at the start of in to out, max of them at
// most. consumed is how many bytes of in are done with; the caller keeps the
// rest, which begins with an incomplete command, and hands it in again in front
// of what is read next. After max commands it may be whole commands too.
//
// Views in out lie in in[:consumed] and in big memory. Parse may write to in:
// quoted inline arguments are decoded in place, and see BigTarget.
//
// An error ends the connection: *ProtocolError, after which the client gets the
// replies of the commands in out and then the error's, or ErrQueryLimit, where
// it gets no reply at all. Every later call returns the same error.
//
// lim may change between calls. While lim.Unauthenticated is set, pass 1 as
// max: the next command is judged by what this one does.
func (p *Parser) Parse(in []byte, out *Commands, max int, lim *Limits) (consumed int, err error) {
	end := len(out.Ends) + max
	for consumed < len(in) && len(out.Ends) < end {
		if p.state == stateStart && in[consumed] == '*' {
			consumed += fast(in[consumed:], out, end-len(out.Ends), lim)
			if consumed == len(in) || len(out.Ends) == end {
				break
			}
		}
		n, more := p.scan(in[consumed:], out, lim)
		consumed += n
		if !more {
			break
		}
	}
	return consumed, p.err
}

// Need is how many bytes the kept tail must have at least before Parse can get
// further with it. It is more than one byte over what is there when a bulk of
// known length is on its way, so that the caller can choose a segment to fit.
// 0 when nothing is incomplete.
func (p *Parser) Need() int {
	switch p.state {
	case stateStart, stateFailed:
		return 0
	case stateBulk:
		return p.line + p.size + 2
	case stateBig, stateBigEnd:
		return p.line + 2
	}
	return p.next + 1
}

// Abort frees the big memory of an incomplete command. Call it when the
// connection is gone; the parser is as new afterwards.
func (p *Parser) Abort() {
	if p.big != nil {
		p.big.free()
	}
	*p = Parser{}
}

// fail records the error that ends the connection and says to scan no further.
func (p *Parser) fail(err error) (consumed int, more bool) {
	if p.big != nil {
		p.big.free()
		p.big = nil
	}
	p.state, p.err = stateFailed, err
	return 0, false
}
