package test

import (
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"basalt/test/harness"
)

// endOf reads up to the end of the stream; a reset is an error.
func endOf(t *testing.T, c *harness.Client) {
	t.Helper()
	if err := c.Conn.SetReadDeadline(time.Now().Add(harness.Patience)); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(c.Conn); err != nil || len(rest) != 0 {
		t.Errorf("%.100q %v", rest, err)
	}
}

// TestDrainBlocked: the connection of a client that is blocked ends like the
// others', whatever it has sent behind its command.
func TestDrainBlocked(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true, Args: []string{"--shutdown-timeout", "600", "--appendonly", "yes"}})
		other, same, later := dial(t, s), dial(t, s), dial(t, s)
		for _, c := range []*harness.Client{same, later} {
			if err := c.Write([]byte("SET k 1\r\nBLPOP x 0\r\nSET k 2\r\n")); err != nil {
				t.Fatal(err)
			}
			if reply, err := c.Receive(); err != nil || string(reply) != "+OK\r\n" {
				t.Fatalf("%q %v", reply, err)
			}
		}
		blockedClients(t, other, 2)
		if err := later.Write([]byte(strings.Repeat("SET k 3\r\n", 10000))); err != nil {
			t.Fatal(err)
		}
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*harness.Client{same, later, other} {
			endOf(t, c)
			c.Close()
		}
		if code, err := s.Wait(); err != nil || code != 0 {
			t.Errorf("exit code %d, %v", code, err)
		}
		again := startBasalt(t, threads, harness.Options{Dir: s.Dir, Args: []string{"--appendonly", "yes"}})
		want(t, dial(t, again), "$1\r\n1\r\n", "GET", "k")
	})
}

// TestDrainWaiting: who has connected before the signal is served, however many
// wait to be accepted.
func TestDrainWaiting(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{TCP: true,
			Args: []string{"--max-new-connections-per-cycle", "10", "--max-new-connections-per-second", "100", "--enable-debug-command", "yes", "--shutdown-timeout", "600"}})
		busy := dial(t, s)
		if err := busy.Send("DEBUG", "SLEEP", "0.5"); err != nil {
			t.Fatal(err)
		}
		clients := make([]*harness.Client, 300)
		for i := range clients {
			clients[i] = dial(t, s)
			if err := clients[i].Write([]byte("PING\r\n")); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for i, c := range clients {
			if reply, err := c.Receive(); err != nil || string(reply) != "+PONG\r\n" {
				t.Fatalf("client %d: %q %v", i, reply, err)
			}
			endOf(t, c)
			c.Close()
		}
		busy.Close()
		if code, err := s.Wait(); err != nil || code != 0 {
			t.Errorf("exit code %d, %v", code, err)
		}
	})
}

// TestEndWithoutClients: a server that saves before it ends is not ready
// meanwhile, and after SIGTERM refuses connections, if it has no clients too.
func TestEndWithoutClients(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"SIGTERM", "SIGINT", "SHUTDOWN"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				s, port := startWithMetrics(t, threads, "--enable-debug-command", "yes",
					"--shutdown-on-sigterm", "save", "--shutdown-on-sigint", "save", "--rdb-key-save-delay", "1000")
				c := dial(t, s)
				want(t, c, "+OK\r\n", "DEBUG", "POPULATE", "2000") // at least two seconds to save
				var err error
				switch how {
				case "SIGTERM":
					c.Close()
					waitFor(t, "the client to be gone", func() bool {
						return value(t, scrape(t, port, "/metrics"), "redis_connected_clients") == 0
					})
					err = s.Signal(syscall.SIGTERM)
				case "SIGINT":
					err = s.Signal(syscall.SIGINT)
				default:
					err = c.Send("SHUTDOWN", "SAVE")
				}
				if err != nil {
					t.Fatal(err)
				}
				waitFor(t, "that it is not ready and refuses", func() bool {
					if how == "SIGTERM" {
						if c, err := s.Dial(); err == nil {
							c.Close()
							return false
						}
					}
					code, text := ask(port, "/readyz")
					if code == 0 {
						t.Fatal("it has ended, and was ready to the last: ", text)
					}
					return code == 503 && strings.HasPrefix(text, "draining")
				})
				if code, err := s.Wait(); err != nil || code != 0 {
					t.Errorf("exit code %d, %v", code, err)
				}
			})
		})
	}
}
