package test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"basalt/test/harness"
)

// whoGetsIn asks on connections of their own what a stranger and everybody with
// one of the passwords is answered.
func whoGetsIn(t *testing.T, s *harness.Server) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "stranger: %s", do(t, dial(t, s), "PING"))
	for _, password := range []string{"first", "second", "required", "later", ""} {
		for _, call := range [][]string{{"AUTH", password}, {"AUTH", "default", password}, {"AUTH", "alice", password}} {
			c := dial(t, s)
			fmt.Fprintf(&b, "%q: %s", call, do(t, c, call...))
			fmt.Fprintf(&b, "then: %s", do(t, c, "PING"))
		}
	}
	return b.String()
}

// TestDefaultUser: what a configuration says of the default user's passwords is
// what counts, until requirepass is changed; CONFIG REWRITE keeps that.
func TestDefaultUser(t *testing.T) {
	t.Parallel()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("first")))
	const all = " ~* &* +@all\n"
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte("\n user default on >first"+all), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no line":         "requirepass required\n",
		"password":        "user default on >first" + all,
		"passwords":       "user default on >first >second" + all,
		"sum":             "user default on #" + sum + all,
		"nopass":          "user default on nopass" + all,
		"none":            "user default on" + all,
		"over required":   "requirepass required\nuser default on >first" + all,
		"nopass over":     "requirepass required\nuser default on nopass" + all,
		"before required": "user default on >first" + all + "requirepass required\n",
		"written by 7.2":  "user default on sanitize-payload #" + sum + all + "requirepass first\n",
		"in other words":  "user default nopass off ON >second resetpass >first allkeys allchannels allcommands\n",
		"channels":        "acl-pubsub-default allchannels\nuser default on >first ~* +@all\n",
		"file":            "aclfile " + file + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inModes(t, func(t *testing.T, threads int) {
				o := harness.Options{Config: text}
				servers := []*harness.Server{startBasalt(t, threads, o), startRedis(t, o)}
				compare := func(when string) {
					if got, wanted := whoGetsIn(t, servers[0]), whoGetsIn(t, servers[1]); got != wanted {
						t.Errorf("%s:\n got %s\nwant %s", when, got, wanted)
					}
				}
				compare("at the start")
				written := make([]string, len(servers))
				for i, s := range servers {
					written[i] = changePassword(t, s)
				}
				compare("with another password")
				servers[0] = startBasalt(t, threads, harness.Options{Config: written[0]})
				servers[1] = startRedis(t, harness.Options{Config: written[1]})
				compare("after a restart")
			})
		})
	}
}

// changePassword sets requirepass, if one of the passwords lets it, and returns
// the file that CONFIG REWRITE makes, without the directory.
func changePassword(t *testing.T, s *harness.Server) string {
	t.Helper()
	c := dial(t, s)
	for _, password := range []string{"first", "required"} {
		do(t, c, "AUTH", password)
	}
	do(t, c, "CONFIG", "SET", "requirepass", "later")
	do(t, c, "CONFIG", "REWRITE")
	text, err := os.ReadFile(filepath.Join(s.Dir, "server.conf"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestUsersThatCannotBe: who forbids the default user something must not get a
// server that lets it do everything, and what is refused is not shown with its
// passwords. Other users are named in the log.
func TestUsersThatCannotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte("user alice on >secret ~* +@all\n\nuser default off >secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, why := range map[string]string{
		"user default off":                                     "the default user is off",
		"user default on >secret ~* &*":                        "cannot be restricted",
		"user default on >secret ~* &* +@all -@all":            "cannot be restricted",
		"user default on >secret ~* +@all":                     "cannot be restricted",
		"user default on >secret ~app:* &* +@all":              "not understood",
		"user default on >secret ~* &* +@all -@dangerous":      "not understood",
		"user default on >secret ~* &* +@all (~x +get)":        "not understood",
		"user default on secret ~* &* +@all":                   "not understood",
		"user default on #secret ~* &* +@all":                  "exactly 64 characters",
		"user default on nopass ~* &* +@all\nuser default on":  "Duplicate user found",
		"aclfile " + file:                                      "at line 3 of " + file,
		"aclfile " + file + ".absent":                          "No such file or directory",
		"user default on >secret ~* &* +@all\naclfile " + file: "not in both",
	} {
		s, err := harness.Launch(harness.Options{Binary: basaltBinary, Bare: true, Config: "port 0\n" + text + "\n"})
		if err != nil {
			t.Fatal(err)
		}
		code, err := s.Wait()
		if out := s.Output(); err != nil || code != 1 || !strings.Contains(out, why) || strings.Contains(out, "secret") {
			t.Errorf("%q: exit code %d %v\n%s", text, code, err, out)
		}
		s.Stop()
	}
	s := startBasalt(t, 1, harness.Options{Config: "user alice on >secret ~* +@all\n"})
	waitReadyLine(t, s)
	if out := s.Output(); !strings.Contains(out, `"directive":"user","value":"alice"`) || strings.Contains(out, "secret") {
		t.Errorf("no word of the user, or more than that, in\n%s", out)
	}
}
