package resp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"basalt/internal/seeds"
)

func TestDoubleText(t *testing.T) {
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1, "-1"}, {3.141, "3.141"}, {-3.141, "-3.141"},
		{math.Inf(1), "inf"}, {math.Inf(-1), "-inf"}, {math.NaN(), "nan"}, {math.Copysign(math.NaN(), -1), "nan"},
		{0.1, "0.1"}, {0.5, "0.5"}, {1.5, "1.5"}, {100.25, "100.25"}, {1234.5678, "1234.5678"},
		{1e6, "1000000"}, {1e15, "1000000000000000"}, {1e18, "1000000000000000000"}, {1 << 62, "4611686018427387904"},
		{-(1 << 62), "-4611686018427387904"}, {1e19, "1e+19"}, {1e20, "1e+20"}, {1.5e20, "1.5e+20"},
		{1 << 63, "9223372036854776000"}, {12345678901234567e3, "12345678901234567000"}, {12345678901234567e10, "1.2345678901234568e+26"},
		{1e-1, "0.1"}, {1e-2, "0.01"}, {1e-3, "0.001"}, {1e-4, "0.0001"}, {1e-5, "0.00001"}, {1e-6, "0.000001"},
		{1e-7, "1e-7"}, {1.5e-7, "1.5e-7"}, {1.5e-5, "0.000015"}, {1.5e-6, "1.5e-6"}, {1.23456789e-3, "0.00123456789"},
		{1.23456789e-4, "1.23456789e-4"}, {1234.56789012, "1234.56789012"}, {12345.67890123, "1.234567890123e+4"},
		{12345.678901, "12345.678901"}, {123456.7, "123456.7"}, {math.Pi, "3.141592653589793"}, {1 / 3.0, "0.3333333333333333"},
		{math.MaxFloat64, "1.7976931348623157e+308"}, {-math.MaxFloat64, "-1.7976931348623157e+308"},
		{math.SmallestNonzeroFloat64, "5e-324"}, {1e100, "1e+100"}, {1e-100, "1e-100"},
	} {
		if got := string(AppendDoubleText(nil, c.f)); got != c.want {
			t.Errorf("%v is %s, want %s", c.f, got, c.want)
		}
	}
}

// Whatever the layout, the text reads back as the number and fits its scratch.
func TestDoubleTextReadsBack(t *testing.T) {
	seed := seeds.Of(t)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for i := range 200_000 {
		f := math.Float64frombits(rnd.Uint64())
		switch i % 3 {
		case 1:
			f = (rnd.Float64() - 0.5) * math.Pow10(rnd.IntN(30)-8)
		case 2:
			f = float64(rnd.Int64N(1e9)) / math.Pow10(rnd.IntN(12))
		}
		if math.IsNaN(f) {
			continue
		}
		text := AppendDoubleText(nil, f)
		if got, err := strconv.ParseFloat(string(text), 64); err != nil || got != f || len(text) > doubleMax {
			t.Fatalf("seed %d: %v became %s: %v", seed, f, text, err)
		}
	}
}

func TestDoubleReply(t *testing.T) {
	for f, want := range map[float64][2]string{
		3.141:        {"$5\r\n3.141\r\n", ",3.141\r\n"},
		math.Inf(1):  {"$3\r\ninf\r\n", ",inf\r\n"},
		math.Inf(-1): {"$4\r\n-inf\r\n", ",-inf\r\n"},
		1e15:         {"$16\r\n1000000000000000\r\n", ",1000000000000000\r\n"},
	} {
		got := [2]string{string(AppendDouble(nil, 2, f)), string(AppendDouble(nil, 3, f))}
		if got != want {
			t.Errorf("%v: %q, want %q", f, got, want)
		}
	}
	if got := fmt.Sprintf("%q", AppendDouble(nil, 2, math.NaN())); got != `"$3\r\nnan\r\n"` {
		t.Error("not a number:", got)
	}
}

func BenchmarkDoubleText(b *testing.B) {
	var dst [64]byte
	for _, f := range []float64{42, 3.141, 0.1 + 0.2} {
		b.Run(fmt.Sprint(f), func(b *testing.B) {
			for b.Loop() {
				AppendDoubleText(dst[:0], f)
			}
		})
	}
}
