package test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"basalt/test/harness"
	"basalt/test/script"
)

// settings returns what CONFIG GET says of a pattern.
func settings(t *testing.T, c *harness.Client, pattern string) map[string]string {
	t.Helper()
	pairs, err := script.Strings([]byte(do(t, c, "CONFIG", "GET", pattern)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// otherwise are the directives whose value at the start is not the reference's,
// and why.
var otherwise = map[string]string{
	"dir":          "a directory each",
	"unixsocket":   "a socket each",
	"io-threads":   "set by the test",
	"bind":         "the loopback, as in the reference's default file",
	"syslog-ident": "the name of the program",
}

// TestDirectives: every directive of the reference is known, under its aliases
// too, and has the same value at the start.
func TestDirectives(t *testing.T) {
	t.Parallel()
	wanted := settings(t, dial(t, startRedis(t, harness.Options{})), "*")
	inModes(t, func(t *testing.T, threads int) {
		got := settings(t, dial(t, startBasalt(t, threads, harness.Options{})), "*")
		if len(wanted) < 150 {
			t.Fatalf("only %d directives", len(wanted))
		}
		for name, value := range wanted {
			mine, ok := got[name]
			if !ok {
				t.Errorf("%s is not known", name)
			} else if mine != value && otherwise[name] == "" {
				t.Errorf("%s is %q at the start, want %q", name, mine, value)
			}
		}
	})
}

// TestRefusedConfiguration: an unknown directive or a bad value stops the start
// with the line, its text and the reason, as the reference gives them. Where the
// reference only numbers the line, basalt names the file too: one may include
// another.
func TestRefusedConfiguration(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"unknown":         "# a comment\nport 0\nnonsense 1\n",
		"number":          "port 0\nhz abc\n",
		"range":           "port 0\n\n\ntimeout -1\n",
		"choice":          "port 0\nappendfsync sometimes\n",
		"switch":          "port 0\nappendonly maybe\n",
		"memory":          "port 0\nmaxmemory lots\n",
		"too few words":   "port 0\nmaxmemory\n",
		"too many words":  "port 0\nhz 10 20\n",
		"quotes":          "port 0\nrequirepass \"abc\n",
		"save":            "port 0\nsave 900\n",
		"output limit":    "port 0\nclient-output-buffer-limit normal 1\n",
		"output class":    "port 0\nclient-output-buffer-limit nobody 1 2 3\n",
		"rename unknown":  "port 0\nrename-command nonsense x\n",
		"rename onto one": "port 0\nrename-command GET SET\n",
		"too high a port": "port 65536\n",
		"perm":            "port 0\nunixsocketperm 888\n",
		"databases":       "port 0\ndatabases 0\n",
		"user":            "port 0\nmaxmemory-policy nonsense\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wanted := refusal(t, redisBinary, text)
			got := refusal(t, basaltBinary, text)
			if len(wanted) == 0 || !slices.Equal(wanted, got) {
				t.Errorf("want %q\n got %q", wanted, got)
			}
		})
	}
}

// refusal starts a server that must not start, and returns the lines that say
// where and why.
func refusal(t *testing.T, binary, text string) []string {
	t.Helper()
	s, err := harness.Launch(harness.Options{Binary: binary, Bare: true, Config: text})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if code, err := s.Wait(); err != nil || code != 1 {
		t.Errorf("%s: exit code %d %v", binary, code, err)
	}
	var lines []string
	told := false
	for _, line := range strings.Split(s.Output(), "\n") {
		line, _, _ = strings.Cut(line, " of /")
		told = told || strings.Contains(line, "*** FATAL CONFIG FILE ERROR")
		if told && line != "" && !strings.HasPrefix(line, "***") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestInclude: a file that includes another, and one that is not there.
func TestInclude(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inner := filepath.Join(dir, "inner.conf")
	if err := os.WriteFile(inner, []byte("hz 66\ntimeout 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Config: "timeout 1\ninclude " + inner + "\nhz 67\n"})
		c := dial(t, s)
		for name, value := range map[string]string{"timeout": "3", "hz": "67"} {
			if got := settings(t, c, name)[name]; got != value {
				t.Errorf("%s is %q, want %q", name, got, value)
			}
		}
		bad, err := harness.Launch(harness.Options{
			Binary: basaltBinary, Bare: true, Config: "port 0\ninclude " + filepath.Join(dir, "absent.conf") + "\n",
		})
		if err != nil {
			t.Fatal(err)
		}
		defer bad.Stop()
		if code, err := bad.Wait(); err != nil || code != 1 || !strings.Contains(bad.Output(), "absent.conf") {
			t.Errorf("a missing file: exit code %d %v\n%s", code, err, bad.Output())
		}
	})
}

// TestConfigurationSources: the file, then the environment or the arguments on
// top of it; what is written back starts a server of the same settings.
func TestConfigurationSources(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{
			Config: "# mine\nhz 33\nmaxmemory 5mb\n# the policy\nmaxmemory-policy allkeys-lru\nrequirepass \"p w\\x41\"\n",
			Args:   []string{"--hz", "44", "--timeout", "7"},
			Env:    []string{"BASALT_TIMEOUT=9", "BASALT_MAXMEMORY_SAMPLES=6"},
		})
		c := dial(t, s)
		want(t, c, "+OK\r\n", "AUTH", "p wA")
		for name, value := range map[string]string{
			"hz": "44", "maxmemory": "5242880", "maxmemory-policy": "allkeys-lru", "timeout": "7", "maxmemory-samples": "6",
		} {
			if *self && name == "maxmemory-samples" {
				continue // the reference does not read the environment
			}
			if got := settings(t, c, name)[name]; got != value {
				t.Errorf("%s is %q, want %q", name, got, value)
			}
		}
		want(t, c, "+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "volatile-ttl", "slowlog-max-len", "77")
		want(t, c, "+OK\r\n", "CONFIG", "REWRITE")
		before := settings(t, c, "*")
		written, err := os.ReadFile(filepath.Join(s.Dir, "server.conf"))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"# mine", "hz 44", "maxmemory 5mb", "# the policy", "maxmemory-policy volatile-ttl", "slowlog-max-len 77"} {
			if !slices.Contains(strings.Split(string(written), "\n"), line) {
				t.Errorf("no line %q in what was written:\n%s", line, written)
			}
		}
		again := startBasalt(t, threads, harness.Options{Config: string(written)})
		c = dial(t, again)
		want(t, c, "+OK\r\n", "AUTH", "p wA")
		after := settings(t, c, "*")
		for name, value := range before {
			if after[name] != value && name != "dir" && name != "unixsocket" {
				t.Errorf("after a restart %s is %q, it was %q", name, after[name], value)
			}
		}
	})
}

// TestStandardInput: a configuration may come through a pipe.
func TestStandardInput(t *testing.T) {
	t.Parallel()
	inModes(t, func(t *testing.T, threads int) {
		s := startBasalt(t, threads, harness.Options{Args: []string{"-"}, Input: "hz 55\n"})
		if got := settings(t, dial(t, s), "hz")["hz"]; got != "55" {
			t.Errorf("hz is %q", got)
		}
	})
}
