package config

import (
	"slices"
	"strings"
)

var (
	errNotBool    = reason("argument must be 'yes' or 'no'")
	errWrongCount = reason("wrong number of arguments")
)

// boolean is a yes/no directive.
type boolean struct {
	field func(*Config) *bool
	def   bool
}

func yesNo(field func(*Config) *bool, def bool) value { return boolean{field, def} }

func (b boolean) reset(c *Config)  { *b.field(c) = b.def }
func (b boolean) describe() string { return "yes or no" }

func (b boolean) set(c *Config, args []string) error {
	switch word := untilZero(args[0]); {
	case strings.EqualFold(word, "yes"):
		*b.field(c) = true
	case strings.EqualFold(word, "no"):
		*b.field(c) = false
	default:
		return errNotBool
	}
	return nil
}

func (b boolean) get(c *Config) string {
	if *b.field(c) {
		return "yes"
	}
	return "no"
}

func (b boolean) rewrite(c *Config, name string) []rewriteLine {
	return []rewriteLine{{name + " " + b.get(c), *b.field(c) != b.def}}
}

// text is a string directive.
type text struct {
	field func(*Config) *string
	def   string
	// unset strings are those whose empty value means that there is none: no
	// line of CONFIG REWRITE stands for it.
	unset bool
	check func(string) error
}

// str declares a string for which the empty one is a value like any other.
func str(field func(*Config) *string, def string, check func(string) error) value {
	return text{field, def, false, check}
}

// optional declares a string that is usually not set at all.
func optional(field func(*Config) *string) value { return text{field, "", true, nil} }

func (t text) reset(c *Config)      { *t.field(c) = t.def }
func (t text) get(c *Config) string { return *t.field(c) }
func (t text) describe() string     { return "string" }

func (t text) set(c *Config, args []string) error {
	if t.check != nil {
		if err := t.check(args[0]); err != nil {
			return err
		}
	}
	*t.field(c) = args[0]
	return nil
}

func (t text) rewrite(c *Config, name string) []rewriteLine {
	v := *t.field(c)
	if t.unset && v == "" {
		return nil
	}
	return []rewriteLine{{name + " " + quote(v), v != t.def}}
}

// named is one word of an enumeration. Of several words for one value the first
// is the one shown.
type named[T comparable] struct {
	name  string
	value T
}

// choice is a directive with a fixed set of words.
type choice[T comparable] struct {
	field func(*Config) *T
	def   T
	names []named[T]
}

func enum[T comparable](field func(*Config) *T, def T, names ...named[T]) value {
	return choice[T]{field, def, names}
}

// words declares an enumeration that the Config keeps as its word; the first is
// the default.
func words(field func(*Config) *string, def string, names ...string) value {
	list := make([]named[string], len(names))
	for i, n := range names {
		list[i] = named[string]{n, n}
	}
	return choice[string]{field, def, list}
}

func (e choice[T]) reset(c *Config) { *e.field(c) = e.def }

func (e choice[T]) set(c *Config, args []string) error {
	for _, n := range e.names {
		if strings.EqualFold(n.name, untilZero(args[0])) {
			*e.field(c) = n.value
			return nil
		}
	}
	// In Redis's words, clients match them: what is ours alone is in the
	// documentation.
	return notOneOf(slices.DeleteFunc(e.list(), func(name string) bool { return slices.Contains(oursAlone, name) }))
}

// oursAlone are words of enumerations that Redis does not have.
var oursAlone = []string{"allkeys-tinylfu"}

func (e choice[T]) get(c *Config) string {
	for _, n := range e.names {
		if n.value == *e.field(c) {
			return n.name
		}
	}
	return "unknown"
}

func (e choice[T]) rewrite(c *Config, name string) []rewriteLine {
	return []rewriteLine{{name + " " + e.get(c), *e.field(c) != e.def}}
}

func (e choice[T]) list() []string {
	list := make([]string, len(e.names))
	for i, n := range e.names {
		list[i] = n.name
	}
	return list
}

func (e choice[T]) describe() string { return "one of " + strings.Join(e.list(), ", ") }

func notOneOf(list []string) error {
	return reason("argument(s) must be one of the following: " + strings.Join(list, ", "))
}

// untilZero is what C takes for the string s: clients may send a zero byte, and
// words, amounts of memory and names end there.
func untilZero(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}
