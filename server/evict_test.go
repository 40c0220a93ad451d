package server

import "testing"

// TestNothingIsEvictedWhileLoading: a command that is refused then makes no room
// first.
func TestNothingIsEvictedWhileLoading(t *testing.T) {
	p := newPipe(t, "--maxmemory-policy", "allkeys-lru", "--maxmemory-eviction-tenacity", "100")
	x := p.server.executor
	p.reply(t, "SET", "key", "value")
	x.persist.loading = newLoading()
	x.gate |= gateLoading
	for _, args := range [][]string{{"CONFIG", "SET", "maxmemory", "1"}, {"SET", "other", "value"}} {
		p.reply(t, args...)
	}
	if x.keys.Len() != 1 {
		t.Error("a key was evicted")
	}
	x.persist.loading = nil
	x.gate &^= gateLoading
	p.reply(t, "SET", "other", "value")
	if x.keys.Len() != 0 {
		t.Error("no key was evicted")
	}
}

// TestClientsLimit: a percentage is of maxmemory, none without one, and nobody is
// shut out.
func TestClientsLimit(t *testing.T) {
	p := newPipe(t)
	for _, test := range []struct {
		maxmemory, clients string
		want               int64
	}{
		{"0", "0", 0}, {"1gb", "0", 0}, {"0", "50%", 0}, {"1gb", "0%", 0},
		{"1gb", "50%", 512 << 20}, {"1gb", "100%", 1 << 30}, {"1gb", "7%", 75161927},
		{"1mb", "10%", 128 << 10}, {"99", "1%", 128 << 10},
		{"0", "1", 128 << 10}, {"1gb", "131072", 128 << 10}, {"1gb", "131073", 131073}, {"1mb", "1gb", 1 << 30},
		{"18446744073709551615", "100%", 1<<63 - 1},
	} {
		p.reply(t, "CONFIG", "SET", "maxmemory", test.maxmemory, "maxmemory-clients", test.clients)
		if got := p.server.executor.clientsLimit(); got != test.want {
			t.Errorf("maxmemory %s, maxmemory-clients %s: %d, want %d", test.maxmemory, test.clients, got, test.want)
		}
	}
}
