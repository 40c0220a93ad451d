package command

import (
	"fmt"
	"strings"
	"testing"
)

// dump writes an argument with all that is known of it.
func (a *argument) dump() string {
	text := fmt.Sprintf("%s %s", a.name, a.kind)
	add := func(name, value string) {
		if value != "" {
			text += " " + name + "=" + value
		}
	}
	add("token", a.token)
	add("shown", a.display)
	add("since", a.since)
	add("deprecated", a.deprecated)
	if a.keySpec >= 0 {
		add("spec", fmt.Sprint(a.keySpec))
	}
	for flag, set := range map[string]bool{"?": a.optional, "*": a.multiple, "**": a.multipleToken} {
		if set {
			add("flag", flag)
		}
	}
	if len(a.parts) != 0 {
		text += " " + dumpAll(a.parts)
	}
	return text
}

func dumpAll(args []argument) string {
	out := make([]string, len(args))
	for i := range args {
		out[i] = args[i].dump()
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func TestParseSyntax(t *testing.T) {
	for _, test := range []struct{ syntax, want, usage string }{
		{"", "()", ""},
		{"key:key value:string", "(key key spec=0, value string)", "<key> <value>"},
		{"key:key(source)#1@6.2.0", "(key key shown=source since=6.2.0 spec=1)", "<source>"},
		{"[EX seconds:integer@2.6.12]", "(seconds integer token=EX since=2.6.12 flag=?)", "[EX <seconds>]"},
		{"[EX seconds:integer]@2.6.12", "(seconds integer token=EX since=2.6.12 flag=?)", "[EX <seconds>]"},
		{
			"[c<NX:nx|LE-2 le:double>!1.0.0]",
			"(c oneof deprecated=1.0.0 flag=? (nx pure-token token=NX, le double token=LE-2))",
			"[NX | LE-2 <le>]",
		},
		{"c<A:a | B:b>", "(c oneof (a pure-token token=A, b pure-token token=B))", "(A | B)"},
		{"d{key:key value:string}...", "(d block flag=* (key key spec=0, value string))", "<key> <value> [<key> <value> ...]"},
		{"LIMIT l{o:integer c:integer}", "(l block token=LIMIT (o integer, c integer))", "LIMIT <o> <c>"},
		{"ID id:integer...", "(id integer token=ID flag=*)", "ID <id> [<id> ...]"},
		{`"" e:string`, "(e string)", "<e>"},
		{`"":empty`, "(empty pure-token)", ""},
		{`"A B":both`, "(both pure-token token=A B)", "A B"},
		{"*:auto =:exact", "(auto pure-token token=*, exact pure-token token==)", "* ="},
		{"t<[A a:integer]|[B:b]>...", "(t oneof flag=* (a integer token=A flag=?, b pure-token token=B flag=?))", "([A <a>] | [B]) [([A <a>] | [B]) ...]"},
	} {
		args, err := parseSyntax(test.syntax)
		if err != nil {
			t.Errorf("%s: %v", test.syntax, err)
			continue
		}
		if got := dumpAll(args); got != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.syntax, got, test.want)
		}
		if got := usage(args); got != test.usage {
			t.Errorf("%s: %s, want %s", test.syntax, got, test.usage)
		}
	}
	args, err := parseSyntax("[GET+ pattern:pattern...]")
	if err != nil || len(args) != 1 || !args[0].multipleToken || !args[0].multiple || !args[0].optional ||
		usage(args) != "[GET <pattern> [GET <pattern> ...]]" {
		t.Errorf("%+v, %s, %v", args, usage(args), err)
	}
}

func TestParseSyntaxRefuses(t *testing.T) {
	for _, syntax := range []string{
		"key", "key:", "key:nosuch", "EX", "[EX seconds:integer", "c<A:a", "c<>", "d{}", "d{a:string",
		"a:string]", "key:key#x", "a:string(b", `"A`, "A:", "|", "a:string|b:string", "c<A:a B:b>",
	} {
		if args, err := parseSyntax(syntax); err == nil {
			t.Errorf("%s: %s", syntax, dumpAll(args))
		}
	}
}

// TestRowSyntax: what COMMAND DOCS and HELP would panic over, and key specs
// that the syntax names and the row does not have.
func TestRowSyntax(t *testing.T) {
	table := mustTable(t)
	for id := range table.IDs() {
		row := table.ByID(id)
		args, err := parseSyntax(row.Syntax)
		if err != nil {
			t.Errorf("%s: %v", row.FullName, err)
		}
		var walk func(args []argument)
		walk = func(args []argument) {
			for i := range args {
				if args[i].keySpec >= len(row.Keys) {
					t.Errorf("%s: argument %s is a key of spec %d", row.FullName, args[i].name, args[i].keySpec)
				}
				walk(args[i].parts)
			}
		}
		walk(args)
		if !strings.HasSuffix(row.Summary, ".") {
			t.Errorf("%s: the summary is no sentence", row.FullName)
		}
	}
}

func FuzzParseSyntax(f *testing.F) {
	f.Add("key:key#1 [c<NX:nx|XX x:double>@1.2.3]... d{a:string(b)}!4 GET+ \"\":e")
	f.Fuzz(func(t *testing.T, syntax string) {
		args, err := parseSyntax(syntax)
		if err == nil {
			usage(args)
		}
	})
}
