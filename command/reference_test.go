package command

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"basalt/resp"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files of this package from what is")

const (
	goldenFile      = "testdata/table.txt"
	differencesFile = "testdata/reference_differences.txt"
)

// ourFacts asks the table through its own commands.
func ourFacts(t *testing.T) map[string]facts {
	t.Helper()
	table := mustTable(t)
	out := map[string]facts{}
	docs := callReply(t, table, "COMMAND", "DOCS").(dict)
	for _, info := range callReply(t, table, "COMMAND").(list) {
		d, _ := docs.get(info.(list)[0].(string)).(dict)
		gather(out, info.(list), d)
	}
	return out
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// TestGolden holds the whole table against a file: a change of a row shows in
// review as what clients will see of it.
func TestGolden(t *testing.T) {
	var b strings.Builder
	all := ourFacts(t)
	for _, name := range sortedKeys(all) {
		fmt.Fprintln(&b, name)
		for _, field := range factFields {
			if value := strings.TrimSpace(all[name][field]); value != "" {
				fmt.Fprintf(&b, "  %s: %s\n", field, value)
			}
		}
	}
	if *rewrite {
		if err := os.WriteFile(goldenFile, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	got, wanted := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(wanted)) {
		if i >= len(got) || i >= len(wanted) || got[i] != wanted[i] {
			t.Fatalf("%s:%d differs (-rewrite accepts)\nwas %q\nis  %q", goldenFile, i+1,
				wanted[min(i, len(wanted)-1)], got[min(i, len(got)-1)])
		}
	}
}

// difference is a fact that redis-server 7.0 and we do not agree on.
type difference struct {
	where, theirs, ours string
}

// knownDifference is one of the file: what it is put down to, and which of its
// blocks it is, from 1.
type knownDifference struct {
	difference
	reason string
	block  int
}

// TestRowsAgainstReference compares every row with what redis-server says of
// the command. What differs must be in the file of differences with its reason,
// and what is in the file must differ.
func TestRowsAgainstReference(t *testing.T) {
	server := dialReference(t, resp.Proto3)
	ours := ourFacts(t)
	theirs := map[string]facts{}
	docs, _ := server.do("COMMAND", "DOCS")
	infos, _ := server.do("COMMAND")
	for _, info := range infos.(list) {
		d, _ := docs.(dict).get(info.(list)[0].(string)).(dict)
		gather(theirs, info.(list), d)
	}
	found := map[string]difference{}
	for name, f := range ours {
		reference, ok := theirs[name]
		if !ok {
			found[name] = difference{name, "(none)", "a command"}
			continue
		}
		for _, field := range factFields {
			if !wordy[field] && f[field] != reference[field] {
				where := name + " " + field
				found[where] = difference{where, strings.TrimSpace(reference[field]), strings.TrimSpace(f[field])}
			}
		}
	}
	known := readDifferences(t)
	if *rewrite {
		writeDifferences(t, found, known)
		return
	}
	for _, where := range sortedKeys(found) {
		if known[where].difference != found[where] {
			t.Errorf("%s\nredis-server: %s\nours:         %s\nin the file:  %+v", where,
				found[where].theirs, found[where].ours, known[where].difference)
		}
	}
	for _, where := range sortedKeys(known) {
		if _, ok := found[where]; !ok {
			t.Errorf("%s: the file has a difference that is none", where)
		}
		if known[where].reason == "" {
			t.Errorf("%s: the file gives no reason", where)
		}
	}
}

// readDifferences reads blocks of "# reason", "where", "- theirs", "+ ours".
// A reason stands for all blocks up to the next one.
func readDifferences(t *testing.T) map[string]knownDifference {
	t.Helper()
	text, err := os.ReadFile(differencesFile)
	if err != nil && !*rewrite {
		t.Fatal(err)
	}
	known := map[string]knownDifference{}
	var reason string
	for _, block := range strings.Split(string(text), "\n\n") {
		d := knownDifference{block: len(known) + 1}
		for _, line := range strings.Split(block, "\n") {
			switch {
			case strings.HasPrefix(line, "# "):
				reason = line
			case strings.HasPrefix(line, "-"):
				d.theirs = strings.TrimSpace(line[1:])
			case strings.HasPrefix(line, "+"):
				d.ours = strings.TrimSpace(line[1:])
			case line != "":
				d.where = line
			}
		}
		if d.where != "" {
			d.reason = reason
			known[d.where] = d
		}
	}
	return known
}

// writeDifferences leaves the blocks of the file where they are; new ones come
// first and have no reason.
func writeDifferences(t *testing.T, found map[string]difference, known map[string]knownDifference) {
	t.Helper()
	where := sortedKeys(found)
	slices.SortStableFunc(where, func(a, b string) int { return cmp.Compare(known[a].block, known[b].block) })
	var b strings.Builder
	last := ""
	for _, w := range where {
		if reason := known[w].reason; reason != last {
			last = reason
			fmt.Fprintf(&b, "%s\n\n", last)
		}
		theirs := strings.TrimSpace("- " + found[w].theirs)
		ours := strings.TrimSpace("+ " + found[w].ours)
		fmt.Fprintf(&b, "%s\n%s\n%s\n\n", w, theirs, ours)
	}
	if err := os.WriteFile(differencesFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
