package test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// TestEvictionAtRandom: keys of all types in several databases come and go under
// changing limits and policies, in transactions too, while snapshots are
// written. The server answers all of it, and its log leads to the same data.
func TestEvictionAtRandom(t *testing.T) {
	t.Parallel()
	start := seeds.Of(t)
	inModes(t, func(t *testing.T, threads int) {
		const rounds, databases = 800, 4
		rng := rand.New(rand.NewPCG(start, uint64(threads)))
		s := startBasalt(t, threads, harness.Options{Args: []string{
			"--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru", "--appendonly", "yes", "--appendfsync", "no", "--enable-debug-command", "local",
		}})
		c := dial(t, s)
		for round := range rounds {
			var commands [][]string
			if rng.IntN(50) == 0 {
				commands = append(commands, []string{"CONFIG", "SET", "maxmemory-policy", evictionPolicies[rng.IntN(len(evictionPolicies))],
					"maxmemory", []string{"1", "4mb", "8mb", "16mb"}[rng.IntN(4)]})
			}
			if rng.IntN(100) == 0 {
				commands = append(commands, []string{[]string{"BGSAVE", "BGREWRITEAOF"}[rng.IntN(2)]})
			}
			multi := rng.IntN(4) == 0
			if multi {
				commands = append(commands, []string{"WATCH", "string:1"}, []string{"MULTI"})
			}
			commands = append(commands, []string{"SELECT", strconv.Itoa(rng.IntN(databases))})
			for range 1 + rng.IntN(20) {
				commands = append(commands, evictionCommand(rng))
			}
			if multi {
				commands = append(commands, []string{"EXEC"})
			}
			var batch []byte
			for _, args := range commands {
				batch = harness.AppendRequest(batch, args...)
			}
			if err := c.Write(batch); err != nil {
				t.Fatal(err)
			}
			for _, args := range commands {
				if _, err := c.Receive(); err != nil {
					t.Fatalf("round %d, %.100q: %v\n%s", round, args, err, s.Output())
				}
			}
		}
		if infoNumber(t, c, "stats", "evicted_keys") == 0 {
			t.Error("nothing was evicted")
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
		before := do(t, c, "DEBUG", "DIGEST")
		want(t, c, "+OK\r\n", "DEBUG", "LOADAOF")
		if after := do(t, c, "DEBUG", "DIGEST"); after != before {
			t.Errorf("the log leads to %s, not to %s\n%s", after, before, s.Output())
		}
	})
}

// evictionCommand is one that makes, changes or reads a key.
func evictionCommand(rng *rand.Rand) []string {
	types := []string{"string", "hash", "list", "set", "zset", "stream"}
	kind := types[rng.IntN(len(types))]
	key := kind + ":" + strconv.Itoa(rng.IntN(300))
	text := strings.Repeat("x", []int{3, 100, 3000, 5000, 40_000, 300_000}[rng.IntN(6)])
	var items []string
	for range 1 + rng.IntN(100) {
		items = append(items, "item:"+strconv.Itoa(rng.IntN(2000)))
	}
	paired := slices.Concat(items, items)
	switch rng.IntN(6) {
	case 0:
		return []string{"EXPIRE", key, "1000000"}
	case 1:
		return []string{"DUMP", key}
	case 2:
		return []string{[]string{"DEL", "UNLINK", "PERSIST", "TOUCH"}[rng.IntN(4)], key}
	}
	switch kind {
	case "hash":
		return append([]string{"HSET", key}, paired...)
	case "list":
		return append([]string{"RPUSH", key, text[:min(len(text), 5000)]}, items...)
	case "set":
		return append([]string{"SADD", key}, items...)
	case "zset":
		scored := []string{"ZADD", key}
		for _, item := range items {
			scored = append(scored, strconv.Itoa(rng.IntN(1000)), item)
		}
		return scored
	case "stream":
		return append([]string{"XADD", key, "*"}, paired...)
	}
	return []string{[]string{"SET", "APPEND", "GETSET"}[rng.IntN(3)], key, text}
}
