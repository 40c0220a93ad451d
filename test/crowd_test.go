package test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

// TestCrowd has many connections at once send pipelines of every length, read
// in their own time, hang up in the middle, and come back. Each owns some keys
// and knows what must be in them; all count on one counter.
func TestCrowd(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		start := seeds.Of(t)
		s := startBasalt(t, threads, harness.Options{})
		rounds := 30
		if testing.Short() || harness.RaceEnabled {
			rounds = 8
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		total := 0
		if threads > 1 && !*self {
			defer changeThreads(t, s)()
		}
		for number := range 40 {
			wg.Go(func() {
				m := member{rng: rand.New(rand.NewPCG(start, uint64(number))), number: number, values: map[string]string{}}
				for range rounds {
					if err := m.visit(s); err != nil {
						t.Errorf("member %d: %v", number, err)
						return
					}
				}
				mu.Lock()
				total += m.counted
				mu.Unlock()
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		c := dial(t, s)
		want(t, c, fmt.Sprintf("$%d\r\n%d\r\n", len(fmt.Sprint(total)), total), "GET", "counter")
		alone := int64(1)
		if threads > 1 && !*self {
			alone = 2
		}
		waitFor(t, "the crowd to be gone", func() bool { return infoNumber(t, c, "clients", "connected_clients") == alone })
	})
}

// changeThreads gives the reactors threads of their own and takes them back, again
// and again until the function that it returns is called.
func changeThreads(t *testing.T, s *harness.Server) (end func()) {
	t.Helper()
	c := dial(t, s)
	want(t, c, "+OK\r\n", "CONFIG", "SET", "hz", "500")
	var stop atomic.Bool
	done := make(chan int)
	go func() {
		changes := 0
		for active := 0; !stop.Load(); active = 1 - active {
			set := []string{"no", "yes"}[1-active]
			if reply, err := c.Do("CONFIG", "SET", "io-threads-always-active", set); err != nil || string(reply) != "+OK\r\n" {
				t.Errorf("CONFIG SET io-threads-always-active %s: %q, %v", set, reply, err)
				break
			}
			for !stop.Load() {
				reply, err := c.Do("INFO", "server")
				if err != nil {
					t.Error(err)
					break
				}
				if strings.Contains(string(reply), fmt.Sprintf("io_threads_active:%d\r\n", 1-active)) {
					changes++
					break
				}
			}
		}
		done <- changes
	}()
	return func() {
		stop.Store(true)
		if changes := <-done; changes < 4 && !t.Failed() {
			t.Errorf("threads were changed %d times", changes)
		}
	}
}

// member is one client of the crowd.
type member struct {
	rng     *rand.Rand
	number  int
	values  map[string]string // what its keys hold
	counted int               // how often it counted on the common counter
}

// visit connects, sends some pipelines, checks the replies, and leaves.
func (m *member) visit(s *harness.Server) error {
	c, err := s.Dial()
	if err != nil {
		return err
	}
	defer c.Close()
	for range 1 + m.rng.IntN(5) {
		if err := m.pipeline(c); err != nil {
			return err
		}
	}
	if m.rng.IntN(3) == 0 {
		// Leaves with a question in the air, or half of one.
		question := harness.AppendRequest(nil, "GET", strings.Repeat("x", 1000))
		return c.Write(question[:m.rng.IntN(len(question))])
	}
	return nil
}

// pipeline sends commands in one write or in pieces and compares what returns.
func (m *member) pipeline(c *harness.Client) error {
	var request, wanted []byte
	for range 1 + m.rng.IntN(1+m.rng.IntN(200)) {
		key := fmt.Sprintf("member:%d:%d", m.number, m.rng.IntN(20))
		value, exists := m.values[key]
		switch m.rng.IntN(6) {
		case 0, 1:
			size := m.rng.IntN(200)
			if m.rng.IntN(40) == 0 {
				size = m.rng.IntN(200_000)
			}
			value = strings.Repeat(string(rune('a'+m.rng.IntN(26))), size)
			m.values[key] = value
			request = harness.AppendRequest(request, "SET", key, value)
			wanted = append(wanted, "+OK\r\n"...)
		case 2, 3:
			request = harness.AppendRequest(request, "GET", key)
			if exists {
				wanted = fmt.Appendf(wanted, "$%d\r\n%s\r\n", len(value), value)
			} else {
				wanted = append(wanted, "$-1\r\n"...)
			}
		case 4:
			delete(m.values, key)
			request = harness.AppendRequest(request, "DEL", key)
			if exists {
				wanted = append(wanted, ":1\r\n"...)
			} else {
				wanted = append(wanted, ":0\r\n"...)
			}
		case 5:
			m.counted++
			request = harness.AppendRequest(request, "INCR", "counter")
			wanted = append(wanted, ':') // its value is anybody's guess
		}
	}
	cut := m.rng.IntN(len(request) + 1)
	sent := make(chan error, 1)
	go func() { // what it does not read must not keep it from sending
		err := c.Write(request[:cut])
		if err == nil {
			err = c.Write(request[cut:])
		}
		sent <- err
	}()
	if err := m.check(c, wanted); err != nil {
		return err
	}
	return <-sent
}

// check reads as many replies as are wanted and compares them.
func (m *member) check(c *harness.Client, wanted []byte) error {
	for len(wanted) > 0 {
		got, err := c.Receive()
		if err != nil {
			return err
		}
		if wanted[0] == ':' && (len(wanted) == 1 || wanted[1] != '0' && wanted[1] != '1') {
			wanted = wanted[1:]
			if got[0] != ':' {
				return fmt.Errorf("INCR is answered %q", got)
			}
			continue
		}
		if !bytes.HasPrefix(wanted, got) {
			return fmt.Errorf("got %s, want %s", shorten(string(got)), shorten(string(wanted[:min(len(wanted), len(got))])))
		}
		wanted = wanted[len(got):]
	}
	return nil
}
