package resp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/reference"
)

// replies writes one reply of each kind and names its bytes in RESP2 and RESP3.
var replies = []struct {
	name         string
	write        func(w *Writer)
	resp2, resp3 string // resp3 "" is the same
}{
	{"ok", func(w *Writer) { w.OK() }, "+OK\r\n", ""},
	{"simple", func(w *Writer) { w.SimpleString("PONG") }, "+PONG\r\n", ""},
	{"simple with line ends", func(w *Writer) { w.SimpleString("a\r\nb\n") }, "+a  b \r\n", ""},
	{"error", func(w *Writer) { w.Error("ERR no") }, "-ERR no\r\n", ""},
	{"error with line ends", func(w *Writer) { w.Error("ERR a\r\nb\nc\r\n\n") }, "-ERR a  b c\r\n", ""},
	{"error bytes", func(w *Writer) { w.ErrorBytes([]byte("ERR\nno\n")) }, "-ERR no\r\n", ""},
	{"int", func(w *Writer) { w.Int(7) }, ":7\r\n", ""},
	{"negative int", func(w *Writer) { w.Int(-7) }, ":-7\r\n", ""},
	{"large int", func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ""},
	{"bulk", func(w *Writer) { w.Bulk([]byte("a\r\nb")) }, "$4\r\na\r\nb\r\n", ""},
	{"empty bulk", func(w *Writer) { w.Bulk(nil) }, "$0\r\n\r\n", ""},
	{"bulk of 12", func(w *Writer) { w.BulkString("0123456789ab") }, "$12\r\n0123456789ab\r\n", ""},
	{"bulk int", func(w *Writer) { w.BulkInt(5) }, "$1\r\n5\r\n", ""},
	{"larger bulk int", func(w *Writer) { w.BulkInt(1234567890123) }, "$13\r\n1234567890123\r\n", ""},
	{"negative bulk int", func(w *Writer) { w.BulkInt(-10) }, "$3\r\n-10\r\n", ""},
	{"smallest bulk int", func(w *Writer) { w.BulkInt(math.MinInt64) }, "$20\r\n-9223372036854775808\r\n", ""},
	{"pinned", func(w *Writer) { w.BulkPinned([]byte("abc"), 0) }, "$3\r\nabc\r\n", ""},
	{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
	{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
	{"array", func(w *Writer) { w.Array(3) }, "*3\r\n", ""},
	{"large array", func(w *Writer) { w.Array(1234567) }, "*1234567\r\n", ""},
	{"map", func(w *Writer) { w.Map(5) }, "*10\r\n", "%5\r\n"},
	{"set", func(w *Writer) { w.Set(2) }, "*2\r\n", "~2\r\n"},
	{"push", func(w *Writer) { w.Push(3) }, "*3\r\n", ">3\r\n"},
	{"double", func(w *Writer) { w.Double(3.141) }, "$5\r\n3.141\r\n", ",3.141\r\n"},
	{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
	{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
	{"big number", func(w *Writer) { w.BigNumber("-12345678901234567890") }, "$21\r\n-12345678901234567890\r\n", "(-12345678901234567890\r\n"},
	{"verbatim", func(w *Writer) { w.Verbatim("txt", "a\nb") }, "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n"},
	{"raw", func(w *Writer) { w.Raw([]byte(":1\r\n")) }, ":1\r\n", ""},
	{"deferred array", func(w *Writer) { m := w.Deferred(); w.Int(1); w.SetArrayLen(m, 1) }, "*1\r\n:1\r\n", ""},
	{"deferred map", func(w *Writer) { m := w.Deferred(); w.OK(); w.OK(); w.SetMapLen(m, 1) }, "*2\r\n+OK\r\n+OK\r\n", "%1\r\n+OK\r\n+OK\r\n"},
	{"deferred set", func(w *Writer) { m := w.Deferred(); w.SetSetLen(m, 0) }, "*0\r\n", "~0\r\n"},
}

func TestReplies(t *testing.T) {
	for _, r := range replies {
		for proto, want := range map[int]string{2: r.resp2, 3: r.resp3} {
			if want == "" {
				want = r.resp2
			}
			var w Writer
			w.SetProto(proto)
			w.Reset(make([]byte, 0, 64))
			r.write(&w)
			if got := string(w.AppendTo(nil)); got != want || w.Size() != len(want) || w.Proto() != proto {
				t.Errorf("%s in RESP%d: %q (size %d), want %q", r.name, proto, got, w.Size(), want)
			}
		}
	}
	var w Writer
	w.SetProto(3)
	w.Attribute(1)
	if got := string(w.AppendTo(nil)); got != "|1\r\n" {
		t.Errorf("attribute: %q", got)
	}
}

// What redis-server shows of each type is what we would write.
func TestTypesLikeReference(t *testing.T) {
	s := reference.Start(t, "--enable-debug-command", "yes")
	types := map[string]func(w *Writer){
		"string":  func(w *Writer) { w.BulkString("Hello World") },
		"integer": func(w *Writer) { w.Int(12345) },
		"double":  func(w *Writer) { w.Double(3.141) },
		"null":    func(w *Writer) { w.Null() },
		"array": func(w *Writer) {
			w.Array(3)
			for i := range int64(3) {
				w.Int(i)
			}
		},
		"set": func(w *Writer) {
			w.Set(3)
			for i := range int64(3) {
				w.Int(i)
			}
		},
		"map": func(w *Writer) {
			w.Map(3)
			for i := range int64(3) {
				w.Int(i)
				w.Bool(i == 1)
			}
		},
		"attrib": func(w *Writer) {
			if w.Proto() == 3 {
				w.Attribute(1)
				w.BulkString("key-popularity")
				w.Array(2)
				w.BulkString("key:123")
				w.Int(90)
			}
			w.BulkString("Some real reply following the attribute")
		},
		"push": func(w *Writer) {
			if w.Proto() == 2 {
				w.Error("ERR RESP2 is not supported by this command") // says DEBUG
				return
			}
			w.Push(2)
			w.BulkString("server-cpu-usage")
			w.Int(42)
			w.BulkString("Some real reply following the push reply")
		},
		"verbatim": func(w *Writer) { w.Verbatim("txt", "This is a verbatim\nstring") },
		"true":     func(w *Writer) { w.Bool(true) },
		"false":    func(w *Writer) { w.Bool(false) },
		"bignum":   func(w *Writer) { w.BigNumber("1234567999999999999999999999999999999") },
	}
	for _, proto := range []int{2, 3} {
		hello := fmt.Sprintf("HELLO %d\r\nPING\r\nDEBUG PROTOCOL ", proto)
		for name, write := range types {
			var w Writer
			w.SetProto(proto)
			write(&w)
			_, want, _ := strings.Cut(exchange(t, s, hello+name+"\r\n"), "+PONG\r\n")
			if got := string(w.AppendTo(nil)); got != want {
				t.Errorf("%s in RESP%d: ours %q, server %q", name, proto, got, want)
			}
		}
	}
}

// Doubles whose 17 digits are their shortest form are written by 7.0 as by 7.2,
// but for the exponent: C writes two digits at least, 7.2 as few as it takes.
func TestDoublesLikeReference(t *testing.T) {
	s := reference.Start(t)
	for _, c := range []struct{ score, older string }{
		{"3.141", ""}, {"1", ""}, {"-1.5", ""}, {"1e15", ""}, {"1e20", ""}, {"inf", ""}, {"-inf", ""}, {"0.25", ""},
		{"1e100", ""}, {"123456789.5", ""}, {"0.001220703125", ""}, {"1.7976931348623157e308", ""},
		// 7.2 differs from here on.
		{"0.1", "0.10000000000000001"}, {"1e-7", "9.9999999999999995e-08"}, {"123456789012345678", "1.2345678901234568e+17"},
		{"0.0001220703125", "0.0001220703125"},
		{"0.000030517578125", "3.0517578125e-05"}, {"5e-324", "4.9406564584124654e-324"}, {"1.5e300", "1.5000000000000001e+300"},
	} {
		if _, err := s.Do("ZADD", "z", c.score, "m"); err != nil {
			t.Fatal(err)
		}
		f, err := strconv.ParseFloat(c.score, 64)
		if err != nil {
			t.Fatal(err)
		}
		want := c.older
		if want == "" {
			want = string(AppendDoubleText(nil, f))
		}
		if got, err := s.Do("ZSCORE", "z", "m"); got != want {
			t.Errorf("%s: server %v %v, want %s", c.score, got, err, want)
		}
	}
}
