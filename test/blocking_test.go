package test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// blockedClients waits until count clients of s wait.
func blockedClients(t *testing.T, c *harness.Client, count int) {
	t.Helper()
	line := fmt.Sprintf("blocked_clients:%d\r\n", count)
	last := ""
	for deadline := time.Now().Add(harness.Patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if last = do(t, c, "INFO", "clients"); strings.Contains(last, line) {
			return
		}
	}
	t.Fatalf("waited for %q in\n%s", line, last)
}

func clientID(t *testing.T, c *harness.Client) string {
	t.Helper()
	return strings.Trim(do(t, c, "CLIENT", "ID"), ":\r\n")
}

func send(t *testing.T, c *harness.Client, args ...string) {
	t.Helper()
	if err := c.Send(args...); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, c *harness.Client) string {
	t.Helper()
	reply, err := c.Receive()
	if err != nil {
		t.Fatal(err)
	}
	return string(reply)
}

// onBoth runs a test against the reference and in both thread modes, and
// compares what it returns.
func onBoth(t *testing.T, fn func(t *testing.T, s *harness.Server) []string) {
	t.Helper()
	reference := startRedis(t, harness.Options{})
	want := fn(t, reference)
	inModes(t, func(t *testing.T, threads int) {
		got := fn(t, startBasalt(t, threads, harness.Options{}))
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

// TestUnblock ends waits by CLIENT UNBLOCK, with what came behind them.
func TestUnblock(t *testing.T) {
	t.Parallel()
	waits := [][]string{
		{"BLPOP", "k", "0"}, {"BRPOP", "k", "other", "100"}, {"BLMOVE", "k", "l", "LEFT", "LEFT", "0"},
		{"BRPOPLPUSH", "k", "l", "0"}, {"BLMPOP", "0", "1", "k", "LEFT"},
	}
	onBoth(t, func(t *testing.T, s *harness.Server) (out []string) {
		a, w := dial(t, s), dial(t, s)
		id := clientID(t, a)
		for _, wait := range waits {
			for _, how := range [][]string{nil, {"TIMEOUT"}, {"ERROR"}, {"error"}} {
				send(t, a, wait...)
				send(t, a, "PING")
				blockedClients(t, w, 1)
				out = append(out, do(t, w, append([]string{"CLIENT", "UNBLOCK", id}, how...)...))
				out = append(out, receive(t, a), receive(t, a))
				out = append(out, do(t, w, "CLIENT", "UNBLOCK", id))
			}
		}
		out = append(out, do(t, w, "CLIENT", "UNBLOCK", clientID(t, w)))
		blockedClients(t, w, 0)
		return append(out, do(t, w, "RPUSH", "k", "1"), do(t, w, "LLEN", "k"))
	})
}

// TestBlockedGoesAway closes connections that wait, from either side: nothing
// is lost to them, and the next in the queue is served.
func TestBlockedGoesAway(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *harness.Server) (out []string) {
		w := dial(t, s)
		for round := range 4 {
			first, second := dial(t, s), dial(t, s)
			id := clientID(t, first)
			send(t, first, "BLPOP", "k", "other", "0")
			blockedClients(t, w, 1)
			send(t, second, "BRPOP", "other", "k", "50")
			blockedClients(t, w, 2)
			switch round {
			case 0, 1:
				if err := first.Close(); err != nil {
					t.Fatal(err)
				}
			case 2:
				out = append(out, do(t, w, "CLIENT", "KILL", "ID", id))
			case 3:
				// Bytes behind a wait do not hide that the peer is gone.
				send(t, first, "INCR", "never")
				if err := first.Close(); err != nil {
					t.Fatal(err)
				}
			}
			blockedClients(t, w, 1)
			out = append(out, do(t, w, "RPUSH", "k", "1", "2"), receive(t, second))
			out = append(out, do(t, w, "LRANGE", "k", "0", "-1"), do(t, w, "DEL", "k"), do(t, w, "GET", "never"))
		}
		return out
	})
}

// TestBlockedPause pauses a server with clients that wait: they are served
// when the pause ends.
func TestBlockedPause(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *harness.Server) (out []string) {
		a, w, x := dial(t, s), dial(t, s), dial(t, s)
		send(t, a, "BLPOP", "k", "0")
		blockedClients(t, x, 1)
		out = append(out, do(t, x, "CLIENT", "PAUSE", "100000", "WRITE"))
		send(t, w, "RPUSH", "k", "1", "2")
		blockedClients(t, x, 2)
		out = append(out, do(t, x, "CLIENT", "UNPAUSE"), receive(t, w), receive(t, a))
		return append(out, do(t, x, "LRANGE", "k", "0", "-1"))
	})
}

// TestBlockTimes holds how long waits last.
func TestBlockTimes(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		for _, c := range []struct {
			timeout  string
			at, most time.Duration
		}{
			{"0.05", 50 * time.Millisecond, time.Second},
			{"0.2", 200 * time.Millisecond, 2 * time.Second},
			{"0.0001", 0, time.Second},
			{"1e-3", time.Millisecond, time.Second},
		} {
			client := dial(t, s)
			start := time.Now()
			want(t, client, "*-1\r\n", "BLPOP", "k", c.timeout)
			// The clock of the server is read once a round.
			if took := time.Since(start); took < c.at-2*time.Millisecond || took > c.most {
				t.Errorf("%s s: %v", c.timeout, took)
			}
		}
		// Many that end together, and others that do not.
		var clients []*harness.Client
		for i := range 60 {
			client := dial(t, s)
			send(t, client, "BLPOP", "k"+strconv.Itoa(i%7), "0."+strconv.Itoa(1+i%3))
			clients = append(clients, client)
		}
		for i := range clients {
			if got := receive(t, clients[len(clients)-1-i]); got != "*-1\r\n" {
				t.Errorf("%q", got)
			}
		}
	})
}

// TestBlockedCrowd lets many clients wait for few lists while others push, go
// away and unblock: no element is lost and none is given twice.
func TestBlockedCrowd(t *testing.T) {
	t.Parallel()
	const crowd, elements = 40, 3000
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		start := seeds.Of(t)
		got := make(chan []string, crowd)
		for n := range crowd {
			c := dial(t, s)
			rng := rand.New(rand.NewPCG(start, uint64(n)))
			go func() { got <- consume(c, rng) }()
		}
		w := dial(t, s)
		rng := rand.New(rand.NewPCG(start, crowd))
		for i := 0; i < elements; {
			args := []string{pickOne(rng, "LPUSH", "RPUSH"), "k" + strconv.Itoa(rng.IntN(3))}
			for range 1 + rng.IntN(4) {
				args = append(args, strconv.Itoa(i))
				i++
			}
			do(t, w, args...)
			if rng.IntN(20) == 0 {
				do(t, w, "CLIENT", "UNBLOCK", strconv.Itoa(1+rng.IntN(crowd+2)))
			}
			if rng.IntN(10) == 0 {
				do(t, w, "RENAMENX", "k0", "aside")
				do(t, w, "LMOVE", "k2", "k0", "LEFT", "RIGHT")
				do(t, w, "RENAMENX", "aside", "k0")
			}
		}
		for do(t, w, "LMOVE", "aside", "k0", "LEFT", "LEFT") != "$-1\r\n" {
		}
		for range crowd {
			do(t, w, "RPUSH", "end", "stop")
		}
		seen := map[string]int{}
		for range crowd {
			for _, v := range <-got {
				seen[v]++
			}
		}
		for i := range elements {
			v := strconv.Itoa(i)
			left := 0
			for _, key := range []string{"k0", "k1", "k2"} {
				if !strings.HasPrefix(do(t, w, "LPOS", key, v), "$") {
					left++
				}
			}
			if seen[v]+left != 1 {
				t.Fatalf("element %s was given %d times and is left %d times", v, seen[v], left)
			}
		}
		if len(seen) < elements/2 {
			t.Errorf("%d elements were given", len(seen))
		}
		want(t, w, ":0\r\n", "EXISTS", "end")
	})
}

func pickOne(rng *rand.Rand, words ...string) string { return words[rng.IntN(len(words))] }

// consume takes elements until it is told to stop.
func consume(c *harness.Client, rng *rand.Rand) (taken []string) {
	for {
		args := []string{pickOne(rng, "BLPOP", "BRPOP"), "k0", "k1", "k2", "end", pickOne(rng, "0", "0.01", "5")}
		reply, err := c.Do(args...)
		if err != nil {
			return append(taken, err.Error())
		}
		lines := strings.Split(string(reply), "\r\n")
		if len(lines) < 5 {
			continue
		}
		if lines[2] == "end" {
			return taken
		}
		taken = append(taken, lines[4])
	}
}

// TestServedInPipeline: a command in the middle of others of its kind, all sent at
// once, ends the wait of somebody else, and each of them is counted.
func TestServedInPipeline(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *harness.Server) (out []string) {
		a, w := dial(t, s), dial(t, s)
		do(t, a, "XGROUP", "CREATE", "s", "g", "0", "MKSTREAM")
		send(t, a, "XREADGROUP", "GROUP", "g", "me", "BLOCK", "0", "STREAMS", "s", ">")
		blockedClients(t, w, 1)
		var all []byte
		for _, key := range []string{"a", "b", "s", "c", "s", "d"} {
			all = harness.AppendRequest(all, "SET", key, "1")
		}
		if err := w.Write(all); err != nil {
			t.Fatal(err)
		}
		for range 6 {
			out = append(out, receive(t, w))
		}
		out = append(out, receive(t, a)[:1]) // 7.0 has other words
		stats := do(t, w, "INFO", "commandstats")
		for _, name := range []string{"set", "xreadgroup"} {
			_, line, _ := strings.Cut(stats, "cmdstat_"+name+":")
			calls, _, _ := strings.Cut(line, ",")
			out = append(out, name+" "+calls)
		}
		return out
	})
}
