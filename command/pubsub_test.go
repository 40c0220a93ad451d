package command

import "testing"

// TestSubscribeWhereNobodyWaits: who expects one reply to each command cannot
// subscribe; a transaction may, but to shard channels.
func TestSubscribeWhereNobodyWaits(t *testing.T) {
	n := newNode(t, 2)
	n.c.NoBlock = true
	for _, word := range []string{"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"} {
		want := "-ERR " + word + " isn't allowed for a DENY BLOCKING client\r\n"
		if got := n.do(word, "c"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	n.client.Flags |= InMulti
	if got, want := n.do("SSUBSCRIBE", "c"), "-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
