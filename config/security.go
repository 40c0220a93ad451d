package config

// Access says which clients may use a guarded feature.
type Access uint8

// The answers.
const (
	AccessNo    Access = iota // nobody
	AccessYes                 // everybody
	AccessLocal               // loopback addresses and the Unix socket
)

// Allows reports whether a client may use the feature; local says that it comes
// over the loopback interface or the Unix socket.
func (a Access) Allows(local bool) bool {
	return a == AccessYes || a == AccessLocal && local
}

// Security is who may do what.
type Security struct {
	// RequirePass is the setting requirepass. What is asked for is told by
	// NeedsPassword and Accepts.
	RequirePass string
	// EnableProtectedConfigs guards CONFIG SET of dir and dbfilename.
	EnableProtectedConfigs Access
	// EnableDebugCommand guards DEBUG.
	EnableDebugCommand Access
	// EnableModuleCommand guards MODULE.
	EnableModuleCommand Access

	ACLFile             string
	ACLLogMaxLen        int64
	ACLPubSubDefault    string
	SanitizeDumpPayload string
	LuaEnableDeprecated bool

	// MissingUsers are the names that user lines declare besides the default one.
	MissingUsers []string

	// declared is what the default user's line says of passwords; nil if there is
	// none, or requirepass has been changed since.
	declared     *credentials
	usersChanged bool
}

const (
	noACL     = "there are no users but the default one"
	noModules = "there are no modules for this server"
)

func access(field func(*Config) *Access) value {
	return enum(field, AccessNo,
		named[Access]{"no", AccessNo}, named[Access]{"yes", AccessYes}, named[Access]{"local", AccessLocal})
}

var securityRows = []Directive{
	{
		Name: "requirepass", Flags: Sensitive, Apply: ApplyPassword,
		value: password{optional(func(c *Config) *string { return &c.RequirePass })},
		Doc: "Password of the default user. Empty: none is asked for. At the start a `user` line of the default user overrides it, " +
			"later a change of this one that line.",
	},
	{
		Name: "rename-command", Flags: FileOnly, statement: renameCommand,
		Doc: "Give a command another name, or remove it by giving it the name `\"\"`.",
	},
	{
		Name: "enable-protected-configs", Flags: Immutable,
		value: access(func(c *Config) *Access { return &c.EnableProtectedConfigs }),
		Doc:   "Who may change `dir` and `dbfilename` at run time; `local` means clients on this machine.",
	},
	{
		Name: "enable-debug-command", Flags: Immutable,
		value: access(func(c *Config) *Access { return &c.EnableDebugCommand }),
		Doc:   "Who may use DEBUG; `local` means clients on this machine.",
	},
	{
		Name: "enable-module-command", Flags: Immutable, Inert: noModules,
		value: access(func(c *Config) *Access { return &c.EnableModuleCommand }),
		Doc:   "Who may use MODULE.",
	},
	{
		Name: "user", Flags: FileOnly | Sensitive, statement: userLine,
		Doc: "Declare a user with its rules, as ACL SETUSER takes them. There are no users but the default one. Its line may give " +
			"passwords (`user default on >secret ~* &* +@all`, also `#` and the SHA-256 sum, or `nopass`); one that forbids it " +
			"anything stops the start. Other users cannot log in, and are named in the log.",
	},
	{
		Name: "aclfile", Flags: Immutable,
		value: str(func(c *Config) *string { return &c.ACLFile }, "", nil),
		Doc:   "File that holds the `user` lines instead. It is read at the start.",
	},
	{
		Name: "acllog-max-len", Inert: noACL,
		value: integer(func(c *Config) *int64 { return &c.ACLLogMaxLen }, 128, 0, 1<<63-1),
		Doc:   "Denials that ACL LOG remembers.",
	},
	{
		Name:  "acl-pubsub-default",
		value: words(func(c *Config) *string { return &c.ACLPubSubDefault }, "resetchannels", "allchannels", "resetchannels"),
		Doc:   "Channels that the default user's line begins with.",
	},
	{
		Name: "sanitize-dump-payload", Inert: "every payload is checked in full",
		value: words(func(c *Config) *string { return &c.SanitizeDumpPayload }, "no", "no", "yes", "clients"),
		Doc:   "Check what RESTORE and snapshots bring in down to the last element.",
	},
	{
		Name: "lua-enable-deprecated-api", Flags: Immutable | Hidden, Inert: noScripts,
		value: yesNo(func(c *Config) *bool { return &c.LuaEnableDeprecated }, false),
		Doc:   "Give scripts functions that were withdrawn.",
	},
}
