package command

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

// pair is the reference and a node that should say the same.
type pair struct {
	t      *testing.T
	theirs *wire
	ours   *node
}

func newPair(t *testing.T, proto int) *pair {
	return &pair{t, dialReference(t, proto), newNode(t, proto)}
}

// same executes a command on both and compares the bytes.
func (p *pair) same(args ...string) {
	p.t.Helper()
	_, want := p.theirs.do(args...)
	if got := p.ours.do(args...); got != want {
		p.t.Fatalf("%s\nwant %.400q\n got %.400q", shortened(args), want, got)
	}
}

// randomFloat writes a number in one of many ways, some of them wrong.
func randomFloat(r *rand.Rand) string {
	switch r.IntN(10) {
	case 0:
		return strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
	case 1:
		return strconv.FormatFloat(r.NormFloat64(), 'g', r.IntN(25), 64)
	case 2:
		return strconv.FormatFloat(r.ExpFloat64(), 'x', -1, 64)
	case 3:
		return fmt.Sprintf("%d.%de%d", r.IntN(100), r.IntN(1000), r.IntN(9900)-4950)
	case 4:
		return fmt.Sprintf("-.%018d", r.Int64N(1e18))
	case 5:
		digits := strings.Repeat("1234567890", 1+r.IntN(12))
		at := r.IntN(len(digits))
		return digits[:at] + "." + digits[at:] + fmt.Sprintf("e-%d", r.IntN(130))
	case 6:
		return []string{"0.1", "0.2", "1e20", "3.0e3", "-0", "1e-17", "5e-18", "4.9e-18", "1e4931", "-1e4932", "inf", "0x.1p-3",
			"18446744073709551615.5", "9223372036854775808", "1e", "", " 1", "nan", "1e-4951", "+.5e+1"}[r.IntN(20)]
	}
	return fmt.Sprintf("%d.%02d", r.IntN(2000)-1000, r.IntN(100))
}

// TestIncrByFloatAgainstReference adds random numbers in chains.
func TestIncrByFloatAgainstReference(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 2))
	p := newPair(t, 2)
	for range 6000 {
		key := strconv.Itoa(r.IntN(3))
		if r.IntN(5) == 0 {
			p.same("SET", key, randomFloat(r))
		}
		p.same("INCRBYFLOAT", key, randomFloat(r))
		p.same("OBJECT", "ENCODING", key)
	}
}

// TestLCSAgainstReference compares random strings over small alphabets, whose
// lengths straddle the words of the matrix.
func TestLCSAgainstReference(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 3))
	p := newPair(t, 3)
	text := func() string {
		b := make([]byte, r.IntN(1+[...]int{3, 20, 64, 65, 130, 200}[r.IntN(6)]))
		letters := 1 + r.IntN(6)
		for i := range b {
			b[i] = byte('a' + r.IntN(letters))
		}
		return string(b)
	}
	for range 600 {
		p.same("MSET", "a", text(), "b", text())
		p.same("LCS", "a", "b")
		p.same("LCS", "a", "b", "LEN")
		p.same("LCS", "a", "b", "IDX")
		p.same("LCS", "b", "a", "IDX", "WITHMATCHLEN", "MINMATCHLEN", strconv.Itoa(r.IntN(5)))
	}
}

// TestLimitsAgainstReference walks along the largest strings allowed, with a
// limit that fits a test.
func TestLimitsAgainstReference(t *testing.T) {
	const limit = 1 << 20
	p := newPair(t, 2)
	p.theirs.do("CONFIG", "SET", "proto-max-bulk-len", strconv.Itoa(limit))
	p.ours.host.config.ProtoMaxBulkLen = limit
	big := strings.Repeat("x", limit-10)
	p.same("SET", "k", big)
	p.same("APPEND", "k", strings.Repeat("y", 10))
	p.same("APPEND", "k", "")
	p.same("APPEND", "k", "z")
	p.same("SETRANGE", "k", strconv.Itoa(limit-1), "z")
	p.same("SETRANGE", "k", strconv.Itoa(limit), "z")
	p.same("SETRANGE", "k", strconv.Itoa(limit), "")
	p.same("SETRANGE", "new", strconv.Itoa(limit-1), "z")
	p.same("SETRANGE", "other", "9223372036854775807", "z")
	p.same("GETRANGE", "k", "-100", "-1")
	p.same("GETRANGE", "new", "0", "100000")
	p.same("STRLEN", "new")
	p.same("MSET", "a", strings.Repeat("a", 511), "b", strings.Repeat("b", 511))
	p.same("LCS", "a", "b", "LEN")
	p.same("SET", "b", strings.Repeat("b", 512))
	p.same("LCS", "a", "b", "LEN")
	p.same("SET", "a", strings.Repeat("a", 512))
	p.same("LCS", "a", "b", "LEN")
	p.same("LCS", "a", "b", "LEN", "FOO")
}

// TestEncodingsAgainstReference follows a value through what changes how
// OBJECT ENCODING calls it.
func TestEncodingsAgainstReference(t *testing.T) {
	p := newPair(t, 2)
	values := []string{"", "1", "-1", "0", "007", "12345678901234567890", "9223372036854775807", "9223372036854775808",
		strings.Repeat("v", 44), strings.Repeat("v", 45), strings.Repeat("v", 5000), strings.Repeat("v", 40000)}
	steps := [][]string{
		{"APPEND", "k", ""}, {"APPEND", "k", "1"}, {"SETRANGE", "k", "0", ""}, {"SETRANGE", "k", "0", "2"},
		{"SETRANGE", "k", "50", "2"}, {"INCR", "k"}, {"INCRBYFLOAT", "k", "1"}, {"RENAME", "k", "k"}, {"COPY", "k", "k2"},
		{"RENAME", "k2", "k"}, {"EXPIRE", "k", "1000"}, {"PERSIST", "k"}, {"GETSET", "k", "5"}, {"GETEX", "k", "PERSIST"},
	}
	for _, value := range values {
		for i, step := range steps {
			p.same("SET", "k", value)
			p.same("DEL", "k2")
			p.same("OBJECT", "ENCODING", "k")
			for _, args := range [][]string{step, steps[(i*5+3)%len(steps)]} {
				p.same(args...)
				p.same("OBJECT", "ENCODING", "k")
				p.same("GET", "k")
			}
		}
		p.same("DEL", "k")
		p.same("APPEND", "k", value)
		p.same("OBJECT", "ENCODING", "k")
		p.same("DEL", "k")
		p.same("SETRANGE", "k", "1", value)
		p.same("OBJECT", "ENCODING", "k")
	}
}
