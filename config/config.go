// Package config declares every directive once and derives the rest from that
// table: reading files, command line and environment at start, CONFIG GET, SET
// and REWRITE, the listing of --help and docs/configuration.md.
//
// The table is spread over the files of its sections (network.go, limits.go,
// ...). Each declares the fields the server reads, their units, and beside them
// the rows that fill these fields. A Config is a plain struct: reading a setting
// is reading a field.
//
// A Config belongs to the goroutine that executes commands. Whatever other
// threads need of it they are told by the server's reactions (ApplyID), they do
// not read it.
package config

import (
	"path/filepath"
	"runtime"
)

// Config holds every setting. The zero value is of no use: call Default or Load.
type Config struct {
	Network
	TLS
	General
	Limits
	Overload
	Eviction
	LazyFree
	Security
	Snapshot
	AppendOnly
	Replication
	Cluster
	Shutdown
	Monitoring
	Encoding
	Kernel

	// File is the absolute path of the configuration file, or "" if there is
	// none; CONFIG REWRITE writes it.
	File string
	// Renames holds the rename-command lines in their order.
	Renames []Rename
	// Users holds the user lines in their order, words as they stand.
	Users []Statement

	// ioThreadsSet is io-threads as configured: 0 means automatic, and IOThreads
	// holds what that came to.
	ioThreadsSet int
	// saveSource is the source of the latest save line, see loader.set.
	saveSource source
	// configured holds the names of the directives that Load met.
	configured map[string]bool
}

// Configured reports whether the directive of that primary name was given a
// value at start, be it its default, in a file, the environment or an argument.
func (c *Config) Configured(name string) bool { return c.configured[name] }

// Statement is one line of a configuration that only another part of the server
// can judge, with its origin for the error message.
type Statement struct {
	// Args are the words behind the directive's name.
	Args []string
	// Origin is where the line stands.
	Origin Origin
}

// Rename is one rename-command line. The command table checks that From exists
// and To does not, and reports a failure with Origin.Error.
type Rename struct {
	// From is the command's name as written.
	From string
	// To is the new name; an empty one removes the command.
	To string
	// Origin is where the line stands.
	Origin Origin
}

// Default returns the configuration of a server that is told nothing.
func Default() *Config {
	c := &Config{}
	for i := range table {
		if v := table[i].value; v != nil {
			v.reset(c)
		}
	}
	return c
}

// Path resolves a path of a setting: relative ones start at Dir.
func (c *Config) Path(name string) string { return c.path(name) }

func (c *Config) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// Idle returns the directives that this configuration sets to something else
// than their default although they have no effect, so that the server can say so
// at its start.
func (c *Config) Idle() []*Directive {
	var list []*Directive
	for i := range table {
		d := &table[i]
		if d.value == nil || d.Inert == "" {
			continue
		}
		if d.value.get(c) != d.Default() {
			list = append(list, d)
		}
	}
	return list
}

// autoIOThreads is the number of threads that io-threads 0 stands for. With one
// or two cores a second thread costs more in hand-overs than it gains; beyond
// eight, the executor is the limit.
func autoIOThreads() int {
	cores := runtime.GOMAXPROCS(0)
	if cores <= 2 {
		return 1
	}
	return min(cores/2, 8)
}
