package test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"basalt/test/harness"
	"basalt/test/script"
)

// infoNames returns the names of the fields of each section of INFO, in order.
func infoNames(t *testing.T, c *harness.Client, args ...string) (sections []string, names map[string][]string) {
	t.Helper()
	names = map[string][]string{}
	reply := do(t, c, append([]string{"INFO"}, args...)...)
	_, text, _ := strings.Cut(reply, "\r\n")
	section := ""
	for _, line := range strings.Split(text, "\r\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			section = title
			sections = append(sections, title)
		} else if name, _, ok := strings.Cut(line, ":"); ok {
			names[section] = append(names[section], name)
		}
	}
	return sections, names
}

// infoElsewhere are fields of the reference that depend on what it is built
// with, not on what it serves.
var infoElsewhere = regexp.MustCompile(`^(allocator_|lazyfree_|active_defrag|mem_allocator|gcc_version|multiplexing_api|atomicvar_api|listener\d|` +
	`redis_git|redis_build|monotonic_clock|rdb_|aof_|io_threads_active|module)`)

// TestInfo compares the sections and the names of the fields with the
// reference's, in their order: programs look for them.
func TestInfo(t *testing.T) {
	t.Parallel()
	reference := dial(t, startRedis(t, harness.Options{}))
	inModes(t, func(t *testing.T, threads int) {
		basalt := dial(t, startBasalt(t, threads, harness.Options{}))
		for _, args := range [][]string{nil, {"default"}, {"all"}, {"everything"}, {"server"}, {"CLIENTS", "memory"}, {"stats", "stats"}} {
			wantSections, wantNames := infoNames(t, dialAgain(t, reference), args...)
			gotSections, gotNames := infoNames(t, basalt, args...)
			if w, g := without(wantSections, "Modules"), within(gotSections, wantSections); !slices.Equal(w, without(g, "Modules")) {
				t.Errorf("INFO %q: sections %q, want %q", args, gotSections, wantSections)
			}
			for section, names := range wantNames {
				if section == "Commandstats" || section == "Keyspace" || section == "Latencystats" || section == "Errorstats" {
					continue // as many as commands were called
				}
				compareNames(t, fmt.Sprintf("INFO %q, %s", args, section), names, gotNames[section])
			}
		}
	})
}

// dialAgain opens another connection to the server of c: modes run side by
// side and a client is for one of them.
func dialAgain(t *testing.T, c *harness.Client) *harness.Client {
	t.Helper()
	again, err := harness.DialAddr(c.Conn.RemoteAddr().Network(), c.Conn.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	return again
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == name })
}

// within keeps the part of a list that occurs in another one.
func within(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !slices.Contains(other, s) })
}

// compareNames wants every name of the reference, in its order; more are fine.
func compareNames(t *testing.T, what string, wanted, got []string) {
	t.Helper()
	wanted = slices.DeleteFunc(slices.Clone(wanted), infoElsewhere.MatchString)
	for _, name := range wanted {
		if !slices.Contains(got, name) {
			t.Errorf("%s: no %s", what, name)
		}
	}
	if w, g := within(wanted, got), within(got, wanted); !slices.Equal(w, g) {
		t.Errorf("%s: the order is\n    %q, want\n    %q", what, g, w)
	}
}

// TestCommandInfo compares the row of each command both servers have, and of
// its subcommands. Named here is what 7.2 says otherwise.
func TestCommandInfo(t *testing.T) {
	t.Parallel()
	changed := map[string]string{
		"command|getkeys":         "an argument fewer is required",
		"command|getkeysandflags": "an argument fewer is required",
		"zrank":                   "WITHSCORE is new",
		"zrevrank":                "WITHSCORE is new",
	}
	reference := dial(t, startRedis(t, harness.Options{}))
	basalt := dial(t, startBasalt(t, 1, harness.Options{}))
	names, err := script.Strings([]byte(do(t, basalt, "COMMAND", "LIST")))
	if err != nil || len(names) < 60 {
		t.Fatalf("COMMAND LIST: %d names, %v", len(names), err)
	}
	compared := 0
	for _, name := range names {
		wanted, known := row(t, reference, name)
		if !known || changed[name] != "" {
			continue
		}
		compared++
		if got, _ := row(t, basalt, name); got != wanted {
			t.Errorf("COMMAND INFO %s\n    want %s\n    got  %s", name, wanted, got)
		}
	}
	if compared < 60 {
		t.Errorf("only %d rows were compared", compared)
	}
}

func row(t *testing.T, c *harness.Client, name string) (text string, known bool) {
	t.Helper()
	text, known, err := script.CommandRow([]byte(do(t, c, "COMMAND", "INFO", name)))
	if err != nil {
		t.Fatal(err)
	}
	return text, known
}

// TestLoopTime: the rounds of the executor contain the commands that ran in them,
// whichever way these came.
func TestLoopTime(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{})
		const clients, commands = 20, 300
		var pipeline []byte
		for i := range commands {
			pipeline = harness.AppendRequest(pipeline, "RPUSH", fmt.Sprint("key:", i%10), strings.Repeat("x", 100))
			pipeline = harness.AppendRequest(pipeline, "LRANGE", fmt.Sprint("key:", i%10), "0", "99")
		}
		var all []*harness.Client
		for range clients {
			c := dial(t, s)
			if err := c.Write(pipeline); err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
		for _, c := range all {
			for range 2 * commands {
				if _, err := c.Receive(); err != nil {
					t.Fatal(err)
				}
			}
		}
		// Of one reply: the round in which INFO runs is in neither.
		info := do(t, dial(t, s), "INFO", "stats")
		loop, run := numberIn(t, info, "eventloop_duration_sum"), numberIn(t, info, "eventloop_duration_cmd_sum")
		if run == 0 || loop < run {
			t.Errorf("%d us in rounds, %d in commands", loop, run)
		}
	})
}
