package server

import (
	"strings"
	"testing"
)

func TestTransactionAllocatesNothing(t *testing.T) {
	p := newPipe(t)
	at := func(list ...string) (batches [][]byte) {
		for _, commands := range list {
			var in []byte
			for command := range strings.SplitSeq(commands, ";") {
				in = append(in, encode(strings.Fields(command)...)...)
			}
			batches = append(batches, in)
		}
		return batches
	}
	for name, batches := range map[string][][]byte{
		"at once":     at("MULTI;SET a 1;INCR a;GET a;EXEC"),
		"in batches":  at("MULTI", "SET a 1", "INCR a;GET a", "EXEC"),
		"given up":    at("MULTI;SET a 1", "DISCARD"),
		"with errors": at("MULTI;SET a 1", "MULTI", "EXEC"),
	} {
		round := func() {
			for _, in := range batches {
				p.run(t, in, nil)
			}
		}
		for range 16 {
			round() // warm
		}
		// An error is counted under a name of its own.
		if n := testing.AllocsPerRun(200, round); n != 0 {
			t.Errorf("a transaction %s allocates %v times", name, n)
		}
	}
}
