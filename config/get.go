package config

import "basalt/internal/glob"

// Pair is a directive's name, or alias, and its value as text.
type Pair struct {
	Name, Value string
}

// Get returns what CONFIG GET answers for the patterns: every directive whose
// name or alias matches one of them, letter case ignored, once, in the order of
// the table. A pattern without wildcards that names a hidden directive finds it.
func (c *Config) Get(patterns ...[]byte) []Pair {
	var pairs []Pair
	for i := range table {
		d := &table[i]
		if d.Has(FileOnly) {
			continue
		}
		if d.matches(d.Name, patterns) {
			pairs = append(pairs, Pair{d.Name, d.value.get(c)})
		}
		if d.Alias != "" && d.matches(d.Alias, patterns) {
			pairs = append(pairs, Pair{d.Alias, d.value.get(c)})
		}
	}
	return pairs
}

func (d *Directive) matches(name string, patterns [][]byte) bool {
	for _, p := range patterns {
		if d.Has(Hidden) && !glob.IsLiteral(p) {
			continue
		}
		if glob.Match(p, []byte(name), true) {
			return true
		}
	}
	return false
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
