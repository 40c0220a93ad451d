package test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"basalt/internal/invariants"
	"basalt/test/harness"
)

// TestIdleConnections: ten thousand clients that have spoken once and say no
// more take less than 10 MB.
func TestIdleConnections(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	// Where a process may not have so many descriptors, the bound shrinks with
	// their number.
	count := int(min(10_000, limit.Max-500))
	// It is 800 bytes as a rule, and what the collector has not given back yet;
	// make compare has the figure.
	bound := int64(count) * 1500
	switch {
	case harness.RaceEnabled:
		bound *= 20 // the detector keeps a shadow of everything
	case invariants.Enabled:
		bound *= 2
	}
	for _, threads := range modes { // one after the other: descriptors are few
		s := startBasalt(t, threads, harness.Options{Args: []string{"--maxclients", "10100"}})
		first := dial(t, s)
		want(t, first, "+PONG\r\n", "PING")
		before := rss(t, s)
		clients := make([]*harness.Client, 0, count)
		for range count {
			c, err := s.Dial()
			if err != nil {
				t.Fatalf("connection %d: %v", len(clients), err)
			}
			clients = append(clients, c)
			if err := c.Write([]byte("PING\r\n")); err != nil {
				t.Fatal(err)
			}
		}
		for i, c := range clients {
			if reply, err := c.Receive(); err != nil || string(reply) != "+PONG\r\n" {
				t.Fatalf("connection %d: %q %v", i, reply, err)
			}
		}
		// Buffers that lay ready for a burst may take a moment to go.
		var grown int64
		for deadline := time.Now().Add(harness.Patience / 3); ; time.Sleep(50 * time.Millisecond) {
			if grown = rss(t, s) - before; grown < bound || time.Now().After(deadline) {
				break
			}
		}
		t.Logf("threads=%d: %d connections, %d KiB, %d bytes each", threads, count, grown>>10, grown/int64(count))
		if grown >= bound {
			t.Errorf("threads=%d: %d idle connections take %d bytes, %d at most", threads, count, grown, bound)
		}
		if n := infoNumber(t, first, "clients", "connected_clients"); n < int64(count) {
			t.Errorf("%d clients counted", n)
		}
		for _, c := range clients {
			c.Close()
		}
		waitFor(t, "the clients to be gone", func() bool { return infoNumber(t, first, "clients", "connected_clients") == 1 })
	}
}

// TestOutOfDescriptors: a server that can open no more descriptors serves the
// clients it has, does not burn the processor over those it cannot take, and
// takes new ones when it can.
func TestOutOfDescriptors(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true})
		var have []*harness.Client
		for range 10 {
			c := dial(t, s)
			want(t, c, "+PONG\r\n", "PING")
			have = append(have, c)
		}
		var old unix.Rlimit
		tight := unix.Rlimit{Cur: 12, Max: 12}
		if err := unix.Prlimit(s.Pid(), unix.RLIMIT_NOFILE, nil, &old); err != nil {
			t.Fatal(err)
		}
		tight.Max = old.Max
		if err := unix.Prlimit(s.Pid(), unix.RLIMIT_NOFILE, &tight, nil); err != nil {
			t.Fatal(err)
		}
		var waiting []*harness.Client
		for range 30 {
			waiting = append(waiting, dial(t, s))
		}
		used, err := harness.CPU(s.Pid())
		if err != nil {
			t.Fatal(err)
		}
		const watch = time.Second
		time.Sleep(watch)
		for _, c := range have {
			want(t, c, "+PONG\r\n", "PING")
		}
		after, err := harness.CPU(s.Pid())
		if err != nil {
			t.Fatal(err)
		}
		if burnt := after - used; burnt > watch/2 {
			t.Errorf("%v of processor time in %v over connections it cannot take", burnt, watch)
		}
		if err := unix.Prlimit(s.Pid(), unix.RLIMIT_NOFILE, &old, nil); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "new clients to be taken", func() bool {
			reply, err := dial(t, s).Do("PING")
			return err == nil && string(reply) == "+PONG\r\n"
		})
		for _, c := range waiting {
			c.Close()
		}
	})
}
