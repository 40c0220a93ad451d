package db

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const consumersOfLarge = 5

// largeValues makes a key of n elements of each type with large values, and a
// string beside.
func largeValues(k *Keyspace, d *DB, n int) {
	k.Limits.ListSize, k.Limits.StreamEntries = 4, 4
	name := func(s string) ([]byte, uint64) { return []byte(s), Hash([]byte(s)) }
	key, hash := name("hash")
	var h *Entry
	for i := range n {
		pair := [][]byte{fmt.Append(nil, "field", i), []byte("value")}
		h = d.HashPrepare(key, hash, h, pair)
		d.HashPut(h, pair[0], pair[1])
	}
	key, hash = name("set")
	d.SetAdd(key, hash, nil, names(n))
	key, hash = name("zset")
	z := d.ZCreate(key, hash, n, 10)
	for i := range n {
		d.ZAdd(z, float64(i%100), fmt.Append(nil, "member", i), 0)
	}
	key, hash = name("list")
	l := d.NewList(key, hash)
	for i := range n {
		v := [][]byte{fmt.Append(nil, "element", i)}
		d.ListGrow(l, v)
		d.ListPush(l, v, false)
	}
	largeStream(k, d, n)
	key, hash = name("string")
	d.SetString(key, hash, []byte(strings.Repeat("s", 100)), NoDeadline)
}

// largeStream makes a stream of n entries, which has a group with as many pending.
func largeStream(k *Keyspace, d *DB, n int) {
	key := []byte("stream")
	s := d.CreateStream(key, Hash(key))
	for i := range n {
		s.Append(k, StreamID{uint64(i + 1), 0}, [][]byte{[]byte("f"), []byte("v")})
	}
	g := s.CreateGroup(k, []byte("g"), StreamID{}, 0)
	for i := range consumersOfLarge {
		c := g.CreateConsumer(k, fmt.Append(nil, "c", i))
		for j := i; j < n; j += consumersOfLarge {
			g.Deliver(k, StreamID{uint64(j), 7}, c, k.now)
		}
	}
}

// TestSnapshotIsSliced has large values changed, replaced, dropped and flushed
// during a snapshot: no step of it and no write tells more than some elements.
func TestSnapshotIsSliced(t *testing.T) {
	const n, bound = 20000, 400
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 8 {
		k := New(2, modelEpoch)
		d := k.DB(0)
		largeValues(k, d, n)
		want := copyOf(k)
		sink := newTestSink(func() bool { return true })
		if err := k.BeginSnapshot(sink); err != nil {
			t.Fatal(err)
		}
		most := 0
		check := func(what string) {
			if sink.told > bound {
				t.Errorf("round %d: %s told of %d elements", round, what, sink.told)
			}
			most = max(most, sink.told)
			sink.told = 0
		}
		for i, done := 0, false; !done; i++ {
			if i < 300 || round == 7 {
				changeLarge(k, d, rng, n)
				check("a write")
			}
			if i == 20*round {
				dropLarge(k, d, round)
				check("what drops the keys")
			}
			if round != 7 || i > 1000 {
				done = k.SnapshotStep(0)
				check("a step")
			}
			k.Reclaim(0)
			check("Reclaim")
		}
		if diff := differences(sink.lines(k.now), want); diff != "" {
			t.Fatalf("round %d: %.3000s", round, diff)
		}
		for k.Dying() > 0 {
			k.Reclaim(time.Hour)
		}
		k.checkHashes()
		k.checkEpoch()
		t.Logf("round %d: at most %d elements at once", round, most)
	}
}

// changeLarge changes one element of a key.
func changeLarge(k *Keyspace, d *DB, rng *rand.Rand, n int) {
	names := []string{"hash", "set", "zset", "list", "stream", "string"}
	key := []byte(names[rng.IntN(len(names))])
	hash := Hash(key)
	e := d.Peek(key, hash)
	if e == nil {
		return
	}
	i := rng.IntN(n)
	switch e.Type() {
	case TypeHash:
		d.HashPut(e, fmt.Append(nil, "field", i), []byte("other"))
	case TypeSet:
		member := string(sized(new([16]byte), i))
		d.SetRemove(hash, e, [][]byte{[]byte(member)})
	case TypeZSet:
		d.ZAdd(e, float64(i%77), fmt.Append(nil, "member", i), 0)
	case TypeList:
		v := fmt.Append(nil, "new", i)
		d.ListGrow(e, [][]byte{v})
		switch rng.IntN(4) {
		case 0:
			d.ListPush(e, [][]byte{v}, rng.IntN(2) == 0)
		case 1:
			d.ListSet(e, rng.IntN(e.ListLen()), v)
		case 2:
			d.ListInsert(e, fmt.Append(nil, "element", i), v, true)
		default:
			d.ListDrop(e, 1, rng.IntN(2) == 0)
		}
	case TypeStream:
		s := d.StreamToWrite(e)
		s.Append(k, StreamID{s.LastID().Ms + 1, 0}, [][]byte{[]byte("f"), key})
		s.Delete(k, StreamID{uint64(i), 0})
		changeGroup(k, s, rng, n)
	default:
		d.Append(key, hash, e, key)
	}
}

// changeGroup changes the large group of a stream, if it is there yet.
func changeGroup(k *Keyspace, s *Stream, rng *rand.Rand, n int) {
	g := s.GroupToWrite(k, []byte("g"))
	if g == nil {
		return
	}
	name := fmt.Append(nil, "c", rng.IntN(consumersOfLarge))
	c, id := g.Consumer(name), StreamID{uint64(rng.IntN(n)), 7}
	if c == nil {
		c = g.CreateConsumer(k, name)
	}
	c.SeenMs = int64(rng.IntN(1000))
	g.LastID, g.Read = id, 5
	switch rng.IntN(6) {
	case 0, 1:
		g.Ack(k, id)
	case 2:
		if p := g.PendingToWrite(k, id); p != nil {
			p.Deliveries++
			g.Claim(k, id, p, c)
		}
	case 3:
		g.Deliver(k, StreamID{id.Ms, 9}, c, k.now+1)
	case 4:
		for i := range 50 {
			g.Ack(k, StreamID{id.Ms + uint64(i), 7})
		}
	case 5:
		if rng.IntN(20) == 0 {
			g.DeleteConsumer(k, name)
		}
	}
}

// dropLarge lets large values go in different ways.
func dropLarge(k *Keyspace, d *DB, round int) {
	all := []string{"hash", "set", "zset", "list", "stream"}
	switch round {
	case 0:
		for _, name := range all {
			d.Delete([]byte(name), Hash([]byte(name)))
		}
	case 1:
		for _, name := range all {
			d.SetString([]byte(name), Hash([]byte(name)), []byte("gone"), NoDeadline)
		}
	case 2:
		d.Flush()
	case 3:
		k.Swap(0, 1)
		k.DB(1).Flush()
	case 4:
		for _, name := range all {
			hash := Hash([]byte(name))
			d.SetDeadline(hash, d.Peek([]byte(name), hash), k.now+10)
		}
		k.SetNow(k.now + 100)
		k.Expire(time.Hour)
		k.SetNow(k.now - 100)
	case 5:
		list, hash := []byte("list"), Hash([]byte("list"))
		e := d.Peek(list, hash)
		d.ListDrop(e, e.ListLen()-100, true)
		stream := []byte("stream")
		d.StreamToWrite(d.Peek(stream, Hash(stream))).DestroyGroup(k, []byte("g"))
	case 6:
		for _, name := range all {
			hash := Hash([]byte(name))
			target := []byte("moved " + name)
			d.Rename(hash, d.Peek([]byte(name), hash), k.DB(1), target, Hash(target))
		}
	}
}

// TestSnapshotOfLargeGroup measures the steps of a snapshot and the changes of a
// group that they meet, with the group frozen and, for comparison, told whole.
func TestSnapshotOfLargeGroup(t *testing.T) {
	const n, tries = 200_000, 5
	for _, whole := range []bool{true, false} {
		step, change, grown := time.Hour, time.Hour, int64(0)
		for seed := range uint64(tries) { // the machine has other things to do
			s, c, g := snapshotOfGroup(t, n, whole, rand.New(rand.NewPCG(seed, 4)))
			step, change, grown = min(step, s), min(change, c), max(grown, g)
		}
		t.Logf("%d pending, told whole %v: the longest step %v, the longest change %v, %d KiB more memory", n, whole, step, change, grown>>10)
	}
}

func snapshotOfGroup(t *testing.T, n int, whole bool, rng *rand.Rand) (step, change time.Duration, grown int64) {
	k := New(2, modelEpoch)
	d := k.DB(0)
	if whole {
		k.snapLimits.elements = 10 * n
	}
	k.Limits.StreamEntries = 100
	largeStream(k, d, n)
	// A server has memory made ready by another thread.
	largeStream(k, k.DB(1), n)
	k.DB(1).Flush()
	for k.Dying() > 0 {
		k.Reclaim(time.Hour)
	}
	key := []byte("stream")
	e := d.Peek(key, Hash(key))
	if err := k.BeginSnapshot(blindSink{}); err != nil {
		t.Fatal(err)
	}
	used := int64(k.arena.Used())
	for done := false; !done; {
		id := StreamID{uint64(rng.IntN(n)), 7}
		start := time.Now()
		d.StreamToWrite(e).GroupToWrite(k, []byte("g")).Ack(k, id)
		change = max(change, time.Since(start))
		start = time.Now()
		done = k.SnapshotStep(0)
		step = max(step, time.Since(start))
		grown = max(grown, int64(k.arena.Used())-used)
	}
	k.checkEpoch()
	return step, change, grown
}

// blindSink is a sink that keeps nothing.
type blindSink struct{ forgetful }

// TestSnapshotAllocatesNothing overwrites keys that are told first, and walks
// over the others.
func TestSnapshotAllocatesNothing(t *testing.T) {
	const n = 4000
	k := filled(n, NoDeadline)
	d := k.DB(0)
	if err := k.BeginSnapshot(blindSink{}); err != nil {
		t.Fatal(err)
	}
	var buf [16]byte
	i := 0
	value := []byte("another value")
	if allocs := testing.AllocsPerRun(n/2, func() {
		key := sized(&buf, i)
		d.SetString(key, Hash(key), value, NoDeadline)
		i++
	}); allocs != 0 {
		t.Errorf("%v allocations for a key that is told before it is overwritten", allocs)
	}
	if allocs := testing.AllocsPerRun(100, func() { k.SnapshotStep(0) }); allocs != 0 {
		t.Errorf("%v allocations for a step", allocs)
	}
}

// BenchmarkSnapshot is the cost for each key of a snapshot that nobody takes.
func BenchmarkSnapshot(b *testing.B) {
	const n = 1_000_000
	k := filled(n, NoDeadline)
	b.ResetTimer()
	for i := 0; i < b.N; i += n {
		if err := k.BeginSnapshot(blindSink{}); err != nil {
			b.Fatal(err)
		}
		for !k.SnapshotStep(200 * time.Microsecond) {
		}
	}
}
