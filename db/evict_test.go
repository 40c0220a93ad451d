package db

import (
	recency "container/list"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"basalt/db/arena"
	"basalt/internal/seeds"
)

// trace draws the numbers of keys.
type trace struct {
	name string
	next func(i int) int
}

const (
	traceKeys  = 60_000
	traceCache = 6_000
	traceUses  = 240_000
	// usesPerSecond makes the clock go as under load.
	usesPerSecond = 3_000
)

// zipf returns a source of numbers below n, of which the i-th has the
// probability 1/(i+1)^a. math/rand knows only exponents over 1.
func zipf(r *rand.Rand, n int, a float64) func() int {
	sums := make([]float64, n)
	sum := 0.0
	for i := range sums {
		sum += math.Pow(float64(i+1), -a)
		sums[i] = sum
	}
	return func() int {
		i, _ := slices.BinarySearch(sums, r.Float64()*sum)
		return i
	}
}

func traces(r *rand.Rand) []trace {
	var all []trace
	for _, a := range []float64{0.9, 1.0, 1.1} {
		next := zipf(r, traceKeys, a)
		all = append(all, trace{fmt.Sprintf("zipf %.1f", a), func(int) int { return next() }})
	}
	next := zipf(r, traceKeys, 1.0)
	all = append(all, trace{"zipf 1.0 with scans", func(i int) int {
		if i/15_000%3 == 2 {
			return traceKeys + i // never again
		}
		return next()
	}}, trace{"zipf 1.0 that shifts", func(i int) int { return (next() + i/60_000*150) % traceKeys }})
	return all
}

// hitRatio is how often a key of the trace is there in the second half.
func hitRatio(t trace, policy AccessPolicy, v Victims) float64 {
	k := New(1, 1_700_000_000_000)
	k.Policy = policy
	d := k.DB(0)
	hits := 0
	for i := range traceUses {
		k.SetNow(1_700_000_000_000 + int64(i)*1000/usesPerSecond)
		key := fmt.Appendf(nil, "key:%09d", t.next(i))
		hash := Hash(key)
		if d.LookupRead(key, hash, true) != nil {
			if i >= traceUses/2 {
				hits++
			}
			continue
		}
		for d.Len() >= traceCache {
			k.Evict(v)
		}
		d.SetString(key, hash, []byte("v"), NoDeadline)
	}
	return float64(hits) / (traceUses / 2)
}

// exactLRU is the same for a cache that always evicts the key whose last use is
// the longest ago.
func exactLRU(t trace) float64 {
	order, places := recency.New(), map[int]*recency.Element{}
	hits := 0
	for i := range traceUses {
		key := t.next(i)
		if e := places[key]; e != nil {
			order.MoveToFront(e)
			if i >= traceUses/2 {
				hits++
			}
			continue
		}
		if len(places) == traceCache {
			last := order.Back()
			delete(places, order.Remove(last).(int))
		}
		places[key] = order.PushFront(key)
	}
	return float64(hits) / (traceUses / 2)
}

func TestEvictionHitRatio(t *testing.T) {
	counter := AccessPolicy{Access: ByCounter, LogFactor: 10, DecayTime: 1}
	v := Victims{Samples: 5}
	seed := seeds.Of(t)
	at := func(i int) trace { return traces(rand.New(rand.NewPCG(seed, 1)))[i] }
	for _, i := range []int{1, 3, 4} {
		name := at(i).name
		exact := exactLRU(at(i))
		lru := hitRatio(at(i), AccessPolicy{}, v)
		lfu := hitRatio(at(i), counter, v)
		best := hitRatio(at(i), AccessPolicy{Access: ByFrequency}, v)
		t.Logf("%-20s exact LRU %.4f, LRU %.4f, LFU %.4f, TinyLFU %.4f", name, exact, lru, lfu, best)
		if lru < exact-0.015 {
			t.Errorf("%s: LRU has %.4f hits, exact it would have %.4f", name, lru, exact)
		}
		if best < max(lru, lfu)+0.001 {
			t.Errorf("%s: TinyLFU has %.4f hits, LRU %.4f and LFU %.4f", name, best, lru, lfu)
		}
	}
}

// TestEvictVolatile: keys without a deadline stay, whatever share of all they
// are, and of those with one the first to expire go first.
func TestEvictVolatile(t *testing.T) {
	const start = 1_700_000_000_000
	for _, kept := range []int{0, 100, 5_000} {
		for _, by := range []Criterion{ByUse, AtRandom, ByDeadline} {
			k := New(3, start)
			const volatile = 200
			for i := range kept {
				key := fmt.Appendf(nil, "kept:%d", i)
				k.DB(i%3).SetString(key, Hash(key), []byte("v"), NoDeadline)
			}
			for i := range volatile {
				key := fmt.Appendf(nil, "volatile:%d", i)
				k.DB(2).SetString(key, Hash(key), []byte("v"), start+int64(i+1)*60_000)
			}
			var gone []string
			k.OnEvict = func(d *DB, key []byte) { gone = append(gone, string(key)) }
			for k.Evict(Victims{By: by, Volatile: true, Samples: 5}) {
				k.checkInvariants()
			}
			if k.Len() != kept || len(gone) != volatile || k.Evicted != volatile {
				t.Fatalf("%d keys are left of %d, %d were evicted", k.Len(), kept, len(gone))
			}
			slices.Sort(gone)
			if len(slices.Compact(gone)) != volatile {
				t.Error("a key was evicted twice")
			}
		}
	}
}

// TestEvictByDeadline: the keys that expire first go, with a little play.
func TestEvictByDeadline(t *testing.T) {
	const start, count = 1_700_000_000_000, 10_000
	k := New(1, start)
	d := k.DB(0)
	for _, i := range rand.New(rand.NewPCG(seeds.Of(t), 2)).Perm(count) {
		key := fmt.Appendf(nil, "%d", i)
		d.SetString(key, Hash(key), []byte("v"), start+int64(i+1)*1000)
	}
	late := 0
	k.OnEvict = func(_ *DB, key []byte) {
		var i int
		fmt.Sscan(string(key), &i)
		if i > count/2+count/10 {
			late++
		}
	}
	for range count / 2 {
		k.Evict(Victims{By: ByDeadline, Volatile: true, Samples: 5})
	}
	if late > 0 {
		t.Errorf("of the first half %d were far from it", late)
	}
}

// TestEvictVolatileGone: a candidate whose memory has come to be a key of the same
// name without a deadline is none any more.
func TestEvictVolatileGone(t *testing.T) {
	const start = 1_700_000_000_000
	key, hash := []byte("key"), Hash([]byte("key"))
	again := false
	for _, by := range []Criterion{ByUse, ByDeadline} {
		k := New(1, start)
		d := k.DB(0)
		d.SetString(key, hash, []byte("v"), start+60_000)
		before := d.Peek(key, hash).ref()
		k.drawCandidates(Victims{By: by, Volatile: true, Samples: 5})
		k.candidates.by = Victims{By: by, Volatile: true, Samples: 5}
		d.Remove(hash, d.Peek(key, hash))
		// As long as with the deadline.
		d.SetString(key, hash, []byte("v0123456789abcdef"), NoDeadline)
		again = again || d.Peek(key, hash).ref() == before
		if k.candidates.count == 0 || k.Evict(Victims{By: by, Volatile: true, Samples: 5}) {
			t.Errorf("criterion %d: a key without a deadline was evicted", by)
		}
	}
	if !again {
		t.Error("no memory was used again: this tests nothing")
	}
}

// TestPolicyForgets: the memory of what was evicted goes with the policy that
// asked for it.
func TestPolicyForgets(t *testing.T) {
	k := New(1, 1_700_000_000_000)
	k.SetPolicy(AccessPolicy{Access: ByFrequency})
	for i := range 1000 {
		key := fmt.Appendf(nil, "key:%d", i)
		k.DB(0).SetString(key, Hash(key), []byte("v"), NoDeadline)
	}
	before := k.arena.UsedBy(arena.Index)
	k.Evict(Victims{Samples: 5})
	if k.arena.UsedBy(arena.Index) == before {
		t.Fatal("nothing is remembered")
	}
	k.SetPolicy(AccessPolicy{})
	if after := k.arena.UsedBy(arena.Index); after != before {
		t.Errorf("%d bytes before, %d after", before, after)
	}
}

// TestMemoryOfEvicted: what is remembered of keys that were evicted shrinks with
// the keys that are left, and stays while their count does.
func TestMemoryOfEvicted(t *testing.T) {
	const count = 100_000
	k := New(1, 1_700_000_000_000)
	k.SetPolicy(AccessPolicy{Access: ByFrequency})
	for i := range count {
		key := fmt.Appendf(nil, "key:%d", i)
		k.DB(0).SetString(key, Hash(key), []byte("v"), NoDeadline)
	}
	before, sizes := k.arena.UsedBy(arena.Index), 0
	for last := before; k.Evict(Victims{Samples: 5}); {
		size := k.arena.UsedBy(arena.Index)
		if size != last {
			sizes++
		}
		last = size
		if most := int64(max(64*sketchLines0, k.Len()*(64/keysPerLine*4+1))); size-before > most {
			t.Fatalf("%d bytes for %d keys", size-before, k.Len())
		}
	}
	if sizes == 0 || sizes > 6 {
		t.Errorf("%d sizes", sizes)
	}
}

// TestClockSetBack: what was used before the clock was set back counts as used
// now, not as unused for longer than anything else.
func TestClockSetBack(t *testing.T) {
	const now = 1_700_000_000_000
	hot, cold := []byte("hot"), []byte("cold")
	for _, access := range []Access{ByClock, ByCounter} {
		for _, back := range []int64{1, 60, clockSlack - 60} {
			k := New(1, now)
			k.SetPolicy(AccessPolicy{Access: access, LogFactor: 0, DecayTime: 1})
			d := k.DB(0)
			d.SetString(cold, Hash(cold), []byte("v"), NoDeadline)
			k.SetNow(now + 10_000)
			d.SetString(hot, Hash(hot), []byte("v"), NoDeadline)
			d.LookupRead(hot, Hash(hot), true)
			freq := k.Freq(d.Peek(hot, Hash(hot)))
			k.SetNow(now + 10_000 - back*1000)
			e := d.Peek(hot, Hash(hot))
			if idle := k.Idle(e); access == ByClock && idle != 0 {
				t.Errorf("%d s back: idle for %d s", back, idle)
			}
			if got := k.Freq(e); access == ByCounter && got != freq {
				t.Errorf("%d s back: frequency %d, was %d", back, got, freq)
			}
			if back < 10 && !k.Evict(Victims{Samples: 10}) || d.Entry(hot, Hash(hot)) == nil {
				t.Errorf("%d s back: the key that is in use was evicted", back)
			}
		}
	}
}
