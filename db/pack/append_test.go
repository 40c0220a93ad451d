package pack

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"

	"basalt/internal/seeds"
)

// TestAppender holds several elements put at once, and the quick ways to read
// them, against those one by one.
func TestAppender(t *testing.T) {
	seed := seeds.Of(t)
	r := rand.New(rand.NewPCG(seed, 3))
	for range 300 {
		one, many := New(make([]byte, 1<<20)), New(make([]byte, 1<<20))
		for range r.IntN(4) {
			w := many.Appender()
			for range r.IntN(40) {
				if r.IntN(2) == 0 {
					n := int64(r.Uint64()) >> r.IntN(64)
					one = one.Append(OfInt(n))
					w.PutInt(n)
				} else {
					e := Of(bytes.Repeat([]byte("x"), r.IntN([...]int{3, 70, 140, 5000}[r.IntN(4)])))
					one = one.Append(e)
					w.Put(e)
				}
			}
			many = w.Done()
			if !bytes.Equal(one, many) || !Check(many) {
				t.Fatalf("%x, want %x", many, one)
			}
		}
		var scratch [20]byte
		for at := many.First(); !many.IsEnd(at); at = many.Next(at) {
			e := many.Get(at)
			text, next := many.Text(at, scratch[:])
			if next != many.Next(at) || string(text) != string(e.Text(nil)) {
				t.Fatalf("text %q, then %d", text, next)
			}
			if e.IsInt {
				if n, next := many.Int(at); n != e.Int || next != many.Next(at) || string(text) != strconv.FormatInt(n, 10) {
					t.Fatalf("integer %d, then %d", n, next)
				}
			}
		}
	}
}
