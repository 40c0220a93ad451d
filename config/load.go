package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxIncludes bounds how deep files include each other; a file that includes
// itself ends there.
const maxIncludes = 16

// Load builds the configuration of a server from its arguments (without the
// program's name), its environment ("NAME=value", as os.Environ returns it) and,
// where the arguments say so, standard input:
//
//	basalt [file] [-] [--name value ...] [-]
//
// Each source overrides the one before it: defaults, file, standard input,
// variables named BASALT_<DIRECTIVE>, arguments. A value that cannot be accepted
// is an *Error. Load looks at the directories and files that directives name,
// but changes nothing outside itself except that it creates the log file.
func Load(args []string, stdin io.Reader, env []string) (*Config, error) {
	l := &loader{c: Default()}
	l.c.configured = make(map[string]bool)
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		file, err := filepath.Abs(args[0])
		if err != nil {
			return nil, err
		}
		l.c.File = file
		args = args[1:]
	}
	options, useStdin := splitArguments(args)
	l.source = fromFile
	if l.c.File != "" {
		if err := l.file(l.c.File, Origin{}); err != nil {
			return nil, err
		}
	}
	if useStdin {
		content, err := io.ReadAll(stdin)
		if err != nil {
			return nil, Origin{Source: "stdin"}.Error(osReason(err))
		}
		if err := l.content(string(content), "stdin"); err != nil {
			return nil, err
		}
	}
	l.source = fromEnv
	if err := l.environment(env); err != nil {
		return nil, err
	}
	l.source = fromArgs
	for _, line := range options {
		if err := l.line(line, "command line", 0); err != nil {
			return nil, err
		}
	}
	return l.c, l.finish()
}

// loader carries one Load.
type loader struct {
	c      *Config
	source source
	depth  int
}

// file reads one file; from is the include line that names it, if any.
func (l *loader) file(path string, from Origin) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return from.Error(fmt.Sprintf("can't open config file '%s': %s", path, osReason(err)))
	}
	return l.content(string(content), path)
}

func (l *loader) content(content, name string) error {
	for i, line := range strings.Split(content, "\n") {
		if err := l.line(line, name, i+1); err != nil {
			return err
		}
	}
	return nil
}

// line executes one line.
func (l *loader) line(line, name string, number int) error {
	line = strings.Trim(line, " \t\r\n")
	if line == "" || line[0] == '#' {
		return nil
	}
	origin := Origin{name, number, line}
	args, ok := splitLine(line)
	if !ok {
		return origin.Error("Unbalanced quotes in configuration line")
	}
	if len(args) == 0 {
		return nil // space of a kind that is not trimmed above
	}
	if d := Lookup(args[0]); d != nil && d.Has(Sensitive) && len(args) > 1 {
		origin.Text = d.Name + " (redacted)"
	}
	return l.directive(args, origin)
}

// directive executes one directive: args[0] is its name.
func (l *loader) directive(args []string, origin Origin) error {
	name, args := args[0], args[1:]
	d := Lookup(name)
	switch {
	case d == nil && strings.Contains(name, "."):
		// The settings of a module are named module.setting.
		return origin.Error(noModules)
	case d == nil:
		return origin.Error("Bad directive or wrong number of arguments")
	case d.Has(FileOnly):
		return l.execute(d, args, origin)
	case len(args) != 1 && !d.Has(MultiArg):
		return origin.Error(errWrongCount.Error())
	case len(args) == 1 && d.Has(MultiArg):
		// Several values may come as one in quotes.
		args = splitValue(args[0])
	}
	if err := l.set(d, args); err != nil {
		return origin.Error(err.Error())
	}
	l.c.configured[d.Name] = true
	return nil
}

// set stores a value. Lines of save add up, also those of the command line to
// those of the file, as in Redis; but the first one replaces the defaults, and
// the environment stands for itself.
func (l *loader) set(d *Directive, args []string) error {
	if d.Name != "save" {
		return d.value.set(l.c, args)
	}
	old, before := l.c.Save, l.c.saveSource
	if err := d.value.set(l.c, args); err != nil {
		return err
	}
	replace := before == fromDefault || l.source == fromEnv || before == fromEnv || len(l.c.Save) == 0
	if !replace {
		l.c.Save = append(old[:len(old):len(old)], l.c.Save...)
	}
	l.c.saveSource = l.source
	return nil
}

// execute runs a statement.
func (l *loader) execute(d *Directive, args []string, origin Origin) error {
	switch {
	case d.statement == include && len(args) == 1:
		return l.include(args[0], origin)
	case d.statement == renameCommand && len(args) == 2:
		l.c.Renames = append(l.c.Renames, Rename{args[0], args[1], origin})
	case d.statement == userLine && len(args) >= 1:
		l.c.Users = append(l.c.Users, Statement{args, origin})
	case d.statement == loadModule && len(args) >= 1:
		return origin.Error(noModules)
	case d.statement == sentinelLine && len(args) >= 1:
		return origin.Error("sentinel directive while not in sentinel mode")
	case d.statement == ignoredStatement && len(args) == 1, d.statement == sentinelLine:
	default:
		return origin.Error("Bad directive or wrong number of arguments")
	}
	return nil
}

func (l *loader) include(pattern string, origin Origin) error {
	if l.depth++; l.depth > maxIncludes {
		return origin.Error(fmt.Sprintf("files include each other more than %d deep", maxIncludes))
	}
	defer func() { l.depth-- }()
	path := l.c.path(pattern)
	if !strings.ContainsAny(pattern, "*?[") {
		return l.file(path, origin)
	}
	names, err := filepath.Glob(path)
	if err != nil {
		return origin.Error("malformed pattern")
	}
	for _, name := range names {
		if err := l.file(name, origin); err != nil {
			return err
		}
	}
	return nil
}

// finish checks what only the whole can tell.
func (l *loader) finish() error {
	c := l.c
	if c.LogFile != "" {
		// A server that cannot log its later troubles must not start.
		f, err := os.OpenFile(c.path(c.LogFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return Origin{}.Error("Can't open the log file: " + osReason(err))
		}
		f.Close()
	}
	if c.ClusterEnabled && c.ReplicaOf.Host != "" {
		return Origin{}.Error("replicaof directive not allowed in cluster mode")
	}
	return l.users()
}
