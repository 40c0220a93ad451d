package netpoll

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"
)

// binaryHeader makes a header of version 2.
func binaryHeader(command, family byte, rest ...string) string {
	body := strings.Join(rest, "")
	head := append([]byte(nil), proxySignature...)
	head = append(head, 0x20|command, family)
	head = binary.BigEndian.AppendUint16(head, uint16(len(body)))
	return string(head) + body
}

func extra(kind byte, value string) string {
	return string(binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(value)))) + value
}

// withSum fills in the checksum of a header that ends with an extra for it.
func withSum(header string) string {
	b := []byte(header)
	binary.BigEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b, castagnoli))
	return string(b)
}

const (
	ends4 = "\xc0\x00\x02\x01\x0a\x00\x00\x02\x30\x39\x18\xeb"
	ends6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x30\x39\x18\xeb"
	mapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"

	is4 = "192.0.2.1:12345 10.0.0.2:6379"
	is6 = "[2001:db8::1]:12345 [2001:db8::2]:6379"
	own = "?:0 ?:0" // the socket's address holds
)

var zeroSum = extra(proxyExtraCRC, "\x00\x00\x00\x00")

// proxyCases are headers and what they say: addresses, or an error.
var proxyCases = []struct{ name, header, says string }{
	{"tcp4", "PROXY TCP4 192.0.2.1 10.0.0.2 12345 6379\r\n", is4},
	{"tcp6", "PROXY TCP6 2001:db8::1 2001:db8::2 12345 6379\r\n", is6},
	{"tcp6 long", "PROXY TCP6 2001:0db8:0000:0000:0000:0000:0000:0001 2001:0db8:0000:0000:0000:0000:0000:0002 12345 6379\r\n", is6},
	{"tcp6 of ipv4", "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:10.0.0.2 12345 6379\r\n", is4},
	{"unknown", "PROXY UNKNOWN\r\n", own},
	{"unknown with more", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", own},
	{"longest", "PROXY UNKNOWN " + strings.Repeat("f", proxyLineMax-16) + "\r\n", own},
	{"too long", "PROXY UNKNOWN " + strings.Repeat("f", proxyLineMax-15) + "\r\n", errProxyLine.Error()},
	{"no end", "PROXY TCP4 " + strings.Repeat("1", proxyLineMax), errProxyLine.Error()},
	{"line feed alone", "PROXY TCP4 192.0.2.1 10.0.0.2 12345 6379\n", errProxyLine.Error()},
	{"return within", "PROXY TCP4 192.0.2.1\r10.0.0.2 12345 6379\r\n", errProxyLine.Error()},
	{"two spaces", "PROXY TCP4  192.0.2.1 10.0.0.2 12345 6379\r\n", errProxyLine.Error()},
	{"space at the end", "PROXY TCP4 192.0.2.1 10.0.0.2 12345 6379 \r\n", errProxyLine.Error()},
	{"one address", "PROXY TCP4 192.0.2.1 12345 6379\r\n", errProxyLine.Error()},
	{"wrong family", "PROXY TCP4 2001:db8::1 2001:db8::2 12345 6379\r\n", errProxyLine.Error()},
	{"other wrong family", "PROXY TCP6 192.0.2.1 10.0.0.2 12345 6379\r\n", errProxyLine.Error()},
	{"zone", "PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n", errProxyLine.Error()},
	{"large port", "PROXY TCP4 192.0.2.1 10.0.0.2 65536 6379\r\n", errProxyLine.Error()},
	{"port with zero", "PROXY TCP4 192.0.2.1 10.0.0.2 012 6379\r\n", errProxyLine.Error()},
	{"signed port", "PROXY TCP4 192.0.2.1 10.0.0.2 +1 6379\r\n", errProxyLine.Error()},
	{"udp", "PROXY UDP4 192.0.2.1 10.0.0.2 1 6379\r\n", errProxyLine.Error()},
	{"lower case", "proxy TCP4 192.0.2.1 10.0.0.2 1 6379\r\n", errProxyMissing.Error()},
	{"a command", "*1\r\n$4\r\nPING\r\n", errProxyMissing.Error()},
	{"an inline command", "PING\r\n", errProxyMissing.Error()},

	{"v2 ipv4", binaryHeader(1, 0x11, ends4), is4},
	{"v2 ipv6", binaryHeader(1, 0x21, ends6), is6},
	{"v2 ipv6 of ipv4", binaryHeader(1, 0x21, mapped+"\xc0\x00\x02\x01"+mapped+"\x0a\x00\x00\x02\x30\x39\x18\xeb"), is4},
	{"v2 unix", binaryHeader(1, 0x31, strings.Repeat("/", 216)), own},
	{"v2 unspecified", binaryHeader(1, 0), own},
	{"v2 unspecified, other bytes", binaryHeader(1, 0, "what"), own},
	{"v2 datagrams", binaryHeader(1, 0x12, ends4), own},
	{"v2 local", binaryHeader(0, 0), own},
	{"v2 local with addresses", binaryHeader(0, 0x11, ends4), own},
	{"v2 local, too short for them", binaryHeader(0, 0x11, "abc"), own},
	{"v2 extras", binaryHeader(1, 0x11, ends4, extra(0x04, ""), extra(0x02, "example.org"), extra(0xea, "x")), is4},
	{"v2 longest", binaryHeader(1, 0x11, ends4, extra(4, strings.Repeat("x", ProxyHeaderMax-proxyFixed-12-3))), is4},
	{"v2 too long", binaryHeader(1, 0x11, ends4, extra(4, strings.Repeat("x", ProxyHeaderMax-proxyFixed-12-2))), errProxyLength.Error()},
	{"v2 checksum", withSum(binaryHeader(1, 0x11, ends4, extra(4, "abc"), zeroSum)), is4},
	{"v2 local with checksum", withSum(binaryHeader(0, 0, zeroSum)), own},
	{"v2 wrong checksum", binaryHeader(1, 0x11, ends4, zeroSum), errProxyCRC.Error()},
	{"v2 local with a wrong one", binaryHeader(0, 0, zeroSum), errProxyCRC.Error()},
	{"v2 short checksum", binaryHeader(1, 0x11, ends4, extra(proxyExtraCRC, "abc")), errProxyExtras.Error()},
	{"v2 short addresses", binaryHeader(1, 0x11, ends4[:11]), errProxyShort.Error()},
	{"v2 short ipv6", binaryHeader(1, 0x21, ends4), errProxyShort.Error()},
	{"v2 cut extra", binaryHeader(1, 0x11, ends4, "\x04\x00"), errProxyExtras.Error()},
	{"v2 long extra", binaryHeader(1, 0x11, ends4, "\x04\x00\x02x"), errProxyExtras.Error()},
	{"v2 version 1", strings.Replace(binaryHeader(1, 0x11, ends4), "QUIT\n\x21", "QUIT\n\x11", 1), errProxyVersion.Error()},
	{"v2 command", binaryHeader(2, 0x11, ends4), errProxyVersion.Error()},
	{"v2 family", binaryHeader(1, 0x41, ends4), errProxyFamily.Error()},
	{"v2 transport", binaryHeader(1, 0x13, ends4), errProxyFamily.Error()},
	{"v2 signature", "\r\n\r\n\x00\r\nQUIX\n", errProxyMissing.Error()},
}

// said is what the parser made of a header, as the table has it.
func said(h ProxyHeader, err error) string {
	if err != nil {
		return err.Error()
	}
	return h.Source.String() + " " + h.Destination.String()
}

// TestProxyHeader: what is read, that the bytes behind are left alone, and that
// a header means the same however it arrives.
func TestProxyHeader(t *testing.T) {
	const behind = "*1\r\n$4\r\nPING\r\n"
	for _, c := range proxyCases {
		t.Run(c.name, func(t *testing.T) {
			all := []byte(c.header + behind)
			h, n, err := ParseProxy(all)
			if got := said(h, err); got != c.says {
				t.Fatalf("got %q, want %q", got, c.says)
			}
			if err == nil && n != len(c.header) {
				t.Errorf("%d bytes used of %d", n, len(c.header))
			}
			for cut := range all {
				h, n, err := ParseProxy(all[:cut])
				switch {
				case err == nil && n == 0:
					if cut >= len(c.header) && said(h, err) == c.says {
						t.Fatalf("still asks for more after %d bytes", cut)
					}
				case said(h, err) != c.says:
					t.Fatalf("the first %d bytes: got %q", cut, said(h, err))
				case err == nil && cut < len(c.header):
					t.Fatalf("%d bytes were enough", cut)
				}
			}
		})
	}
}

// FuzzProxyHeader: whatever comes, the parser stays within it, decides before
// its limit, and decides the same with fewer bytes or not at all.
func FuzzProxyHeader(f *testing.F) {
	for _, c := range proxyCases {
		f.Add([]byte(c.header), 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		h, n, err := ParseProxy(b)
		if n < 0 || n > len(b) || n > ProxyHeaderMax {
			t.Fatalf("%d of %d bytes used", n, len(b))
		}
		if err == nil && n == 0 && len(b) >= ProxyHeaderMax {
			t.Fatal("no end")
		}
		if err != nil && n != 0 {
			t.Fatal("an error and a length")
		}
		if cut < 0 || cut > len(b) {
			return
		}
		less, m, early := ParseProxy(b[:cut])
		if (m != 0 || early != nil) && (less != h || m != n || early != err) {
			t.Fatalf("%d bytes: %v %d %v, all: %v %d %v", cut, less, m, early, h, n, err)
		}
	})
}
