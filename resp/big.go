package resp

import "sync"

// bigCommand is what a command with big arguments needs while it is incomplete.
// Parsers borrow it, so that those without such a command stay small.
type bigCommand struct {
	from   BigAllocator
	args   []bigArg
	filled int // bytes of the last of args that are there
	bytes  int // of all of them that are there
}

type bigArg struct {
	buf   []byte
	token uint64
	index int32 // of the argument in its command
}

var bigCommands = sync.Pool{New: func() any { return new(bigCommand) }}

// bigArgsKept is how many big arguments' slots go back to the pool.
const bigArgsKept = 64

// release gives b back to the pool; its memory has a new owner.
func (b *bigCommand) release() {
	clear(b.args)
	b.args = b.args[:0]
	if cap(b.args) > bigArgsKept {
		b.args = nil
	}
	b.from, b.filled, b.bytes = nil, 0, 0
	bigCommands.Put(b)
}

// free gives the memory back to its allocator, and b to the pool.
func (b *bigCommand) free() {
	for i := range b.args {
		b.from.FreeBig(b.args[i].token)
	}
	b.release()
}

// beginBig takes memory for the bulk of p.size bytes that begins at p.line and
// is not there whole, copies what there is and takes it out of the stream:
// the command's first bytes move up to the end of in, and what is before them
// then is consumed. It returns how much that is.
func (p *Parser) beginBig(in []byte, lim *Limits) (consumed int) {
	if p.big == nil {
		p.big = bigCommands.Get().(*bigCommand)
		p.big.from = lim.Big
	}
	b := p.big
	buf, token := lim.Big.AllocBig(p.size)
	if len(buf) != p.size {
		panic("BUG: BigAllocator returned another size than it was asked for")
	}
	b.args = append(b.args, bigArg{buf: buf, token: token, index: p.seen})
	b.filled = copy(buf, in[p.line:])
	b.bytes += b.filled
	consumed = len(in) - p.line
	copy(in[consumed:], in[:p.line])
	p.begin(stateBig, p.line)
	return consumed
}

// BigTarget is where the next bytes of the connection belong, at most as many
// as it is long; nil when they belong behind the kept tail. While it is not
// nil, Parse must not be called: read into it and tell BigFilled.
//
// The memory is the parser's until the command is complete. From then on it is
// the owner of the batch's, which finds its token in Commands.Big.
func (p *Parser) BigTarget() []byte {
	if p.state != stateBig {
		return nil
	}
	return p.big.args[len(p.big.args)-1].buf[p.big.filled:]
}

// BigFilled says that n bytes were read into BigTarget.
func (p *Parser) BigFilled(n int) {
	rest := len(p.BigTarget())
	if n < 0 || n > rest {
		panic("BUG: more bytes than resp.Parser.BigTarget has room for")
	}
	p.big.filled += n
	p.big.bytes += n
	if n == rest {
		p.state = stateBigEnd
	}
}

// BigBytes is how many bytes of an incomplete command are in big memory.
func (p *Parser) BigBytes() int {
	if p.big == nil {
		return 0
	}
	return p.big.bytes
}
