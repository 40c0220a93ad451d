package db

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"basalt/db/arena"
)

// sized returns key i of 16 bytes.
func sized(buf *[16]byte, i int) []byte {
	binary.LittleEndian.PutUint64(buf[:], uint64(i)*0x9E3779B97F4A7C15)
	binary.LittleEndian.PutUint64(buf[8:], uint64(i))
	return buf[:]
}

func filled(n int, deadline int64) *Keyspace {
	k := New(1, modelEpoch)
	var buf [16]byte
	value := make([]byte, 64)
	for i := range n {
		key := sized(&buf, i)
		k.DB(0).SetString(key, Hash(key), value, deadline)
	}
	return k
}

// TestMemoryPerKey holds the promise of 104 bytes for a key of 16 bytes and a
// value of 64, and 124 with a deadline, at sizes over a doubling.
func TestMemoryPerKey(t *testing.T) {
	for _, c := range []struct {
		deadline int64
		most     float64
	}{{NoDeadline, 104}, {modelEpoch + 100000, 124}} {
		for _, n := range []int{100_000, 130_000, 160_000, 200_000} {
			k := filled(n, c.deadline)
			per := float64(k.arena.Used()) / float64(n)
			t.Logf("%d keys, deadline %v: %.1f bytes a key", n, c.deadline >= 0, per)
			if per > c.most {
				t.Errorf("%d keys: %.1f bytes a key, %v allowed", n, per, c.most)
			}
			k.DB(0).Flush()
			for k.Dying() > 0 {
				k.Reclaim(time.Second)
			}
		}
	}
}

// TestNothingIsAllocated runs what a hot command does to the keyspace.
func TestNothingIsAllocated(t *testing.T) {
	k := filled(1000, NoDeadline)
	d := k.DB(0)
	key, fresh, counter := sized(new([16]byte), 5), []byte("fresh"), []byte("counter")
	short, long, digits := make([]byte, 64), make([]byte, 3000), []byte("12345")
	block := make([]byte, 20000)
	deadline := int64(modelEpoch + 1000)
	d.SetInt(counter, Hash(counter), 1)
	for name, f := range map[string]func(){
		"get":    func() { d.LookupRead(key, Hash(key), true) },
		"miss":   func() { d.LookupRead(fresh, Hash(fresh), true) },
		"set":    func() { d.SetString(key, Hash(key), short, NoDeadline) },
		"resize": func() { d.SetString(key, Hash(key), long, NoDeadline); d.SetString(key, Hash(key), short, NoDeadline) },
		"block":  func() { d.SetString(key, Hash(key), block, NoDeadline) },
		"insert": func() { d.SetString(fresh, Hash(fresh), short, NoDeadline); d.Delete(fresh, Hash(fresh)) },
		"int":    func() { d.SetString(counter, Hash(counter), digits, NoDeadline) },
		"incr": func() {
			e := d.LookupWrite(counter, Hash(counter), true)
			if n, ok := e.Int(); ok {
				d.StoreInt(e, n+1)
			}
		},
		"expire": func() {
			e := d.SetDeadline(Hash(key), d.Peek(key, Hash(key)), deadline)
			d.SetDeadline(Hash(key), e, NoDeadline)
		},
		"append": func() {
			d.SetString(fresh, Hash(fresh), short, NoDeadline)
			for range 20 {
				d.Append(fresh, Hash(fresh), d.Peek(fresh, Hash(fresh)), short)
			}
		},
		"rename": func() {
			d.SetString(fresh, Hash(fresh), short, NoDeadline)
			d.Rename(Hash(fresh), d.Peek(fresh, Hash(fresh)), d, counter, Hash(counter))
			d.SetInt(counter, Hash(counter), 1)
		},
		"expiry": func() {
			d.SetString(fresh, Hash(fresh), short, k.now)
			k.SetNow(k.now + 2)
			k.Expire(time.Second)
		},
		"scan": func() { d.Scan(0, func(*Entry) {}) },
	} {
		f()
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// SetInt is PutInt with its lookup, for tests.
func (d *DB) SetInt(key []byte, hash uint64, n int64) {
	d.PutInt(key, hash, d.Peek(key, hash), n, NoDeadline)
}

// TestFlushIsSliced frees a large database and looks at the longest slice.
func TestFlushIsSliced(t *testing.T) {
	k := filled(300_000, modelEpoch+100000)
	d := k.DB(0)
	start := time.Now()
	if n := d.Flush(); n != 300_000 || d.Len() != 0 {
		t.Fatalf("flushed %d, left %d", n, d.Len())
	}
	flush := time.Since(start)
	slices := 0
	for k.Dying() > 0 {
		k.Reclaim(200 * time.Microsecond)
		slices++
	}
	t.Logf("flush %v, %d slices", flush, slices)
	if slices < 10 {
		t.Errorf("%d slices for 300,000 keys", slices)
	}
	if left := k.arena.UsedBy(arena.Keyspace) + k.arena.UsedBy(arena.Table) + k.arena.UsedBy(arena.Wheel); left != 0 {
		t.Errorf("%d bytes left", left)
	}
}

const batch = 16

// benchmarkPasses runs f for batches of random keys among n, hashed and
// prefetched as the executor does.
func benchmarkPasses(b *testing.B, n int, f func(d *DB, key []byte, hash uint64)) {
	k := filled(n, NoDeadline)
	d := k.DB(0)
	var keys [batch][16]byte
	var hashes [batch]uint64
	x := uint64(1)
	b.ResetTimer()
	for done := 0; done < b.N; done += batch {
		for i := range keys {
			x = x*6364136223846793005 + 1442695040888963407
			hashes[i] = Hash(sized(&keys[i], int(x>>33)%n))
			d.Prefetch(hashes[i])
		}
		for _, h := range hashes {
			d.PrefetchEntry(h)
		}
		for i := range keys {
			f(d, keys[i][:], hashes[i])
		}
	}
	b.StopTimer()
	d.Flush()
	for k.Dying() > 0 {
		k.Reclaim(time.Second)
	}
}

func benchmarkSizes(b *testing.B, f func(d *DB, key []byte, hash uint64)) {
	for _, n := range []int{100_000, 8_000_000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) { benchmarkPasses(b, n, f) })
	}
}

func BenchmarkGet(b *testing.B) {
	sum := 0
	benchmarkSizes(b, func(d *DB, key []byte, hash uint64) {
		sum += int(d.LookupRead(key, hash, true).Bytes(nil)[0])
	})
}

func BenchmarkSet(b *testing.B) {
	value := make([]byte, 64)
	benchmarkSizes(b, func(d *DB, key []byte, hash uint64) { d.SetString(key, hash, value, NoDeadline) })
}

func BenchmarkIncr(b *testing.B) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	key := []byte("counter")
	d.SetInt(key, Hash(key), 0)
	for b.Loop() {
		e := d.LookupWrite(key, Hash(key), true)
		n, _ := e.Int()
		d.StoreInt(e, n+1)
	}
}

// BenchmarkExpire sets deadlines and lets them pass, a ms after the other.
func BenchmarkExpire(b *testing.B) {
	k := New(1, modelEpoch)
	d := k.DB(0)
	value := make([]byte, 64)
	var buf [16]byte
	i := 0
	for b.Loop() {
		key := sized(&buf, i)
		d.SetString(key, Hash(key), value, k.now+int64(i%1000))
		if i++; i%100 == 0 {
			k.SetNow(k.now + 1)
			k.Expire(time.Second)
		}
	}
}

// BenchmarkMemory reports bytes a key at 2 M keys.
func BenchmarkMemory(b *testing.B) {
	for _, deadline := range []int64{NoDeadline, modelEpoch + 100000} {
		b.Run(fmt.Sprintf("deadline=%v", deadline >= 0), func(b *testing.B) {
			const n = 2_000_000
			for b.Loop() {
				k := filled(n, deadline)
				b.ReportMetric(float64(k.arena.Used())/n, "B/key")
				k.DB(0).Flush()
				for k.Dying() > 0 {
					k.Reclaim(time.Second)
				}
			}
		})
	}
}
