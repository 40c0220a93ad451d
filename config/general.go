package config

import (
	"strings"
)

// LogLevel is the least severity that is logged.
type LogLevel uint8

// The levels, chattiest first.
const (
	LogDebug LogLevel = iota
	LogVerbose
	LogNotice
	LogWarning
	LogNothing
)

// LogFormat is how a log line looks.
type LogFormat uint8

// The formats.
const (
	LogAuto    LogFormat = iota // console on a terminal, JSON elsewhere
	LogJSON                     // one JSON object a line
	LogConsole                  // for people
)

// General holds the settings of the process.
type General struct {
	// IOThreads is the number of reactor threads, at least 1; with 1 the executor
	// polls the sockets itself. An automatic setting is already resolved.
	IOThreads int
	// IOThreadsAlwaysActive says that reactors run on threads of their own however
	// little there is to do.
	IOThreadsAlwaysActive bool
	// IOThreadsDoReads has no meaning here.
	IOThreadsDoReads bool
	// Databases is the number of databases.
	Databases int
	// HZ is how often a second the cron runs, 1 to 500.
	HZ int
	// DynamicHZ has no meaning here.
	DynamicHZ bool
	// LogLevel is the least severity logged.
	LogLevel LogLevel
	// LogFormat is the layout of log lines.
	LogFormat LogFormat
	// LogFile is the file to log to, or "" for standard output.
	LogFile string
	// PidFile is the file that holds the process id while the server runs, or "".
	PidFile string
	// Dir is the working directory, absolute.
	Dir string
	// ServerCPUList, ReactorCPUList name the CPUs ("0-3,8") of the executor and
	// of the reactor threads; "" leaves them to the kernel.
	ServerCPUList, ReactorCPUList string

	Daemonize            bool
	Supervised           string
	SyslogEnabled        bool
	SyslogIdent          string
	SyslogFacility       string
	AlwaysShowLogo       bool
	SetProcTitle         bool
	ProcTitleTemplate    string
	LocaleCollate        string
	CrashLogEnabled      bool
	CrashMemcheckEnabled bool
	UseExitOnPanic       bool
	WatchdogPeriod       int
	IgnoreWarnings       string
}

const noProcTitle = "the process keeps the command line it was started with"

var generalRows = []Directive{
	{
		Name: "include", Flags: FileOnly, statement: include,
		Doc: "Read another file in place of this line. A relative path starts at `dir`. The path may hold wildcards, then all matching files are read in alphabetical order, and none need match.",
	},
	{
		Name: "io-threads", Flags: Immutable, value: ioThreads{},
		Doc: "Threads that read requests and write replies. 0, the default, chooses: 1 on machines of one or two cores, else half of the cores and at most 8. With 1 the thread that executes commands serves the sockets as well, and with more while it has time for it (see `io-threads-always-active`). `CONFIG GET` answers the resolved number.",
	},
	{
		Name: "databases", Flags: Immutable,
		value: integer(func(c *Config) *int { return &c.Databases }, 16, 1, maxInt),
		Doc:   "Number of databases that SELECT can reach.",
	},
	{
		Name: "hz", Apply: ApplyHZ, value: hzValue,
		Doc: "Runs of the periodic tasks a second. Values beyond 1 to 500 are taken as the nearest of these. Expiry does not wait for it.",
	},
	{
		Name: "loglevel", Apply: ApplyLog,
		value: enum(func(c *Config) *LogLevel { return &c.LogLevel }, LogNotice,
			named[LogLevel]{"debug", LogDebug}, named[LogLevel]{"verbose", LogVerbose},
			named[LogLevel]{"notice", LogNotice}, named[LogLevel]{"warning", LogWarning},
			named[LogLevel]{"nothing", LogNothing}),
		Doc: "Least severity that is logged; `nothing` logs nothing.",
	},
	{
		Name: "log-format", Flags: Immutable,
		value: enum(func(c *Config) *LogFormat { return &c.LogFormat }, LogAuto,
			named[LogFormat]{"auto", LogAuto}, named[LogFormat]{"json", LogJSON}, named[LogFormat]{"console", LogConsole}),
		Doc: "Layout of log lines: `json` is one object a line, `console` is for people, `auto` takes `console` on a terminal and `json` elsewhere. (Basalt only.)",
	},
	{
		Name: "logfile", Flags: Immutable,
		value: str(func(c *Config) *string { return &c.LogFile }, "", nil),
		Doc:   "File to append log lines to; empty logs to standard output. It may be moved away to rotate it: the next line begins a new one.",
	},
	{
		Name: "pidfile", Flags: Immutable,
		value: optional(func(c *Config) *string { return &c.PidFile }),
		Doc:   "File that holds the process id while the server runs.",
	},
	{
		Name: "dir", Flags: Protected | DenyLoading, Apply: ApplyDir, value: workingDir,
		Doc: "Working directory: data files and relative paths are found there. It must exist.",
	},
	{
		Name: "server_cpulist", Alias: "server-cpulist", Flags: Immutable,
		value: optional(func(c *Config) *string { return &c.ServerCPUList }),
		Doc:   "CPUs for the executor thread, and for the reactors unless `reactor-cpulist` is set, such as `0-3,8` or `0-6:2`. Linux only.",
	},
	{
		Name: "reactor-cpulist", Flags: Immutable,
		value: optional(func(c *Config) *string { return &c.ReactorCPUList }),
		Doc:   "CPUs for the reactor threads. Linux only. (Basalt only.)",
	},
	{
		Name: "daemonize", Flags: Immutable, Inert: "the server stays in the foreground, where service managers and containers want it",
		value: yesNo(func(c *Config) *bool { return &c.Daemonize }, false),
		Doc:   "Detach from the terminal.",
	},
	{
		Name: "supervised", Flags: Immutable,
		value: words(func(c *Config) *string { return &c.Supervised }, "no", "upstart", "systemd", "auto", "no"),
		Doc: "Tell the service manager when the server is ready, what it does, and that it ends: `systemd` for a service of type `notify`, `auto` where there is such a manager. " +
			"Sockets that it hands over (`LISTEN_FDS`) are taken in any case, in place of those of `bind` and `unixsocket`. `upstart` has no effect.",
	},
	{
		Name: "io-threads-always-active", Apply: ApplyIOThreads,
		value: yesNo(func(c *Config) *bool { return &c.IOThreadsAlwaysActive }, false),
		Doc:   "Let the threads of `io-threads` work however little there is to do. With `no` the thread that executes commands does what they would until that keeps it busy, which costs about half of the CPU.",
	},
	{
		Name: "io-threads-do-reads", Flags: Immutable, Inert: "reactor threads always both read and write",
		value: yesNo(func(c *Config) *bool { return &c.IOThreadsDoReads }, false),
		Doc:   "Let the threads of `io-threads` read and parse as well.",
	},
	{
		Name: "dynamic-hz", Inert: "no periodic task works through all clients, so there is nothing to speed up",
		value: yesNo(func(c *Config) *bool { return &c.DynamicHZ }, true),
		Doc:   "Raise `hz` with the number of clients.",
	},
	{
		Name: "syslog-enabled", Flags: Immutable, Inert: noSyslog,
		value: yesNo(func(c *Config) *bool { return &c.SyslogEnabled }, false),
		Doc:   "Log to the system's logger.",
	},
	{
		Name: "syslog-ident", Flags: Immutable, Inert: noSyslog,
		value: str(func(c *Config) *string { return &c.SyslogIdent }, "basalt", nil),
		Doc:   "Name under which the system's logger files the lines.",
	},
	{
		Name: "syslog-facility", Flags: Immutable, Inert: noSyslog,
		value: words(func(c *Config) *string { return &c.SyslogFacility }, "local0",
			"user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"),
		Doc: "Facility of the system's logger.",
	},
	{
		Name: "always-show-logo", Flags: Immutable, Inert: "there is no logo",
		value: yesNo(func(c *Config) *bool { return &c.AlwaysShowLogo }, false),
		Doc:   "Show a logo at start.",
	},
	{
		Name: "set-proc-title", Flags: Immutable, Inert: noProcTitle,
		value: yesNo(func(c *Config) *bool { return &c.SetProcTitle }, true),
		Doc:   "Show the listening address in the process list.",
	},
	{
		Name: "proc-title-template", Inert: noProcTitle,
		value: str(func(c *Config) *string { return &c.ProcTitleTemplate }, "{title} {listen-addr} {server-mode}", checkProcTitle),
		Doc:   "What the process list shows.",
	},
	{
		Name: "locale-collate", Inert: "strings are always compared byte by byte, which is the locale C",
		value: str(func(c *Config) *string { return &c.LocaleCollate }, "", nil),
		Doc:   "Locale whose order SORT ALPHA follows.",
	},
	{
		Name: "crash-log-enabled", Inert: noCrashLog,
		value: yesNo(func(c *Config) *bool { return &c.CrashLogEnabled }, true),
		Doc:   "Write a report when the server crashes.",
	},
	{
		Name: "crash-memcheck-enabled", Inert: noCrashLog,
		value: yesNo(func(c *Config) *bool { return &c.CrashMemcheckEnabled }, true),
		Doc:   "Test the memory after a crash.",
	},
	{
		Name: "use-exit-on-panic", Flags: Hidden, Inert: noCrashLog,
		value: yesNo(func(c *Config) *bool { return &c.UseExitOnPanic }, false),
		Doc:   "Exit without a core dump after a failed assertion.",
	},
	{
		Name: "watchdog-period", Flags: Hidden, Inert: "stalls of the executor are measured all the time and exported as metrics",
		value: integer(func(c *Config) *int { return &c.WatchdogPeriod }, 0, 0, maxInt),
		Doc:   "Milliseconds after which a stalled server logs where it stands.",
	},
	{
		Name: "ignore-warnings", Inert: "it silences a check for a kernel bug that does not concern this server",
		value: str(func(c *Config) *string { return &c.IgnoreWarnings }, "", nil),
		Doc:   "Warnings that must not stop the start.",
	},
	{
		Name: "sentinel", Flags: FileOnly, statement: sentinelLine,
		Doc: "Lines of the sentinel mode, which this server does not have: one stops the start.",
	},
	{
		Name: "loadmodule", Flags: FileOnly, statement: loadModule,
		Doc: "Load a module. There are none for this server: the line stops the start, as a missing module does.",
	},
	{
		Name: "list-max-ziplist-entries", Flags: FileOnly, statement: ignoredStatement,
		Doc: "Of old configuration files; ignored.",
	},
	{
		Name: "list-max-ziplist-value", Flags: FileOnly, statement: ignoredStatement,
		Doc: "Of old configuration files; ignored.",
	},
	{
		Name: "lua-replicate-commands", Flags: FileOnly, statement: ignoredStatement,
		Doc: "Of old configuration files; ignored.",
	},
}

const (
	noSyslog   = "log lines go to standard output or `logfile`, from where a collector takes them"
	noCrashLog = "the Go runtime prints the stack of every goroutine when the process crashes"
)

// hzValue clamps: a period is a hint, not a promise.
var hzValue = numberOf(plain, func(c *Config) *int { return &c.HZ }, 10, 0, maxInt).clamped(1, 500)

// titleVariables are the words in braces; true marks those that are sure to
// stand for some text.
var titleVariables = map[string]bool{
	"title": false, "server-mode": false, "listen-addr": true, "port": true, "tls-port": true,
	"unixsocket": true, "config-file": true,
}

// checkProcTitle accepts text with known variables in braces; two opening braces
// are one of the text. What comes out must not be empty.
func checkProcTitle(s string) error {
	invalid := reason("template format is invalid or contains unknown variables")
	visible := false
	for {
		before, rest, found := strings.Cut(s, "{")
		visible = visible || strings.Trim(before, " ") != ""
		switch {
		case !found && visible:
			return nil
		case !found:
			return invalid
		case strings.HasPrefix(rest, "{"):
			visible = true
			s = rest[1:]
			continue
		}
		name, rest, closed := strings.Cut(rest, "}")
		filled, known := titleVariables[name]
		if !closed || !known {
			return invalid
		}
		visible = visible || filled
		s = rest
	}
}
