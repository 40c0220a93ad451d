package command

import (
	"fmt"
	"slices"
	"strings"
)

// families joins the tables at the heads of the family files.
func families() [][]Row {
	return [][]Row{
		stringRows,
		bitmapRows,
		hyperloglogRows,
		listRows,
		hashRows,
		setRows,
		zsetRows,
		geoRows,
		streamRows,
		sortRows,
		dumpRows,
		keysRows,
		connectionRows,
		serverRows,
		observeRows,
		persistRows,
		pubsubRows,
		introspectRows,
		transactionRows,
	}
}

// Table is the commands of a server, indexed by name. It does not change after
// NewTable; any thread may read it.
type Table struct {
	all   []*Row // by ID, subcommands and removed commands too
	rows  []*Row // commands that can be called, in the order of the families
	names nameIndex
	given nameIndex // of all, by the names that they were declared with
}

// Rename is one rename-command directive: the command From answers to To
// instead, or to nothing when To is empty.
type Rename struct {
	From, To string
}

// renameError says why a rename cannot be applied, in the words that Redis
// stops with at start.
type renameError string

func (e renameError) Error() string { return string(e) }

// NewTable joins the families, derives what follows from the rows and applies
// the renames in order. The error is of a rename that cannot be applied; a row
// that is wrong in itself panics.
func NewTable(renames []Rename) (*Table, error) { return newTable(families(), renames) }

func newTable(families [][]Row, renames []Rename) (*Table, error) {
	t := &Table{}
	var names []string
	for _, family := range families {
		for i := range family {
			row := t.add(&family[i], nil)
			t.rows = append(t.rows, row)
			names = append(names, row.Name)
		}
	}
	mustBeUnique(names)
	t.given = newNameIndex(names, t.rows)
	names, err := t.rename(slices.Clone(names), renames)
	if err != nil {
		return nil, err
	}
	t.names = newNameIndex(names, t.rows)
	return t, nil
}

// add copies a row of a family and what is below it, and derives its fields.
func (t *Table) add(declared *Row, container *Row) *Row {
	r := new(Row)
	*r = *declared
	r.ID, r.FullName, r.Container = len(t.all), r.Name, container
	if container != nil {
		r.FullName = container.Name + "|" + r.Name
	}
	r.logName = logName(strings.SplitN(r.FullName, "|", 2)[0])
	t.all = append(t.all, r)
	r.ACL |= r.Flags.implied(r.ACL)
	var movable bool
	if r.legacy, movable = legacyRange(r.Keys); movable {
		r.Flags |= MovableKeys
	}
	// The executor hashes the first key before the handler checks anything, so
	// every call of the right arity must have it.
	if first := firstKey(r.Keys); first < max(r.Arity, -r.Arity) {
		r.FirstKey = first
	}
	switch r.Group {
	case GroupHash, GroupList, GroupSet, GroupSortedSet, GroupGeo, GroupStream:
		r.Collection = r.FirstKey > 0
	}
	r.Brief = r.Brief || r.FirstKey > 0 && r.Arity > 0 && r.Flags&Fast != 0
	var names []string
	for i := range r.Subcommands {
		sub := t.add(&r.Subcommands[i], r)
		r.subs = append(r.subs, sub)
		names = append(names, sub.Name)
	}
	mustBeUnique(names)
	r.sub = newNameIndex(names, r.subs)
	r.check()
	return r
}

// check panics where a row contradicts itself.
func (r *Row) check() {
	fail := func(format string, args ...any) {
		panic("BUG: command " + r.FullName + ": " + fmt.Sprintf(format, args...))
	}
	switch {
	case r.Name == "" || r.Name != lower(r.Name) || strings.ContainsAny(r.Name, "| "):
		fail("name %q", r.Name)
	case r.Arity == 0:
		fail("no arity")
	case r.Since == "" || r.Group == "" || r.Summary == "":
		fail("no version, group or summary")
	case r.Handler == nil && len(r.Subcommands) == 0:
		fail("no handler")
	case r.Handler == nil && r.Arity != -2:
		fail("arity %d of a container", r.Arity)
	case r.Flags&Write != 0 && r.Flags&ReadOnly != 0:
		fail("both write and readonly")
	case r.Container != nil && len(r.Subcommands) != 0:
		fail("a container inside a container")
	}
	for i := range r.Keys {
		if why := r.Keys[i].wrong(); why != "" {
			fail("key spec %d: %s", i, why)
		}
	}
}

func (s *KeySpec) wrong() string {
	switch access := s.Flags & (RO | RW | OW | RM); {
	case access == 0 && s.Flags&NotKey == 0, access&(access-1) != 0:
		return "not exactly one of RO, RW, OW, RM"
	case s.Begin == BeginIndex && s.Index <= 0:
		return "begins at the command's name"
	case s.Begin == BeginKeyword && (s.Keyword == "" || s.Index == 0):
		return "no keyword"
	case s.Find != FindUnknown && s.Step <= 0:
		return "no step"
	case s.Limit != 0 && s.Last != -1:
		return "a limit without an open end"
	}
	return ""
}

func mustBeUnique(names []string) {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			panic("BUG: command " + name + " is declared twice")
		}
		seen[name] = true
	}
}

// rename applies renames to names and drops what has none left from t.rows. It
// returns the names that belong to the rows that stay.
func (t *Table) rename(names []string, renames []Rename) ([]string, error) {
	position := func(name string) int {
		name = lower(name)
		for i := range names {
			if names[i] == name {
				return i
			}
		}
		return -1
	}
	for _, re := range renames {
		i := position(re.From)
		if i < 0 {
			return nil, renameError("No such command in rename-command")
		}
		switch {
		case re.To == "":
			names = append(names[:i:i], names[i+1:]...)
			t.rows = append(t.rows[:i:i], t.rows[i+1:]...)
			continue
		case position(re.To) >= 0 && position(re.To) != i:
			return nil, renameError("Target command name already exists")
		}
		names[i] = lower(re.To)
	}
	return names, nil
}

// Lookup returns the command of that name, in any case and renames applied, or
// nil. It does not allocate.
func (t *Table) Lookup(name []byte) *Row { return t.names.find(name) }

// Resolve returns the row that executes the call args, a subcommand's where
// there is one, or what is wrong with the call. With UnknownSubcommand the row
// is the container, with WrongArity the one whose arity does not fit.
func (t *Table) Resolve(args [][]byte) (*Row, Fault) { return resolve(&t.names, args) }

// ResolveLogged is Resolve for a command of a log: it has the name that it was
// declared with, and is found even if no client can call it.
func (t *Table) ResolveLogged(args [][]byte) (*Row, Fault) { return resolve(&t.given, args) }

func resolve(names *nameIndex, args [][]byte) (*Row, Fault) {
	row := names.find(args[0])
	if row == nil {
		return nil, UnknownCommand
	}
	if len(row.subs) != 0 && len(args) > 1 {
		sub := row.sub.find(args[1])
		if sub == nil {
			return row, UnknownSubcommand
		}
		row = sub
	}
	if !row.ArityOK(len(args)) {
		return row, WrongArity
	}
	return row, NoFault
}

// Rows returns the commands that can be called, without subcommands, in the
// order of the families. The slice belongs to the table.
func (t *Table) Rows() []*Row { return t.rows }

// IDs returns how many row IDs there are: the length of arrays indexed by
// Row.ID.
func (t *Table) IDs() int { return len(t.all) }

// ByID returns the row with that ID, removed commands included.
func (t *Table) ByID(id int) *Row { return t.all[id] }
