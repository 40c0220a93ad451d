package netpoll

import (
	"fmt"
	"net/netip"
	"os"
	"syscall"

	"basalt/internal/hostname"

	"golang.org/x/sys/unix"
)

// ListenTCP listens on an address and a port; port 0 lets the system choose.
// addr is an IPv4 or IPv6 address, "" or "*" for all IPv4 addresses, "::*" or
// "::" for all IPv6 ones, or a host name, which is resolved now and may block.
// An IPv6 socket takes no IPv4 connections, so both families can share a port.
func ListenTCP(addr string, port int, options ListenOptions) (*Listener, error) {
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("port %d is out of range", port)
	}
	candidates, err := resolve(addr)
	if err != nil {
		return nil, err
	}
	for _, ip := range candidates {
		var l *Listener
		if l, err = listenIP(ip, port, options); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// resolve returns the addresses that addr stands for, best first, at least one.
func resolve(addr string) ([]netip.Addr, error) {
	switch addr {
	case "", "*":
		return []netip.Addr{netip.IPv4Unspecified()}, nil
	case "::*":
		return []netip.Addr{netip.IPv6Unspecified()}, nil
	}
	if ip, err := netip.ParseAddr(addr); err == nil {
		return []netip.Addr{ip}, nil
	}
	return hostname.Resolve(addr)
}

func listenIP(ip netip.Addr, port int, options ListenOptions) (*Listener, error) {
	family, sa := unix.AF_INET6, unix.Sockaddr(nil)
	if ip.Is4() {
		family, sa = unix.AF_INET, &unix.SockaddrInet4{Port: port, Addr: ip.As4()}
	} else {
		zone, err := hostname.ZoneIndex(ip.Zone())
		if err != nil {
			return nil, err
		}
		sa = &unix.SockaddrInet6{Port: port, Addr: ip.As16(), ZoneId: zone}
	}
	fd, err := streamSocket(family)
	if err != nil {
		return nil, err
	}
	if err = bindTCP(fd, family, sa, options); err == nil {
		var l *Listener
		if l, err = newListener(fd, options); err == nil {
			return l, nil
		}
	}
	unix.Close(fd)
	return nil, err
}

func bindTCP(fd, family int, sa unix.Sockaddr, options ListenOptions) error {
	// Without it a restart would wait for the connections of the last run to
	// leave TIME_WAIT.
	if err := setInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if family == unix.AF_INET6 {
		if err := setInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return err
		}
	}
	if options.Mark != 0 {
		if err := setMark(fd, options.Mark); err != nil {
			return err
		}
	}
	if err := unix.Bind(fd, sa); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return listen(fd, options.Backlog)
}

func listen(fd, backlog int) error {
	if backlog <= 0 {
		backlog = backlogDefault
	}
	return os.NewSyscallError("listen", unix.Listen(fd, backlog))
}

// streamSocket opens a socket, non-blocking and closed on exec. The lock keeps
// a child process from being started before it is.
func streamSocket(family int) (int, error) {
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, os.NewSyscallError("fcntl", err)
	}
	return fd, nil
}
