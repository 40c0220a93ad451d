package resp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// hardInputs are streams whose parsing must not depend on how they are cut.
func hardInputs() []string {
	big := func(c string, n int) string { return fmt.Sprintf("$%d\r\n%s\r\n", n, strings.Repeat(c, n)) }
	return []string{
		"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
		"*3\r\n$3\r\nSET\r\n$16\r\n0123456789abcdef\r\n$0\r\n\r\n*0\r\n*-1\r\nPING\r\n",
		"\r\n\nPING \"a\\x41\" 'x'\r\n*1\r\n$1\r\na\r\n\r\n",
		"set a \"b\" 'c\\'d' e\"f g\" h\r\nset a \"b\"c\r\nPING\r\n",
		"*2\r\n$3\r\nGET\r\n!1\r\na\r\n",
		"*2\r\n$3\r\nGET\r\n$01\r\na\r\n",
		"*11\r\n" + strings.Repeat("$1\r\n\r\r\n", 11) + "*012\r\n",
		"*1\rx$4\ryPINGzzPING\n",
		"*1\r\n$2\x00\r\nab\r\n",
		"PI\x00NG\r\nPING\r\n",
		"*2\r\n$1\r\na\r\n" + big("b", 8) + "*2\r\n$1\r\na\r\n" + big("c", 9),
		"*4\r\n" + big("a", 20) + big("b", 5) + big("c", 20) + big("d", 20) + "PING\r\n*1\r\n" + big("e", 9) + "x\r\n",
		"PING\r\n*3\r\n" + big("a", 30) + big("b", 3) + "$-3\r\n",
		"*1\r\n" + big("\r", 40) + "*1\r\n$1000\r\n" + strings.Repeat("z", 500),
	}
}

// limitsOf are the limits a stream is parsed under: with big memory and without.
func limitsOf(big bool) Limits {
	lim := Limits{MaxBulk: 1 << 16}
	if big {
		lim.BigThreshold, lim.Big = 8, newBigHeap()
	}
	return lim
}

// sameParse compares outcomes. What is kept of an incomplete command differs
// when parts of it went to big memory.
func sameParse(a, b parsed, big bool) bool {
	if big {
		a.rest, b.rest = 0, 0
	}
	return a == b
}

func TestEverySplit(t *testing.T) {
	for _, in := range hardInputs() {
		whole := parseCut(limitsOf(false), 1<<30, []byte(in))
		for _, big := range []bool{false, true} {
			for _, max := range []int{1, 2, 1 << 30} {
				check := func(how string, pieces ...[]byte) {
					t.Helper()
					if o := parseCut(limitsOf(big), max, pieces...); !sameParse(o, whole, big) {
						t.Errorf("%q, %s, big %v, max %d:\n got %+v\nwant %+v", in, how, big, max, o, whole)
					}
				}
				for i := range len(in) + 1 {
					check(fmt.Sprint("cut at ", i), []byte(in[:i]), []byte(in[i:]))
				}
				var bytewise [][]byte
				for i := range len(in) {
					bytewise = append(bytewise, []byte(in[i:i+1]))
				}
				check("byte by byte", bytewise...)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for i, in := range hardInputs() {
		f.Add([]byte(in), uint64(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		if len(in) > 4096 {
			return
		}
		rnd := rand.New(rand.NewPCG(seed, 1))
		whole := parseCut(limitsOf(false), 1<<30, bytes.Clone(in))
		for range 4 {
			var pieces [][]byte
			for rest := bytes.Clone(in); len(rest) > 0; {
				n := min(len(rest), 1+rnd.IntN(1+rnd.IntN(40)))
				pieces, rest = append(pieces, rest[:n]), rest[n:]
			}
			big := rnd.IntN(2) == 0
			max := 1 + rnd.IntN(3)
			if o := parseCut(limitsOf(big), max, pieces...); !sameParse(o, whole, big) {
				t.Fatalf("big %v, max %d, pieces %q:\n got %+v\nwant %+v", big, max, pieces, o, whole)
			}
		}
	})
}

// The line limit is the one place where Redis itself depends on the cut. We
// judge as if the bytes came one by one.
func TestLineLimitSplit(t *testing.T) {
	x := strings.Repeat("x", lineMax)
	for _, in := range []string{
		x + "\n", x + "x\n", "*" + x[1:] + "\r\n", "*" + x + "\r\n",
		"*1\r\n$" + x[1:] + "\r\n", "*1\r\n$" + x + "\r\n",
		"\x00" + x[1:], "\x00" + x, "*\x00" + x, "*1\r\n\x00" + x[1:], "*1\r\n\x00" + x,
	} {
		whole := parseWhole(in)
		for _, cut := range []int{1, 100, lineMax - 1, lineMax, lineMax + 1, len(in) - 1} {
			cut = min(cut, len(in))
			if o := parseCut(Limits{}, 1<<30, []byte(in[:cut]), []byte(in[cut:])); o != whole {
				t.Errorf("%.20q (%d bytes) cut at %d: %+v, want %+v", in, len(in), cut, o, whole)
			}
		}
	}
}

// trickle parses in from one buffer that grows step bytes at a time.
func trickle(t *testing.T, in []byte, step int) (*Commands, time.Duration) {
	var p Parser
	var out Commands
	start := time.Now()
	for have := 0; have < len(in); {
		have = min(have+step, len(in))
		n, err := p.Parse(in[:have], &out, 10, &Limits{})
		if err != nil || n != 0 && n != have {
			t.Fatal(n, err)
		}
	}
	return &out, time.Since(start)
}

// A parser that looked at bytes again would need minutes for these.
func TestSlowArrivalIsLinear(t *testing.T) {
	many := pipeline(1, make([]string, 1<<20)...)
	out, took := trickle(t, many, 7)
	if len(out.Command(0)) != 1<<20 {
		t.Fatal("arguments:", len(out.Args))
	}
	t.Log("1 M arguments, 7 bytes at a time:", took)
	long := pipeline(1, "SET", "k", strings.Repeat("v", 1<<20))
	out, took = trickle(t, long, 1)
	if len(out.Command(0)[2]) != 1<<20 {
		t.Fatal("value:", len(out.Args[2]))
	}
	t.Log("1 MiB value, byte by byte:", took)
	inline := []byte("set k " + strings.Repeat("v", lineMax-100) + "\r\n")
	if out, took = trickle(t, inline, 1); out.Len() != 1 {
		t.Fatal("inline:", out.Len())
	}
	t.Log("64 KiB inline, byte by byte:", took)
}

// What a count promises is believed when the bytes are there.
func TestCountAllocatesNothing(t *testing.T) {
	var out Commands
	for _, in := range []string{"*1048576\r\n$1\r\na\r\n", "*2147483647\r\n", "*1\r\n$536870912\r\nabc"} {
		var p Parser
		lim, b := &Limits{}, []byte(in)
		if allocs := testing.AllocsPerRun(10, func() {
			p.Abort()
			if n, err := p.Parse(b, &out, 1, lim); n != 0 || err != nil {
				t.Fatal(n, err)
			}
		}); allocs != 0 || cap(out.Args) > 2 {
			t.Errorf("%q: %v allocations, room for %d arguments", in, allocs, cap(out.Args))
		}
	}
}
