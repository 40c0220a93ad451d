package netpoll

import (
	"net/netip"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

type addrKind uint8

const (
	addrNone addrKind = iota
	addrV4
	addrV6
	addrUnix
)

// Addr is one end of a connection: a value of 32 bytes that can be compared and
// needs no memory of its own. The zero value is an unknown address.
type Addr struct {
	path *string  // addrUnix; shared by all connections of a listener
	ip   [16]byte // network order; addrV4 uses the first four
	port uint16
	kind addrKind
}

// IPAddr makes an Addr of an IP address and a port. An IPv4 address that came
// through a socket of IPv6 is one of IPv4: clients are found by it.
func IPAddr(ip netip.Addr, port int) Addr {
	a := Addr{port: uint16(port), kind: addrV6}
	if ip = ip.Unmap(); ip.Is4() {
		a.kind = addrV4
		v4 := ip.As4()
		copy(a.ip[:], v4[:])
		return a
	}
	a.ip = ip.As16()
	return a
}

// UnixAddr makes an Addr of the path of a Unix socket. All connections of one
// listener share the pointer.
func UnixAddr(path *string) Addr { return Addr{path: path, kind: addrUnix} }

// IsUnix reports whether a belongs to a Unix socket.
func (a Addr) IsUnix() bool { return a.kind == addrUnix }

// IsValid reports whether a is known.
func (a Addr) IsValid() bool { return a.kind != addrNone }

// IsLoopback reports whether the other end is on this machine: 127.0.0.0/8, ::1
// or a Unix socket.
func (a Addr) IsLoopback() bool {
	return a.kind == addrUnix || a.IP().IsLoopback()
}

// IP returns the address without the port; it is invalid for a Unix socket.
func (a Addr) IP() netip.Addr {
	switch a.kind {
	case addrV4:
		return netip.AddrFrom4([4]byte(a.ip[:4]))
	case addrV6:
		return netip.AddrFrom16(a.ip)
	}
	return netip.Addr{}
}

// Port returns the port, 0 for a Unix socket.
func (a Addr) Port() int { return int(a.port) }

// AppendTo appends a as CLIENT LIST prints it: "ip:port", "[ipv6]:port",
// "path:0" of a Unix socket, "?:0" where unknown.
func (a Addr) AppendTo(dst []byte) []byte {
	switch a.kind {
	case addrV4:
		dst = a.IP().AppendTo(dst)
	case addrV6:
		dst = append(dst, '[')
		dst = a.IP().AppendTo(dst)
		dst = append(dst, ']')
	case addrUnix:
		dst = append(dst, *a.path...)
	default:
		dst = append(dst, '?')
	}
	dst = append(dst, ':')
	return strconv.AppendUint(dst, uint64(a.port), 10)
}

// String returns what AppendTo appends.
func (a Addr) String() string { return string(a.AppendTo(nil)) }

// LocalAddr returns our end of a connection or listener.
func LocalAddr(fd int) (Addr, error) {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return Addr{}, os.NewSyscallError("getsockname", err)
	}
	return addrOf(sa), nil
}

// RemoteAddr returns the peer's end of a connection. Accept returned it already;
// the peer of a Unix socket has no name.
func RemoteAddr(fd int) (Addr, error) {
	sa, err := unix.Getpeername(fd)
	if err != nil {
		return Addr{}, os.NewSyscallError("getpeername", err)
	}
	return addrOf(sa), nil
}

func addrOf(sa unix.Sockaddr) Addr {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return IPAddr(netip.AddrFrom4(sa.Addr), sa.Port)
	case *unix.SockaddrInet6:
		return IPAddr(netip.AddrFrom16(sa.Addr), sa.Port)
	case *unix.SockaddrUnix:
		return UnixAddr(&sa.Name)
	}
	return Addr{}
}
