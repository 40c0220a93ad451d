package test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"basalt/test/harness"
	"basalt/test/script"
)

// TestSScan: members that stay are returned, however the set grows and shrinks
// during the iteration.
func TestSScan(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		c := dial(t, startBasalt(t, threads, harness.Options{}))
		rng := rand.New(rand.NewPCG(3, uint64(threads)))
		const stay = 3000
		add := []string{"SADD", "set"}
		for i := range stay {
			add = append(add, fmt.Sprint("stay:", i))
		}
		want(t, c, fmt.Sprintf(":%d\r\n", stay), add...)
		for round, options := range [][]string{{"COUNT", "10"}, {"COUNT", "300"}, {"MATCH", "stay:*", "COUNT", "20"}} {
			seen := map[string]bool{}
			for cursor, steps := "0", 0; ; steps++ {
				reply := do(t, c, append([]string{"SSCAN", "set", cursor}, options...)...)
				next, members, err := script.Scanned([]byte(reply))
				if err != nil {
					t.Fatal(err)
				}
				for _, member := range members {
					seen[member] = true
				}
				if cursor = next; cursor == "0" {
					break
				}
				if steps%3 == 0 && steps < 300 {
					change := []string{[]string{"SADD", "SREM"}[(steps/90+round)%2], "set"}
					for range 100 {
						change = append(change, fmt.Sprint("extra:", rng.IntN(20000)))
					}
					do(t, c, change...)
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
	})
}

// TestSetGivesBack: what a large set took is free again when its members were
// popped, and when it is deleted.
func TestSetGivesBack(t *testing.T) {
	t.Parallel()
	c := dial(t, startBasalt(t, 1, harness.Options{}))
	empty := infoNumber(t, c, "memory", "used_memory")
	const count = 50_000
	for _, how := range [][]string{{"DEL", "set"}, {"SPOP", "set", "49990"}, {"SUNIONSTORE", "set", "absent"}} {
		for from := 0; from < count; from += 1000 {
			add := []string{"SADD", "set"}
			for i := from; i < from+1000; i++ {
				add = append(add, fmt.Sprintf("a member with number %d", i))
			}
			want(t, c, ":1000\r\n", add...)
		}
		used := infoNumber(t, c, "memory", "used_memory") - empty
		var size int
		if _, err := fmt.Sscanf(do(t, c, "MEMORY", "USAGE", "set"), ":%d", &size); err != nil || size < 40*count || size > 46*count {
			t.Errorf("%d bytes for %d members of up to 26 bytes, %v", size, count, err)
		}
		do(t, c, how...)
		waitFor(t, fmt.Sprintf("memory to come back after %q", how), func() bool {
			return infoNumber(t, c, "memory", "used_memory")-empty < used/4
		})
		do(t, c, "DEL", "set")
	}
}
