package netpoll

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// dial connects n clients to l, which need not accept them for that.
func dial(t testing.TB, l *Listener, n int) []net.Conn {
	t.Helper()
	network, address := "tcp", l.Addr().String()
	if l.Addr().IsUnix() {
		network, address = "unix", strings.TrimSuffix(address, ":0")
	}
	clients := make([]net.Conn, n)
	for i := range clients {
		c, err := net.Dial(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(waitLimit))
		clients[i] = c
	}
	return clients
}

func TestAcceptedAddresses(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "localhost", "*", "", "::1", "::*"} {
		l, err := ListenTCP(host, 0, ListenOptions{})
		if err != nil && strings.Contains(host, ":") && AddressUnavailable(err) {
			t.Log("this machine has no IPv6")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if l.Addr().Port() == 0 {
			t.Fatal("the listener does not know its port")
		}
		client := dial(t, l, 1)[0]
		fd, remote := accept(t, l)
		if got := remote.String(); got != client.LocalAddr().String() {
			t.Errorf("remote is %s, want %s", got, client.LocalAddr())
		}
		local, err := LocalAddr(fd)
		if err != nil || local.String() != client.RemoteAddr().String() {
			t.Errorf("local is %s, want %s", local, client.RemoteAddr())
		}
		if again, err := RemoteAddr(fd); err != nil || again != remote {
			t.Errorf("remote is %s, then %s", remote, again)
		}
		if !remote.IsLoopback() || remote.IsUnix() || !remote.IsValid() {
			t.Errorf("%s is misjudged", remote)
		}
	}
}

// TestFamiliesShareAPort opens the same port for IPv4 and IPv6, as the default
// bind of "* -::*" does.
func TestFamiliesShareAPort(t *testing.T) {
	l4, err := ListenTCP("*", 0, ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer l4.Close()
	l6, err := ListenTCP("::*", l4.Addr().Port(), ListenOptions{})
	if err != nil {
		if !AddressUnavailable(err) {
			t.Fatal(err)
		}
		t.Log("this machine has no IPv6")
		return
	}
	l6.Close()
}

func TestListenErrors(t *testing.T) {
	l := listenLoopback(t, ListenOptions{})
	_, err := ListenTCP("127.0.0.1", l.Addr().Port(), ListenOptions{})
	if err == nil || AddressUnavailable(err) || !strings.Contains(err.Error(), "bind: address already in use") {
		t.Errorf("a port taken twice: %v", err)
	}
	// An address of nobody (RFC 5737, RFC 3849).
	for _, host := range []string{"192.0.2.1", "2001:db8::1"} {
		if _, err := ListenTCP(host, 0, ListenOptions{}); !AddressUnavailable(err) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := ListenTCP("no such host", 0, ListenOptions{}); err == nil || AddressUnavailable(err) {
		t.Error("a name that is none:", err)
	}
	if _, err := ListenTCP("127.0.0.1", 65536, ListenOptions{}); err == nil {
		t.Error("port 65536")
	}
	if BacklogMax() < 0 {
		t.Error("a negative backlog")
	}
}

func TestAddrForms(t *testing.T) {
	path := "/run/basalt.sock"
	for _, c := range []struct {
		addr     Addr
		want     string
		loopback bool
	}{
		{IPAddr(netip.MustParseAddr("10.1.2.3"), 6379), "10.1.2.3:6379", false},
		{IPAddr(netip.MustParseAddr("127.9.9.9"), 1), "127.9.9.9:1", true},
		{IPAddr(netip.MustParseAddr("::1"), 65535), "[::1]:65535", true},
		{IPAddr(netip.MustParseAddr("fe80::1"), 80), "[fe80::1]:80", false},
		{IPAddr(netip.MustParseAddr("2001:db8:0:0:1:0:0:1"), 80), "[2001:db8::1:0:0:1]:80", false},
		{IPAddr(netip.MustParseAddr("::ffff:127.0.0.1"), 80), "127.0.0.1:80", true},
		{UnixAddr(&path), "/run/basalt.sock:0", true},
		{Addr{}, "?:0", false},
	} {
		if got := c.addr.String(); got != c.want || c.addr.IsLoopback() != c.loopback {
			t.Errorf("%s (loopback %v), want %s", got, c.addr.IsLoopback(), c.want)
		}
	}
}

func TestFromFd(t *testing.T) {
	l := listenLoopback(t, ListenOptions{})
	copied, err := unix.Dup(l.FD())
	if err != nil {
		t.Fatal(err)
	}
	inherited, err := FromFd(copied, ListenOptions{KeepAlive: 60})
	if err != nil {
		t.Fatal(err)
	}
	if inherited.Addr() != l.Addr() {
		t.Error(inherited.Addr(), l.Addr())
	}
	dial(t, l, 1)
	accept(t, inherited)
	inherited.Close()

	fd, _ := connect(t)
	if copied, err = unix.Dup(fd); err != nil {
		t.Fatal(err)
	}
	if _, err := FromFd(copied, ListenOptions{}); err == nil {
		t.Error("a connection passed for a listener")
	}
	if Close(copied) == nil {
		t.Error("FromFd left the descriptor open")
	}
}

// TestAcceptStorm has many clients connect at once to one thread that accepts
// in small batches: everybody is served, and those who are connected do not
// wait until the storm is over.
func TestAcceptStorm(t *testing.T) {
	const clients, batch = 600, 8
	l := listenLoopback(t, ListenOptions{})
	p := openLoop(t)
	p.AddListener(l.FD(), 0)
	results := make(chan error, clients)
	for i := range clients {
		go func() { results <- echoOnce(l.Addr().String(), fmt.Sprintf("client %d", i)) }()
	}
	var fds []int
	defer func() {
		for _, fd := range fds {
			Close(fd)
		}
	}()
	b := make([]byte, 256)
	echoed, between := 0, 0
	for deadline := time.Now().Add(3 * waitLimit); echoed < clients; {
		if time.Now().After(deadline) {
			t.Fatalf("%d accepted, %d served", len(fds), echoed)
		}
		n, err := p.Wait(p.events, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.events[:n] {
			if e.Token == 0 {
				fds = acceptBatch(t, l, p, fds, batch)
				continue
			}
			fd := int(e.Token)
			for n, err := Read(fd, b); err == nil; n, err = Read(fd, b) {
				Write(fd, b[:n])
				echoed++
				if len(fds) < clients {
					between++
				}
			}
		}
	}
	for range clients {
		if err := <-results; err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d served while others waited to be accepted", between, clients)
}

func acceptBatch(t *testing.T, l *Listener, p *loop, fds []int, batch int) []int {
	for range batch {
		fd, _, err := l.Accept()
		if err == ErrTransient {
			continue
		}
		if err == ErrAgain {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Add(fd, uint64(fd)); err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
	}
	return fds
}

func echoOnce(address, text string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(3 * waitLimit))
	if _, err := c.Write([]byte(text)); err != nil {
		return err
	}
	b := make([]byte, len(text))
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	if string(b) != text {
		return fmt.Errorf("sent %q, got %q", text, b)
	}
	return nil
}
