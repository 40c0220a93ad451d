package test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"basalt/test/harness"
)

// ask reads a page of the metrics listener, whatever its status.
func ask(port int, path string) (int, string) {
	client := http.Client{Timeout: harness.Patience, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://127.0.0.1:" + strconv.Itoa(port) + path)
	if err != nil {
		return 0, err.Error()
	}
	defer r.Body.Close()
	b, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(b)
}

// TestDrain: on SIGTERM a server that has clients is not ready, takes nobody,
// lets everybody finish what they began, and ends well.
func TestDrain(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--appendonly", "yes", "--shutdown-timeout", "20")
		if code, text := ask(port, "/readyz"); code != 200 || text != "ready\n" {
			t.Fatalf("%d %q", code, text)
		}
		idle, blocked, subscriber, half, multi := dial(t, s), dial(t, s), dial(t, s), dial(t, s), dial(t, s)
		want(t, idle, "+PONG\r\n", "PING")
		if err := blocked.Send("BLPOP", "nothing", "0"); err != nil {
			t.Fatal(err)
		}
		do(t, subscriber, "SUBSCRIBE", "c")
		// One is in the middle of a command, one of a transaction.
		if err := half.Write([]byte("SET half 1\r\n*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1")); err != nil {
			t.Fatal(err)
		}
		if reply, err := half.Receive(); err != nil || string(reply) != "+OK\r\n" {
			t.Fatalf("%q %v", reply, err)
		}
		want(t, multi, "+OK\r\n", "MULTI")
		want(t, multi, "+QUEUED\r\n", "SET", "multi", "1")
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "that it is not ready", func() bool {
			code, text := ask(port, "/readyz")
			return code == 503 && strings.HasPrefix(text, "draining")
		})
		if code, _ := ask(port, "/healthz"); code != 200 {
			t.Errorf("/healthz: %d", code)
		}
		want(t, multi, "*1\r\n+OK\r\n", "EXEC")
		for _, c := range []*harness.Client{idle, blocked, subscriber, multi} {
			if rest, err := c.Rest(); err != nil || len(rest) != 0 {
				t.Errorf("%q %v", rest, err)
			}
			c.Close()
		}
		if c, err := s.Dial(); err == nil {
			t.Error("a new connection was accepted")
			c.Close()
		}
		if err := half.Write([]byte("\r\n2\r\n")); err != nil {
			t.Fatal(err)
		}
		if rest, err := half.Rest(); err != nil || string(rest) != "+OK\r\n" {
			t.Errorf("%q %v", rest, err)
		}
		half.Close()
		if code, err := s.Wait(); err != nil || code != 0 {
			t.Errorf("exit code %d, %v", code, err)
		}
		if !strings.Contains(s.Output(), `"cut":0,`) {
			t.Error(s.Output())
		}
		again := startBasalt(t, threads, harness.Options{Dir: s.Dir, Args: []string{"--appendonly", "yes"}})
		c := dial(t, again)
		want(t, c, "$1\r\n2\r\n", "GET", "half")
		want(t, c, "$1\r\n1\r\n", "GET", "multi")
	})
}

// TestDrainPipelines: what of a pipeline was executed before its client was told
// to go is answered to the last command, and what was not answered was not
// executed.
func TestDrainPipelines(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"--shutdown-timeout", "600", "--appendonly", "yes"}})
		const clients, commands = 20, 20000
		var pipeline []byte
		for range commands {
			pipeline = harness.AppendRequest(pipeline, "INCR", "n")
		}
		answers := make(chan int, clients)
		var begun []chan struct{}
		for range clients {
			c := dial(t, s)
			first := make(chan struct{})
			begun = append(begun, first)
			go c.Write(pipeline)
			go func() {
				in, n := bufio.NewReader(c.Conn), 0
				for {
					line, err := in.ReadString('\n')
					if err != nil || line[0] != ':' {
						break
					}
					if n++; n == 1 {
						close(first)
					}
				}
				answers <- n
			}()
		}
		for _, first := range begun {
			<-first
		}
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for range clients {
			sum += <-answers
		}
		if code, err := s.Wait(); err != nil || code != 0 {
			t.Errorf("exit code %d, %v", code, err)
		}
		again := startBasalt(t, threads, harness.Options{Dir: s.Dir, Args: []string{"--appendonly", "yes"}})
		text := strconv.Itoa(sum)
		want(t, dial(t, again), "$"+strconv.Itoa(len(text))+"\r\n"+text+"\r\n", "GET", "n")
	})
}

// TestDrainEnds: the time for clients is bounded, a second signal ends it, and
// who wants none gets none.
func TestDrainEnds(t *testing.T) {
	t.Parallel()
	stubborn := func(t *testing.T, threads int, args ...string) *harness.Server {
		s := startBasalt(t, threads, harness.Options{Args: args})
		c := dial(t, s)
		if err := c.Write([]byte("PING\r\n*2\r\n$3\r\nGET\r\n")); err != nil {
			t.Fatal(err)
		}
		if reply, err := c.Receive(); err != nil || string(reply) != "+PONG\r\n" {
			t.Fatalf("%q %v", reply, err)
		}
		return s
	}
	inModes(t, func(t *testing.T, threads int) {
		bounded := stubborn(t, threads, "--shutdown-timeout", "1")
		twice := stubborn(t, threads, "--shutdown-timeout", "600")
		none := stubborn(t, threads, "--shutdown-timeout", "0")
		now := stubborn(t, threads, "--shutdown-timeout", "600", "--shutdown-on-sigterm", "now")
		interrupted := stubborn(t, threads, "--shutdown-timeout", "600")
		mixed := stubborn(t, threads, "--shutdown-timeout", "600", "--shutdown-on-sigterm", "save")
		for _, s := range []*harness.Server{bounded, twice, none, now, mixed} {
			if err := s.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
		if err := interrupted.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the drain", func() bool { return strings.Contains(twice.Output(), "draining") })
		// The other one has waited for its client, and is gone.
		if code, err := bounded.Wait(); err != nil || code != 0 {
			t.Errorf("bounded: exit code %d, %v", code, err)
		}
		if !twice.Alive() {
			t.Error("ended without waiting for its client")
		}
		if err := twice.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the drain", func() bool { return strings.Contains(mixed.Output(), "draining") })
		if err := mixed.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]*harness.Server{"mixed": mixed, "twice": twice, "none": none, "now": now, "interrupted": interrupted} {
			if code, err := s.Wait(); err != nil || code != 0 {
				t.Errorf("%s: exit code %d, %v", name, code, err)
			}
		}
	})
}

// TestDrainRefused: a server that must save and cannot goes on, and takes
// clients again.
func TestDrainRefused(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--shutdown-on-sigterm", "save", "--dbfilename", "d.rdb")
		c := dial(t, s)
		want(t, c, "+PONG\r\n", "PING")
		blockFile(t, s.Dir+"/d.rdb")
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if rest, err := c.Rest(); err != nil || len(rest) != 0 {
			t.Errorf("%q %v", rest, err)
		}
		c.Close()
		waitFor(t, "a new client", func() bool {
			c, err := s.Dial()
			if err != nil {
				return false
			}
			defer c.Close()
			_, err = c.Do("CONFIG", "SET", "shutdown-on-sigterm", "nosave")
			return err == nil
		})
		if _, text := ask(port, "/readyz"); strings.Contains(text, "draining") {
			t.Errorf("/readyz: %q", text)
		}
	})
}

// TestDrainCannotSave: a server whose folder is gone, with its Unix socket in it,
// keeps the data and takes clients where it can, however often it is told to
// end; once there is a folder again it ends, and the data is there.
func TestDrainCannotSave(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		dir := dataFolder(t) + "/d"
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		s := startBasalt(t, threads, harness.Options{TCP: true,
			Args: []string{"--dir", dir, "--unixsocket", dir + "/s", "--save", "3600 1", "--shutdown-timeout", "1"}})
		want(t, dial(t, s), "+OK\r\n", "SET", "k", "v")
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		says := func(words string, times int) {
			t.Helper()
			waitFor(t, words, func() bool { return strings.Count(s.Output(), words) == times })
		}
		for i := range 2 {
			if err := s.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			says("the server goes on", i+1)
			says("listening again failed", i+1)
			waitFor(t, "a new client", func() bool {
				c, err := s.Dial()
				if err != nil {
					return false
				}
				defer c.Close()
				reply, err := c.Do("GET", "k")
				return err == nil && string(reply) == "$1\r\nv\r\n"
			})
		}
		waitFor(t, "the advice in the log", func() bool {
			return strings.Contains(s.Output(), `"dir":"`+dir+`"`) && strings.Contains(s.Output(), "SHUTDOWN NOSAVE")
		})
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the Unix socket", func() bool {
			c, err := harness.DialAddr("unix", dir+"/s")
			if err != nil {
				return false
			}
			defer c.Close()
			_, err = c.Do("PING")
			return err == nil
		})
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code, err := s.Wait(); err != nil || code != 0 {
			t.Errorf("exit code %d, %v", code, err)
		}
		again := startBasalt(t, threads, harness.Options{Args: []string{"--dir", dir}})
		want(t, dial(t, again), "$1\r\nv\r\n", "GET", "k")
	})
}

// TestDrainAborted: a drain that is called off is as if it had not been.
func TestDrainAborted(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--shutdown-timeout", "600")
		c, other := dial(t, s), dial(t, s)
		want(t, c, "-ERR No shutdown in progress.\r\n", "SHUTDOWN", "ABORT")
		// In the middle of a command nobody is disconnected.
		if err := c.Write([]byte("PING\r\n*2\r\n$8\r\nSHUTDOWN\r\n$5\r\nABO")); err != nil {
			t.Fatal(err)
		}
		if reply, err := c.Receive(); err != nil || string(reply) != "+PONG\r\n" {
			t.Fatalf("%q %v", reply, err)
		}
		if err := other.Write([]byte("PING\r\nPIN")); err != nil {
			t.Fatal(err)
		}
		idle := dial(t, s)
		if err := s.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "that it is not ready", func() bool { code, _ := ask(port, "/readyz"); return code == 503 })
		endOf(t, idle) // the others have been told to go before
		if err := c.Write([]byte("RT\r\n")); err != nil {
			t.Fatal(err)
		}
		if reply, err := c.Receive(); err != nil || string(reply) != "+OK\r\n" {
			t.Errorf("%q %v", reply, err)
		}
		if err := other.Write([]byte("G\r\n")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if reply, err := other.Receive(); err != nil || string(reply) != "+PONG\r\n" {
				t.Errorf("%q %v", reply, err)
			}
		}
		for range 3 {
			want(t, c, "+PONG\r\n", "PING")
			want(t, other, "+PONG\r\n", "PING")
		}
		waitFor(t, "that it is ready", func() bool { code, _ := ask(port, "/readyz"); return code == 200 })
		waitFor(t, "a new client", func() bool {
			c, err := s.Dial()
			if err != nil {
				return false
			}
			defer c.Close()
			reply, err := c.Do("SHUTDOWN", "ABORT")
			return err == nil && string(reply) == "-ERR No shutdown in progress.\r\n"
		})
	})
}

// TestReadyReasons: /readyz names what is wrong.
func TestReadyReasons(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s, port := startWithMetrics(t, threads, "--dbfilename", "d.rdb", "--save", "3600 1")
		c := dial(t, s)
		says := func(word string) {
			t.Helper()
			waitFor(t, "the word "+word, func() bool {
				code, text := ask(port, "/readyz")
				return code == 503 && strings.Contains(text, word) || code == 200 && word == "ready"
			})
		}
		for i := range 1000 {
			want(t, c, "+OK\r\n", "SET", strconv.Itoa(i), strings.Repeat("x", 2000))
		}
		half := infoNumber(t, c, "memory", "used_memory") - 1_000_000
		// No key may go under this policy until one has a deadline.
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "volatile-lru", "maxmemory", strconv.FormatInt(half, 10))
		want(t, c, "-OOM command not allowed when used memory > 'maxmemory'.\r\n", "SET", "k", "v")
		says("memory")
		for i := range 1000 {
			want(t, c, ":1\r\n", "EXPIRE", strconv.Itoa(i), "1000")
		}
		says("ready")
		want(t, c, "+OK\r\n", "SET", "k", "v")
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "1")
		says("memory") // there is no key left
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
		says("ready")
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1")
		says("memory")
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory", "0")
		blockFile(t, s.Dir+"/d.rdb")
		do(t, c, "BGSAVE")
		says("persistence")
		says("disk")
		want(t, c, "+OK\r\n", "CONFIG", "SET", "save", "")
		if err := os.Remove(s.Dir + "/d.rdb"); err != nil {
			t.Fatal(err)
		}
		do(t, c, "BGSAVE")
		says("ready")
	})
}
