package config

import (
	"fmt"
	"io"
	"strings"
)

const docsHead = `# Configuration

<!-- Generated from the table in package config: go test ./config -run TestDocs -update -->

    basalt [file] [-] [--name value ...]

Settings come from a file, from standard input where a single ` + "`-`" + ` is the first or the last argument, from the
environment and from the command line; each of these overrides those before it.

- **File**: one directive a line, its name and its values separated by space. Names, units and the words of
  enumerations may have any letter case. A value with space or special characters stands in double quotes, where
  ` + "`\\n`, `\\r`, `\\t`, `\\b`, `\\a`, `\\xHH`, `\\\\` and `\\\"`" + ` are understood, or in single quotes, where only ` + "`\\'`" + ` is. A line whose first
  character is ` + "`#`" + ` is a comment; there are none behind a value.
- **Environment**: ` + "`BASALT_`" + ` and the name in capitals, underscores for dashes: ` + "`BASALT_MAXMEMORY_POLICY=allkeys-lru`" + `.
- **Command line**: two dashes and the name, then the values: ` + "`--save 900 1 --port 7000`" + `.
- **Memory** is given in bytes or with a unit: ` + "`1k`" + ` is 1000, ` + "`1kb`" + ` 1024 bytes, likewise ` + "`m`, `mb`, `g` and `gb`" + `.

An unknown directive or a value out of bounds stops the start with the file, the line and the reason. ` + "`CONFIG GET`" + ` shows
settings, ` + "`CONFIG SET`" + ` changes those not marked *start only*, ` + "`CONFIG REWRITE`" + ` writes the changes back into the file.

Every directive of Redis 7.2 is understood, so that its file works as it is. Those without effect here say why; the
server names them in its log when they are set.
`

// WriteDocs writes the configuration page as Markdown.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docsHead)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n", s.title)
		for i := range s.rows {
			writeDoc(&b, &s.rows[i])
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeDoc(b *strings.Builder, d *Directive) {
	fmt.Fprintf(b, "\n### %s\n\n", d.Name)
	if facts := d.facts(); facts != "" {
		fmt.Fprintf(b, "%s\n\n", facts)
	}
	b.WriteString(d.Doc)
	b.WriteByte('\n')
	if d.Inert != "" {
		fmt.Fprintf(b, "\n**No effect:** %s.\n", d.Inert)
	}
}

// facts lists type, default, alias and when it may be set.
func (d *Directive) facts() string {
	var facts []string
	if d.value != nil {
		facts = append(facts, d.value.describe(), "default "+d.shownDefault("`"))
	}
	if d.Alias != "" {
		facts = append(facts, "alias `"+d.Alias+"`")
	}
	for _, f := range []struct {
		flag Flags
		text string
	}{
		{Immutable, "*start only*"},
		{Protected, "guarded by `enable-protected-configs`"},
		{DenyLoading, "not while loading"},
		{Sensitive, "kept out of logs"},
		{Hidden, "shown by `CONFIG GET` only under its full name"},
		{FileOnly, "statement, may be repeated"},
	} {
		if d.Has(f.flag) {
			facts = append(facts, f.text)
		}
	}
	return strings.Join(facts, " · ")
}

// shownDefault returns the default within the given quotes, or in words where it
// is not the same everywhere.
func (d *Directive) shownDefault(quotes string) string {
	switch v := d.Default(); {
	case d.Name == "io-threads":
		return quotes + "0" + quotes
	case d.Name == "dir":
		return "the directory the server is started in"
	case v == "":
		return "empty"
	default:
		return quotes + v + quotes
	}
}

// listColumn is where the type begins in the listing of WriteList.
const listColumn = 40

// WriteList writes one line for every directive that has effect: name, type and
// default, for --help.
func WriteList(w io.Writer) error {
	var b strings.Builder
	for _, s := range sections {
		var lines strings.Builder
		for i := range s.rows {
			d := &s.rows[i]
			if d.Inert != "" || d.value == nil || d.Has(Hidden) {
				continue
			}
			fmt.Fprintf(&lines, "  --%-*s %s (%s)\n", listColumn, d.Name, strings.ReplaceAll(d.value.describe(), "`", ""), d.shownDefault(""))
		}
		if lines.Len() > 0 {
			fmt.Fprintf(&b, "%s:\n%s", s.title, lines.String())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
