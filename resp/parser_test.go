package resp

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// parsed is the outcome of handing a parser some bytes.
type parsed struct {
	commands string // every command as a quoted list
	rest     int    // bytes not consumed
	err      string
}

// bigHeap is a BigAllocator that remembers what is out.
type bigHeap struct {
	live map[uint64][]byte
	last uint64
}

func newBigHeap() *bigHeap { return &bigHeap{live: map[uint64][]byte{}} }

func (h *bigHeap) AllocBig(n int) ([]byte, uint64) {
	h.last++
	h.live[h.last] = make([]byte, n)
	return h.live[h.last], h.last
}

func (h *bigHeap) FreeBig(token uint64) {
	if h.live[token] == nil {
		panic("token freed twice or never given")
	}
	delete(h.live, token)
}

// stream plays the caller of Parse: a segment that keeps the tail, in fresh
// memory each time, and big targets that are read into.
type stream struct {
	p    Parser
	lim  Limits
	out  Commands
	tail []byte
	max  int
	log  strings.Builder
	err  error
}

// feed hands the parser more bytes, and goes on until it wants no more of them.
func (s *stream) feed(more []byte) {
	for s.err == nil {
		if t := s.p.BigTarget(); t != nil {
			n := copy(t, more)
			more = more[n:]
			s.p.BigFilled(n)
			if s.p.BigTarget() != nil {
				return
			}
		}
		s.tail = append(append(make([]byte, 0, len(s.tail)+len(more)), s.tail...), more...)
		more = nil
		n, err := s.p.Parse(s.tail, &s.out, s.max, &s.lim)
		count := s.out.Len()
		s.record()
		s.tail, s.err = s.tail[n:], err
		if count < s.max {
			return
		}
	}
}

// record writes the batch's commands down, frees its memory and resets it.
func (s *stream) record() {
	for i := range s.out.Len() {
		s.log.WriteString("[")
		for j, a := range s.out.Command(i) {
			if j > 0 {
				s.log.WriteString(" ")
			}
			if len(a) > 100 {
				fmt.Fprintf(&s.log, "%q...%d...%q", a[:10], len(a), a[len(a)-10:])
			} else {
				fmt.Fprintf(&s.log, "%q", a)
			}
		}
		s.log.WriteString("]")
	}
	for _, b := range s.out.Big {
		s.lim.Big.FreeBig(b.Token)
	}
	s.out.Reset()
}

func (s *stream) outcome() parsed {
	o := parsed{commands: s.log.String(), rest: len(s.tail)}
	if s.err != nil {
		o.err = s.err.Error()
		o.rest = 0 // how much of a wrong command was there depends on the cut
	}
	return o
}

// parseCut parses in, cut in pieces.
func parseCut(lim Limits, max int, pieces ...[]byte) parsed {
	s := &stream{lim: lim, max: max}
	for _, piece := range pieces {
		s.feed(piece)
	}
	o := s.outcome()
	s.p.Abort()
	if h, ok := lim.Big.(*bigHeap); ok && len(h.live) != 0 {
		panic("big memory leaked")
	}
	return o
}

func parseWhole(in string) parsed { return parseCut(Limits{}, 1<<30, []byte(in)) }

func TestParse(t *testing.T) {
	long := strings.Repeat("x", lineMax)
	for _, c := range []struct{ in, commands, err string }{
		{"", "", ""},
		{"*1\r\n$4\r\nPING\r\n", `["PING"]`, ""},
		{"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n", `["GET" "a"]["PING"]`, ""},
		{"*2\r\n$3\r\nGET\r\n$0\r\n\r\n", `["GET" ""]`, ""},
		{"*2\r\n$3\r\nGET\r\n$12\r\n0123456789ab\r\n", `["GET" "0123456789ab"]`, ""},
		{"*1\r\n$123\r\n" + long[:123] + "\r\n", `["xxxxxxxxxx"...123..."xxxxxxxxxx"]`, ""},
		{"*12\r\n" + strings.Repeat("$1\r\na\r\n", 12), `["a" "a" "a" "a" "a" "a" "a" "a" "a" "a" "a" "a"]`, ""},
		{"*0\r\n*-1\r\n*-5\r\n*1\r\n$4\r\nPING\r\n", `["PING"]`, ""},
		{"\r\n\n  \r\nPING\r\n", `["PING"]`, ""},
		// Line ends are half checked, those behind bulks not at all.
		{"*1\rx$4\ryPINGzz*1\r\n$1\r\na\n\n", `["PING"]["a"]`, ""},

		{"*a\r\n", "", "Protocol error: invalid multibulk length"},
		{"*\r\n", "", "Protocol error: invalid multibulk length"},
		{"*-\r\n", "", "Protocol error: invalid multibulk length"},
		{"*-0\r\n", "", "Protocol error: invalid multibulk length"},
		{"*+1\r\n", "", "Protocol error: invalid multibulk length"},
		{"*01\r\n", "", "Protocol error: invalid multibulk length"},
		{"* 1\r\n", "", "Protocol error: invalid multibulk length"},
		{"*1 \r\n", "", "Protocol error: invalid multibulk length"},
		{"*1\n\r\n", "", "Protocol error: invalid multibulk length"},
		{"*2147483648\r\n", "", "Protocol error: invalid multibulk length"},
		{"*9223372036854775808\r\n", "", "Protocol error: invalid multibulk length"},
		{"*-9223372036854775808\r\nPING\r\n", `["PING"]`, ""},
		{"*-9223372036854775809\r\n", "", "Protocol error: invalid multibulk length"},
		{"*2147483647\r\n", "", ""},
		{"*1\r\nPING\r\n", "", "Protocol error: expected '$', got 'P'"},
		{"*1\r\n\r\n", "", "Protocol error: expected '$', got ' '"},
		{"*1\r\n\n\r\n", "", "Protocol error: expected '$', got ' '"},
		{"*1\r\n\xffx\r\n", "", "Protocol error: expected '$', got '\xff'"},
		{"*1\r\nPING", "", ""},
		{"*1\r\n$\r\n", "", "Protocol error: invalid bulk length"},
		{"*1\r\n$-1\r\n", "", "Protocol error: invalid bulk length"},
		{"*1\r\n$01\r\na\r\n", "", "Protocol error: invalid bulk length"},
		{"*1\r\n$+1\r\na\r\n", "", "Protocol error: invalid bulk length"},
		{"*1\r\n$536870913\r\n", "", "Protocol error: invalid bulk length"},
		{"*1\r\n$536870912\r\n", "", ""},
		{"*1\r\n$1\r\na\r\n*1\r\n$x\r\n", `["a"]`, "Protocol error: invalid bulk length"},
		{"*" + long[1:] + "\r\n", "", "Protocol error: invalid multibulk length"},
		{"*" + long, "", "Protocol error: too big mbulk count string"},
		{"*" + long[1:], "", ""},
		{"*1\r\n$" + long, "", "Protocol error: too big bulk count string"},
		{"*1\r\n$" + long[1:], "", ""},
		{"*1\x00\r\n", "", ""},
		{"*1\x00\r\n" + long, "", "Protocol error: too big mbulk count string"},

		{"PING\n", `["PING"]`, ""},
		{"  set  a\tb \r\n", `["set" "a" "b"]`, ""},
		{"a\rb\r\n", `["a" "b"]`, ""},
		{"a\vb \vc\v\r\n", `["a\vb" "c\v"]`, ""},
		{long + "\n", `["xxxxxxxxxx"...65536..."xxxxxxxxxx"]`, ""},
		{long + "x", "", "Protocol error: too big inline request"},
		{"PING\x00\r\n", "", ""},
		{"set a \"b\\x41\\n\\r\\t\\b\\a\\q\\x4\"\n", `["set" "a" "bA\n\r\t\b\aqx4"]`, ""},
		{"set a 'b\\n\\'\\\"'\n", `["set" "a" "b\\n'\\\""]`, ""},
		{"se\"t \" 'a'\n", `["set " "a"]`, ""},
		{"\"\" ''\n", `["" ""]`, ""},
		{"a \"b\n", "", "Protocol error: unbalanced quotes in request"},
		{"a \"b\\\n", "", "Protocol error: unbalanced quotes in request"},
		{"a 'b\n", "", "Protocol error: unbalanced quotes in request"},
		{"a \"b\"c\n", "", "Protocol error: unbalanced quotes in request"},
		{"a 'b'c\n", "", "Protocol error: unbalanced quotes in request"},
		{"PING\r\na 'b'c\n", `["PING"]`, "Protocol error: unbalanced quotes in request"},
	} {
		if o := parseWhole(c.in); o.commands != c.commands || o.err != c.err {
			t.Errorf("%.60q:\n got %s %q\nwant %s %q", c.in, o.commands, o.err, c.commands, c.err)
		}
	}
}

func TestUnauthenticated(t *testing.T) {
	lim := Limits{Unauthenticated: true}
	args := strings.Repeat("$1\r\na\r\n", 11)
	for _, c := range []struct{ in, err string }{
		{"*10\r\n" + args[:70], ""},
		{"*11\r\n" + args, "Protocol error: unauthenticated multibulk length"},
		{"*1\r\n$16384\r\n" + strings.Repeat("x", 16384) + "\r\n", ""},
		{"*1\r\n$16385\r\n" + strings.Repeat("x", 16385) + "\r\n", "Protocol error: unauthenticated bulk length"},
		{"*2147483648\r\n", "Protocol error: invalid multibulk length"},
		{"*1\r\n$536870913\r\n", "Protocol error: invalid bulk length"},
	} {
		if o := parseCut(lim, 1, []byte(c.in)); o.err != c.err || o.rest != 0 {
			t.Errorf("%.60q: %+v, want %q", c.in, o, c.err)
		}
	}
}

func TestMaxBulk(t *testing.T) {
	for _, limit := range []int64{1, 5, 98, 99, 100, 1000} {
		for _, over := range []int64{0, 1} {
			in := pipeline(1, strings.Repeat("x", int(limit+over)))
			want := ""
			if over > 0 {
				want = errBulk.Text
			}
			if o := parseCut(Limits{MaxBulk: limit}, 1, in); o.err != want {
				t.Errorf("limit %d, %d over: %q", limit, over, o.err)
			}
		}
	}
}

// After an error the parser says the same for ever and consumes nothing.
func TestErrorStays(t *testing.T) {
	var p Parser
	var out Commands
	for range 3 {
		n, err := p.Parse([]byte("*x\r\n"), &out, 10, &Limits{})
		var e *ProtocolError
		if n != 0 || !errors.As(err, &e) || e != errCount {
			t.Fatal(n, err)
		}
	}
	if _, err := p.Parse(nil, &out, 10, &Limits{}); err == nil {
		t.Fatal("no error without bytes")
	}
}

func TestMax(t *testing.T) {
	in := []byte("*1\r\n$1\r\na\r\nb\r\n*1\r\n$1\r\nc\r\n")
	var p Parser
	var out Commands
	lim := &Limits{}
	total := 0
	for i, want := range []int{11, 3, 11, 0} {
		n, err := p.Parse(in[total:], &out, 1, lim)
		if n != want || err != nil {
			t.Fatalf("call %d consumed %d, %v", i, n, err)
		}
		total += n
	}
	if out.Len() != 3 || string(out.Command(1)[0]) != "b" {
		t.Fatal(out)
	}
	if n, _ := p.Parse(in, &out, 0, lim); n != 0 {
		t.Fatal("max 0 consumed", n)
	}
}

func TestQueryLimit(t *testing.T) {
	lim := Limits{MaxQuery: 100, BigThreshold: 50}
	in := pipeline(1, strings.Repeat("x", 200))
	if o := parseCut(lim, 1, in); o.err != "" {
		t.Error("a complete command was refused:", o)
	}
	if o := parseCut(lim, 1, in[:100]); o.err != "" {
		t.Error("100 bytes were refused:", o)
	}
	if o := parseCut(lim, 1, in[:101]); o.err != ErrQueryLimit.Error() {
		t.Error("101 bytes were not:", o)
	}
	lim.Big = newBigHeap()
	if o := parseCut(lim, 1, in[:20]); o.err != ErrQueryLimit.Error() {
		t.Error("a big argument over the limit was not refused:", o)
	}
}

func TestParserIsSmall(t *testing.T) {
	if size := reflect.TypeFor[Parser]().Size(); size > 72 {
		t.Errorf("an idle parser takes %d bytes", size)
	}
}
