package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"basalt/internal/reference"
)

// TestSetPairs compares CONFIG SET of several pairs: the reply, and what it left
// behind.
func TestSetPairs(t *testing.T) {
	redis := reference.Start(t)
	c := Default()
	for _, args := range [][]string{
		{"maxmemory", "1mb", "hz", "20"},
		{"maxmemory", "2mb", "nothing", "1"},
		{"nothing", "1", "databases", "2"},
		{"databases", "2", "nothing", "1"},
		{"maxmemory", "3mb", "hz", "x"},
		{"hz", "x", "maxmemory", "3mb"},
		{"maxmemory", "3mb", "maxmemory", "4mb"},
		{"maxmemory", "3mb", "MAXMEMORY", "4mb"},
		{"maxmemory", "x", "maxmemory", "4mb"},
		{"hash-max-listpack-entries", "1", "hash-max-ziplist-entries", "2"},
		{"hash-max-ziplist-entries", "3", "hash-max-listpack-entries", "4"},
		{"hash-max-ziplist-entries", "5", "hash-max-ziplist-entries", "6"},
		{"hash-max-ziplist-entries", "x", "hz", "6"},
		{"HZ", "x"},
		{"hz", "30", "databases", "4"},
		{"hz", "30", "dbfilename", "x"},
		{"save", "1 1", "hz", "-1"},
		{"client-output-buffer-limit", "normal 1 2 3", "hz", "-1"},
		{"latency-tracking-info-percentiles", "1 2", "hz", "-1"},
		{"latency-tracking-info-percentiles", "1 x", "hz", "40"},
		{"notify-keyspace-events", "KEA", "masterauth", "x", "hz", "99999999999"},
		{"include", "x"}, {"user", "x"}, {"rename-command", "x"}, {"a\nb", "x"}, {"", ""},
		{"hz", "10", "timeout", "10", "slave-priority", "1", "loglevel", "debug"},
	} {
		var pairs []Pair
		for i := 0; i < len(args); i += 2 {
			pairs = append(pairs, Pair{args[i], args[i+1]})
		}
		got := "OK"
		if err := c.Set(pairs, Setter{}, nil); err != nil {
			// The reply writer keeps an error on one line.
			got = "ERR " + strings.ReplaceAll(err.Error(), "\n", " ")
		}
		reply, err := redis.Do(append([]string{"CONFIG", "SET"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint(reply); got != want {
			t.Errorf("%q:\n got %q\nwant %q", args, got, want)
		}
		for name, want := range redisPairs(t, redis, "*") {
			v, _ := c.Value(name)
			skip := []string{"port", "unixsocket", "dir", "save", "syslog-ident", "io-threads", "bind"}
			if v != want && !slices.Contains(skip, name) {
				t.Errorf("after %q: %s is %q, in Redis %q", args, name, v, want)
			}
		}
	}
}

func TestSetApply(t *testing.T) {
	c := Default()
	var ran []ApplyID
	apply := func(id ApplyID) error {
		ran = append(ran, id)
		return nil
	}
	check := func(want ...ApplyID) {
		t.Helper()
		if !slices.Equal(ran, want) {
			t.Errorf("ran %v, want %v", ran, want)
		}
		ran = nil
	}
	set := func(args ...string) error {
		var pairs []Pair
		for i := 0; i < len(args); i += 2 {
			pairs = append(pairs, Pair{args[i], args[i+1]})
		}
		return c.Set(pairs, Setter{}, apply)
	}
	if err := set("hz", "20", "slowlog-max-len", "1", "slowlog-log-slower-than", "2", "protected-mode", "no"); err != nil {
		t.Error(err)
	}
	check(ApplyHZ, ApplySlowlog)
	if err := set("hz", "20", "slowlog-max-len", "1"); err != nil {
		t.Error(err)
	}
	check() // nothing changed
	if err := set("hz", "30", "timeout", "x"); err == nil || c.HZ != 20 {
		t.Error(err, c.HZ)
	}
	check()

	// The second reaction fails: values go back, and what had run runs again.
	var seen []int
	apply = func(id ApplyID) error {
		ran = append(ran, id)
		seen = append(seen, c.Port)
		if id == ApplyPort && c.Port == 1 {
			return errors.New("Unable to listen on this port. Check server logs.")
		}
		return nil
	}
	err := set("hz", "40", "port", "1", "timeout", "5", "bind", "127.0.0.1")
	want := "CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs."
	if err == nil || err.Error() != want {
		t.Error(err)
	}
	if c.HZ != 20 || c.Port != 6379 || c.Timeout != 0 || c.Bind[0] != "127.0.0.1" || len(c.Bind) != 2 {
		t.Error(c.HZ, c.Port, c.Timeout, c.Bind)
	}
	check(ApplyHZ, ApplyPort, ApplyHZ, ApplyPort)
	if !slices.Equal(seen, []int{1, 1, 6379, 6379}) {
		t.Error(seen)
	}
}

func TestSetGuards(t *testing.T) {
	c := Default()
	dir := t.TempDir()
	protected := "CONFIG SET failed (possibly related to argument 'dir') - can't set protected config"
	if err := c.Set([]Pair{{"dir", dir}}, Setter{Local: true}, nil); err == nil || err.Error() != protected {
		t.Error(err)
	}
	c.EnableProtectedConfigs = AccessLocal
	if err := c.Set([]Pair{{"dir", dir}}, Setter{Local: false}, nil); err == nil || err.Error() != protected {
		t.Error(err)
	}
	if err := c.Set([]Pair{{"dir", dir}}, Setter{Local: true, Loading: true}, nil); err != ErrLoading {
		t.Error(err)
	}
	if err := c.Set([]Pair{{"dir", dir}}, Setter{Local: true}, nil); err != nil || c.Dir != dir {
		t.Error(err, c.Dir)
	}
	if got := c.Path("dump.rdb"); got != dir+"/dump.rdb" {
		t.Error(got)
	}
	if err := c.Set([]Pair{{"dir", "nowhere"}}, Setter{Local: true}, nil); err == nil ||
		err.Error() != "CONFIG SET failed (possibly related to argument 'dir') - No such file or directory" {
		t.Error(err)
	}
	for name, want := range map[string]bool{"requirepass": true, "MasterAuth": true, "hz": false, "nothing": false} {
		if IsSensitive([]byte(name)) != want {
			t.Errorf("IsSensitive(%s) = %v", name, !want)
		}
	}
}

// TestSetCopies: a copy of a Config must not change with the original, or a
// failed CONFIG SET could not be undone.
func TestSetCopies(t *testing.T) {
	c := Default()
	old := *c
	before := fmt.Sprint(old.Get([]byte("*")))
	if err := c.Set([]Pair{{"save", "1 1 2 2 3 3"}, {"bind", "127.0.0.1 ::1"}, {"latency-tracking-info-percentiles", "1 2 3"},
		{"client-output-buffer-limit", "normal 1 2 3"}, {"oom-score-adj-values", "5 6 7"}}, Setter{}, nil); err != nil {
		t.Fatal(err)
	}
	if after := fmt.Sprint(old.Get([]byte("*"))); after != before {
		t.Errorf("%s\n%s", before, after)
	}
}

func TestIdle(t *testing.T) {
	c, err := Load([]string{"--daemonize", "yes", "--hz", "20", "--tls-port", "0"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if idle := c.Idle(); len(idle) != 1 || idle[0].Name != "daemonize" || idle[0].Inert == "" {
		t.Errorf("%v", idle)
	}
}

func TestIOThreads(t *testing.T) {
	for _, arg := range []string{"", "0", "1", "7", "128"} {
		args := []string{"--io-threads", arg}
		if arg == "" {
			args = nil
		}
		c, err := Load(args, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := arg
		if arg == "" || arg == "0" {
			want = fmt.Sprint(autoIOThreads())
		}
		if v, _ := c.Value("io-threads"); v != want || fmt.Sprint(c.IOThreads) != want {
			t.Errorf("io-threads %s: %d, %s", arg, c.IOThreads, v)
		}
	}
	if _, err := Load([]string{"--io-threads", "129"}, nil, nil); err == nil {
		t.Error("129 accepted")
	}
}
