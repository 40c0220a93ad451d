package netpoll

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	exhaustedChildEnv = "NETPOLL_TEST_EXHAUSTED"
	exhaustedFiles    = 48
	exhaustedText     = "-ERR max number of clients reached\r\n"
	greeting          = "+hello\r\n"
)

// exhaustedChild is a server with few descriptors. It greets whom it accepts,
// and ends with a line of counters when its standard input does.
func exhaustedChild() {
	check := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	p, err := OpenPoller()
	check(err)
	l, err := ListenTCP("127.0.0.1", 0, ListenOptions{Refusal: []byte(exhaustedText)})
	check(err)
	check(p.AddListener(l.FD(), 0))
	check(unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: exhaustedFiles, Max: exhaustedFiles}))
	fmt.Println(l.Addr())
	var done atomic.Bool
	go func() {
		io.Copy(io.Discard, os.Stdin)
		done.Store(true)
		p.Wake()
	}()

	waits, exhausted := 0, 0
	var paused time.Time
	events := make([]Event, 32)
	for !done.Load() {
		timeoutMs := -1
		if !paused.IsZero() {
			timeoutMs = ExhaustedPauseMs
			if time.Since(paused) >= ExhaustedPauseMs*time.Millisecond {
				check(p.AddListener(l.FD(), 0))
				paused, timeoutMs = time.Time{}, 0
			}
		}
		waits++
		n, err := p.Wait(events, timeoutMs)
		check(err)
		for _, e := range events[:n] {
			if e.Token != 0 {
				if e.Hangup {
					Close(int(e.Token))
				}
				continue
			}
			for range 16 {
				fd, _, err := l.Accept()
				if err == ErrTransient {
					continue
				}
				if err == ErrExhausted {
					exhausted++
					check(p.Remove(l.FD()))
					paused = time.Now()
				}
				if err != nil {
					break
				}
				check(p.Add(fd, uint64(fd)))
				Write(fd, []byte(greeting))
			}
		}
	}
	fmt.Println(waits, exhausted)
}

// TestExhaustedDescriptors connects more clients than the server has
// descriptors for. Each is either served or told, the server does not spin
// meanwhile, and it serves again as soon as somebody leaves.
func TestExhaustedDescriptors(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), exhaustedChildEnv+"=1")
	child.Stderr = os.Stderr
	stdin, _ := child.StdinPipe()
	stdout, _ := child.StdoutPipe()
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer stdin.Close()
	lines := bufio.NewReader(stdout)
	address, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)

	const clients = 3 * exhaustedFiles
	began := time.Now()
	var served []net.Conn
	told := 0
	for range clients {
		c, text := greeted(t, address)
		switch text {
		case greeting:
			served = append(served, c)
		case exhaustedText:
			told++
		default:
			t.Fatalf("neither served nor told: %q", text)
		}
	}
	t.Logf("%d served, %d told in %v", len(served), told, time.Since(began))
	if told < clients-exhaustedFiles || len(served) < exhaustedFiles/2 {
		t.Fatalf("%d served, %d told", len(served), told)
	}
	time.Sleep(3 * ExhaustedPauseMs * time.Millisecond) // a chance to spin

	for _, c := range served[:8] {
		c.Close()
	}
	again := 0
	for range 40 { // the server may notice the closes late
		if _, text := greeted(t, address); text == greeting {
			again++
		}
		if again == 4 {
			break
		}
	}
	if again != 4 {
		t.Fatalf("%d of 4 served after others left", again)
	}
	stdin.Close()
	counters, _ := lines.ReadString('\n')
	var waits, exhausted int
	if _, err := fmt.Sscan(counters, &waits, &exhausted); err != nil {
		t.Fatalf("%q: %v", counters, err)
	}
	t.Logf("%d waits, %d times exhausted", waits, exhausted)
	if waits > 20*clients || exhausted == 0 || exhausted > 2*clients {
		t.Fatalf("%d waits, %d times exhausted", waits, exhausted)
	}
}

// greeted connects and returns the first line that the server sends.
func greeted(t *testing.T, address string) (net.Conn, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(waitLimit))
	send(t, c, "PING\r\n")
	text, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return c, text
}
