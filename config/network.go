package config

import "net/netip"

// Network is how clients reach the server.
type Network struct {
	// Bind lists the addresses to listen on. A leading minus allows an address to
	// be missing on this machine; * and ::* stand for all of IPv4 and IPv6.
	Bind []string
	// BindSourceAddr is the local address of outgoing connections, or "".
	BindSourceAddr string
	// Port is the TCP port; 0 listens on none.
	Port int
	// ProtectedMode refuses remote clients while there is no password.
	ProtectedMode bool
	// TCPBacklog is the length of the kernel's queue of new connections.
	TCPBacklog int
	// UnixSocket is the path of the Unix socket, or "".
	UnixSocket string
	// UnixSocketPerm is the mode of the socket file; 0 leaves it to the umask.
	UnixSocketPerm uint32
	// Timeout closes clients idle for so many seconds; 0 never does.
	Timeout int
	// TCPKeepAlive is the time between keepalive probes in seconds; 0 sends none.
	TCPKeepAlive int
	// SocketMarkID is the mark of listening sockets for packet filters; 0 is none.
	SocketMarkID uint32
	// MaxClients is the number of connections allowed at a time.
	MaxClients int
	// MaxNewPerCycle is how many connections are accepted before those that are
	// there get their turn.
	MaxNewPerCycle int
	// MaxNewPerSecond bounds the connections accepted in a second; 0 does not.
	MaxNewPerSecond int
	// ProxyProtocol says which listeners take connections of load balancers that
	// announce their clients: the words of the directive, none for no.
	ProxyProtocol []string
	// ProxyNetworks are those whose load balancers are believed.
	ProxyNetworks []netip.Prefix
}

// ProxyProtocolOn reports whether connections to a listener begin with a header
// of the PROXY protocol. address is one as it stands in Bind, without a minus, or
// "unixsocket".
func (c *Config) ProxyProtocolOn(address string) bool {
	for _, word := range c.ProxyProtocol {
		if word == address || word == "yes" && address != "unixsocket" {
			return true
		}
	}
	return false
}

var networkRows = []Directive{
	{
		Name: "bind", Flags: MultiArg, Apply: ApplyBind, value: bindAddresses,
		Doc: "Addresses to listen on; the loopback interface unless others are given. A leading `-` allows the address to be absent from this machine, `*` means every IPv4 and `::*` every IPv6 address.",
	},
	{
		Name: "port", Apply: ApplyPort,
		value: integer(func(c *Config) *int { return &c.Port }, 6379, 0, 65535),
		Doc:   "TCP port for clients; 0 opens none.",
	},
	{
		Name:  "protected-mode",
		value: yesNo(func(c *Config) *bool { return &c.ProtectedMode }, true),
		Doc:   "Refuse clients of other machines as long as the default user needs no password.",
	},
	{
		Name: "tcp-backlog", Flags: Immutable,
		value: integer(func(c *Config) *int { return &c.TCPBacklog }, 511, 0, maxInt),
		Doc:   "Length of the kernel's queue of connections that wait to be accepted; the kernel's own limit (`net.core.somaxconn`) applies as well.",
	},
	{
		Name: "unixsocket", Flags: Immutable,
		value: optional(func(c *Config) *string { return &c.UnixSocket }),
		Doc:   "Path of a Unix socket to listen on besides TCP. Empty: none.",
	},
	{
		Name: "unixsocketperm", Flags: Immutable,
		value: numberOf(octal, func(c *Config) *uint32 { return &c.UnixSocketPerm }, 0, 0, 0o777),
		Doc:   "Permission bits of the Unix socket. 0 leaves them to the umask.",
	},
	{
		Name: "timeout", Apply: ApplyConnections,
		value: integer(func(c *Config) *int { return &c.Timeout }, 0, 0, maxInt),
		Doc:   "Seconds after which an idle client is disconnected; 0 waits for ever. Replicas and subscribers are spared.",
	},
	{
		Name: "tcp-keepalive", Apply: ApplyConnections,
		value: integer(func(c *Config) *int { return &c.TCPKeepAlive }, 300, 0, maxInt),
		Doc:   "Seconds of silence after which the kernel probes whether a client is still there; 0 turns probing off.",
	},
	{
		Name: "maxclients", Apply: ApplyMaxClients,
		value: integer(func(c *Config) *int { return &c.MaxClients }, 10000, 1, 1<<32-1),
		Doc:   "Most connections at a time. It is lowered at start when the process may not open that many files.",
	},
	{
		Name: "max-new-connections-per-cycle", Apply: ApplyConnections,
		value: integer(func(c *Config) *int { return &c.MaxNewPerCycle }, 64, 1, 1000),
		Doc:   "Connections that are accepted before the clients that are there get their turn.",
	},
	{
		Name: "max-new-connections-per-second", Apply: ApplyConnections,
		value: integer(func(c *Config) *int { return &c.MaxNewPerSecond }, 0, 0, 1000000),
		Doc: "Connections accepted in a second, on all listeners together; 0 sets no bound. Those beyond it wait in the kernel's queue (`tcp-backlog`) " +
			"and are accepted as the next second comes, while clients that are connected are served. (Basalt only.)",
	},
	{
		Name: "proxy-protocol", Flags: MultiArg, Apply: ApplyBind, value: proxyListeners,
		Doc: "Listeners whose connections come from load balancers and begin with a header of the PROXY protocol, version 1 or 2, that names the client: " +
			"`yes` for all TCP listeners, or some of the addresses of `bind` as they stand there; `unixsocket` stands for that listener. One that there is not is refused. " +
			"On such a listener a connection without a header, with a malformed one, or from outside of `proxy-protocol-networks` is closed; " +
			"`basalt ping --proxy` sends one. " +
			"The client's address takes the place of the load balancer's in CLIENT LIST, logs and the decision of `protected-mode`; health checks " +
			"(LOCAL), unknown protocols and clients of a Unix socket keep that of the connection. New connections follow a change. (Basalt only.)",
	},
	{
		Name: "proxy-protocol-networks", Flags: MultiArg, Apply: ApplyConnections, value: proxyNetworks,
		Doc: "Networks of the load balancers that are believed, as addresses or in the notation `10.0.0.0/8`; this machine unless others are given. " +
			"Whoever sits in one can claim any address. (Basalt only.)",
	},
	{
		Name: "bind-source-addr", Inert: noOutgoing,
		value: optional(func(c *Config) *string { return &c.BindSourceAddr }),
		Doc:   "Local address of connections this server opens to others.",
	},
	{
		Name: "socket-mark-id", Flags: Immutable,
		value: integer(func(c *Config) *uint32 { return &c.SocketMarkID }, 0, 0, 1<<32-1),
		Doc:   "Mark of the listening sockets for packet filters; 0 sets none. Setting one needs a privilege. Linux and FreeBSD only.",
	},
}
