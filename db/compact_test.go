package db

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"basalt/internal/seeds"
)

// stir has compaction move a little of what there is, wherever it lies. The
// models call it between two steps: none of them may notice.
func stir(k *Keyspace) {
	k.compaction.limits = compactLimits{part: 1, everything: true}
	k.Compact(0, 0)
}

// scattered returns a keyspace with keys of all types, small and large, of which
// most were deleted at random, elements too.
func scattered(rng *rand.Rand) *Keyspace {
	k := New(2, modelEpoch)
	named := func(kind string, i int) ([]byte, uint64) {
		key := fmt.Appendf(nil, "%s:%05d", kind, i)
		return key, Hash(key)
	}
	element := func(i int) []byte { return fmt.Append(nil, "element ", i, strings.Repeat("x", i%50)) }
	stays := func() bool { return rng.IntN(5) == 0 }
	for i := range 20_000 {
		key, hash := named("string", i)
		deadline := NoDeadline
		if i%3 == 0 {
			deadline = k.now + 1_000_000
		}
		k.DB(i%2).SetString(key, hash, []byte(strings.Repeat("v", []int{10, 300, 9000}[rng.IntN(3)])), deadline)
		key, hash = named("small", i)
		k.DB(i%2).SetAdd(key, hash, nil, [][]byte{element(i), element(i + 1)})
	}
	large := []int{600, 20_000}
	d := k.DB(0)
	for n, count := range large {
		hashKey, hashSum := named("hash", n)
		setKey, setSum := named("set", n)
		zsetKey, zsetSum := named("zset", n)
		listKey, listSum := named("list", n)
		streamKey, streamSum := named("stream", n)
		d.HashPrepare(hashKey, hashSum, nil, [][]byte{[]byte(strings.Repeat("long", 100)), nil})
		z := d.ZCreate(zsetKey, zsetSum, count, 50)
		s := d.CreateStream(streamKey, streamSum)
		d.NewList(listKey, listSum)
		for i := range count {
			d.HashPut(d.Peek(hashKey, hashSum), element(i), element(i))
			if n == 0 && i%2 == 0 {
				d.HashSetDeadline(d.Peek(hashKey, hashSum), element(i), k.now+1_000_000)
			}
			d.SetAdd(setKey, setSum, d.Peek(setKey, setSum), [][]byte{element(i)})
			d.ZAdd(z, float64(rng.IntN(1000)), element(i), 0)
			if i%10 == 0 {
				l := d.Peek(listKey, listSum)
				values := [][]byte{[]byte(strings.Repeat("v", []int{100, 9000}[rng.IntN(2)]))}
				d.ListGrow(l, values)
				d.ListPush(l, values, false)
			}
			s.Append(k, StreamID{uint64(i) + 1, 0}, [][]byte{[]byte("f"), element(i)})
		}
	}
	// What was made last goes first, and nothing in the order in which it lies.
	for n, count := range large {
		for _, i := range rng.Perm(count) {
			if stays() {
				continue
			}
			key, hash := named("hash", n)
			d.HashDelete(d.Peek(key, hash), element(i))
			key, hash = named("set", n)
			d.SetRemove(hash, d.Peek(key, hash), [][]byte{element(i)})
			key, hash = named("zset", n)
			d.ZRemove(d.Peek(key, hash), element(i))
			key, hash = named("stream", n)
			d.StreamToWrite(d.Peek(key, hash)).Delete(k, StreamID{uint64(i) + 1, 0})
		}
	}
	for _, i := range rng.Perm(20_000) {
		for _, kind := range []string{"string", "small"} {
			if key, hash := named(kind, i); !stays() {
				k.DB(i%2).Delete(key, hash)
			}
		}
	}
	for k.Dying() > 0 {
		k.Reclaim(time.Second)
	}
	k.arena.PurgeAll(time.Hour) // slabs that nothing is in
	return k
}

// compactAll has a pass come to its end and returns how many slices it took.
func compactAll(k *Keyspace, budget time.Duration, least int64) (slices int) {
	for slices = 1; !k.Compact(budget, least); slices++ {
	}
	return slices
}

// TestCompact: a pass gives back most of the gaps that deletions left, and
// changes nothing else; a second one has next to nothing to do.
func TestCompact(t *testing.T) {
	k := scattered(rand.New(rand.NewPCG(seeds.Of(t), 0)))
	before, want := k.arena.Stats(), copyOf(k)
	if slices := compactAll(k, 0, 0); slices < 1000 {
		t.Errorf("%d slices: they are too large", slices)
	}
	k.checkHashes()
	if diff := differences(copyOf(k), want); diff != "" {
		t.Fatal(diff)
	}
	k.arena.PurgeAll(time.Hour)
	after, stats := k.arena.Stats(), k.CompactStats()
	t.Logf("%d of %d bytes in slabs are gaps, then %d of %d; %+v", before.SlabFree, before.SlabBytes, after.SlabFree, after.SlabBytes, stats)
	if after.Used != before.Used {
		t.Errorf("%d bytes were used, then %d", before.Used, after.Used)
	}
	if before.SlabFree < before.SlabBytes/2 || after.SlabFree > before.SlabFree/4 {
		t.Errorf("gaps of %d bytes, then of %d", before.SlabFree, after.SlabFree)
	}
	if stats.Moved == 0 || stats.Kept == 0 || stats.KeysMoved == 0 || stats.KeysKept == 0 {
		t.Errorf("%+v", stats)
	}
	compactAll(k, time.Hour, 0)
	if again := k.CompactStats().Moved - stats.Moved; again > stats.Moved/5 {
		t.Errorf("a pass moved %d, the next one %d", stats.Moved, again)
	}
	moved := k.CompactStats().Moved
	compactAll(k, time.Hour, 1<<40)
	if k.CompactStats().Moved != moved || k.Compacting() {
		t.Error("it moves for less than what is to be won")
	}
}

// TestCompactStopped: a pass that is ended in the middle leaves nothing behind.
func TestCompactStopped(t *testing.T) {
	rng := rand.New(rand.NewPCG(seeds.Of(t), 0))
	k := scattered(rng)
	want := copyOf(k)
	for range 5 {
		for range rng.IntN(300) {
			k.Compact(0, 0)
		}
		k.StopCompacting()
		compactAll(k, 0, 0)
		if k.Compacting() {
			t.Fatal("it goes on")
		}
		k.checkHashes()
	}
	if diff := differences(copyOf(k), want); diff != "" {
		t.Fatal(diff)
	}
}
