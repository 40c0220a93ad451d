package persist

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestCRC(t *testing.T) {
	// The check value of CRC-64/REDIS.
	if got := updateCRC(0, []byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Fatalf("checksum %#x", got)
	}
	if a, b := updateCRC(updateCRC(0, []byte("1234")), []byte("56789")), updateCRC(0, []byte("123456789")); a != b {
		t.Fatalf("in two parts %#x, in one %#x", a, b)
	}
}

func TestStrings(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{"", "\x00"},
		{"a", "\x01a"},
		{"0", "\xc0\x00"},
		{"-128", "\xc0\x80"},
		{"128", "\xc1\x80\x00"},
		{"-32769", "\xc2\xff\x7f\xff\xff"},
		{"2147483648", "\x0a2147483648"},
		{"007", "\x03007"},
		{string(bytes.Repeat([]byte("x"), 64)), "\xc3\x07\x40\x40\x01xx\xe0\x34\x00\x01xx"},
	} {
		w := encoder{compress: true}
		w.bytes([]byte(c.value))
		r := decoder{data: w.buf}
		if got := r.bytes(); string(got) != c.value || r.err != nil || r.at != len(w.buf) {
			t.Errorf("%q came back as %q, %v", c.value, got, r.err)
		}
		if len(c.value) != 64 && string(w.buf) != c.want {
			t.Errorf("%q is %q, want %q", c.value, w.buf, c.want)
		}
	}
}

func TestRandomValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		w := encoder{compress: rng.IntN(2) == 0}
		n := rng.Uint64() >> rng.IntN(64)
		f := rng.NormFloat64()
		s := make([]byte, rng.IntN(1<<rng.IntN(18)))
		for i := range s {
			s[i] = byte(rng.IntN(4))
		}
		i := rng.Int64() >> rng.IntN(64)
		w.length(n)
		w.bytes(s)
		w.double(f)
		w.integer(i)
		r := decoder{data: w.buf}
		gotN := r.length()
		gotS := bytes.Clone(r.bytes())
		gotF := r.double()
		gotI := string(r.bytes())
		if gotN != n || !bytes.Equal(gotS, s) || gotF != f || gotI != strconv.FormatInt(i, 10) || r.err != nil || r.at != len(r.data) {
			t.Fatalf("%d, %d bytes, %v, %d came back as %d, %d bytes, %v, %s: %v", n, len(s), f, i, gotN, len(gotS), gotF, gotI, r.err)
		}
		for cut := range min(len(w.buf), 64) {
			r := decoder{data: w.buf[:cut]}
			r.length()
			r.bytes()
			r.double()
			r.bytes()
			if r.err == nil {
				t.Fatalf("%d of %d bytes read without an error", cut, len(w.buf))
			}
		}
	}
}

func TestDoubleText(t *testing.T) {
	for data, want := range map[string]float64{"\xff": math.Inf(-1), "\xfe": math.Inf(1), "\x041.25": 1.25} {
		r := decoder{data: []byte(data)}
		if got := r.doubleText(); got != want || r.err != nil {
			t.Errorf("%q is %v, %v", data, got, r.err)
		}
	}
	for _, data := range []string{"\x031.", "\x02xx", ""} {
		r := decoder{data: []byte(data)}
		if r.doubleText(); r.err == nil {
			t.Errorf("%q is a score", data)
		}
	}
}
