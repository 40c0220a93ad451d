package netpoll

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestPair: what is written at one end the poller tells of and Read takes at the
// other.
func TestPair(t *testing.T) {
	var ends [2]int
	if err := Pair(&ends); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ends[0])
	defer unix.Close(ends[1])
	p, err := OpenPoller()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Add(ends[0], Token(0, 7)); err != nil {
		t.Fatal(err)
	}
	var events [4]Event
	for range 3 {
		if n, err := Write(ends[1], []byte("x")); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		n, err := p.Wait(events[:], 1000)
		if n != 1 || err != nil || events[0].Token != Token(0, 7) || !events[0].Readable {
			t.Fatal(n, err, events[0])
		}
		var b [8]byte
		if n, err := Read(ends[0], b[:]); n != 1 || err != nil || b[0] != 'x' {
			t.Fatal(n, err, b)
		}
		if _, err := Read(ends[0], b[:]); err != ErrAgain {
			t.Fatal(err)
		}
	}
}
