// Package lint holds the rules of the house that no general tool knows: which
// package may import which, where unsafe may stand, how long a file may be,
// and which words do not belong in finished work. Its test applies them to the
// whole tree. Each rule is a function from text or syntax to complaints, so
// that a second test can show that each of them bites.
package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strings"
)

// linesMax is the longest a Go file may be. Half of it is a good file.
const linesMax = 900

// promises are words that put work off. They are written in two pieces here,
// or this file would break its own rule.
var promises = regexp.MustCompile(`(?i)\b(` + strings.Join([]string{
	"TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "for" + " now", "not" + " implemented",
	"not" + " yet implemented", "un" + "implemented", "place" + "holder",
}, "|") + `)\b`)

// machinePaths are places that exist on somebody's machine only, and hosts
// that a build is configured with rather than told in its text.
var machinePaths = regexp.MustCompile(strings.Join([]string{
	`/wo` + `rk/`, `/ro` + `ot/`, `/ho` + `me/`, `/Use` + `rs/`, `proxy\.` + `golang`,
}, "|"))

// skips are the methods of testing.TB that let a test pass without having run.
var skips = map[string]bool{"Sk" + "ip": true, "Sk" + "ipf": true, "Sk" + "ipNow": true}

// vagueNames are package names that say nothing of what is inside.
var vagueNames = map[string]bool{
	"util": true, "utils": true, "common": true, "lib": true, "helpers": true, "misc": true, "base": true,
}

// Text returns what is wrong with the words of a file, a line per complaint.
func Text(name, text string) []string {
	var out []string
	lines := strings.Split(text, "\n")
	if strings.HasSuffix(name, ".go") && len(lines) > linesMax {
		out = append(out, fmt.Sprintf("%s: %d lines, %d are the most", name, len(lines), linesMax))
	}
	for i, line := range lines {
		if word := promises.FindString(line); word != "" {
			out = append(out, fmt.Sprintf("%s:%d: %q promises work: do it or leave it out", name, i+1, word))
		}
		if p := machinePaths.FindString(line); p != "" {
			out = append(out, fmt.Sprintf("%s:%d: %q is a thing of one machine", name, i+1, p))
		}
	}
	return out
}

// Skips returns the calls in a test file that would let it pass unseen.
func Skips(fset *token.FileSet, file *ast.File) []string {
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !skips[sel.Sel.Name] {
			return true
		}
		// A decoder may have a method of the same name; a test's own is
		// called on the one-letter names that tests use.
		if id, ok := sel.X.(*ast.Ident); ok && (id.Name == "t" || id.Name == "b" || id.Name == "f" || id.Name == "tb") {
			out = append(out, fmt.Sprintf("%s: a test that can pass without running proves nothing", fset.Position(call.Pos())))
		}
		return true
	})
	return out
}

// Undocumented returns the exported names of a file that carry no comment.
func Undocumented(fset *token.FileSet, file *ast.File) []string {
	var out []string
	complain := func(pos token.Pos, name string) {
		out = append(out, fmt.Sprintf("%s: exported %s has no comment", fset.Position(pos), name))
	}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				complain(d.Pos(), d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				undocumentedSpec(d, spec, complain)
			}
		}
	}
	return out
}

// undocumentedSpec judges one line of a declaration group. The comment of a
// group of constants or variables counts for each of them.
func undocumentedSpec(d *ast.GenDecl, spec ast.Spec, complain func(token.Pos, string)) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && (d.Doc == nil || d.Lparen.IsValid()) {
			complain(s.Pos(), s.Name.Name)
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
				complain(name.Pos(), name.Name)
			}
		}
	}
}

// exportedReceiver says whether a function can be reached from outside: it has
// no receiver, or one whose type is exported.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	for t := d.Recv.List[0].Type; ; {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// Package describes what `go list` says of one package.
type Package struct {
	ImportPath string   // "basalt/db/table"
	Name       string   // the name in its package clause
	Imports    []string // of its non-test files
}

// Edges returns the imports of a package that the architecture does not allow.
func Edges(p Package) []string {
	var out []string
	own := relative(p.ImportPath)
	rule, known := edges[longest(own)]
	if !known {
		return []string{fmt.Sprintf("%s: a package internal/lint knows no rule for", p.ImportPath)}
	}
	if vagueNames[path.Base(own)] || vagueNames[p.Name] {
		out = append(out, fmt.Sprintf("%s: the name says nothing of what is inside", p.ImportPath))
	}
	for _, imported := range p.Imports {
		// Compiled by the profile of a program, a package is listed with it:
		// "basalt/db [basalt]".
		imported, _, _ = strings.Cut(imported, " ")
		if why := refuse(own, rule, imported); why != "" {
			out = append(out, fmt.Sprintf("%s imports %s: %s", p.ImportPath, imported, why))
		}
	}
	return out
}

// refuse says why one import may not stand, or nothing.
func refuse(own string, rule edge, imported string) string {
	switch {
	case imported == "unsafe":
		if !unsafeIn[own] {
			return "unsafe stays in the arena, the node views and the system calls"
		}
	case imported == "C":
		return "no cgo"
	case imported == "net" || strings.HasPrefix(imported, "net/http"):
		if !rule.net {
			return "the data path has its own networking"
		}
	case imported == "basalt" || strings.HasPrefix(imported, "basalt/"):
		if !covers(rule.ours, relative(imported)) {
			return "not an edge of the picture in ARCHITECTURE.md"
		}
	case strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
		if !coversModule(rule.modules, imported) {
			return "a dependency that was not agreed on here"
		}
	}
	return ""
}

// relative cuts the module's name off an import path; the root is ".".
func relative(importPath string) string {
	importPath, _, _ = strings.Cut(importPath, " ")
	if importPath == "basalt" {
		return "."
	}
	return strings.TrimPrefix(importPath, "basalt/")
}

// covers says whether a package is in the list, itself or below an entry that
// ends in "/".
func covers(list []string, own string) bool {
	for _, allowed := range list {
		if own == allowed || strings.HasSuffix(allowed, "/") && strings.HasPrefix(own, allowed) {
			return true
		}
	}
	return false
}

func coversModule(list []string, imported string) bool {
	for _, module := range list {
		if imported == module || strings.HasPrefix(imported, module+"/") {
			return true
		}
	}
	return false
}

// longest finds the rule that speaks of a package: its own, or that of the
// nearest directory above it.
func longest(own string) string {
	for at := own; at != "."; at = path.Dir(at) {
		if _, ok := edges[at]; ok {
			return at
		}
	}
	return own
}
