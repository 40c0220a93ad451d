package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/configuration.md")

// TestDocs checks that the page says what the table says.
func TestDocs(t *testing.T) {
	var page bytes.Buffer
	if err := WriteDocs(&page); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "docs", "configuration.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(old, page.Bytes()) {
		t.Error("docs/configuration.md is out of date: go test ./config -run TestDocs -update")
	}
}

// TestRowsAreDocumented: sentences begin and end as sentences do.
func TestRowsAreDocumented(t *testing.T) {
	for i := range table {
		d := &table[i]
		if !strings.HasSuffix(d.Doc, ".") && !strings.HasSuffix(d.Doc, ".)") {
			t.Errorf("%s: %q is no sentence", d.Name, d.Doc)
		}
		if strings.HasSuffix(d.Inert, ".") {
			t.Errorf("%s: the reason ends with a full stop", d.Name)
		}
		if d.value != nil && d.value.describe() == "" {
			t.Errorf("%s: no type", d.Name)
		}
	}
}

func TestWriteList(t *testing.T) {
	var list bytes.Buffer
	if err := WriteList(&list); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--port ", "integer up to 65535 (6379)", "--maxmemory "} {
		if !strings.Contains(list.String(), want) {
			t.Errorf("no %q in\n%s", want, list.String())
		}
	}
	if strings.Contains(list.String(), "tls-") {
		t.Error("lists what has no effect")
	}
}
