package test

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"basalt/test/harness"
)

// cliSession is what a person may type, one command a line.
const cliSession = `PING
SET greeting "hello \"world\"\n\x00\xff"
GET greeting
GET absent
SET number 41
INCR number
INCRBYFLOAT number 0.5
APPEND number x
MSET a 1 b 2 c ""
MGET a b absent c
INCR greeting
nonsense word
GET
SETRANGE padded 5 x
GETRANGE padded 0 -1
LCS a b IDX
EXPIRE a 33177117420
EXPIREAT a 33177117420
EXPIRETIME a
TTL absent
OBJECT ENCODING a
TYPE a
EXISTS a b a
COPY a d
RENAME d e
RENAME absent x
DEL a b c e
SELECT 3
DBSIZE
SELECT 99
CLIENT GETNAME
CLIENT SETNAME typist
CLIENT GETNAME
CONFIG GET maxmemory
CONFIG GET hash-max-listpack-e*
CONFIG SET maxmemory 1gb
CONFIG SET nonsense 1
COMMAND GETKEYS MSET a 1 b 2
COMMAND INFO get
DEBUG PROTOCOL double
DEBUG PROTOCOL map
DEBUG PROTOCOL set
DEBUG PROTOCOL bignum
DEBUG PROTOCOL true
DEBUG PROTOCOL null
DEBUG PROTOCOL verbatim
DEBUG PROTOCOL attrib
HELLO 9
ECHO "tab\there"
FLUSHALL
DBSIZE
`

// runCLI runs redis-cli against a server.
func runCLI(t *testing.T, s *harness.Server, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("redis-cli", append([]string{"-s", s.Socket}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil && !bytes.Contains(out, []byte("ERR")) {
		t.Fatalf("redis-cli %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestRedisCLI has the real redis-cli talk to both servers in each of its
// forms of output, and compares what it prints.
func TestRedisCLI(t *testing.T) {
	t.Parallel()
	pipe := ""
	for i := range 2000 {
		pipe += string(harness.AppendRequest(nil, "SET", fmt.Sprint("key", i), strings.Repeat("v", i)))
	}
	sessions := []struct {
		name  string
		stdin string
		args  []string
	}{
		{"raw", cliSession, []string{"--raw"}},
		{"no-raw", cliSession, []string{"--no-raw"}},
		{"csv", cliSession, []string{"--csv"}},
		{"json", cliSession, []string{"-3", "--json"}},
		{"quoted json", cliSession, []string{"-2", "--quoted-json"}},
		{"resp3", cliSession, []string{"-3", "--no-raw"}},
		{"one command", "", []string{"SET", "k", "v"}},
		{"last argument", "from standard input", []string{"-x", "SET", "k"}},
		{"repeat", "", []string{"-r", "3", "-i", "0.001", "INCR", "counter"}},
		{"error code", "", []string{"-e", "GET"}},
		{"database", "", []string{"-n", "2", "SET", "k", "v"}},
		{"pipe", pipe, []string{"--pipe"}},
		{"pipe with errors", "SET a 1\nnonsense\nGET\nSET b 2\n", []string{"--pipe"}},
		{"count", "", []string{"DBSIZE"}},
		{"scan", "", []string{"--scan", "--pattern", "key19*"}},
		{"big keys", "", []string{"--bigkeys", "-i", "0"}},
		{"functions", "", []string{"STRLEN", "key1999"}},
		{"quoted", "", []string{"--quoted-input", "GET", `"key\x31"`}},
	}
	// Lines in the order of the keys' hashes, the progress of a scan, and
	// times are not the same on two servers.
	noise := regexp.MustCompile(`(?m)^\[\d.*\n|^Last reply.*\n|^\n`)
	inModes(t, func(t *testing.T, threads int) {
		options := harness.Options{Args: []string{"--enable-debug-command", "yes"}}
		reference, basalt := startRedis(t, options), startBasalt(t, threads, options)
		for _, session := range sessions {
			wanted := runCLI(t, reference, session.stdin, session.args...)
			got := runCLI(t, basalt, session.stdin, session.args...)
			w, g := noise.ReplaceAllString(wanted, ""), noise.ReplaceAllString(got, "")
			if session.name == "scan" {
				w, g = sortedLines(w), sortedLines(g)
			}
			w = strings.ReplaceAll(w, reference.Socket, "<socket>")
			g = strings.ReplaceAll(g, basalt.Socket, "<socket>")
			if w != g {
				t.Errorf("%s: redis-cli %q prints other things:\n%s", session.name, session.args, firstDifference(w, g))
			}
		}
	})
}

func sortedLines(s string) string {
	lines := strings.Split(s, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// firstDifference shows where two texts part.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n    want %s\n    got  %s", i+1, shorten(a), shorten(b))
		}
	}
	return "no difference"
}
