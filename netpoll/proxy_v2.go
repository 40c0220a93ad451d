package netpoll

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"net/netip"
)

// The parts of a header of version 2: the signature, a byte of version and
// command, one of family and transport, two for the length of what follows. That
// is the addresses, whose size is the family's, and extras: a type, a length of
// two bytes, a value.
const (
	proxyFixed    = 16
	proxyVersion2 = 0x20

	proxyLocal = 0 // command: a connection of the load balancer's own
	proxyProxy = 1 // command: one that it passes on

	proxyUnspec = 0
	proxyIPv4   = 1
	proxyIPv6   = 2
	proxyUnix   = 3

	proxyStream   = 1 // transport; 0 is unspecified, 2 are datagrams
	proxyDatagram = 2

	proxyExtraHead = 3
	proxyExtraCRC  = 0x03 // the extra with the CRC32C of the whole header
)

// proxyAddressBytes is the size of both addresses by family.
var proxyAddressBytes = [...]int{proxyUnspec: 0, proxyIPv4: 12, proxyIPv6: 36, proxyUnix: 216}

var (
	errProxyVersion = errors.New("PROXY header of an unknown version or command")
	errProxyFamily  = errors.New("PROXY header of an unknown address family or transport")
	errProxyLength  = errors.New("PROXY header longer than is accepted")
	errProxyShort   = errors.New("PROXY header shorter than its addresses")
	errProxyExtras  = errors.New("malformed extras in a PROXY header")
	errProxyCRC     = errors.New("PROXY header with a wrong checksum")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// parseProxyBinary reads version 2; b starts with its signature.
func parseProxyBinary(b []byte) (ProxyHeader, int, error) {
	if len(b) > 12 && (b[12]&0xf0 != proxyVersion2 || b[12]&0x0f > proxyProxy) {
		return ProxyHeader{}, 0, errProxyVersion
	}
	if len(b) > 13 && (b[13]>>4 > proxyUnix || b[13]&0x0f > proxyDatagram) {
		return ProxyHeader{}, 0, errProxyFamily
	}
	if len(b) < proxyFixed {
		return ProxyHeader{}, 0, nil
	}
	size := proxyFixed + int(binary.BigEndian.Uint16(b[14:]))
	if size > ProxyHeaderMax {
		return ProxyHeader{}, 0, errProxyLength
	}
	if len(b) < size {
		return ProxyHeader{}, 0, nil
	}
	b = b[:size]
	family, transport := b[13]>>4, b[13]&0x0f
	local := b[12]&0x0f == proxyLocal
	// Of an own connection, and of an unknown protocol, the rest is to be
	// ignored, so nothing is wrong if it is of no known form.
	lenient := local || family == proxyUnspec || transport == 0
	extras := proxyFixed + proxyAddressBytes[family]
	if extras > size {
		if lenient {
			return ProxyHeader{}, size, nil
		}
		return ProxyHeader{}, 0, errProxyShort
	}
	if err := checkProxyExtras(b, extras); err != nil && (!lenient || err == errProxyCRC) {
		return ProxyHeader{}, 0, err
	}
	if lenient || transport != proxyStream {
		return ProxyHeader{}, size, nil
	}
	return proxyAddresses(b[proxyFixed:extras], family), size, nil
}

// proxyAddresses reads the addresses of a stream. Those of Unix sockets are
// paths on the load balancer's machine, which say nothing here.
func proxyAddresses(b []byte, family byte) ProxyHeader {
	switch family {
	case proxyIPv4:
		return ProxyHeader{
			Source:      IPAddr(netip.AddrFrom4([4]byte(b[:4])), int(binary.BigEndian.Uint16(b[8:]))),
			Destination: IPAddr(netip.AddrFrom4([4]byte(b[4:8])), int(binary.BigEndian.Uint16(b[10:]))),
		}
	case proxyIPv6:
		return ProxyHeader{
			Source:      IPAddr(netip.AddrFrom16([16]byte(b[:16])), int(binary.BigEndian.Uint16(b[32:]))),
			Destination: IPAddr(netip.AddrFrom16([16]byte(b[16:32])), int(binary.BigEndian.Uint16(b[34:]))),
		}
	}
	return ProxyHeader{}
}

// checkProxyExtras walks the extras of a header, which begin at from, and
// compares the checksum if there is one: that of the header with zeros in its
// place.
func checkProxyExtras(header []byte, from int) error {
	for at := from; at < len(header); {
		if len(header)-at < proxyExtraHead {
			return errProxyExtras
		}
		value := at + proxyExtraHead
		end := value + int(binary.BigEndian.Uint16(header[at+1:]))
		if end > len(header) {
			return errProxyExtras
		}
		if header[at] == proxyExtraCRC {
			if end-value != 4 {
				return errProxyExtras
			}
			sum := crc32.Update(0, castagnoli, header[:value])
			sum = crc32.Update(sum, castagnoli, make([]byte, 4))
			sum = crc32.Update(sum, castagnoli, header[end:])
			if sum != binary.BigEndian.Uint32(header[value:]) {
				return errProxyCRC
			}
		}
		at = end
	}
	return nil
}
