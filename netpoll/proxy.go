package netpoll

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// ProxyHeader is what a load balancer says about a connection that it passes
// on, in the header of the PROXY protocol.
type ProxyHeader struct {
	// Source is the client's address as the load balancer sees it. It is not
	// valid where the header names none that is of use: a health check of the
	// load balancer itself (LOCAL), an unknown protocol, and the Unix socket of
	// the load balancer's machine. The socket's own address holds then.
	Source Addr
	// Destination is the address that the client connected to, valid where
	// Source is.
	Destination Addr
}

// ProxyHeaderMax is the longest header that is accepted, in bytes: a segment.
// Version 2 could announce 64 KiB, which nothing needs; the longest extras in
// use are a client's certificate.
const ProxyHeaderMax = SegmentSize

// proxyLineMax is the longest header of version 1 with its line end, as the
// protocol says.
const proxyLineMax = 107

var (
	proxyPrefix    = []byte("PROXY ")
	proxySignature = []byte("\r\n\r\n\x00\r\nQUIT\n")
)

var (
	errProxyMissing = errors.New("no PROXY header")
	errProxyLine    = errors.New("malformed PROXY header of version 1")
)

// ParseProxy reads the header of the PROXY protocol, version 1 or 2, at the
// start of what a connection received. It returns what the header says and its
// length in bytes: what lies behind belongs to the connection. A length of 0
// without an error asks for more bytes, which never happens with ProxyHeaderMax
// of them. An error says what is wrong with the bytes; the connection that sent
// them must be closed. Nothing returned refers to b.
func ParseProxy(b []byte) (ProxyHeader, int, error) {
	switch {
	case startsLike(b, proxySignature):
		if len(b) < len(proxySignature) {
			return ProxyHeader{}, 0, nil
		}
		return parseProxyBinary(b)
	case startsLike(b, proxyPrefix):
		return parseProxyLine(b)
	}
	return ProxyHeader{}, 0, errProxyMissing
}

// startsLike reports whether b starts with prefix, as far as it goes.
func startsLike(b, prefix []byte) bool {
	n := min(len(b), len(prefix))
	return bytes.Equal(b[:n], prefix[:n])
}

// parseProxyLine reads version 1: PROXY, the protocol, both addresses and both
// ports, separated by single spaces, and the end of the line.
func parseProxyLine(b []byte) (ProxyHeader, int, error) {
	line := b[:min(len(b), proxyLineMax)]
	end := bytes.IndexByte(line, '\n')
	if end < 0 {
		// A return may be the last byte that has come, and nowhere else.
		if i := bytes.IndexByte(line, '\r'); len(b) >= proxyLineMax || i >= 0 && i < len(line)-1 {
			return ProxyHeader{}, 0, errProxyLine
		}
		return ProxyHeader{}, 0, nil
	}
	if end == 0 || line[end-1] != '\r' {
		return ProxyHeader{}, 0, errProxyLine
	}
	text := line[len(proxyPrefix) : end-1]
	if bytes.IndexByte(text, '\r') >= 0 {
		return ProxyHeader{}, 0, errProxyLine
	}
	words := strings.Split(string(text), " ")
	if words[0] == "UNKNOWN" {
		return ProxyHeader{}, end + 1, nil // whatever follows is to be ignored
	}
	if words[0] != "TCP4" && words[0] != "TCP6" || len(words) != 5 {
		return ProxyHeader{}, 0, errProxyLine
	}
	source, ok1 := proxyAddr(words[1], words[3], words[0] == "TCP4")
	target, ok2 := proxyAddr(words[2], words[4], words[0] == "TCP4")
	if !ok1 || !ok2 {
		return ProxyHeader{}, 0, errProxyLine
	}
	return ProxyHeader{Source: source, Destination: target}, end + 1, nil
}

// proxyAddr reads an address and a port as version 1 writes them.
func proxyAddr(ip, port string, v4 bool) (Addr, bool) {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.Zone() != "" || a.Is4() != v4 {
		return Addr{}, false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != port {
		return Addr{}, false
	}
	return IPAddr(a, int(n)), true
}
