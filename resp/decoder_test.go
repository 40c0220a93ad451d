package resp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

func TestDecodeWrong(t *testing.T) {
	for _, wire := range []string{
		"\r\n", "\n", "x\r\n", "+OK\n", "+O\rK\r\n", "PING\r\n", ":\r\n", ":+1\r\n", ":01\r\n", ":1x\r\n", ":9223372036854775808\r\n",
		"$\r\n", "$-2\r\n", "$x\r\n", "$+1\r\n", "$1\r\nab\r\n", "$1\r\na\n\n", "$1\r\na\rb", "!-1\r\n", "=-1\r\n", "=3\r\ntxt\r\n", "=4\r\ntxtx\r\n",
		"*-2\r\n", "*x\r\n", "%-1\r\n", "~-1\r\n", ">-1\r\n", ">?\r\n", "|?\r\n", "*99999999999\r\n", "%9223372036854775807\r\n",
		"_x\r\n", "#\r\n", "#x\r\n", "#tt\r\n", ",\r\n", ",x\r\n", ",0x1p3\r\n", ",1_0\r\n", ",infinity\r\n", ",Inf\r\n", ",1e999\r\n", ",--1\r\n",
		"(\r\n", "(-\r\n", "(1x\r\n", "(1.5\r\n", ".\r\n", ";1\r\na\r\n", "*1\r\n.\r\n", "%?\r\n+a\r\n.\r\n", "*?\r\n..\r\n",
		"$?\r\n:1\r\n", "$?\r\n;-1\r\n", "$?\r\n;1\r\nab\r\n", "$?\r\n\r\n", "$536870913\r\n", "$9223372036854775807\r\n",
	} {
		var d Decoder
		var v Value
		var wrong *DecodeError
		if _, err := d.DecodeBytes(&v, []byte(wire)); !errors.As(err, &wrong) || wrong.Error() == "" {
			t.Errorf("%q: %s, %v", wire, &v, err)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	lim := DecodeLimits{MaxBulk: 10, MaxDepth: 3, MaxElems: 5}
	for wire, ok := range map[string]bool{
		"$10\r\n0123456789\r\n": true,
		"$11\r\n":               false,
		"$?\r\n;6\r\n012345\r\n;4\r\n6789\r\n;0\r\n":     true,
		"$?\r\n;6\r\n012345\r\n;5\r\n":                   false,
		"+0123456789\r\n":                                true,
		"+01234567890123":                                false,
		"*1\r\n*1\r\n*1\r\n:1\r\n":                       true,
		"*1\r\n*1\r\n*1\r\n*0\r\n":                       false,
		"*?\r\n*?\r\n|1\r\n:1\r\n:1\r\n*?\r\n":           false,
		"*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n":           true,
		"*6\r\n":                                         false,
		"%3\r\n":                                         false,
		"*2\r\n*2\r\n:1\r\n:1\r\n*1\r\n:1\r\n":           true,
		"*2\r\n*2\r\n:1\r\n:1\r\n*2\r\n:1\r\n:1\r\n":     false,
		"*?\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n":     false,
		"*3\r\n:1\r\n:1\r\n:1\r\n*3\r\n:1\r\n:1\r\n:1\r": true, // counts start again with each reply
	} {
		d := Decoder{Limits: lim}
		var v Value
		var wrong *DecodeError
		_, err := d.DecodeBytes(&v, []byte(wire))
		if ok == errors.As(err, &wrong) {
			t.Errorf("%q: %s, %v", wire, &v, err)
		}
	}
}

// What a header announces is not allocated before it comes.
func TestDecodeGrowsWithBytes(t *testing.T) {
	for _, wire := range []string{"*16777216\r\n", "$536870912\r\nab", "%8388608\r\n+a\r\n", "$?\r\n;536870912\r\nab"} {
		var d Decoder
		var v Value
		if _, err := d.DecodeBytes(&v, []byte(wire)); err != io.ErrUnexpectedEOF {
			t.Errorf("%q: %v", wire, err)
		}
		if cap(v.Elems) > 8 || cap(v.Str) > 1024 {
			t.Errorf("%q took room for %d elements, %d bytes", wire, cap(v.Elems), cap(v.Str))
		}
	}
}

// decodeCut decodes all replies of in, which comes in pieces.
func decodeCut(lim DecodeLimits, pieces ...[]byte) (replies []string, err error) {
	d := Decoder{Limits: lim}
	v := new(Value)
	for _, piece := range pieces {
		for len(piece) > 0 {
			n, done, err := d.Decode(v, piece)
			if err != nil {
				return replies, err
			}
			if done {
				replies = append(replies, string(v.Append(nil)))
			}
			piece = piece[n:]
		}
	}
	return replies, nil
}

func TestDecodeEverySplit(t *testing.T) {
	var all []byte
	for _, c := range values {
		all = append(all, c.wire...)
	}
	for wire := range streamed {
		all = append(all, wire...)
	}
	whole, err := decodeCut(DecodeLimits{}, all)
	if len(whole) != len(values)+len(streamed) || err != nil {
		t.Fatal(len(whole), err)
	}
	for i := range all {
		if got, err := decodeCut(DecodeLimits{}, all[:i], all[i:]); err != nil || fmt.Sprint(got) != fmt.Sprint(whole) {
			t.Fatalf("cut at %d: %v, %q", i, err, got)
		}
	}
	r := NewReader(iotest.OneByteReader(bytes.NewReader(all)))
	for _, want := range whole {
		var v Value
		if err := r.Read(&v); err != nil || string(v.Append(nil)) != want {
			t.Fatalf("byte by byte: %s, %v, want %q", &v, err, want)
		}
	}
	var v Value
	if err := r.Read(&v); err != io.EOF {
		t.Error("at the end:", err)
	}
}

func TestReader(t *testing.T) {
	long := string(AppendBulk(nil, bytes.Repeat([]byte{'x'}, 100_000)))
	r := NewReader(strings.NewReader("+OK\r\n" + long + ":1\r\n*2\r\n:1\r\n"))
	var v Value
	for _, want := range []string{"+OK\r\n", long, ":1\r\n"} {
		if err := r.Read(&v); err != nil || string(v.Append(nil)) != want {
			t.Fatalf("%.50q: %v", v.Append(nil), err)
		}
	}
	if r.Buffered() == 0 {
		t.Error("nothing is buffered before the last reply")
	}
	for range 2 {
		if err := r.Read(&v); err != io.ErrUnexpectedEOF {
			t.Error("a reply that breaks off:", err)
		}
	}
	var wrong *DecodeError
	r = NewReader(strings.NewReader("?\r\n"))
	if err := r.Read(&v); !errors.As(err, &wrong) {
		t.Error("a reply that is wrong:", err)
	}
	r = NewReader(iotest.ErrReader(io.ErrClosedPipe))
	if err := r.Read(&v); err != io.ErrClosedPipe {
		t.Error("a source that fails:", err)
	}
	r = NewReader(iotest.DataErrReader(strings.NewReader("+OK\r\n")))
	if err := r.Read(&v); err != nil {
		t.Error("the end together with a reply:", err)
	}
}

func FuzzDecode(f *testing.F) {
	for i, c := range values {
		f.Add([]byte(c.wire), uint64(i))
	}
	for wire := range streamed {
		f.Add([]byte(wire), uint64(0))
	}
	lim := DecodeLimits{MaxBulk: 1 << 12, MaxDepth: 8, MaxElems: 1 << 10}
	f.Fuzz(func(t *testing.T, in []byte, seed uint64) {
		whole, wholeErr := decodeCut(lim, in)
		rnd := rand.New(rand.NewPCG(seed, 0))
		var pieces [][]byte
		for rest := in; len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(20))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		cut, cutErr := decodeCut(lim, pieces...)
		if fmt.Sprint(whole) != fmt.Sprint(cut) || (wholeErr == nil) != (cutErr == nil) {
			t.Fatalf("whole %q %v, in pieces %q %v", whole, wholeErr, cut, cutErr)
		}
		for _, wire := range whole {
			var d Decoder
			var v Value
			if n, err := d.DecodeBytes(&v, []byte(wire)); n != len(wire) || err != nil {
				t.Fatalf("%q was not read back: %d, %v", wire, n, err)
			}
			if back := string(v.Append(nil)); back != wire || !v.Equal(&v) {
				t.Fatalf("%q was written back as %q", wire, back)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for name, wire := range map[string]string{
		"ok": "+OK\r\n", "int": ":123456\r\n", "bulk64": "$64\r\n" + strings.Repeat("v", 64) + "\r\n",
		"array10": "*10\r\n" + strings.Repeat("$3\r\nabc\r\n", 10),
	} {
		b.Run(name, func(b *testing.B) {
			in := []byte(strings.Repeat(wire, 100))
			var d Decoder
			var v Value
			b.SetBytes(int64(len(wire)))
			for i := 0; i < b.N; i += 100 {
				for rest := in; len(rest) > 0; {
					n, done, err := d.Decode(&v, rest)
					if !done || err != nil {
						b.Fatal(done, err)
					}
					rest = rest[n:]
				}
			}
		})
	}
}
