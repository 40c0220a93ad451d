package config

import "strings"

// Flags say where and by whom a directive may be set and shown.
type Flags uint16

const (
	// Immutable directives are fixed once the server runs.
	Immutable Flags = 1 << iota
	// Sensitive values never reach a log, the slow log or MONITOR.
	Sensitive
	// MultiArg directives take several arguments; in CONFIG SET and in the
	// environment they are written as one value separated by spaces.
	MultiArg
	// Hidden directives answer CONFIG GET by their exact name only.
	Hidden
	// DenyLoading directives cannot change while a data set is being loaded.
	DenyLoading
	// Protected directives can change at run time only for clients that
	// enable-protected-configs admits.
	Protected
	// FileOnly directives are statements of a configuration file: CONFIG GET
	// and CONFIG SET do not know them.
	FileOnly
)

// ApplyID names what the server must do after CONFIG SET changed a directive.
// Several directives share one: it runs once for all of them.
type ApplyID uint8

// The reactions. A directive without one takes effect when it is next read.
const (
	ApplyNone         ApplyID = iota
	ApplyBind                 // listen on the addresses of Config.Bind
	ApplyPort                 // listen on Config.Port
	ApplyMaxClients           // raise the descriptor limit
	ApplyConnections          // idle timeout, keepalive, new connections, trusted load balancers: told to the reactors
	ApplyClientLimits         // buffer and protocol limits: told to the reactors
	ApplyLog                  // log level
	ApplyHZ                   // period of the cron
	ApplyPassword             // password of the default user
	ApplyMaxMemory            // limit, policy and sampling of eviction
	ApplyKeyspace             // rehashing, expiry effort, lazy freeing
	ApplyEncoding             // limits of the compact encodings
	ApplyDir                  // working directory
	ApplySave                 // snapshot schedule
	ApplyAppendOnly           // switch the append only file on or off
	ApplyAppendSync           // fsync policy of the append only file
	ApplySlowlog              // threshold and length of the slow log
	ApplyLatency              // latency monitor and percentiles
	ApplyNotify               // keyspace notifications
	ApplyReplication          // backlog, minimum of replicas, timeouts
	ApplyCluster              // announced addresses and flags of this node
	ApplyTLS                  // certificates and protocols
	ApplyOOMScore             // the kernel's out-of-memory score
	ApplyTracking             // size of the tracking table
	ApplyOverload             // how long commands may wait
	ApplyIOThreads            // who runs the reactors
	ApplyObserve              // prefixes that metrics tell apart
	applyCount
)

// Directive is one row of the table.
type Directive struct {
	// Name is the primary name; CONFIG REWRITE writes it.
	Name string
	// Alias is an older name that works everywhere the primary one does, or "".
	Alias string
	// Flags of the directive.
	Flags Flags
	// Apply is the server's reaction to a change.
	Apply ApplyID
	// Doc explains the directive in a sentence or two of Markdown text.
	Doc string
	// Inert is empty for a directive that has effect. Otherwise the directive
	// is accepted, kept, shown and rewritten so that existing files start the
	// server, and Inert says why nothing follows from it.
	Inert string

	// value is nil for FileOnly directives, which have a statement instead: what
	// the loader does with the line.
	value     value
	statement statement
}

// statement names what a FileOnly directive does. It is no function, because
// what loads a file also reads the table.
type statement uint8

const (
	noStatement      statement = iota
	include                    // read other files in place
	renameCommand              // kept for the command table
	userLine                   // a user and its rules
	loadModule                 // refused: there are no modules
	sentinelLine               // refused: there is no sentinel mode
	ignoredStatement           // of older versions, without effect since
)

// value is how the setting of a directive lives in a Config.
type value interface {
	// set parses the arguments into c. On an error, whose text is the reason
	// users read, it leaves c as it was. It replaces slices, never changes
	// their elements: a copy of a Config must stay what it was.
	set(c *Config, args []string) error
	// get returns the text CONFIG GET shows.
	get(c *Config) string
	// reset stores the default.
	reset(c *Config)
	// rewrite returns the lines of CONFIG REWRITE, without line ends. A forced
	// line is written even where the file had none. No lines: those in the
	// file are dropped.
	rewrite(c *Config, name string) []rewriteLine
	// describe returns the type with its bounds for the documentation.
	describe() string
}

type rewriteLine struct {
	text  string
	force bool
}

// Has reports whether all the given flags are set.
func (d *Directive) Has(f Flags) bool { return d.Flags&f == f }

// Default returns the value CONFIG GET shows on a server without any
// configuration, and "" for statements.
func (d *Directive) Default() string {
	if d.value == nil {
		return ""
	}
	var c Config
	d.value.reset(&c)
	return d.value.get(&c)
}

// index maps names and aliases, in lower case, to rows.
var index = func() map[string]*Directive {
	m := make(map[string]*Directive, 2*len(table))
	for i := range table {
		d := &table[i]
		for _, name := range []string{d.Name, d.Alias} {
			if name == "" {
				continue
			}
			if m[name] != nil || name != strings.ToLower(name) {
				panic("BUG: directive " + name + " is declared twice or not in lower case")
			}
			m[name] = d
		}
		if (d.value == nil) != d.Has(FileOnly) || (d.statement != noStatement) != d.Has(FileOnly) {
			panic("BUG: directive " + d.Name + " must have a value, or a statement and FileOnly")
		}
	}
	return m
}()

// Lookup finds a directive by name or alias, letter case ignored, or returns
// nil.
func Lookup(name string) *Directive { return index[strings.ToLower(name)] }

// IsSensitive reports whether the value of the named directive must be redacted
// wherever a command is shown: slow log, MONITOR, logs.
func IsSensitive(name []byte) bool {
	d := Lookup(string(name))
	return d != nil && d.Has(Sensitive)
}

// Directives returns the whole table in the order of the documentation. The
// caller must not change it.
func Directives() []Directive { return table }
