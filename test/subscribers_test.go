package test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// subscriber connects, speaks RESP3 and listens to a channel, a pattern, and a
// shard channel.
func subscriber(t *testing.T, s *harness.Server) *harness.Client {
	t.Helper()
	c := dial(t, s)
	do(t, c, "HELLO", "3")
	for i, args := range [][]string{{"SUBSCRIBE", "burst"}, {"PSUBSCRIBE", "bur*"}, {"SSUBSCRIBE", "burst"}} {
		kind := strings.ToLower(args[0])
		n := i + 1
		if kind == "ssubscribe" {
			n = 1 // shard channels are counted by themselves
		}
		want(t, c, fmt.Sprintf(">3\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n:%d\r\n", len(kind), kind, len(args[1]), args[1], n), args...)
	}
	return c
}

// TestSubscriberDies has subscribers go away in the middle of bursts, with all
// that they have not read: the others get every message in order, and nothing is
// left of those that went.
func TestSubscriberDies(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		rng := rand.New(rand.NewPCG(seeds.Of(t), 0))
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		left := func() []int {
			var counts []int
			for _, reply := range []string{
				do(t, c, "PUBSUB", "NUMPAT"), do(t, c, "PUBSUB", "NUMSUB", "burst"), do(t, c, "PUBSUB", "SHARDNUMSUB", "burst"),
			} {
				n := 0
				if _, err := fmt.Sscanf(reply[strings.LastIndexByte(reply, ':'):], ":%d", &n); err != nil {
					t.Fatal(err)
				}
				counts = append(counts, n)
			}
			list := do(t, c, "CLIENT", "LIST")
			return append(counts, strings.Count(list, "id="), strings.Count(list, " flags=P"))
		}
		var used, allocated [2]int64 // with the Go heap and its garbage, and without
		for round := range 6 {
			burst(t, s, rng)
			waitFor(t, "nothing to be left", func() bool {
				return fmt.Sprint(left()) == fmt.Sprint([]int{0, 0, 0, 1, 0})
			})
			want(t, c, "*0\r\n", "PUBSUB", "CHANNELS")
			want(t, c, "*0\r\n", "PUBSUB", "SHARDCHANNELS")
			if n := infoNumber(t, c, "clients", "connected_clients"); n != 1 {
				t.Errorf("%d clients are left", n)
			}
			if i := round / 5; round == 1 || round == 5 {
				used[i] = infoNumber(t, c, "memory", "used_memory")
				allocated[i] = infoNumber(t, c, "memory", "allocator_allocated")
			}
		}
		// One subscriber's messages of these rounds would be more than 2 MiB.
		if allocated[1]-allocated[0] > 4<<10 || used[1]-used[0] > 2<<20 {
			t.Errorf("the memory in use grew from %d, %d of it allocated, to %d, %d, with nobody there", used[0], allocated[0], used[1], allocated[1])
		}
	})
}

// burst publishes to subscribers half of which die of it.
func burst(t *testing.T, s *harness.Server, rng *rand.Rand) {
	const stay, leave, messages = 4, 12, 3000
	var staying, leaving []*harness.Client
	for range stay {
		staying = append(staying, subscriber(t, s))
	}
	for range leave {
		leaving = append(leaving, subscriber(t, s))
	}
	publisher := dial(t, s)
	var wg sync.WaitGroup
	for _, c := range staying {
		wg.Go(func() {
			defer c.Close()
			for i := range messages {
				// Through the channel, the pattern, and the shard channel.
				for _, kind := range []string{"\r\nmessage\r\n", "\r\npmessage\r\n", "\r\nsmessage\r\n"} {
					got, err := c.Receive()
					if err != nil || !strings.Contains(string(got), kind) || !strings.HasSuffix(string(got), fmt.Sprintf(" %d\r\n", i)) {
						t.Errorf("message %d: %q %v", i, shorten(string(got)), err)
						return
					}
				}
			}
		})
	}
	for _, c := range leaving {
		reads := rng.IntN(3 * messages / 2)
		wg.Go(func() {
			defer c.Close()
			for range reads {
				if _, err := c.Receive(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Go(func() {
		defer publisher.Close()
		for i := 0; i < messages; i += 50 {
			var out []byte
			for j := range 50 {
				text := strings.Repeat("x", rng.IntN(100)) + fmt.Sprint(" ", i+j)
				out = harness.AppendRequest(out, "PUBLISH", "burst", text)
				out = harness.AppendRequest(out, "SPUBLISH", "burst", text)
			}
			if err := publisher.Write(out); err != nil {
				t.Error(err)
				return
			}
			for range 100 {
				if _, err := publisher.Receive(); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	wg.Wait()
}
