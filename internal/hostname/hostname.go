// Package hostname turns names of hosts and network interfaces into numbers, by
// the system's resolver. It may block for seconds, so it is used at start and on
// a change of configuration only. It stands apart because it needs package net,
// which the packages on the way of a command do without.
package hostname

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// Resolve returns the IPv4 addresses of a host, at least one, as the resolver
// orders them. Redis looks names up in this family alone when it binds.
func Resolve(name string) ([]netip.Addr, error) {
	ips, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip4", name)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, fmt.Errorf("lookup %s: no address", name)
	}
	for i, ip := range ips {
		ips[i] = ip.Unmap()
	}
	return ips, nil
}

// ZoneIndex returns the number of the interface that an IPv6 address names
// behind "%", 0 for no zone.
func ZoneIndex(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	face, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, err
	}
	return uint32(face.Index), nil
}
