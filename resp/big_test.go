package resp

import (
	"bytes"
	"strings"
	"testing"
)

// The life of a big argument as server/io.go sees it, step by step.
func TestBigArgument(t *testing.T) {
	heap := newBigHeap()
	lim := &Limits{Big: heap}
	var p Parser
	var out Commands
	value := strings.Repeat("v", 100000)
	wire := append(pipeline(1, "PING"), pipeline(1, "SET", "key", value)...)

	// A full segment: PING is complete, the SET has begun.
	segment := make([]byte, 16<<10)
	rest := wire[copy(segment, wire):]
	n, err := p.Parse(segment, &out, 10, lim)
	if err != nil || out.Len() != 1 || string(out.Command(0)[0]) != "PING" {
		t.Fatal(n, err, out)
	}
	head := "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100000\r\n"
	if tail := segment[n:]; string(tail) != head {
		t.Fatalf("kept %q", tail)
	}
	if need := p.Need(); need != len(head)+2 {
		t.Fatal("needs", need)
	}

	// The caller moves the tail and reads into the target until it is full.
	tail := append(make([]byte, 0, 100), segment[n:]...)
	for p.BigTarget() != nil {
		n := copy(p.BigTarget()[:min(9999, len(p.BigTarget()))], rest)
		p.BigFilled(n)
		rest = rest[n:]
	}
	if string(rest) != "\r\n" {
		t.Fatalf("%q is left", rest)
	}

	// The line end and the next command go to the segment again.
	tail = append(append(tail, rest...), "PING\r\n"...)
	out.Reset()
	if n, err = p.Parse(tail, &out, 10, lim); n != len(tail) || err != nil || out.Len() != 2 {
		t.Fatal(n, err, out.Len())
	}
	set := out.Command(0)
	if len(set) != 3 || string(set[1]) != "key" || string(set[2]) != value {
		t.Fatalf("%.200q", set)
	}
	if len(out.Big) != 1 || out.Big[0].Arg != 2 || &heap.live[out.Big[0].Token][0] != &set[2][0] {
		t.Fatal(out.Big)
	}
	p.Abort()
	if len(heap.live) != 1 {
		t.Fatal("the parser freed what belongs to the batch")
	}
}

// Memory of commands that never became complete goes back.
func TestBigAbort(t *testing.T) {
	lim := Limits{BigThreshold: 4}
	for _, end := range []string{"", "\r\n", "\r\n$9\r\n123", "\r\n$x\r\n", "\r\n$9\r\n123456789\r\n$6\r\nabc"} {
		heap := newBigHeap()
		lim.Big = heap
		s := &stream{lim: lim, max: 1}
		s.feed([]byte("*9\r\n$5\r\n1"))
		if len(heap.live) != 1 {
			t.Fatal("no big memory was taken")
		}
		s.feed([]byte("2345" + end))
		s.p.Abort()
		if len(heap.live) != 0 || s.p.BigTarget() != nil {
			t.Errorf("%q: %d blocks are left", end, len(heap.live))
		}
		s.tail, s.err = nil, nil
		s.feed([]byte("PING\r\n"))
		if s.log.String() != `["PING"]` {
			t.Errorf("%q: an aborted parser is not new: %s", end, s.log.String())
		}
	}
}

// A big bulk that is there whole stays where it is.
func TestBigThereWhole(t *testing.T) {
	heap := newBigHeap()
	var out Commands
	var p Parser
	in := pipeline(2, "SET", "k", strings.Repeat("v", 40000))
	one := len(in) / 2
	// Only the line end of the first is missing at first.
	for _, have := range []int{one - 2, one - 1, one, len(in)} {
		p.Parse(in[:have], &out, 1, &Limits{Big: heap})
	}
	if out.Len() != 2 || len(out.Big) != 0 || heap.last != 0 {
		t.Fatal(out.Len(), out.Big, heap.last)
	}
	if !bytes.Equal(out.Command(0)[2], out.Command(1)[2]) {
		t.Fatal("values differ")
	}
}

type fixedHeap struct{ buf []byte }

func (h *fixedHeap) AllocBig(n int) ([]byte, uint64) { return h.buf[:n], 1 }
func (h *fixedHeap) FreeBig(uint64)                  {}

func TestParseAllocates(t *testing.T) {
	var p Parser
	var out Commands
	lim := &Limits{BigThreshold: 100, Big: &fixedHeap{make([]byte, 1000)}}
	set := pipeline(10, "SET", "key", "value")
	mset := pipeline(1, make([]string, 200)...)
	inline := []byte("set key \"va lue\"\r\n")
	big := pipeline(1, "SET", "key", strings.Repeat("v", 500))
	for name, f := range map[string]func(){
		"whole":  func() { p.Parse(set, &out, 100, lim) },
		"split":  func() { p.Parse(set[:15], &out, 100, lim); p.Parse(set, &out, 100, lim) },
		"many":   func() { p.Parse(mset[:len(mset)-1], &out, 1, lim); p.Parse(mset, &out, 1, lim) },
		"inline": func() { p.Parse(inline, &out, 1, lim); copy(inline, "set key \"va lue\"\r\n") },
		"big": func() {
			head := bytes.Index(big, []byte("$500\r\n")) + 6
			n, _ := p.Parse(big[:head], &out, 1, lim)
			copy(p.BigTarget(), big[head:])
			p.BigFilled(500)
			p.Parse(append(big[n:head:head+2], '\r', '\n'), &out, 1, lim)
		},
	} {
		allocs := testing.AllocsPerRun(100, func() {
			f()
			if out.Len() == 0 {
				t.Fatal(name, "gave no command")
			}
			out.Reset()
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
}

func TestTakeBig(t *testing.T) {
	big := []BigArg{{Arg: 2, Token: 7}, {Arg: 3, Token: 8}, {Arg: 9, Token: 9}}
	for _, test := range []struct {
		arg  int
		want uint64
	}{{0, 0}, {2, 7}, {2, 0}, {9, 9}, {4, 0}, {3, 8}, {10, 0}} {
		if got := TakeBig(big, test.arg); got != test.want {
			t.Errorf("argument %d: %d, want %d", test.arg, got, test.want)
		}
	}
}

func TestBigBytes(t *testing.T) {
	lim := &Limits{Big: newBigHeap()}
	var p Parser
	var out Commands
	if _, err := p.Parse([]byte("*2\r\n$4\r\nECHO\r\n$100000\r\nvvv"), &out, 10, lim); err != nil || p.BigBytes() != 3 {
		t.Fatal(err, p.BigBytes())
	}
	p.BigFilled(1000)
	if p.BigBytes() != 1003 {
		t.Error(p.BigBytes())
	}
	if p.Abort(); p.BigBytes() != 0 {
		t.Error(p.BigBytes())
	}
}
