package netpoll

// SegmentSize is the size of a read buffer in bytes: a pipeline of two hundred
// small commands, and four pages.
const SegmentSize = 16 << 10

// SegmentPool lends read buffers, last returned first, so that the one with the
// warm cache lines is used next. It belongs to one thread. Idle connections
// hold no segment; the pool is as large as the connections that are busy at one
// time, and Trim lets it shrink after a burst.
type SegmentPool struct {
	idle    [][]byte
	idleMax int
	low     int // the fewest idle segments since the last Trim: nobody needed those
	lent    int
}

// NewSegmentPool returns an empty pool that keeps at most idleMax segments.
func NewSegmentPool(idleMax int) *SegmentPool {
	return &SegmentPool{idleMax: idleMax}
}

// Get lends a segment of SegmentSize bytes with arbitrary content.
func (p *SegmentPool) Get() []byte {
	p.lent++
	last := len(p.idle) - 1
	if last < 0 {
		p.low = 0
		return make([]byte, SegmentSize)
	}
	segment := p.idle[last]
	p.idle[last] = nil
	p.idle = p.idle[:last]
	p.low = min(p.low, last)
	return segment
}

// Put takes a segment back. It may be resliced, but has to start where it did
// when Get lent it.
func (p *SegmentPool) Put(segment []byte) {
	if cap(segment) != SegmentSize {
		panic("BUG: netpoll: Put of something that is not a segment")
	}
	p.lent--
	if len(p.idle) < p.idleMax {
		p.idle = append(p.idle, segment[:SegmentSize])
	}
}

// Trim drops half of the segments that stayed idle since the last call, at
// least one of them. Called once a second it gives a burst's memory back within
// a few seconds and never fights a steady load.
func (p *SegmentPool) Trim() {
	keep := len(p.idle) - (p.low+1)/2
	clear(p.idle[keep:])
	p.idle = p.idle[:keep]
	p.low = keep
}

// Idle returns how many segments the pool holds.
func (p *SegmentPool) Idle() int { return len(p.idle) }

// Lent returns how many segments are in use.
func (p *SegmentPool) Lent() int { return p.lent }
