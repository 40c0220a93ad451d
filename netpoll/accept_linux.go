package netpoll

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// acceptSocket takes one queued connection, non-blocking and closed on exec.
func acceptSocket(listener int) (int, Addr, error) {
	var raw unix.RawSockaddrAny
	size := uint32(unix.SizeofSockaddrAny)
	fd, _, e := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(listener), uintptr(unsafe.Pointer(&raw)),
		uintptr(unsafe.Pointer(&size)), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if e != 0 {
		return -1, Addr{}, e
	}
	return int(fd), addrOfRaw(&raw), nil
}

// addrOfRaw is addrOf without the allocation that a unix.Sockaddr costs.
func addrOfRaw(raw *unix.RawSockaddrAny) Addr {
	switch raw.Addr.Family {
	case unix.AF_INET:
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		a := Addr{port: hostOrder(sa.Port), kind: addrV4}
		copy(a.ip[:], sa.Addr[:])
		return a
	case unix.AF_INET6:
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(raw))
		return IPAddr(netip.AddrFrom16(sa.Addr), int(hostOrder(sa.Port)))
	}
	return Addr{}
}

// hostOrder turns a port as it lies in a sockaddr into a number.
func hostOrder(port uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return uint16(b[0])<<8 | uint16(b[1])
}
