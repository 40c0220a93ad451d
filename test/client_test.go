package test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"basalt/test/harness"
)

// waitFor asks until the condition holds.
func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(harness.Patience); time.Now().Before(deadline); {
		if condition() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("waited in vain: %s", what)
}

// integer takes the number out of an integer reply.
func integer(t *testing.T, reply string) string {
	t.Helper()
	if !strings.HasPrefix(reply, ":") {
		t.Fatalf("not an integer: %q", reply)
	}
	return strings.TrimSpace(reply[1:])
}

// expectClosed reads to the end of the connection.
func expectClosed(t *testing.T, c *harness.Client) {
	t.Helper()
	if _, err := c.Rest(); err != nil {
		t.Error(err)
	}
}

func TestClientKill(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true})
		killer := dial(t, s)
		for _, how := range []struct {
			name  string
			words func(victim *harness.Client, id string) []string
		}{
			{"by id", func(_ *harness.Client, id string) []string { return []string{"ID", id} }},
			{"by address", func(v *harness.Client, _ string) []string {
				return []string{"ADDR", v.Conn.LocalAddr().String()}
			}},
			{"by address, old form", func(v *harness.Client, _ string) []string {
				return []string{v.Conn.LocalAddr().String()}
			}},
			{"by all at once", func(v *harness.Client, id string) []string {
				return []string{"ID", id, "ADDR", v.Conn.LocalAddr().String(), "LADDR", v.Conn.RemoteAddr().String(),
					"TYPE", "normal", "USER", "default", "SKIPME", "yes"}
			}},
		} {
			victim := dial(t, s)
			id := integer(t, do(t, victim, "CLIENT", "ID"))
			words := how.words(victim, id)
			reply := ":1\r\n"
			if len(words) == 1 {
				reply = "+OK\r\n"
			}
			want(t, killer, reply, append([]string{"CLIENT", "KILL"}, words...)...)
			expectClosed(t, victim)
			if got := do(t, killer, "CLIENT", "LIST"); strings.Contains(got, "id="+id+" ") {
				t.Errorf("%s: still listed: %s", how.name, got)
			}
		}

		// Everybody but the one who asks, then that one too.
		others := []*harness.Client{dial(t, s), dial(t, s), dial(t, s)}
		for _, c := range others {
			want(t, c, "+PONG\r\n", "PING")
		}
		want(t, killer, ":3\r\n", "CLIENT", "KILL", "TYPE", "normal")
		for _, c := range others {
			expectClosed(t, c)
		}
		id := integer(t, do(t, killer, "CLIENT", "ID"))
		want(t, killer, ":0\r\n", "CLIENT", "KILL", "ID", id)
		want(t, killer, ":1\r\n", "CLIENT", "KILL", "ID", id, "SKIPME", "no")
		expectClosed(t, killer)
	})
}

func TestClientListAndAddresses(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true})
		a, b := dial(t, s), dial(t, s)
		unix, err := s.DialSocket()
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close()
		want(t, a, "+OK\r\n", "CLIENT", "SETNAME", "first")
		want(t, b, "+OK\r\n", "SELECT", "3")
		idA, idB := integer(t, do(t, a, "CLIENT", "ID")), integer(t, do(t, b, "CLIENT", "ID"))
		idU := integer(t, do(t, unix, "CLIENT", "ID"))
		list := do(t, b, "CLIENT", "LIST", "ID", idA, idB, idU)
		for _, piece := range []string{
			"id=" + idA + " addr=" + a.Conn.LocalAddr().String() + " laddr=" + a.Conn.RemoteAddr().String() + " ",
			" name=first ", " db=3 ", " addr=" + s.Socket + ":0 ", " laddr=" + s.Socket + ":0 ", " cmd=client|list ", " cmd=client|id ",
		} {
			if !strings.Contains(list, piece) {
				t.Errorf("%q is missing in %s", piece, list)
			}
		}
		if n := strings.Count(list, "id="); n < 3 {
			t.Errorf("%d clients of 3: %s", n, list)
		}
	})
}

// TestPauseWrites: writes wait, reads do not, and what waited is done then.
func TestPauseWrites(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		boss, writer, reader := dial(t, s), dial(t, s), dial(t, s)
		want(t, boss, "+OK\r\n", "CLIENT", "PAUSE", "1000000", "WRITE")
		for _, args := range [][]string{{"GET", "k"}, {"SET", "k", "v"}, {"GET", "k"}} {
			if err := writer.Send(args...); err != nil {
				t.Fatal(err)
			}
		}
		if reply, err := writer.Receive(); err != nil || string(reply) != "$-1\r\n" {
			t.Errorf("GET before SET: %q %v", reply, err)
		}
		waitFor(t, "the writer to be held", func() bool {
			return strings.Contains(do(t, reader, "INFO", "clients"), "blocked_clients:1")
		})
		want(t, reader, "$-1\r\n", "GET", "k")
		want(t, boss, "+OK\r\n", "CLIENT", "UNPAUSE")
		for _, reply := range []string{"+OK\r\n", "$1\r\nv\r\n"} {
			if got, err := writer.Receive(); err != nil || string(got) != reply {
				t.Errorf("after the pause: %q %v, want %q", got, err, reply)
			}
		}
	})
}

// TestPauseAll: nothing is answered before the pause is over.
func TestPauseAll(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		boss, other := dial(t, s), dial(t, s)
		want(t, other, "+PONG\r\n", "PING")
		start := time.Now()
		want(t, boss, "+OK\r\n", "CLIENT", "PAUSE", "300")
		want(t, other, "+PONG\r\n", "PING")
		if took := time.Since(start); took < 290*time.Millisecond {
			t.Errorf("answered %v after the start of a pause of 300 ms", took)
		}
	})
}

// TestHalfClosed: who has said all there is to say still gets the answers.
func TestHalfClosed(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true})
		c := dial(t, s)
		want(t, c, "+OK\r\n", "SET", "k", strings.Repeat("x", 100_000))
		var request []byte
		for range 50 {
			request = harness.AppendRequest(request, "GET", "k")
		}
		if err := c.Write(request); err != nil {
			t.Fatal(err)
		}
		if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		got, err := c.Rest()
		if err != nil {
			t.Fatal(err)
		}
		if size := 50 * (len("$100000\r\n") + 100_002); len(got) != size {
			t.Errorf("%d bytes of replies, want %d", len(got), size)
		}
	})
}

// TestPieces: a request that comes byte by byte is a request.
func TestPieces(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		request := harness.AppendRequest(nil, "SET", "k", "some value\r\n")
		request = append(request, "GET k\r\n"...)
		request = harness.AppendRequest(request, "STRLEN", "k")
		for i := range request {
			if err := c.Write(request[i : i+1]); err != nil {
				t.Fatal(err)
			}
		}
		for _, reply := range []string{"+OK\r\n", "$12\r\nsome value\r\n\r\n", ":12\r\n"} {
			if got, err := c.Receive(); err != nil || string(got) != reply {
				t.Errorf("got %q %v, want %q", got, err, reply)
			}
		}
		// A large argument in two halves, its line end apart.
		value := bytes.Repeat([]byte("0123456789"), 30_000)
		whole := harness.AppendRequest(nil, "SET", "big", string(value))
		for _, part := range [][]byte{whole[:70_000], whole[70_000 : len(whole)-1], whole[len(whole)-1:]} {
			if err := c.Write(part); err != nil {
				t.Fatal(err)
			}
			want(t, dial(t, s), "+PONG\r\n", "PING")
		}
		if got, err := c.Receive(); err != nil || string(got) != "+OK\r\n" {
			t.Errorf("large value: %q %v", got, err)
		}
		want(t, c, "$300000\r\n"+string(value)+"\r\n", "GET", "big")
	})
}

// TestHugeValue: 512 MiB is the most an argument may have.
func TestHugeValue(t *testing.T) {
	t.Parallel()
	if testing.Short() || harness.RaceEnabled {
		return // gigabytes through an instrumented server prove nothing more
	}
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		c := dial(t, s)
		const size = 512 << 20
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		if err := c.Write([]byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n")); err != nil {
			t.Fatal(err)
		}
		for range size / len(chunk) {
			if err := c.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Write([]byte("\r\n")); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Receive(); err != nil || string(got) != "+OK\r\n" {
			t.Fatalf("got %q %v", got, err)
		}
		want(t, c, ":536870912\r\n", "STRLEN", "k")
		want(t, c, "$5\r\nxxxxx\r\n", "GETRANGE", "k", "-5", "-1")
		want(t, c, "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n", "APPEND", "k", "y")
		if err := c.Send("GET", "k"); err != nil {
			t.Fatal(err)
		}
		// Piece by piece: a reply in memory costs more than all else here.
		piece := func(want []byte) {
			t.Helper()
			got := make([]byte, len(want))
			if _, err := io.ReadFull(c.Conn, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("not %.20q came back but %.20q, %v", want, got, err)
			}
		}
		piece([]byte("$536870912\r\n"))
		for range size / len(chunk) {
			piece(chunk)
		}
		piece([]byte("\r\n"))
		want(t, c, ":1\r\n", "UNLINK", "k")
		want(t, c, "+PONG\r\n", "PING")
	})
}
