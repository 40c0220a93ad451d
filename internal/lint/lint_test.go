package lint

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// notOurs are directories whose contents are made by running things.
var notOurs = map[string]bool{".git": true, "bin": true, "data": true, "results": true}

// textual says whether a file is written by people for people.
func textual(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".s", ".md", ".txt", ".sh", ".conf", ".yml", ".yaml", ".json", ".html", ".mjs":
		return true
	}
	switch filepath.Base(name) {
	case "Makefile", "Dockerfile", "run", "go.mod", ".gitignore":
		return true
	}
	return false
}

// walk hands every file of the tree that people write to fn.
func walk(t *testing.T, fn func(name, text string)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if notOurs[d.Name()] {
				return filepath.SkipDir
			}
			return nil
		}
		if !textual(name) {
			return nil
		}
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // an editor's file that came and went
		}
		if err != nil {
			return err
		}
		seen++
		fn(strings.TrimPrefix(filepath.ToSlash(name), root+"/"), string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Fatalf("only %d files seen: the walk does not start at the root of the tree", seen)
	}
}

// parseAll hands the syntax of every Go file of the tree to fn.
func parseAll(t *testing.T, fn func(name string, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	fset := token.NewFileSet()
	walk(t, func(name, text string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		if err != nil {
			t.Error(err)
			return
		}
		fn(name, fset, file)
	})
}

func report(t *testing.T, complaints []string) {
	t.Helper()
	for _, c := range complaints {
		t.Error(c)
	}
}

func TestText(t *testing.T) {
	walk(t, func(name, text string) { report(t, Text(name, text)) })
}

func TestNoSkips(t *testing.T) {
	parseAll(t, func(name string, fset *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			report(t, Skips(fset, file))
		}
	})
}

func TestExportedNamesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	directories := map[string]bool{}
	parseAll(t, func(name string, fset *token.FileSet, file *ast.File) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		report(t, Undocumented(fset, file))
		directories[filepath.Dir(name)] = true
		if file.Doc != nil {
			documented[filepath.Dir(name)] = true
		}
	})
	for directory := range directories {
		if !documented[directory] {
			t.Errorf("%s: the package has no comment", directory)
		}
	}
}

// TestEdges asks the go command rather than the files, for each platform: it
// knows which of them are built where.
func TestEdges(t *testing.T) {
	seen := map[string]bool{}
	for _, platform := range []string{"linux/amd64", "darwin/arm64", "freebsd/amd64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		for _, tags := range []string{"", "invariants"} {
			for _, p := range list(t, goos, goarch, tags) {
				for _, complaint := range Edges(p) {
					if !seen[complaint] {
						seen[complaint] = true
						t.Error(complaint)
					}
				}
			}
		}
	}
}

func list(t *testing.T, goos, goarch, tags string) []Package {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags", tags, "-json=ImportPath,Name,Imports", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []Package
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 3 {
		t.Fatalf("go list names %d packages", len(packages))
	}
	return packages
}
