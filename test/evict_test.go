package test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"basalt/test/harness"
)

// evictionPolicies are all of them; the ones that have "volatile" in their names
// leave keys without a time to live alone.
var evictionPolicies = []string{
	"allkeys-lru", "allkeys-lfu", "allkeys-random", "allkeys-tinylfu",
	"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
}

// TestEviction writes far more than fits: used memory stays at the limit, keys
// without a time to live stay under volatile policies, the log has what went, and
// the counters add up.
func TestEviction(t *testing.T) {
	t.Parallel()
	const count, spare, limit = 60_000, 500, 12 << 20
	for _, policy := range evictionPolicies {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			s := startBasalt(t, 1, harness.Options{Args: []string{
				"--maxmemory", strconv.Itoa(limit), "--maxmemory-policy", policy, "--appendonly", "yes", "--appendfsync", "no",
				"--notify-keyspace-events", "Ee", "--enable-debug-command", "local",
			}})
			c, listener := dial(t, s), dial(t, s)
			do(t, listener, "SUBSCRIBE", "__keyevent@0__:evicted")
			for i := range spare {
				want(t, c, "+OK\r\n", "SET", "spare:"+strconv.Itoa(i), "x")
			}
			value := strings.Repeat("v", 400)
			var batch []byte
			const per = 500
			for i := range count {
				batch = harness.AppendRequest(batch, "SET", "key:"+strconv.Itoa(i), value, "EX", strconv.Itoa(1000+i%5000))
				if i%per != per-1 {
					continue
				}
				if err := c.Write(batch); err != nil {
					t.Fatal(err)
				}
				batch = batch[:0]
				for range per {
					if reply, err := c.Receive(); err != nil || string(reply) != "+OK\r\n" {
						t.Fatalf("SET: %q, %v", reply, err)
					}
				}
				if i%(10*per) == 10*per-1 {
					info := do(t, c, "INFO", "memory")
					used := numberIn(t, info, "used_memory") - numberIn(t, info, "mem_not_counted_for_evict")
					if used > limit+2<<20 {
						t.Fatalf("%d bytes are counted with a limit of %d:\n%s", used, limit, info)
					}
				}
			}
			// Nothing more goes from here on.
			want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
			evicted, size := infoNumber(t, c, "stats", "evicted_keys"), dbSize(t, c)
			if evicted+size != count+spare {
				t.Errorf("%d keys evicted and %d there of %d", evicted, size, count+spare)
			}
			if size < count/10 {
				t.Errorf("only %d keys are left", size)
			}
			if strings.HasPrefix(policy, "volatile") {
				for i := range spare {
					want(t, c, ":1\r\n", "EXISTS", "spare:"+strconv.Itoa(i))
				}
			}
			for range evicted {
				if message, err := listener.Receive(); err != nil || !strings.Contains(string(message), "__keyevent@0__:evicted") {
					t.Fatalf("an event: %q, %v", message, err)
				}
			}
			before := do(t, c, "DEBUG", "DIGEST")
			want(t, c, "+OK\r\n", "DEBUG", "LOADAOF")
			if after := do(t, c, "DEBUG", "DIGEST"); after != before {
				t.Errorf("the log leads to %s, not to %s", after, before)
			}
		})
	}
}

// TestEvictionOfNothing: where no key may be evicted, commands that need memory
// are refused, and are not again when the limit is raised.
func TestEvictionOfNothing(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"noeviction", "volatile-lru", "volatile-ttl", "volatile-random"} {
		s := startBasalt(t, 1, harness.Options{})
		c := dial(t, s)
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", policy)
		want(t, c, "+OK\r\n", "SET", "key", "value")
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "1")
		want(t, c, "-OOM command not allowed when used memory > 'maxmemory'.\r\n", "SET", "other", "value")
		want(t, c, "$5\r\nvalue\r\n", "GET", "key")
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "1gb")
		want(t, c, "+OK\r\n", "SET", "other", "value")
	}
}

// TestEvictionOfLarge: a large value that is evicted is freed in slices, and
// nothing more than needed goes with it.
func TestEvictionOfLarge(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{})
	c := dial(t, s)
	var batch []byte
	for i := range 200_000 {
		batch = harness.AppendRequest(batch, "SADD", "large", "member:"+strconv.Itoa(i))
		if i%1000 == 999 {
			if err := c.Write(batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
			for range 1000 {
				if _, err := c.Receive(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// The set has not been used for two seconds when others come.
	want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory-samples", "64")
	do(t, c, "BLPOP", "nothing", "2.1")
	for i := range 3 {
		want(t, c, "+OK\r\n", "SET", "key:"+strconv.Itoa(i), "value")
	}
	used := infoNumber(t, c, "memory", "used_memory")
	want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", strconv.FormatInt(used-1<<20, 10))
	for i := range 20 {
		want(t, c, "+OK\r\n", "SET", "more:"+strconv.Itoa(i), "value")
	}
	want(t, c, ":0\r\n", "EXISTS", "large")
	if n := infoNumber(t, c, "stats", "evicted_keys"); n != 1 {
		t.Errorf("%d keys were evicted, one was enough", n)
	}
}

// TestEvictionAfterReplies: large replies that have been read leave buffers
// behind. That they are not collected yet evicts no keys and refuses nothing.
func TestEvictionAfterReplies(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		const replies, elements, size = 40, 2000, 1000
		s := startBasalt(t, threads, harness.Options{Args: []string{"--maxmemory-policy", "allkeys-random"}})
		c := dial(t, s)
		list := append([]string{"RPUSH", "list"}, slices.Repeat([]string{strings.Repeat("x", size)}, elements)...)
		want(t, c, ":"+strconv.Itoa(elements)+"\r\n", list...)
		want(t, c, "+OK\r\n", "MULTI")
		for range replies {
			want(t, c, "+QUEUED\r\n", "LRANGE", "list", "0", "-1")
		}
		if got := do(t, c, "EXEC"); len(got) < replies*elements*size {
			t.Fatalf("%d bytes of replies", len(got))
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "32mb")
		// Each of them looks at what is used.
		for range 5 {
			used := infoNumber(t, c, "memory", "used_memory")
			want(t, c, "+OK\r\n", "SET", "key", "value")
			if n := infoNumber(t, c, "stats", "evicted_keys"); n != 0 {
				t.Fatalf("%d keys were evicted for buffers that nobody uses, used memory %d", n, used)
			}
		}
	})
}

// TestTimeOverLimit: how long memory is full is counted under each policy, ends
// when there is room, whatever made it, and begins anew with CONFIG RESETSTAT.
func TestTimeOverLimit(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"noeviction", "volatile-lru"} {
		inModes(t, func(t *testing.T, threads int) {
			s := startBasalt(t, threads, harness.Options{Args: []string{"--maxmemory-policy", policy}})
			c := dial(t, s)
			times := func() (total, current int64) {
				info := do(t, c, "INFO", "stats")
				return numberIn(t, info, "total_eviction_exceeded_time"), numberIn(t, info, "current_eviction_exceeded_time")
			}
			want(t, c, "+OK\r\n", "SET", "large", strings.Repeat("x", 8<<20))
			want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "8mb")
			waitFor(t, "the time to run", func() bool { total, current := times(); return current > 0 && total == current })
			want(t, c, ":1\r\n", "DEL", "large")
			waitFor(t, "the time to end", func() bool { _, current := times(); return current == 0 })
			if total, _ := times(); total == 0 {
				t.Errorf("%s: the time that has ended is not counted", policy)
			}
			want(t, c, "+OK\r\n", "CONFIG", "RESETSTAT")
			if total, current := times(); total != 0 || current != 0 {
				t.Errorf("%s: %d ms and %d ms after CONFIG RESETSTAT", policy, total, current)
			}
		})
	}
}

func dbSize(t *testing.T, c *harness.Client) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Trim(do(t, c, "DBSIZE"), ":\r\n"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestEvictionOfClients: of clients that take too much together the largest is
// closed, unless it is exempt, and the others go on.
func TestEvictionOfClients(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		want(t, c, "+OK\r\n", "SET", "large", strings.Repeat("x", 4<<20))
		slow := func(name string, replies int, exempt bool) *harness.Client {
			one := dial(t, s)
			want(t, one, "+OK\r\n", "CLIENT", "SETNAME", name)
			if exempt {
				want(t, one, "+OK\r\n", "CLIENT", "NO-EVICT", "on")
			}
			var request []byte
			for range replies {
				request = harness.AppendRequest(request, "GET", "large")
			}
			if err := one.Write(request); err != nil {
				t.Fatal(err)
			}
			return one
		}
		slow("exempt", 5, true)
		slow("small", 2, false)
		waitFor(t, "replies to wait", func() bool {
			list := do(t, c, "CLIENT", "LIST")
			return strings.Contains(list, "name=small") && strings.Count(list, " omem=0 ") == 1
		})
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "36mb")
		slow("large", 4, false)
		waitFor(t, "the largest to go", func() bool { return !strings.Contains(do(t, c, "CLIENT", "LIST"), "name=large") })
		if n := infoNumber(t, c, "stats", "evicted_clients"); n != 1 {
			t.Errorf("%d clients were evicted", n)
		}
		for _, name := range []string{"exempt", "small"} {
			if list := do(t, c, "CLIENT", "LIST"); !strings.Contains(list, "name="+name) {
				t.Errorf("%s is gone: %s", name, list)
			}
		}
	})
}

// TestStandingMemoryOfClients: what clients watch, subscribed to and are told of
// counts in maxmemory-clients, of which less than 128 KB is that much. The
// reference does the same.
func TestStandingMemoryOfClients(t *testing.T) {
	t.Parallel()
	const count = 6000
	numbered := func(head ...string) []string {
		for i := range count {
			head = append(head, "name:"+strconv.Itoa(100_000+i))
		}
		return head
	}
	prefixes := []string{"CLIENT", "TRACKING", "ON", "BCAST"}
	for i := range count {
		prefixes = append(prefixes, "PREFIX", "name:"+strconv.Itoa(100_000+i))
	}
	inModes(t, func(t *testing.T, threads int) {
		for _, start := range []func() *harness.Server{
			func() *harness.Server { return startRedis(t, harness.Options{}) },
			func() *harness.Server { return startBasalt(t, threads, harness.Options{}) },
		} {
			s := start()
			c := dial(t, s)
			for name, greedy := range map[string][]string{
				"watches":       numbered("WATCH"),
				"channels":      numbered("SUBSCRIBE"),
				"patterns":      numbered("PSUBSCRIBE"),
				"shardchannels": numbered("SSUBSCRIBE"),
				"prefixes":      prefixes,
			} {
				want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "0")
				other, one := dial(t, s), dial(t, s)
				do(t, one, "HELLO", "3")
				want(t, one, "+OK\r\n", "CLIENT", "SETNAME", name)
				do(t, one, greedy...)
				line := func() string {
					list := do(t, c, "CLIENT", "LIST")
					_, line, found := strings.Cut(list, " name="+name+" ")
					line, _, _ = strings.Cut(line, "\n")
					if !found {
						return ""
					}
					return line
				}
				if !strings.Contains(line(), " multi-mem=0 ") {
					t.Errorf("%s: of a transaction: %s", name, line())
				}
				want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "1")
				waitFor(t, name+" to go", func() bool { return line() == "" })
				want(t, other, "+PONG\r\n", "PING")
				other.Close()
			}
		}
	})
}

// TestEvictionIsToldInFront: a client whose command evicts keys that it has
// cached is told before the reply, even if the command is queued or refused, and
// nobody else in its place.
func TestEvictionIsToldInFront(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		const told = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$3\r\nkey\r\n"
		const refused = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
		for _, multi := range []bool{false, true} {
			s := startBasalt(t, threads, harness.Options{})
			c, other := dial(t, s), dial(t, s)
			for _, one := range []*harness.Client{c, other} {
				do(t, one, "HELLO", "3")
				want(t, one, "+OK\r\n", "CLIENT", "TRACKING", "ON")
			}
			want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
			want(t, other, "+OK\r\n", "SET", "key", "value")
			want(t, c, "$5\r\nvalue\r\n", "GET", "key")
			// In one piece, so that no background work comes between.
			request := harness.AppendRequest(nil, "CONFIG", "SET", "maxmemory", "1")
			replies := []string{"+OK\r\n"}
			if multi {
				request = harness.AppendRequest(request, "MULTI")
				replies = append(replies, "+OK\r\n")
			}
			replies = append(replies, told, refused)
			if err := c.Write(harness.AppendRequest(request, "SET", "new", "value")); err != nil {
				t.Fatal(err)
			}
			for _, reply := range replies {
				if got, err := c.Receive(); err != nil || string(got) != reply {
					t.Fatalf("%q %v, want %q", got, err, reply)
				}
			}
			want(t, other, "_\r\n", "GET", "key")
			want(t, other, "+PONG\r\n", "PING")
		}
	})
}

// TestEvictionWaitsForPause: in a pause of writes the data stays as it is.
func TestEvictionWaitsForPause(t *testing.T) {
	t.Parallel()
	s := startBasalt(t, 1, harness.Options{})
	c := dial(t, s)
	for i := range 100 {
		want(t, c, "+OK\r\n", "SET", "key:"+strconv.Itoa(i), "value")
	}
	want(t, c, "+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
	want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "1")
	// Each round trip is a round of the server, which evicts at its end.
	for range 50 {
		if n := dbSize(t, c); n != 100 {
			t.Fatalf("%d keys are left of 100 in a pause", n)
		}
	}
	want(t, c, "+OK\r\n", "CLIENT", "UNPAUSE")
	waitFor(t, "eviction", func() bool { return dbSize(t, c) == 0 })
}

// TestEvictionOfHalfAnArgument: what has come of a large argument counts.
func TestEvictionOfHalfAnArgument(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c, large := dial(t, s), dial(t, s)
		if err := large.Write(append([]byte("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$8000000\r\n"), make([]byte, 7_000_000)...)); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the argument", func() bool {
			return strings.Contains(do(t, c, "CLIENT", "LIST"), " qbuf=70000")
		})
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-clients", "2mb")
		expectClosed(t, large)
		want(t, c, "+PONG\r\n", "PING")
	})
}
