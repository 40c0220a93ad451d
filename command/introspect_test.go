package command

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"basalt/internal/seeds"
	"basalt/resp"
)

// TestInfoBytes compares COMMAND INFO byte by byte in both protocols for the
// commands without subcommands, whose order is every server's own, and without
// notes.
func TestInfoBytes(t *testing.T) {
	table := mustTable(t)
	differ := readDifferences(t)
	for _, proto := range []int{resp.Proto2, resp.Proto3} {
		server := dialReference(t, proto)
		compared := 0
		for id := range table.IDs() {
			row := table.ByID(id)
			if row.IsContainer() || slices.ContainsFunc(row.Keys, func(s KeySpec) bool { return s.Notes != "" }) ||
				slices.ContainsFunc(sortedKeys(differ), func(where string) bool {
					name, field, _ := strings.Cut(where, " ")
					return name == row.FullName && (field == "" || field == "arity" || field == "tips")
				}) {
				continue
			}
			compared++
			_, theirs := server.do("COMMAND", "INFO", row.FullName, "nosuch")
			if ours := call(t, table, proto, "COMMAND", "INFO", row.FullName, "nosuch"); ours != theirs {
				t.Errorf("RESP%d %s:\nours   %q\ntheirs %q", proto, row.FullName, ours, theirs)
			}
		}
		if compared < 60 {
			t.Errorf("RESP%d: only %d commands compared", proto, compared)
		}
	}
}

// TestListAgainstReference compares the commands that a filter shows, of those
// that both servers have.
func TestListAgainstReference(t *testing.T) {
	server := dialReference(t, resp.Proto3)
	table := mustTable(t)
	theirs, _ := server.do("COMMAND", "LIST")
	both := map[any]bool{}
	for _, name := range callReply(t, table, "COMMAND", "LIST").(list) {
		both[name] = slices.Contains(theirs.(list), name)
	}
	shared := func(reply any) any {
		names, ok := reply.(list)
		if !ok {
			return reply
		}
		var out []string
		for _, name := range names {
			if both[name] {
				out = append(out, name.(string))
			}
		}
		slices.Sort(out)
		return out
	}
	filters := [][]string{
		{}, {"FILTERBY"}, {"FILTERBY", "MODULE"}, {"FILTERBY", "MODULE", "x"}, {"filterby", "aclcat", "nosuch"},
		{"FILTERBY", "ACLCAT", "@read"}, {"FILTERBY", "nosuch", "x"}, {"other", "PATTERN", "x"},
		{"FILTERBY", "PATTERN", "a", "b"}, {"FilterBy", "Pattern", "*"}, {"FILTERBY", "PATTERN", "CLIENT|*"},
		{"FILTERBY", "PATTERN", "[d-h]*t"}, {"FILTERBY", "PATTERN", ""}, {"FILTERBY", "PATTERN", "g?t"},
		{"FILTERBY", "PATTERN", "x", "FILTERBY", "PATTERN", "y"},
	}
	for _, category := range categoryNames {
		filters = append(filters, []string{"FILTERBY", "ACLCAT", strings.ToUpper(category)})
	}
	for _, filter := range filters {
		args := append([]string{"COMMAND", "LIST"}, filter...)
		reply, _ := server.do(args...)
		if ours, theirs := shared(callReply(t, table, args...)), shared(reply); !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%v:\nours   %v\ntheirs %v", filter, ours, theirs)
		}
	}
}

// TestGetKeysAgainstReference compares the keys of calls, with their flags,
// over right and wrong calls of every command that both servers have.
func TestGetKeysAgainstReference(t *testing.T) {
	server := dialReference(t, resp.Proto2)
	table := mustTable(t)
	calls := [][]string{
		{"nosuch", "a", "b"}, {"command", "nosuch", "a"}, {"command", "count"}, {"COMMAND", "LIST", "a", "b"},
		{"command", "getkeys", "get", "a"},
	}
	known, _ := server.do("COMMAND", "LIST")
	for id := range table.IDs() {
		row := table.ByID(id)
		if !slices.Contains(known.(list), any(row.FullName)) {
			continue
		}
		words := strings.Split(row.FullName, "|")
		for extra := range 6 {
			if extra > 2 && (row.Name == "zrank" || row.Name == "zrevrank") {
				continue // 7.0 has no option for the score
			}
			calls = append(calls, append(slices.Clone(words), strings.Fields("a b get d 2 f")[:extra]...))
		}
	}
	for _, words := range calls {
		for _, sub := range []string{"GETKEYS", "GETKEYSANDFLAGS"} {
			args := append([]string{"COMMAND", sub}, words...)
			_, theirs := server.do(args...)
			if strings.Contains(theirs, "'command|getkeys") {
				continue // 7.0 asks for more arguments
			}
			if ours := call(t, table, resp.Proto2, args...); ours != theirs {
				t.Errorf("%q:\nours   %q\ntheirs %q", args, ours, theirs)
			}
		}
	}
}

// TestGetKeysOfNameAlone covers what 7.0 refuses before looking.
func TestGetKeysOfNameAlone(t *testing.T) {
	table := mustTable(t)
	for name, want := range map[string]string{
		"nosuch":  "-ERR Invalid command specified\r\n",
		"command": "-ERR The command has no key arguments\r\n",
	} {
		if got := call(t, table, resp.Proto2, "COMMAND", "GETKEYS", name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestFaultsAgainstReference compares the errors for calls that no command can
// execute, with arguments of all lengths and bytes.
func TestFaultsAgainstReference(t *testing.T) {
	server := dialReference(t, resp.Proto2)
	table := mustTable(t)
	seed := int64(seeds.Of(t))
	random := rand.New(rand.NewSource(seed))
	word := func() string {
		b := make([]byte, []int{0, 1, 5, 60, 127, 128, 129, 300}[random.Intn(8)])
		for i := range b {
			b[i] = "abcABC'\"\\ |%"[random.Intn(12)]
			if random.Intn(40) == 0 {
				b[i] = "\x00\r\n\xff"[random.Intn(4)]
			}
		}
		return string(b)
	}
	calls := [][]string{
		{"COMMAND", "COUNT", "a"}, {"command", "nosuch"}, {"COMMAND", "Docs2"}, {"nosuch"}, {""}, {"nosuch", ""},
		{"command|count"}, {"x\r\ny", "a\nb"}, {"COMMAND\x00"},
	}
	for range 500 {
		call := []string{word()}
		if random.Intn(2) == 0 {
			call[0] = "cOmmand"
		}
		for range random.Intn(5) {
			call = append(call, word())
		}
		calls = append(calls, call)
	}
	for _, args := range calls {
		if len(args) == 1 && strings.EqualFold(args[0], "command") {
			continue
		}
		_, theirs := server.do(args...)
		if ours := call(t, table, resp.Proto2, args...); ours != theirs {
			t.Fatalf("%q:\nours   %q\ntheirs %q", args, ours, theirs)
		}
	}
}

// TestDocsOfNames: unknown names are left out, subcommands are found.
func TestDocsOfNames(t *testing.T) {
	table := mustTable(t)
	docs := callReply(t, table, "COMMAND", "DOCS", "nosuch", "Command|List", "command|nosuch", "command|list|x").(dict)
	if len(docs) != 2 || docs[0] != "command|list" {
		t.Errorf("%v", docs)
	}
	if got := call(t, table, resp.Proto2, "COMMAND", "COUNT"); got != fmt.Sprintf(":%d\r\n", len(table.Rows())) {
		t.Errorf("COUNT %q", got)
	}
}

func TestHelp(t *testing.T) {
	lines := callReply(t, mustTable(t), "command", "HELP").(list)
	want := "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
	if len(lines) < 17 || lines[0] != want || lines[1] != "(no subcommand)" {
		t.Fatalf("%q", lines)
	}
	if !slices.Contains(lines, any("LIST [FILTERBY (MODULE <module-name> | ACLCAT <category> | PATTERN <pattern>)]")) {
		t.Errorf("no LIST in %q", lines)
	}
}
