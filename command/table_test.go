package command

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"

	"basalt/internal/seeds"
)

func noop(*Context) {}

// sample is a row of the given name that is valid.
func sample(name string, subs ...string) Row {
	r := Row{Name: name, Arity: -1, Group: GroupServer, Since: "1.0.0", Summary: "Is there.", Handler: noop}
	for _, sub := range subs {
		r.Subcommands = append(r.Subcommands, sample(sub))
	}
	return r
}

func sampleTable(t testing.TB, renames []Rename, rows ...Row) *Table {
	t.Helper()
	table, err := newTable([][]Row{rows}, renames)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestEveryNameIsFound(t *testing.T) {
	table := mustTable(t)
	if len(table.Rows()) < 7 {
		t.Fatalf("%d commands", len(table.Rows()))
	}
	for _, row := range table.Rows() {
		for _, name := range []string{row.Name, strings.ToUpper(row.Name), strings.ToUpper(row.Name[:1]) + row.Name[1:]} {
			if table.Lookup([]byte(name)) != row {
				t.Errorf("%s is not found", name)
			}
		}
		for _, sub := range row.Subs() {
			got, fault := table.Resolve([][]byte{[]byte(row.Name), []byte(strings.ToUpper(sub.Name))})
			if got != sub || fault == UnknownSubcommand {
				t.Errorf("%s is not found: fault %d", sub.FullName, fault)
			}
			if sub.Container != row || table.ByID(sub.ID) != sub {
				t.Errorf("%s: container or ID", sub.FullName)
			}
		}
	}
}

// TestNearMisses changes names in every way that two overlapping words or a
// sloppy folding of case could miss.
func TestNearMisses(t *testing.T) {
	table := mustTable(t)
	known := map[string]bool{}
	for _, row := range table.Rows() {
		known[row.Name] = true
	}
	check := func(name string) {
		want := known[strings.ToLower(name)]
		if got := table.Lookup([]byte(name)); (got != nil) != want {
			t.Errorf("%q: found %v, exists %v", name, got != nil, want)
		}
	}
	for name := range known {
		for i := range name {
			for bit := range 8 {
				b := []byte(name)
				b[i] ^= 1 << bit
				check(string(b))
			}
			check(name[:i])
			check(name[i+1:])
			check(name[:i] + "\x00" + name[i:])
			check(name + name[i:])
		}
	}
}

// TestLookupAgainstMap compares the index with a Go map over random names of
// all lengths, with many clashes.
func TestLookupAgainstMap(t *testing.T) {
	seed := int64(seeds.Of(t))
	random := rand.New(rand.NewSource(seed))
	const letters = "abz-_.0AB[`{"
	word := func() string {
		b := make([]byte, 1+random.Intn(24))
		for i := range b {
			b[i] = letters[random.Intn(3)]
			if random.Intn(4) == 0 {
				b[i] = letters[random.Intn(len(letters))]
			}
		}
		return string(b)
	}
	for range 20 {
		model := map[string]*Row{}
		var names []string
		var rows []*Row
		for range 200 {
			name := lower(word())
			if model[name] == nil {
				model[name] = &Row{Name: name}
				names, rows = append(names, name), append(rows, model[name])
			}
		}
		x := newNameIndex(names, rows)
		for range 2000 {
			name := word()
			if got := x.find([]byte(name)); got != model[lower(name)] {
				t.Fatalf("%q: got %v, want %v", name, got, model[lower(name)])
			}
		}
		for _, name := range names {
			if got := x.find([]byte(strings.ToUpper(name))); got != model[name] {
				t.Fatalf("%q in upper case is not found", name)
			}
		}
	}
}

func TestEmptyIndex(t *testing.T) {
	var x nameIndex
	if x.find([]byte("get")) != nil {
		t.Error("an empty index has a command")
	}
	table := mustTable(t)
	if table.Lookup(nil) != nil {
		t.Error("a command without a name")
	}
}

func TestResolve(t *testing.T) {
	one := sample("one")
	one.Arity = 2
	inside := sample("inside")
	inside.Arity = -3
	box := sample("box")
	box.Handler, box.Arity, box.Subcommands = nil, -2, []Row{inside}
	table := sampleTable(t, nil, one, box, sample("both", "sub"))
	for _, test := range []struct {
		call  string
		row   string
		fault Fault
	}{
		{"ONE a", "one", NoFault},
		{"one", "one", WrongArity},
		{"one a b", "one", WrongArity},
		{"none a", "", UnknownCommand},
		{"box", "box", WrongArity},
		{"box outside a", "box", UnknownSubcommand},
		{"box inside", "box|inside", WrongArity},
		{"Box Inside a b c", "box|inside", NoFault},
		{"both", "both", NoFault},
		{"both sub", "both|sub", NoFault},
		{"both other", "both", UnknownSubcommand},
	} {
		row, fault := table.Resolve(bytes.Fields([]byte(test.call)))
		if fault != test.fault || (row == nil) != (test.row == "") || row != nil && row.FullName != test.row {
			t.Errorf("%s: row %v, fault %d", test.call, row, fault)
		}
	}
}

func TestRename(t *testing.T) {
	rows := []Row{sample("get"), sample("set"), sample("config", "get")}
	table := sampleTable(t, []Rename{{"CONFIG", "Secret-Config"}, {"set", ""}, {"get", "SET"}}, rows...)
	for name, want := range map[string]string{"set": "get", "SECRET-CONFIG": "config", "get": "", "config": ""} {
		if row := table.Lookup([]byte(name)); (row == nil) != (want == "") || row != nil && row.Name != want {
			t.Errorf("%s leads to %v", name, row)
		}
	}
	if len(table.Rows()) != 2 || table.IDs() != 4 {
		t.Errorf("%d commands, %d IDs", len(table.Rows()), table.IDs())
	}
	if rows[1].FullName != "" || len(rows) != 3 {
		t.Error("the declared rows were changed")
	}
	for _, test := range []struct {
		renames []Rename
		err     string
	}{
		{[]Rename{{"nosuch", "x"}}, "No such command in rename-command"},
		{[]Rename{{"get", ""}, {"get", "x"}}, "No such command in rename-command"},
		{[]Rename{{"config|get", "x"}}, "No such command in rename-command"},
		{[]Rename{{"get", "SET"}}, "Target command name already exists"},
		{[]Rename{{"get", "GET"}}, ""},
	} {
		_, err := newTable([][]Row{rows}, test.renames)
		if got := errorText(err); got != test.err {
			t.Errorf("%v: %q", test.renames, got)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestWrongRowsPanic breaks a good row in each way that start-up has to notice.
func TestWrongRowsPanic(t *testing.T) {
	for name, spoil := range map[string]func(r *Row){
		"upper case":          func(r *Row) { r.Name = "Get" },
		"no name":             func(r *Row) { r.Name = "" },
		"no arity":            func(r *Row) { r.Arity = 0 },
		"no group":            func(r *Row) { r.Group = "" },
		"no handler":          func(r *Row) { r.Handler = nil },
		"write and readonly":  func(r *Row) { r.Flags = Write | ReadOnly },
		"nested containers":   func(r *Row) { r.Subcommands = []Row{sample("a", "b")} },
		"container arity":     func(r *Row) { r.Handler, r.Subcommands = nil, []Row{sample("a")} },
		"same subcommands":    func(r *Row) { r.Subcommands = []Row{sample("a"), sample("a")} },
		"no access":           func(r *Row) { r.Keys = []KeySpec{keyAt(1, Access)} },
		"two accesses":        func(r *Row) { r.Keys = []KeySpec{keyAt(1, RO|RW)} },
		"key at the name":     func(r *Row) { r.Keys = []KeySpec{keyAt(0, RO)} },
		"no step":             func(r *Row) { r.Keys = []KeySpec{keysAt(1, -1, 0, RO)} },
		"no keyword":          func(r *Row) { r.Keys = []KeySpec{{Flags: RO, Begin: BeginKeyword, Index: 1}} },
		"limit on fixed keys": func(r *Row) { s := keyAt(1, RO); s.Limit = 2; r.Keys = []KeySpec{s} },
	} {
		t.Run(name, func(t *testing.T) {
			row := sample("get")
			spoil(&row)
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "BUG: ") {
					t.Errorf("it passes, or panics with %q", text)
				}
			}()
			if _, err := newTable([][]Row{{row}}, nil); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	table := mustTable(t)
	args := [][]byte{[]byte("Command"), []byte("Count")}
	if n := testing.AllocsPerRun(100, func() { table.Resolve(args) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkLookup(b *testing.B) {
	table := mustTable(b)
	for _, name := range []string{"get", "SET", "INCRBYFLOAT", "nosuch"} {
		b.Run(name, func(b *testing.B) {
			n := []byte(name)
			for b.Loop() {
				table.Lookup(n)
			}
		})
	}
}
