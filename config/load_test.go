package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"basalt/internal/reference"
)

// write puts content into a file of a directory of its own.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "basalt.conf")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLoadLikeRedis starts both servers on files that are accepted and compares
// all settings.
func TestLoadLikeRedis(t *testing.T) {
	for _, content := range []string{
		"",
		"# nothing but a comment\n\n   \n\t# another\n",
		"save 900 1\nsave 300 10\n",
		"save 900 1\nsave \"\"\n",
		"save 900 1\nsave \"\"\nsave 30 1\n",
		"save 900 1 300 10\r\n",
		"MaxMemory 100MB\nmaxmemory-policy ALLKEYS-LRU\n",
		"  hz   20  \n\tloglevel\tdebug\nhz 700",
		"requirepass \"a\\x20b\\n\\t\\\"c\\\\\"\nmasterauth 'it\\'s'\nmasteruser a\"b\"\n",
		"slave-read-only no\nreplica-priority 3\nslave-priority 4\n",
		"client-output-buffer-limit normal 1mb 2kb 3\nclient-output-buffer-limit slave 1 2 3\nclient-output-buffer-limit pubsub 4 5 6\n",
		"client-output-buffer-limit normal 1 2 3 replica 4 5 6\n",
		"notify-keyspace-events \"KEA\"\noom-score-adj-values -1 0 1\nlatency-tracking-info-percentiles 1 2.5 99.99\n",
		"latency-tracking-info-percentiles \"\"\nnotify-keyspace-events \"\"\n",
		"shutdown-on-sigint nosave now force\nshutdown-on-sigterm default\n",
		"enable-debug-command local\nenable-module-command yes\nunixsocketperm 700\n",
		"maxmemory-clients 5%\nrepl-backlog-size 3mb\nproc-title-template \"{title} x\"\n",
		"list-max-ziplist-entries 1\nlist-max-ziplist-value 2\nlua-replicate-commands yes\n",
		"hash-max-ziplist-entries 7\nzset-max-listpack-value 9\nlua-time-limit 3\n",
		"replicaof 127.0.0.1 1\nreplicaof no one\n",
		"include /nonexistent/*.conf\nrename-command DEBUG \"\"\nrename-command get fetch\n",
		"user alice on nopass +@all ~*\n",
	} {
		compareLoad(t, content)
	}
	compareLoad(t, "save 900 1\n", "--save", "60", "1")
	compareLoad(t, "save 900 1\n", "--save", "")
	compareLoad(t, "save 900 1\n", "--save", "--hz", "33")
	compareLoad(t, "", "--save", "60 1 30 2", "--maxmemory 1mb", "--maxmemory-policy", "volatile-ttl")
	compareLoad(t, "", "--SAVE", "60", "1", "--save", "3", "4", "--hz", "11", "--hz", "12")
	compareLoad(t, "", "--loglevel", "debug", "--shutdown-on-sigterm", "save now", "--save")
	compareLoad(t, "", "--shutdown-on-sigterm", "save", "now", "--notify-keyspace-events", "Kx")
}

func compareLoad(t *testing.T, content string, args ...string) {
	t.Helper()
	path := write(t, content)
	redis := reference.StartPlain(t, append([]string{path}, args...)...)
	c, err := Load(redis.Args, nil, nil)
	if err != nil {
		t.Errorf("%q %q: %v", content, args, err)
		return
	}
	if v, err := redis.Do("AUTH", c.RequirePass); c.RequirePass != "" && v != "OK" {
		t.Fatal(v, err)
	}
	for name, want := range redisPairs(t, redis, "*") {
		if name == "bind" && !c.Configured(name) {
			continue // the defaults differ
		}
		if got, _ := c.Value(name); got != want && name != "syslog-ident" && name != "io-threads" {
			t.Errorf("%q %q: %s is %q, in Redis %q", content, args, name, got, want)
		}
	}
}

// TestLoadErrorsLikeRedis starts both servers on what they must refuse and
// compares the line, its text and the reason.
func TestLoadErrorsLikeRedis(t *testing.T) {
	for _, content := range []string{
		"# c\nport 1\n\n  foo   bar \"x\n", "foo bar\n", "port\n", "port 1 2\n", "\n\nport abc\n", "port 70000\nhz 1\n",
		"maxmemory 1.5gb\n", "appendonly maybe\n", "appendfsync chatty\n", "save 1\n", "save a b\n", "bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
		"unixsocketperm 999\n", "unixsocketperm 7777\n", "maxclients 0\n", "dbfilename a/b\n", "appendfilename a/b\n", "appendfilename \"\"\n",
		"appenddirname a/b\n", "appenddirname \"\"\n", "dir /nonexistent\n", "dir /dev/null\n", "slaveof a\n", "slaveof a 99999\n", "replicaof a b\n",
		"rename-command get\n", "user\n", "include\n", "include a b\n", "list-max-ziplist-entries 1 2\n", "list-max-ziplist-entries\n",
		"oom-score-adj-values 1 2\n", "oom-score-adj-values 1 2 a\n", "client-output-buffer-limit normal 1 2\n",
		"client-output-buffer-limit nobody 1 2 3\n", "client-output-buffer-limit normal a 2 3\n", "notify-keyspace-events q\n",
		"notify-keyspace-events a b\n", "shutdown-on-sigint\n", "shutdown-on-sigint save nosave\n", "maxmemory-clients 200%\n",
		"cluster-announce-hostname a_b\n", "proc-title-template {x}\n", "latency-tracking-info-percentiles 101\n", "sanitize-dump-payload maybe\n",
		"requirepass 'a'b\n", "hz \"1\n", "hz 1 # the clock\n", "\"\"\n", "enable-debug-command maybe\n", "cluster-enabled yes\nreplicaof a 1\n",
		"logfile /nonexistent/log\n", "databases 0\n", "io-threads x\n", "activerehashing 1\n", "hash-max-ziplist-entries x\n",
		"save 900 1\nsave 5\n", "bgsave_cpulist\n", "acl-pubsub-default none\n", "tls-auth-clients x\n",
	} {
		compareError(t, write(t, content))
	}
	for _, args := range [][]string{
		{"--port", "abc"}, {"--port"}, {"--foo", "1"}, {"--port", "1", "2"}, {"--hz", "--hz"}, {"--port 1 2"}, {"--port 'a"}, {"--save", "1"},
		{"--shutdown-on-sigint"}, {"--appendfsync", "--x"}, {"--replicaof", "127.0.0.1", "abc"}, {"--replicaof", "--127.0.0.1", "abc"},
		{"--replicaof", "--127.0.0.1", "--abc"}, {"--port", "6380", "--loglevel"}, {"--port", "--loglevel", "verbose"}, {"--port", "-", "0"},
		{"--hz", "a\"b"}, {"--hz", "a\nb"}, {"--", "1"}, {"--bind", "1", "--hz", "x"}, {"--include"}, {"--save", "--save", "a"},
	} {
		compareError(t, args...)
	}
}

// compareError compares the last lines of the messages, which hold text and
// reason, and the line number if there is a file.
func compareError(t *testing.T, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "redis-server", args...)
	cmd.Dir = t.TempDir()
	out, _ := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Errorf("%q: accepted by Redis", args)
		return
	}
	_, err := Load(args, nil, nil)
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%q: got %v, want an error like\n%s", args, err, out)
		return
	}
	_, banner, _ := strings.Cut(string(out), "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n")
	want := strings.SplitN(banner, "\n", 2)
	_, got, _ := strings.Cut(e.Banner("Basalt"), "*** FATAL CONFIG FILE ERROR (Basalt) ***\n")
	if e.Source != "" {
		_, got, _ = strings.Cut(got, "\n")
		banner = want[1]
	}
	if strings.HasPrefix(args[0], "/") && e.Source != "" && !strings.HasSuffix(want[0], fmt.Sprintf("at line %d", e.Line)) {
		t.Errorf("%q: line %d, in Redis %s", args, e.Line, want[0])
	}
	if got != banner {
		content, _ := os.ReadFile(args[0])
		t.Errorf("%q %q:\n got %q\nwant %q", args, content, got, banner)
	}
}

func TestBanner(t *testing.T) {
	path := write(t, "# first\n\nport  abc \n")
	_, err := Load([]string{path}, nil, nil)
	want := "\n*** FATAL CONFIG FILE ERROR (Basalt 1.2) ***\nReading the configuration file, at line 3 of " + path +
		"\n>>> 'port  abc'\nargument couldn't be parsed into an integer\n"
	var e *Error
	if !errors.As(err, &e) || e.Banner("Basalt 1.2") != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if want := path + ":3: 'port  abc': argument couldn't be parsed into an integer"; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestSecretsStayOutOfErrors: what a start prints ends up in log collectors.
func TestSecretsStayOutOfErrors(t *testing.T) {
	for _, load := range []func() error{
		func() error { _, err := Load([]string{write(t, "requirepass secret more\n")}, nil, nil); return err },
		func() error { _, err := Load([]string{"--masterauth", "secret", "more"}, nil, nil); return err },
		func() error { _, err := Load(nil, nil, []string{"BASALT_TLS_KEY_FILE_PASS=secret"}); return err },
	} {
		if err := load(); err != nil && strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
}

func TestPrecedence(t *testing.T) {
	path := write(t, "hz 1\nport 1\ntimeout 1\nsave 1 1\n")
	stdin := strings.NewReader("port 2\ntimeout 2\nmaxclients 2\n")
	env := []string{"HOME=/", "BASALT_TIMEOUT=3", "BASALT_MAXCLIENTS=3", "BASALT_DATABASES=3", "BASALT_SAVE=3 3 4 4"}
	for _, args := range [][]string{
		{path, "-", "--maxclients", "4", "--databases", "4"},
		{path, "--maxclients", "4", "--databases", "4", "-"},
	} {
		stdin.Seek(0, 0)
		c, err := Load(args, stdin, env)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(c.HZ, c.Port, c.Timeout, c.MaxClients, c.Databases, c.Save); got != "1 2 3 4 4 [{3 3} {4 4}]" {
			t.Error(args, got)
		}
		if c.File != path {
			t.Error(c.File)
		}
	}
	c, err := Load([]string{path, "--save", "5", "5"}, nil, env)
	if err != nil || fmt.Sprint(c.Save) != "[{5 5}]" {
		t.Error(err, c.Save)
	}
}

// TestConfigured: a directive that is set to its default is still set.
func TestConfigured(t *testing.T) {
	path := write(t, "port 6379\nSLAVEOF no one\n")
	c, err := Load([]string{path, "--metrics-port", "9121"}, nil, []string{"BASALT_HZ=10"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"port": true, "metrics-port": true, "hz": true, "replicaof": true,
		"metrics-bind": false, "unixsocket": false} {
		if c.Configured(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if Default().Configured("port") {
		t.Error("nobody configured the defaults")
	}
}

func TestEnvironment(t *testing.T) {
	c, err := Load(nil, nil, []string{
		"BASALT_MAXMEMORY_POLICY=allkeys-lru", "BASALT_BIND=127.0.0.1 -::1", "BASALT_SERVER_CPULIST=0-1",
		"BASALT_REQUIREPASS=a \"b", "BASALT_CLIENT_OUTPUT_BUFFER_LIMIT=normal 1 2 3", "BASALT_SLAVE_PRIORITY=7",
		"BASALT_RENAME_COMMAND=DEBUG \"\"", "BASALT_USER=alice on nopass", "BASALT_NOTIFY_KEYSPACE_EVENTS=",
		// A service named basalt, seen from another container.
		"BASALT_PORT=tcp://10.0.0.1:6379", "BASALT_PORT_6379_TCP_ADDR=10.0.0.1", "BASALT_SERVICE_HOST=10.0.0.1", "BASALT_SERVICE_PORT_REDIS=6379",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.MaxMemoryPolicy != AllKeysLRU || !slices.Equal(c.Bind, []string{"127.0.0.1", "-::1"}) || c.ServerCPUList != "0-1" ||
		c.RequirePass != `a "b` || c.ClientOutputBufferLimit[ClassNormal] != (OutputLimit{1, 2, 3}) || c.ReplicaPriority != 7 ||
		c.Port != 6379 {
		t.Errorf("%+v", c)
	}
	if len(c.Renames) != 1 || c.Renames[0].From != "DEBUG" || c.Renames[0].To != "" || len(c.Users) != 1 || len(c.Users[0].Args) != 3 {
		t.Errorf("%v %v", c.Renames, c.Users)
	}
	for _, entry := range []string{"BASALT_NONSENSE=1", "BASALT_PORT=abc", "BASALT_=", "BASALT_INCLUDE=", "BASALT_SAVE=1 2 \"3"} {
		_, err := Load(nil, nil, []string{entry})
		var e *Error
		if !errors.As(err, &e) || e.Source != "environment" || e.Text != entry {
			t.Errorf("%s: %v", entry, err)
		}
	}
}

func TestInclude(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"main.conf":    "dir " + dir + "\nhz 1\ninclude one.conf\ninclude parts/*.conf\ntimeout 9\n",
		"one.conf":     "hz 2\nport 2\n",
		"parts/b.conf": "databases 5\nmaxclients 5", // no line end
		"parts/a.conf": "databases 4\ntimeout 4\n",
		"loop.conf":    "include " + dir + "/loop.conf\n",
		"bad.conf":     "hz 1\ninclude " + dir + "/worse.conf\n",
		"worse.conf":   "\nhz x\n",
		"gone.conf":    "include " + dir + "/absent.conf\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load([]string{filepath.Join(dir, "main.conf")}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.HZ, c.Port, c.Databases, c.Timeout, c.MaxClients); got != "2 2 5 9 5" {
		t.Error(got)
	}
	for name, want := range map[string]string{
		"loop.conf": "files include each other more than 16 deep",
		"bad.conf":  dir + "/worse.conf:2: 'hz x': argument couldn't be parsed into an integer",
		"gone.conf": "can't open config file '" + dir + "/absent.conf': No such file or directory",
		"none.conf": "can't open config file '" + dir + "/none.conf': No such file or directory",
	} {
		_, err := Load([]string{filepath.Join(dir, name)}, nil, nil)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

// TestReferenceFile loads the file that comes with redis-server.
func TestReferenceFile(t *testing.T) {
	content, err := os.ReadFile("/etc/redis/redis.conf")
	if err != nil {
		t.Fatal(err)
	}
	// Its directories belong to another user.
	content = bytes.ReplaceAll(content, []byte("/var/lib/redis"), []byte(t.TempDir()))
	content = bytes.ReplaceAll(content, []byte("/var/log/redis/redis-server.log"), nil)
	content = bytes.ReplaceAll(content, []byte("\nlogfile \n"), []byte("\n"))
	if _, err := Load([]string{write(t, string(content))}, nil, nil); err != nil {
		t.Error(err)
	}
	// What stands there as a comment is a directive, too.
	n := 0
	for _, line := range strings.Split(string(content), "\n") {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "# "), " ")
		if strings.HasPrefix(line, "# ") && (strings.Contains(name, "-") || Lookup(name) != nil) && Lookup(name) == nil {
			t.Logf("not a directive: %s", line)
		} else if Lookup(name) != nil {
			n++
		}
	}
	if n < 150 {
		t.Errorf("only %d directives in the file", n)
	}
}

func TestSplitLine(t *testing.T) {
	for line, want := range map[string]string{
		`a b  c`: `["a" "b" "c"]`, ` "a b" 'c d' `: `["a b" "c d"]`, `"\x41\n\r\t\b\a\q\""`: `["A\n\r\t\b\aq\""]`,
		`'a\nb\'c'`: `["a\\nb'c"]`, `a"b"`: `["ab"]`, `""`: `[""]`, `"a"b`: "false", `"a`: "false", `'a`: "false", `"a\`: "false",
		`"\x4"`: `["x4"]`, `"\xg1"`: `["xg1"]`, "a\tb\vc": `["a" "b" "c"]`, ``: `[]`, `a'b'c`: "false", `\n`: `["\\n"]`,
	} {
		words, ok := splitLine(line)
		got := fmt.Sprintf("%q", words)
		if !ok {
			got = "false"
		}
		if got != want {
			t.Errorf("splitLine(%q) = %s, want %s", line, got, want)
		}
	}
}

func FuzzSplitLine(f *testing.F) {
	f.Add(`a "b\x00" 'c'`)
	f.Fuzz(func(t *testing.T, line string) {
		words, ok := splitLine(line)
		if !ok {
			return
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, quote(w))
		}
		again, ok := splitLine(strings.Join(quoted, " "))
		if !ok || !slices.Equal(again, words) {
			t.Fatalf("%q: %q, then %q", line, words, again)
		}
	})
}

// FuzzLoad: no file may crash the start.
func FuzzLoad(f *testing.F) {
	f.Add("port 1\nsave 1 2\nbind * -::*\nclient-output-buffer-limit normal 1 2 3")
	f.Add("user\nrename-command a b\nhz \"\n# x")
	f.Fuzz(func(t *testing.T, content string) {
		if strings.Contains(content, "logfile") || strings.Contains(content, "include") {
			return // they reach for files
		}
		c, err := Load([]string{"-"}, strings.NewReader(content), nil)
		if err != nil {
			return
		}
		for _, p := range c.Get([]byte("*")) {
			_ = p
		}
		c.rewritten(content, nil)
	})
}
