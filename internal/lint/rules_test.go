package lint

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// Each rule is shown something that breaks it, and something near it that does
// not.

func TestTextBites(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       int
	}{
		{"a.go", "package a\n// TO" + "DO later\n", 1},
		{"a.md", "It works this way for" + " now.\n", 1},
		{"a.go", "// a method of doing, todos and hacking\n", 0},
		{"a.go", "// see /ho" + "me/me/x\n", 1},
		{"a.go", "// see /var/lib/x\n", 0},
		{"a.go", strings.Repeat("\n", linesMax+1), 1},
		{"a.txt", strings.Repeat("\n", linesMax+1), 0},
	} {
		if got := Text(tc.name, tc.text); len(got) != tc.want {
			t.Errorf("%q: %d complaints, want %d: %v", tc.text[:min(40, len(tc.text))], len(got), tc.want, got)
		}
	}
}

func TestSyntaxBites(t *testing.T) {
	source := `package a

func F() {}

// G is fine.
func G() {}

type T struct{}

// U is fine.
type U struct{}

func (T) M() {}

type hidden struct{}

func (hidden) M() {}

var V = 1

// One comment for both.
const (
	A = 1
	B = 2
)

func test(t tb, d decoder) {
	t.Sk` + `ip()
	t.Sk` + `ipf("")
	d.Sk` + `ip()
}
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if got := Undocumented(fset, file); len(got) != 4 {
		t.Errorf("undocumented: %d, want F T M V: %v", len(got), got)
	}
	if got := Skips(fset, file); len(got) != 2 {
		t.Errorf("skips: %d, want 2: %v", len(got), got)
	}
}

func TestEdgesBite(t *testing.T) {
	for _, tc := range []struct {
		from, to string
		ok       bool
	}{
		{"basalt", "basalt/server", true},
		{"basalt", "basalt/netpoll", false},
		{"basalt/db", "basalt/db/table", true},
		{"basalt/db", "basalt/internal/invariants", true},
		{"basalt/db", "basalt/resp", false},
		{"basalt/db/table", "basalt/db", false},
		{"basalt/db/table", "basalt/db/wheel", false},
		{"basalt/command", "basalt/server", false},
		{"basalt/netpoll", "net", false},
		{"basalt/netpoll", "net/netip", true},
		{"basalt/netpoll", "golang.org/x/sys/unix", true},
		{"basalt/resp", "golang.org/x/sys/unix", false},
		{"basalt/resp", "unsafe", false},
		{"basalt/db/arena", "unsafe", true},
		{"basalt/bench/compare", "basalt/resp", true},
		{"basalt/bench/compare", "basalt/server", false},
		{"basalt/internal/glob", "basalt/internal/decimal", true},
		{"basalt/elsewhere", "fmt", false},
		{"basalt/server/util", "fmt", false},
	} {
		got := Edges(Package{ImportPath: tc.from, Name: "x", Imports: []string{tc.to}})
		if (len(got) == 0) != tc.ok {
			t.Errorf("%s imports %s: %v, want ok %v", tc.from, tc.to, got, tc.ok)
		}
	}
}
