package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"basalt/internal/reference"
)

// newer are the names that came after the reference server's version.
var newer = []string{
	"aof-rewrite-cpulist", "bgsave-cpulist", "bio-cpulist", "server-cpulist", "cluster-announce-human-nodename", "cluster-ping-interval", "locale-collate", "set-max-listpack-entries", "set-max-listpack-value",
}

// ours are those of this server.
var ours = []string{
	"commandlog-execution-slower-than", "commandlog-large-reply-max-len", "commandlog-large-request-max-len",
	"commandlog-reply-larger-than", "commandlog-request-larger-than", "commandlog-slow-execution-max-len", "log-format",
	"max-new-connections-per-cycle", "max-new-connections-per-second", "metrics-bind", "metrics-client-labels", "metrics-key-labels",
	"metrics-key-prefixes", "metrics-port", "io-threads-always-active", "overload-interval", "overload-target", "proxy-protocol",
	"proxy-protocol-networks", "rdb-compression-format", "rdb-compression-level", "rdb-version", "reactor-cpulist",
}

// redisPairs returns the answer to CONFIG GET as a map.
func redisPairs(t *testing.T, redis *reference.Server, patterns ...string) map[string]string {
	t.Helper()
	v, err := redis.Do(append([]string{"CONFIG", "GET"}, patterns...)...)
	list, ok := v.([]any)
	if !ok {
		t.Fatal(v, err)
	}
	m := make(map[string]string)
	for i := 0; i < len(list); i += 2 {
		m[list[i].(string)] = list[i+1].(string)
	}
	return m
}

// TestNamesAndDefaults compares CONFIG GET * of two servers that were told
// nothing.
func TestNamesAndDefaults(t *testing.T) {
	redis := reference.Start(t)
	want := redisPairs(t, redis, "*")
	got := make(map[string]string)
	for _, p := range Default().Get([]byte("*")) {
		got[p.Name] = p.Value
	}
	// The reference server was told these.
	for _, name := range []string{"port", "unixsocket", "dir", "save"} {
		delete(want, name)
	}
	// These differ: see their rows.
	differ := map[string]string{"syslog-ident": "redis", "io-threads": "1", "bind": "* -::*"}
	for name, value := range want {
		if v, ok := got[name]; !ok {
			t.Errorf("no directive %s", name)
		} else if v != value && differ[name] != value {
			t.Errorf("%s: %q, in Redis %q", name, v, value)
		}
	}
	for name := range got {
		_, known := want[name]
		extra := slices.Contains(newer, name) || slices.Contains(ours, name)
		if !known && !extra && name != "port" && name != "unixsocket" && name != "dir" && name != "save" {
			t.Errorf("Redis has no directive %s", name)
		}
	}
}

// hiddenNames answer only to their exact name.
func TestHidden(t *testing.T) {
	redis := reference.Start(t)
	c := Default()
	n := 0
	for i := range table {
		d := &table[i]
		if !d.Has(Hidden) || slices.Contains(newer, d.Name) {
			continue
		}
		n++
		if got, want := c.Get([]byte(d.Name)), redisPairs(t, redis, d.Name); len(got) != 1 || want[d.Name] != got[0].Value {
			t.Errorf("%s: %v, in Redis %v", d.Name, got, want)
		}
		if got := c.Get([]byte(d.Name + "*")); len(got) != 0 {
			t.Errorf("%s: hidden, but found by a pattern", d.Name)
		}
	}
	if n == 0 {
		t.Error("no hidden directive")
	}
}

func TestGetPatterns(t *testing.T) {
	redis := reference.Start(t)
	c := Default()
	for _, patterns := range [][]string{
		{"maxmemory"}, {"MaxMemory"}, {"MAXMEMORY", "maxmemory"}, {"MAXMEMORY", "maxmem*"}, {"maxmem*", "MAXMEMORY"}, {"maxmemory\\"}, {"max*"}, {"MAX*", "maxmemory"}, {"hash-max-*"}, {"slave*"}, {"*slave*", "replica*"},
		{"nothing"}, {"no*thing"}, {"", "*list*"}, {"[hl]z"}, {"h?"}, {"maxmemory", "hz", "maxmemory"}, {"lua-time-limit"},
		{"list-max-ziplist-entries"}, {"include"}, {"user"},
	} {
		want := redisPairs(t, redis, patterns...)
		var raw [][]byte
		for _, p := range patterns {
			raw = append(raw, []byte(p))
		}
		got := make(map[string]string)
		for _, p := range c.Get(raw...) {
			if _, twice := got[p.Name]; twice {
				t.Errorf("%q: %s twice", patterns, p.Name)
			}
			if !slices.Contains(newer, p.Name) && !slices.Contains(ours, p.Name) {
				got[p.Name] = p.Value
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q:\n got %v\nwant %v", patterns, got, want)
		}
	}
}

// sweepValues are tried on every directive: good for some, bad for others.
var sweepValues = []string{
	"", " ", "0", "1", "2", "-1", "-2", "+1", "00", "01", "-0", "10", "99", "100", "101", "128", "129", "500", "501", "777", "778", "1000", "1001",
	"1023", "1024", "65535", "65536", "1048575", "1048576", "2147483647", "2147483648", "-2147483648", "-2147483649",
	"4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
	"1k", "1kb", "1K", "1Kb", "1KB", "1m", "1mb", "1g", "1gb", "2GB", "1b", "1B", "1t", "1tb", "1x", "k", "kb", "b", "1 kb", "1.5gb", "0x10", "1e3",
	"0%", "1%", "50%", "100%", "101%", "-1%", "%", "1k%", "yes", "no", "YES", "No", "true", "on", "abc", "a b", "a/b", "a_b", "a.b-c", "{title}",
	"{server-mode}", "{port}", "x{title}", " {{ ", "{x}", "{{", "{", "{title", "}", "debug", "NOTICE", "warning", "notice ", "allkeys-lru", "VOLATILE-TTL", "everysec", "always", "swapdb", "on-empty-db",
	"absolute", "relative", "clients", "resetchannels", "allchannels", "hostname", "unknown-endpoint", "optional", "panic", "panic-on-replicas",
	"default", "save", "nosave", "now", "force", "save now", "save nosave", "now force nosave", "default now", "now  force", "now ", "save x",
	"900 1", "900 1 300 10", "900", "900 1 300", "0 1", "1 0", "1 -1", "-1 1", "900  1", "900 1 ", " 900 1", "a 1", "1 a", "1.5 1",
	"normal 0 0 0", "normal 1 2 3", "NORMAL 1kb 2MB 3", "slave 1 2 3", "replica 1 2 3 pubsub 4 5 6", "master 1 2 3", "normal 1 2", "normal 1 2 3 4",
	"normal a 2 3", "normal 1 b 3", "normal 1 2 c", "normal -1 2 3", "normal 1 2 -3", "normal 1gb 1gb 99999", "foo 1 2 3",
	"A", "AKE", "KEA", "Kg$", "Elshzxetdmn", "g$lshzxetdmnKE", "Knm", "K E", "q", "$", "m", "n", "Am", "An",
	"1 2 3", "3 2 1", "1 2", "1 2 3 4", "-2000 0 2000", "-2001 0 0", "1 2 3.5", "1 2 ", "1  2", "+1 2 3",
	"50 99 99.9", "50", "0 100", "100.1", "-0.1", "99.99999999", "1.23456", "1e1", "inf", "nan", "50 x", "0x1p3", "50 ", "1_0",
	"\xff", "a\nb", `"quoted"`, strings.Repeat("a", 127), strings.Repeat("a", 255), strings.Repeat("a", 256),
}

// stateful directives make the reference server do something to the machine or
// to this test. Only values that Basalt refuses are tried on them.
var stateful = []string{
	"bind", "port", "maxclients", "oom-score-adj", "oom-score-adj-values", "requirepass", "appendonly", "watchdog-period", "dir",
	"tls-port", "tls-cluster", "tls-replication", "key-load-delay", "rdb-key-save-delay", "crash-log-enabled",
}

// differing values are answered otherwise on purpose.
func differing(d *Directive, value string) bool {
	switch d.Name {
	case "activedefrag":
		return true // Debian's build cannot; it is accepted here
	case "loglevel":
		// Since 7.2 there is "nothing" too, and errors name it.
		return !slices.Contains([]string{"debug", "verbose", "notice", "warning"}, strings.ToLower(value))
	case "maxmemory":
		return strings.HasSuffix(value, "%") // Redis has no percentages of the machine
	case "maxmemory-clients":
		// Redis takes numbers beyond 63 bits for negative ones, hence percentages.
		return value == "9223372036854775808"
	}
	return false
}

// TestSetSweep sets every directive to every value, here and there, and compares
// reply and state.
func TestSetSweep(t *testing.T) {
	redis := reference.Start(t, "--enable-protected-configs", "yes")
	c := Default()
	c.EnableProtectedConfigs = AccessYes
	tried := 0
	for i := range table {
		d := &table[i]
		if slices.Contains(newer, d.Name) || slices.Contains(ours, d.Name) {
			continue
		}
		names := []string{d.Name}
		if d.Alias != "" {
			names = append(names, d.Alias)
		}
		for _, name := range names {
			if slices.Contains(newer, name) || slices.Contains(ours, name) {
				continue
			}
			start := *c
			if v, _ := c.Value(name); !d.Has(FileOnly) && !slices.Contains(stateful, d.Name) {
				// Both begin with the same value.
				if r := redisPairs(t, redis, name)[name]; r != v && d.Name != "syslog-ident" && d.Name != "unixsocket" && d.Name != "io-threads" && d.Name != "save" {
					t.Errorf("%s: %q before the first value, in Redis %q", name, v, r)
				}
			}
			for _, value := range sweepValues {
				if differing(d, value) {
					continue
				}
				tried++
				compareSet(t, redis, c, d, name, value)
			}
			*c = start
			if !d.Has(FileOnly) && !d.Has(Immutable) && !slices.Contains(stateful, d.Name) && !strings.HasPrefix(d.Name, "tls-") {
				v, _ := c.Value(name)
				if r, err := redis.Do("CONFIG", "SET", name, v); r != "OK" {
					t.Fatal(name, v, r, err)
				}
			}
		}
	}
	t.Logf("%d settings compared", tried)
}

func compareSet(t *testing.T, redis *reference.Server, c *Config, d *Directive, name, value string) {
	t.Helper()
	err := c.Set([]Pair{{name, value}}, Setter{Local: true}, nil)
	keep := slices.Contains(stateful, d.Name) || strings.HasPrefix(d.Name, "tls-")
	if err == nil && keep {
		return
	}
	reply, ioErr := redis.Do("CONFIG", "SET", name, value)
	if ioErr != nil {
		t.Fatal(name, value, ioErr)
	}
	got, want := "OK", fmt.Sprint(reply)
	if err != nil {
		got = "ERR " + err.Error()
	}
	if got != want {
		t.Errorf("CONFIG SET %s %q\n got %s\nwant %s", name, value, got, want)
	}
	if d.Has(FileOnly) || d.Has(Immutable) || keep {
		return
	}
	state, _ := c.Value(name)
	if r := redisPairs(t, redis, name)[name]; r != state {
		t.Errorf("CONFIG SET %s %q: %q, in Redis %q", name, value, state, r)
		c.Set([]Pair{{name, r}}, Setter{Local: true}, nil)
	}
}
