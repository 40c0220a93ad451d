package test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// Large enough that a snapshot goes through them in parts.
const (
	largeMembers = 4000
	largeKeys    = 4
	smallKeys    = 1500
)

// TestSnapshotUnderLoad: whatever happens while a snapshot is written, what is
// in the file is what there was at BGSAVE. Two servers get the same commands up
// to it, the second one only those: they must have the same data when the first
// one's file is loaded. The commands go on behind BGSAVE in the same pipeline.
func TestSnapshotUnderLoad(t *testing.T) {
	t.Parallel()
	if *self {
		return // it is about this server only
	}
	inModes(t, func(t *testing.T, threads int) {
		seed := seeds.Of(t)
		rng := rand.New(rand.NewPCG(seed, 0))
		dir, work := dataFolder(t), dataFolder(t)
		s := basaltIn(t, threads, dir, "--rdb-version", "10")
		model := dial(t, basaltIn(t, threads, work))
		c := dial(t, s)
		// The reference's tool does not know fields that expire: it looks at the
		// files of one mode, and the other one has them.
		changer := &changer{rng: rng, fields: threads > 1}
		pour(t, changer.fill(), c, model)
		for round := range max(*crashRounds, 2) {
			pour(t, changer.changes(500), c, model)
			// Nobody but this connection writes in database 0. Others write to one
			// that the model does not look at.
			background := noisyNeighbours(t, s, round)
			before := changer.changes(200)
			pipeline := append(append(before, []string{"BGSAVE"}), changer.changes(4000)...)
			for at := len(before) + 1; at < len(pipeline); at += 200 {
				pipeline[at] = []string{"INFO", "persistence"}
			}
			pour(t, before, model)
			wanted := do(t, model, "DEBUG", "DIGEST")
			replies := pour(t, pipeline, c)
			if got := replies[len(before)]; got != "+Background saving started\r\n" {
				t.Fatalf("BGSAVE: %q", got)
			}
			during := 0
			for _, reply := range replies {
				if strings.Contains(reply, "\r\ncurrent_save_keys_total:") && !strings.Contains(reply, "\r\ncurrent_save_keys_total:0") {
					during++
				}
			}
			t.Logf("round %d: %d of 20 looks at what was going on saw the walk", round, during)
			jobsEnd(t, c)
			background()
			if got := persistence(t, c, "rdb_last_bgsave_status"); got != "ok" {
				t.Fatalf("BGSAVE ended with %s\n%s", got, s.Output())
			}
			if !changer.fields {
				accepts(t, "redis-check-rdb", filepath.Join(dir, "dump.rdb"))
			}
			loadedEqual(t, threads, read(t, dir, "dump.rdb"), model, wanted, round)
			// The model catches up.
			pour(t, pipeline[len(before)+1:], model)
			want(t, c, "+OK\r\n", "SELECT", neighbours)
			want(t, c, "+OK\r\n", "FLUSHDB")
			want(t, c, "+OK\r\n", "SELECT", "0")
			want(t, c, do(t, model, "DEBUG", "DIGEST"), "DEBUG", "DIGEST")
			if t.Failed() {
				return
			}
		}
	})
}

// pour sends commands in pipelines, to several servers one after the other, and
// returns what the last one replied.
func pour(t *testing.T, calls [][]string, clients ...*harness.Client) (replies []string) {
	t.Helper()
	for _, c := range clients {
		replies = replies[:0]
		var wg sync.WaitGroup
		wg.Go(func() {
			var out []byte
			for _, call := range calls {
				out = harness.AppendRequest(out, call...)
				if len(out) > 1<<16 {
					if c.Write(out) != nil {
						return
					}
					out = out[:0]
				}
			}
			_ = c.Write(out) // the replies that do not come tell of it
		})
		for _, call := range calls {
			reply, err := c.Receive()
			if err != nil {
				t.Fatalf("%.100q: %v", call, err)
			}
			replies = append(replies, string(reply))
		}
		wg.Wait()
	}
	return replies
}

// loadedEqual loads a snapshot and compares it with the model's server.
func loadedEqual(t *testing.T, threads int, snapshot []byte, model *harness.Client, wanted string, round int) {
	t.Helper()
	dir := dataFolder(t)
	write(t, dir, "dump.rdb", snapshot)
	s := basaltIn(t, threads, dir)
	defer end(t, s)
	c := dial(t, s)
	// The neighbours' database is not compared.
	want(t, c, "+OK\r\n", "SELECT", neighbours)
	want(t, c, "+OK\r\n", "FLUSHDB")
	want(t, c, "+OK\r\n", "SELECT", "0")
	if got := do(t, c, "DEBUG", "DIGEST"); got == wanted {
		return
	}
	t.Errorf("round %d: the snapshot is not what there was at BGSAVE", round)
	for _, db := range []string{"0", "1"} {
		for _, client := range []*harness.Client{c, model} {
			want(t, client, "+OK\r\n", "SELECT", db)
		}
		for _, key := range flat(do(t, model, "KEYS", "*")) {
			a, b := do(t, c, "DEBUG", "DIGEST-VALUE", key), do(t, model, "DEBUG", "DIGEST-VALUE", key)
			if a != b {
				t.Errorf("database %s, %s: %s %s, want %s", db, key, do(t, c, "TYPE", key), a, b)
			}
		}
		if a, b := do(t, c, "DBSIZE"), do(t, model, "DBSIZE"); a != b {
			t.Errorf("database %s has %s keys, want %s", db, a, b)
		}
	}
}

// neighbours is the number of a database that others write to.
const neighbours = "9"

// noisyNeighbours writes until it is told to end.
func noisyNeighbours(t *testing.T, s *harness.Server, round int) (end func()) {
	t.Helper()
	var stop atomic.Bool
	var wg sync.WaitGroup
	c := dial(t, s)
	want(t, c, "+OK\r\n", "SELECT", neighbours)
	wg.Go(func() {
		for i := 0; !stop.Load(); i++ {
			if _, err := c.Do("HSET", fmt.Sprintf("h%d", i%5), fmt.Sprintf("f%d", i%3000), itoa(round)); err != nil {
				return
			}
		}
	})
	return func() {
		stop.Store(true)
		wg.Wait()
	}
}

// changer makes commands whose effect follows from what they are.
type changer struct {
	rng    *rand.Rand
	number int
	fields bool // give fields of hashes a time to live
}

// fill makes the keys.
func (g *changer) fill() (calls [][]string) {
	for i := range smallKeys {
		calls = append(calls, []string{"SET", "small:" + itoa(i), itoa(i)})
	}
	for key := range largeKeys {
		for i := range largeMembers {
			m := "member:" + itoa(i)
			calls = append(calls,
				[]string{"HSET", "hash:" + itoa(key), m, itoa(i)}, []string{"SADD", "set:" + itoa(key), m},
				[]string{"ZADD", "zset:" + itoa(key), itoa(i), m}, []string{"RPUSH", "list:" + itoa(key), m})
			if key < 2 {
				calls = append(calls, []string{"XADD", "stream:" + itoa(key), g.next() + "-1", "f", m})
			}
		}
	}
	for key := range 2 {
		calls = append(calls, []string{"XGROUP", "CREATE", "stream:" + itoa(key), "group", "0"})
	}
	return calls
}

func (g *changer) next() string {
	g.number++
	return itoa(g.number)
}

func (g *changer) changes(n int) (calls [][]string) {
	for range n {
		calls = append(calls, g.change())
	}
	return calls
}

// change makes a command. Large keys are written in all places, and now and
// then renamed, copied, moved, deleted and made anew.
func (g *changer) change() []string {
	n := g.next()
	of := func(kind string) string { return kind + ":" + itoa(g.rng.IntN(largeKeys)) }
	m := "member:" + itoa(g.rng.IntN(largeMembers*5/4))
	place := itoa(g.rng.IntN(largeMembers))
	if g.fields && g.rng.IntN(12) == 0 {
		return g.deadline(of("hash"), m)
	}
	switch g.rng.IntN(40) {
	case 0, 1, 2, 3:
		return []string{"HSET", of("hash"), m, n}
	case 4, 5:
		return []string{"HDEL", of("hash"), m}
	case 6, 7:
		return []string{"SADD", of("set"), m}
	case 8, 9:
		return []string{"SREM", of("set"), m}
	case 10, 11, 12:
		return []string{"ZADD", of("zset"), n, m}
	case 13:
		return []string{"ZREM", of("zset"), m}
	case 14, 15:
		return []string{"LSET", of("list"), place, n}
	case 16:
		return []string{"LPUSH", of("list"), n, n}
	case 17:
		return []string{"RPOP", of("list"), "2"}
	case 18:
		return []string{"LINSERT", of("list"), "BEFORE", m, n}
	case 19:
		return []string{"LREM", of("list"), "1", m}
	case 20, 21:
		return []string{"XADD", of("stream"), n + "-1", "f", n}
	case 22:
		return []string{"XDEL", of("stream"), place + "-1"}
	case 23:
		return []string{"XACK", of("stream"), "group", place + "-1"}
	case 24:
		return []string{"XREADGROUP", "GROUP", "group", "reader", "COUNT", "10", "STREAMS", of("stream"), ">"}
	case 25:
		return g.whole(of)
	case 26:
		return []string{"DEL", "small:" + place}
	case 27:
		return []string{"LPOP", of("list")}
	case 28:
		return []string{"PEXPIREAT", "small:" + place, "9900000000" + itoa(100+g.rng.IntN(900))}
	case 29:
		return []string{"RENAME", "small:" + place, "other:" + place}
	}
	return []string{"SET", "small:" + itoa(g.rng.IntN(smallKeys*2)), n}
}

// deadline makes a command about the time to live of fields, one of which is m.
func (g *changer) deadline(hash, m string) []string {
	at := "9900000000" + itoa(100+g.rng.IntN(900))
	fields := []string{"FIELDS", "2", m, "member:" + itoa(g.rng.IntN(largeMembers))}
	switch g.rng.IntN(8) {
	case 0:
		return append([]string{"HPERSIST", hash}, fields...)
	case 1:
		return append([]string{"HPEXPIREAT", hash, "1"}, fields...) // it is gone at once
	case 2:
		return []string{"HSETEX", hash, "PXAT", at, "FIELDS", "1", m, g.next()}
	case 3:
		return append([]string{"HGETEX", hash, "PXAT", at}, fields...)
	case 4:
		return append([]string{"HGETDEL", hash}, fields...)
	case 5:
		if g.rng.IntN(60) == 0 {
			return []string{"FLUSHALL"} // seldom, or little is left to save
		}
	}
	return append([]string{"HPEXPIREAT", hash, at}, fields...)
}

// whole makes a command that takes a large key at once.
func (g *changer) whole(of func(string) string) []string {
	kind := pickOne(g.rng, "hash", "set", "zset", "list", "stream")
	switch g.rng.IntN(12) {
	case 0:
		return []string{"RENAME", of(kind), of(kind)}
	case 1:
		return []string{"COPY", of(kind), of(kind), "REPLACE"}
	case 2:
		return []string{"COPY", of(kind), of(kind), "DB", "1", "REPLACE"}
	case 3:
		return []string{"MOVE", of(kind), "1"}
	case 4:
		if g.rng.IntN(4) == 0 {
			return []string{"UNLINK", of(kind)}
		}
	case 5:
		return []string{"SUNIONSTORE", of("set"), of("set"), of("set")}
	case 6:
		return []string{"SWAPDB", "0", "1"}
	case 7:
		return []string{"ZUNIONSTORE", of("zset"), "2", of("zset"), of("set")}
	case 8:
		return []string{"ZREMRANGEBYRANK", of("zset"), "10", "50"}
	case 9:
		if g.rng.IntN(10) == 0 {
			return []string{"FLUSHDB"}
		}
	case 10:
		return []string{"LTRIM", of("list"), "20", "-20"}
	}
	return []string{"SORT", of("list"), "BY", "nosort", "STORE", of("list")}
}
