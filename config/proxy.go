package config

import (
	"net/netip"
	"strings"
)

// proxyListenersMax bounds the words of proxy-protocol, and proxyNetworksMax
// those of proxy-protocol-networks, through which each new connection goes.
const (
	proxyListenersMax = maxBind + 1
	proxyNetworksMax  = 256
)

var proxyListeners = special{
	about:     "no, yes, or list of addresses",
	resetFunc: func(c *Config) { c.ProxyProtocol = nil },
	getFunc: func(c *Config) string {
		if len(c.ProxyProtocol) == 0 {
			return "no"
		}
		return strings.Join(c.ProxyProtocol, " ")
	},
	setFunc: func(c *Config, args []string) error {
		if len(args) > proxyListenersMax {
			return reason("Too many addresses specified.")
		}
		if isNone(args) {
			c.ProxyProtocol = nil
			return nil
		}
		list := make([]string, 0, len(args))
		for _, a := range args {
			word := strings.TrimPrefix(untilZero(a), "-")
			if lower := strings.ToLower(word); lower == "yes" || lower == "no" || lower == "unixsocket" {
				word = lower
			}
			if word == "" || word == "no" && len(args) > 1 {
				return reason("argument must be 'yes', 'no' or a list of addresses of bind")
			}
			list = append(list, word)
		}
		if list[0] == "no" {
			list = nil
		}
		c.ProxyProtocol = list
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		if len(c.ProxyProtocol) == 0 {
			return []rewriteLine{{name + " no", false}}
		}
		return []rewriteLine{{name + " " + strings.Join(c.ProxyProtocol, " "), true}}
	},
}

func defaultProxyNetworks() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

var proxyNetworks = special{
	about:     "list of networks",
	resetFunc: func(c *Config) { c.ProxyNetworks = defaultProxyNetworks() },
	getFunc:   func(c *Config) string { return joinNetworks(c.ProxyNetworks) },
	setFunc: func(c *Config, args []string) error {
		if len(args) > proxyNetworksMax {
			return reason("Too many networks specified.")
		}
		if isNone(args) {
			c.ProxyNetworks = nil
			return nil
		}
		list := make([]netip.Prefix, 0, len(args))
		for _, a := range args {
			network, ok := parseNetwork(a)
			if !ok {
				return reason("Invalid network '" + untilZero(a) + "'")
			}
			list = append(list, network)
		}
		c.ProxyNetworks = list
		return nil
	},
	rewriteFunc: func(c *Config, name string) []rewriteLine {
		text := joinNetworks(c.ProxyNetworks)
		isDefault := text == joinNetworks(defaultProxyNetworks())
		if text == "" {
			text = `""`
		}
		return []rewriteLine{{name + " " + text, !isDefault}}
	},
}

// parseNetwork reads an address, which stands for itself alone, or a network.
func parseNetwork(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.WithZone("").Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	const mapped = 128 - 32 // bits in front of an IPv4 address in one of IPv6
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p.Masked(), true
}

func joinNetworks(list []netip.Prefix) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p.String()
	}
	return strings.Join(words, " ")
}
