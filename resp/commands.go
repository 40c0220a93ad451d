package resp

import "slices"

// Commands is a batch of parsed commands, flattened: the arguments of all of
// them in one list. It is reset and reused, so that a warm batch allocates
// nothing.
type Commands struct {
	Args [][]byte // views into the caller's segment or into big memory
	Ends []int32  // per command: the index in Args behind its last argument
	Big  []BigArg // arguments in big memory, in order; the batch owns them
}

// BigArg says that the argument Args[Arg] lies in memory of the BigAllocator.
// Whoever takes the batch adopts or frees the memory by its token.
type BigArg struct {
	Arg   int32
	Token uint64
}

// TakeBig takes over the memory of argument number arg, the arguments of all
// commands counted, and returns its token; 0 if it has none of its own, or was
// taken before. big is the Big of a batch.
func TakeBig(big []BigArg, arg int) (token uint64) {
	i, found := slices.BinarySearchFunc(big, arg, func(b BigArg, arg int) int { return int(b.Arg) - arg })
	if found {
		token, big[i].Token = big[i].Token, 0
	}
	return token
}

// argsKept is how many argument slots a batch keeps between uses: a batch that
// once held a million arguments does not hold 24 MB for ever.
const argsKept = 16 << 10

// Reset empties the batch. It forgets the views, so that they do not keep a
// segment alive, and does not free big memory.
func (c *Commands) Reset() {
	clear(c.Args)
	c.Args, c.Ends, c.Big = c.Args[:0], c.Ends[:0], c.Big[:0]
	if cap(c.Args) > argsKept {
		c.Args = nil
	}
	if cap(c.Ends) > argsKept {
		c.Ends = nil
	}
}

// Len is the number of commands.
func (c *Commands) Len() int { return len(c.Ends) }

// Command is the arguments of command i, its name first. The slice is valid
// until the batch is reset, the bytes as long as the segment or big memory
// they are in.
func (c *Commands) Command(i int) [][]byte {
	start := int32(0)
	if i > 0 {
		start = c.Ends[i-1]
	}
	end := c.Ends[i]
	return c.Args[start:end:end]
}

// Limits is what a connection may send. One value can serve all connections of
// a reactor that are in the same state.
type Limits struct {
	// MaxBulk is the longest bulk string, in bytes (proto-max-bulk-len); 0 is
	// Redis's default of 512 MiB.
	MaxBulk int64
	// MaxQuery is how many bytes of an incomplete command may be kept, and how
	// long a big argument may be (client-query-buffer-limit); 0 is no limit.
	MaxQuery int
	// BigThreshold is the longest argument that is waited for in the segment, in
	// bytes; 0 is 32 KiB. A longer one that is not there whole when its length is
	// understood goes to memory of Big.
	BigThreshold int
	// Big gives memory for big arguments. Without it they stay in the segment.
	Big BigAllocator
	// Unauthenticated: before it has said who it is, a client may send ten
	// arguments of 16 KiB. See Parse for what that asks of the caller.
	Unauthenticated bool
}

const (
	bulkMaxDefault      = 512 << 20
	bigThresholdDefault = 32 << 10
	// bulkMaxSane keeps sums of offsets and lengths from overflowing.
	bulkMaxSane = 1 << 48
)

func (l *Limits) maxBulk() int64 {
	if l.MaxBulk == 0 {
		return bulkMaxDefault
	}
	return min(l.MaxBulk, bulkMaxSane)
}

func (l *Limits) bigThreshold() int {
	if l.BigThreshold == 0 {
		return bigThresholdDefault
	}
	return l.BigThreshold
}

// BigAllocator gives memory for large arguments, which the connection's bytes
// are read into without passing through a segment.
type BigAllocator interface {
	// AllocBig returns n bytes and the token that names them.
	AllocBig(n int) (buf []byte, token uint64)
	// FreeBig gives the memory of a token back. The parser calls it for arguments
	// of commands that never became complete.
	FreeBig(token uint64)
}
