package test

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"basalt/test/harness"
)

// blockFile puts a folder where a file is to be written.
func blockFile(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestAcceptRate: connections beyond the rate wait and are all served in the
// end; who is connected does not notice.
func TestAcceptRate(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--max-new-connections-per-second", "50", "--max-new-connections-per-cycle", "3")
		there := dial(t, s)
		want(t, there, "+PONG\r\n", "PING")
		start := time.Now()
		var all sync.WaitGroup
		for range 120 {
			all.Add(1)
			go func() {
				defer all.Done()
				c, err := s.Dial()
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				if reply, err := c.Do("PING"); err != nil || string(reply) != "+PONG\r\n" {
					t.Errorf("%q %v", reply, err)
				}
			}()
		}
		for range 100 {
			want(t, there, "+PONG\r\n", "PING")
		}
		all.Wait()
		// 50 at once, the other 70 at 50 a second.
		if took := time.Since(start); took < time.Second {
			t.Errorf("120 connections took %v", took)
		}
		if value(t, scrape(t, port, "/metrics"), "basalt_accept_rests_total") == 0 {
			t.Error("no rest was counted")
		}
		want(t, there, "+OK\r\n", "CONFIG", "SET", "max-new-connections-per-second", "0")
		for range 120 {
			want(t, dial(t, s), "+PONG\r\n", "PING")
		}
	})
}

// TestOverload: when more comes than can be served, some of it is refused;
// administrators, health checks and transactions are not. Commands that take
// long make the overload, so that it does not depend on the machine.
func TestOverload(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--overload-target", "2", "--overload-interval", "20", "--list-max-listpack-size", "-1")
		c := dial(t, s)
		var fill []string
		for i := range 20000 {
			fill = append(fill, "element "+strconv.Itoa(i))
		}
		for range 10 {
			do(t, c, append([]string{"RPUSH", "l"}, fill...)...)
		}
		stop := make(chan struct{})
		var all sync.WaitGroup
		var mu sync.Mutex
		answers := map[string]int{}
		for range 24 {
			k := dial(t, s)
			all.Add(1)
			go func() {
				defer all.Done()
				for {
					select {
					case <-stop:
						return
					default:
					}
					reply, err := k.Do("LPOS", "l", "no such element")
					if err != nil {
						t.Error(err)
						return
					}
					word, _, _ := strings.Cut(string(reply), " ")
					mu.Lock()
					answers[word]++
					mu.Unlock()
				}
			}()
		}
		throttled := func() float64 {
			return value(t, scrape(t, port, "/metrics"), "basalt_throttled_commands_total")
		}
		waitFor(t, "a command that is refused", func() bool { return throttled() > 100 })
		for range 20 {
			want(t, c, "+PONG\r\n", "PING")
			want(t, c, "+OK\r\n", "CONFIG", "SET", "timeout", "0")
			want(t, c, "+OK\r\n", "MULTI")
			want(t, c, "+QUEUED\r\n", "GET", "k")
			want(t, c, "*1\r\n$-1\r\n", "EXEC")
		}
		close(stop)
		all.Wait()
		if answers["-THROTTLED"] == 0 || answers["$-1\r\n"] == 0 || len(answers) != 2 {
			t.Errorf("answers: %v", answers)
		}
		waitFor(t, "the end of the overload", func() bool { return string(do(t, c, "GET", "k")) == "$-1\r\n" })
		waitFor(t, "the line about it", func() bool {
			do(t, c, "GET", "k") // it is judged by what comes
			return strings.Contains(s.Output(), "not overloaded any more")
		})
		want(t, c, "+OK\r\n", "CONFIG", "SET", "overload-target", "0")
		if info := do(t, c, "INFO", "errorstats"); !strings.Contains(info, "errorstat_THROTTLED:") {
			t.Error(info)
		}
	})
}

// TestNotOverloaded: with a generous target nothing is refused.
func TestNotOverloaded(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--overload-target", "10000"}})
		c := dial(t, s)
		for range 2000 {
			want(t, c, "+OK\r\n", "SET", "k", "v")
		}
	})
}

// TestNothingBehindProtocolError: a subscriber that breaks the protocol, and has
// yet to read, gets the error as the last thing.
func TestNothingBehindProtocolError(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c, slow := dial(t, s), dial(t, s)
		do(t, slow, "CLIENT", "SETNAME", "slow")
		do(t, slow, "SUBSCRIBE", "ch")
		listed := func(text string) bool {
			for _, line := range strings.Split(do(t, c, "CLIENT", "LIST"), "\n") {
				if strings.Contains(line, " name=slow ") {
					return strings.Contains(line, text)
				}
			}
			t.Fatal("it is gone")
			return false
		}
		for listed(" omem=0 ") {
			do(t, c, "PUBLISH", "ch", strings.Repeat("x", 10000))
		}
		if err := slow.Write([]byte("*a\r\n")); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the error", func() bool { return listed(" events=w ") })
		do(t, c, "PUBLISH", "ch", "late")
		rest, err := slow.Rest()
		if err != nil || !strings.HasSuffix(string(rest), "-ERR Protocol error: invalid multibulk length\r\n") {
			t.Errorf("%q %v", rest[max(0, len(rest)-100):], err)
		}
	})
}
