package db

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/db/arena"
	"basalt/internal/decimal"
	"basalt/internal/seeds"
)

// modelEntry is what the model knows of a key.
type modelEntry struct {
	value    string
	deadline int64 // NoDeadline if none
}

// history is a random life of a keyspace beside a model of Go maps.
type history struct {
	*rand.Rand
	t     *testing.T
	keys  *Keyspace
	model []map[string]modelEntry
	span  int // how many different keys there are
	pins  []pinned
	log   []string
}

type pinned struct {
	bytes []byte
	token uint64
	want  string
}

const modelEpoch = 1_700_000_000_000

func newHistory(t *testing.T, seed uint64, span int) *history {
	h := &history{Rand: rand.New(rand.NewPCG(seed, uint64(span))), t: t, keys: New(4, modelEpoch), span: span}
	for range h.keys.Count() {
		h.model = append(h.model, map[string]modelEntry{})
	}
	return h
}

func (h *history) fail(format string, args ...any) {
	h.t.Helper()
	h.t.Fatalf("%s\nbefore:\n%s", fmt.Sprintf(format, args...), strings.Join(h.log[max(0, len(h.log)-30):], "\n"))
}

func (h *history) note(format string, args ...any) {
	if h.log = append(h.log, fmt.Sprintf(format, args...)); len(h.log) > 1000 {
		h.log = h.log[500:]
	}
}

// get returns what the model has under key, which may have expired.
func (h *history) get(n int, key string) (modelEntry, bool) {
	m, ok := h.model[n][key]
	if ok && m.deadline >= 0 && m.deadline < h.keys.now {
		delete(h.model[n], key)
		return modelEntry{}, false
	}
	return m, ok
}

func (h *history) key() string {
	n := h.IntN(h.span)
	switch n % 97 {
	case 0:
		return "long" + strings.Repeat("k", 250+n%10) + strconv.Itoa(n)
	case 1:
		return strings.Repeat("\x00", n/97)
	}
	return "key:" + strconv.Itoa(n)
}

func (h *history) length() int {
	limits := [...]int{0, embstrMax, growInlineMax, inlineMax, blockMax, blockMax + 1, 3 * blockMax}
	n := h.IntN(len(limits) + 3)
	if n >= len(limits) {
		return h.IntN(60)
	}
	if n >= 4 && h.IntN(8) > 0 {
		return h.IntN(100)
	}
	return max(0, limits[n]+h.IntN(5)-2)
}

func (h *history) value() string {
	switch h.IntN(4) {
	case 0:
		return strconv.FormatInt(int64(h.Uint64())>>h.IntN(63), 10)
	case 1:
		return [...]string{"", "0", "-1", "007", "-0", "9223372036854775807", "9223372036854775808"}[h.IntN(7)]
	}
	return strings.Repeat(string(rune('a'+h.IntN(26))), h.length())
}

func (h *history) deadline() int64 {
	switch h.IntN(6) {
	case 0:
		return KeepDeadline
	case 1:
		return h.keys.now + int64(h.IntN(2000)) - 20
	case 2:
		return h.keys.now + int64(h.IntN(1000000))
	case 3:
		return [...]int64{0, math.MaxInt64, 1 << 47, 1<<47 - 1, 1<<47 + 1}[h.IntN(5)]
	}
	return NoDeadline
}

// check compares one key.
func (h *history) check(n int, key string) *Entry {
	h.t.Helper()
	want, ok := h.get(n, key)
	e := h.keys.DB(n).Peek([]byte(key), Hash([]byte(key)))
	if (e != nil) != ok {
		h.fail("db %d key %.20q: there %v, want %v (%v)", n, key, e != nil, ok, want.deadline)
	}
	if e == nil {
		return nil
	}
	var scratch [decimal.MaxLen]byte
	if got := string(e.Bytes(scratch[:])); got != want.value || e.StringLen() != len(got) {
		h.fail("db %d key %.20q: %.60q (%d), want %.60q (%d)", n, key, got, e.StringLen(), want.value, len(want.value))
	}
	deadline, has := e.Deadline()
	if has != (want.deadline >= 0) || has && deadline != want.deadline {
		h.fail("db %d key %.20q: deadline %v %v, want %v", n, key, deadline, has, want.deadline)
	}
	return e
}

// set stores a value by one of the ways there are.
func (h *history) set(n int, key string) {
	d, k := h.keys.DB(n), []byte(key)
	e := h.check(n, key)
	value, deadline := h.value(), h.deadline()
	way := h.IntN(4)
	h.note("set %d %.20q %d bytes until %d, way %d", n, key, len(value), deadline, way)
	switch way {
	case 0:
		d.SetString(k, Hash(k), []byte(value), deadline)
	case 1:
		d.PutText(k, Hash(k), e, []byte(value), deadline)
	case 2:
		b := arena.NewBlob(len(value))
		copy(b.Bytes(), value)
		d.PutBlob(k, Hash(k), e, uint64(b.Ref()), deadline)
	case 3:
		i := int64(h.Uint64())
		value = strconv.FormatInt(i, 10)
		d.PutInt(k, Hash(k), e, i, deadline)
	}
	if deadline == KeepDeadline {
		deadline = NoDeadline
		if old, ok := h.get(n, key); ok {
			deadline = old.deadline
		}
	}
	h.model[n][key] = modelEntry{value, deadline}
	if e := h.keys.DB(n).Peek(k, Hash(k)); e != nil {
		if _, isInt := e.Int(); isInt && way == 1 {
			h.fail("text became an integer")
		}
	}
}

// edit changes a value in part.
func (h *history) edit(n int, key string) {
	d, k := h.keys.DB(n), []byte(key)
	e := h.check(n, key)
	m := h.model[n][key]
	part := []byte(h.value())
	offset := h.length()
	if e == nil {
		if len(part) > 0 {
			h.note("create %d %.20q %d+%d", n, key, offset, len(part))
			d.CreateRange(k, Hash(k), offset, part)
			h.model[n][key] = modelEntry{strings.Repeat("\x00", offset) + string(part), NoDeadline}
		}
		return
	}
	switch h.IntN(3) {
	case 0:
		h.note("append %d %.20q %d", n, key, len(part))
		m.value += string(part)
		if got := d.Append(k, Hash(k), e, part); got != len(m.value) {
			h.fail("append says %d", got)
		}
	case 1:
		if len(part) == 0 {
			return
		}
		h.note("setrange %d %.20q %d+%d", n, key, offset, len(part))
		b := []byte(m.value)
		b = append(b, make([]byte, max(0, offset+len(part)-len(b)))...)
		copy(b[offset:], part)
		m.value = string(b)
		if got := d.SetRange(k, Hash(k), e, offset, part); got != len(b) {
			h.fail("setrange says %d", got)
		}
	case 2:
		if i, ok := e.Int(); ok {
			h.note("store %d %.20q", n, key)
			d.StoreInt(e, i+1)
			m.value = strconv.FormatInt(i+1, 10)
		}
	}
	h.model[n][key] = m
}

func (h *history) expire(n int, key string) {
	k := []byte(key)
	if e := h.check(n, key); e != nil {
		m := h.model[n][key]
		m.deadline = max(h.deadline(), NoDeadline)
		h.note("expire %d %.20q %d", n, key, m.deadline)
		h.keys.DB(n).SetDeadline(Hash(k), e, m.deadline)
		h.model[n][key] = m
	}
}

// move renames or copies.
func (h *history) move(n int, key string) {
	e := h.check(n, key)
	to, target := h.IntN(len(h.model)), h.key()
	if h.IntN(2) == 0 {
		to = n
	}
	if e == nil || to == n && key == target {
		return
	}
	from, t := h.keys.DB(n), []byte(target)
	if h.IntN(2) == 0 {
		h.note("rename %d %.20q to %d %.20q", n, key, to, target)
		from.Rename(Hash([]byte(key)), e, h.keys.DB(to), t, Hash(t))
		h.model[to][target] = h.model[n][key]
		delete(h.model[n], key)
	} else {
		h.note("copy %d %.20q to %d %.20q", n, key, to, target)
		h.keys.DB(to).Delete(t, Hash(t))
		from.Copy(e, h.keys.DB(to), t, Hash(t))
		h.model[to][target] = h.model[n][key]
	}
	h.check(to, target)
}

func (h *history) drop(n int, key string) {
	e := h.check(n, key)
	h.note("delete %d %.20q", n, key)
	k := []byte(key)
	if h.IntN(2) == 0 && e != nil {
		h.keys.DB(n).Remove(Hash(k), e)
	} else if h.keys.DB(n).Delete(k, Hash(k)) != (e != nil) {
		h.fail("delete of %q", key)
	}
	delete(h.model[n], key)
}

func (h *history) pin(n int, key string) {
	if e := h.check(n, key); e != nil && e.Pinnable() && len(h.pins) < 20 {
		h.note("pin %d %.20q", n, key)
		b, token := e.Pin()
		h.pins = append(h.pins, pinned{b, token, h.model[n][key].value})
	}
}

func (h *history) unpin() {
	if len(h.pins) > 0 {
		p := h.pins[0]
		h.pins = h.pins[1:]
		if string(p.bytes) != p.want {
			h.fail("pinned bytes changed")
		}
		Unpin(p.token)
	}
}

// live returns how many keys of database n have not expired.
func (h *history) live(n int) int {
	for key := range h.model[n] {
		h.get(n, key)
	}
	return len(h.model[n])
}

func (h *history) pass() {
	h.note("clock")
	h.keys.SetNow(h.keys.now + int64(h.IntN(1000)))
	if h.IntN(50) == 0 {
		h.keys.SetNow(h.keys.now + int64(h.IntN(2_000_000)))
	}
	switch h.IntN(4) {
	case 0:
		if next, ok := h.keys.NextDeadline(); ok {
			for n := range h.model {
				for key, m := range h.model[n] {
					if m.deadline >= 0 && m.deadline < next-1 && m.deadline >= h.keys.now {
						h.fail("next deadline %d, but %q has %d", next, key, m.deadline)
					}
				}
			}
		}
		for !h.keys.Expire(time.Second) {
		}
		for n := range h.model {
			if got, want := h.keys.DB(n).Len(), h.live(n); got != want {
				h.fail("db %d: %d keys, want %d", n, got, want)
			}
		}
	case 1:
		h.keys.Rehash(h.IntN(50))
	case 2:
		h.keys.Reclaim(time.Duration(h.IntN(1000)) * time.Microsecond)
	}
}

// whole looks at all keys of database n at once.
func (h *history) whole(n int) {
	d := h.keys.DB(n)
	seen := map[string]int{}
	for cursor := uint64(0); ; {
		cursor = d.Scan(cursor, func(e *Entry) { seen[string(e.Key())]++ })
		if cursor == 0 {
			break
		}
	}
	if want := h.live(n); len(seen) != want {
		h.fail("scan of db %d: %d keys, want %d", n, len(seen), want)
	}
	for key, times := range seen {
		if _, ok := h.model[n][key]; !ok || times != 1 {
			h.fail("scan of db %d: %q %d times", n, key, times)
		}
	}
	if e := d.Random(); e != nil {
		h.check(n, string(e.Key()))
	} else if len(seen) != 0 {
		h.fail("no random key of %d", len(seen))
	}
}

func (h *history) rare(n int) {
	other := h.IntN(len(h.model))
	switch h.IntN(4) {
	case 0:
		h.note("swap %d %d", n, other)
		h.keys.Swap(n, other)
		h.model[n], h.model[other] = h.model[other], h.model[n]
	case 1:
		h.note("flush %d", n)
		h.keys.DB(n).Flush()
		h.model[n] = map[string]modelEntry{}
	case 2:
		h.whole(n)
	case 3:
		h.keys.checkInvariants()
	}
}

func (h *history) step() {
	n, key := h.IntN(len(h.model)), h.key()
	switch x := h.IntN(1000); {
	case x < 350:
		h.set(n, key)
	case x < 550:
		h.edit(n, key)
	case x < 650:
		h.expire(n, key)
	case x < 750:
		h.move(n, key)
	case x < 880:
		h.drop(n, key)
	case x < 920:
		h.pin(n, key)
	case x < 960:
		h.unpin()
	case x < 995:
		h.pass()
	default:
		h.rare(n)
	}
	h.check(n, key)
}

func (h *history) end() {
	for n := range h.model {
		h.whole(n)
		for key := range h.model[n] {
			h.check(n, key)
		}
	}
	h.keys.checkInvariants()
	for len(h.pins) > 0 {
		h.unpin()
	}
	for _, d := range h.keys.dbs {
		d.Flush()
	}
	for h.keys.Dying() > 0 {
		h.keys.Reclaim(time.Second)
	}
	h.keys.Reclaim(time.Second)
	wheels := int64(0)
	for _, d := range h.keys.dbs {
		d.wheel.Free()
	}
	if used := h.keys.arena.Used() - wheels; used != 0 {
		h.fail("%d bytes are in use by nothing", used)
	}
}

// TestModel compares random histories with maps, over keys so few that they
// meet and so many that tables grow and shrink.
func TestModel(t *testing.T) {
	for _, span := range []int{5, 100, 3000} {
		t.Run(strconv.Itoa(span), func(t *testing.T) {
			seed := seeds.Of(t)
			h := newHistory(t, seed, span)
			for range 30000 {
				stir(h.keys)
				h.step()
			}
			h.end()
		})
	}
}

// TestScanWhileChanging checks the promise of Scan: what is there from
// beginning to end is seen.
func TestScanWhileChanging(t *testing.T) {
	seed := seeds.Of(t)
	for round := range 20 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		k := New(1, modelEpoch)
		d := k.DB(0)
		stay := 1 + r.IntN(2000)
		put := func(key string) { d.SetString([]byte(key), Hash([]byte(key)), []byte("v"), NoDeadline) }
		for i := range stay {
			put("stay" + strconv.Itoa(i))
		}
		seen := map[string]bool{}
		extra := 0
		for cursor := uint64(0); ; {
			cursor = d.Scan(cursor, func(e *Entry) { seen[string(e.Key())] = true })
			if cursor == 0 {
				break
			}
			for range r.IntN(200) {
				if round%2 == 0 && extra < 5000 {
					put("extra" + strconv.Itoa(extra))
					extra++
				} else if extra > 0 {
					extra--
					key := []byte("extra" + strconv.Itoa(extra))
					d.Delete(key, Hash(key))
				} else {
					extra = r.IntN(10000)
				}
			}
			k.Rehash(r.IntN(20))
		}
		for i := range stay {
			if !seen["stay"+strconv.Itoa(i)] {
				t.Fatalf("seed %d: key %d of %d not seen", seed, i, stay)
			}
		}
		k.checkInvariants()
	}
}

// TestPinOutlivesKey frees a pinned value in each way there is.
func TestPinOutlivesKey(t *testing.T) {
	key, other := []byte("k"), []byte("other")
	want := bytes.Repeat([]byte("x"), 100_000)
	ends := map[string]func(d *DB, e *Entry){
		"delete":    func(d *DB, e *Entry) { d.Delete(key, Hash(key)) },
		"overwrite": func(d *DB, e *Entry) { d.SetString(key, Hash(key), []byte("short"), NoDeadline) },
		"setrange":  func(d *DB, e *Entry) { d.SetRange(key, Hash(key), e, 10, []byte("yyyy")) },
		"append":    func(d *DB, e *Entry) { d.Append(key, Hash(key), e, bytes.Repeat([]byte("z"), 5<<20)) },
		"rename":    func(d *DB, e *Entry) { d.Rename(Hash(key), e, d, other, Hash(other)); d.Delete(other, Hash(other)) },
		"flush":     func(d *DB, e *Entry) { d.Flush(); d.keys.Reclaim(time.Second) },
		"expire":    func(d *DB, e *Entry) { d.SetDeadline(Hash(key), e, 1); d.keys.Expire(time.Second) },
	}
	for name, end := range ends {
		k := New(1, modelEpoch)
		d := k.DB(0)
		before := k.arena.Stats().Blobs
		d.SetString(key, Hash(key), want, NoDeadline)
		e := d.Peek(key, Hash(key))
		view, token := e.Pin()
		_, again := e.Pin()
		end(d, e)
		done := make(chan bool)
		go func() { // as a reactor does
			done <- bytes.Equal(view, want)
			Unpin(token)
			Unpin(again)
			close(done)
		}()
		if !<-done {
			t.Errorf("%s: pinned bytes changed", name)
		}
		<-done
		d.Flush()
		k.Reclaim(time.Second)
		if left := k.arena.UsedBy(arena.Value); left != 0 {
			t.Errorf("%s: %d bytes accounted for", name, left)
		}
		if left := k.arena.Stats().Blobs - before; left != 0 {
			t.Errorf("%s: %d bytes left behind", name, left)
		}
	}
}
