package netpoll

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"basalt/internal/seeds"
)

// checkPattern reads total bytes that have to repeat pattern, then the end.
func checkPattern(r io.Reader, pattern []byte, total int) error {
	b := make([]byte, 64<<10)
	for seen := 0; ; {
		n, err := r.Read(b)
		for i := 0; i < n; {
			part := pattern[(seen+i)%len(pattern):]
			part = part[:min(len(part), n-i)]
			if !bytes.Equal(b[i:i+len(part)], part) {
				return fmt.Errorf("other bytes after %d", seen+i)
			}
			i += len(part)
		}
		seen += n
		if err == io.EOF && seen == total {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", seen, total, err)
		}
	}
}

func TestReadWriteEdges(t *testing.T) {
	fd, client := connect(t)
	if n, err := Read(fd, make([]byte, 1)); n != 0 || err != ErrAgain {
		t.Fatal(n, err)
	}
	if n, err := Write(fd, nil); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	client.Close()
	for range 2 { // the end stays the end
		p := openLoop(t)
		p.Add(fd, 1)
		p.next(1, hangup)
		if n, err := Read(fd, make([]byte, 1)); n != 0 || err != io.EOF {
			t.Fatal(n, err)
		}
	}
	if err := Close(fd); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(fd, make([]byte, 1)); err == nil || err == ErrAgain || err == io.EOF {
		t.Fatal("read from a closed descriptor:", err)
	}
}

// TestVec writes more pieces than one call takes, of all sizes, against a full
// send buffer, going on after each short write where it stopped.
func TestVec(t *testing.T) {
	seed := seeds.Of(t)
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	pattern := make([]byte, 12<<20)
	for i := range pattern {
		pattern[i] = byte(random.Uint32())
	}
	p := openLoop(t)
	fd, client := connect(t)
	p.Add(fd, 1)
	p.next(1, writable)
	received := make(chan error, 1)
	go func() { received <- checkPattern(client, pattern, len(pattern)) }()

	var v Vec
	for rest := pattern; len(rest) > 0; {
		var pieces [][]byte
		window := rest
		for range random.IntN(3 * vecMax) {
			piece := window[:min(len(window), random.IntN(2000)*random.IntN(2))]
			window = window[len(piece):]
			pieces = append(pieces, piece)
		}
		n, err := Writev(fd, pieces, &v)
		if err == ErrAgain {
			p.next(1, writable)
		} else if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
		if v.Len() != 0 || v.Size() != 0 {
			t.Fatal("the scratch keeps pieces")
		}
	}
	ShutdownWrite(fd)
	if err := <-received; err != nil {
		t.Fatal(err)
	}
}

func TestVecSizes(t *testing.T) {
	var v Vec
	if n, err := v.Write(-1); n != 0 || err != nil {
		t.Fatal("an empty write does something:", n, err)
	}
	v.Add(nil)
	v.Add([]byte("ab"))
	v.Add([]byte("c"))
	if v.Len() != 2 || v.Size() != 3 {
		t.Fatal(v.Len(), v.Size())
	}
	if _, err := v.Write(-1); err == nil {
		t.Fatal("wrote to no descriptor")
	}
	fd, client := connect(t)
	for range 2 { // a write does not use the pieces up
		if n, err := v.Write(fd); n != 3 || err != nil {
			t.Fatal(n, err)
		}
	}
	b := make([]byte, 6)
	if _, err := io.ReadFull(client, b); err != nil || string(b) != "abcabc" {
		t.Fatal(string(b), err)
	}
	v.Reset()
	if v.Len() != 0 || v.Size() != 0 {
		t.Fatal(v.Len(), v.Size())
	}
}

func TestRefuse(t *testing.T) {
	text := "-ERR max number of clients reached\r\n"
	fd, client := connect(t)
	// Bytes that nobody reads must not turn the close into a reset.
	send(t, client, "PING\r\n")
	p := openLoop(t)
	p.Add(fd, 1)
	p.next(1, readable)
	Refuse(fd, []byte(text))
	if got, err := io.ReadAll(client); string(got) != text || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
}
