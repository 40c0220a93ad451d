package resp

// Parser turns the bytes of one connection into commands. The zero value is
// ready. It keeps no bytes, only how far the first incomplete command was
// understood.
type Parser struct {
	pos int
}

// Parse appends the complete commands at the start of in to out.
func (p *Parser) Parse(in []byte, out *Commands, max int, lim *Limits) (consumed int, err error) {
	return 0, nil
}

// BigTarget is where the next bytes of the connection belong; nil when they
// belong behind the kept tail.
func (p *Parser) BigTarget() []byte { return nil }

// BigFilled says that n bytes were read into BigTarget.
func (p *Parser) BigFilled(n int) {}

// Abort frees big memory of a connection that is gone.
func (p *Parser) Abort() {}
