package lint

// edge says what a package, and those below it that have no rule of their own,
// may import besides the standard library.
type edge struct {
	ours    []string // packages of this module; "x/" means all below x
	modules []string // modules of others
	net     bool     // whether package net may be used
}

var sys = []string{"golang.org/x/sys"}

// edges is the picture in ARCHITECTURE.md as a table. Data flows netpoll, resp,
// ringbuf, server, db, persist; only server joins them all. Whoever adds an
// edge here argues for it in the change.
var edges = map[string]edge{
	".": {
		ours:    []string{"server", "config", "command", "resp", "persist", "internal/"},
		modules: []string{"golang.org/x/sys", "github.com/rs/zerolog"},
		net:     true, // basalt ping is a client
	},

	"netpoll": {ours: []string{"internal/"}, modules: sys},
	"resp":    {ours: []string{"internal/"}},
	"ringbuf": {ours: []string{"internal/"}, modules: sys},
	"config":  {ours: []string{"internal/"}},

	"db":       {ours: []string{"db/", "internal/"}},
	"db/arena": {ours: []string{"internal/"}, modules: sys},
	"db/table": {ours: []string{"db/arena", "internal/"}},
	"db/wheel": {ours: []string{"db/arena", "internal/"}},
	"db/avl":   {ours: []string{"db/arena", "internal/"}},
	"db/pack":  {ours: []string{"db/arena", "internal/"}},

	"persist": {
		ours:    []string{"db", "db/pack", "ringbuf", "internal/"},
		modules: []string{"golang.org/x/sys", "github.com/klauspost/compress"},
	},
	"command":  {ours: []string{"db", "resp", "config", "internal/"}},
	"pubsub":   {ours: []string{"internal/"}},
	"tracking": {ours: []string{"db", "db/", "internal/"}},
	"repl":     {ours: []string{"internal/"}},
	"cluster":  {ours: []string{"internal/"}},
	"metrics": {
		ours:    []string{"internal/"},
		modules: []string{"github.com/prometheus", "github.com/klauspost/compress"},
		net:     true,
	},
	"server": {
		ours: []string{
			"netpoll", "resp", "ringbuf", "config", "db", "db/", "command", "persist",
			"pubsub", "tracking", "metrics", "repl", "cluster", "internal/",
		},
		modules: []string{"golang.org/x/sys", "github.com/rs/zerolog"},
	},

	"internal/hostname":  {net: true}, // resolves names at start
	"internal/reference": {net: true}, // runs a real server for tests of several packages
	"internal":           {ours: []string{"internal/"}, modules: sys},

	// What stands outside the server speaks to it as a client does.
	"test":  {ours: []string{"resp", "test/", "internal/"}, modules: sys, net: true},
	"bench": {ours: []string{"resp", "bench/", "test/", "internal/"}, modules: sys, net: true},
}

// unsafeIn lists the packages that may import unsafe.
var unsafeIn = map[string]bool{
	"db":             true, // views of entries in arena memory
	"db/arena":       true, // the memory itself
	"db/table":       true, // buckets
	"db/wheel":       true, // intrusive nodes
	"db/avl":         true, // intrusive nodes
	"db/pack":        true, // packed collections
	"tracking":       true, // entries in arena memory
	"netpoll":        true, // system calls that take structures
	"ringbuf":        true, // cache line sizes; rings in shared memory
	"internal/ticks": true, // the linker's name of the runtime clock
}
