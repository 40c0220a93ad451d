package load

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"basalt/bench/client"
)

// CacheOptions describe the use of a server as a cache: each key of the trace is
// read, and written if it was not there.
type CacheOptions struct {
	Address  string
	Conns    int // connections; a key has its own
	Batch    int // uses that are sent before the first is answered, of all connections
	Rate     int // uses per second at most; 0: as fast as they are answered
	Volatile bool
	Trace    Trace
}

// CacheResult is what came of it.
type CacheResult struct {
	// Uses are those of the second half of the trace, when the cache is full, and
	// Hits how many of them found their key.
	Uses, Hits int
}

// Ratio is the share of uses that were hits.
func (r CacheResult) Ratio() float64 {
	if r.Uses == 0 {
		return 0
	}
	return float64(r.Hits) / float64(r.Uses)
}

// Sizes of values, by key.
const (
	cacheValueMin = 64
	cacheValueMax = 512
)

const (
	// cacheTTLMin in ms is longer than any run: keys go because there is no room.
	cacheTTLMin = 600_000
	// cacheTTLSpread in ms is by how much deadlines differ, a little as in
	// practice, so that they do not all expire at once.
	cacheTTLSpread = 2_000
	// cacheKept is the share, one in so many, of keys that have no deadline in a
	// cache of keys that have one. What is never evicted has to fit.
	cacheKept = 64
)

// cacheUser is the state of RunCache.
type cacheUser struct {
	o      CacheOptions
	conns  []*client.Conn
	value  []byte
	key    []byte
	ttl    []byte
	missed map[uint32]struct{} // in this batch, so that each is written once
}

// RunCache replays the trace. One goroutine sends it, batch by batch, so that it
// is the same at each run: the reads of a batch, when those are answered the
// writes of what was missing. An error reply ends it.
func RunCache(ctx context.Context, o CacheOptions) (CacheResult, error) {
	var r CacheResult
	if o.Conns < 1 || o.Batch < 1 || o.Rate < 0 {
		return r, fmt.Errorf("load: a cache of %d connections, batches of %d, %d uses per second", o.Conns, o.Batch, o.Rate)
	}
	u := &cacheUser{o: o, value: makeValue(cacheValueMax), missed: map[uint32]struct{}{}}
	for range o.Conns {
		conn, err := client.Dial(o.Address)
		if err != nil {
			return r, err
		}
		defer conn.Close()
		u.conns = append(u.conns, conn)
	}
	begin := time.Now()
	for done, uses := 0, o.Trace.Uses; done < len(uses); {
		if err := ctx.Err(); err != nil {
			return r, err
		}
		batch := uses[done:min(done+o.Batch, len(uses))]
		hits, err := u.use(batch)
		if err != nil {
			return r, err
		}
		if done >= len(uses)/2 {
			r.Uses += len(batch)
			r.Hits += hits
		}
		if done += len(batch); o.Rate > 0 {
			time.Sleep(time.Until(begin.Add(time.Duration(done) * time.Second / time.Duration(o.Rate))))
		}
	}
	return r, nil
}

// use reads the keys of a batch and writes those that are missing. It returns
// how many were there.
func (u *cacheUser) use(batch []uint32) (hits int, err error) {
	for _, n := range batch {
		u.key = AppendKey(u.key[:0], uint64(n))
		u.conn(n).Queue(wordGet, u.key)
	}
	if err := u.flush(); err != nil {
		return 0, err
	}
	clear(u.missed)
	for _, n := range batch {
		reply, err := u.conn(n).Receive()
		if err != nil {
			return 0, err
		}
		if reply.IsError() {
			return 0, fmt.Errorf("load: GET was answered with %q", reply.Str)
		}
		if !reply.IsNull() {
			hits++
			continue
		}
		u.missed[n] = struct{}{}
	}
	return hits, u.fetch(batch)
}

// fetch writes what was missed, in the order of its uses.
func (u *cacheUser) fetch(batch []uint32) error {
	for _, n := range batch {
		if _, ok := u.missed[n]; ok {
			delete(u.missed, n)
			u.queueSet(n)
		}
	}
	if err := u.flush(); err != nil {
		return err
	}
	for _, conn := range u.conns {
		if err := drain(conn, 0); err != nil {
			return err
		}
	}
	return nil
}

func (u *cacheUser) conn(n uint32) *client.Conn { return u.conns[int(n)%len(u.conns)] }

func (u *cacheUser) flush() error {
	for _, conn := range u.conns {
		if err := conn.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// queueSet queues the write of a key. Its size and deadline are the key's.
func (u *cacheUser) queueSet(n uint32) {
	u.key = AppendKey(u.key[:0], uint64(n))
	value := u.value[:cacheValueSize(n)]
	if !u.o.Volatile || scramble(n)>>32%cacheKept == 0 {
		u.conn(n).Queue(wordSet, u.key, value)
		return
	}
	u.ttl = strconv.AppendUint(u.ttl[:0], cacheTTLMin+scramble(n)%cacheTTLSpread, 10)
	u.conn(n).Queue(wordSet, u.key, value, wordPX, u.ttl)
}

// cacheValueSize is the bytes of a key's value, for some keys the least and for
// some the most.
func cacheValueSize(n uint32) int {
	return cacheValueMin + int(scramble(n)%(cacheValueMax-cacheValueMin+1))
}

// scramble is a number without regard to how popular a key is.
func scramble(n uint32) uint64 {
	x := (uint64(n) + 1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>29) * 0xbf58476d1ce4e5b9
	return x ^ x>>32
}
