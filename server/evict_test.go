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
