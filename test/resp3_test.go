package test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"basalt/test/harness"
)

// uncalled are the commands that resp3_types.txt leaves out, and why.
var uncalled = map[string]string{
	"commandlog|help": "the reference has none, and HELP of others is called",
	"hotkeys|help":    "the reference has none, and HELP of others is called",
}

// callLine is a line of a script that asks; the command is in parentheses.
var callLine = regexp.MustCompile(`^(?:basalt)?> (?:\{[^}]*\} )?(.+)$`)

// bulkName is a name among the replies of COMMAND LIST.
var bulkName = regexp.MustCompile(`\$\d+\r\n([^\r]+)\r\n`)

// TestEveryCommandUnderRESP3 sees to it that the script that compares the types
// of replies under RESP3 has a call of every command and subcommand.
func TestEveryCommandUnderRESP3(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/script/resp3_types.txt")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		if m := callLine.FindStringSubmatch(line); m != nil {
			words := strings.Fields(strings.ToLower(m[1]))
			called[words[0]] = true
			if len(words) > 1 {
				called[words[0]+"|"+words[1]] = true
			}
		}
	}
	c := dial(t, startBasalt(t, 1, harness.Options{}))
	names := bulkName.FindAllStringSubmatch(do(t, c, "COMMAND", "LIST"), -1)
	if len(names) < 200 {
		t.Fatalf("only %d commands", len(names))
	}
	for _, m := range names {
		name := m[1]
		switch why := uncalled[name]; {
		case !called[name] && why == "":
			t.Errorf("no call of %s: add one to the script, or say why there is none", name)
		case called[name] && why != "":
			t.Errorf("%s is called, although %s", name, why)
		}
	}
}
