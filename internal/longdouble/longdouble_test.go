package longdouble

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

// bigFloat returns the number in arithmetic of the standard library.
func bigFloat(f Float) *big.Float {
	x := new(big.Float).SetPrec(64).SetMode(big.ToNearestEven).SetUint64(f.mant)
	x.SetMantExp(x, f.exp)
	if f.neg {
		x.Neg(x)
	}
	return x
}

// exactText is what AppendText promises, from exact arithmetic.
func exactText(x *big.Float) string {
	s := x.Text('f', decimals)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" || s == "" || s == "-" {
		return "0"
	}
	return s
}

// randomText returns a number as people, programs and enemies write it.
func randomText(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(3) == 0 {
		b.WriteByte('-')
	}
	for range r.IntN(1 + r.IntN(1+r.IntN(60))) {
		b.WriteByte(byte('0' + r.IntN(10)))
	}
	if b.Len() < 2 {
		b.WriteString("0")
	}
	if r.IntN(3) > 0 {
		b.WriteByte('.')
		for range r.IntN(1 + r.IntN(40)) {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
	}
	if r.IntN(3) == 0 {
		exp := r.IntN(60) - 30
		if r.IntN(3) == 0 {
			exp = r.IntN(9800) - 4900
		}
		b.WriteString([]string{"e", "E"}[r.IntN(2)] + strconv.Itoa(exp))
	}
	return b.String()
}

// TestAgainstExact compares reading, adding and printing with arithmetic of
// unlimited precision that is rounded once.
func TestAgainstExact(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 1))
	read := func(text string) (Float, bool) {
		f, ok := Parse([]byte(text))
		exact, _ := new(big.Rat).SetString(text)
		if exact == nil {
			t.Fatalf("%q is no number", text)
		}
		if !ok {
			magnitude, _ := new(big.Float).SetRat(exact).Float64()
			if magnitude != 0 && magnitude < 1e300 && magnitude > -1e300 {
				t.Fatalf("seed %d: %q is refused", seed, text)
			}
			return f, false
		}
		want := new(big.Float).SetPrec(64).SetMode(big.ToNearestEven).SetRat(exact)
		if bigFloat(f).Cmp(want) != 0 {
			t.Fatalf("seed %d: %q read as %v, not %v", seed, text, bigFloat(f), want)
		}
		return f, true
	}
	for range 10000 {
		a, ok := read(randomText(r))
		if !ok {
			continue
		}
		b, ok := read(randomText(r))
		if !ok {
			continue
		}
		if r.IntN(4) == 0 { // cancellation
			b = a
			b.neg = !b.neg
			b.mant += uint64(r.IntN(3)) - 1
			b.mant |= 1 << 63
			if a.mant == 0 {
				b = Float{}
			}
		}
		sum, ok := a.Add(b)
		if !ok {
			continue
		}
		want := new(big.Float).SetPrec(64).SetMode(big.ToNearestEven).Add(bigFloat(a), bigFloat(b))
		if bigFloat(sum).Cmp(want) != 0 {
			t.Fatalf("seed %d: %v + %v = %v, not %v", seed, bigFloat(a), bigFloat(b), bigFloat(sum), want)
		}
		if got := string(sum.AppendText(nil)); got != exactText(want) {
			t.Fatalf("seed %d: %v printed as %q, not %q", seed, want, got, exactText(want))
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "+0": "0", "00": "0", "1": "1", "+1": "1", "007": "7", ".5": "0.5", "5.": "5",
		"3.0e3": "3000", "1E2": "100", "1e+2": "100", "1e-2": "0.01", "0x10": "16", "0X1.8p3": "12",
		"0x.8": "0.5", "0x1p-1": "0.5", "0xffffffffffffffffffffffffffffffffff": "87112285931760246646623899502532662132736",
		"1e20": "100000000000000000000", "1e-20": "0", "-1e-20": "0", "1e-17": "0.00000000000000001",
		"18446744073709551615": "18446744073709551615", "18446744073709551617": "18446744073709551616",
		"0e999999999999": "0", "0.1": "0.1", "1e-4950": "0",
	} {
		f, ok := Parse([]byte(text))
		if !ok {
			t.Errorf("%q is refused", text)
			continue
		}
		got := string(f.AppendText(nil))
		if got != want {
			t.Errorf("%q printed as %q, not %q", text, got, want)
		}
	}
	for _, text := range []string{
		"", " ", " 1", "1 ", "+", "-", ".", "e1", "1e", "1e+", "1e1.5", "--1", "1.2.3", "0x", "0xg", "0x.", "0x1p",
		"0x1p+", "nan", "NaN", "nan(1)", "1_000", "1e5000", "1e999999999", "-1e5000", "1e-5000", "1e-999999999",
		"1\x00", "infinit", "0x1p16384", "0x1p-16447", strings.Repeat("1", textMax),
	} {
		if _, ok := Parse([]byte(text)); ok {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestInfinities(t *testing.T) {
	one, _ := Parse([]byte("1"))
	largest, _ := Parse([]byte("1.18973149535723176502e4932"))
	for _, text := range []string{"inf", "-INF", "infinity", "+Infinity"} {
		f, ok := Parse([]byte(text))
		if !ok {
			t.Errorf("%q is refused", text)
		}
		if _, ok := f.Add(one); ok {
			t.Errorf("%q + 1 is finite", text)
		}
	}
	if _, ok := largest.Add(largest); ok {
		t.Error("the largest number doubled is finite")
	}
	if sum, ok := largest.Add(one); !ok || sum != largest {
		t.Error("the largest number plus 1 is not itself")
	}
}

func TestCommonNumbersAllocateNothing(t *testing.T) {
	a, b := []byte("10.5"), []byte("-0.1")
	var room [64]byte
	if n := testing.AllocsPerRun(100, func() {
		x, _ := Parse(a)
		y, _ := Parse(b)
		sum, _ := x.Add(y)
		sum.AppendText(room[:0])
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	x, y := []byte("10.5"), []byte("-0.1")
	var room [64]byte
	for b.Loop() {
		f, _ := Parse(x)
		g, _ := Parse(y)
		sum, _ := f.Add(g)
		sum.AppendText(room[:0])
	}
}
