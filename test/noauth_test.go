package test

import (
	"slices"
	"strings"
	"testing"

	"basalt/test/harness"
	"basalt/test/script"
)

// callsOf returns a call of every command and subcommand that the server
// knows, with as many arguments as it needs and with one too few.
func callsOf(t *testing.T, c *harness.Client) [][]string {
	t.Helper()
	names, err := script.Strings([]byte(do(t, c, "COMMAND", "LIST")))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var calls [][]string
	for _, name := range names {
		words := strings.Split(name, "|")
		calls = append(calls, words)
		for n := len(words); n < 6; n++ {
			words = append(slices.Clone(words), "1")
			calls = append(calls, words)
		}
	}
	return calls
}

// TestNoAuth: what every command answers a client that has not said who it is,
// with few arguments and with many, where DEBUG is allowed and where it is not.
func TestNoAuth(t *testing.T) {
	t.Parallel()
	for _, debug := range []string{"no", "yes"} {
		t.Run("debug="+debug, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				o := harness.Options{Args: []string{"--requirepass", "secret", "--enable-debug-command", debug}}
				ours, theirs := startBasalt(t, threads, o), startRedis(t, o)
				c := dial(t, ours)
				want(t, c, "+OK\r\n", "AUTH", "secret")
				calls := callsOf(t, c)
				if len(calls) < 100 {
					t.Fatalf("only %d calls", len(calls))
				}
				for _, call := range calls {
					compareStranger(t, ours, theirs, call)
				}
			})
		})
	}
}

// newerThanReference are subcommands and replies that the reference is too old
// for.
var newerThanReference = []string{
	"client|no-touch", "client|setinfo", "hello", "quit", "zrank", "zrevrank", "command|getkeys", "command|getkeysandflags",
}

func compareStranger(t *testing.T, ours, theirs *harness.Server, call []string) {
	t.Helper()
	name := strings.ToLower(call[0])
	if len(call) > 1 {
		name += "|" + strings.ToLower(call[1])
	}
	if slices.Contains(newerThanReference, name) || slices.Contains(newerThanReference, call[0]) {
		return
	}
	a, b := dial(t, ours), dial(t, theirs)
	defer a.Close()
	defer b.Close()
	got, want := do(t, a, call...), do(t, b, call...)
	if strings.HasPrefix(want, "-ERR unknown command") {
		return // it came after the reference
	}
	if got != want {
		t.Errorf("%q: got %q, want %q", call, got, want)
	}
}
