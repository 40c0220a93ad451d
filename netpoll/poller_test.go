package netpoll

import (
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestFirstEventIsWritable(t *testing.T) {
	p := openLoop(t)
	fd, _ := connect(t)
	token := Token(7, 9)
	if err := p.Add(fd, token); err != nil {
		t.Fatal(err)
	}
	if e := p.next(token, writable); e.Readable || e.Hangup {
		t.Fatalf("a fresh connection brought %+v", e)
	}
	p.quiet(token)
	if err := p.Remove(fd); err != nil {
		t.Fatal(err)
	}
	if err := p.Remove(fd); err == nil {
		t.Fatal("removed twice without an error")
	}
}

func TestEdgeAfterShortRead(t *testing.T) {
	p := openLoop(t)
	fd, client := connect(t)
	token := Token(1, 1)
	p.Add(fd, token)
	p.next(token, writable)

	send(t, client, "hello")
	p.next(token, readable)
	// What is left in the socket makes no new edge by itself ...
	b := make([]byte, 2)
	if n, err := Read(fd, b); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	p.quiet(token)
	// ... but bytes that arrive do, also when old ones are left.
	send(t, client, " world")
	p.next(token, readable)
	if data, err := readAll(t, fd); data != "llo world" || err != ErrAgain {
		t.Fatal(data, err)
	}
	p.quiet(token)
	send(t, client, "!")
	p.next(token, readable)
	// A read that gets less than it asked for has emptied the socket, and the
	// next bytes make an edge without a Read that returns ErrAgain in between.
	b = make([]byte, 100)
	if n, err := Read(fd, b); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	send(t, client, "?")
	p.next(token, readable)
}

func TestPartialWrites(t *testing.T) {
	p := openLoop(t)
	fd, client := connect(t)
	token := Token(1, 2)
	p.Add(fd, token)
	p.next(token, writable)

	pattern := []byte(strings.Repeat("0123456789abcdef", 1<<16))
	const total = 32 << 20
	received := make(chan error, 1)
	begin := make(chan bool)
	go func() {
		<-begin
		received <- checkPattern(client, pattern, total)
	}()
	sent, blocked := 0, 0
	for sent < total {
		part := pattern[sent%len(pattern):]
		part = part[:min(len(part), total-sent)]
		n, err := Write(fd, part)
		if err != nil && err != ErrAgain {
			t.Fatal(err)
		}
		sent += n
		if n == len(part) {
			continue
		}
		if blocked == 0 {
			p.quiet(token) // nobody reads, so there is no room
			close(begin)
		}
		blocked++
		p.next(token, writable)
	}
	ShutdownWrite(fd)
	if err := <-received; err != nil {
		t.Fatal(err)
	}
	if blocked == 0 {
		t.Fatal("the send buffer never filled")
	}
}

func TestHalfClose(t *testing.T) {
	p := openLoop(t)
	fd, client := connect(t)
	token := Token(1, 3)
	p.Add(fd, token)
	p.next(token, writable)
	if PeerClosed(fd) {
		t.Fatal("an open peer is called closed")
	}
	send(t, client, "last words")
	p.next(token, readable)
	if PeerClosed(fd) {
		t.Fatal("an open peer with unread bytes is called closed")
	}
	client.CloseWrite()
	p.next(token, func(e Event) bool { return e.Hangup && e.Readable })
	if !hangupHidden && !PeerClosed(fd) {
		t.Fatal("unread bytes hide the end")
	}
	if data, err := readAll(t, fd); data != "last words" || err != io.EOF {
		t.Fatal(data, err)
	}
	if !PeerClosed(fd) {
		t.Fatal("a closed peer is called open")
	}
	// The other direction lives on.
	if n, err := Write(fd, []byte("answer")); n != 6 || err != nil {
		t.Fatal(n, err)
	}
	b := make([]byte, 6)
	if _, err := io.ReadFull(client, b); err != nil || string(b) != "answer" {
		t.Fatal(string(b), err)
	}
}

func TestResetPeer(t *testing.T) {
	p := openLoop(t)
	fd, client := connect(t)
	token := Token(1, 4)
	p.Add(fd, token)
	p.next(token, writable)
	client.SetLinger(0) // close sends a reset
	client.Close()
	p.next(token, hangup)
	if !PeerClosed(fd) {
		t.Fatal("a dead connection is called open")
	}
	if _, err := Read(fd, make([]byte, 1)); err == nil || err == ErrAgain {
		t.Fatal("read from a dead connection:", err)
	}
	// Neither write may kill the process.
	var v Vec
	for range 3 {
		if _, err := Write(fd, []byte("x")); err == nil {
			t.Fatal("wrote to a dead connection")
		}
		if _, err := Writev(fd, [][]byte{{'x'}, {'y'}}, &v); err == nil {
			t.Fatal("wrote to a dead connection")
		}
	}
}

func TestShutdownFromAnotherThread(t *testing.T) {
	p := openLoop(t)
	fd, client := connect(t)
	token := Token(1, 5)
	p.Add(fd, token)
	p.next(token, writable)
	go Shutdown(fd)
	p.next(token, hangup)
	if _, err := Read(fd, make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Fatal(err)
	}
}

func TestListenerIsLevelTriggered(t *testing.T) {
	p := openLoop(t)
	l := listenLoopback(t, ListenOptions{})
	token := Token(0, 0)
	if err := p.AddListener(l.FD(), token); err != nil {
		t.Fatal(err)
	}
	p.quiet(token)
	clients := dial(t, l, 3)
	for range clients {
		p.next(token, readable)
		accept(t, l)
	}
	p.quiet(token)
	if _, _, err := l.Accept(); err != ErrAgain {
		t.Fatal(err)
	}
	// Taken out and put back, as after ErrExhausted.
	dial(t, l, 1)
	p.next(token, readable)
	if err := p.Remove(l.FD()); err != nil {
		t.Fatal(err)
	}
	p.quiet(token)
	if err := p.AddListener(l.FD(), token); err != nil {
		t.Fatal(err)
	}
	p.next(token, readable)
}

func TestWakeWhileRunning(t *testing.T) {
	p := openLoop(t)
	for range 100 {
		if err := p.Wake(); err != nil {
			t.Fatal(err)
		}
	}
	// All of them are one: the first wait returns at once, the second sleeps.
	began := time.Now()
	if n, err := p.Wait(p.events, 60_000); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	if time.Since(began) > waitLimit {
		t.Fatal("a wake-up was lost")
	}
	sleeps(t, p)
	// A poll takes a wake-up as well.
	p.Wake()
	p.Wait(p.events, 0)
	sleeps(t, p)
}

func TestWakeWhileSleeping(t *testing.T) {
	p := openLoop(t)
	for range 20 {
		go func() {
			for p.waker.state.Load() != wakeSleeping {
				time.Sleep(10 * time.Microsecond)
			}
			time.Sleep(time.Millisecond)
			for range 10 {
				p.Wake()
			}
		}()
		if n, err := p.Wait(p.events, -1); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		time.Sleep(2 * time.Millisecond)
		p.Wait(p.events, 0) // what was called after the return
	}
	sleeps(t, p)
}

// sleeps fails unless a wait of 20 ms lasts that long. The runtime's own signals
// may cut a wait short, so one long wait in a few is enough.
func sleeps(t *testing.T, p *loop) {
	t.Helper()
	for range 10 {
		began := time.Now()
		if n, err := p.Wait(p.events, 20); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if time.Since(began) >= 19*time.Millisecond {
			return
		}
	}
	t.Fatal("the poller never sleeps")
}

// TestNoWakeIsLost has threads publish work and wake, and an owner that always
// sleeps without limit: one lost wake-up would leave it asleep.
func TestNoWakeIsLost(t *testing.T) {
	p := openLoop(t)
	const wakers, each = 3, 20_000
	var published atomic.Int64
	var group sync.WaitGroup
	for range wakers {
		group.Go(func() {
			for range each {
				published.Add(1)
				if err := p.Wake(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	stuck := time.AfterFunc(waitLimit*3, func() { panic("a wake-up was lost") })
	defer stuck.Stop()
	for seen := int64(0); seen < wakers*each; seen = published.Load() {
		if _, err := p.Wait(p.events, -1); err != nil {
			t.Fatal(err)
		}
	}
	group.Wait()
}

func TestTokens(t *testing.T) {
	for _, c := range [][2]uint32{{0, 0}, {1, 2}, {TokenSequenceMax, 1<<32 - 1}} {
		token := Token(c[0], c[1])
		if token == wakeToken {
			t.Fatal("a token is the wake-up's")
		}
		if s, i := TokenParts(token); s != c[0] || i != c[1] {
			t.Fatal(c, s, i)
		}
	}
}
