package decimal

import (
	"math"
	"strconv"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	values := []int64{0, 1, -1, 9, 10, 99, 100, 101, 12345, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1}
	for i := 1; i < 63; i++ {
		values = append(values, 1<<i, -(1 << i), 1<<i-1)
	}
	for _, v := range values {
		text := AppendInt(nil, v)
		if want := strconv.FormatInt(v, 10); string(text) != want {
			t.Fatalf("AppendInt(%d) = %q", v, text)
		}
		if got, ok := Parse(text); !ok || got != v {
			t.Fatalf("Parse(%q) = %d, %v", text, got, ok)
		}
		if Len(v) != len(text) {
			t.Fatalf("Len(%d) = %d, want %d", v, Len(v), len(text))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "-", "-0", "00", "01", "+1", " 1", "1 ", "1a", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999", "123456789012345678901", "1.0"} {
		if v, ok := Parse([]byte(s)); ok {
			t.Errorf("Parse(%q) = %d, want refusal", s, v)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0")
	f.Add("-9223372036854775808")
	f.Add("18446744073709551616")
	f.Fuzz(func(t *testing.T, s string) {
		v, ok := Parse([]byte(s))
		want, err := strconv.ParseInt(s, 10, 64)
		canonical := err == nil && strconv.FormatInt(want, 10) == s
		if ok != canonical || (ok && v != want) {
			t.Fatalf("Parse(%q) = %d, %v; strconv says %d, %v", s, v, ok, want, err)
		}
	})
}
