package client

import (
	"bufio"
	"io"
	"net"
	"testing"
)

// echo answers every line it reads with the replies given, one each, and
// returns its address.
func echo(t *testing.T, replies string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			return
		}
		_, _ = io.WriteString(conn, replies)
	}()
	return l.Addr().String()
}

func TestBatch(t *testing.T) {
	c, err := Dial(echo(t, "+OK\r\n$3\r\nabc\r\n-ERR no\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		c.Queue([]byte("GET"), []byte("k"))
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"OK", "abc", "ERR no"} {
		reply, err := c.Receive()
		if err != nil {
			t.Fatal(err)
		}
		if string(reply.Str) != want {
			t.Errorf("reply %q, want %q", reply.Str, want)
		}
	}
	if _, err := c.Receive(); err == nil {
		t.Error("a reply came that nobody had asked for")
	}
}

func TestDoReturnsErrorReplies(t *testing.T) {
	c, err := Dial(echo(t, "-ERR unknown command\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do("NOPE"); err == nil || err.Error() != "NOPE: ERR unknown command" {
		t.Errorf("Do: %v", err)
	}
	if c.Pending() != 0 {
		t.Errorf("%d replies pending", c.Pending())
	}
}

func TestInfo(t *testing.T) {
	c, err := Dial(echo(t, "$40\r\n# Memory\r\nused_memory:1024\r\n\r\nname:a:b\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n, err := c.InfoInt("memory", "used_memory")
	if err != nil || n != 1024 {
		t.Errorf("used_memory %d, %v", n, err)
	}
	fields := parseInfo([]byte("# x\r\nname:a:b\r\n"))
	if len(fields) != 1 || fields["name"] != "a:b" {
		t.Errorf("fields %q", fields)
	}
}
