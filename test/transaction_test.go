package test

import (
	"strings"
	"testing"

	"basalt/test/harness"
)

// TestTransactionKeepsArguments: what is queued, large arguments among it,
// stays until EXEC, and is given back if that never comes.
func TestTransactionKeepsArguments(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789abcdef", 16<<10)
	values := []string{"small", large, strings.Repeat("x", 300)}
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		want(t, c, "+OK\r\n", "MULTI")
		reply := "*18\r\n"
		for range 3 {
			for _, value := range values {
				want(t, c, "+QUEUED\r\n", "SET", "key", value)
				want(t, c, "+QUEUED\r\n", "GET", "key")
				reply += "+OK\r\n" + bulkReply(value)
			}
		}
		if got := do(t, c, "EXEC"); got != reply {
			t.Errorf("EXEC: %d bytes that begin with %.40q, want %d", len(got), got, len(reply))
		}
		want(t, c, ":1\r\n", "DEL", "key")
		before := infoNumber(t, c, "memory", "used_memory")
		for range 20 {
			want(t, c, "+OK\r\n", "MULTI")
			want(t, c, "+QUEUED\r\n", "SET", "key", large)
			want(t, c, "+OK\r\n", "DISCARD")
			gone := dial(t, s)
			want(t, gone, "+OK\r\n", "MULTI")
			want(t, gone, "+QUEUED\r\n", "SET", "key", large)
			gone.Close()
		}
		waitFor(t, "the others to be gone", func() bool { return infoNumber(t, c, "clients", "connected_clients") == 1 })
		if after := infoNumber(t, c, "memory", "used_memory"); after > before+int64(len(large)) {
			t.Errorf("used_memory %d before and %d after transactions that were given up", before, after)
		}
	})
}

// bulkReply is the reply that is the value.
func bulkReply(value string) string {
	return string(harness.AppendRequest(nil, value)[len("*1\r\n"):])
}
