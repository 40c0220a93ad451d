package persist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"basalt/db"
)

// script is a keyWriter that writes down what it is told, key by key.
type script struct {
	keys  []string
	lines []string
	err   error
}

func (s *script) head()         {}
func (s *script) foot() error   { s.next(); return s.err }
func (s *script) failed() error { return s.err }

// next ends the key before.
func (s *script) next() {
	if s.lines != nil {
		s.keys = append(s.keys, strings.Join(s.lines, "\n"))
	}
	s.lines = nil
}

func (s *script) add(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

// long shortens what would make a failure unreadable, not what makes a
// difference.
func long(b []byte) string {
	if len(b) < 100 {
		return fmt.Sprintf("%q", b)
	}
	return fmt.Sprintf("%d bytes %x", len(b), updateCRC(1, b))
}

func longElement(e db.Element) string {
	if e.IsInt {
		return fmt.Sprint(e.Int)
	}
	return long(e.Bytes)
}

func (s *script) Key(k db.KeyInfo) db.ValueVisitor {
	s.next()
	s.add("key %d %s deadline %d idle %d freq %d", k.DB, long(k.Key), k.Deadline, k.Idle, k.Freq)
	return s
}

func (s *script) String(b []byte)                { s.add("string %s", long(b)) }
func (s *script) Integer(n int64)                { s.add("integer %d", n) }
func (s *script) Packed(t db.Type, b []byte)     { s.add("packed %d %s", t, long(b)) }
func (s *script) Intset(b []byte)                { s.add("intset %s", long(b)) }
func (s *script) List(n int)                     { s.add("list %d", n) }
func (s *script) Node(o int64, b []byte, p bool) { s.add("node %d %s %v", o, long(b), p) }
func (s *script) Set(n int)                      { s.add("set %d", n) }
func (s *script) Member(m db.Element)            { s.add("member %s", longElement(m)) }
func (s *script) Hash(n int, d bool)             { s.add("hash %d %v", n, d) }
func (s *script) ZSet(n int)                     { s.add("zset %d", n) }
func (s *script) Scored(m db.Element, f float64) { s.add("scored %s %v", longElement(m), f) }
func (s *script) Stream(i db.StreamInfo)         { s.add("stream %+v", i) }
func (s *script) Field(n, v db.Element, d int64) {
	s.add("field %s %s %d", longElement(n), longElement(v), d)
}
func (s *script) StreamPack(i db.StreamID, b []byte) { s.add("pack %v %s", i, long(b)) }
func (s *script) Group(g db.GroupInfo) {
	s.add("group %s %v %d %d %d", long(g.Name), g.LastID, g.Read, g.Pending, g.Consumers)
}
func (s *script) Pending(i db.StreamID, ms int64, n uint64) { s.add("pending %v %d %d", i, ms, n) }
func (s *script) Consumer(c db.ConsumerInfo) {
	s.add("consumer %s %d %d %d", long(c.Name), c.SeenMs, c.ActiveMs, c.Pending)
}
func (s *script) ConsumerPending(i db.StreamID) { s.add("has %v", i) }

// chunks keeps the chunks of a frameWriter.
type chunks struct {
	buf  [frameChunk]byte
	list [][]byte
}

func (c *chunks) window() []byte { return c.buf[:] }

func (c *chunks) commit(n int) { c.list = append(c.list, bytes.Clone(c.buf[:n])) }

// source reads them again, from memory that is overwritten with the next.
func (c *chunks) source() chunkSource { return &chunkList{list: c.list} }

type chunkList struct {
	list [][]byte
	buf  []byte
}

func (c *chunkList) next() ([]byte, error) {
	for i := range c.buf {
		c.buf[i] = 0xee
	}
	if len(c.list) == 0 {
		return nil, io.EOF
	}
	c.buf = append(c.buf[:0], c.list[0]...)
	c.list = c.list[1:]
	return c.buf, nil
}

// values makes random keys and values.
type values struct{ *rand.Rand }

func (r values) bytes() []byte {
	n := r.IntN(40)
	switch r.IntN(400) {
	case 0:
		n = r.IntN(200 << 10)
	case 1, 2, 3:
		n = frameInline - 2 + r.IntN(5)
	case 4, 5:
		n = r.IntN(20 << 10)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(20))
	}
	return b
}

func (r values) element() db.Element {
	if r.IntN(3) == 0 {
		return db.Element{Int: r.Int64() >> r.IntN(64), IsInt: true}
	}
	return db.Element{Bytes: r.bytes()}
}

func (r values) id() db.StreamID {
	return db.StreamID{Ms: r.Uint64() >> r.IntN(64), Seq: r.Uint64() >> r.IntN(64)}
}

func (r values) key(name string) db.KeyInfo {
	k := db.KeyInfo{DB: r.IntN(3), Key: append([]byte(name), r.bytes()...), Deadline: db.NoDeadline, Idle: -1, Freq: -1}
	if r.IntN(2) == 0 {
		k.Deadline = r.Int64N(1 << 45)
	}
	switch r.IntN(3) {
	case 0:
		k.Idle = r.Int64N(1 << 30)
	case 1:
		k.Freq = r.IntN(256)
	}
	return k
}

// part is one piece of a large value.
type part struct {
	tell  func(v db.ValueVisitor)
	group bool
	// frozen parts are pieces of a large group, which is told in order alone.
	frozen bool
}

// large is a value as a head and parts, in order.
type large struct {
	key     db.KeyInfo
	head    func(v db.ValueVisitor)
	parts   []part
	ordered bool
}

func (r values) large(name string) *large {
	l := &large{key: r.key(name)}
	n := 1 + r.IntN(40)
	each := func(f func(v db.ValueVisitor)) { l.parts = append(l.parts, part{tell: f}) }
	switch r.IntN(5) {
	case 0:
		l.head = func(v db.ValueVisitor) { v.List(n) }
		l.ordered = true
		order := -r.Int64N(1 << 20)
		for range n {
			order += 1 + r.Int64N(100)
			o, b, packed := order, r.bytes(), r.IntN(2) == 0
			each(func(v db.ValueVisitor) { v.Node(o, b, packed) })
		}
	case 1:
		l.head = func(v db.ValueVisitor) { v.Set(n) }
		for range n {
			e := r.element()
			each(func(v db.ValueVisitor) { v.Member(e) })
		}
	case 2:
		l.head = func(v db.ValueVisitor) { v.Hash(n, true) }
		for range n {
			name, value, deadline := r.element(), r.element(), db.NoDeadline
			if r.IntN(2) == 0 {
				deadline = r.Int64N(1 << 44)
			}
			each(func(v db.ValueVisitor) { v.Field(name, value, deadline) })
		}
	case 3:
		l.head = func(v db.ValueVisitor) { v.ZSet(n) }
		for range n {
			e, f := r.element(), r.NormFloat64()
			each(func(v db.ValueVisitor) { v.Scored(e, f) })
		}
	default:
		r.stream(l, n, each)
	}
	return l
}

func (r values) stream(l *large, n int, each func(func(v db.ValueVisitor))) {
	l.ordered = true
	s := db.StreamInfo{
		Packs: int64(n), Len: r.Int64N(1000), LastID: r.id(), FirstID: r.id(), DeletedMax: r.id(),
		Added: r.Uint64(), Groups: r.IntN(4),
	}
	l.head = func(v db.ValueVisitor) { v.Stream(s) }
	id := db.StreamID{}
	for range n {
		id.Ms += r.Uint64N(3)
		id.Seq += 1 + r.Uint64N(9)
		at, b := id, r.bytes()
		each(func(v db.ValueVisitor) { v.StreamPack(at, b) })
	}
	for g := range s.Groups {
		pending := make([]db.StreamID, r.IntN(5))
		for i := range pending {
			pending[i] = r.id()
		}
		name, last, ms := fmt.Appendf(nil, "group%d", g), r.id(), r.Int64N(1<<44)
		pieces := []func(v db.ValueVisitor){func(v db.ValueVisitor) {
			v.Group(db.GroupInfo{Name: name, LastID: last, Read: -1, Pending: int64(len(pending)), Consumers: 2})
		}}
		for _, id := range pending {
			pieces = append(pieces, func(v db.ValueVisitor) { v.Pending(id, ms, 7) })
		}
		for c := range 2 {
			pieces = append(pieces, func(v db.ValueVisitor) {
				v.Consumer(db.ConsumerInfo{Name: fmt.Appendf(nil, "c%d", c), SeenMs: ms, ActiveMs: -1, Pending: int64(c * len(pending))})
			})
			for _, id := range pending[:c*len(pending)] {
				pieces = append(pieces, func(v db.ValueVisitor) { v.ConsumerPending(id) })
			}
		}
		if r.IntN(2) == 0 {
			for _, tell := range pieces {
				l.parts = append(l.parts, part{tell: tell, group: true, frozen: true})
			}
			continue
		}
		l.parts = append(l.parts, part{group: true, tell: func(v db.ValueVisitor) {
			for _, tell := range pieces {
				tell(v)
			}
		}})
	}
}

// whole tells the value in one go.
func (l *large) whole(v db.ValueVisitor) {
	l.head(v)
	for _, p := range l.parts {
		p.tell(v)
	}
}

// inOrder puts what has no order into one: elements and groups.
func inOrder(key string) string {
	lines := strings.Split(key, "\n")
	switch {
	case len(lines) < 2 || strings.HasPrefix(lines[1], "list"):
		return key
	case strings.HasPrefix(lines[1], "stream"):
		i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "group") })
		if i < 0 {
			return key
		}
		groups := strings.Split(strings.Join(lines[i:], "\n"), "group ")
		slices.Sort(groups)
		for i := range groups {
			groups[i] = strings.TrimSuffix(groups[i], "\n")
		}
		return strings.Join(lines[:i], "\n") + strings.Join(groups, "\ngroup ")
	}
	slices.Sort(lines[2:])
	return strings.Join(lines, "\n")
}

// teller tells a sink of keys as a walk and changes would, in a random order.
type teller struct {
	values
	sink frameSink
	want script
	open []*opened
	ids  int
}

// opened is a key between Open and Close: early is its parts that were told out
// of turn.
type opened struct {
	*large
	id    int
	at    int
	early map[int]bool
}

func (t *teller) small(i int) {
	k := t.key(fmt.Sprint("small", i))
	tell := func(v db.ValueVisitor) { v.Integer(int64(i)) }
	switch b := t.bytes(); t.IntN(5) {
	case 0:
		if t.IntN(200) == 0 {
			b = bytes.Repeat([]byte("0123456789"), frameWhole/10+t.IntN(100000))
		}
		tell = func(v db.ValueVisitor) { v.String(b) }
	case 1:
		tell = func(v db.ValueVisitor) { v.Packed(db.TypeHash, b) }
	case 2:
		tell = func(v db.ValueVisitor) { v.Intset(b) }
	case 3:
		tell = t.large("").whole
	}
	tell(t.want.Key(k))
	tell(t.sink.Key(k))
}

func (t *teller) begin(i int) {
	t.ids++
	o := &opened{large: t.large(fmt.Sprint("large", i)), id: t.ids, early: map[int]bool{}}
	o.whole(t.want.Key(o.key))
	o.head(t.sink.Open(o.id, o.key))
	t.open = append(t.open, o)
}

// change tells a part of an open key early; the walk is no further than at.
func (t *teller) change() {
	o := t.open[t.IntN(len(t.open))]
	i := o.at + t.IntN(len(o.parts)-o.at)
	if !o.early[i] && !o.parts[i].frozen {
		o.early[i] = true
		o.parts[i].tell(t.sink.Part(o.id, true))
	}
}

// walk tells some parts of an open key in order, and closes it with the last.
func (t *teller) walk() {
	n := 0
	if t.IntN(4) == 0 {
		n = t.IntN(len(t.open))
	}
	o := t.open[n]
	v := t.sink.Part(o.id, false)
	for k := 1 + t.IntN(10); k > 0 && o.at < len(o.parts); k-- {
		if !o.early[o.at] {
			o.parts[o.at].tell(v)
		}
		o.at++
	}
	if o.at == len(o.parts) {
		t.sink.Close(o.id)
		t.open = append(t.open[:n], t.open[n+1:]...)
	}
}

func (t *teller) run(steps int) {
	for i := range steps {
		switch what := t.IntN(20); {
		case what < 5:
			t.small(i)
		case what == 5 && len(t.open) < 6:
			t.begin(i)
		case len(t.open) > 0 && what < 14:
			t.change()
		case len(t.open) > 0:
			t.walk()
		}
	}
	for len(t.open) > 0 {
		t.walk()
	}
	t.sink.End()
	t.want.next()
}

// frameSinkOf makes a frameWriter the sink of a teller.
type frameSinkOf struct{ *frameWriter }

func (frameSinkOf) failed() error { return nil }

// TestFrames: whatever comes early and between the parts of others, what is
// written is whole and in order.
func TestFrames(t *testing.T) {
	for seed := range uint64(25) {
		r := values{rand.New(rand.NewPCG(seed, 1))}
		var c chunks
		w := newFrameWriter(&c)
		told := &teller{values: r, sink: frameSinkOf{&w}}
		told.run(1 + r.IntN(1500))
		compareScript(t, seed, told, c.source())
	}
}

func compareScript(t *testing.T, seed uint64, told *teller, source chunkSource) {
	t.Helper()
	var got script
	a := newAssembler(&got, t.TempDir(), func() {})
	defer a.close()
	if err := (&frameReader{source: source, db: -1}).run(a); err != nil || !a.ended {
		t.Fatalf("seed %d: %v, ended %v", seed, err, a.ended)
	}
	got.next()
	want := told.want.keys
	if len(got.keys) != len(want) {
		t.Fatalf("seed %d: %d keys, want %d", seed, len(got.keys), len(want))
	}
	for i := range want {
		want[i], got.keys[i] = inOrder(want[i]), inOrder(got.keys[i])
	}
	slices.Sort(want)
	slices.Sort(got.keys)
	for i := range want {
		if got.keys[i] != want[i] {
			t.Fatalf("seed %d: key is\n%s\nwant\n%s", seed, got.keys[i], want[i])
		}
	}
}

// TestSpoolFile makes so much wait that it goes to a file.
func TestSpoolFile(t *testing.T) {
	r := values{rand.New(rand.NewPCG(11, 12))}
	var c chunks
	w := newFrameWriter(&c)
	told := &teller{values: r, sink: frameSinkOf{&w}}
	told.begin(0)
	for i := range 10000 {
		told.small(i)
	}
	told.run(1)
	compareScript(t, 0, told, c.source())
}

var errTest = errors.New("no space")

// TestSinkError: an error of the file ends everything at once.
func TestSinkError(t *testing.T) {
	r := values{rand.New(rand.NewPCG(13, 14))}
	var c chunks
	w := newFrameWriter(&c)
	(&teller{values: r, sink: frameSinkOf{&w}}).run(500)
	s := script{err: errTest}
	a := newAssembler(&s, t.TempDir(), func() {})
	if err := (&frameReader{source: c.source(), db: -1}).run(a); err != errTest {
		t.Fatal(err)
	}
}

func FuzzFrames(f *testing.F) {
	r := values{rand.New(rand.NewPCG(1, 2))}
	for seeds := 0; seeds < 8; {
		var c chunks
		w := newFrameWriter(&c)
		(&teller{values: r, sink: frameSinkOf{&w}}).run(12)
		if b := bytes.Join(c.list, nil); len(b) < 4000 {
			f.Add(b, uint16(frameChunk-1))
			seeds++
		}
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		// Whatever it is: it ends, with or without an error.
		c := &chunkList{list: slices.Collect(slices.Chunk(b, max(int(size), 1)))}
		a := newAssembler(&script{}, dir, func() {})
		defer a.close()
		_ = (&frameReader{source: c, db: -1}).run(a)
	})
}

func BenchmarkFrameWrite(b *testing.B) {
	var c discard
	w := newFrameWriter(&c)
	k := db.KeyInfo{Key: []byte("key:000000000001"), Deadline: db.NoDeadline, Idle: 3, Freq: -1}
	value := bytes.Repeat([]byte("v"), 64)
	b.ReportAllocs()
	for range b.N {
		w.Key(k).String(value)
	}
}

type discard struct{ buf [frameChunk]byte }

func (d *discard) window() []byte { return d.buf[:] }
func (d *discard) commit(int)     {}

// repeat is a source of the same chunks over and over.
type repeat struct {
	list [][]byte
	left int
	at   int
}

func (r *repeat) next() ([]byte, error) {
	if r.left == 0 {
		return nil, io.EOF
	}
	r.left--
	b := r.list[r.at]
	r.at = (r.at + 1) % len(r.list)
	return b, nil
}

// BenchmarkEncode is the child's work for a key of 16 bytes with a value of 64.
func BenchmarkEncode(b *testing.B) {
	for _, c := range []struct {
		name string
		job  Job
	}{
		{"plain", Job{Version: Version72}},
		{"crc", Job{Version: Version72, Checksum: true}},
		{"lzf", Job{Version: Version72, Checksum: true, Compress: true}},
		{"zstd", Job{Version: Version72, Checksum: true, ZstdLevel: 1}},
		{"resp", Job{Format: FormatRESP}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var chunks chunks
			w := newFrameWriter(&chunks)
			r := rand.New(rand.NewPCG(1, 2))
			keys := 0
			for value := make([]byte, 64); len(chunks.list) < 16; keys++ {
				for i := range value {
					value[i] = byte(r.Uint32())
				}
				w.Key(db.KeyInfo{Key: fmt.Appendf(nil, "key:%012d", keys), Deadline: db.NoDeadline, Idle: 3, Freq: -1}).String(value)
			}
			per := keys / len(chunks.list)
			source := &repeat{list: chunks.list, left: b.N/per + 1}
			b.ResetTimer()
			err := encode(io.Discard, &c.job, func(out keyWriter) error {
				a := newAssembler(out, "", func() {})
				return (&frameReader{source: source, db: -1}).run(a)
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}

// TestFramesAllocateNothing: the executor's end and the child's, once warm.
func TestFramesAllocateNothing(t *testing.T) {
	var c discard
	w := newFrameWriter(&c)
	k := db.KeyInfo{DB: 1, Key: []byte("key"), Deadline: 12345, Idle: 3, Freq: -1}
	e := db.Element{Bytes: []byte("element")}
	value := []byte("value")
	tell := func(v db.Visitor) {
		v.Key(k).String(value)
		h := v.Key(k)
		h.Hash(1, true)
		h.Field(e, e, 5)
		z := v.Key(k)
		z.ZSet(1)
		z.Scored(e, 1.5)
	}
	if n := testing.AllocsPerRun(1000, func() { tell(&w) }); n != 0 {
		t.Errorf("writing frames: %v allocations", n)
	}
	job := Job{Version: Version72, Compress: true, Checksum: true}
	out := newRDBWriter(io.Discard, &job)
	if n := testing.AllocsPerRun(100000, func() { tell(out) }); n != 0 {
		t.Errorf("writing values: %v allocations", n)
	}
	var kept chunks
	kw := newFrameWriter(&kept)
	for range 5000 {
		tell(&kw)
	}
	kw.flush()
	a := newAssembler(newRDBWriter(io.Discard, &job), "", func() {})
	r := &frameReader{source: &repeat{list: kept.list, left: 1 << 30}, db: -1}
	r.more()
	if n := testing.AllocsPerRun(20000, func() {
		r.u8()
		v := a.Key(r.key())
		r.value(r.u8(), v)
		r.u8()
		v = a.Key(r.key())
		r.value(r.u8(), v)
		r.value(r.u8(), v)
		r.u8()
		v = a.Key(r.key())
		r.value(r.u8(), v)
		r.value(r.u8(), v)
	}); n != 0 || r.err != nil {
		t.Errorf("reading frames: %v allocations, %v", n, r.err)
	}
}
