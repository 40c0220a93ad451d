package config

import (
	"bytes"
	"strings"

	"basalt/internal/glob"
)

// Pair is a directive's name, or alias, and its value as text.
type Pair struct {
	Name, Value string
}

// Get returns what CONFIG GET answers for the patterns: every directive whose
// name or alias matches one of them, letter case ignored, once, in the order of
// the table. A pattern without wildcards finds hidden directives too and is
// itself the name shown, if it is the first that matches.
func (c *Config) Get(patterns ...[]byte) []Pair {
	var pairs []Pair
	for i := range table {
		d := &table[i]
		if d.Has(FileOnly) {
			continue
		}
		for _, name := range []string{d.Name, d.Alias} {
			if shown, ok := d.matches(name, patterns); ok {
				pairs = append(pairs, Pair{shown, d.value.get(c)})
			}
		}
	}
	return pairs
}

// matches returns the spelling of name that answers the patterns, if one does.
func (d *Directive) matches(name string, patterns [][]byte) (string, bool) {
	if name == "" {
		return "", false
	}
	for _, p := range patterns {
		switch {
		case !bytes.ContainsAny(p, "*?["):
			if strings.EqualFold(string(p), name) {
				return string(p), true
			}
		case !d.Has(Hidden) && glob.Match(p, []byte(name), true):
			return name, true
		}
	}
	return "", false
}

// Value returns the text of one directive's value and whether there is such a
// directive.
func (c *Config) Value(name string) (string, bool) {
	d := Lookup(name)
	if d == nil || d.Has(FileOnly) {
		return "", false
	}
	return d.value.get(c), true
}
