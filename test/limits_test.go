package test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/test/harness"
)

// infoField returns a field of INFO as it stands there.
func infoField(t *testing.T, c *harness.Client, section, name string) string {
	t.Helper()
	return fieldIn(t, do(t, c, "INFO", section), name)
}

func fieldIn(t *testing.T, info, name string) string {
	t.Helper()
	for _, line := range strings.Split(info, "\r\n") {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return value
		}
	}
	t.Fatalf("there is no %s in %q", name, info)
	return ""
}

func infoNumber(t *testing.T, c *harness.Client, section, name string) int64 {
	t.Helper()
	return numberIn(t, do(t, c, "INFO", section), name)
}

func numberIn(t *testing.T, info, name string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(fieldIn(t, info, name), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func rss(t *testing.T, s *harness.Server) int64 {
	t.Helper()
	n, err := harness.RSS(s.Pid())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSlowClient: who asks for more than it reads is made to wait; the server
// does not hold all the answers. When it reads at last, it gets them all.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		const size, count = 1 << 20, 400
		s := startBasalt(t, threads, harness.Options{})
		other, slow := dial(t, s), dial(t, s)
		want(t, other, "+OK\r\n", "SET", "k", strings.Repeat("x", size))
		before := rss(t, s)
		var request []byte
		for range count {
			request = harness.AppendRequest(request, "GET", "k")
		}
		if err := slow.Write(append(request, "PING\r\n"...)); err != nil {
			t.Fatal(err)
		}
		// It serves others while it holds this one back.
		for range 200 {
			want(t, other, ":1\r\n", "EXISTS", "k")
		}
		time.Sleep(100 * time.Millisecond)
		if grown := rss(t, s) - before; grown > 100<<20 {
			t.Errorf("%d MiB more for replies nobody reads", grown>>20)
		}
		for i := range count {
			reply, err := slow.Receive()
			if err != nil {
				t.Fatalf("reply %d of %d: %v", i, count, err)
			}
			if len(reply) != size+len("$1048576\r\n")+2 {
				t.Fatalf("reply %d has %d bytes", i, len(reply))
			}
		}
		if reply, err := slow.Receive(); err != nil || string(reply) != "+PONG\r\n" {
			t.Errorf("behind them: %q %v", reply, err)
		}
	})
}

// TestChangedWhileSent: a large reply that waits to be written is what the
// value was when it was asked for.
func TestChangedWhileSent(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		const size = 8 << 20
		s := startBasalt(t, threads, harness.Options{})
		other, slow := dial(t, s), dial(t, s)
		old := strings.Repeat("old.", size/4)
		for _, change := range [][]string{
			{"SET", "k", "new"}, {"DEL", "k"}, {"APPEND", "k", "more"}, {"SETRANGE", "k", "10", "new"},
			{"FLUSHALL"}, {"RENAME", "k", "l"}, {"SWAPDB", "0", "1"},
		} {
			want(t, other, "+OK\r\n", "SET", "k", old)
			if err := slow.Send("GET", "k"); err != nil {
				t.Fatal(err)
			}
			waitFor(t, "the reply to be under way", func() bool {
				return strings.Contains(do(t, other, "CLIENT", "LIST"), "cmd=get ")
			})
			do(t, other, change...)
			want(t, other, "+OK\r\n", "SET", "filler", strings.Repeat("new!", size/4))
			reply, err := slow.Receive()
			if err != nil {
				t.Fatal(err)
			}
			if string(reply) != fmt.Sprintf("$%d\r\n%s\r\n", size, old) {
				t.Errorf("%q while GET is being written changed the reply", change)
			}
			want(t, slow, "+PONG\r\n", "PING")
			want(t, other, "+OK\r\n", "FLUSHALL")
		}
	})
}

// TestOutputBufferLimit: past the hard limit at once, past the soft one when it
// lasts.
func TestOutputBufferLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{"normal 1mb 0 0", "normal 0 1mb 1"} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				s := startBasalt(t, threads, harness.Options{})
				other, slow := dial(t, s), dial(t, s)
				want(t, other, "+OK\r\n", "SET", "k", strings.Repeat("x", 16<<20))
				want(t, other, "+OK\r\n", "CONFIG", "SET", "client-output-buffer-limit", limit)
				id := integer(t, do(t, slow, "CLIENT", "ID"))
				if err := slow.Send("GET", "k"); err != nil {
					t.Fatal(err)
				}
				waitFor(t, "the client to be cut off", func() bool {
					return !strings.Contains(do(t, other, "CLIENT", "LIST"), "id="+id+" ")
				})
				rest, err := slow.Rest()
				if err != nil {
					t.Error(err)
				}
				if len(rest) >= 16<<20 {
					t.Errorf("%d bytes came all the same", len(rest))
				}
				if n := infoNumber(t, other, "stats", "client_output_buffer_limit_disconnections"); n != 1 {
					t.Errorf("%d disconnections counted", n)
				}
			})
		})
	}
}

// TestQueryBufferLimit: a query without end ends the connection.
func TestQueryBufferLimit(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--client-query-buffer-limit", "1mb"}})
		other := dial(t, s)
		for name, query := range map[string]struct{ start, more string }{
			"many arguments": {"*1000000\r\n", strings.Repeat("$10\r\n0123456789\r\n", 1000)},
			"a large one":    {"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n", strings.Repeat("x", 10_000)},
		} {
			c := dial(t, s)
			id := integer(t, do(t, c, "CLIENT", "ID"))
			err := c.Write([]byte(query.start))
			for range 400 {
				if err != nil {
					break // the server closed, as it should
				}
				err = c.Write([]byte(query.more))
			}
			waitFor(t, name+": the client to be cut off", func() bool {
				return !strings.Contains(do(t, other, "CLIENT", "LIST"), "id="+id+" ")
			})
			expectClosed(t, c)
		}
		if n := infoNumber(t, other, "stats", "client_query_buffer_limit_disconnections"); n != 2 {
			t.Errorf("%d disconnections counted", n)
		}
	})
}

func TestMaxClients(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--maxclients", "3"}})
		var clients []*harness.Client
		waitFor(t, "the clients of the start to be gone", func() bool {
			c := dial(t, s)
			if reply, err := c.Do("PING"); err != nil || string(reply) != "+PONG\r\n" {
				return false
			}
			clients = append(clients, c)
			return len(clients) == 3
		})
		for range 5 {
			c := dial(t, s)
			if rest, err := c.Rest(); err != nil || string(rest) != "-ERR max number of clients reached\r\n" {
				t.Errorf("one too many: %q %v", rest, err)
			}
		}
		if n := infoNumber(t, clients[0], "stats", "rejected_connections"); n < 5 {
			t.Errorf("%d rejections counted", n)
		}
		want(t, clients[0], "+OK\r\n", "CONFIG", "SET", "maxclients", "4")
		c := dial(t, s)
		want(t, c, "+PONG\r\n", "PING")
		clients[1].Close()
		waitFor(t, "the place to be free", func() bool {
			reply, err := dial(t, s).Do("PING")
			return err == nil && string(reply) == "+PONG\r\n"
		})
	})
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--timeout", "1"}})
		idle, busy, half := dial(t, s), dial(t, s), dial(t, s)
		want(t, idle, "+PONG\r\n", "PING")
		if err := half.Write([]byte("*2\r\n$3\r\nGET\r\n")); err != nil {
			t.Fatal(err)
		}
		closed := make(chan error, 2)
		for _, c := range []*harness.Client{idle, half} {
			go func() {
				_, err := c.Rest()
				closed <- err
			}()
		}
		for left := 2; left > 0; {
			select {
			case err := <-closed:
				if err != nil {
					t.Fatal(err)
				}
				left--
			case <-time.After(20 * time.Millisecond):
				want(t, busy, "+PONG\r\n", "PING")
			}
		}
		want(t, busy, "+PONG\r\n", "PING")
	})
}

func TestUnixSocketPermissions(t *testing.T) {
	t.Parallel()
	for _, perm := range []string{"700", "770", "777", "0"} {
		t.Run(perm, func(t *testing.T) {
			t.Parallel()
			var args []string
			if perm != "0" {
				args = []string{"--unixsocketperm", perm}
			}
			reference := startRedis(t, harness.Options{Args: args})
			wanted := mode(t, reference.Socket)
			inModes(t, func(t *testing.T, threads int) {
				s := startBasalt(t, threads, harness.Options{Args: args})
				if got := mode(t, s.Socket); got != wanted {
					t.Errorf("mode %v, want %v", got, wanted)
				}
			})
		})
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}
