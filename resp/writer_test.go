package resp

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

// modelWriter is a Writer in the simplest form: one buffer, headers inserted.
type modelWriter struct {
	buf   []byte
	marks []int
	pins  []uint64 // all that were ever pinned
}

func (m *modelWriter) setLen(n int) {
	at := m.marks[len(m.marks)-1]
	m.marks = m.marks[:len(m.marks)-1]
	m.buf = slices.Insert(m.buf, at, AppendArray(nil, n)...)
}

// pair drives a Writer and its model alike.
type pair struct {
	t   *testing.T
	w   Writer
	m   modelWriter
	rnd *rand.Rand
	pin uint64
}

// steps makes n random moves, and returns with as many open marks as before.
func (p *pair) steps(n, depth int) {
	for range n {
		switch p.rnd.IntN(8) {
		case 0:
			b := bytes.Repeat([]byte{'p'}, p.rnd.IntN(50))
			p.pin++
			p.w.BulkPinned(b, p.pin)
			p.m.buf = AppendBulk(p.m.buf, b)
			p.m.pins = append(p.m.pins, p.pin)
		case 1:
			b := bytes.Repeat([]byte{'b'}, 1<<p.rnd.IntN(18))
			p.w.Bulk(b)
			p.m.buf = AppendBulk(p.m.buf, b)
		case 2, 3:
			if depth == 0 {
				continue
			}
			mark := p.w.Deferred()
			p.m.marks = append(p.m.marks, len(p.m.buf))
			p.steps(p.rnd.IntN(6), depth-1)
			count := p.rnd.IntN(1 << p.rnd.IntN(30))
			p.w.SetArrayLen(mark, count)
			p.m.setLen(count)
		case 4:
			state, length := p.w.State(), len(p.m.buf)
			if depth > 0 {
				p.steps(p.rnd.IntN(6), depth-1)
			}
			if p.rnd.IntN(2) == 0 { // with a header that never gets its length
				p.w.Deferred()
				p.w.Int(1)
			}
			p.w.Rewind(state)
			p.m.buf = p.m.buf[:length]
		default:
			n := p.rnd.Int64() >> p.rnd.IntN(64)
			p.w.Int(n)
			p.m.buf = AppendInt(p.m.buf, n)
		}
		if want := len(p.m.buf); p.w.Size() != want {
			p.t.Fatalf("size is %d, want %d", p.w.Size(), want)
		}
	}
}

func checkWriter(t *testing.T, seed uint64) {
	p := &pair{t: t, rnd: rand.New(rand.NewPCG(seed, 0))}
	for range 3 {
		p.m = modelWriter{}
		first := make([]byte, p.rnd.IntN(100))
		p.w.Reset(first)
		p.steps(p.rnd.IntN(30), 4)
		if got := p.w.AppendTo(nil); !bytes.Equal(got, p.m.buf) {
			t.Fatalf("seed %d: wrote %q, want %q", seed, got, p.m.buf)
		}
		var joined []byte
		for _, part := range p.w.Parts() {
			joined = append(joined, part.Bytes...)
		}
		if !bytes.Equal(joined, p.m.buf) || p.w.Size() != len(joined) {
			t.Fatalf("seed %d: parts are %q, want %q", seed, joined, p.m.buf)
		}
		var unpinned []uint64
		p.w.Release(func(pin uint64) { unpinned = append(unpinned, pin) })
		slices.Sort(unpinned)
		if !slices.Equal(unpinned, p.m.pins) {
			t.Fatalf("seed %d: unpinned %v, want %v", seed, unpinned, p.m.pins)
		}
	}
}

func TestWriterLikeModel(t *testing.T) {
	seed := seeds.Of(t)
	for i := range uint64(500) {
		checkWriter(t, seed+i)
	}
}

func FuzzWriter(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(checkWriter)
}

func TestWriterParts(t *testing.T) {
	var w Writer
	chunk := make([]byte, 0, 100)
	w.Reset(chunk)
	w.OK()
	value := []byte(strings.Repeat("v", 1000))
	w.BulkPinned(value, 7)
	w.OK()
	parts := w.Parts()
	if len(parts) != 3 || parts[0].Pin != 0 || parts[1].Pin != 7 || &parts[1].Bytes[0] != &value[0] ||
		string(parts[0].Bytes) != "+OK\r\n$1000\r\n" || string(parts[2].Bytes) != "\r\n+OK\r\n" {
		t.Fatalf("%v", parts)
	}
	// All but the value is in the caller's chunk.
	if &parts[0].Bytes[0] != &chunk[:1][0] || &parts[2].Bytes[0] != &chunk[:100][len(parts[0].Bytes)] {
		t.Error("replies left the first chunk")
	}
	w.OK()
	if parts = w.Parts(); len(parts) != 4 || w.Size() != 5+7+1000+7+5 {
		t.Error("writing behind Parts:", len(parts), w.Size())
	}
	var pins []uint64
	w.Release(func(pin uint64) { pins = append(pins, pin) })
	if !slices.Equal(pins, []uint64{7}) || w.Size() != 0 || len(w.Parts()) != 0 {
		t.Error("after Release:", pins, w.Size(), len(w.Parts()))
	}
}

// A small deferred reply stays in one part, whatever is behind it.
func TestDeferredSmallIsOnePart(t *testing.T) {
	var w Writer
	w.Reset(make([]byte, 0, 1024))
	for range 10 {
		m := w.Deferred()
		w.BulkString("key")
		w.SetArrayLen(m, 1)
	}
	if n := len(w.Parts()); n != 1 {
		t.Errorf("%d parts", n)
	}
}

func TestWriterMisuse(t *testing.T) {
	for name, f := range map[string]func(w *Writer){
		"parts with an open header":  func(w *Writer) { w.Deferred(); w.Parts() },
		"append with an open header": func(w *Writer) { w.Deferred(); w.AppendTo(nil) },
		"outer length first":         func(w *Writer) { m := w.Deferred(); w.Deferred(); w.SetArrayLen(m, 0) },
		"length twice":               func(w *Writer) { m := w.Deferred(); w.SetArrayLen(m, 0); w.SetArrayLen(m, 0) },
		"attribute in RESP2":         func(w *Writer) { w.Attribute(1) },
		"reset without release":      func(w *Writer) { w.Bulk(make([]byte, 100)); w.Reset(nil) },
		"verbatim format":            func(w *Writer) { w.SetProto(3); w.Verbatim("text", "") },
	} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "BUG: ") {
					t.Errorf("%s: no BUG panic", name)
				}
			}()
			f(&Writer{})
		}()
	}
}

func TestWriterAllocates(t *testing.T) {
	var w Writer
	chunk := make([]byte, 0, 16<<10)
	value := []byte(strings.Repeat("v", 64))
	large := make([]byte, 20<<10)
	for name, f := range map[string]func(){
		"small": func() {
			for _, r := range replies {
				if r.name != "pinned" { // makes the bytes that it pins
					r.write(&w)
				}
			}
		},
		"large":    func() { w.Bulk(large); w.Bulk(large); w.BulkPinned(large, 1) },
		"deferred": func() { m := w.Deferred(); w.Bulk(large); w.Bulk(large); w.SetMapLen(m, 1) },
		"rewind":   func() { s := w.State(); w.Bulk(value); w.Bulk(large); w.BulkPinned(large, 1); w.Rewind(s) },
	} {
		for _, proto := range []int{2, 3} {
			w.SetProto(proto)
			if allocs := testing.AllocsPerRun(100, func() {
				w.Reset(chunk)
				f()
				w.Parts()
				w.Release(func(uint64) {})
			}); allocs != 0 {
				t.Errorf("%s in RESP%d: %v allocations", name, proto, allocs)
			}
		}
	}
}

func BenchmarkReply(b *testing.B) {
	var w Writer
	chunk := make([]byte, 0, 16<<10)
	value := []byte(strings.Repeat("v", 64))
	for _, c := range []struct {
		name  string
		write func()
	}{
		{"ok", func() { w.OK() }},
		{"null", func() { w.Null() }},
		{"int3", func() { w.Int(3) }},
		{"int123456", func() { w.Int(123456) }},
		{"bulk64", func() { w.Bulk(value) }},
		{"bulkint", func() { w.BulkInt(123456) }},
		{"array2", func() { w.Array(2) }},
		{"error", func() { w.Error("ERR value is not an integer or out of range") }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for i := range b.N {
				if i%100 == 0 {
					w.Release(nil)
					w.Reset(chunk)
				}
				c.write()
			}
		})
	}
}
