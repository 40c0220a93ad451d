package config

import (
	"slices"
	"testing"
)

// TestProxyDirectives: the words that are taken, what CONFIG GET shows for them,
// and the reason why others are not.
func TestProxyDirectives(t *testing.T) {
	for _, c := range []struct{ name, value, shown, err string }{
		{"proxy-protocol", "yes", "yes", ""},
		{"proxy-protocol", "NO", "no", ""},
		{"proxy-protocol", "", "no", ""},
		{"proxy-protocol", "10.0.0.1 -::1 UnixSocket", "10.0.0.1 ::1 unixsocket", ""},
		{"proxy-protocol", "no 10.0.0.1", "", "argument must be 'yes', 'no' or a list of addresses of bind"},
		{"proxy-protocol-networks", "10.1.2.3/8 192.0.2.1 fd00::/8", "10.0.0.0/8 192.0.2.1/32 fd00::/8", ""},
		{"proxy-protocol-networks", "::ffff:10.1.2.3/104 ::ffff:192.0.2.1 ::/0", "10.0.0.0/8 192.0.2.1/32 ::/0", ""},
		{"proxy-protocol-networks", "", "", ""},
		{"proxy-protocol-networks", "10.0.0.0/33", "", "Invalid network '10.0.0.0/33'"},
		{"proxy-protocol-networks", "lb.example.org", "", "Invalid network 'lb.example.org'"},
	} {
		cfg := Default()
		err := cfg.Set([]Pair{{Name: c.name, Value: c.value}}, Setter{}, nil)
		if c.err != "" {
			want := "CONFIG SET failed (possibly related to argument '" + c.name + "') - " + c.err
			if err == nil || err.Error() != want {
				t.Errorf("%s %q: %v", c.name, c.value, err)
			}
			continue
		}
		if got, _ := cfg.Value(c.name); err != nil || got != c.shown {
			t.Errorf("%s %q: %q %v", c.name, c.value, got, err)
		}
	}
	cfg := Default()
	_ = cfg.Set([]Pair{{Name: "proxy-protocol", Value: "10.0.0.1 unixsocket"}}, Setter{}, nil)
	var on []string
	for _, address := range []string{"10.0.0.1", "127.0.0.1", "unixsocket"} {
		if cfg.ProxyProtocolOn(address) {
			on = append(on, address)
		}
	}
	if !slices.Equal(on, []string{"10.0.0.1", "unixsocket"}) {
		t.Errorf("on for %v", on)
	}
}
