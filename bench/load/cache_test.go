package load

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"basalt/bench/client"
)

func TestTraces(t *testing.T) {
	const keys, uses = 10_000, 60_000
	all, again := Traces(keys, uses, 7), Traces(keys, uses, 7)
	other := Traces(keys, uses, 8)
	for i, trace := range all {
		if len(trace.Uses) != uses || trace.Name == "" {
			t.Fatalf("%q has %d uses", trace.Name, len(trace.Uses))
		}
		if !slices.Equal(trace.Uses, again[i].Uses) || slices.Equal(trace.Uses, other[i].Uses) {
			t.Errorf("%s does not follow the seed", trace.Name)
		}
	}
	count := map[uint32]int{}
	for _, n := range all[3].Uses {
		if count[n]++; n >= keys && count[n] > 1 {
			t.Fatalf("key %d of a scan comes again", n)
		}
	}
	scanned := 0
	for n := range count {
		if n >= keys {
			scanned++
		}
	}
	if scanned != uses/3 {
		t.Errorf("%d of %d uses are of a scan", scanned, uses)
	}
	// The most popular key of the last part is that of the first, moved.
	last := all[4].Uses[uses-uses/shiftParts:]
	if got, want := mode(last), uint32((shiftParts-1)*(keys/shiftShare)); got != want {
		t.Errorf("key %d is the most used one in the end, want %d", got, want)
	}
}

// mode is the key that is used most.
func mode(uses []uint32) uint32 {
	count, best := map[uint32]int{}, uint32(0)
	for _, n := range uses {
		if count[n]++; count[n] > count[best] {
			best = n
		}
	}
	return best
}

// TestZipf holds the frequencies of the first keys against the law.
func TestZipf(t *testing.T) {
	const keys, uses = 1000, 200_000
	for i, exponent := range Exponents {
		sum := 0.0
		for n := range keys {
			sum += math.Pow(float64(n+1), -exponent)
		}
		count := [keys]int{}
		for _, n := range Traces(keys, uses, 1)[i].Uses {
			count[n]++
		}
		for n := range 5 {
			want := uses * math.Pow(float64(n+1), -exponent) / sum
			if got := float64(count[n]); math.Abs(got-want) > 6*math.Sqrt(want) {
				t.Errorf("exponent %v: key %d has %v uses, want %.0f", exponent, n, got, want)
			}
		}
	}
}

// TestCacheValues: sizes are mixed and belong to the key.
func TestCacheValues(t *testing.T) {
	least, most := math.MaxInt, 0
	for n := range uint32(20_000) {
		size := cacheValueSize(n)
		least, most = min(least, size), max(most, size)
	}
	if least != cacheValueMin || most != cacheValueMax {
		t.Errorf("values of %d to %d bytes, want %d to %d", least, most, cacheValueMin, cacheValueMax)
	}
}

// TestRunCache counts hits where nothing is evicted: all uses but the first of
// each key in another batch.
func TestRunCache(t *testing.T) {
	address := start(t)
	// Keys 0 to 99, twice: the second half hits. One comes twice in a batch.
	var uses []uint32
	for i := range uint32(200) {
		uses = append(uses, i%100)
	}
	uses = append(uses, 500, 500)
	o := CacheOptions{Address: address, Conns: 3, Batch: 7, Volatile: true, Trace: Trace{"twice", uses}}
	// Counted from the first batch that begins in the second half.
	const counted = 202 - 15*7
	for _, misses := range []int{2, 0} {
		r, err := RunCache(context.Background(), o)
		if err != nil || r.Uses != counted || r.Hits != counted-misses {
			t.Errorf("%+v, %v; want %d misses of %d", r, err, misses, counted)
		}
	}
	c, err := client.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Do("DBSIZE"); err != nil || n.Int() != 101 {
		t.Errorf("%v keys, %v", n, err)
	}
	for _, n := range []uint32{0, 99, 500} {
		key := string(AppendKey(nil, uint64(n)))
		if v, err := c.Do("STRLEN", key); err != nil || v.Int() != int64(cacheValueSize(n)) {
			t.Errorf("%s has %v bytes, %v", key, v, err)
		}
	}
	if info, err := c.Info("keyspace"); err != nil || strings.Contains(info["db0"], "expires=0") {
		t.Errorf("no deadlines: %q, %v", info, err)
	}
}

func TestRunCacheStops(t *testing.T) {
	address := start(t)
	o := CacheOptions{Address: address, Conns: 1, Batch: 10, Trace: Trace{"one", []uint32{1}}}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := RunCache(ctx, o); err == nil {
		t.Error("it goes on when it is cancelled")
	}
	c, err := client.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do("CONFIG", "SET", "maxmemory", "1"); err != nil {
		t.Fatal(err)
	}
	if _, err := RunCache(context.Background(), o); err == nil {
		t.Error("a refused write went well")
	}
	if _, err := RunCache(context.Background(), CacheOptions{Address: address}); err == nil {
		t.Error("no connections are taken")
	}
}
