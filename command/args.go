package command

import (
	"math"

	"basalt/internal/decimal"
)

// parseInt reads an integer argument: the canonical text of an int64 and
// nothing else.
func parseInt(b []byte) (int64, bool) { return decimal.Parse(b) }

// integer returns Args[i] as an integer; if it is none it replies so.
func (c *Context) integer(i int) (int64, bool) {
	n, ok := parseInt(c.Args[i])
	if !ok {
		c.Error(errNotInteger)
	}
	return n, ok
}

// database returns the number of the database that Args[i] names; if there is
// none it replies so.
func (c *Context) database(i int) (int, bool) {
	n, ok := c.integer(i)
	switch {
	case !ok:
		return 0, false
	case n < math.MinInt32 || n > math.MaxInt32:
		c.Error(errNotInt32)
		return 0, false
	case n < 0 || n >= int64(c.Keys.Count()):
		c.Error(errDBRange)
		return 0, false
	}
	return int(n), true
}

// window is how many keys a command with many of them takes in one pass: the
// buckets of all are fetched, then the entries of all, then the work is done,
// so that the waits for memory overlap.
const window = 16

// prefetch hashes the keys at Args[i], Args[i+step], ... below end, at most
// window of them, and starts loading what they lead to. It returns how many
// there are.
func (c *Context) prefetch(hashes *[window]uint64, i, step, end int) int {
	n := 0
	for ; i < end && n < window; i += step {
		h := c.KeyHash(i)
		hashes[n] = h
		c.DB.Prefetch(h)
		n++
	}
	for k := range n {
		c.DB.PrefetchEntry(hashes[k])
	}
	return n
}
