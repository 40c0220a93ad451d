package test

import (
	byteorder "encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"basalt/internal/seeds"
	"basalt/test/harness"
)

const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

// headerV2 makes a PROXY header of version 2 with a checksum.
func headerV2(t *testing.T, command byte, source, target string) []byte {
	t.Helper()
	b := append([]byte(proxySignature), 0x20|command, 0, 0, 0)
	if command == 1 {
		s, d := net.TCPAddrFromAddrPort(mustAddrPort(t, source)), net.TCPAddrFromAddrPort(mustAddrPort(t, target))
		b[13] = 0x11
		ip, other := s.IP.To4(), d.IP.To4()
		if ip == nil {
			b[13] = 0x21
			ip, other = s.IP.To16(), d.IP.To16()
		}
		b = append(append(b, ip...), other...)
		b = byteorder.BigEndian.AppendUint16(b, uint16(s.Port))
		b = byteorder.BigEndian.AppendUint16(b, uint16(d.Port))
	}
	b = append(b, "\x02\x00\x03abc\x03\x00\x04\x00\x00\x00\x00"...)
	byteorder.BigEndian.PutUint16(b[14:], uint16(len(b)-16))
	byteorder.BigEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	return b
}

// startProxied starts a server whose TCP listener expects headers; over the
// Unix socket clients come as always.
func startProxied(t *testing.T, threads int, args ...string) *harness.Server {
	t.Helper()
	return startOnPort(t, threads, append([]string{"--proxy-protocol", "yes"}, args...)...)
}

// startOnPort starts a server that listens on a free TCP port beside its Unix
// socket, which is where the harness asks whether it is ready.
func startOnPort(t *testing.T, threads int, args ...string) *harness.Server {
	t.Helper()
	for attempt := 0; ; attempt++ {
		port, err := harness.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		all := append(basaltArgs(threads), "--bind", "127.0.0.1", "--port", strconv.Itoa(port))
		s, err := harness.Start(harness.Options{Binary: basaltBinary, Args: append(all, args...)})
		if err != nil {
			if attempt < 5 && strings.Contains(err.Error(), "in use") {
				continue // somebody else was faster
			}
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
		s.Port = port
		return s
	}
}

func mustAddrPort(t *testing.T, s string) netip.AddrPort {
	t.Helper()
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// dialWith connects and sends a header.
func dialWith(t *testing.T, s *harness.Server, header string) *harness.Client {
	t.Helper()
	c := dial(t, s)
	if err := c.Write([]byte(header)); err != nil {
		t.Fatal(err)
	}
	return c
}

// field returns one of a line of CLIENT LIST.
func field(t *testing.T, line, name string) string {
	t.Helper()
	for _, word := range strings.Fields(line) {
		if v, ok := strings.CutPrefix(word, name+"="); ok {
			return v
		}
	}
	t.Fatalf("no %s in %q", name, line)
	return ""
}

// TestProxyProtocol: the address of the header is the client's.
func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startProxied(t, threads, "--protected-mode", "no")
		for _, c := range []struct{ header, addr string }{
			{"PROXY TCP4 192.0.2.1 10.0.0.2 12345 6379\r\n", "192.0.2.1:12345"},
			{"PROXY TCP6 2001:db8::1 2001:db8::2 12345 6379\r\n", "[2001:db8::1]:12345"},
			{"PROXY UNKNOWN\r\n", ""},
			{string(headerV2(t, 1, "192.0.2.1:7", "10.0.0.2:8")), "192.0.2.1:7"},
			{string(headerV2(t, 1, "[2001:db8::1]:7", "[2001:db8::2]:8")), "[2001:db8::1]:7"},
			{string(headerV2(t, 0, "", "")), ""},
		} {
			k := dialWith(t, s, c.header)
			line := do(t, k, "CLIENT", "INFO")
			got, laddr := field(t, line, "addr"), field(t, line, "laddr")
			if got != c.addr && (c.addr != "" || !strings.HasPrefix(got, "127.0.0.1:")) {
				t.Errorf("%q: addr=%s", c.header, got)
			}
			if laddr != "127.0.0.1:"+strconv.Itoa(s.Port) {
				t.Errorf("%q: laddr=%s", c.header, laddr)
			}
			// The header and a command in one piece.
			k = dialWith(t, s, c.header+"PING\r\n")
			if reply, err := k.Receive(); err != nil || string(reply) != "+PONG\r\n" {
				t.Errorf("%q: %q %v", c.header, reply, err)
			}
			// And everything byte by byte.
			k = dial(t, s)
			for _, b := range []byte(c.header + "PING\r\n") {
				if err := k.Write([]byte{b}); err != nil {
					t.Fatal(err)
				}
			}
			if reply, err := k.Receive(); err != nil || string(reply) != "+PONG\r\n" {
				t.Errorf("%q in pieces: %q %v", c.header, reply, err)
			}
		}
		k := dialWith(t, s, "PROXY TCP4 192.0.2.77 10.0.0.2 1 2\r\n")
		want(t, k, "+PONG\r\n", "PING")
		unix, err := s.DialSocket()
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close()
		want(t, unix, ":1\r\n", "CLIENT", "KILL", "ADDR", "192.0.2.77:1", "SKIPME", "yes")
		if rest, err := k.Rest(); err != nil || len(rest) != 0 {
			t.Errorf("%q %v", rest, err)
		}
	})
}

// endSending tells the server that nothing more comes.
func endSending(t *testing.T, c *harness.Client) {
	t.Helper()
	if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
}

// TestProxyProtocolRefused: a connection without a good header is closed with a
// line in the log and never becomes a client.
func TestProxyProtocolRefused(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startProxied(t, threads)
		broken := headerV2(t, 1, "192.0.2.1:7", "10.0.0.2:8")
		broken[len(broken)-1]++
		for _, c := range []struct{ sent, log string }{
			{"PING\r\n", "no PROXY header"},
			{"*1\r\n$4\r\nPING\r\n", "no PROXY header"},
			{"PROXY TCP4 192.0.2.1 10.0.0.2 99999 6379\r\n", "malformed PROXY header of version 1"},
			{string(broken), "wrong checksum"},
			{proxySignature + "\x21\x11\xff\xff", "longer than is accepted"},
			{"PROXY TCP4 192.0.2.1 10.0.0.2 1 6379\r\n", "protected mode is on"},
			{"PROXY TCP4 192.0.2.1", "ended within its PROXY header"},
		} {
			k := dialWith(t, s, c.sent)
			if strings.Contains(c.log, "ended within") {
				endSending(t, k)
			}
			rest, _ := k.Rest()
			if protected := strings.HasPrefix(string(rest), "-DENIED "); len(rest) != 0 && !protected || protected != strings.Contains(c.log, "protected") {
				t.Errorf("%q: answered %q", c.sent, rest)
			}
			waitFor(t, "the line "+c.log, func() bool { return strings.Contains(s.Output(), c.log) })
		}
		unix, err := s.DialSocket()
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close()
		// A health check that only connects is no trouble.
		k := dialWith(t, s, "")
		endSending(t, k)
		if rest, err := k.Rest(); err != nil || len(rest) != 0 {
			t.Errorf("%q %v", rest, err)
		}
		if list := do(t, unix, "CLIENT", "LIST"); strings.Count(list, "addr=") != 2 { // addr and laddr
			t.Errorf("clients: %s", list)
		}
		if stats := do(t, unix, "INFO", "stats"); !strings.Contains(stats, "rejected_connections:7\r\n") {
			t.Error(stats)
		}
	})
}

// TestProxyProtocolTrust: who is not in the networks is closed, whatever it
// sends, and CONFIG SET changes that for connections to come.
func TestProxyProtocolTrust(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startProxied(t, threads, "--proxy-protocol-networks", "192.0.2.0/24")
		rest, _ := dialWith(t, s, "PROXY UNKNOWN\r\nPING\r\n").Rest()
		if !strings.HasPrefix(string(rest), "-DENIED ") && len(rest) != 0 {
			t.Errorf("answered %q", rest)
		}
		waitFor(t, "the line about it", func() bool { return strings.Contains(s.Output(), "does not come from proxy-protocol-networks") })
		unix, err := s.DialSocket()
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close()
		want(t, unix, "+OK\r\n", "CONFIG", "SET", "proxy-protocol-networks", "127.0.0.1 10.0.0.0/8")
		want(t, dialWith(t, s, "PROXY UNKNOWN\r\n"), "+PONG\r\n", "PING")
		// A client of the load balancer's own machine, which is this one.
		want(t, dialWith(t, s, "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"), "+PONG\r\n", "PING")
		want(t, unix, "+OK\r\n", "CONFIG", "SET", "proxy-protocol", "no")
		waitFor(t, "a client without a header", func() bool {
			c, err := s.Dial()
			if err != nil {
				return false
			}
			defer c.Close()
			reply, err := c.Do("PING")
			return err == nil && string(reply) == "+PONG\r\n"
		})
	})
}

// TestProxyProtocolSilent: who does not send its header in time is closed.
func TestProxyProtocolSilent(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startProxied(t, threads)
		start := time.Now()
		rest, err := dialWith(t, s, "PROXY TCP4 ").Rest()
		if took := time.Since(start); err != nil || len(rest) != 0 || took < 4*time.Second {
			t.Errorf("closed after %v: %q %v", took, rest, err)
		}
		waitFor(t, "the line about it", func() bool { return strings.Contains(s.Output(), "no PROXY header came in time") })
	})
}

// TestProxyProtocolNowhere: a listener that there is none of is refused, with
// the reason: another one would take clients without a header.
func TestProxyProtocolNowhere(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startProxied(t, threads)
		unix, err := s.DialSocket()
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close()
		for _, word := range []string{"127.0.0.9", "127.0.0.1 lb.example.org", "unixsockets"} {
			last := word[strings.LastIndexByte(word, ' ')+1:]
			want(t, unix, "-ERR CONFIG SET failed (possibly related to argument 'proxy-protocol') - "+
				"proxy-protocol: the server does not listen on '"+last+"'\r\n", "CONFIG", "SET", "proxy-protocol", word)
		}
		want(t, unix, "+OK\r\n", "CONFIG", "SET", "proxy-protocol", "127.0.0.1")
		if reply := do(t, unix, "CONFIG", "SET", "bind", "127.0.0.2"); !strings.Contains(reply, "does not listen on '127.0.0.1'") {
			t.Errorf("%q", reply)
		}
		want(t, dialWith(t, s, "PROXY UNKNOWN\r\n"), "+PONG\r\n", "PING")
		want(t, unix, "+OK\r\n", "CONFIG", "SET", "bind", "127.0.0.2", "proxy-protocol", "127.0.0.2 unixsocket")
		behind, err := s.DialSocket()
		if err != nil {
			t.Fatal(err)
		}
		defer behind.Close()
		if err := behind.Write([]byte("PROXY TCP6 ::ffff:127.0.0.7 ::1 5 6\r\n")); err != nil {
			t.Fatal(err)
		}
		if line := do(t, behind, "CLIENT", "INFO"); field(t, line, "addr") != "127.0.0.7:5" || field(t, line, "laddr") != s.Socket+":0" || field(t, line, "flags") != "N" {
			t.Error(line)
		}
	})
	s, err := harness.Launch(harness.Options{Binary: basaltBinary, Bare: true, Args: append(basaltArgs(1), "--port", "0", "--proxy-protocol", "192.0.2.1")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if code, err := s.Wait(); err != nil || code != 1 || !strings.Contains(s.Output(), "does not listen on '192.0.2.1'") {
		t.Errorf("exit code %d, %v: %s", code, err, s.Output())
	}
}

// TestProxyProtocolDistant: who comes by a load balancer of another machine is
// from there too, whatever its header claims.
func TestProxyProtocolDistant(t *testing.T) {
	t.Parallel()
	host := outside(t)
	inModes(t, func(t *testing.T, threads int) {
		s := startProxied(t, threads, "--bind", "127.0.0.1 "+host, "--proxy-protocol-networks", host, "--enable-debug-command", "local")
		through := func(header string) *harness.Client {
			c := dialTCP(t, host, s.Port)
			if err := c.Write([]byte(header)); err != nil {
				t.Fatal(err)
			}
			return c
		}
		const claims = "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"
		for _, header := range []string{claims, "PROXY UNKNOWN\r\n", string(headerV2(t, 0, "", ""))} {
			if rest, err := through(header + "PING\r\n").Rest(); err != nil || !strings.HasPrefix(string(rest), "-DENIED ") {
				t.Errorf("%q: %q %v", header, rest, err)
			}
		}
		unix, err := s.DialSocket()
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close()
		want(t, unix, "+OK\r\n", "CONFIG", "SET", "requirepass", "pw")
		c := through(claims)
		want(t, c, "+OK\r\n", "AUTH", "pw")
		if reply := do(t, c, "DEBUG", "SLEEP", "0"); !strings.HasPrefix(reply, "-ERR DEBUG command not allowed.") {
			t.Errorf("%q", reply)
		}
	})
}

// TestProxyProtocolSizes: headers of all sizes, with what a load balancer adds,
// in pieces that end anywhere, in front of a pipeline.
func TestProxyProtocolSizes(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		rng := rand.New(rand.NewPCG(seeds.Of(t), 0))
		s := startProxied(t, threads, "--protected-mode", "no")
		for port := 1; port <= 60; port++ {
			extras := rng.IntN(16384 - 28 - 3) // the longest header that is taken
			if port%2 == 0 {
				extras %= 600
			}
			b := append([]byte(proxySignature), "\x21\x11\x00\x00\xc0\x00\x02\x01\x0a\x00\x00\x02\x00\x00\x00\x02\xea"...)
			byteorder.BigEndian.PutUint16(b[24:], uint16(port))
			b = byteorder.BigEndian.AppendUint16(b, uint16(extras))
			b = append(b, strings.Repeat("\r\n*1\r\n", extras/6+1)[:extras]...)
			byteorder.BigEndian.PutUint16(b[14:], uint16(len(b)-16))
			b = append(b, "CLIENT INFO\r\n"+strings.Repeat("PING\r\n", 100)+"QUIT\r\n"...)
			c := dial(t, s)
			for len(b) > 0 {
				n := min(len(b), 1+rng.IntN(1<<rng.IntN(15)))
				if err := c.Write(b[:n]); err != nil {
					t.Fatal(err)
				}
				b = b[n:]
			}
			reply, err := c.Receive()
			if err != nil || field(t, string(reply), "addr") != "192.0.2.1:"+strconv.Itoa(port) {
				t.Fatalf("%q %v", reply, err)
			}
			if rest, err := c.Rest(); err != nil || string(rest) != strings.Repeat("+PONG\r\n", 100)+"+OK\r\n" {
				t.Fatalf("%d bytes more, with %d of extras: %v", len(rest), extras, err)
			}
		}
	})
}
