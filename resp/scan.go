package resp

import (
	"bytes"
	"math"

	"basalt/internal/decimal"
	"basalt/internal/invariants"
)

const (
	// lineMax is how many bytes without a line end are waited for, in inline
	// commands and in the header lines alike (Redis: PROTO_INLINE_MAX_SIZE).
	lineMax = 64 << 10
	// What a client may send that has not authenticated.
	unauthArgsMax = 10
	unauthBulkMax = 16 << 10
)

// scan goes on with the command at the start of in, from where the last call
// stopped. When the command is complete it is appended to out, consumed is its
// length and more is true; so it is for the empty commands that Redis passes
// over, which append nothing. Otherwise more is false: bytes are missing, or
// the connection has failed with p.err.
//
// No byte is looked at twice, but for the second walk over the headers of a
// command that is complete.
func (p *Parser) scan(in []byte, out *Commands, lim *Limits) (consumed int, more bool) {
	switch p.state {
	case stateFailed:
		return 0, false
	case stateStart:
		p.state = stateInline
		if in[0] == '*' {
			p.state = stateCount
		}
	}
	if p.state == stateInline {
		return p.scanInline(in, out, lim)
	}
	if p.state == stateCount {
		end, err := p.scanLine(in, errCountTooLong)
		if end < 0 {
			return p.wait(in, lim, err)
		}
		count, err := commandCount(in[1:end], lim)
		if err != nil {
			return p.fail(err)
		}
		if count <= 0 {
			p.reset()
			return end + 2, true
		}
		p.argc = count
		p.begin(stateLength, end+2)
	}
	for p.seen < p.argc {
		if n, ok, err := p.scanBulk(in, lim); !ok {
			if err != nil || n == 0 {
				return p.wait(in, lim, err)
			}
			return n, false
		}
	}
	end := p.line
	p.build(in[:end], out)
	p.reset()
	return end, true
}

// begin makes the scanner read what s says from offset on.
func (p *Parser) begin(s state, offset int) {
	p.state, p.line, p.next = s, offset, offset
}

// reset makes the parser ready for the next command.
func (p *Parser) reset() {
	p.argc, p.seen = 0, 0
	p.begin(stateStart, 0)
}

// wait ends a scan for which bytes are missing, or which err ended.
func (p *Parser) wait(in []byte, lim *Limits, err error) (consumed int, more bool) {
	if err == nil && lim.MaxQuery > 0 && len(in) > lim.MaxQuery {
		err = ErrQueryLimit
	}
	if err != nil {
		return p.fail(err)
	}
	return 0, false
}

// scanLine looks for the CR that ends the line at p.line and for the byte
// behind it, and returns the CR's offset. It returns -1 when they are not there,
// with tooLong when the line can no longer become right.
//
// Redis looks for the CR with strchr, so nothing behind a NUL byte is found and
// such a line is waited for until it is too long.
func (p *Parser) scanLine(in []byte, tooLong error) (int, error) {
	limit := min(len(in), p.line+lineMax+1)
	for i := p.next; i < limit; i++ {
		switch in[i] {
		case '\r':
			p.next = i
			if i+1 == len(in) {
				return -1, nil
			}
			return i, nil
		case 0:
			p.next = i // stops here again next time
			if len(in)-p.line > lineMax {
				return -1, tooLong
			}
			return -1, nil
		}
	}
	p.next = limit
	if limit-p.line > lineMax {
		return -1, tooLong
	}
	return -1, nil
}

// commandCount judges the number of arguments that a command announces.
func commandCount(digits []byte, lim *Limits) (int32, error) {
	n, ok := decimal.Parse(digits)
	switch {
	case !ok || n > math.MaxInt32:
		return 0, errCount
	case n > unauthArgsMax && lim.Unauthenticated:
		return 0, errCountUnauth
	case n <= 0:
		return 0, nil
	}
	return int32(n), nil
}

// bulkLength judges the header line of a bulk, given without its line end.
func bulkLength(line []byte, lim *Limits) (int, error) {
	if len(line) == 0 {
		return 0, errNoDollar('\r')
	}
	if line[0] != '$' {
		return 0, errNoDollar(line[0])
	}
	n, ok := decimal.Parse(line[1:])
	switch {
	case !ok || n < 0 || n > lim.maxBulk():
		return 0, errBulk
	case n > unauthBulkMax && lim.Unauthenticated:
		return 0, errBulkUnauth
	}
	return int(n), nil
}

// scanBulk goes on with the bulk that is being read. ok says that it is
// complete. consumed is not 0 when it has just become a big one and in is not to
// be looked at any more.
func (p *Parser) scanBulk(in []byte, lim *Limits) (consumed int, ok bool, err error) {
	switch p.state {
	case stateLength:
		end, err := p.scanLine(in, errBulkTooLong)
		if end < 0 {
			return 0, false, err
		}
		if p.size, err = bulkLength(in[p.line:end], lim); err != nil {
			return 0, false, err
		}
		p.begin(stateBulk, end+2)
		if have := len(in) - p.line; have < p.size && p.size > lim.bigThreshold() && lim.Big != nil {
			if lim.MaxQuery > 0 && p.size > lim.MaxQuery {
				return 0, false, ErrQueryLimit
			}
			return p.beginBig(in, lim), false, nil
		}
	case stateBig:
		panic("BUG: resp.Parser got bytes that belong in BigTarget")
	case stateBigEnd:
		if len(in) < p.line+2 {
			return 0, false, nil
		}
		p.seen++
		p.begin(stateLength, p.line+2)
		return 0, true, nil
	}
	if len(in)-p.line-2 < p.size {
		return 0, false, nil
	}
	p.seen++
	p.begin(stateLength, p.line+p.size+2)
	return 0, true, nil
}

// build appends the views of a complete command, which is all of in, to out.
func (p *Parser) build(in []byte, out *Commands) {
	pos := bytes.IndexByte(in, '\r') + 2
	first := int32(len(out.Args))
	var bigs []bigArg
	if p.big != nil {
		bigs = p.big.args
	}
	for i := range p.argc {
		line := bytes.IndexByte(in[pos:], '\r')
		body := pos + line + 2
		if len(bigs) > 0 && bigs[0].index == i {
			out.Args = append(out.Args, bigs[0].buf)
			out.Big = append(out.Big, BigArg{Arg: first + i, Token: bigs[0].token})
			bigs = bigs[1:]
			pos = body + 2
			continue
		}
		size, ok := decimal.Parse(in[pos+1 : pos+line])
		invariants.Check(ok, "resp.Parser: a length that was understood is not one")
		end := body + int(size)
		out.Args = append(out.Args, in[body:end:end])
		pos = end + 2
	}
	out.Ends = append(out.Ends, int32(len(out.Args)))
	invariants.Check(pos == len(in), "resp.Parser: a command's two walks disagree")
	if p.big != nil {
		p.big.release()
		p.big = nil
	}
}
