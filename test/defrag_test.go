package test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// TestActiveDefrag: of a server in which most keys were deleted at random, the
// gaps go back to the system once it is told to move what is left, saves and
// writes meanwhile or not, and the data stays what it is.
func TestActiveDefrag(t *testing.T) {
	t.Parallel()
	if *self {
		return // the reference's allocator is another one
	}
	inModes(t, func(t *testing.T, threads int) {
		const keys, small = 30_000, 3 << 20
		rng := rand.New(rand.NewPCG(seeds.Of(t), 0))
		s := startBasalt(t, threads, harness.Options{Args: []string{"--active-defrag-ignore-bytes", "1mb", "--active-defrag-cycle-max", "75", "--enable-debug-command", "local"}})
		c := dial(t, s)
		var fill [][]string
		for i := range keys {
			n := strconv.Itoa(i)
			fill = append(fill, []string{"SET", "string:" + n, strings.Repeat("v", 800), "EX", "100000"},
				[]string{"HSET", "hash", n, strings.Repeat("v", 100)}, []string{"ZADD", "zset", n, "member:" + n}, []string{"SADD", "set", "member:" + n},
				[]string{"RPUSH", "list:" + strconv.Itoa(i/20), n})
		}
		pour(t, fill, c)
		var empty [][]string
		for _, i := range rng.Perm(keys)[:keys*4/5] {
			n := strconv.Itoa(i)
			empty = append(empty, []string{"DEL", "string:" + n}, []string{"HDEL", "hash", n}, []string{"ZREM", "zset", "member:" + n},
				[]string{"SREM", "set", "member:" + n})
		}
		pour(t, empty, c)
		gaps := func() int64 { return infoNumber(t, c, "memory", "allocator_frag_bytes") }
		if before := gaps(); before < 3*small {
			t.Fatalf("gaps of %d bytes: there is nothing to do", before)
		}
		if infoNumber(t, c, "stats", "active_defrag_hits") != 0 {
			t.Error("memory is moved that nobody asked to move")
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "activedefrag", "yes")
		want(t, c, "+Background saving started\r\n", "BGSAVE")
		digest := do(t, c, "DEBUG", "DIGEST")
		other := dial(t, s)
		want(t, other, "+OK\r\n", "SELECT", "9")
		i := 0
		waitFor(t, "fewer gaps", func() bool {
			do(t, other, "SET", strconv.Itoa(i%5000), strings.Repeat("v", 100+i%2*700))
			do(t, other, "RPUSH", "list", strings.Repeat("v", 500))
			do(t, other, "LPOP", "list")
			i++
			return gaps() < small
		})
		waitFor(t, "the end of it", func() bool { return infoNumber(t, c, "memory", "active_defrag_running") == 0 })
		for _, field := range []string{"active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses", "total_active_defrag_time"} {
			if infoNumber(t, c, "stats", field) == 0 {
				t.Errorf("%s is 0", field)
			}
		}
		want(t, other, "+OK\r\n", "FLUSHDB")
		want(t, c, digest, "DEBUG", "DIGEST")
		want(t, c, "+OK\r\n", "CONFIG", "RESETSTAT")
		if infoNumber(t, c, "stats", "active_defrag_misses") > keys || infoNumber(t, c, "stats", "current_active_defrag_time") > 1000 {
			t.Error("CONFIG RESETSTAT leaves the figures alone")
		}
	})
}

// TestActiveDefragStopped: what is being moved is let be when it is turned off.
func TestActiveDefragStopped(t *testing.T) {
	t.Parallel()
	if *self {
		return
	}
	s := startBasalt(t, 1, harness.Options{Args: []string{"--active-defrag-ignore-bytes", "1", "--active-defrag-threshold-lower", "0", "--active-defrag-cycle-max", "1", "--enable-debug-command", "local"}})
	c := dial(t, s)
	want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "100000", "key", "800")
	var empty [][]string
	for i := range 100_000 {
		if i%4 != 0 {
			empty = append(empty, []string{"DEL", "key:" + strconv.Itoa(i)})
		}
	}
	pour(t, empty, c)
	want(t, c, "+OK\r\n", "CONFIG", "SET", "activedefrag", "yes")
	waitFor(t, "it to begin", func() bool { return infoNumber(t, c, "stats", "active_defrag_hits") > 0 })
	want(t, c, "+OK\r\n", "CONFIG", "SET", "activedefrag", "no")
	waitFor(t, "it to end", func() bool {
		return infoNumber(t, c, "memory", "active_defrag_running") == 0 && infoNumber(t, c, "stats", "current_active_defrag_time") == 0
	})
}
