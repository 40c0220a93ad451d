package config

// TLS holds the settings of encrypted connections, which the server keeps and
// shows but does not speak.
type TLS struct {
	TLSPort                int
	TLSSessionCacheSize    int
	TLSSessionCacheTimeout int
	TLSCluster             bool
	TLSReplication         bool
	TLSAuthClients         string
	TLSPreferServerCiphers bool
	TLSSessionCaching      bool
	TLSCertFile            string
	TLSKeyFile             string
	TLSKeyFilePass         string
	TLSClientCertFile      string
	TLSClientKeyFile       string
	TLSClientKeyFilePass   string
	TLSDHParamsFile        string
	TLSCACertFile          string
	TLSCACertDir           string
	TLSProtocols           string
	TLSCiphers             string
	TLSCiphersuites        string
}

const noTLS = "connections are not encrypted by the server itself; put a TLS proxy in front of it"

var tlsRows = []Directive{
	{
		Name: "tls-port", Apply: ApplyTLS, Inert: noTLS,
		value: integer(func(c *Config) *int { return &c.TLSPort }, 0, 0, 65535),
		Doc:   "Port for encrypted connections; 0 opens none.",
	},
	{
		Name: "tls-cert-file", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSCertFile }),
		Doc:   "Certificate of the server, PEM.",
	},
	{
		Name: "tls-key-file", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSKeyFile }),
		Doc:   "Private key of the certificate, PEM.",
	},
	{
		Name: "tls-key-file-pass", Flags: Sensitive, Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSKeyFilePass }),
		Doc:   "Passphrase of the private key.",
	},
	{
		Name: "tls-client-cert-file", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSClientCertFile }),
		Doc:   "Certificate for connections that this server opens.",
	},
	{
		Name: "tls-client-key-file", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSClientKeyFile }),
		Doc:   "Private key of the client certificate.",
	},
	{
		Name: "tls-client-key-file-pass", Flags: Sensitive, Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSClientKeyFilePass }),
		Doc:   "Passphrase of the client's private key.",
	},
	{
		Name: "tls-dh-params-file", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSDHParamsFile }),
		Doc:   "Parameters of the Diffie-Hellman exchange.",
	},
	{
		Name: "tls-ca-cert-file", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSCACertFile }),
		Doc:   "File of certificates to trust.",
	},
	{
		Name: "tls-ca-cert-dir", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSCACertDir }),
		Doc:   "Directory of certificates to trust.",
	},
	{
		Name: "tls-auth-clients", Inert: noTLS,
		value: words(func(c *Config) *string { return &c.TLSAuthClients }, "yes", "no", "yes", "optional"),
		Doc:   "Whether clients must show a certificate.",
	},
	{
		Name: "tls-replication", Apply: ApplyTLS, Inert: noTLS,
		value: yesNo(func(c *Config) *bool { return &c.TLSReplication }, false),
		Doc:   "Encrypt the connection to the master.",
	},
	{
		Name: "tls-cluster", Apply: ApplyTLS, Inert: noTLS,
		value: yesNo(func(c *Config) *bool { return &c.TLSCluster }, false),
		Doc:   "Encrypt the cluster bus.",
	},
	{
		Name: "tls-protocols", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSProtocols }),
		Doc:   "Versions of the protocol that may be used.",
	},
	{
		Name: "tls-ciphers", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSCiphers }),
		Doc:   "Ciphers up to TLS 1.2.",
	},
	{
		Name: "tls-ciphersuites", Apply: ApplyTLS, Inert: noTLS,
		value: optional(func(c *Config) *string { return &c.TLSCiphersuites }),
		Doc:   "Cipher suites of TLS 1.3.",
	},
	{
		Name: "tls-prefer-server-ciphers", Apply: ApplyTLS, Inert: noTLS,
		value: yesNo(func(c *Config) *bool { return &c.TLSPreferServerCiphers }, false),
		Doc:   "Let the server's order of ciphers win.",
	},
	{
		Name: "tls-session-caching", Apply: ApplyTLS, Inert: noTLS,
		value: yesNo(func(c *Config) *bool { return &c.TLSSessionCaching }, true),
		Doc:   "Keep sessions for cheap reconnects.",
	},
	{
		Name: "tls-session-cache-size", Apply: ApplyTLS, Inert: noTLS,
		value: integer(func(c *Config) *int { return &c.TLSSessionCacheSize }, 20480, 0, maxInt),
		Doc:   "Sessions to keep; 0 sets no limit.",
	},
	{
		Name: "tls-session-cache-timeout", Apply: ApplyTLS, Inert: noTLS,
		value: integer(func(c *Config) *int { return &c.TLSSessionCacheTimeout }, 300, 0, maxInt),
		Doc:   "Seconds for which a session is kept.",
	},
}
