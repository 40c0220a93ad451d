package command

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

// brokenHLL returns something like a HyperLogLog: good registers with bytes
// changed, left out or doubled, or opcodes at random.
func brokenHLL(r *rand.Rand, good string) string {
	b := []byte(good)
	if r.IntN(3) == 0 || len(b) < 18 {
		b = append([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80"), make([]byte, r.IntN(300))...)
		for i := 16; i < len(b); i++ {
			b[i] = byte(r.Uint32())
			if r.IntN(3) > 0 {
				b[i] = 0x7f
			}
		}
	}
	for range r.IntN(4) {
		at := r.IntN(len(b))
		switch r.IntN(5) {
		case 0:
			b = b[:at+1]
		case 1:
			b = append(b[:at+1:at+1], b[at:]...)
		case 2:
			b = append(b, byte(r.Uint32()))
		default:
			b[at] = byte(r.Uint32())
		}
	}
	return string(b)
}

// TestHyperLogLogAgainstReference compares values to the byte through random
// histories, in which values are broken, copied and read back, with limits that
// make sparse ones dense at different sizes.
func TestHyperLogLogAgainstReference(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 7))
	for _, proto := range []int{2, 3} {
		p := newPair(t, proto)
		for range 25 {
			limit := []int{3000, 3000, 0, 20, 200, 1000, 14000}[r.IntN(7)]
			p.theirs.do("CONFIG", "SET", "hll-sparse-max-bytes", fmt.Sprint(limit))
			p.ours.keys.Limits.HLLSparse = int64(limit)
			p.same("FLUSHALL")
			for range 60 {
				p.hllStep(r)
			}
		}
		p.theirs.do("CONFIG", "SET", "hll-sparse-max-bytes", "3000")
		p.same("FLUSHALL")
	}
}

func (p *pair) hllStep(r *rand.Rand) {
	key := func() string { return fmt.Sprint("h", r.IntN(4)) }
	k := key()
	switch r.IntN(12) {
	case 0:
		p.same("PFCOUNT", k)
	case 1:
		p.same("PFCOUNT", k, key(), key())
	case 2:
		p.same("PFMERGE", k, key(), key())
	case 3:
		p.same("PFMERGE", k)
	case 4:
		p.same("PFDEBUG", []string{"DECODE", "ENCODING", "TODENSE", "GETREG", "nonsense"}[r.IntN(5)], k)
	case 5:
		p.same("DEL", k)
	case 6:
		if r.IntN(3) == 0 {
			value, _ := p.theirs.do("GET", k)
			good, _ := value.(string)
			p.same("SET", k, brokenHLL(r, good))
		}
	case 7:
		p.same("SET", k, []string{"", "12", "HYLL", "not a HyperLogLog", "HYLL\x02" + strings.Repeat("\x00", 30),
			"HYLL\x00" + strings.Repeat("\x00", 12299), "HYLL\x00" + strings.Repeat("\x00", 12298)}[r.IntN(7)])
		if r.IntN(4) > 0 {
			p.same("DEL", k)
		}
	default:
		args := []string{"PFADD", k}
		for range r.IntN(1 + 1<<r.IntN(11)) {
			args = append(args, strings.Repeat("x", r.IntN(20))+fmt.Sprint(r.IntN(1<<r.IntN(30))))
		}
		p.same(args...)
	}
	p.same("GET", k)
	p.same("OBJECT", "ENCODING", k)
}

// FuzzHyperLogLog hands the commands values that a client may have stored.
// What they say of them is compared elsewhere; here none may fail the server.
func FuzzHyperLogLog(f *testing.F) {
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xff"), "a", uint16(3000))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f"), "b", uint16(18))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x80\x84\x40\x00\x3f\x7f\xf0"), "c", uint16(20))
	n := newNode(f, 2)
	f.Fuzz(func(t *testing.T, value []byte, element string, limit uint16) {
		n.t = t
		n.keys.Limits.HLLSparse = int64(limit)
		n.do("FLUSHALL")
		n.do("PFADD", "good", element)
		for _, command := range [][]string{
			{"PFADD", "k", element, element + "1", element + "2"}, {"PFCOUNT", "k"}, {"PFCOUNT", "k", "good"},
			{"PFMERGE", "new", "good", "k"}, {"PFMERGE", "k", "good"}, {"PFDEBUG", "DECODE", "k"},
			{"PFDEBUG", "TODENSE", "k"}, {"PFDEBUG", "GETREG", "k"},
		} {
			n.do("SET", "k", string(value))
			n.do(command...)
			n.do("PFADD", "k", element+"3", element+"4")
		}
	})
}
