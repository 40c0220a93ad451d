package test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"basalt/test/harness"
	"basalt/test/script"
)

// scanStep asks for one step of an iteration.
func scanStep(t *testing.T, c *harness.Client, cursor string, options ...string) (string, []string) {
	t.Helper()
	reply := do(t, c, append([]string{"SCAN", cursor}, options...)...)
	next, keys, err := script.Scanned([]byte(reply))
	if err != nil {
		t.Fatal(err)
	}
	return next, keys
}

// TestScan: what is there from the first step to the last is returned, however
// much comes and goes in between, and however the table grows and shrinks.
func TestScan(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		rng := rand.New(rand.NewPCG(1, uint64(threads)))
		const stay = 5000
		for i := range stay {
			want(t, c, "+OK\r\n", "SET", fmt.Sprint("stay:", i), "x")
		}
		extra := 0
		change := func(grow bool) {
			var request []byte
			count := 1 + rng.IntN(900)
			for range count {
				if grow {
					request = harness.AppendRequest(request, "SET", fmt.Sprint("extra:", extra), "x")
					extra++
				} else {
					request = harness.AppendRequest(request, "DEL", fmt.Sprint("extra:", rng.IntN(extra+1)))
				}
			}
			if err := c.Write(request); err != nil {
				t.Fatal(err)
			}
			for range count {
				if _, err := c.Receive(); err != nil {
					t.Fatal(err)
				}
			}
		}
		for round, options := range [][]string{
			{"COUNT", "10"}, {"COUNT", "100"}, {"COUNT", "1"}, {"MATCH", "stay:*", "COUNT", "50"}, {"TYPE", "string", "COUNT", "77"},
		} {
			seen := map[string]bool{}
			cursor, steps := "0", 0
			for {
				var keys []string
				cursor, keys = scanStep(t, c, cursor, options...)
				for _, key := range keys {
					seen[key] = true
					if options[0] == "MATCH" && !strings.HasPrefix(key, "stay:") {
						t.Fatalf("%s does not match", key)
					}
				}
				if cursor == "0" {
					break
				}
				// The changes end, or the table would grow faster than it is walked.
				if steps++; steps%7 == 0 && steps < 7*50 {
					change(round%2 == 0)
				}
				if steps > 40*stay {
					t.Fatal("the iteration does not end")
				}
			}
			for i := range stay {
				if !seen[fmt.Sprint("stay:", i)] {
					t.Fatalf("%q: stay:%d was there all the time and never returned", options, i)
				}
			}
		}
		// Nothing of another type, and nothing that is gone.
		total := 0
		for cursor := "0"; ; {
			var keys []string
			cursor, keys = scanStep(t, c, cursor, "TYPE", "list", "COUNT", "1000")
			total += len(keys)
			if cursor == "0" {
				break
			}
		}
		if total != 0 {
			t.Errorf("%d lists in a database of strings", total)
		}
		want(t, c, "+OK\r\n", "FLUSHALL")
		if cursor, keys := scanStep(t, c, "12345"); len(keys) != 0 || cursor != "0" && cursor == "12345" {
			t.Errorf("an old cursor in an empty database: %s %q", cursor, keys)
		}
	})
}

// TestManyKeys: the table grows and shrinks under a load of a hundred thousand
// keys, and nothing is lost; its progress shows in INFO.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		count := 100_000
		if testing.Short() || harness.RaceEnabled {
			count = 10_000
		}
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		empty := infoNumber(t, c, "memory", "used_memory")
		each := func(check func(i int, reply string) bool, args func(i int) []string) {
			t.Helper()
			for from := 0; from < count; from += 1000 {
				var request []byte
				for i := from; i < from+1000; i++ {
					request = harness.AppendRequest(request, args(i)...)
				}
				if err := c.Write(request); err != nil {
					t.Fatal(err)
				}
				for i := from; i < from+1000; i++ {
					reply, err := c.Receive()
					if err != nil || !check(i, string(reply)) {
						t.Fatalf("%q is answered %q %v", args(i), reply, err)
					}
				}
			}
		}
		ok := func(_ int, reply string) bool { return reply == "+OK\r\n" }
		each(ok, func(i int) []string { return []string{"SET", fmt.Sprint("key:", i), fmt.Sprint("value:", i)} })
		want(t, c, ":"+strconv.Itoa(count)+"\r\n", "DBSIZE")
		each(func(i int, reply string) bool { return strings.HasSuffix(reply, "\r\nvalue:"+strconv.Itoa(i)+"\r\n") },
			func(i int) []string { return []string{"GET", fmt.Sprint("key:", i)} })
		used := infoNumber(t, c, "memory", "used_memory") - empty
		each(func(_ int, reply string) bool { return reply == ":1\r\n" },
			func(i int) []string { return []string{"DEL", fmt.Sprint("key:", i)} })
		want(t, c, ":0\r\n", "DBSIZE")
		waitFor(t, "the table to shrink", func() bool {
			return infoNumber(t, c, "memory", "used_memory")-empty < used/4
		})
		// Again, with deadlines that pass at once.
		each(ok, func(i int) []string { return []string{"SET", fmt.Sprint("key:", i), "x", "PX", strconv.Itoa(1 + i%50)} })
		waitFor(t, "all keys to expire", func() bool { return do(t, c, "DBSIZE") == ":0\r\n" })
		if n := infoNumber(t, c, "stats", "expired_keys"); n != int64(count) {
			t.Errorf("%d expired keys counted, want %d", n, count)
		}
	})
}
